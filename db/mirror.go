package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Mirror is the side of the store that the syncer writes through. Pages do not hold one.
type Mirror struct{ d *DB }

// Mirror gives the syncer its side of the store.
func (d *DB) Mirror() *Mirror { return &Mirror{d: d} }

// Job is a Dashboard that was claimed, with what its work needs. Key is the opened API key.
type Job struct {
	Dashboard
	Key         string
	FullDue     bool // else only a probe
	PageSize    int
	TrustNext   bool
	URLDoubt    bool // the doubt is about a changed address: only a person ends it
	HasKeys     bool
	NextProbeAt time.Time
}

// ReleaseLeases frees what a killed process held. Call it once, before the first claim.
func (m *Mirror) ReleaseLeases(ctx context.Context) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE dashboards SET lease_until = 0, pass_started_at = NULL WHERE lease_until <> 0 OR pass_started_at IS NOT NULL")
	return err
}

// Claim takes the most overdue Dashboard for the length of a lease; nil when none is due.
func (m *Mirror) Claim(ctx context.Context, lease time.Duration) (*Job, error) {
	now := m.d.now()
	id, err := one[int64](ctx, m.d.w, `UPDATE dashboards SET lease_until = ?2 WHERE id = (
			SELECT id FROM dashboards WHERE paused_at IS NULL AND lease_until <= ?1 AND next_sync_at IS NOT NULL AND (next_sync_at <= ?1 OR next_probe_at <= ?1)
			ORDER BY min(next_sync_at, coalesce(next_probe_at, next_sync_at)) LIMIT 1
		) RETURNING id`, now.Unix(), now.Add(lease).Unix())
	if err != nil {
		return nil, fmt.Errorf("claim a Dashboard: %w", err)
	}
	if id == 0 {
		return nil, nil
	}
	return m.Job(ctx, id)
}

// Job reads a Dashboard's work data without claiming it.
func (m *Mirror) Job(ctx context.Context, id int64) (*Job, error) {
	var j Job
	var next time.Time
	row := m.d.r.QueryRowContext(ctx, "SELECT "+dashboardColumns+", d.page_size, d.trust_next, d.identity_key NOT IN (d.url_key, ''), d.has_keys, d.next_probe_at, d.next_sync_at FROM dashboards d WHERE d.id = ?", id)
	if err := row.Scan(append(j.fields(), &j.PageSize, &j.TrustNext, &j.URLDoubt, &j.HasKeys, at(&j.NextProbeAt), at(&next))...); err != nil {
		return nil, fmt.Errorf("read Dashboard %d: %w", id, noRows(err))
	}
	j.FullDue = !next.IsZero() && !next.After(m.d.now())
	j.State = j.state()
	var err error
	_, j.Key, err = m.d.dashboardKey(ctx, id)
	return &j, err
}

// Release gives a claimed Dashboard back; its next times stand in the schedule already.
func (m *Mirror) Release(ctx context.Context, id int64) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE dashboards SET lease_until = 0, pass_started_at = NULL WHERE id = ?", id)
	return err
}

// Interrupted is when claimed background work must stop, for the next pass or probe; zero when it must now, as the Dashboard was paused,
// stopped or is gone.
func (m *Mirror) Interrupted(ctx context.Context, id int64) (time.Time, error) {
	var due time.Time
	err := m.d.r.QueryRowContext(ctx, "SELECT min(next_sync_at, next_probe_at) FROM dashboards WHERE id = ? AND paused_at IS NULL", id).Scan(at(&due))
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return due, err
}

// NextDue is when the next Dashboard is due; zero when none ever is.
func (m *Mirror) NextDue(ctx context.Context) (time.Time, error) {
	var t time.Time
	err := m.d.r.QueryRowContext(ctx, `SELECT min(max(lease_until, min(next_sync_at, coalesce(next_probe_at, next_sync_at)))) FROM dashboards WHERE paused_at IS NULL AND next_sync_at IS NOT NULL`).Scan(at(&t))
	return t, err
}

// BeginPass marks a full pass as begun, so that pages can tell its progress.
func (m *Mirror) BeginPass(ctx context.Context, id int64, total int) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE dashboards SET pass_started_at = ?, pass_done = 0, pass_total = ? WHERE id = ?", m.d.now().Unix(), total, id)
	return err
}

// Progress notes how many sites were read. The page size is kept for the next pass.
func (m *Mirror) Progress(ctx context.Context, id int64, done, pageSize int) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE dashboards SET pass_done = ?, page_size = ? WHERE id = ?", done, pageSize, id)
	return err
}

// Renew extends a lease.
func (m *Mirror) Renew(ctx context.Context, id int64, lease time.Duration) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE dashboards SET lease_until = ? WHERE id = ? AND lease_until <> 0", m.d.now().Add(lease).Unix(), id)
	return err
}

// ReadEnd is how a read of a Dashboard ended well. URL is the address that was read: a person may have changed it meanwhile.
type ReadEnd struct {
	URL                 string
	Started             time.Time
	Full                bool
	NextFull, NextProbe time.Time // zero NextFull: as it is
}

// ReadOK notes a pass or probe that ended well, sets the schedule, and tells history when the Dashboard was unreachable before.
func (m *Mirror) ReadOK(ctx context.Context, id int64, end ReadEnd) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		if err := m.reachable(ctx, tx, id, end.Started); err != nil {
			return err
		}
		return affected(tx.ExecContext(ctx, `UPDATE dashboards SET failures = 0, error_kind = '', error = '', error_at = NULL, last_read_at = max(coalesce(last_read_at, 0), ?1),
			last_pass_at = CASE WHEN ?2 THEN ?1 ELSE last_pass_at END, passes = passes + ?2, pass_started_at = CASE WHEN ?2 THEN NULL ELSE pass_started_at END,
			trust_next = CASE WHEN ?2 AND url_key = ?6 THEN 0 ELSE trust_next END, identity_key = CASE WHEN ?2 THEN ?6 ELSE identity_key END,
			doubt_at = CASE WHEN url_key = ?6 THEN NULL ELSE doubt_at END, doubt = CASE WHEN url_key = ?6 THEN '' ELSE doubt END,
			-- A refresh asked for during a pass stays due; a probe can only make the next pass come sooner.
			next_sync_at = CASE WHEN ?3 IS NULL THEN next_sync_at WHEN ?2 AND next_sync_at > ?1 THEN next_sync_at WHEN ?2 THEN ?3 ELSE min(next_sync_at, ?3) END,
			next_probe_at = ?4 WHERE id = ?5`,
			end.Started.Unix(), end.Full, unix(end.NextFull), unix(end.NextProbe), id, urlKey(end.URL)))
	})
}

func (m *Mirror) reachable(ctx context.Context, tx *sql.Tx, id int64, when time.Time) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO events (at, dashboard_id, kind) SELECT ?1, ?2, 'reachable' WHERE "+lastSeen+" = 'unreachable'", when.Unix(), id)
	return err
}

// lastSeen is what history said last about whether the Dashboard ?2 answers.
const lastSeen = "coalesce((SELECT kind FROM events WHERE dashboard_id = ?2 AND site_id IS NULL AND kind IN ('unreachable', 'reachable') ORDER BY id DESC LIMIT 1), 'reachable')"

// Trouble is how a read failed. A zero NextFull stops the Dashboard until its key changes or a person asks.
type Trouble struct {
	Started    time.Time // of the visit: what a person asked for since then is tried before anything is said
	At         time.Time
	Kind, Text string
	NextFull   time.Time
}

// ReadFailed keeps the last good data, notes the reason and when it began, and sets the next try.
func (m *Mirror) ReadFailed(ctx context.Context, id int64, t Trouble) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		asked, err := m.askedSince(ctx, tx, id, t.Started)
		if err != nil || asked {
			return err
		}
		if t.Kind == "transport" || t.Kind == "blocked" {
			detail := cut(t.Text, 300)
			if t.Kind == "blocked" {
				detail = "" // what the server sent is for those who manage Dashboards
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO events (at, dashboard_id, kind, detail) SELECT ?1, ?2, 'unreachable', ?3 FROM dashboards WHERE id = ?2 AND passes > 0 AND "+lastSeen+" = 'reachable'",
				t.At.Unix(), id, detail)
			if err != nil {
				return err
			}
		}
		return affected(tx.ExecContext(ctx, `UPDATE dashboards SET failures = failures + 1, error_at = CASE WHEN error_kind = '' THEN ?1 ELSE error_at END, error_kind = ?2, error = ?3,
			pass_started_at = NULL, next_sync_at = ?4, next_probe_at = NULL WHERE id = ?5`, t.At.Unix(), t.Kind, cut(t.Text, 300), unix(t.NextFull), id))
	})
}

// askedSince reports whether a person made a pass due since a visit began: a new key or address, a refresh, a confirmation.
func (m *Mirror) askedSince(ctx context.Context, q querier, id int64, started time.Time) (bool, error) {
	return one[bool](ctx, q, "SELECT coalesce(next_sync_at > ? AND next_sync_at <= ?, 0) FROM dashboards WHERE id = ?", started.Unix(), m.d.now().Unix(), id)
}

// Doubt is the identity guard: nothing more is written until a person confirms, or the list agrees again.
func (m *Mirror) Doubt(ctx context.Context, id int64, reason string, started, next time.Time) error {
	asked, err := m.askedSince(ctx, m.d.w, id, started)
	if err != nil || asked {
		return err
	}
	now := m.d.now().Unix()
	return affected(m.d.w.ExecContext(ctx, `UPDATE dashboards SET doubt_at = coalesce(doubt_at, ?), doubt = ?, pass_started_at = NULL, next_sync_at = ?, next_probe_at = NULL,
		failures = 0, error_kind = '', error = '', error_at = NULL WHERE id = ?`, now, reason, next.Unix(), id))
}

// Capabilities are what a Dashboard was found to be able to do.
type Capabilities struct {
	MainWPVersion, WPVersion, Title                        string
	Monitors, Costs, Keys, Abilities, FieldsKept, IndexPHP bool
}

// SetCapabilities stores them with the moment of the look.
func (m *Mirror) SetCapabilities(ctx context.Context, id int64, c Capabilities) error {
	_, err := m.d.w.ExecContext(ctx, `UPDATE dashboards SET capabilities_at = ?, mainwp_version = ?, wp_version = ?, title = ?, has_monitors = ?, has_costs = ?, has_keys = ?, abilities = ?, fields_kept = ?, index_php = ? WHERE id = ?`,
		m.d.now().Unix(), c.MainWPVersion, c.WPVersion, cut(c.Title, 200), c.Monitors, c.Costs, c.Keys, c.Abilities, c.FieldsKept, c.IndexPHP, id)
	return err
}

// SetKeyScope stores what the key was found to allow: unknown, read or read_write.
func (m *Mirror) SetKeyScope(ctx context.Context, id int64, scope string) error {
	_, err := m.d.w.ExecContext(ctx, "UPDATE dashboards SET key_scope = ? WHERE id = ? AND key_scope <> ?", scope, id, scope)
	return err
}

// uptimeDays is how long the uptime ledger and incidents are kept: a year, and the month before it.
const uptimeDays = 400

// callDays is how long the raw answers of runs are kept; runs and their tasks stay.
const callDays = 90

// Prune drops history and changes that are older than days, uptime that is older than 400 days, and raw answers of runs that are older than 90.
func (m *Mirror) Prune(ctx context.Context, days int) error {
	now := m.d.now()
	history, uptime := now.AddDate(0, 0, -days).Unix(), now.AddDate(0, 0, -uptimeDays).Unix()
	var errs []error
	for query, before := range map[string]int64{
		"DELETE FROM events WHERE at < ?":                history,
		"DELETE FROM changes WHERE at < ?":               history,
		"DELETE FROM calls WHERE at_ms < ? * 1000":       now.AddDate(0, 0, -callDays).Unix(),
		"DELETE FROM incidents WHERE ended_at < ?":       uptime,
		"DELETE FROM monitor_days WHERE day < ? / 86400": uptime,
		"DELETE FROM sign_in_failures WHERE last_at < ?": now.Add(-forgetTime).Unix(),
	} {
		_, err := m.d.w.ExecContext(ctx, query, before)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
