package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Losses counts what goes when a Dashboard is disconnected.
type Losses struct {
	Sites, Clients, Costs                   int
	Events, Changes, MonitorDays, Incidents int
	OldestEvent                             time.Time
}

// DashboardLosses counts what DisconnectDashboard would delete.
func (d *DB) DashboardLosses(ctx context.Context, v Viewer, id int64) (Losses, error) {
	var l Losses
	if err := v.manage(); err != nil {
		return l, err
	}
	row := d.r.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM sites WHERE dashboard_id = d.id), (SELECT count(*) FROM clients WHERE dashboard_id = d.id),
		(SELECT count(*) FROM costs WHERE dashboard_id = d.id), (SELECT count(*) FROM events WHERE dashboard_id = d.id), (SELECT count(*) FROM changes WHERE dashboard_id = d.id),
		(SELECT count(*) FROM monitor_days WHERE monitor_id IN (SELECT id FROM monitors WHERE dashboard_id = d.id)),
		(SELECT count(*) FROM incidents WHERE monitor_id IN (SELECT id FROM monitors WHERE dashboard_id = d.id)),
		(SELECT min(at) FROM events WHERE dashboard_id = d.id) FROM dashboards d WHERE d.id = ?`, id)
	err := row.Scan(&l.Sites, &l.Clients, &l.Costs, &l.Events, &l.Changes, &l.MonitorDays, &l.Incidents, at(&l.OldestEvent))
	return l, noRows(err)
}

// DisconnectDashboard forgets a Dashboard with its key, its mirror and its history. Nothing is changed on the Dashboard itself.
func (d *DB) DisconnectDashboard(ctx context.Context, v Viewer, id int64) error {
	if err := v.manage(); err != nil {
		return err
	}
	return d.tx(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"monitor_days", "incidents"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE monitor_id IN (SELECT id FROM monitors WHERE dashboard_id = ?)", id); err != nil {
				return fmt.Errorf("delete %s: %w", table, err)
			}
		}
		// updates go before sites, so that their trigger keeps update_counts. Limits of people stay: without any they would see everything,
		// and ids are never given again.
		for _, table := range []string{"monitors", "changes", "events", "cost_links", "costs", "updates", "site_tags", "tags", "clients", "sites", "site_totals"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE dashboard_id = ?", id); err != nil {
				return fmt.Errorf("delete %s: %w", table, err)
			}
		}
		return affected(tx.ExecContext(ctx, "DELETE FROM dashboards WHERE id = ?", id))
	})
}
