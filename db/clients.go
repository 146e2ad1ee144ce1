package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var clientSorts = map[string]string{
	"sites":   "coalesce(t.sites, 0) %s, ",
	"updates": "coalesce(t.pending, 0) %s, ",
}

// Clients lists MainWP's clients with the figures of the sites a viewer may see, and their number before paging.
func (d *DB) Clients(ctx context.Context, v Viewer, f ClientFilter) ([]Client, int, error) {
	who := v.clients()
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
	from, order := "clients c", "c.name COLLATE NOCASE "+dir
	if sort, ok := clientSorts[f.Sort]; ok {
		in := v.sites("s")
		from = `clients c LEFT JOIN (SELECT s.dashboard_id, s.client_id, count(*) AS sites, sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations) AS pending
			FROM sites s WHERE s.gone_at IS NULL AND ` + in.sql + " GROUP BY s.dashboard_id, s.client_id) t ON t.dashboard_id = c.dashboard_id AND t.client_id = c.remote_id"
		order, args = fmt.Sprintf(sort, dir)+"c.name COLLATE NOCASE", append(in.args, args...)
	}
	limit, offset := f.limits()
	page, err := collect(ctx, d.r, func(row scanner, r *Ref) error { return row.Scan(&r.Dashboard, &r.ID) },
		"SELECT c.dashboard_id, c.remote_id FROM "+from+" WHERE "+where+" ORDER BY "+order+", c.dashboard_id, c.remote_id LIMIT ? OFFSET ?", append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("find the clients: %w", err)
	}
	list, err := d.clients(ctx, v, page)
	return list, total, err
}

// Client is one of them; ErrNotFound.
func (d *DB) Client(ctx context.Context, v Viewer, ref Ref) (Client, error) {
	list, err := d.clients(ctx, v, []Ref{ref})
	if err != nil || len(list) == 0 {
		return Client{}, errors.Join(err, notFoundIf(err == nil))
	}
	return list[0], nil
}

// clients reads the clients of a page, in its order, with the figures of the sites a viewer may see.
func (d *DB) clients(ctx context.Context, v Viewer, page []Ref) ([]Client, error) {
	who, in, attention := v.clients(), v.sites("s"), d.status(StatusAttention)
	args := append(append(append(append([]any{}, attention.args...), jsonText(page)), in.args...), who.args...)
	list, err := collect(ctx, d.r, func(row scanner, c *Client) error {
		u := &c.Updates
		return row.Scan(&c.Dashboard, &c.ID, &c.DashboardName, &c.Name, &c.Email, &c.Phone, &c.Address, &c.Website, &c.Note, &c.Status, at(&c.CreatedAt),
			&c.Sites, &c.Attention, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored)
	}, `SELECT c.dashboard_id, c.remote_id, d.name, c.name, c.email, c.phone, c.address, c.website, c.note, c.status, c.created_at, count(s.id), coalesce(sum(s.id IS NOT NULL AND `+attention.sql+`), 0),
		coalesce(sum(s.upd_core), 0), coalesce(sum(s.upd_plugins), 0), coalesce(sum(s.upd_themes), 0), coalesce(sum(s.upd_translations), 0), coalesce(sum(s.upd_ignored), 0)
		FROM json_each(?) j JOIN clients c ON c.dashboard_id = j.value ->> 'Dashboard' AND c.remote_id = j.value ->> 'ID' JOIN dashboards d ON d.id = c.dashboard_id
		LEFT JOIN sites s ON s.dashboard_id = c.dashboard_id AND s.client_id = c.remote_id AND s.gone_at IS NULL AND `+in.sql+" WHERE "+who.sql+" GROUP BY j.key ORDER BY j.key", args...)
	if err != nil {
		return nil, fmt.Errorf("list the clients: %w", err)
	}
	return list, nil
}

// ClientCosts lists the costs that name a client.
func (d *DB) ClientCosts(ctx context.Context, v Viewer, ref Ref) ([]Cost, error) {
	who := v.clients()
	return d.costs(ctx, `EXISTS (SELECT 1 FROM clients c JOIN cost_links l ON l.dashboard_id = c.dashboard_id AND l.kind = 'client' AND l.remote_id = c.remote_id
		WHERE c.dashboard_id = ? AND c.remote_id = ? AND l.dashboard_id = k.dashboard_id AND l.cost_id = k.remote_id AND `+who.sql+")", append([]any{ref.Dashboard, ref.ID}, who.args...)...)
}
