package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDelay bounds the days of UpdateDelay.
const maxDelay = 90

// Holds lists what is kept from being updated, on the sites a viewer may see or everywhere.
func (d *DB) Holds(ctx context.Context, v Viewer) ([]Hold, error) {
	if !v.staff() {
		return nil, nil
	}
	list, err := collect(ctx, d.r, func(row scanner, h *Hold) error {
		return row.Scan(&h.ID, &h.Kind, &h.Slug, &h.Name, &h.Reason, &h.Everywhere, &h.UserName, at(&h.CreatedAt))
	}, "SELECT id, kind, slug, name, reason, everywhere, user_name, created_at FROM holds ORDER BY name COLLATE NOCASE, id")
	if err != nil {
		return nil, fmt.Errorf("list the holds: %w", err)
	}
	type on struct {
		hold int64
		site SiteName
	}
	in := v.sites("s")
	sites, err := collect(ctx, d.r, func(row scanner, x *on) error { return row.Scan(&x.hold, &x.site.ID, &x.site.Name) },
		"SELECT hs.hold_id, s.id, s.name FROM hold_sites hs JOIN sites s ON s.id = hs.site_id WHERE "+in.sql+" ORDER BY s.name COLLATE NOCASE, s.id", in.args...)
	if err != nil {
		return nil, fmt.Errorf("list the sites of holds: %w", err)
	}
	of := map[int64][]SiteName{}
	for _, x := range sites {
		of[x.hold] = append(of[x.hold], x.site)
	}
	type size struct {
		hold int64
		n    int
	}
	sizes, err := collect(ctx, d.r, func(row scanner, x *size) error { return row.Scan(&x.hold, &x.n) }, "SELECT hold_id, count(*) FROM hold_sites GROUP BY hold_id")
	if err != nil {
		return nil, fmt.Errorf("count the sites of holds: %w", err)
	}
	whole := map[int64]bool{} // all its sites are visible
	for _, x := range sizes {
		whole[x.hold] = x.n == len(of[x.hold])
	}
	var out []Hold
	for _, h := range list {
		h.Sites = of[h.ID]
		h.May = v.CanRun() && (v.All || !h.Everywhere && whole[h.ID])
		if h.Everywhere || len(h.Sites) > 0 || v.All {
			out = append(out, h)
		}
	}
	return out, nil
}

// AddHold keeps an item from being updated, everywhere (for those who see everything) or on the given sites. Its id, time and person are set here.
func (d *DB) AddHold(ctx context.Context, v Viewer, h Hold) (int64, error) {
	if err := v.mayRun(); err != nil {
		return 0, err
	}
	h.Slug, h.Name, h.Reason = strings.TrimSpace(h.Slug), strings.TrimSpace(h.Name), cut(strings.TrimSpace(h.Reason), 300)
	if _, ok := kindColumns[h.Kind]; !ok || h.Slug == "" {
		return 0, fmt.Errorf("%w: choose what is not to be updated", ErrInvalid)
	}
	if h.Everywhere && !v.All {
		return 0, fmt.Errorf("%w: only those who see every site can hold an item everywhere", ErrForbidden)
	}
	if !h.Everywhere && len(h.Sites) == 0 {
		return 0, fmt.Errorf("%w: choose the sites, or all of them", ErrInvalid)
	}
	if h.Name == "" {
		h.Name = h.Slug
	}
	var id int64
	err := d.tx(ctx, func(tx *sql.Tx) error {
		name, err := personName(ctx, tx, v.UserID)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, "INSERT INTO holds (kind, slug, name, reason, everywhere, user_name, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", h.Kind, h.Slug, h.Name, h.Reason, h.Everywhere, name, d.now().Unix())
		if err != nil {
			return fmt.Errorf("add the hold: %w", err)
		}
		if id, err = res.LastInsertId(); err != nil || h.Everywhere {
			return err
		}
		in := v.sites("s")
		for _, s := range h.Sites {
			err := affected(tx.ExecContext(ctx, "INSERT INTO hold_sites (hold_id, site_id) SELECT ?, s.id FROM sites s WHERE s.id = ? AND "+in.sql, append([]any{id, s.ID}, in.args...)...))
			if err != nil {
				return fmt.Errorf("hold site %d: %w", s.ID, err)
			}
		}
		return nil
	})
	return id, err
}

// DeleteHold lets an item be updated again. Who does not see all sites may end only holds on sites he sees.
func (d *DB) DeleteHold(ctx context.Context, v Viewer, id int64) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	if !v.All {
		list, err := d.Holds(ctx, v)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(h Hold) bool { return h.ID == id })
		if i < 0 {
			return ErrNotFound
		}
		if !list[i].May {
			return fmt.Errorf("%w: this also holds on sites that you may not see", ErrForbidden)
		}
	}
	return affected(d.w.ExecContext(ctx, "DELETE FROM holds WHERE id = ?", id))
}

// UpdateDelay is how many days a release must be known before Muster updates to it; 0: none.
func (d *DB) UpdateDelay(ctx context.Context, v Viewer) (int, error) {
	if !v.staff() {
		return 0, nil
	}
	return updateDelay(ctx, d.r)
}

// SetUpdateDelay sets it, 0 to 90 days. It holds for everybody: only who sees everything may.
func (d *DB) SetUpdateDelay(ctx context.Context, v Viewer, days int) error {
	if !v.CanRun() || !v.All || v.Role == Operator {
		return fmt.Errorf("%w: only owners and managers of all sites may change the delay", ErrForbidden)
	}
	if days < 0 || days > maxDelay {
		return fmt.Errorf("%w: the delay is 0 to %d days", ErrInvalid, maxDelay)
	}
	_, err := d.w.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES ('update_delay', ?1) ON CONFLICT DO UPDATE SET value = ?1", []byte(strconv.Itoa(days)))
	return err
}

func updateDelay(ctx context.Context, q querier) (int, error) {
	text, err := one[[]byte](ctx, q, "SELECT value FROM settings WHERE name = 'update_delay'")
	if err != nil || len(text) == 0 {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// ItemName is what an item is called on the sites the viewer may see; ErrNotFound when it is on none.
func (d *DB) ItemName(ctx context.Context, v Viewer, kind ItemKind, slug string) (string, error) {
	in := v.sites("s")
	for _, table := range []string{"updates", "installed"} {
		name, err := one[string](ctx, d.r, "SELECT x.name FROM "+table+" x JOIN sites s ON s.id = x.site_id WHERE x.kind = ? AND x.slug = ? AND "+in.sql+" LIMIT 1", append([]any{kind, slug}, in.args...)...)
		if err != nil || name != "" {
			return name, err
		}
	}
	return "", ErrNotFound
}

// rules are the hold list and the delay, for updates.
type rules struct {
	held  map[itemKey][]heldOn
	delay int // days
	now   time.Time
}

type heldOn struct {
	site   int64 // 0: everywhere
	reason string
}

func readRules(ctx context.Context, q querier, now time.Time) (rules, error) {
	r := rules{held: map[itemKey][]heldOn{}, now: now}
	type line struct {
		key itemKey
		on  heldOn
	}
	list, err := collect(ctx, q, func(row scanner, l *line) error { return row.Scan(&l.key.kind, &l.key.slug, &l.on.reason, &l.on.site) },
		"SELECT h.kind, h.slug, h.reason, CASE WHEN h.everywhere THEN 0 ELSE hs.site_id END FROM holds h LEFT JOIN hold_sites hs ON hs.hold_id = h.id WHERE h.everywhere OR hs.site_id IS NOT NULL")
	if err != nil {
		return r, fmt.Errorf("read the holds: %w", err)
	}
	for _, l := range list {
		r.held[l.key] = append(r.held[l.key], l.on)
	}
	if r.delay, err = updateDelay(ctx, q); err != nil {
		return r, fmt.Errorf("read the delay: %w", err)
	}
	return r, nil
}

// why tells whether an update is held or too fresh, with the hold's reason or the day from which it may be made.
func (r rules) why(u Update) (Why, string) {
	for _, on := range r.held[itemKey{u.Kind, u.Slug}] {
		if on.site == 0 || on.site == u.SiteID {
			return WhyHeld, on.reason
		}
	}
	if r.delay > 0 {
		seen := u.ReleasedAt
		if seen.IsZero() {
			seen = u.FirstSeenAt
		}
		if free := seen.AddDate(0, 0, r.delay); free.After(r.now) {
			return WhyFresh, free.Format("2006-01-02")
		}
	}
	return "", ""
}

// personName is what a person is called in runs, holds and history.
func personName(ctx context.Context, q querier, id int64) (string, error) {
	name, err := one[string](ctx, q, "SELECT name FROM users WHERE id = ?", id)
	if err == nil && name == "" {
		return "", fmt.Errorf("%w: this person is not known any more", ErrForbidden)
	}
	return name, err
}
