package db

import (
	"context"
	"fmt"
)

// Events lists the history, newest first, with the number of entries before paging. Entries about a Dashboard itself are shown to
// those who see all of it.
func (d *DB) Events(ctx context.Context, v Viewer, f EventFilter) ([]Event, int, error) {
	in := v.sites("s")
	where, args := "1", []any{}
	if !v.All || !v.staff() {
		where = "(e.site_id IS NULL AND e.dashboard_id IN (SELECT value FROM json_each(?)) OR e.site_id IS NOT NULL AND EXISTS (SELECT 1 FROM sites s WHERE s.id = e.site_id AND " + in.sql + "))"
		own := v.Dashboards
		if !v.staff() {
			own = nil
		}
		args = append([]any{jsonText(own)}, in.args...)
	}
	add := func(on bool, sql string, a ...any) {
		if on {
			where, args = where+" AND "+sql, append(args, a...)
		}
	}
	add(f.Dashboard != 0, "e.dashboard_id = ?", f.Dashboard)
	add(f.Site != 0, "e.site_id = ?", f.Site)
	add(f.Client != (Ref{}), "e.site_id IN (SELECT id FROM sites WHERE dashboard_id = ? AND client_id = ?)", f.Client.Dashboard, f.Client.ID)
	add(f.Run != 0, "e.run_id = ?", f.Run)
	add(f.Kind != "", "e.kind = ?", f.Kind)
	add(f.ItemSlug != "", "e.slug = ?", f.ItemSlug)
	add(!f.Since.IsZero(), "e.at >= ?", f.Since.Unix())
	add(!f.Until.IsZero(), "e.at < ?", f.Until.Unix())
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM events e WHERE "+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the history: %w", err)
	}
	limit, offset := f.limits()
	list, err := collect(ctx, d.r, func(row scanner, e *Event) error {
		return row.Scan(&e.ID, &e.DashboardID, &e.SiteID, at(&e.At), &e.Kind, &e.ItemKind, &e.Slug, &e.Name, &e.From, &e.To, &e.Detail, &e.RunID, &e.UserName, &e.SiteName, &e.DashboardName)
	}, `SELECT e.id, e.dashboard_id, coalesce(e.site_id, 0), e.at, e.kind, e.item_kind, e.slug, e.name, e.from_version, e.to_version, e.detail, coalesce(e.run_id, 0), e.user_name, coalesce(s.name, ''), coalesce(d.name, '')
		FROM events e LEFT JOIN sites s ON s.id = e.site_id LEFT JOIN dashboards d ON d.id = e.dashboard_id WHERE `+where+" ORDER BY e.at DESC, e.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list the history: %w", err)
	}
	return list, total, nil
}
