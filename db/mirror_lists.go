package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MissingUntilGone is how many complete lists in a row must lack a site before it counts as gone.
const MissingUntilGone = 2

// Existence takes a complete list of a Dashboard's site ids, read at readAt. Sites missing twice in a row are marked gone; nothing of
// them is deleted but their pending updates.
func (m *Mirror) Existence(ctx context.Context, dashboardID int64, readAt time.Time, quiet bool, ids []int64) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE sites SET missing = 0 WHERE dashboard_id = ? AND missing > 0 AND gone_at IS NULL AND remote_id IN (SELECT value FROM json_each(?))", dashboardID, jsonText(ids)); err != nil {
			return fmt.Errorf("note the sites that are there: %w", err)
		}
		// A row that was read after the list was asked for is there.
		if _, err := tx.ExecContext(ctx, "UPDATE sites SET missing = missing + 1 WHERE dashboard_id = ? AND gone_at IS NULL AND read_ms <= ? AND remote_id NOT IN (SELECT value FROM json_each(?))", dashboardID, readAt.UnixMilli(), jsonText(ids)); err != nil {
			return fmt.Errorf("note the sites that are missing: %w", err)
		}
		gone, err := collect(ctx, tx, func(row scanner, id *int64) error { return row.Scan(id) }, "SELECT id FROM sites WHERE dashboard_id = ? AND gone_at IS NULL AND missing >= ?", dashboardID, MissingUntilGone)
		if err != nil {
			return fmt.Errorf("find the sites that are gone: %w", err)
		}
		for _, id := range gone {
			if err := markGone(ctx, tx, dashboardID, id, readAt, quiet); err != nil {
				return fmt.Errorf("mark site %d as gone: %w", id, err)
			}
		}
		return nil
	})
}

func markGone(ctx context.Context, tx *sql.Tx, dashboardID, id int64, readAt time.Time, quiet bool) error {
	for _, table := range []string{"updates", "site_tags"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE site_id = ?", id); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE sites SET gone_at = ?, raw_hash = NULL, upd_core = 0, upd_plugins = 0, upd_themes = 0, upd_translations = 0, upd_ignored = 0, rollbacks = 0, updates_known = 0 WHERE id = ?", readAt.Unix(), id); err != nil {
		return err
	}
	events := eventWriter{tx: tx, dashboardID: dashboardID, siteID: id, at: readAt, quiet: quiet}
	events.add(ctx, Event{Kind: EventSiteGone})
	return events.err
}

// TagWrite is a tag with the remote ids of its sites.
type TagWrite struct {
	ID          int64
	Name, Color string
	Sites       []int64
}

// WriteTags stores the list of tags with their membership. Tags that are not listed go, unless a site's own row still names them
// (5.4.1 answers an empty list).
func (m *Mirror) WriteTags(ctx context.Context, dashboardID int64, readAt time.Time, tags []TagWrite) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for _, t := range tags {
			_, err := tx.ExecContext(ctx, `INSERT INTO tags (dashboard_id, remote_id, name, color, read_ms) VALUES (?1, ?2, ?3, ?4, ?5)
				ON CONFLICT DO UPDATE SET name = ?3, color = ?4, read_ms = ?5 WHERE read_ms <= ?5 AND (name <> ?3 OR color <> ?4)`, dashboardID, t.ID, t.Name, t.Color, readAt.UnixMilli())
			if err != nil {
				return fmt.Errorf("write tag %d: %w", t.ID, err)
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO site_tags (site_id, dashboard_id, tag_id, in_tag) SELECT s.id, s.dashboard_id, ?, 1 FROM sites s WHERE s.dashboard_id = ? AND s.remote_id IN (SELECT value FROM json_each(?))
				ON CONFLICT DO UPDATE SET in_tag = 1 WHERE in_tag = 0`, t.ID, dashboardID, jsonText(t.Sites))
			if err != nil {
				return fmt.Errorf("write the sites of tag %d: %w", t.ID, err)
			}
			_, err = tx.ExecContext(ctx, `UPDATE site_tags SET in_tag = 0 WHERE dashboard_id = ? AND tag_id = ? AND in_tag = 1
				AND site_id NOT IN (SELECT id FROM sites WHERE dashboard_id = ? AND remote_id IN (SELECT value FROM json_each(?)))`, dashboardID, t.ID, dashboardID, jsonText(t.Sites))
			if err != nil {
				return fmt.Errorf("clear the sites of tag %d: %w", t.ID, err)
			}
		}
		ids := make([]int64, len(tags))
		for i, t := range tags {
			ids[i] = t.ID
		}
		for _, q := range []string{
			"UPDATE site_tags SET in_tag = 0 WHERE dashboard_id = ?1 AND in_tag = 1 AND tag_id NOT IN (SELECT value FROM json_each(?2))",
			"DELETE FROM site_tags WHERE dashboard_id = ?1 AND in_row = 0 AND in_tag = 0 AND ?2 = ?2",
			"DELETE FROM tags WHERE dashboard_id = ?1 AND remote_id NOT IN (SELECT value FROM json_each(?2)) AND NOT EXISTS (SELECT 1 FROM site_tags st WHERE st.dashboard_id = tags.dashboard_id AND st.tag_id = tags.remote_id)",
		} {
			if _, err := tx.ExecContext(ctx, q, dashboardID, jsonText(ids)); err != nil {
				return fmt.Errorf("drop old tags: %w", err)
			}
		}
		return nil
	})
}

// RefreshSearch brings what a Dashboard's sites are found by up to date after names of clients or tags moved.
func (m *Mirror) RefreshSearch(ctx context.Context, dashboardID int64) error {
	rows, err := collect(ctx, m.d.r, func(row scanner, x *searchRow) error {
		return row.Scan(&x.id, &x.name, &x.key, &x.client, &x.tags, &x.old)
	}, searchSelect+"WHERE s.dashboard_id = ?", dashboardID)
	if err != nil {
		return fmt.Errorf("read the search texts: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(x searchRow) bool { return x.text() == x.old })
	if len(rows) == 0 {
		return nil
	}
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range rows {
			if _, err := tx.ExecContext(ctx, "UPDATE sites SET search = ? WHERE id = ?", x.text(), x.id); err != nil {
				return fmt.Errorf("write the search text of site %d: %w", x.id, err)
			}
		}
		return nil
	})
}

// ClientWrite is a client as a Dashboard answered it.
type ClientWrite struct {
	ID                          int64
	Name, Email, Phone, Address string
	Website, Note, Status       string
	CreatedAt                   time.Time
}

// WriteClients stores one page of clients; rows that did not change are not written.
func (m *Mirror) WriteClients(ctx context.Context, dashboardID int64, readAt time.Time, clients []ClientWrite) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for _, c := range clients {
			_, err := tx.ExecContext(ctx, `INSERT INTO clients (dashboard_id, remote_id, name, email, phone, address, website, note, status, created_at, read_ms, search) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
				ON CONFLICT DO UPDATE SET name = ?3, email = ?4, phone = ?5, address = ?6, website = ?7, note = ?8, status = ?9, created_at = ?10, read_ms = ?11, search = ?12
				WHERE read_ms <= ?11 AND (name, email, phone, address, website, note, status, search) IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?12)`,
				dashboardID, c.ID, c.Name, c.Email, c.Phone, c.Address, c.Website, c.Note, c.Status, unix(c.CreatedAt), readAt.UnixMilli(), strings.ToLower(c.Name+" "+c.Email))
			if err != nil {
				return fmt.Errorf("write client %d: %w", c.ID, err)
			}
		}
		return nil
	})
}

// EndClients drops clients that a complete list did not have.
func (m *Mirror) EndClients(ctx context.Context, dashboardID int64, ids []int64) error {
	if len(ids) == 0 {
		return nil // empty is unknown
	}
	_, err := m.d.w.ExecContext(ctx, "DELETE FROM clients WHERE dashboard_id = ? AND remote_id NOT IN (SELECT value FROM json_each(?))", dashboardID, jsonText(ids))
	return err
}

// CostWrite is a cost with what it is for, by remote ids.
type CostWrite struct {
	Cost
	Sites, Tags, Clients []int64
}

// WriteCosts stores the whole list of costs.
func (m *Mirror) WriteCosts(ctx context.Context, dashboardID int64, readAt time.Time, costs []CostWrite) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		ids := make([]int64, len(costs))
		for i, c := range costs {
			ids[i] = c.ID
			_, err := tx.ExecContext(ctx, `INSERT INTO costs (dashboard_id, remote_id, name, url, type, product_type, slug, license_type, status, payment_method, price, renewal_type, last_renewal, next_renewal, note, read_ms)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
				ON CONFLICT DO UPDATE SET name = ?3, url = ?4, type = ?5, product_type = ?6, slug = ?7, license_type = ?8, status = ?9, payment_method = ?10, price = ?11, renewal_type = ?12, last_renewal = ?13, next_renewal = ?14, note = ?15, read_ms = ?16
				WHERE (name, url, type, product_type, slug, license_type, status, payment_method, price, renewal_type, last_renewal, next_renewal, note) IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`,
				dashboardID, c.ID, c.Name, c.URL, c.Type, c.ProductType, c.Slug, c.LicenseType, c.Status, c.PaymentMethod, c.Price, c.RenewalType, unix(c.LastRenewal), unix(c.NextRenewal), c.Note, readAt.UnixMilli())
			if err != nil {
				return fmt.Errorf("write cost %d: %w", c.ID, err)
			}
			if err := writeCostLinks(ctx, tx, dashboardID, c); err != nil {
				return fmt.Errorf("write what cost %d is for: %w", c.ID, err)
			}
		}
		if len(ids) == 0 {
			return nil // empty is unknown
		}
		for _, table := range []string{"costs WHERE remote_id", "cost_links WHERE cost_id"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" NOT IN (SELECT value FROM json_each(?)) AND dashboard_id = ?", jsonText(ids), dashboardID); err != nil {
				return fmt.Errorf("drop old costs: %w", err)
			}
		}
		return nil
	})
}

func writeCostLinks(ctx context.Context, tx *sql.Tx, dashboardID int64, c CostWrite) error {
	for kind, ids := range map[string][]int64{"site": c.Sites, "tag": c.Tags, "client": c.Clients} {
		_, err := tx.ExecContext(ctx, "INSERT INTO cost_links (dashboard_id, cost_id, kind, remote_id) SELECT ?, ?, ?, value FROM json_each(?) WHERE 1 ON CONFLICT DO NOTHING", dashboardID, c.ID, kind, jsonText(ids))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM cost_links WHERE dashboard_id = ? AND cost_id = ? AND kind = ? AND remote_id NOT IN (SELECT value FROM json_each(?))", dashboardID, c.ID, kind, jsonText(ids)); err != nil {
			return err
		}
	}
	return nil
}
