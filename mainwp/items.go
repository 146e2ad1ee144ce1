package mainwp

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plugin is a plugin that is installed on a site.
type Plugin struct {
	Slug        string // file path, "akismet/akismet.php" or "hello.php"
	Name        string
	Version     string
	Description string // text, at most 300 runes
	Active      bool
	MustUse     bool // must-use plugin or drop-in
	Child       bool // MainWP Child itself
}

// Theme is a theme that is installed on a site.
type Theme struct {
	Slug         string // stylesheet folder
	Name         string
	Version      string
	Active       bool
	ParentActive bool   // its child theme is active
	Parent       string // name of the parent theme, "" for none or unknown
}

// CoreUpdate is a pending update of WordPress.
type CoreUpdate struct{ From, To string }

// ItemUpdate is a pending update of a plugin or theme.
type ItemUpdate struct {
	Slug        string // plugin file path or stylesheet folder, as every action takes it
	Name        string
	From, To    string
	URL         string // http(s) page of the plugin or theme, or ""
	WPOrgSlug   string // slug on wordpress.org, "" when it is not from there
	RequiresWP  string
	RequiresPHP string
	Tested      string // WordPress version it was tested with
	Active      bool
	Network     bool // can only be active for a whole network
}

// TranslationUpdate is a pending update of a translation.
type TranslationUpdate struct {
	Type     string // core, plugin, theme
	Slug     string // text domain
	Language string // "de_DE"
	Version  string
	Name     string
}

// Ignore is an update that a person ignores on one site.
type Ignore struct {
	Slug     string
	Name     string
	Versions []string // versions, or "all_versions"
}

const childSlug = "mainwp-child/mainwp-child.php"

// plugins decodes the installed plugins (API §4.5); nil when empty or unreadable.
func plugins(inner []byte) []Plugin {
	type row struct {
		MainWP      flexBool `json:"mainwp"`
		Name        flexStr  `json:"name"`
		Slug        flexStr  `json:"slug"`
		Description flexStr  `json:"description"`
		Version     flexStr  `json:"version"`
		Active      flexBool `json:"active"`
		MustUse     flexBool `json:"mu"`
	}
	var list []Plugin
	err := decodeEach(inner, func(_ string, r row) {
		if r.Slug == "" {
			return
		}
		list = append(list, Plugin{
			Slug: string(r.Slug), Name: plainText(string(r.Name)), Version: string(r.Version),
			Description: cut(plainText(string(r.Description)), 300), Active: bool(r.Active), MustUse: bool(r.MustUse),
			Child: bool(r.MainWP) || r.Slug == childSlug,
		})
	})
	if err != nil {
		return nil
	}
	return list
}

// themes decodes the installed themes; nil when empty or unreadable.
func themes(inner []byte) []Theme {
	type row struct {
		Name         flexStr  `json:"name"`
		Slug         flexStr  `json:"slug"`
		Version      flexStr  `json:"version"`
		Active       flexBool `json:"active"`
		ParentActive flexBool `json:"parent_active"`
		Parent       flexStr  `json:"parent"`
		ParentName   flexStr  `json:"parent_name"`
	}
	var list []Theme
	err := decodeEach(inner, func(_ string, r row) {
		if r.Slug == "" {
			return
		}
		parent := r.ParentName
		if parent == "" {
			parent = r.Parent
		}
		list = append(list, Theme{
			Slug: string(r.Slug), Name: plainText(string(r.Name)), Version: string(r.Version),
			Active: bool(r.Active), ParentActive: bool(r.ParentActive), Parent: plainText(string(parent)),
		})
	})
	if err != nil {
		return nil
	}
	return list
}

// coreUpdate decodes {"current":…,"new":…}; [] is known to be none.
func coreUpdate(inner []byte) (update *CoreUpdate, known bool) {
	if inner == nil {
		return nil, false
	}
	if inner[0] == '[' {
		list, err := entries(inner)
		return nil, err == nil && len(list) == 0
	}
	var row struct {
		Current flexStr `json:"current"`
		New     flexStr `json:"new"`
	}
	if json.Unmarshal(inner, &row) != nil {
		return nil, false
	}
	if row.New == "" {
		return nil, true
	}
	return &CoreUpdate{From: string(row.Current), To: string(row.New)}, true
}

// itemUpdates decodes a map of slug to update (API §5.2), for plugins and themes.
func itemUpdates(inner []byte) (updates []ItemUpdate, known bool) {
	type row struct {
		Name        flexStr         `json:"Name"`
		Version     flexStr         `json:"Version"`
		PluginURI   flexStr         `json:"PluginURI"`
		RequiresWP  flexStr         `json:"RequiresWP"`
		RequiresPHP flexStr         `json:"RequiresPHP"`
		Network     flexBool        `json:"Network"`
		Active      flexBool        `json:"active"`
		Update      json.RawMessage `json:"update"`
	}
	if inner == nil {
		return nil, false
	}
	err := decodeEach(inner, func(key string, r row) {
		offer := readOffer(r.Update)
		u := ItemUpdate{
			Slug: slugOf(key, offer), Name: plainText(string(r.Name)), From: string(r.Version), To: string(offer.New),
			URL: webAddress(offer.URL, r.PluginURI), WPOrgSlug: offer.wporg(), Tested: string(offer.Tested),
			RequiresWP: firstOf(offer.Requires, r.RequiresWP), RequiresPHP: firstOf(offer.RequiresPHP, r.RequiresPHP),
			Active: bool(r.Active), Network: bool(r.Network),
		}
		if u.Slug != "" && u.To != "" {
			updates = append(updates, u)
		}
	})
	if err != nil {
		return nil, false
	}
	return updates, true
}

// offer is what WordPress knows of the new version. Its package is left out on
// purpose: the address can carry a licence key.
type offer struct {
	ID          flexStr `json:"id"`
	Slug        flexStr `json:"slug"`
	Plugin      flexStr `json:"plugin"`
	Theme       flexStr `json:"theme"`
	New         flexStr `json:"new_version"`
	URL         flexStr `json:"url"`
	Requires    flexStr `json:"requires"`
	RequiresPHP flexStr `json:"requires_php"`
	Tested      flexStr `json:"tested"`
}

func readOffer(raw []byte) (o offer) {
	if len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &o) != nil {
		return offer{}
	}
	return o
}

// wporg is the slug on wordpress.org, when the offer is from there.
func (o offer) wporg() string {
	if !strings.HasPrefix(string(o.ID), "w.org/") && !strings.Contains(string(o.URL), "//wordpress.org/") {
		return ""
	}
	return firstOf(o.Slug, o.Theme)
}

// slugOf is the key of the map, or what the offer says where PHP made a list of it.
func slugOf(key string, o offer) string {
	if _, err := strconv.Atoi(key); err == nil {
		return firstOf(o.Plugin, o.Theme)
	}
	return key
}

func firstOf(list ...flexStr) string {
	for _, s := range list {
		if s != "" {
			return string(s)
		}
	}
	return ""
}

func webAddress(list ...flexStr) string {
	for _, s := range list {
		if strings.HasPrefix(string(s), "https://") || strings.HasPrefix(string(s), "http://") {
			return string(s)
		}
	}
	return ""
}

// translationUpdates decodes the list of pending translations.
func translationUpdates(inner []byte) (updates []TranslationUpdate, known bool) {
	type row struct {
		Type     flexStr `json:"type"`
		Slug     flexStr `json:"slug"`
		Language flexStr `json:"language"`
		Version  flexStr `json:"version"`
		Name     flexStr `json:"name"`
	}
	if inner == nil {
		return nil, false
	}
	err := decodeEach(inner, func(_ string, r row) {
		updates = append(updates, TranslationUpdate{string(r.Type), string(r.Slug), string(r.Language), string(r.Version), plainText(string(r.Name))})
	})
	if err != nil {
		return nil, false
	}
	return updates, true
}

// ignores decodes the ignored items of a site. Numeric keys come from a fault of
// ignore/plugins, which stores the slug as a name and ignores nothing (API §5.7);
// older data has the name in place of the object.
func ignores(raw []byte) []Ignore {
	inner := embedded(raw)
	if inner == nil || inner[0] != '{' {
		return nil
	}
	list, err := entries(inner)
	if err != nil {
		return nil
	}
	var out []Ignore
	for _, e := range list {
		if _, err := strconv.Atoi(e.key); err == nil {
			continue
		}
		out = append(out, readIgnore(e))
	}
	return out
}

func readIgnore(e entry) Ignore {
	var row struct {
		Name     flexStr         `json:"Name"`
		Versions json.RawMessage `json:"ignored_versions"`
	}
	ignore := Ignore{Slug: e.key, Name: plainText(scalar(e.value))}
	if json.Unmarshal(e.value, &row) == nil {
		ignore.Name = plainText(string(row.Name))
	}
	ignore.Versions = slices.DeleteFunc(texts(row.Versions), func(s string) bool { return s == "" })
	if len(ignore.Versions) == 0 {
		ignore.Versions = []string{"all_versions"}
	}
	return ignore
}

// abandoned decodes slug to last release (API §4.5); nil when not sent.
func abandoned(inner []byte) map[string]time.Time {
	type row struct {
		LastUpdated flexInt `json:"last_updated"`
		Slug        flexStr `json:"slug"`
	}
	if inner == nil {
		return nil
	}
	items := map[string]time.Time{}
	err := decodeEach(inner, func(key string, r row) {
		if _, err := strconv.Atoi(key); err == nil {
			key = string(r.Slug)
		}
		if key != "" {
			items[key] = unixTime(r.LastUpdated.n)
		}
	})
	if err != nil {
		return nil
	}
	return items
}
