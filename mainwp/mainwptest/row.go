package mainwptest

import (
	"html"
	"slices"
	"strconv"
	"strings"
)

// rowView says how much of a site's row an answer shows.
type rowView struct {
	fields  []string // only these and the id; nil: all
	blank   bool     // fields not named stay, but empty (`_fields` before 6.0.12)
	noTags  bool
	custom  []string // custom_fields
	ability bool     // abilities-first path: options can be read as custom fields
}

func (v rowView) wants(name string) bool {
	return v.fields == nil || name == "id" || slices.Contains(v.fields, name)
}

// rowWriter writes the keys of one row in MainWP's order.
type rowWriter struct {
	b     []byte
	view  rowView
	first bool
}

func (w *rowWriter) key(name string) bool {
	wanted := w.view.wants(name)
	if !wanted && !w.view.blank {
		return false
	}
	if !w.first {
		w.b = append(w.b, ',')
	}
	w.first = false
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
	if !wanted {
		w.b = append(w.b, '"', '"')
	}
	return wanted
}

func (w *rowWriter) text(name, value string) {
	if w.key(name) {
		w.b = appendString(w.b, value)
	}
}

func (w *rowWriter) flag(name string, value bool) {
	if value {
		w.text(name, "1")
		return
	}
	w.text(name, "0")
}

func (w *rowWriter) int(name string, value int64) { w.text(name, strconv.FormatInt(value, 10)) }

// appendRow writes one row of the sites controller.
func (d *Dashboard) appendRow(b []byte, s *Site, view rowView) []byte {
	w := &rowWriter{b: append(b, '{'), view: view, first: true}
	w.int("id", s.ID)
	w.text("name", s.Name)
	w.text("url", s.URL)
	d.writeTags(w, s)
	w.text("note", s.Note)
	w.text("ip", s.IP)
	w.int("client_id", s.ClientID)
	w.text("is_staging", "0")
	w.text("wp_version", s.WPVersion)
	w.text("php_version", s.PHPVersion)
	w.text("child_version", s.ChildVersion)
	w.text("mysql_version", s.MySQLVersion)
	w.text("memory_limit", s.MemoryLimit)
	w.text("database_size", numberOrNothing(s.DatabaseSize))
	w.text("active_theme", activeTheme(s.Themes))
	w.text("status", s.Status())
	w.text("sync_errors", s.SyncErrors)
	w.text("http_status", s.HTTPStatus)
	w.int("health_status", int64(s.HealthStatus))
	w.int("health_score", int64(s.HealthScore))
	w.text("icon", "")
	w.text("last_sync", stamp(s.LastSync))
	d.writeInventory(w, s)
	w.text("ignored_plugins", ignoredText(s.IgnoredPlugins))
	w.text("ignored_themes", ignoredText(s.IgnoredThemes))
	if d.cfg.Personality.leaksCredentials() {
		w.text("http_user", s.HTTPUser)
		w.text("http_pass", s.HTTPPass)
		w.text("uniqueId", s.UniqueID)
	}
	w.flag("is_ignoreCoreUpdates", s.IgnoreCore)
	w.flag("is_ignorePluginUpdates", s.IgnorePlugins)
	w.flag("is_ignoreThemeUpdates", s.IgnoreThemes)
	w.text("verify_certificate", "2")
	w.text("force_use_ipv4", "0")
	w.text("ssl_version", "0")
	w.flag("suspended", s.Suspended)
	if d.cfg.Personality.customFields() {
		for _, name := range view.custom {
			w.text(name, d.customField(s, name, view.ability))
		}
	}
	return append(w.b, '}')
}

func numberOrNothing(n int64) string {
	if n == 0 {
		return ""
	}
	return itoa(n)
}

// activeTheme is "Name Version", HTML-escaped.
func activeTheme(themes []Theme) string {
	for _, t := range themes {
		if t.Active {
			return html.EscapeString(t.Name + " " + t.Version)
		}
	}
	return ""
}

func (d *Dashboard) writeTags(w *rowWriter, s *Site) {
	if !w.key("tags") {
		return
	}
	if w.view.noTags {
		w.b = append(w.b, '"', '"')
		return
	}
	var tags obj
	for _, id := range s.TagIDs {
		for _, t := range d.tags {
			if t.ID == id {
				tags = append(tags, field{itoa(id), t.Name})
			}
		}
	}
	w.b = appendJSON(w.b, tags)
}

// writeInventory writes what syncs collect. All of it is "" until the first good sync.
func (d *Dashboard) writeInventory(w *rowWriter, s *Site) {
	d.writeFragments(w, "plugins", "[", "]", s.Plugins == nil, len(s.Plugins), func(i int) []byte { return d.pluginFragment(s.Plugins[i]) })
	d.writeFragments(w, "themes", "[", "]", s.Themes == nil, len(s.Themes), func(i int) []byte { return d.themeFragment(s.Themes[i]) })
	w.text("last_post_time", lastPost(s))
	d.writePosts(w, s)
	never := s.WPVersion == ""
	core := "[]"
	if s.CoreNew != "" {
		core = string(appendJSON(nil, obj{{"current", s.WPVersion}, {"new", s.CoreNew}}))
	}
	if never {
		core = ""
	}
	w.text("wp_upgrades", core)
	d.writeFragments(w, "plugin_upgrades", "{", "}", never, len(s.PluginUpdates), func(i int) []byte {
		return d.updateFragment(Plugins, s.PluginUpdates[i], isActive(s, Plugins, s.PluginUpdates[i].Slug))
	})
	w.text("premium_upgrades", "")
	d.writeFragments(w, "theme_upgrades", "{", "}", never, len(s.ThemeUpdates), func(i int) []byte {
		return d.updateFragment(Themes, s.ThemeUpdates[i], isActive(s, Themes, s.ThemeUpdates[i].Slug))
	})
	translations := string(appendJSON(nil, translationList(s.Inventory.Translations)))
	if never {
		translations = ""
	}
	w.text("translation_upgrades", translations)
}

// writeFragments writes JSON in a string out of ready pieces; an empty map is [] as PHP writes it.
func (d *Dashboard) writeFragments(w *rowWriter, name, open, end string, unknown bool, n int, piece func(int) []byte) {
	if !w.key(name) {
		return
	}
	w.b = append(w.b, '"')
	switch {
	case unknown:
	case n == 0:
		w.b = append(w.b, "[]"...)
	default:
		w.b = append(w.b, open...)
		for i := range n {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.b = append(w.b, piece(i)...)
		}
		w.b = append(w.b, end...)
	}
	w.b = append(w.b, '"')
}

func isActive(s *Site, kind Kind, slug string) bool {
	if kind == Plugins {
		return slices.ContainsFunc(s.Plugins, func(p Plugin) bool { return p.Slug == slug && p.Active })
	}
	return slices.ContainsFunc(s.Themes, func(t Theme) bool { return t.Slug == slug && t.Active })
}

// lastPost overflows on some sites, as a dateless draft makes it do (MainWP REST API notes §4.2).
func lastPost(s *Site) string {
	switch {
	case s.LastPost.IsZero():
		return ""
	case s.ID%10 == 3:
		return "-2147483648"
	}
	return itoa(s.LastPost.Unix())
}

var postTitles = []string{"Hello world!", "Opening hours", "Spring news", "Team", "Sommerfest & Tombola", "We are hiring", "New in the shop", "Holiday closing"}

func (d *Dashboard) writePosts(w *rowWriter, s *Site) {
	if s.LastPost.IsZero() {
		for _, name := range []string{"recent_posts", "recent_pages", "recent_comments", "categories"} {
			w.text(name, "")
		}
		return
	}
	posts, pages := list{}, list{}
	if !d.cfg.DescriptionsShort {
		for i := range int(s.ID%4) + 1 {
			posts = append(posts, post(s, i, "post", "Uncategorized"))
		}
		pages = append(pages, post(s, 7, "page", ""))
	}
	w.text("recent_posts", string(appendJSON(nil, posts)))
	w.text("recent_pages", string(appendJSON(nil, pages)))
	w.text("recent_comments", "[]")
	w.text("categories", `[{"term_id":1,"name":"Uncategorized","slug":"uncategorized","taxonomy":"category","parent":0}]`)
}

func post(s *Site, i int, kind, category string) obj {
	return obj{
		{"id", i + 1}, {"post_type", kind}, {"status", "publish"}, {"title", postTitles[(int(s.ID)+i)%len(postTitles)]}, {"comment_count", "0"},
		{"dts", s.LastPost.Unix() - int64(i)*86_400*9}, {"author", "admin"}, {"authorEmail", "admin@" + strings.Trim(bareURL(s.URL), "/")}, {"categories", category}, {"tags", ""},
	}
}

func translationList(translations []Translation) list {
	out := list{}
	for _, t := range translations {
		out = append(out, obj{{"type", t.Type}, {"slug", t.Slug}, {"language", t.Language}, {"version", t.Version}, {"name", t.Name}})
	}
	return out
}

func ignoredText(ignores []Ignore) string {
	if len(ignores) == 0 {
		return ""
	}
	return string(appendJSON(nil, phpArray(ignoredMap(ignores))))
}

func ignoredMap(ignores []Ignore) obj {
	var o obj
	for _, i := range ignores {
		var versions list
		for _, v := range i.Versions {
			versions = append(versions, v)
		}
		o = append(o, field{i.Slug, obj{{"Name", i.Name}, {"ignored_versions", versions}}})
	}
	return o
}

// customField is an option of a site. The forced legacy list knows only those that are loaded anyway.
func (d *Dashboard) customField(s *Site, name string, ability bool) string {
	switch name {
	case "offline_check_result":
		return strconv.Itoa(s.OfflineCheck)
	case "offline_checks_last":
		return itoa(d.lastCheck(s).Unix())
	case "http_response_code":
		if s.OfflineCheck < 0 {
			return "0"
		}
		return "200"
	case "securityIssues":
		return strconv.Itoa(int(s.ID*7) % 9)
	case "dtsSync":
		if s.LastSync.IsZero() {
			return "0"
		}
		return itoa(s.LastSync.Unix())
	case "dtsSyncStart":
		return "0"
	case "phpversion":
		return s.PHPVersion
	case "plugins_outdate_info":
		if ability {
			return string(appendJSON(nil, d.abandonedPlugins(s)))
		}
	case "themes_outdate_info":
		if ability {
			return string(appendJSON(nil, d.abandonedThemes(s)))
		}
	}
	return ""
}
