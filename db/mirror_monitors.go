package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// MonitorWrite is a monitor as a Dashboard answered it. Hours has one byte an hour, '1' or '0', the newest last.
type MonitorWrite struct {
	RemoteID                  int64
	URL, URLKey, Type, Status string
	Every                     time.Duration
	LastCheckAt, HoursFrom    time.Time
	LastCode                  *int
	Hours                     string
	Ratio7d, Ratio30d         *float64
	Incidents7d, Incidents30d int
	AvgMS, MinMS, MaxMS       *int
}

// WriteMonitors stores one page of monitors, joins them to sites by address where exactly one site has it, and moves sites that went
// down or came up. Monitors whose incidents moved become due for another look at them.
func (m *Mirror) WriteMonitors(ctx context.Context, dashboardID int64, readAt time.Time, quiet bool, monitors []MonitorWrite) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range monitors {
			moved, err := writeMonitor(ctx, tx, dashboardID, readAt, x)
			if err != nil {
				return fmt.Errorf("write monitor %d: %w", x.RemoteID, err)
			}
			if err := refreshMonitored(ctx, tx, dashboardID, moved, readAt, quiet); err != nil {
				return err
			}
		}
		return nil
	})
}

// MonitorRef names a monitor for work that goes monitor by monitor.
type MonitorRef struct {
	ID, RemoteID, SiteID int64
	Every                time.Duration
	BeatAt               time.Time // last heartbeat in the ledger; zero: none
	BeatStatus           string
}

// writeMonitor stores one monitor; moved are the sites whose state must be derived again: the one it belongs to, and the one it left.
func writeMonitor(ctx context.Context, tx *sql.Tx, dashboardID int64, readAt time.Time, x MonitorWrite) (moved []int64, err error) {
	site, err := one[int64](ctx, tx, "SELECT CASE count(*) WHEN 1 THEN max(id) ELSE 0 END FROM sites WHERE dashboard_id = ? AND url_key = ? AND gone_at IS NULL", dashboardID, x.URLKey)
	if err != nil {
		return nil, err
	}
	var oldSite int64
	var oldStatus string // "" of one that was gone: it counts again
	err = tx.QueryRowContext(ctx, "SELECT coalesce(site_id, 0), CASE WHEN gone_at IS NULL THEN status ELSE '' END FROM monitors WHERE dashboard_id = ? AND remote_id = ?", dashboardID, x.RemoteID).Scan(&oldSite, &oldStatus)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO monitors (dashboard_id, remote_id, site_id, url, url_key, type, status, every_s, last_check_at, last_code, hours, hours_from, ratio_7d, ratio_30d, incidents_7d, incidents_30d, avg_ms, min_ms, max_ms, read_ms, incidents_due)
		VALUES (?1, ?2, nullif(?3, 0), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?16 > 0)
		ON CONFLICT DO UPDATE SET site_id = nullif(?3, 0), url = ?4, url_key = ?5, type = ?6, status = ?7, every_s = ?8, last_check_at = ?9, last_code = ?10, hours = ?11, hours_from = ?12, ratio_7d = ?13, ratio_30d = ?14,
			incidents_7d = ?15, incidents_30d = ?16, avg_ms = ?17, min_ms = ?18, max_ms = ?19, read_ms = ?20, gone_at = NULL, incidents_due = incidents_due OR incidents_30d <> ?16 OR status <> ?7
		WHERE read_ms <= ?20 AND (gone_at IS NOT NULL OR (site_id, url, type, status, every_s, last_check_at, last_code, hours, ratio_7d, ratio_30d, incidents_7d, incidents_30d, avg_ms, min_ms, max_ms)
			IS NOT (nullif(?3, 0), ?4, ?6, ?7, ?8, ?9, ?10, ?11, ?13, ?14, ?15, ?16, ?17, ?18, ?19))`,
		dashboardID, x.RemoteID, site, x.URL, x.URLKey, x.Type, x.Status, int64(x.Every.Seconds()), unix(x.LastCheckAt), x.LastCode, x.Hours, unix(x.HoursFrom), x.Ratio7d, x.Ratio30d, x.Incidents7d, x.Incidents30d, x.AvgMS, x.MinMS, x.MaxMS, readAt.UnixMilli())
	switch err := affected(res, err); {
	case errors.Is(err, ErrNotFound):
		return nil, nil // nothing new, or read later already
	case err != nil:
		return nil, err
	case oldSite != site:
		return []int64{oldSite, site}, nil
	case oldStatus != x.Status:
		return []int64{site}, nil
	}
	return nil, nil
}

// refreshMonitored derives sites anew whose monitors moved; 0 is no site.
func refreshMonitored(ctx context.Context, tx *sql.Tx, dashboardID int64, sites []int64, readAt time.Time, quiet bool) error {
	for _, site := range sites {
		if site == 0 {
			continue
		}
		events := eventWriter{tx: tx, dashboardID: dashboardID, siteID: site, at: readAt, quiet: quiet}
		err := refreshSite(ctx, tx, &events)
		if err = errors.Join(err, events.err); err != nil {
			return fmt.Errorf("refresh site %d: %w", site, err)
		}
	}
	return nil
}

// EndMonitors marks monitors gone that a complete list did not have, and derives anew the sites they said something about.
func (m *Mirror) EndMonitors(ctx context.Context, dashboardID int64, readAt time.Time, quiet bool, ids []int64) error {
	if len(ids) == 0 {
		return nil // empty is unknown
	}
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		sites, err := collect(ctx, tx, func(row scanner, id *int64) error { return row.Scan(id) },
			"UPDATE monitors SET gone_at = ? WHERE dashboard_id = ? AND gone_at IS NULL AND remote_id NOT IN (SELECT value FROM json_each(?)) RETURNING coalesce(site_id, 0)", readAt.Unix(), dashboardID, jsonText(ids))
		if err != nil {
			return fmt.Errorf("mark the monitors that are gone: %w", err)
		}
		return refreshMonitored(ctx, tx, dashboardID, sites, readAt, quiet)
	})
}

// MonitorStates stores the states of the short list between full passes, and moves the sites whose state changed.
func (m *Mirror) MonitorStates(ctx context.Context, dashboardID int64, readAt time.Time, states map[int64]string) error {
	known, err := collect(ctx, m.d.r, func(row scanner, x *monitorState) error {
		return row.Scan(&x.ref.ID, &x.ref.RemoteID, &x.ref.SiteID, &x.status)
	},
		"SELECT id, remote_id, coalesce(site_id, 0), status FROM monitors WHERE dashboard_id = ? AND gone_at IS NULL AND read_ms <= ?", dashboardID, readAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the known monitors: %w", err)
	}
	var moved []monitorState
	for _, x := range known {
		if status, ok := states[x.ref.RemoteID]; ok && status != "" && status != x.status {
			x.status = status
			moved = append(moved, x)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for _, x := range moved {
			// beats_read_at is cleared, so that the ledger is read soon
			if _, err := tx.ExecContext(ctx, "UPDATE monitors SET status = ?, read_ms = ?, beats_read_at = NULL, incidents_due = 1 WHERE id = ?", x.status, readAt.UnixMilli(), x.ref.ID); err != nil {
				return err
			}
			if err := refreshMonitored(ctx, tx, dashboardID, []int64{x.ref.SiteID}, readAt, false); err != nil {
				return err
			}
		}
		return nil
	})
}

type monitorState struct {
	ref    MonitorRef
	status string
}

// BeatsEvery is how often the heartbeats of a monitor are read into the ledger.
const BeatsEvery = time.Hour

// BeatsDue lists monitors whose heartbeats should be read.
func (m *Mirror) BeatsDue(ctx context.Context, dashboardID int64, limit int) ([]MonitorRef, error) {
	list, err := collect(ctx, m.d.r, func(row scanner, r *MonitorRef) error {
		return row.Scan(&r.ID, &r.RemoteID, &r.SiteID, seconds(&r.Every), at(&r.BeatAt), &r.BeatStatus)
	}, "SELECT id, remote_id, coalesce(site_id, 0), every_s, beat_at, beat_status FROM monitors WHERE dashboard_id = ? AND gone_at IS NULL AND (beats_read_at IS NULL OR beats_read_at <= ?) ORDER BY beats_read_at, id LIMIT ?",
		dashboardID, m.d.now().Add(-BeatsEvery).Unix(), limit)
	if err != nil {
		return nil, fmt.Errorf("find monitors whose heartbeats are due: %w", err)
	}
	return list, nil
}

// incidentsRetry is the pause after a read that failed: one monitor whose incidents cannot be read must not hold up the others.
const incidentsRetry = time.Hour

// IncidentsTried notes that the incidents of a monitor are about to be read; they stay due until they are written.
func (m *Mirror) IncidentsTried(ctx context.Context, monitorID int64) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE monitors SET incidents_tried_at = ? WHERE id = ?", m.d.now().Unix(), monitorID)
	return err
}

// IncidentsDue lists monitors whose incidents should be read.
func (m *Mirror) IncidentsDue(ctx context.Context, dashboardID int64, limit int) ([]MonitorRef, error) {
	list, err := collect(ctx, m.d.r, func(row scanner, r *MonitorRef) error { return row.Scan(&r.ID, &r.RemoteID, &r.SiteID) },
		"SELECT id, remote_id, coalesce(site_id, 0) FROM monitors WHERE dashboard_id = ? AND gone_at IS NULL AND incidents_due AND (incidents_tried_at IS NULL OR incidents_tried_at <= ?) ORDER BY id LIMIT ?",
		dashboardID, m.d.now().Add(-incidentsRetry).Unix(), limit)
	if err != nil {
		return nil, fmt.Errorf("find monitors whose incidents are due: %w", err)
	}
	return list, nil
}

// Beat is one check of a monitor: up, down or anything else, which is unknown.
type Beat struct {
	At     time.Time
	Status string
}

// WriteBeats adds heartbeats, oldest first, to the uptime ledger. A minute is up or down as the heartbeat before it says, unless that
// is older than two intervals and two minutes: then it is unknown. Each minute is counted once, whatever is read twice.
func (m *Mirror) WriteBeats(ctx context.Context, ref MonitorRef, readAt time.Time, beats []Beat) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		last := Beat{At: ref.BeatAt, Status: ref.BeatStatus}
		days := map[int64]*[hoursADay * 2]byte{}
		for _, b := range beats {
			if !b.At.After(last.At) {
				continue
			}
			if !last.At.IsZero() {
				spread(days, last, b.At, 2*ref.Every+2*time.Minute)
			}
			last = b
		}
		for day, hours := range days {
			if err := addDay(ctx, tx, ref.ID, day, hours); err != nil {
				return fmt.Errorf("write the ledger of monitor %d: %w", ref.ID, err)
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE monitors SET beats_read_at = ?, beat_at = ?, beat_status = ? WHERE id = ?", readAt.Unix(), unix(last.At), last.Status, ref.ID)
		return err
	})
}

// spread counts the whole minutes that begin in [b.At, until), at most limit long.
func spread(days map[int64]*[hoursADay * 2]byte, b Beat, until time.Time, limit time.Duration) {
	offset := map[string]int{"up": 0, "down": 1}
	side, ok := offset[b.Status]
	if !ok {
		return
	}
	if end := b.At.Add(limit); until.After(end) {
		until = end
	}
	for minute := ceilMinute(b.At); minute < ceilMinute(until); minute++ {
		day := minute / (hoursADay * minutes)
		if days[day] == nil {
			days[day] = new([hoursADay * 2]byte)
		}
		hour := minute / minutes % hoursADay
		days[day][2*int(hour)+side]++
	}
}

func ceilMinute(t time.Time) int64 { return (t.Unix() + minutes - 1) / minutes }

func addDay(ctx context.Context, tx *sql.Tx, monitorID, day int64, more *[hoursADay * 2]byte) error {
	stored, err := one[[]byte](ctx, tx, "SELECT hours FROM monitor_days WHERE monitor_id = ? AND day = ?", monitorID, day)
	if err != nil {
		return err
	}
	var sum [hoursADay * 2]byte
	copy(sum[:], stored)
	var total [2]int
	for i := range sum {
		sum[i] = min(sum[i]+more[i], minutes)
		total[i%2] += int(sum[i])
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO monitor_days (monitor_id, day, up_min, down_min, hours) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET up_min = ?3, down_min = ?4, hours = ?5", monitorID, day, total[0], total[1], sum[:])
	return err
}

// WriteIncidents stores the incidents of a monitor; they have no id, so the moment they began is their key. An open one says since when
// the site is down.
func (m *Mirror) WriteIncidents(ctx context.Context, monitorID int64, incidents []Incident) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for _, i := range incidents {
			_, err := tx.ExecContext(ctx, `INSERT INTO incidents (monitor_id, started_at, ended_at, down_count) VALUES (?1, ?2, ?3, ?4)
				ON CONFLICT DO UPDATE SET ended_at = ?3, down_count = ?4 WHERE ended_at IS NOT ?3 OR down_count <> ?4`, monitorID, i.StartedAt.Unix(), unix(i.EndedAt), i.DownCount)
			if err != nil {
				return fmt.Errorf("write an incident of monitor %d: %w", monitorID, err)
			}
			if i.EndedAt.IsZero() {
				if _, err := tx.ExecContext(ctx, "UPDATE sites SET down_since = ? WHERE down = 1 AND id = (SELECT site_id FROM monitors WHERE id = ?)", i.StartedAt.Unix(), monitorID); err != nil {
					return err
				}
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE monitors SET incidents_due = 0, incidents_tried_at = NULL WHERE id = ?", monitorID)
		return err
	})
}
