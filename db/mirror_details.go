package db

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
)

// SiteRef names a site for work that goes site by site.
type SiteRef struct {
	ID, RemoteID int64
	LastSyncAt   time.Time
	Suspended    bool
	First        bool // its details were never read
}

// DetailsEvery is how often updates/{id} of a site is read when nothing moved.
const DetailsEvery = 24 * time.Hour

// detailsRetry is the pause after a read that failed: one site whose details cannot be read must not hold up the others.
const detailsRetry = time.Hour

const detailsDue = "dashboard_id = ?1 AND gone_at IS NULL AND (details_at IS NULL OR details_sync IS NOT last_sync_at OR details_at <= ?2) AND (details_tried_at IS NULL OR details_tried_at <= ?4 OR details_at >= details_tried_at)"

// DetailsDue lists sites whose exact updates, changes and abandoned items should be read: after a sync, and once a day.
func (m *Mirror) DetailsDue(ctx context.Context, dashboardID int64, limit int) ([]SiteRef, error) {
	list, err := collect(ctx, m.d.r, func(row scanner, r *SiteRef) error {
		return row.Scan(&r.ID, &r.RemoteID, at(&r.LastSyncAt), &r.Suspended, &r.First)
	},
		"SELECT id, remote_id, last_sync_at, suspended, details_at IS NULL FROM sites WHERE "+detailsDue+" ORDER BY details_at IS NOT NULL, details_at, id LIMIT ?3", dashboardID, m.d.now().Add(-DetailsEvery).Unix(), limit, m.d.now().Add(-detailsRetry).Unix())
	if err != nil {
		return nil, fmt.Errorf("find sites whose details are due: %w", err)
	}
	return list, nil
}

// DetailsTried notes that the details of a site are about to be read.
func (m *Mirror) DetailsTried(ctx context.Context, siteID int64) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE sites SET details_tried_at = ? WHERE id = ?", m.d.now().Unix(), siteID)
	return err
}

// Details is what is read per site: the exact list of updates (ignores applied), rollback marks, abandoned items and changes.
type Details struct {
	ReadAt    time.Time
	Updates   bool // updates/{id} was read; without it nothing of Known, Offered and Rollbacks is known
	Known     map[ItemKind]bool
	Offered   []Update
	Rollbacks []Update             // Kind, Slug, Name and Rollback (version) of items that were rolled back
	Plugins   map[string]time.Time // abandoned, by slug; nil unknown
	Themes    map[string]time.Time
	Changes   []Change
}

// WriteDetails stores them. An update that the site's row lists and the exact list lacks is ignored elsewhere. If the row was read
// again after the details were asked for, only what cannot be outdated is stored, and the details stay due.
func (m *Mirror) WriteDetails(ctx context.Context, dashboardID int64, site SiteRef, x Details) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		var readMS int64
		var sync time.Time
		var syncError string
		if err := tx.QueryRowContext(ctx, "SELECT read_ms, last_sync_at, sync_error FROM sites WHERE id = ? AND gone_at IS NULL", site.ID).Scan(&readMS, at(&sync), &syncError); err != nil {
			return fmt.Errorf("read site %d: %w", site.ID, noRows(err))
		}
		w, err := newSiteWriter(ctx, tx, dashboardID, x.ReadAt, true)
		if err != nil {
			return err
		}
		defer w.close()
		if err := writeChanges(ctx, tx, dashboardID, site.ID, x.Changes); err != nil {
			return fmt.Errorf("write the changes of site %d: %w", site.ID, err)
		}
		if readMS > x.ReadAt.UnixMilli() || !sync.Equal(site.LastSyncAt) || !x.Updates {
			return nil
		}
		if syncError != "" {
			// 5.2 and 5.3 answer empty lists for a site whose last sync failed: empty is unknown.
			x.Known = maps.Clone(x.Known)
			for kind := range x.Known {
				x.Known[kind] = slices.ContainsFunc(x.Offered, func(u Update) bool { return u.Kind == kind })
			}
		}
		if err := w.exact(ctx, site.ID, x); err != nil {
			return fmt.Errorf("write the updates of site %d: %w", site.ID, err)
		}
		for kind, slugs := range map[ItemKind]map[string]time.Time{Plugin: x.Plugins, Theme: x.Themes} {
			if err := markAbandoned(ctx, tx, site.ID, kind, slugs); err != nil {
				return fmt.Errorf("mark the abandoned %ss of site %d: %w", kind, site.ID, err)
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE sites SET details_at = ?, details_sync = last_sync_at WHERE id = ?", x.ReadAt.Unix(), site.ID); err != nil {
			return err
		}
		events := eventWriter{tx: tx, dashboardID: dashboardID, siteID: site.ID, at: x.ReadAt, quiet: site.First}
		if err := refreshSite(ctx, tx, &events); err != nil {
			return err
		}
		return events.err
	})
}

// exact compares the stored updates with the exact list of the kinds that could be read.
func (w *siteWriter) exact(ctx context.Context, siteID int64, x Details) error {
	old, err := w.pendingNow(ctx, siteID)
	if err != nil {
		return err
	}
	rollbacks := map[itemKey]string{}
	for _, r := range x.Rollbacks {
		rollbacks[itemKey{r.Kind, r.Slug}] = r.Rollback
	}
	offered := map[itemKey]bool{}
	for _, u := range x.Offered {
		key := itemKey{u.Kind, u.Slug}
		offered[key] = true
		before, had := old[key]
		if had && before.To == u.To {
			u.FirstSeenAt = before.FirstSeenAt
		}
		u.Offer, u.Rollback = Offered, rollbacks[key]
		if err := w.putUpdate(ctx, siteID, u, before, had); err != nil {
			return err
		}
	}
	for key, before := range old {
		if offered[key] {
			continue
		}
		u := before
		u.Rollback = rollbacks[key]
		if x.Known[key.kind] && before.Offer == Offered {
			u.Offer = IgnoredElsewhere
		}
		if err := w.putUpdate(ctx, siteID, u, before, true); err != nil {
			return err
		}
	}
	return nil
}

func markAbandoned(ctx context.Context, tx *sql.Tx, siteID int64, kind ItemKind, slugs map[string]time.Time) error {
	if slugs == nil {
		return nil
	}
	seconds := make(map[string]int64, len(slugs))
	for slug, when := range slugs {
		seconds[slug] = max(when.Unix(), 0)
	}
	_, err := tx.ExecContext(ctx, `UPDATE installed AS i SET abandoned_at = (SELECT j.value FROM json_each(?1) j WHERE j.key = i.slug)
		WHERE i.site_id = ?2 AND i.kind = ?3 AND i.abandoned_at IS NOT (SELECT j.value FROM json_each(?1) j WHERE j.key = i.slug)`, jsonText(seconds), siteID, kind)
	return err
}

// KnowsChange reports whether one of these changes is stored.
func (m *Mirror) KnowsChange(ctx context.Context, dashboardID int64, logIDs []int64) (bool, error) {
	known, err := one[bool](ctx, m.d.r, "SELECT EXISTS (SELECT 1 FROM changes WHERE dashboard_id = ? AND log_id IN (SELECT value FROM json_each(?)))", dashboardID, jsonText(logIDs))
	if err != nil {
		return false, fmt.Errorf("look for known changes: %w", err)
	}
	return known, nil
}

func writeChanges(ctx context.Context, tx *sql.Tx, dashboardID, siteID int64, changes []Change) error {
	for _, c := range changes {
		_, err := tx.ExecContext(ctx, `INSERT INTO changes (dashboard_id, log_id, site_id, at, action, context, item, slug, user, from_version, to_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			dashboardID, c.LogID, siteID, c.At.Unix(), c.Action, c.Context, c.Item, c.Slug, c.User, c.From, c.To)
		if err != nil {
			return err
		}
	}
	return nil
}

// StaleSite finds the site whose last good sync is oldest and older than hours, and that MainWP was not asked to sync within retry; nil when
// there is none. Suspended sites are left alone, and addresses on which a run is or may be at work, on whichever Dashboard.
func (m *Mirror) StaleSite(ctx context.Context, dashboardID int64, hours int, retry time.Duration) (*SiteRef, error) {
	now := m.d.now()
	list, err := collect(ctx, m.d.r, func(row scanner, r *SiteRef) error {
		return row.Scan(&r.ID, &r.RemoteID, at(&r.LastSyncAt), &r.Suspended)
	},
		`SELECT id, remote_id, last_sync_at, suspended FROM sites s WHERE dashboard_id = ?1 AND gone_at IS NULL AND suspended = 0 AND coalesce(good_sync_at, 0) < ?2 AND coalesce(asked_at, 0) < ?3
			AND NOT EXISTS (SELECT 1 FROM tasks t JOIN runs r ON r.id = t.run_id WHERE t.address = s.url_key AND t.state IN ('queued', 'running', 'verifying', 'unknown')
				AND (t.state = 'queued' AND r.state = 'running' OR t.state IN ('running', 'verifying') OR t.state = 'unknown' AND (t.look_at IS NOT NULL OR t.free_at > ?4)))
		ORDER BY coalesce(asked_at, 0), good_sync_at LIMIT 1`, dashboardID, now.Add(-time.Duration(hours)*time.Hour).Unix(), now.Add(-retry).Unix(), now.Unix())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Asked notes that MainWP was asked to sync or reconnect a site.
func (m *Mirror) Asked(ctx context.Context, siteID int64) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE sites SET asked_at = ? WHERE id = ?", m.d.now().Unix(), siteID)
	return err
}
