package db

import (
	"context"
	"fmt"
	"slices"
)

// markKeys are, by UpdateFilter.Group, the key of a group as UpdateGroups makes it, and its columns, over s (sites) and u (updates).
var markKeys = map[string]struct{ key, columns string }{
	"item":      {"u.kind || ':' || u.slug", "u.kind, u.slug"},
	"site":      {"s.id", "s.id"},
	"client":    {"s.dashboard_id || '.' || s.client_id", "s.dashboard_id, s.client_id"},
	"dashboard": {"s.dashboard_id", "s.dashboard_id"},
}

// Up to how many updates a page's groups are counted one by one: those of which something is chosen, and the others.
const (
	exactMarks = 20_000
	exactIdle  = 4_000
)

// markGroups fills in Chosen, Left, Offered and Choosable, exactly as far as the page stays quick: first of all for the groups of which something
// is chosen, then for the small ones.
func (d *DB) markGroups(ctx context.Context, v Viewer, f UpdateFilter, list []UpdateGroup) error {
	for i := range list {
		list[i].Offered = list[i].offered(f.Kind)
		list[i].Choosable = list[i].Offered
	}
	if !v.CanRun() {
		return nil
	}
	by, ok := markKeys[f.Group]
	if !ok {
		f.Group, by = "item", markKeys["item"]
	}
	in := f.narrow(d, v)
	if f.Kind != "" {
		in = cond{sql: in.sql + " AND u.kind = ?", args: append(slices.Clone(in.args), f.Kind)}
	}
	type count struct {
		key     string
		n, left int
	}
	chosen, err := collect(ctx, d.r, func(row scanner, c *count) error { return row.Scan(&c.key, &c.n, &c.left) },
		"SELECT "+by.key+", count(*) FILTER (WHERE u.along = 0), sum(u.along) FROM basket u JOIN sites s ON s.id = u.site_id WHERE u.user_id = ? AND "+in.sql+" GROUP BY "+by.columns, append([]any{v.UserID}, in.args...)...)
	if err != nil {
		return fmt.Errorf("count what is chosen: %w", err)
	}
	index := map[string]*UpdateGroup{}
	for i := range list {
		index[list[i].Key] = &list[i]
	}
	for _, c := range chosen {
		if g := index[c.key]; g != nil {
			g.Chosen, g.Left = c.n, c.left
		}
	}
	var keys []string
	most, idle := exactMarks, exactIdle
	for _, g := range list {
		budget := &idle
		if g.Chosen+g.Left > 0 {
			budget = &most
		}
		if g.Offered > 0 && g.Offered <= *budget {
			*budget -= g.Offered
			keys = append(keys, g.Key)
		}
	}
	return d.markChoosable(ctx, v, f, keys, index)
}

// GroupChoosable counts exactly what of a group of UpdateGroups can be chosen as things stand.
func (d *DB) GroupChoosable(ctx context.Context, v Viewer, f UpdateFilter, key string) (int, error) {
	if !v.CanRun() {
		return 0, nil
	}
	var g UpdateGroup
	err := d.markChoosable(ctx, v, f, []string{key}, map[string]*UpdateGroup{key: &g})
	return g.Choosable, err
}

// markChoosable counts exactly what can be chosen in some groups.
func (d *DB) markChoosable(ctx context.Context, v Viewer, f UpdateFilter, keys []string, index map[string]*UpdateGroup) error {
	can, err := d.choosable(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		in := f.group(d, v, key)
		type line struct {
			u Update
			n int
		}
		lines, err := collect(ctx, d.r, func(row scanner, l *line) error {
			return row.Scan(&l.u.Kind, &l.u.RequiresWP, &l.u.RequiresPHP, &l.u.SiteWP, &l.u.SitePHP, &l.n)
		}, "SELECT u.kind, u.requires_wp, u.requires_php, s.wp_version, s.php_version, count(*) FROM sites s JOIN updates u ON u.site_id = s.id WHERE "+in.sql+" AND "+can.sql+" GROUP BY 1, 2, 3, 4, 5", slices.Concat(in.args, can.args)...)
		if err != nil {
			return fmt.Errorf("count what can be chosen: %w", err)
		}
		g := index[key]
		g.Choosable, g.Exact = 0, true
		for _, l := range lines {
			if !l.u.tooNew() {
				g.Choosable += l.n
			}
		}
	}
	return nil
}

// offered counts the offered updates of a group, of one kind or of all.
func (g *UpdateGroup) offered(kind ItemKind) int {
	switch kind {
	case Core:
		return g.Counts.Core
	case Plugin:
		return g.Counts.Plugins
	case Theme:
		return g.Counts.Themes
	case Translation:
		return g.Counts.Translations
	}
	return g.Counts.Total()
}

// markUpdates fills in Chosen and HeldBy.
func (d *DB) markUpdates(ctx context.Context, v Viewer, list []Update) error {
	if len(list) == 0 {
		return nil
	}
	rules, err := readRules(ctx, d.r, d.now())
	if err != nil {
		return err
	}
	sites := map[int64]bool{}
	var ids []int64
	for i := range list {
		var x Planned
		x.Why, x.Detail = rules.why(list[i])
		list[i].HeldBy = x.Because()
		if id := list[i].SiteID; !sites[id] {
			sites[id] = true
			ids = append(ids, id)
		}
	}
	refs, err := collect(ctx, d.r, func(row scanner, r *ItemRef) error { return row.Scan(&r.Site, &r.Kind, &r.Slug) },
		"SELECT b.site_id, b.kind, b.slug FROM json_each(?) j CROSS JOIN basket b ON b.user_id = ? AND b.site_id = j.value AND b.along = 0", jsonText(ids), v.UserID)
	if err != nil {
		return fmt.Errorf("read what is chosen: %w", err)
	}
	chosen := refSet(refs)
	for i, u := range list {
		list[i].Chosen = chosen[ItemRef{u.SiteID, u.Kind, u.Slug}]
	}
	return nil
}
