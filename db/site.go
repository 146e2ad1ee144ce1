package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Site is one site with all facts; ErrNotFound also for one the viewer may not see. Sites that are gone are still found.
func (d *DB) Site(ctx context.Context, v Viewer, id int64) (Site, error) {
	in := v.sites("s")
	rows, err := d.siteRows(ctx, v, "s.id = ? AND "+in.sql, append([]any{id}, in.args...)...)
	if err != nil {
		return Site{}, err
	}
	if len(rows) == 0 {
		return Site{}, ErrNotFound
	}
	s := Site{SiteRow: rows[0]}
	row := d.r.QueryRowContext(ctx, `SELECT d.url, s.first_seen_at, s.gone_at, s.details_at, s.rollbacks,
		(SELECT count(*) FROM installed i WHERE i.site_id = s.id AND i.kind = 'plugin'), (SELECT count(*) FROM installed i WHERE i.site_id = s.id AND i.kind = 'plugin' AND i.active),
		(SELECT count(*) FROM installed i WHERE i.site_id = s.id AND i.kind = 'theme') FROM sites s JOIN dashboards d ON d.id = s.dashboard_id WHERE s.id = ?`, id)
	if err := row.Scan(&s.DashboardURL, at(&s.FirstSeenAt), at(&s.GoneAt), at(&s.DetailsAt), &s.Rollbacks, &s.Plugins, &s.PluginsActive, &s.Themes); err != nil {
		return Site{}, fmt.Errorf("read site %d: %w", id, err)
	}
	row = d.r.QueryRowContext(ctx, `SELECT note, ip, staging, child_version, mysql_version, memory_limit, database_size, active_theme, http_status, http_code, health_status, security_issues,
		last_post_at, ignore_core, ignore_plugins, ignore_themes FROM site_facts WHERE site_id = ?`, id)
	err = row.Scan(&s.Note, &s.IP, &s.Staging, &s.ChildVersion, &s.MySQLVersion, &s.MemoryLimit, &s.DatabaseSize, &s.ActiveTheme, &s.HTTPStatus, &s.HTTPCode, &s.HealthStatus, &s.SecurityIssues,
		at(&s.LastPostAt), &s.IgnoreCore, &s.IgnorePlugins, &s.IgnoreThemes)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // no facts yet: known from the short list only
		return Site{}, fmt.Errorf("read the facts of site %d: %w", id, err)
	}
	return s, nil
}

// Inventory lists the plugins or themes of a site by name, each with its pending update.
func (d *DB) Inventory(ctx context.Context, v Viewer, siteID int64, kind ItemKind) ([]Installed, error) {
	in := v.sites("s")
	list, err := collect(ctx, d.r, func(row scanner, i *Installed) error {
		return row.Scan(&i.Kind, &i.Slug, &i.Name, &i.Version, &i.Active, &i.MustUse, &i.Child, &i.Parent, at(&i.AbandonedAt), &i.UpdateTo, &i.UpdateOffer)
	}, `SELECT i.kind, i.slug, i.name, i.version, i.active, i.must_use, i.child, i.parent, i.abandoned_at, coalesce(u.to_version, ''), coalesce(u.offer, '')
		FROM installed i JOIN sites s ON s.id = i.site_id LEFT JOIN updates u ON u.site_id = i.site_id AND u.kind = i.kind AND u.slug = i.slug
		WHERE i.site_id = ? AND i.kind = ? AND `+in.sql+" ORDER BY i.name COLLATE NOCASE, i.slug", append([]any{siteID, kind}, in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the %ss of site %d: %w", kind, siteID, err)
	}
	return list, nil
}

// Changes lists what MainWP saw change on a site without having done it, newest first.
func (d *DB) Changes(ctx context.Context, v Viewer, siteID int64, p Paging) ([]Change, int, error) {
	in := v.sites("s")
	where := " FROM changes c JOIN sites s ON s.id = c.site_id WHERE c.site_id = ? AND " + in.sql
	args := append([]any{siteID}, in.args...)
	total, err := one[int](ctx, d.r, "SELECT count(*)"+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the changes of site %d: %w", siteID, err)
	}
	limit, offset := p.limits()
	list, err := collect(ctx, d.r, func(row scanner, c *Change) error {
		return row.Scan(&c.LogID, at(&c.At), &c.Action, &c.Context, &c.Item, &c.Slug, &c.User, &c.From, &c.To)
	}, "SELECT c.log_id, c.at, c.action, c.context, c.item, c.slug, c.user, c.from_version, c.to_version"+where+" ORDER BY c.at DESC, c.log_id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list the changes of site %d: %w", siteID, err)
	}
	return list, total, nil
}

// Twins lists other rows of the same address that the viewer may see: on another Dashboard, or gone under another id.
func (d *DB) Twins(ctx context.Context, v Viewer, siteID int64) ([]SiteRow, error) {
	in, self := v.sites("s"), v.sites("o")
	args := append([]any{siteID}, self.args...)
	args = append(append(args, siteID), in.args...)
	return d.siteRows(ctx, v, "s.url_key = (SELECT o.url_key FROM sites o WHERE o.id = ? AND "+self.sql+") AND s.id <> ? AND "+in.sql+" ORDER BY s.gone_at IS NOT NULL, d.name", args...)
}

// Rejoin gives a site that came back under a new remote id its old history: the gone row takes over the new one's place.
// Both must be on one Dashboard with the same address; ErrInvalid otherwise.
func (d *DB) Rejoin(ctx context.Context, v Viewer, goneID, newID int64) error {
	if err := v.manage(); err != nil {
		return err
	}
	return d.tx(ctx, func(tx *sql.Tx) error {
		var remote int64
		err := tx.QueryRowContext(ctx, `SELECT n.remote_id FROM sites n JOIN sites g ON g.dashboard_id = n.dashboard_id AND g.url_key = n.url_key
			WHERE n.id = ? AND g.id = ? AND n.gone_at IS NULL AND g.gone_at IS NOT NULL`, newID, goneID).Scan(&remote)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: only a site that is gone and one with the same address on the same Dashboard can be joined", ErrInvalid)
		}
		if err != nil {
			return err
		}
		for _, q := range []string{
			"UPDATE events SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE changes SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE monitors SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE tasks SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE calls SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE runs SET canary_site = ?1 WHERE canary_site = ?2",
			"UPDATE OR IGNORE basket SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE OR IGNORE hold_sites SET site_id = ?1 WHERE site_id = ?2",
			"DELETE FROM updates WHERE site_id IN (?1, ?2)",
			"DELETE FROM installed WHERE site_id = ?1",
			"DELETE FROM site_tags WHERE site_id = ?1",
			"UPDATE installed SET site_id = ?1 WHERE site_id = ?2",
			"UPDATE site_tags SET site_id = ?1 WHERE site_id = ?2",
			"DELETE FROM sites WHERE id = ?2 AND ?1 <> ?2",
		} {
			if _, err := tx.ExecContext(ctx, q, goneID, newID); err != nil {
				return fmt.Errorf("join sites %d and %d: %w", goneID, newID, err)
			}
		}
		// Without a hash the next read writes the row anew; details are read again.
		if err := affected(tx.ExecContext(ctx, "UPDATE sites SET remote_id = ?, gone_at = NULL, missing = 0, raw_hash = NULL, details_at = NULL WHERE id = ?", remote, goneID)); err != nil {
			return err
		}
		return affected(tx.ExecContext(ctx, "UPDATE dashboards SET next_sync_at = ? WHERE id = (SELECT dashboard_id FROM sites WHERE id = ?)", d.now().Unix(), goneID))
	})
}

// SiteCosts lists the costs that name a site, its client or one of its tags.
func (d *DB) SiteCosts(ctx context.Context, v Viewer, siteID int64) ([]Cost, error) {
	in := v.sites("s")
	return d.costs(ctx, `EXISTS (SELECT 1 FROM sites s JOIN cost_links l ON l.dashboard_id = s.dashboard_id WHERE s.id = ? AND l.dashboard_id = k.dashboard_id AND l.cost_id = k.remote_id
		AND (l.kind = 'site' AND l.remote_id = s.remote_id OR l.kind = 'client' AND l.remote_id = s.client_id AND s.client_id <> 0
			OR l.kind = 'tag' AND l.remote_id IN (SELECT tag_id FROM site_tags st WHERE st.site_id = s.id)) AND `+in.sql+")", append([]any{siteID}, in.args...)...)
}

func (d *DB) costs(ctx context.Context, where string, args ...any) ([]Cost, error) {
	list, err := collect(ctx, d.r, func(row scanner, c *Cost) error {
		return row.Scan(&c.Dashboard, &c.ID, &c.Name, &c.URL, &c.Type, &c.ProductType, &c.Slug, &c.LicenseType, &c.Status, &c.PaymentMethod, &c.Price, &c.RenewalType, &c.Note, at(&c.LastRenewal), at(&c.NextRenewal))
	}, `SELECT k.dashboard_id, k.remote_id, k.name, k.url, k.type, k.product_type, k.slug, k.license_type, k.status, k.payment_method, k.price, k.renewal_type, k.note, k.last_renewal, k.next_renewal
		FROM costs k WHERE `+where+" ORDER BY k.next_renewal IS NULL, k.next_renewal, k.name COLLATE NOCASE", args...)
	if err != nil {
		return nil, fmt.Errorf("list the costs: %w", err)
	}
	return list, nil
}
