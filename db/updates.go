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
	list, total, err := d.updateGroups(ctx, v, f)
	if err != nil {
		return nil, 0, err
	}
	return list, total, d.markGroups(ctx, v, f, list)
}

func (d *DB) updateGroups(ctx context.Context, v Viewer, f UpdateFilter) ([]UpdateGroup, int, error) {
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

// itemCount is a line of item_counts, or one counted over a narrower view.
type itemCount struct {
	kind       ItemKind
	slug, name string
	from, to   string
	offer      Offer
	n          int
}

// lines reads what a filter selects as lines of (kind, slug, name, versions, offer, n). Words are looked for here, as SQLite folds
// the case of ASCII only.
func (f UpdateFilter) lines(ctx context.Context, d *DB, v Viewer) ([]itemCount, error) {
	columns, from, group := "u.kind, u.slug, u.name, u.from_version, u.to_version, u.offer, ", "item_counts u WHERE 1", ""
	count, args := "u.n", []any(nil)
	switch in := f.narrow(d, v); {
	case !f.counted(v):
		count, from, args = "count(*)", "updates u JOIN sites s ON s.id = u.site_id WHERE "+in.sql, in.args
		group = " GROUP BY u.kind, u.slug, u.name, u.from_version, u.to_version, u.offer"
	case f.Dashboard != 0:
		from, args = "update_counts u WHERE u.dashboard_id = ?", []any{f.Dashboard}
	}
	from += " AND " + f.offers("u.offer")
	if f.Kind != "" {
		from, args = from+" AND u.kind = ?", append(args, f.Kind)
	}
	list, err := collect(ctx, d.r, func(row scanner, c *itemCount) error {
		return row.Scan(&c.kind, &c.slug, &c.name, &c.from, &c.to, &c.offer, &c.n)
	}, "SELECT "+columns+count+" FROM "+from+group, args...)
	words := foldedWords(f.Query)
	return slices.DeleteFunc(list, func(c itemCount) bool { return !hasWords(words, c.name, c.slug) }), err
}

// updatesByItem lists the widest items first. A fleet has some hundred items: they are added up and sorted here, which is cheaper than
// in the database.
func (d *DB) updatesByItem(ctx context.Context, v Viewer, f UpdateFilter) ([]UpdateGroup, int, error) {
	lines, err := f.lines(ctx, d, v)
	if err != nil {
		return nil, 0, fmt.Errorf("count the updates by item: %w", err)
	}
	var all []*UpdateGroup
	index := map[itemKey]*UpdateGroup{}
	for _, c := range lines {
		g := index[itemKey{c.kind, c.slug}]
		if g == nil {
			g = &UpdateGroup{Key: string(c.kind) + ":" + c.slug, Kind: c.kind, Slug: c.slug, Name: c.name}
			index[itemKey{c.kind, c.slug}], all = g, append(all, g)
		}
		g.Name = min(g.Name, c.name)
		g.add(c)
	}
	slices.SortFunc(all, func(a, b *UpdateGroup) int {
		return cmp.Or(cmp.Compare(b.Sites, a.Sites), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Key, b.Key))
	})
	limit, offset := f.limits()
	offset = min(offset, len(all))
	page := all[offset:min(offset+limit, len(all))]
	list := make([]UpdateGroup, len(page))
	for i, g := range page {
		list[i] = *g
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
	var u UpdateCounts
	if f.Query == "" && f.Offer != "ignored" && f.Offer != "all" {
		columns, from := []string{"s.upd_core", "s.upd_plugins", "s.upd_themes", "s.upd_translations", "s.upd_ignored"}, f.narrow(d, v)
		from.sql = "sites s WHERE " + from.sql
		if f.counted(v) {
			columns, from = []string{"core", "plugins", "themes", "translations", "ignored"}, cond{sql: "site_totals WHERE ?1 IN (0, dashboard_id)", args: []any{f.Dashboard}}
		}
		row := d.r.QueryRowContext(ctx, "SELECT coalesce(sum("+strings.Join(columns, "), 0), coalesce(sum(")+"), 0) FROM "+from.sql, from.args...)
		if err := row.Scan(&u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored); err != nil {
			return u, fmt.Errorf("read the totals of updates: %w", err)
		}
		return u, nil
	}
	lines, err := f.lines(ctx, d, v)
	if err != nil {
		return u, fmt.Errorf("count the updates by kind: %w", err)
	}
	for _, c := range lines {
		if c.offer != Offered {
			u.Ignored += c.n
		}
		switch c.kind {
		case Core:
			u.Core += c.n
		case Plugin:
			u.Plugins += c.n
		case Theme:
			u.Themes += c.n
		case Translation:
			u.Translations += c.n
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
	ids, err := collect(ctx, d.r, func(row scanner, id *int64) error { return row.Scan(id) }, "SELECT s.id FROM sites s WHERE "+where+
		" ORDER BY s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations DESC, s.name COLLATE NOCASE, s.id LIMIT ? OFFSET ?", append(in.args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("find the sites with updates: %w", err)
	}
	rows, err := d.sitePage(ctx, v, ids)
	list := make([]UpdateGroup, len(rows))
	for i, s := range rows {
		list[i] = UpdateGroup{Key: strconv.FormatInt(s.ID, 10), Name: s.Name, Sub: s.URL, Sites: 1, Counts: s.Updates, State: s.State}
	}
	return list, total, err
}

// grouping says how sites are grouped on the Updates page: by which columns, what totals hold them ready, and how the group g is named.
type grouping struct{ by, totals, key, from, name, sub string }

var (
	byClient = grouping{by: "s.dashboard_id, s.client_id", key: "g.dashboard_id || '.' || g.client_id", name: "coalesce(c.name, '')", sub: "d.name",
		totals: "SELECT dashboard_id, client_id, pending AS sites, core, plugins, themes, translations, ignored, offered AS pending FROM client_totals WHERE pending > 0 AND ?1 IN (0, dashboard_id)",
		from:   "JOIN dashboards d ON d.id = g.dashboard_id LEFT JOIN clients c ON c.dashboard_id = g.dashboard_id AND c.remote_id = g.client_id"}
	byDashboard = grouping{by: "s.dashboard_id", key: "g.dashboard_id", name: "d.name", sub: "d.url", from: "JOIN dashboards d ON d.id = g.dashboard_id",
		totals: `SELECT dashboard_id, sum(pending) AS sites, sum(core) AS core, sum(plugins) AS plugins, sum(themes) AS themes, sum(translations) AS translations, sum(ignored) AS ignored,
			sum(core + plugins + themes + translations) AS pending FROM site_totals WHERE ?1 IN (0, dashboard_id) GROUP BY dashboard_id HAVING sum(pending) > 0`}
)

// groupSums are the figures of a group of sites.
const groupSums = `, count(*) AS sites, sum(s.upd_core) AS core, sum(s.upd_plugins) AS plugins, sum(s.upd_themes) AS themes, sum(s.upd_translations) AS translations, sum(s.upd_ignored) AS ignored,
	sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations) AS pending`

// groups are the groups of a filter with their figures. Who sees everything gets them from totals that are kept, unless one kind is wanted.
func (by grouping) groups(d *DB, v Viewer, f UpdateFilter, match *cond, sums string) cond {
	in, groups := f.narrow(d, v), cond{sql: by.totals, args: []any{f.Dashboard}}
	if !f.counted(v) || f.Kind != "" || f.Offer == "ignored" || f.Offer == "all" {
		groups = cond{sql: "SELECT " + by.by + sums + " FROM sites s WHERE " + in.sql + " AND " + f.pending() + " GROUP BY " + by.by, args: in.args}
	}
	if match == nil {
		return groups
	}
	return cond{sql: "SELECT g.* FROM (" + groups.sql + ") g " + by.from + " WHERE " + match.sql, args: slices.Concat(groups.args, match.args)}
}

// named is the condition that a group g has the words of a query in its name; nil without words.
func (d *DB) named(ctx context.Context, f UpdateFilter) (*cond, error) {
	words := foldedWords(f.Query)
	if len(words) == 0 {
		return nil, nil
	}
	if f.Group != "dashboard" {
		c := containsWords("c.search", words)
		return &c, nil
	}
	type named struct {
		id   int64
		name string
	}
	all, err := collect(ctx, d.r, func(row scanner, x *named) error { return row.Scan(&x.id, &x.name) }, "SELECT id, name FROM dashboards")
	var ids []int64
	for _, x := range all {
		if hasWords(words, x.name) {
			ids = append(ids, x.id)
		}
	}
	return &cond{sql: "g.dashboard_id IN (SELECT value FROM json_each(?))", args: []any{jsonText(ids)}}, err
}

func (d *DB) updatesBy(ctx context.Context, v Viewer, f UpdateFilter, by grouping) ([]UpdateGroup, int, error) {
	match, err := d.named(ctx, f)
	if err != nil {
		return nil, 0, fmt.Errorf("find the groups of updates: %w", err)
	}
	groups := by.groups(d, v, f, match, "")
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM ("+groups.sql+")", groups.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the groups of updates: %w", err)
	}
	groups = by.groups(d, v, f, match, groupSums)
	limit, offset := f.limits()
	list, err := collect(ctx, d.r, func(row scanner, g *UpdateGroup) error {
		u := &g.Counts
		return row.Scan(&g.Key, &g.Name, &g.Sub, &g.Sites, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored)
	}, "SELECT "+by.key+", "+by.name+", "+by.sub+", g.sites, g.core, g.plugins, g.themes, g.translations, g.ignored FROM (SELECT * FROM ("+groups.sql+") ORDER BY pending DESC, 1, 2 LIMIT ? OFFSET ?) g "+
		by.from+" ORDER BY g.pending DESC, 2 COLLATE NOCASE", append(groups.args, limit, offset)...)
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
	return list, d.markUpdates(ctx, v, list)
}

// UpdatesOf lists the updates of one group of UpdateGroups, with their number before paging. An unknown key is an empty group.
func (d *DB) UpdatesOf(ctx context.Context, v Viewer, f UpdateFilter, key string, p Paging) ([]Update, int, error) {
	in := f.group(d, v, key)
	where, args := in.sql+" AND "+f.offers("u.offer"), in.args
	order := kindOrder + ", u.name COLLATE NOCASE, s.name COLLATE NOCASE, u.site_id, u.slug"
	if f.Group == "" || f.Group == "item" {
		order = "s.name COLLATE NOCASE, u.site_id"
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
	return list, total, d.markUpdates(ctx, v, list)
}
