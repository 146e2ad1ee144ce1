package db

import (
	"context"
	"errors"
	"fmt"
)

// clientSorts are the columns of ClientFilter.Sort.
var clientSorts = map[string]string{"sites": "sites", "updates": "offered"}

// Clients lists MainWP's clients with the figures of the sites a viewer may see, and their number before paging.
func (d *DB) Clients(ctx context.Context, v Viewer, f ClientFilter) ([]Client, int, error) {
	where := v.clients()
	if f.Dashboard != 0 {
		where.sql, where.args = where.sql+" AND c.dashboard_id = ?", append(where.args, f.Dashboard)
	}
	words := containsWords("c.search", foldedWords(f.Query))
	where = cond{sql: where.sql + " AND " + words.sql, args: append(where.args, words.args...)}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM clients c WHERE "+where.sql, where.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the clients: %w", err)
	}
	from, order := f.order(v)
	limit, offset := f.limits()
	page, err := collect(ctx, d.r, func(row scanner, r *Ref) error { return row.Scan(&r.Dashboard, &r.ID) },
		"SELECT c.dashboard_id, c.remote_id FROM "+from.sql+" WHERE "+where.sql+" ORDER BY "+order+", c.dashboard_id, c.remote_id LIMIT ? OFFSET ?", append(append(from.args, where.args...), limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("find the clients: %w", err)
	}
	list, err := d.clients(ctx, v, page)
	return list, total, err
}

// order is what a page of clients is found in, and by which order. Who sees everything gets figures from totals that are kept, in the
// order of their indexes; for others they are added up.
func (f ClientFilter) order(v Viewer) (from cond, order string) {
	dir := "ASC"
	if f.Desc {
		dir = "DESC"
	}
	column, ok := clientSorts[f.Sort]
	if !ok {
		return cond{sql: "clients c"}, "c.name COLLATE NOCASE " + dir
	}
	order = "t." + column + " " + dir + ", c.name COLLATE NOCASE"
	const on = " ON c.dashboard_id = t.dashboard_id AND c.remote_id = t.client_id"
	if v.staff() && v.All {
		return cond{sql: "client_totals t INDEXED BY client_totals_" + column + " CROSS JOIN clients c" + on}, order
	}
	in := v.sites("s")
	return cond{sql: `clients c LEFT JOIN (SELECT s.dashboard_id, s.client_id, count(*) AS sites, sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations) AS offered
		FROM sites s WHERE s.gone_at IS NULL AND ` + in.sql + " GROUP BY s.dashboard_id, s.client_id) t" + on, args: in.args}, order
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
	who, in, attention := v.clients(), v.sites("s"), d.attention()
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
