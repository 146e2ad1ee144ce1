package db

import (
	"context"
	"fmt"
	"slices"
)

// Whole reports whether the viewer sees everything of a Dashboard. Only then he may change its clients and tags, and add sites to it:
// such changes reach sites that he would otherwise not see.
func (v Viewer) Whole(dashboardID int64) bool {
	return v.staff() && (v.All || slices.Contains(v.Dashboards, dashboardID))
}

// listed limits the alias x (tags, clients) to what forms may offer: everything of Dashboards that the viewer sees as a whole, and what
// his sites have.
func (v Viewer) listed(x string, has cond) cond {
	switch {
	case !v.staff():
		return cond{sql: "0"}
	case v.All:
		return cond{sql: "1"}
	}
	return cond{sql: "(" + x + ".dashboard_id IN (SELECT value FROM json_each(?)) OR " + has.sql + ")", args: append([]any{jsonText(v.Dashboards)}, has.args...)}
}

func (v Viewer) listedTags() cond {
	in := v.sites("vs")
	return v.listed("t", cond{sql: "EXISTS (SELECT 1 FROM site_tags vt JOIN sites vs ON vs.id = vt.site_id WHERE vt.dashboard_id = t.dashboard_id AND vt.tag_id = t.remote_id AND " + in.sql + ")", args: in.args})
}

// TagRow is a tag as the list of tags shows it.
type TagRow struct {
	Tag
	DashboardName string
}

// TagList lists tags by name, those without a site too; dashboard 0 means all Dashboards.
func (d *DB) TagList(ctx context.Context, v Viewer, dashboard int64) ([]TagRow, error) {
	return d.tagRows(ctx, v, "(? = 0 OR t.dashboard_id = ?)", dashboard, dashboard)
}

// TagOf is one of them; ErrNotFound.
func (d *DB) TagOf(ctx context.Context, v Viewer, ref Ref) (TagRow, error) {
	rows, err := d.tagRows(ctx, v, "t.dashboard_id = ? AND t.remote_id = ?", ref.Dashboard, ref.ID)
	if err != nil {
		return TagRow{}, err
	}
	if len(rows) == 0 {
		return TagRow{}, ErrNotFound
	}
	return rows[0], nil
}

func (d *DB) tagRows(ctx context.Context, v Viewer, where string, args ...any) ([]TagRow, error) {
	in, listed := v.sites("s"), v.listedTags()
	rows, err := collect(ctx, d.r, func(row scanner, t *TagRow) error {
		return row.Scan(&t.Dashboard, &t.ID, &t.Name, &t.Color, &t.DashboardName, &t.Sites)
	}, `SELECT t.dashboard_id, t.remote_id, t.name, t.color, d.name,
		(SELECT count(*) FROM site_tags st JOIN sites s ON s.id = st.site_id WHERE st.dashboard_id = t.dashboard_id AND st.tag_id = t.remote_id AND s.gone_at IS NULL AND `+in.sql+`)
		FROM tags t JOIN dashboards d ON d.id = t.dashboard_id WHERE `+where+" AND "+listed.sql+" ORDER BY t.name COLLATE NOCASE, d.name COLLATE NOCASE, t.dashboard_id, t.remote_id",
		append(append(in.args, args...), listed.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the tags of forms: %w", err)
	}
	return rows, nil
}

// TagNameTaken reports whether a Dashboard has, or is about to get, another tag of this name, whatever its case: MainWP would add " (1)" to
// a second one. except is MainWP's id of the tag that may have it, 0 for a new one. ErrForbidden unless the viewer sees the whole Dashboard.
func (d *DB) TagNameTaken(ctx context.Context, v Viewer, dashboard int64, name string, except int64) (bool, error) {
	if !v.Whole(dashboard) {
		return false, fmt.Errorf("%w: not the whole Dashboard is visible", ErrForbidden)
	}
	// A tag that a run has just made is not in the mirror before the next read of the lists.
	taken, err := one[bool](ctx, d.r, `SELECT EXISTS (SELECT 1 FROM tags t WHERE t.dashboard_id = ?1 AND t.remote_id <> ?3 AND trim(t.name) = ?2 COLLATE NOCASE)
		OR EXISTS (SELECT 1 FROM tasks t JOIN dashboards d ON d.id = t.dashboard_id WHERE t.dashboard_id = ?1 AND t.action IN ('add_tag', 'edit_tag') AND t.params ->> 'Name' = ?2 COLLATE NOCASE
			AND coalesce(t.params ->> 'ID', 0) <> CASE t.action WHEN 'edit_tag' THEN ?3 ELSE -1 END
			AND (t.state IN ('queued', 'running', 'verifying', 'unknown') OR t.state = 'verified' AND t.ended_at >= coalesce(d.last_pass_at, 0)))`, dashboard, name, except)
	if err != nil {
		return false, fmt.Errorf("look for a tag of this name: %w", err)
	}
	return taken, nil
}

// ClientName names a client in a form.
type ClientName struct {
	Ref
	Name string
}

// ClientNames lists the clients of a Dashboard by name, those without a site too where the viewer sees the whole Dashboard.
func (d *DB) ClientNames(ctx context.Context, v Viewer, dashboard int64) ([]ClientName, error) {
	listed := v.listed("c", v.clients())
	rows, err := collect(ctx, d.r, func(row scanner, c *ClientName) error { return row.Scan(&c.Dashboard, &c.ID, &c.Name) },
		"SELECT c.dashboard_id, c.remote_id, c.name FROM clients c WHERE c.dashboard_id = ? AND "+listed.sql+" ORDER BY c.name COLLATE NOCASE, c.remote_id", append([]any{dashboard}, listed.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the clients of forms: %w", err)
	}
	return rows, nil
}

// SiteChoice is a site that a form offers. ClientID is MainWP's id, 0 for none.
type SiteChoice struct {
	ID, RemoteID, ClientID int64
	Name, URL, ClientName  string
}

// SiteChoices lists the sites of a Dashboard by name: of the client with MainWP's id only, or all for -1.
func (d *DB) SiteChoices(ctx context.Context, v Viewer, dashboard, client int64) ([]SiteChoice, error) {
	return d.siteChoices(ctx, v, "s.dashboard_id = ? AND (? = -1 OR s.client_id = ?)", dashboard, client, client)
}

// TagSites lists the sites that have a tag, by name.
func (d *DB) TagSites(ctx context.Context, v Viewer, ref Ref) ([]SiteChoice, error) {
	return d.siteChoices(ctx, v, "s.id IN (SELECT st.site_id FROM site_tags st WHERE st.dashboard_id = ? AND st.tag_id = ?)", ref.Dashboard, ref.ID)
}

// SitesAt lists the sites of a Dashboard with an address; it is one, or none.
func (d *DB) SitesAt(ctx context.Context, v Viewer, dashboard int64, address string) ([]SiteChoice, error) {
	return d.siteChoices(ctx, v, "s.dashboard_id = ? AND s.url_key = ?", dashboard, urlKey(address))
}

func (d *DB) siteChoices(ctx context.Context, v Viewer, where string, args ...any) ([]SiteChoice, error) {
	in, who := v.sites("s"), v.listed("c", v.clients())
	rows, err := collect(ctx, d.r, func(row scanner, s *SiteChoice) error {
		return row.Scan(&s.ID, &s.RemoteID, &s.ClientID, &s.Name, &s.URL, &s.ClientName)
	}, "SELECT s.id, s.remote_id, s.client_id, s.name, s.url, coalesce(c.name, '') FROM sites s LEFT JOIN clients c ON c.dashboard_id = s.dashboard_id AND c.remote_id = s.client_id AND "+who.sql+
		" WHERE s.gone_at IS NULL AND "+where+" AND "+in.sql+" ORDER BY s.name COLLATE NOCASE, s.id", append(append(who.args, args...), in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the sites of forms: %w", err)
	}
	return rows, nil
}
