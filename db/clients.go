package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var clientSorts = map[string]string{
	"sites":   "sites %s, ",
	"updates": "core + plugins + themes + translations %s, ",
}

// Clients lists MainWP's clients with the figures of the sites a viewer may see, and their number before paging.
func (d *DB) Clients(ctx context.Context, v Viewer, f ClientFilter) ([]Client, int, error) {
	who := v.clients("c")
	where, args := who.sql, who.args
	if f.Dashboard != 0 {
		where, args = where+" AND c.dashboard_id = ?", append(args, f.Dashboard)
	}
	for word := range strings.FieldsSeq(strings.ToLower(cut(f.Query, 200))) {
		where += " AND instr(lower(c.name || ' ' || c.email), ?) > 0"
		args = append(args, word)
	}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM clients c WHERE "+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the clients: %w", err)
	}
	dir := "ASC"
	if f.Desc {
		dir = "DESC"
	}
	order := "c.name COLLATE NOCASE " + dir
	if sort, ok := clientSorts[f.Sort]; ok {
		order = fmt.Sprintf(sort, dir) + "c.name COLLATE NOCASE"
	}
	limit, offset := f.limits()
	list, err := d.clients(ctx, v, where+" ORDER BY "+order+", c.dashboard_id, c.remote_id LIMIT ? OFFSET ?", append(args, limit, offset)...)
	return list, total, err
}

// Client is one of them; ErrNotFound.
func (d *DB) Client(ctx context.Context, v Viewer, ref Ref) (Client, error) {
	who := v.clients("c")
	list, err := d.clients(ctx, v, who.sql+" AND c.dashboard_id = ? AND c.remote_id = ?", append(who.args, ref.Dashboard, ref.ID)...)
	if err != nil || len(list) == 0 {
		return Client{}, errors.Join(err, notFoundIf(err == nil))
	}
	return list[0], nil
}

func (d *DB) clients(ctx context.Context, v Viewer, where string, args ...any) ([]Client, error) {
	in, attention := v.sites("s"), d.status(StatusAttention)
	query := `SELECT c.dashboard_id, c.remote_id, d.name, c.name, c.email, c.phone, c.address, c.website, c.note, c.status, c.created_at,
		coalesce(t.sites, 0) AS sites, coalesce(t.attention, 0), coalesce(t.core, 0) AS core, coalesce(t.plugins, 0) AS plugins, coalesce(t.themes, 0) AS themes, coalesce(t.translations, 0) AS translations, coalesce(t.ignored, 0)
		FROM clients c JOIN dashboards d ON d.id = c.dashboard_id LEFT JOIN (
			SELECT s.dashboard_id, s.client_id, count(*) AS sites, sum(` + attention.sql + `) AS attention, sum(s.upd_core) AS core, sum(s.upd_plugins) AS plugins, sum(s.upd_themes) AS themes,
				sum(s.upd_translations) AS translations, sum(s.upd_ignored) AS ignored
			FROM sites s WHERE s.gone_at IS NULL AND s.client_id <> 0 AND ` + in.sql + ` GROUP BY s.dashboard_id, s.client_id
		) t ON t.dashboard_id = c.dashboard_id AND t.client_id = c.remote_id WHERE ` + where
	all := append(append(append([]any{}, attention.args...), in.args...), args...)
	list, err := collect(ctx, d.r, func(row scanner, c *Client) error {
		u := &c.Updates
		return row.Scan(&c.Dashboard, &c.ID, &c.DashboardName, &c.Name, &c.Email, &c.Phone, &c.Address, &c.Website, &c.Note, &c.Status, at(&c.CreatedAt),
			&c.Sites, &c.Attention, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored)
	}, query, all...)
	if err != nil {
		return nil, fmt.Errorf("list the clients: %w", err)
	}
	return list, nil
}

// ClientCosts lists the costs that name a client.
func (d *DB) ClientCosts(ctx context.Context, v Viewer, ref Ref) ([]Cost, error) {
	who := v.clients("c")
	return d.costs(ctx, `EXISTS (SELECT 1 FROM clients c JOIN cost_links l ON l.dashboard_id = c.dashboard_id AND l.kind = 'client' AND l.remote_id = c.remote_id
		WHERE c.dashboard_id = ? AND c.remote_id = ? AND l.dashboard_id = k.dashboard_id AND l.cost_id = k.remote_id AND `+who.sql+")", append([]any{ref.Dashboard, ref.ID}, who.args...)...)
}
