package mainwptest

import (
	"slices"
)

// offered is what MainWP would update on a site: pending updates less everything that is ignored.
type offered struct {
	core            string // new version, "" none
	plugins, themes []Update
	translations    []Translation
}

func (d *Dashboard) offered(s *Site) offered {
	var o offered
	if !s.IgnoreCore && !slices.Contains(s.IgnoredCore, s.CoreNew) && !d.ignored(Core, nil, "wordpress", s.CoreNew) {
		o.core = s.CoreNew
	}
	if !s.IgnorePlugins {
		o.plugins = d.notIgnored(Plugins, s.IgnoredPlugins, s.PluginUpdates)
	}
	if !s.IgnoreThemes {
		o.themes = d.notIgnored(Themes, s.IgnoredThemes, s.ThemeUpdates)
	}
	o.translations = s.Inventory.Translations
	return o
}

func (d *Dashboard) notIgnored(kind Kind, own []Ignore, updates []Update) []Update {
	return slices.DeleteFunc(slices.Clone(updates), func(u Update) bool { return d.ignored(kind, own, u.Slug, u.New) })
}

func (d *Dashboard) ignored(kind Kind, own []Ignore, slug, version string) bool {
	hits := func(i Ignore) bool {
		return i.Slug == slug && (slices.Contains(i.Versions, "all_versions") || slices.Contains(i.Versions, version))
	}
	return slices.ContainsFunc(own, hits) || slices.ContainsFunc(d.global[kind], hits)
}

// updateData is the legacy shape of one site's updates, cut by `type`. What was never synced is null.
func (d *Dashboard) updateData(s *Site, q query) obj {
	o := d.offered(s)
	types := q.list("type")
	wanted := func(kind Kind) bool { return len(types) == 0 || slices.Contains(types, string(kind)) }
	known := func(v any) any {
		if s.WPVersion == "" {
			return nil
		}
		return v
	}
	var out obj
	if wanted(Core) {
		core := obj{}
		if o.core != "" {
			core = obj{{"current", s.WPVersion}, {"new", o.core}}
		}
		out = append(out, field{"wp", core})
	}
	if wanted(Plugins) {
		out = append(out, field{"plugins", known(d.updateItems(s, Plugins, o.plugins))})
		out = appendRollbacks(out, "rollback_plugins", d.rollbacks(Plugins, s.RollbackPlugins, s.PluginUpdates))
	}
	if wanted(Themes) {
		out = append(out, field{"themes", known(d.updateItems(s, Themes, o.themes))})
		out = appendRollbacks(out, "rollback_themes", d.rollbacks(Themes, s.RollbackThemes, s.ThemeUpdates))
	}
	if wanted(Translations) {
		out = append(out, field{"translations", known(translationList(o.translations))})
	}
	return out
}

func appendRollbacks(out obj, key string, marks obj) obj {
	if len(marks) == 0 {
		return out
	}
	return append(out, field{key, marks})
}

func (d *Dashboard) updateItems(s *Site, kind Kind, updates []Update) obj {
	var o obj
	for _, u := range updates {
		o = append(o, field{u.Slug, d.updateItem(kind, u, isActive(s, kind, u.Slug))})
	}
	return o
}

// rollbacks marks pending versions that a site already rolled back from.
func (d *Dashboard) rollbacks(kind Kind, marks, pending []Update) obj {
	var o obj
	for _, m := range marks {
		if slices.ContainsFunc(pending, func(u Update) bool { return u.Slug == m.Slug && u.New == m.New }) {
			o = append(o, field{m.Slug, obj{{"name", d.cat.find(kind, m.Slug).name}, {"old_version", m.Version}, {"version", m.New}, {"slug", m.Slug}}})
		}
	}
	return o
}

// serveSiteUpdates answers GET /updates/{id}: the legacy shape on every version.
func (d *Dashboard) serveSiteUpdates(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	return ok(obj{{"success", 1}, {"data", d.updateData(s, q)}})
}

// serveUpdates answers GET /updates: a map by site, or on the abilities-first path a flat list cut at 50.
func (d *Dashboard) serveUpdates(q query) answer {
	if !d.cfg.Personality.abilities() {
		var data obj
		admits := q.admits()
		for _, id := range d.siteIDs() {
			if admits(id) {
				data = append(data, field{itoa(id), d.updateData(d.sites[id], q)})
			}
		}
		return ok(obj{{"success", 1}, {"data", data}})
	}
	if d.active.NoAdmin {
		return abilityPermission("list-updates")
	}
	types := q.list("type")
	for _, t := range types {
		if !slices.Contains([]string{"core", "plugins", "themes", "translations"}, t) {
			return abilityInput("list-updates", "input[types][0] is not one of core, plugins, themes, and translations.")
		}
	}
	const most = 50
	data, included := list{}, q.ids("include")
	for _, id := range d.siteIDs() {
		if included != nil && !included[id] {
			continue
		}
		data = append(data, d.flatUpdates(d.sites[id], types)...)
		if len(data) >= most {
			data = data[:most]
			break
		}
	}
	return ok(obj{{"success", 1}, {"data", data}})
}

func (d *Dashboard) flatUpdates(s *Site, types []string) list {
	var out list
	wanted := func(t string) bool { return len(types) == 0 || slices.Contains(types, t) }
	add := func(kind, slug, name, from, to string) {
		out = append(out, obj{{"site_id", s.ID}, {"site_url", s.URL}, {"site_name", s.Name}, {"type", kind}, {"slug", slug}, {"name", name}, {"current_version", from}, {"new_version", to}})
	}
	o := d.offered(s)
	if o.core != "" && wanted("core") {
		add("core", "wordpress", "WordPress", s.WPVersion, o.core)
	}
	if wanted("plugins") {
		for _, u := range o.plugins {
			add("plugin", u.Slug, d.cat.find(Plugins, u.Slug).name, u.Version, u.New)
		}
	}
	if wanted("themes") {
		for _, u := range o.themes {
			add("theme", u.Slug, d.cat.find(Themes, u.Slug).name, u.Version, u.New)
		}
	}
	if wanted("translations") {
		for _, t := range o.translations {
			add("translation", t.Slug, t.Name, t.Version, "")
		}
	}
	return out
}

// serveIgnored answers GET /updates/ignored: global ignores, which cannot be read on the abilities-first path.
func (d *Dashboard) serveIgnored(query) answer {
	if d.cfg.Personality.abilities() {
		return abilityInput("list-ignored-updates", "scope is not a valid property of Object.")
	}
	return ok(obj{{"success", 1}, {"data", ignoredLists(d.global[Plugins], d.global[Themes])}})
}

func (d *Dashboard) serveSiteIgnored(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	if d.cfg.Personality.abilities() {
		return abilityInput("list-ignored-updates", "scope is not a valid property of Object.")
	}
	return ok(obj{{"success", 1}, {"data", ignoredLists(s.IgnoredPlugins, s.IgnoredThemes)}})
}

func ignoredLists(plugins, themes []Ignore) obj {
	var o obj
	if len(plugins) > 0 {
		o = append(o, field{"plugins", phpArray(ignoredMap(plugins))})
	}
	if len(themes) > 0 {
		o = append(o, field{"themes", phpArray(ignoredMap(themes))})
	}
	return o
}
