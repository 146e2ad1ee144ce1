package db

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// BasketAdd chooses updates that are offered now, on sites the viewer may see; those that need a newer PHP or WordPress than the site has only
// with anyway. It returns how many are newly in the basket; what was in it keeps its target unless that changed.
func (d *DB) BasketAdd(ctx context.Context, v Viewer, items []ItemRef, anyway bool) (int, error) {
	if err := v.mayRun(); err != nil {
		return 0, err
	}
	if len(items) > MaxChoices {
		return 0, fmt.Errorf("%w: a run can hold %d tasks at most", ErrInvalid, MaxChoices)
	}
	refs := make([][3]any, len(items))
	for i, ref := range items {
		refs[i] = [3]any{ref.Site, ref.Kind, ref.Slug}
	}
	in := v.sites("s")
	return d.fillBasket(ctx, v, cond{sql: "(u.site_id, u.kind, u.slug) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)) AND s.gone_at IS NULL AND u.offer = 'offered' AND " + in.sql,
		args: append([]any{jsonText(refs)}, in.args...)}, cond{sql: "1"}, anyway)
}

// BasketAddGroup chooses all updates of a group of UpdateGroups that can be made as things stand. Those that need a newer PHP or WordPress, that
// are held, or whose site or Dashboard cannot take updates come along, so that the review tells why they are left out. It returns how many are
// newly chosen; when nothing can be, nothing comes along.
func (d *DB) BasketAddGroup(ctx context.Context, v Viewer, f UpdateFilter, key string) (int, error) {
	if err := v.mayRun(); err != nil {
		return 0, err
	}
	f.Offer = "offered"
	group := f.group(d, v, key)
	can, err := d.choosable(ctx)
	if err != nil {
		return 0, err
	}
	return d.fillBasket(ctx, v, cond{sql: group.sql + " AND u.offer = 'offered' AND s.gone_at IS NULL", args: group.args}, can, false)
}

// fillBasket adds the updates that a condition on s (sites) and u (updates) selects; where can does not hold they come along.
func (d *DB) fillBasket(ctx context.Context, v Viewer, in, can cond, anyway bool) (int, error) {
	type line struct {
		u   Update
		can bool
	}
	added := 0
	err := d.tx(ctx, func(tx *sql.Tx) error {
		list, err := collect(ctx, tx, func(row scanner, l *line) error {
			u := &l.u
			return row.Scan(&l.can, &u.SiteID, &u.Kind, &u.Slug, &u.Name, &u.From, &u.To, &u.RequiresWP, &u.RequiresPHP, &u.SiteWP, &u.SitePHP)
		}, "SELECT "+can.sql+", u.site_id, u.kind, u.slug, u.name, u.from_version, u.to_version, u.requires_wp, u.requires_php, s.wp_version, s.php_version FROM sites s JOIN updates u ON u.site_id = s.id WHERE "+in.sql+" LIMIT ?",
			slices.Concat(can.args, in.args, []any{MaxChoices + 1})...)
		if err != nil {
			return fmt.Errorf("find the chosen updates: %w", err)
		}
		had, err := one[int](ctx, tx, "SELECT count(*) FROM basket WHERE user_id = ? AND along = 0", v.UserID)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `INSERT INTO basket (user_id, site_id, kind, slug, name, from_version, to_version, anyway, added_at, along) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET along = min(along, excluded.along), name = excluded.name, from_version = excluded.from_version, to_version = excluded.to_version, anyway = max(anyway, excluded.anyway)`)
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }() // it ends with the transaction anyway
		now := d.now().Unix()
		whole := can.sql != "1" && slices.ContainsFunc(list, func(l line) bool { return l.can && !l.u.tooNew() })
		for _, l := range list {
			u, short := l.u, l.u.tooNew()
			along := !l.can || short && !anyway
			if along && !whole {
				continue
			}
			if _, err := insert.ExecContext(ctx, v.UserID, u.SiteID, u.Kind, u.Slug, u.Name, u.From, u.To, short && anyway, now, along); err != nil {
				return fmt.Errorf("fill the basket: %w", err)
			}
		}
		chosen, err := one[int](ctx, tx, "SELECT count(*) FROM basket WHERE user_id = ? AND along = 0", v.UserID)
		if err != nil {
			return err
		}
		added = chosen - had
		has, err := one[int](ctx, tx, "SELECT count(*) FROM basket WHERE user_id = ?", v.UserID)
		if err == nil && has > MaxChoices {
			err = fmt.Errorf("%w: a run can hold %d tasks at most", ErrInvalid, MaxChoices)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// BasketRemove takes items out.
func (d *DB) BasketRemove(ctx context.Context, v Viewer, items []ItemRef) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	return d.tx(ctx, func(tx *sql.Tx) error {
		if err := removeFromBasket(ctx, tx, v, items); err != nil {
			return err
		}
		return dropAlone(ctx, tx, v)
	})
}

// dropAlone empties a basket in which nothing is left but what came along.
func dropAlone(ctx context.Context, tx *sql.Tx, v Viewer) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM basket WHERE user_id = ?1 AND NOT EXISTS (SELECT 1 FROM basket WHERE user_id = ?1 AND along = 0)", v.UserID)
	if err != nil {
		return fmt.Errorf("drop what is left in the basket: %w", err)
	}
	return nil
}

func removeFromBasket(ctx context.Context, tx *sql.Tx, v Viewer, items []ItemRef) error {
	for _, ref := range items {
		if _, err := tx.ExecContext(ctx, "DELETE FROM basket WHERE user_id = ? AND site_id = ? AND kind = ? AND slug = ?", v.UserID, ref.Site, ref.Kind, ref.Slug); err != nil {
			return fmt.Errorf("take out of the basket: %w", err)
		}
	}
	return nil
}

// BasketRemoveGroup takes a group of UpdateGroups out, as far as the filter shows it.
func (d *DB) BasketRemoveGroup(ctx context.Context, v Viewer, f UpdateFilter, key string) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	f.Offer = "all"
	group := f.group(d, v, key)
	_, err := d.w.ExecContext(ctx, "DELETE FROM basket WHERE user_id = ? AND (site_id, kind, slug) IN (SELECT u.site_id, u.kind, u.slug FROM basket u JOIN sites s ON s.id = u.site_id WHERE u.user_id = ? AND "+group.sql+")",
		append([]any{v.UserID, v.UserID}, group.args...)...)
	if err != nil {
		return fmt.Errorf("take a group out of the basket: %w", err)
	}
	return nil
}

// BasketRemoveItem takes an item out on all its sites.
func (d *DB) BasketRemoveItem(ctx context.Context, v Viewer, kind ItemKind, slug string) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	_, err := d.w.ExecContext(ctx, "DELETE FROM basket WHERE user_id = ? AND kind = ? AND slug = ?", v.UserID, kind, slug)
	return err
}

// BasketClear empties the basket.
func (d *DB) BasketClear(ctx context.Context, v Viewer) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	_, err := d.w.ExecContext(ctx, "DELETE FROM basket WHERE user_id = ?", v.UserID)
	return err
}

// basketChoices are the choices in the viewer's basket, on sites he may see.
func (d *DB) basketChoices(ctx context.Context, v Viewer) ([]Choice, error) {
	in := v.sites("s")
	list, err := collect(ctx, d.r, func(row scanner, c *Choice) error {
		c.Action = ActUpdate
		return row.Scan(&c.Site, &c.Dashboard, &c.Kind, &c.Slug, &c.Name, &c.From, &c.To, &c.Anyway)
	}, "SELECT b.site_id, s.dashboard_id, b.kind, b.slug, b.name, b.from_version, b.to_version, b.anyway FROM basket b JOIN sites s ON s.id = b.site_id WHERE b.user_id = ? AND "+in.sql, append([]any{v.UserID}, in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("read the basket: %w", err)
	}
	return list, nil
}

// Basket is what the viewer has chosen, by item; what came along with a group counts as unrunnable alone. It stands on every page of updates, so it is counted where it lies.
func (d *DB) Basket(ctx context.Context, v Viewer) (Basket, error) {
	var b Basket
	in := v.sites("s")
	from, args := " FROM basket b JOIN sites s ON s.id = b.site_id WHERE b.user_id = ? AND "+in.sql, append([]any{v.UserID}, in.args...)
	type line struct {
		BasketLine
		from, to string
	}
	list, err := collect(ctx, d.r, func(row scanner, l *line) error { return row.Scan(&l.Kind, &l.Slug, &l.Name, &l.from, &l.to, &l.Sites) },
		"SELECT b.kind, b.slug, min(b.name), b.from_version, b.to_version, count(*)"+from+" AND b.along = 0 GROUP BY b.kind, b.slug, b.from_version, b.to_version", args...)
	if err != nil || len(list) == 0 {
		return b, err
	}
	lines := map[itemKey]*BasketLine{}
	for _, l := range list {
		x := lines[itemKey{l.Kind, l.Slug}]
		if x == nil {
			x = &BasketLine{Kind: l.Kind, Slug: l.Slug, Name: l.Name, ToMin: l.to, ToMax: l.to}
			lines[itemKey{l.Kind, l.Slug}] = x
		}
		x.Sites, b.Updates = x.Sites+l.Sites, b.Updates+l.Sites
		if CompareVersions(l.to, x.ToMin) < 0 {
			x.ToMin = l.to
		}
		if CompareVersions(l.to, x.ToMax) > 0 {
			x.ToMax = l.to
		}
		if StepOf(l.from, l.to) == Major {
			x.Majors, b.Majors = x.Majors+l.Sites, b.Majors+l.Sites
		}
		if l.Kind == Core {
			b.Cores += l.Sites
		}
	}
	for _, x := range lines {
		b.Lines = append(b.Lines, *x)
	}
	slices.SortFunc(b.Lines, func(a, b BasketLine) int {
		return cmp.Or(cmp.Compare(b.Sites, a.Sites), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Slug, b.Slug))
	})
	if err := d.r.QueryRowContext(ctx, "SELECT count(DISTINCT b.site_id), count(DISTINCT s.dashboard_id)"+from+" AND b.along = 0", args...).Scan(&b.Sites, &b.Dashboards); err != nil {
		return b, fmt.Errorf("count the sites of the basket: %w", err)
	}
	all, err := one[int](ctx, d.r, "SELECT count(*)"+from, args...)
	if err != nil {
		return b, fmt.Errorf("count the basket: %w", err)
	}
	runnable, err := d.runnable(ctx, v)
	b.Unrunnable = all - runnable
	return b, err
}

// runnable counts the updates in the viewer's basket that a review would start as things stand.
func (d *DB) runnable(ctx context.Context, v Viewer) (int, error) {
	can, err := d.choosable(ctx)
	if err != nil {
		return 0, err
	}
	in := v.sites("s")
	type line struct {
		u      Update
		anyway bool
		n      int
	}
	lines, err := collect(ctx, d.r, func(row scanner, l *line) error {
		return row.Scan(&l.anyway, &l.u.Kind, &l.u.RequiresWP, &l.u.RequiresPHP, &l.u.SiteWP, &l.u.SitePHP, &l.n)
	}, `SELECT b.anyway, u.kind, u.requires_wp, u.requires_php, s.wp_version, s.php_version, count(*) FROM basket b JOIN sites s ON s.id = b.site_id
		JOIN updates u ON u.site_id = b.site_id AND u.kind = b.kind AND u.slug = b.slug WHERE b.user_id = ? AND u.to_version = b.to_version AND `+in.sql+" AND "+can.sql+`
		AND NOT EXISTS (SELECT 1 FROM tasks o WHERE o.address = s.url_key AND o.kind = b.kind AND o.slug = b.slug AND o.state IN ('queued', 'running', 'verifying', 'unknown') AND (o.state <> 'unknown' OR o.look_at IS NOT NULL OR o.free_at > ?))
		GROUP BY 1, 2, 3, 4, 5, 6`, slices.Concat([]any{v.UserID}, in.args, can.args, []any{d.now().Unix()})...)
	if err != nil {
		return 0, fmt.Errorf("count what of the basket can be started: %w", err)
	}
	n := 0
	for _, l := range lines {
		if l.anyway || !l.u.tooNew() {
			n += l.n
		}
	}
	return n, nil
}

// choosable is the condition on s (sites) and u (updates) that an update can be made as things stand, apart from PHP and WordPress.
func (d *DB) choosable(ctx context.Context) (cond, error) {
	dashes, err := readDashboards(ctx, d.r)
	if err != nil {
		return cond{}, err
	}
	open := []int64{}
	for id, x := range dashes {
		if why, _ := x.barred(true); why == "" {
			open = append(open, id)
		}
	}
	delay, err := updateDelay(ctx, d.r)
	if err != nil {
		return cond{}, err
	}
	c := cond{sql: `u.offer = 'offered' AND s.gone_at IS NULL AND s.suspended = 0 AND s.sync_error = '' AND s.status <> 'disconnected' AND s.dashboard_id IN (SELECT value FROM json_each(?))
		AND NOT (u.kind = 'core' AND EXISTS (SELECT 1 FROM site_facts f WHERE f.site_id = s.id AND f.ignore_core))
		AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.kind = u.kind AND h.slug = u.slug AND (h.everywhere OR EXISTS (SELECT 1 FROM hold_sites hs WHERE hs.hold_id = h.id AND hs.site_id = s.id)))`,
		args: []any{jsonText(open)}}
	if delay > 0 {
		c.sql += " AND coalesce((SELECT r.first_seen_at FROM releases r WHERE r.kind = u.kind AND r.slug = u.slug AND r.version = u.to_version), u.first_seen_at) <= ?"
		c.args = append(c.args, d.now().AddDate(0, 0, -delay).Unix())
	}
	return c, nil
}

// group is the condition on s (sites) and u (updates) that selects one group of UpdateGroups by its key.
func (f UpdateFilter) group(d *DB, v Viewer, key string) cond {
	in := f.narrow(d, v)
	c := cond{sql: in.sql, args: slices.Clone(in.args)}
	add := func(sql string, args ...any) { c.sql, c.args = c.sql+" AND "+sql, append(c.args, args...) }
	switch f.Group {
	case "site":
		add("s.id = ?", key)
	case "dashboard":
		add("s.dashboard_id = ?", key)
	case "client":
		dash, client, _ := strings.Cut(key, ".")
		add("s.dashboard_id = ? AND s.client_id = ?", dash, client)
	default:
		kind, slug, _ := strings.Cut(key, ":")
		add("u.kind = ? AND u.slug = ?", kind, slug)
		return c
	}
	if f.Kind != "" {
		add("u.kind = ?", f.Kind)
	}
	return c
}
