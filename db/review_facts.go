package db

import (
	"context"
	"fmt"
	"time"
)

// siteFact is what a plan, or a job, needs to know of a site.
type siteFact struct {
	id, remoteID, dashboardID   int64
	name, url, address, ip      string
	status, syncError, wp, php  string
	suspended, gone             bool
	client, readMS              int64
	lastSync                    time.Time
	details, detailsSync, tried time.Time
	asked                       time.Time
	ignoreCore                  bool
	ignorePlugins, ignoreThemes bool
}

// readSites reads the sites of a list that the condition on s allows.
func readSites(ctx context.Context, q querier, in cond, ids []int64) (map[int64]*siteFact, error) {
	list, err := collect(ctx, q, func(row scanner, s **siteFact) error {
		x := &siteFact{}
		*s = x
		return row.Scan(&x.id, &x.remoteID, &x.dashboardID, &x.name, &x.url, &x.address, &x.ip, &x.status, &x.syncError, &x.wp, &x.php, &x.suspended, &x.gone, &x.client, &x.readMS,
			at(&x.lastSync), at(&x.details), at(&x.detailsSync), at(&x.tried), at(&x.asked), &x.ignoreCore, &x.ignorePlugins, &x.ignoreThemes)
	}, `SELECT s.id, s.remote_id, s.dashboard_id, s.name, s.url, s.url_key, coalesce(f.ip, ''), s.status, s.sync_error, s.wp_version, s.php_version, s.suspended, s.gone_at IS NOT NULL, s.client_id, s.read_ms,
		s.last_sync_at, s.details_at, s.details_sync, s.details_tried_at, s.asked_at, coalesce(f.ignore_core, 0), coalesce(f.ignore_plugins, 0), coalesce(f.ignore_themes, 0)
		FROM json_each(?) j JOIN sites s ON s.id = j.value LEFT JOIN site_facts f ON f.site_id = s.id WHERE `+in.sql, append([]any{jsonText(ids)}, in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("read the sites: %w", err)
	}
	sites := make(map[int64]*siteFact, len(list))
	for _, s := range list {
		sites[s.id] = s
	}
	return sites, nil
}

// stale reports whether the site was synced after its updates were last read exactly.
func (s *siteFact) stale() bool { return s.details.IsZero() || !s.detailsSync.Equal(s.lastSync) }

// unreadSince reports whether a read of a stale site was tried after a moment, and after the site was seen to have been synced, without
// success. A read that has just begun gets some time.
func (s *siteFact) unreadSince(asked, now time.Time) bool {
	return !s.tried.Before(asked.Truncate(time.Second)) && s.tried.UnixMilli() >= s.readMS-999 && now.Sub(s.tried) > readGrace
}

const readGrace = 10 * time.Second

// SiteRef names a site for a read of its details; ErrNotFound also for one that is gone.
func (m *Mirror) SiteRef(ctx context.Context, siteID int64) (SiteRef, error) {
	var r SiteRef
	row := m.d.r.QueryRowContext(ctx, "SELECT id, remote_id, last_sync_at, suspended, details_at IS NULL FROM sites WHERE id = ? AND gone_at IS NULL", siteID)
	if err := row.Scan(&r.ID, &r.RemoteID, at(&r.LastSyncAt), &r.Suspended, &r.First); err != nil {
		return r, fmt.Errorf("read site %d: %w", siteID, noRows(err))
	}
	return r, nil
}

// readDashboards reads all Dashboards by id. They are few.
func readDashboards(ctx context.Context, q querier) (map[int64]Dashboard, error) {
	list, err := collect(ctx, q, func(row scanner, x *Dashboard) error { return row.Scan(x.fields()...) }, "SELECT "+dashboardColumns+" FROM dashboards d")
	if err != nil {
		return nil, fmt.Errorf("read the Dashboards: %w", err)
	}
	dashes := make(map[int64]Dashboard, len(list))
	for _, x := range list {
		x.State = x.state()
		dashes[x.ID] = x
	}
	return dashes, nil
}

// barred tells why nothing can be sent to a Dashboard now; write: a change.
func (d *Dashboard) barred(write bool) (Why, string) {
	switch {
	case d.ID == 0:
		return WhyGone, ""
	case write && !d.CanWrite():
		return WhyReadOnly, d.Name
	case d.State == DashKey, d.State == DashUnreachable, d.ErrorKind == "blocked":
		return WhyDashboardDown, d.Name
	case d.State == DashPaused:
		return WhyPaused, d.Name
	case d.State == DashDoubt:
		return WhyDoubt, d.Name
	}
	return "", ""
}
