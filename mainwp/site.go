package mainwp

import (
	"encoding/json"
	"fmt"
	"html"
	"strconv"
	"time"
)

// Site is a site of a Dashboard with the fields that may be stored: http_user,
// http_pass, uniqueId and the packages of updates are never decoded.
type Site struct {
	ID       int64
	Name     string
	URL      string // as sent, normally with a slash at the end
	Tags     map[int64]string
	Note     string // HTML as sent
	IP       string
	ClientID int64 // 0: none
	Staging  bool

	WPVersion, PHPVersion, ChildVersion, MySQLVersion, MemoryLimit string

	DatabaseSize int64  // bytes, 0 unknown
	ActiveTheme  string // "Name Version", not a slug
	Status       string // connected, disconnected, suspended
	SyncError    string // text, "" when the last sync was good
	HTTPStatus   string // "200 - OK"; stays so with the site down, "0" never checked
	HealthStatus string // "0" good, "1" should be improved
	HealthScore  *int   // may be negative
	Icon         string // not an address: "uploaded:…;selected:…;color:…"

	LastSync  time.Time // last contact, good or bad; zero: never
	LastPost  time.Time // zero: unknown
	Suspended bool

	VerifyCertificate, ForceIPv4, SSLVersion string // as sent, "0", "1", "2"
	IgnoreCore, IgnorePlugins, IgnoreThemes  bool
	IgnoredPlugins, IgnoredThemes            []Ignore
	OfflineCheck                             *int // 1 online, -1 offline, 0 or nil unknown
	HTTPCode                                 *int // of the last check, nil unknown
	SecurityIssues                           *int // at the last sync, nil unknown

	// Plugins and Themes are nil when the list was empty or cannot be read:
	// unknown, for a connected site has at least MainWP Child and a theme.
	Plugins []Plugin
	Themes  []Theme

	// The pending updates, not filtered by ignores. UpdatesKnown tells "none"
	// from "unknown": an empty list is only believed beside known plugins,
	// because 5.2 and 5.3 forget both when a sync fails.
	Core               *CoreUpdate
	PluginUpdates      []ItemUpdate
	ThemeUpdates       []ItemUpdate
	TranslationUpdates []TranslationUpdate
	UpdatesKnown       UpdatesKnown

	// Slug to the day of the last release; nil unknown. Only where the row
	// carries them; Client.Abandoned reads them everywhere.
	AbandonedPlugins, AbandonedThemes map[string]time.Time
}

// UpdatesKnown says which lists of updates are facts.
type UpdatesKnown struct{ Core, Plugins, Themes, Translations bool }

// siteRow is the row on the wire (API §4.2).
type siteRow struct {
	ID           flexInt         `json:"id"`
	Name         flexStr         `json:"name"`
	URL          flexStr         `json:"url"`
	Tags         json.RawMessage `json:"tags"`
	Note         flexStr         `json:"note"`
	IP           flexStr         `json:"ip"`
	ClientID     flexInt         `json:"client_id"`
	Staging      flexBool        `json:"is_staging"`
	WPVersion    flexStr         `json:"wp_version"`
	PHPVersion   flexStr         `json:"php_version"`
	ChildVersion flexStr         `json:"child_version"`
	MySQLVersion flexStr         `json:"mysql_version"`
	MemoryLimit  flexStr         `json:"memory_limit"`
	DatabaseSize flexInt         `json:"database_size"`
	ActiveTheme  flexStr         `json:"active_theme"`
	Status       flexStr         `json:"status"`
	SyncErrors   flexStr         `json:"sync_errors"`
	HTTPStatus   flexStr         `json:"http_status"`
	HealthStatus flexStr         `json:"health_status"`
	HealthScore  flexInt         `json:"health_score"`
	Icon         flexStr         `json:"icon"`
	LastSync     flexStr         `json:"last_sync"`
	LastPost     flexInt         `json:"last_post_time"`
	Suspended    flexBool        `json:"suspended"`
	VerifyCert   flexStr         `json:"verify_certificate"`
	ForceIPv4    flexStr         `json:"force_use_ipv4"`
	SSLVersion   flexStr         `json:"ssl_version"`

	IgnoreCore     flexBool        `json:"is_ignoreCoreUpdates"`
	IgnorePlugins  flexBool        `json:"is_ignorePluginUpdates"`
	IgnoreThemes   flexBool        `json:"is_ignoreThemeUpdates"`
	IgnoredPlugins json.RawMessage `json:"ignored_plugins"`
	IgnoredThemes  json.RawMessage `json:"ignored_themes"`
	OfflineCheck   flexInt         `json:"offline_check_result"`
	HTTPCode       flexInt         `json:"http_response_code"`
	SecurityIssues flexInt         `json:"securityIssues"`

	Plugins             json.RawMessage `json:"plugins"`
	Themes              json.RawMessage `json:"themes"`
	WPUpgrades          json.RawMessage `json:"wp_upgrades"`
	PluginUpgrades      json.RawMessage `json:"plugin_upgrades"`
	ThemeUpgrades       json.RawMessage `json:"theme_upgrades"`
	TranslationUpgrades json.RawMessage `json:"translation_upgrades"`
	PluginsOutdated     json.RawMessage `json:"plugins_outdate_info"`
	ThemesOutdated      json.RawMessage `json:"themes_outdate_info"`
}

// Decode decodes the row. Fields that cannot be read are unknown; only a row
// that is no object at all is an Error of KindShape.
func (r RawSite) Decode() (Site, error) {
	var row siteRow
	if err := json.Unmarshal(r.JSON, &row); err != nil {
		return Site{}, &Error{Kind: KindShape, Op: fmt.Sprintf("decode site %d", r.ID), Err: err}
	}
	site := row.site()
	row.lists(&site)
	return site, nil
}

func (row *siteRow) site() Site {
	return Site{
		ID: row.ID.n, Name: siteName(row.Name), URL: string(row.URL), Tags: tagNames(row.Tags),
		Note: string(row.Note), IP: string(row.IP), ClientID: row.ClientID.n, Staging: bool(row.Staging),
		WPVersion: string(row.WPVersion), PHPVersion: string(row.PHPVersion), ChildVersion: string(row.ChildVersion),
		MySQLVersion: string(row.MySQLVersion), MemoryLimit: string(row.MemoryLimit),
		DatabaseSize: max(0, row.DatabaseSize.n), ActiveTheme: html.UnescapeString(string(row.ActiveTheme)),
		Status: string(row.Status), SyncError: plainText(string(row.SyncErrors)), HTTPStatus: string(row.HTTPStatus),
		HealthStatus: string(row.HealthStatus), HealthScore: row.HealthScore.ptr(), Icon: string(row.Icon),
		LastSync: parseTime(string(row.LastSync)), LastPost: unixTime(row.LastPost.n), Suspended: bool(row.Suspended),
		VerifyCertificate: string(row.VerifyCert), ForceIPv4: string(row.ForceIPv4), SSLVersion: string(row.SSLVersion),
		IgnoreCore: bool(row.IgnoreCore), IgnorePlugins: bool(row.IgnorePlugins), IgnoreThemes: bool(row.IgnoreThemes),
		IgnoredPlugins: ignores(row.IgnoredPlugins), IgnoredThemes: ignores(row.IgnoredThemes),
		OfflineCheck: row.OfflineCheck.ptr(), HTTPCode: row.HTTPCode.ptr(), SecurityIssues: row.SecurityIssues.ptr(),
	}
}

func (row *siteRow) lists(site *Site) {
	site.Plugins = plugins(embedded(row.Plugins))
	site.Themes = themes(embedded(row.Themes))
	known := &site.UpdatesKnown
	site.Core, known.Core = coreUpdate(embedded(row.WPUpgrades))
	site.PluginUpdates, known.Plugins = itemUpdates(embedded(row.PluginUpgrades))
	site.ThemeUpdates, known.Themes = itemUpdates(embedded(row.ThemeUpgrades))
	site.TranslationUpdates, known.Translations = translationUpdates(embedded(row.TranslationUpgrades))
	if site.Plugins == nil {
		known.Core = known.Core && site.Core != nil
		known.Plugins = known.Plugins && len(site.PluginUpdates) > 0
		known.Themes = known.Themes && len(site.ThemeUpdates) > 0
		known.Translations = known.Translations && len(site.TranslationUpdates) > 0
	}
	site.AbandonedPlugins = abandoned(embedded(row.PluginsOutdated))
	site.AbandonedThemes = abandoned(embedded(row.ThemesOutdated))
}

// siteName resolves the entities that Dashboards store in names. It may hold
// "<": a name is text, whoever shows it escapes it.
func siteName(s flexStr) string { return html.UnescapeString(string(s)) }

// tagNames decodes the map of tag id to name; nil when there is none or the
// column was not loaded.
func tagNames(raw []byte) map[int64]string {
	inner := embedded(raw)
	if len(inner) == 0 || inner[0] != '{' {
		return nil
	}
	list, err := entries(inner)
	if err != nil {
		return nil
	}
	tags := make(map[int64]string, len(list))
	for _, e := range list {
		if id, err := strconv.ParseInt(e.key, 10, 64); err == nil {
			tags[id] = html.UnescapeString(scalar(e.value))
		}
	}
	return tags
}
