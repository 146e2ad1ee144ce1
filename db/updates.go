package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kindColumns are the counters of sites by kind.
var kindColumns = map[ItemKind]string{Core: "upd_core", Plugin: "upd_plugins", Theme: "upd_themes", Translation: "upd_translations"}

// offers is the condition of UpdateFilter.Offer on the column of an alias.
func (f UpdateFilter) offers(column string) string {
	switch f.Offer {
	case "ignored":
		return column + " <> 'offered'"
	case "all":
		return "1"
	}
	return column + " = 'offered'"
}

// narrow adds the conditions on sites that every group shares: Dashboard, client, tag and the viewer.
func (f UpdateFilter) narrow(d *DB, v Viewer) cond {
	return SiteFilter{Dashboard: f.Dashboard, Client: f.Client, Tag: f.Tag}.where(d, v)
}

// counted reports whether update_counts, which knows items and Dashboards only, can answer.
func (f UpdateFilter) counted(v Viewer) bool {
	return v.staff() && v.All && f.Client == (Ref{}) && f.Tag == ""
}

// UpdateGroups lists what is pending by item, site, client or Dashboard, the widest first, with the number of groups before paging.
func (d *DB) UpdateGroups(ctx context.Context, v Viewer, f UpdateFilter) ([]UpdateGroup, int, error) {
	switch f.Group {
	case "site":
		return d.updatesBySite(ctx, v, f)
	case "client":
		return d.updatesBy(ctx, v, f, byClient)
	case "dashboard":
		return d.updatesBy(ctx, v, f, byDashboard)
	}
	return d.updatesByItem(ctx, v, f)
}

// itemCount is a line of update_counts, or one counted over the sites of a narrower view.
type itemCount struct {
	kind       ItemKind
	slug, name string
	from, to   string
	offer      Offer
	n          int
}

// items is a FROM and WHERE over lines of (kind, slug, name, versions, offer, n) that a filter selects.
func (f UpdateFilter) items(d *DB, v Viewer) cond {
	from, args := "update_counts u WHERE 1", []any(nil)
	if f.Dashboard != 0 {
		from, args = from+" AND u.dashboard_id = ?", []any{f.Dashboard}
	}
	if !f.counted(v) {
		in := f.narrow(d, v)
		from, args = "(SELECT u.*, 1 AS n FROM updates u JOIN sites s ON s.id = u.site_id WHERE "+in.sql+") u WHERE 1", in.args
	}
	from += " AND " + f.offers("u.offer")
	if f.Kind != "" {
		from, args = from+" AND u.kind = ?", append(args, f.Kind)
	}
	for word := range strings.FieldsSeq(strings.ToLower(cut(f.Query, 200))) {
		from += " AND (instr(lower(u.name), ?) > 0 OR instr(lower(u.slug), ?) > 0)"
		args = append(args, word, word)
	}
	return cond{sql: " FROM " + from, args: args}
}

// updatesByItem finds the widest items first, and then what versions the page's items have. A fleet has some hundred items: they are
// sorted here, which is cheaper than a window over them.
func (d *DB) updatesByItem(ctx context.Context, v Viewer, f UpdateFilter) ([]UpdateGroup, int, error) {
	in := f.items(d, v)
	type widest struct {
		g UpdateGroup
		n int
	}
	all, err := collect(ctx, d.r, func(row scanner, x *widest) error { return row.Scan(&x.g.Kind, &x.g.Slug, &x.g.Name, &x.n) },
		"SELECT u.kind, u.slug, min(u.name), sum(u.n)"+in.sql+" GROUP BY u.kind, u.slug", in.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the updates by item: %w", err)
	}
	slices.SortStableFunc(all, func(a, b widest) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(strings.ToLower(a.g.Name), strings.ToLower(b.g.Name)))
	})
	limit, offset := f.limits()
	offset = min(offset, len(all))
	page := all[offset:min(offset+limit, len(all))]
	list, index, keys := make([]UpdateGroup, len(page)), map[string]int{}, make([][2]string, len(page))
	for i, x := range page {
		x.g.Key = string(x.g.Kind) + ":" + x.g.Slug
		list[i], index[x.g.Key], keys[i] = x.g, i, [2]string{string(x.g.Kind), x.g.Slug}
	}
	counts, err := collect(ctx, d.r, func(row scanner, c *itemCount) error {
		return row.Scan(&c.kind, &c.slug, &c.name, &c.from, &c.to, &c.offer, &c.n)
	}, "SELECT u.kind, u.slug, u.name, u.from_version, u.to_version, u.offer, u.n"+in.sql+" AND (u.kind, u.slug) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))", append(in.args, jsonText(keys))...)
	if err != nil {
		return nil, 0, fmt.Errorf("read the versions of updates: %w", err)
	}
	for _, c := range counts {
		list[index[string(c.kind)+":"+c.slug]].add(c)
	}
	return list, len(all), nil
}

// add counts sites with their versions into an item's group.
func (g *UpdateGroup) add(c itemCount) {
	if g.Sites == 0 {
		g.FromMin, g.FromMax, g.ToMin, g.ToMax = c.from, c.from, c.to, c.to
	}
	g.Sites += c.n
	if c.offer != Offered {
		g.Counts.Ignored += c.n
	} else {
		switch c.kind {
		case Core:
			g.Counts.Core += c.n
		case Plugin:
			g.Counts.Plugins += c.n
		case Theme:
			g.Counts.Themes += c.n
		case Translation:
			g.Counts.Translations += c.n
		}
	}
	for _, e := range []struct {
		end  *string
		v    string
		want int
	}{{&g.FromMin, c.from, -1}, {&g.FromMax, c.from, 1}, {&g.ToMin, c.to, -1}, {&g.ToMax, c.to, 1}} {
		if CompareVersions(e.v, *e.end) == e.want {
			*e.end = e.v
		}
	}
}

// UpdateKinds counts the updates of each kind for the tabs: the filter's own kind is not applied.
func (d *DB) UpdateKinds(ctx context.Context, v Viewer, f UpdateFilter) (UpdateCounts, error) {
	f.Kind = ""
	if f.Group != "" && f.Group != "item" {
		f.Query = "" // searches sites, clients or Dashboards there
	}
	if f == (UpdateFilter{Group: f.Group, Paging: f.Paging}) {
		_, u, err := d.fleetCounts(ctx, v)
		return u, err
	}
	type counted struct {
		kind       ItemKind
		n, ignored int
	}
	in := f.items(d, v)
	counts, err := collect(ctx, d.r, func(row scanner, c *counted) error { return row.Scan(&c.kind, &c.n, &c.ignored) },
		"SELECT u.kind, sum(u.n), sum(CASE u.offer WHEN 'offered' THEN 0 ELSE u.n END)"+in.sql+" GROUP BY u.kind", in.args...)
	if err != nil {
		return UpdateCounts{}, fmt.Errorf("count the updates by kind: %w", err)
	}
	var u UpdateCounts
	for _, c := range counts {
		u.Ignored += c.ignored
		switch c.kind {
		case Core:
			u.Core = c.n
		case Plugin:
			u.Plugins = c.n
		case Theme:
			u.Themes = c.n
		case Translation:
			u.Translations = c.n
		}
	}
	return u, nil
}

// pending is the condition that a site has something the filter wants.
func (f UpdateFilter) pending() string {
	column, ok := kindColumns[f.Kind]
	switch {
	case f.Offer == "ignored":
		return "s.upd_ignored > 0"
	case ok:
		return "s." + column + " > 0"
	case f.Offer == "all":
		return "s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations + s.upd_ignored > 0"
	}
	return "s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations > 0"
}

func (d *DB) updatesBySite(ctx context.Context, v Viewer, f UpdateFilter) ([]UpdateGroup, int, error) {
	in := SiteFilter{Query: f.Query, Dashboard: f.Dashboard, Client: f.Client, Tag: f.Tag}.where(d, v)
	where := in.sql + " AND " + f.pending()
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM sites s WHERE "+where, in.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the sites with updates: %w", err)
	}
	limit, offset := f.limits()
	rows, err := d.sitePage(ctx, v, where+" ORDER BY s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations DESC, s.name COLLATE NOCASE, s.id", append(in.args, limit, offset)...)
	list := make([]UpdateGroup, len(rows))
	for i, s := range rows {
		list[i] = UpdateGroup{Key: strconv.FormatInt(s.ID, 10), Name: s.Name, Sub: s.URL, Sites: 1, Counts: s.Updates, State: s.State}
	}
	return list, total, err
}

// grouping says how sites are grouped on the Updates page; key and name are SQL over the group g.
type grouping struct{ by, same, key, from, name, sub string }

var (
	byClient = grouping{by: "s.dashboard_id, s.client_id", same: "s.dashboard_id = page.dashboard_id AND s.client_id = page.client_id", key: "g.dashboard_id || '.' || g.client_id", name: "coalesce(c.name, '')", sub: "d.name",
		from: "JOIN dashboards d ON d.id = g.dashboard_id LEFT JOIN clients c ON c.dashboard_id = g.dashboard_id AND c.remote_id = g.client_id"}
	byDashboard = grouping{by: "s.dashboard_id", same: "s.dashboard_id = page.dashboard_id", key: "g.dashboard_id", name: "d.name", sub: "d.url", from: "JOIN dashboards d ON d.id = g.dashboard_id"}
)

// groupSums are the figures of a group of sites.
const groupSums = `count(*) AS sites, sum(s.upd_core) AS core, sum(s.upd_plugins) AS plugins, sum(s.upd_themes) AS themes, sum(s.upd_translations) AS translations, sum(s.upd_ignored) AS ignored,
	sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations) AS pending`

// updatesBy finds the page's groups over an index by one sum, and adds up the rest and looks up names for these alone, unless it
// searches names: at 10,000 sites that is a third of the time of doing all at once.
func (d *DB) updatesBy(ctx context.Context, v Viewer, f UpdateFilter, by grouping) ([]UpdateGroup, int, error) {
	in := f.narrow(d, v)
	from, args := " FROM sites s WHERE "+in.sql+" AND "+f.pending(), in.args
	having := ""
	for word := range strings.FieldsSeq(strings.ToLower(cut(f.Query, 200))) {
		having += " AND instr(lower(" + by.name + "), ?) > 0"
		args = append(args, word)
	}
	groups := "SELECT " + by.by + ", sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations) AS pending" + from + " GROUP BY " + by.by
	if having != "" {
		groups = "SELECT g.* FROM (" + groups + ") g " + by.from + " WHERE 1" + having
	}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM ("+groups+")", args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the groups of updates: %w", err)
	}
	limit, offset := f.limits()
	page := "SELECT * FROM (" + groups + ") ORDER BY pending DESC, 1, 2 LIMIT ? OFFSET ?"
	list, err := collect(ctx, d.r, func(row scanner, g *UpdateGroup) error {
		u := &g.Counts
		return row.Scan(&g.Key, &g.Name, &g.Sub, &g.Sites, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored)
	}, "WITH page AS MATERIALIZED ("+page+") SELECT "+by.key+", "+by.name+", "+by.sub+", g.sites, g.core, g.plugins, g.themes, g.translations, g.ignored FROM (SELECT "+by.by+", "+groupSums+
		" FROM page CROSS JOIN sites s ON "+by.same+" WHERE "+in.sql+" AND "+f.pending()+" GROUP BY "+by.by+") g "+by.from+" ORDER BY g.pending DESC, 2 COLLATE NOCASE",
		append(append(args, limit, offset), in.args...)...)
	if err != nil {
		return nil, 0, fmt.Errorf("group the updates: %w", err)
	}
	return list, total, nil
}

const updateSelect = `SELECT u.site_id, u.kind, u.slug, u.language, u.name, u.from_version, u.to_version, u.offer, u.rollback, u.active, u.requires_wp, u.requires_php, u.tested, u.url, u.first_seen_at,
	r.first_seen_at, s.name, s.url, s.wp_version, s.php_version, s.dashboard_id, d.name, coalesce(c.name, ''), s.state` + siteFrom + `
	JOIN updates u ON u.site_id = s.id LEFT JOIN releases r ON r.kind = u.kind AND r.slug = u.slug AND r.version = u.to_version WHERE `

func scanUpdate(row scanner, u *Update) error {
	return row.Scan(&u.SiteID, &u.Kind, &u.Slug, &u.Language, &u.Name, &u.From, &u.To, &u.Offer, &u.Rollback, &u.Active, &u.RequiresWP, &u.RequiresPHP, &u.Tested, &u.URL, at(&u.FirstSeenAt),
		at(&u.ReleasedAt), &u.SiteName, &u.SiteURL, &u.SiteWP, &u.SitePHP, &u.DashboardID, &u.DashboardName, &u.ClientName, &u.SiteState)
}

// kindOrder lists WordPress first, as it matters most.
const kindOrder = "CASE u.kind WHEN 'core' THEN 0 WHEN 'plugin' THEN 1 WHEN 'theme' THEN 2 ELSE 3 END"

// SiteUpdates lists everything pending on a site, ignored updates last.
func (d *DB) SiteUpdates(ctx context.Context, v Viewer, siteID int64) ([]Update, error) {
	in := v.sites("s")
	list, err := collect(ctx, d.r, scanUpdate, updateSelect+"s.id = ? AND "+in.sql+" ORDER BY u.offer <> 'offered', "+kindOrder+", u.name COLLATE NOCASE, u.slug", append([]any{siteID}, in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the updates of site %d: %w", siteID, err)
	}
	return list, nil
}

// UpdatesOf lists the updates of one group of UpdateGroups, with their number before paging. An unknown key is an empty group.
func (d *DB) UpdatesOf(ctx context.Context, v Viewer, f UpdateFilter, key string, p Paging) ([]Update, int, error) {
	in := f.narrow(d, v)
	where, args := in.sql+" AND "+f.offers("u.offer"), in.args
	order := kindOrder + ", u.name COLLATE NOCASE, s.name COLLATE NOCASE, u.site_id, u.slug"
	first, rest, _ := strings.Cut(key, map[string]string{"client": "."}[f.Group])
	switch f.Group {
	case "site":
		where, args = where+" AND s.id = ?", append(args, key)
	case "dashboard":
		where, args = where+" AND s.dashboard_id = ?", append(args, key)
	case "client":
		where, args = where+" AND s.dashboard_id = ? AND s.client_id = ?", append(args, first, rest)
	default:
		kind, slug, _ := strings.Cut(key, ":")
		where, args = where+" AND u.kind = ? AND u.slug = ?", append(args, kind, slug)
		order = "s.name COLLATE NOCASE, u.site_id"
	}
	if f.Kind != "" && f.Group != "" && f.Group != "item" {
		where, args = where+" AND u.kind = ?", append(args, f.Kind)
	}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM sites s JOIN updates u ON u.site_id = s.id WHERE "+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the updates of %s: %w", key, err)
	}
	limit, offset := p.limits()
	// The page is found first; what describes its updates is looked up for these alone.
	page := "(u.site_id, u.kind, u.slug) IN (SELECT u.site_id, u.kind, u.slug FROM sites s JOIN updates u ON u.site_id = s.id WHERE " + where + " ORDER BY " + order + " LIMIT ? OFFSET ?)"
	list, err := collect(ctx, d.r, scanUpdate, updateSelect+page+" ORDER BY "+order, append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list the updates of %s: %w", key, err)
	}
	return list, total, nil
}
