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

// exactMarks is up to how many updates a page's groups are counted one by one.
const exactMarks = 20_000

// markGroups fills in Chosen and Choosable. Without a basket nothing is counted; with one, exactly for the groups that are chosen in part.
func (d *DB) markGroups(ctx context.Context, v Viewer, f UpdateFilter, list []UpdateGroup) error {
	for i := range list {
		list[i].Choosable = list[i].offered(f.Kind)
	}
	full, err := one[bool](ctx, d.r, "SELECT EXISTS (SELECT 1 FROM basket WHERE user_id = ?)", v.UserID)
	if err != nil || !full {
		return err
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
		key string
		n   int
	}
	chosen, err := collect(ctx, d.r, func(row scanner, c *count) error { return row.Scan(&c.key, &c.n) },
		"SELECT "+by.key+", count(*) FROM basket u JOIN sites s ON s.id = u.site_id WHERE u.user_id = ? AND "+in.sql+" GROUP BY "+by.columns, append([]any{v.UserID}, in.args...)...)
	if err != nil {
		return fmt.Errorf("count what is chosen: %w", err)
	}
	index := map[string]*UpdateGroup{}
	for i := range list {
		index[list[i].Key] = &list[i]
	}
	var keys []string
	offered := 0
	for _, c := range chosen {
		if g := index[c.key]; g != nil {
			g.Chosen = c.n
			keys, offered = append(keys, c.key), offered+g.Choosable
		}
	}
	if len(keys) == 0 || offered > exactMarks {
		return nil
	}
	return d.markChoosable(ctx, v, f, keys, index)
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
		g.Choosable = 0
		for _, l := range lines {
			if !l.u.NeedsPHP() && !l.u.NeedsWP() {
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
		"SELECT b.site_id, b.kind, b.slug FROM json_each(?) j CROSS JOIN basket b ON b.user_id = ? AND b.site_id = j.value", jsonText(ids), v.UserID)
	if err != nil {
		return fmt.Errorf("read what is chosen: %w", err)
	}
	chosen := refSet(refs)
	for i, u := range list {
		list[i].Chosen = chosen[ItemRef{u.SiteID, u.Kind, u.Slug}]
	}
	return nil
}
