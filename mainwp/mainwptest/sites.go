package mainwptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// siteIDs is the order of lists, cut by a fault that shrinks or empties them.
func (d *Dashboard) siteIDs() []int64 {
	switch {
	case d.active.Empty:
		return nil
	case d.active.Shrink > 0:
		return d.order[:min(d.active.Shrink, len(d.order))]
	}
	return d.order
}

// site finds the site of a path, nil when there is none.
func (d *Dashboard) site(q query) *Site {
	id, err := strconv.ParseInt(q.id, 10, 64)
	if err != nil {
		return nil
	}
	return d.sites[id]
}

var siteStatuses = []string{"any", "connected", "disconnected", "suspended", "available_update"}

// chosen gives the sites that a list's filters admit.
func (d *Dashboard) chosen(q query) []*Site {
	statuses, admits := q.list("status"), q.admits()
	out := make([]*Site, 0, len(d.order))
	for _, id := range d.siteIDs() {
		s := d.sites[id]
		if admits(id) && q.matches(s.Name, s.URL) && hasStatus(s, statuses) {
			out = append(out, s)
		}
	}
	return out
}

func hasStatus(s *Site, wanted []string) bool {
	if len(wanted) == 0 || slices.Contains(wanted, "any") || slices.Contains(wanted, s.Status()) {
		return true
	}
	pending := s.CoreNew != "" || len(s.PluginUpdates)+len(s.ThemeUpdates)+len(s.Inventory.Translations) > 0
	return slices.Contains(wanted, "available_update") && pending
}

func badStatus(q query) *answer {
	wanted := q.list("status")
	if len(wanted) == 0 || slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(siteStatuses, s) }) {
		return nil
	}
	a := fail(http.StatusBadRequest, "mainwp_rest_invalid_param", "The status argument should be: "+strings.Join(siteStatuses, ","))
	return &a
}

// legacyForced: these parameters keep GET /sites from the abilities-first path (MainWP REST API notes §3).
func legacyForced(q query) bool {
	no := func(v string) bool { return v == "0" || v == "false" }
	return q.Has("exclude") || q.Has("include") || no(q.Get("with_tags")) || no(q.Get("full_data"))
}

// serveSites answers GET /sites on both paths.
func (d *Dashboard) serveSites(q query) answer {
	if bad := badStatus(q); bad != nil {
		return *bad
	}
	view := rowView{custom: q.list("custom_fields"), noTags: q.Get("with_tags") == "0" || q.Get("with_tags") == "false"}
	if !d.cfg.Personality.abilities() || legacyForced(q) {
		rows := page(d.chosen(q), q)
		return d.siteList(q, rows, len(rows), view)
	}
	if d.active.NoAdmin {
		return abilityPermission("list-sites")
	}
	n, per, refusal := abilityPage(q)
	if refusal != nil {
		return *refusal
	}
	view.ability = true
	rows := d.chosen(q)
	return d.siteList(q, cut(rows, n, per), len(rows), view)
}

// abilityPage reads page and per_page as the ability's schema does: 1 and 20 when not given, 100 at most.
func abilityPage(q query) (n, per int, refusal *answer) {
	n, per = 1, 20
	if text := q.Get("per_page"); text != "" && text != "0" {
		per, _ = strconv.Atoi(text)
		if per < 1 || per > 100 {
			a := abilityInput("list-sites", "input[per_page] must be between 1 (inclusive) and 100 (inclusive)")
			return 0, 0, &a
		}
	}
	text := q.Get("page")
	if text == "" {
		text = q.Get("paged")
	}
	if text != "" && text != "0" {
		n, _ = strconv.Atoi(text)
		if n < 1 {
			a := abilityInput("list-sites", "input[page] must be greater than or equal to 1")
			return 0, 0, &a
		}
	}
	return n, per, nil
}

// siteList writes rows and honours `_fields`, which old versions let WordPress cut from the envelope.
func (d *Dashboard) siteList(q query, rows []*Site, total int, view rowView) answer {
	names := q.list("_fields")
	a := answer{status: http.StatusOK, keep: d.cfg.Personality.keepsEnvelope()}
	if len(names) > 0 {
		view.fields = names
		view.blank = !a.keep
		if !a.keep && !slices.Contains(names, "data") {
			rows = nil
		}
	}
	b := make([]byte, 1, 2+d.rowSize*len(rows))
	b[0] = '['
	for i, s := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = d.appendRow(b, s, view)
	}
	b = append(b, ']')
	if len(names) == 0 && len(rows) > 0 {
		d.rowSize = len(b) / len(rows) * 9 / 8
	}
	a.body = obj{{"success", 1}, {"total", total}, {"data", raw(b)}}
	if !a.keep && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "data.") }) {
		a.body = obj{{"success", 1}, {"total", total}, {"data", list{}}}
		a.keep = true
	}
	return a
}

// serveSitesBasic answers GET /sites/basic, the same on all versions.
func (d *Dashboard) serveSitesBasic(q query) answer {
	if bad := badStatus(q); bad != nil {
		return *bad
	}
	rows := page(d.chosen(q), q)
	b := []byte{'['}
	for i, s := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendObject(b, s.simple())
	}
	return ok(obj{{"success", 1}, {"total", len(rows)}, {"data", raw(append(b, ']'))}})
}

func (s *Site) simple() obj {
	return obj{{"id", itoa(s.ID)}, {"name", s.Name}, {"url", s.URL}, {"client_id", itoa(s.ClientID)}}
}

func (d *Dashboard) serveSitesCount(q query) answer {
	q.Del("search")
	return ok(obj{{"count", len(d.chosen(q))}})
}

// serveSite answers GET /sites/{id}.
func (d *Dashboard) serveSite(q query) answer {
	s := d.site(q)
	p := d.cfg.Personality
	switch {
	case p.abilities() && (s == nil || d.active.NoAdmin):
		return abilityPermission("get-site")
	case p.brokenAbilities():
		return ok(obj{{"data", list{}}})
	case s == nil:
		return notFound("site")
	}
	view := rowView{custom: q.list("custom_fields"), ability: true}
	a := answer{status: http.StatusOK, keep: p.keepsEnvelope()}
	if names := q.list("_fields"); len(names) > 0 {
		view.fields, view.blank = names, !a.keep
	}
	a.body = obj{{"data", raw(d.appendRow(nil, s, view))}}
	return a
}

// withSite is the usual envelope of a list that belongs to one site.
func withSite(s *Site, total int, data any) answer {
	return ok(obj{{"success", 1}, {"total", total}, {"data", data}, {"site", s.simple()}})
}

func (d *Dashboard) serveSitePlugins(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	data := list{}
	for _, p := range s.Plugins {
		if d.cfg.Personality.abilities() {
			data = append(data, abilityItem(p.Slug, p.Name, p.Version, p.Active, s.PluginUpdates))
		} else {
			data = append(data, d.pluginItem(p))
		}
	}
	return d.installedList(s, data)
}

func (d *Dashboard) serveSiteThemes(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	data := list{}
	for _, t := range s.Themes {
		if d.cfg.Personality.abilities() {
			data = append(data, abilityItem(t.Slug, t.Name, t.Version, t.Active, s.ThemeUpdates))
		} else {
			data = append(data, d.themeItem(t))
		}
	}
	return d.installedList(s, data)
}

// installedList refuses on the ability path after a failed sync (MainWP REST API notes §4.5).
func (d *Dashboard) installedList(s *Site, data list) answer {
	if d.cfg.Personality.abilities() && s.ChildVersion0 {
		return fail(http.StatusBadRequest, "mainwp_child_outdated", "The MainWP Child plugin on this site is outdated.")
	}
	return withSite(s, len(data), data)
}

func abilityItem(slug, name, version string, active bool, updates []Update) obj {
	var to any
	for _, u := range updates {
		if u.Slug == slug {
			to = u.New
		}
	}
	return obj{{"slug", slug}, {"name", name}, {"version", version}, {"active", active}, {"update_version", to}}
}

func (d *Dashboard) serveAbandonedPlugins(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	data := d.abandonedPlugins(s)
	return withSite(s, len(data), data)
}

func (d *Dashboard) serveAbandonedThemes(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	data := d.abandonedThemes(s)
	return withSite(s, len(data), data)
}

func (d *Dashboard) abandonedPlugins(s *Site) obj {
	var o obj
	for _, p := range s.Plugins {
		o = appendAbandoned(o, d.cat.find(Plugins, p.Slug), p.Version)
	}
	return o
}

func (d *Dashboard) abandonedThemes(s *Site) obj {
	var o obj
	for _, t := range s.Themes {
		o = appendAbandoned(o, d.cat.find(Themes, t.Slug), t.Version)
	}
	return o
}

func appendAbandoned(o obj, p *product, version string) obj {
	if p.dead == "" {
		return o
	}
	return append(o, field{p.slug, obj{{"Name", p.name}, {"Version", version}, {"last_updated", p.lastRelease().Unix()}}})
}

// removeAfter takes sites away once the list page named by the fault was answered.
func (d *Dashboard) removeAfter(r *http.Request, f Faults) {
	q := r.URL.Query()
	if len(f.RemoveAfterPage) == 0 || !strings.HasSuffix(r.URL.Path, "/sites") || q.Get("per_page") == "" {
		return
	}
	n, _ := strconv.Atoi(q.Get("page"))
	for _, id := range f.RemoveAfterPage[n] {
		d.removeSite(id)
	}
}
