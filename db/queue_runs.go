package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Waiting is a Dashboard that a run waits for and that is to be tried again.
type Waiting struct {
	Run, Dashboard int64
	Reason         string
	Looks          int
	Since          time.Time
}

// Failure counts a call failure, and pauses the run when it has as many as its person allowed.
func (q *Queue) Failure(ctx context.Context, run int64) (paused bool, err error) {
	err = q.d.tx(ctx, func(tx *sql.Tx) error {
		var failures, limit int
		row := tx.QueryRowContext(ctx, "UPDATE runs SET failures = failures + 1, changed_at = ? WHERE id = ? RETURNING failures, stop_after", q.d.now().Unix(), run)
		if err := row.Scan(&failures, &limit); err != nil {
			return fmt.Errorf("count a failure of run %d: %w", run, noRows(err))
		}
		if limit == 0 || failures < limit {
			return nil
		}
		words := fmt.Sprintf("%d calls failed: it paused, as it was told to.", failures)
		if failures == 1 {
			words = "A call failed: it paused, as it was told to."
		}
		n, err := tx.ExecContext(ctx, "UPDATE runs SET state = 'paused', reason = ? WHERE id = ? AND state = 'running'", words, run)
		if err != nil {
			return err
		}
		done, err := n.RowsAffected()
		paused = done > 0
		return err
	})
	return paused, err
}

// Wait lets a run's part on a Dashboard wait until lookAt; each Wait after the first counts as a look.
func (q *Queue) Wait(ctx context.Context, run, dashboard int64, reason string, lookAt time.Time) error {
	return q.runChange(ctx, run, `INSERT INTO run_waits (run_id, dashboard_id, reason, since, look_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET reason = excluded.reason, look_at = excluded.look_at, looks = looks + 1`, run, dashboard, reason, q.d.now().Unix(), up(lookAt))
}

// EndWait lets it go on.
func (q *Queue) EndWait(ctx context.Context, run, dashboard int64) error {
	return q.runChange(ctx, run, "DELETE FROM run_waits WHERE run_id = ? AND dashboard_id = ?", run, dashboard)
}

// Waits lists the Dashboards that are to be tried again now.
func (q *Queue) Waits(ctx context.Context) ([]Waiting, error) {
	list, err := collect(ctx, q.d.r, func(row scanner, w *Waiting) error {
		return row.Scan(&w.Run, &w.Dashboard, &w.Reason, &w.Looks, at(&w.Since))
	}, "SELECT run_id, dashboard_id, reason, looks, since FROM run_waits WHERE look_at <= ? ORDER BY run_id, dashboard_id", q.d.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list the Dashboards that runs wait for: %w", err)
	}
	return list, nil
}

func (q *Queue) runChange(ctx context.Context, run int64, query string, args ...any) error {
	return q.d.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("change run %d: %w", run, err)
		}
		_, err := tx.ExecContext(ctx, "UPDATE runs SET changed_at = ? WHERE id = ?", q.d.now().Unix(), run)
		return err
	})
}

// CanaryDone lets a run wait for a person once nothing of its canary's site is left to do; with nothing else queued it just goes on to its
// end. It does nothing while the canary is at work, or when there is none.
func (q *Queue) CanaryDone(ctx context.Context, run int64) error {
	return q.d.tx(ctx, func(tx *sql.Tx) error {
		var open, bad, good, rest bool
		row := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = r.id AND t.site_id = r.canary_site AND (t.state IN ('queued', 'running', 'verifying') OR t.state = 'unknown' AND t.look_at IS NOT NULL)),
			EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = r.id AND t.site_id = r.canary_site AND t.state IN ('failed', 'unchanged', 'unknown')),
			EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = r.id AND t.site_id = r.canary_site AND t.state = 'verified'),
			EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = r.id AND t.state = 'queued') FROM runs r WHERE r.id = ? AND r.state = 'running' AND r.canary_site IS NOT NULL AND r.canary_done = 0`, run)
		err := row.Scan(&open, &bad, &good, &rest)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (open || !rest) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look at the canary of run %d: %w", run, err)
		}
		words := "The first site went well. Look at it, then go on with the rest."
		switch {
		case bad:
			words = "The first site did not go well. Look at it before you go on or cancel the rest."
		case !good:
			words = "Nothing was done on the first site. Go on without a trial, or cancel the rest."
		}
		_, err = tx.ExecContext(ctx, "UPDATE runs SET state = 'canary', reason = ?, changed_at = ? WHERE id = ?", words, q.d.now().Unix(), run)
		return err
	})
}

// CanariesDone asks CanaryDone for every run whose canary is not through: it may have ended while the run was paused or Muster was off, or have
// been skipped.
func (q *Queue) CanariesDone(ctx context.Context) error {
	runs, err := collect(ctx, q.d.r, func(row scanner, id *int64) error { return row.Scan(id) }, `SELECT r.id FROM runs r WHERE r.state = 'running' AND r.canary_site IS NOT NULL AND r.canary_done = 0
		AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = r.id AND t.site_id = r.canary_site AND (t.state IN ('queued', 'running', 'verifying') OR t.state = 'unknown' AND t.look_at IS NOT NULL))`)
	if err != nil {
		return fmt.Errorf("list the runs with a canary: %w", err)
	}
	for _, id := range runs {
		if err := q.CanaryDone(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// PauseFor pauses a running run with a reason.
func (q *Queue) PauseFor(ctx context.Context, run int64, reason string) error {
	return q.runChange(ctx, run, "UPDATE runs SET state = 'paused', reason = ? WHERE id = ? AND state = 'running'", reason, run)
}

// Settle ends a run of which nothing is left to send, to verify or to look up.
func (q *Queue) Settle(ctx context.Context, run int64) error {
	return q.d.tx(ctx, func(tx *sql.Tx) error { return settle(ctx, tx, run, q.d.now().Unix()) })
}

// ExpireWindow skips what cannot start any more: queued tasks of runs whose window is over, and of Dashboards that were disconnected. What
// is unknown on those is not looked up any more.
func (q *Queue) ExpireWindow(ctx context.Context) error {
	// This is asked all the time, and there is nearly never anything to do: the one writer is not taken for that.
	some, err := one[bool](ctx, q.d.r, `SELECT EXISTS (SELECT 1 FROM runs WHERE state IN ('running', 'paused', 'canary') AND not_after < ?)
		OR EXISTS (SELECT 1 FROM tasks t WHERE t.state = 'queued' AND t.dashboard_id NOT IN (SELECT id FROM dashboards))
		OR EXISTS (SELECT 1 FROM tasks t WHERE t.state IN ('running', 'verifying', 'unknown') AND t.dashboard_id NOT IN (SELECT id FROM dashboards) AND t.ended_at IS NULL)`, q.d.now().Unix())
	if err != nil || !some {
		return err
	}
	return q.d.tx(ctx, func(tx *sql.Tx) error {
		now := q.d.now().Unix()
		var runs []int64
		for _, x := range []struct{ where, set string }{
			{"t.state = 'queued' AND t.run_id IN (SELECT id FROM runs WHERE not_after < ?1 AND ended_at IS NULL)", notAgain("'skipped'", "'window'", "'Its window was over before it could start.'", "'Start it again, or choose a longer window.'")},
			{"t.state = 'queued' AND t.dashboard_id NOT IN (SELECT id FROM dashboards)", notAgain("'skipped'", "'unreachable'", "'Its Dashboard is not connected to Muster any more.'", "''")},
			{"t.state IN ('running', 'verifying', 'unknown') AND t.ended_at IS NULL AND t.dashboard_id NOT IN (SELECT id FROM dashboards)", "state = 'unknown', outcome = 'unknown', look_at = NULL, reason = 'Its Dashboard is not connected to Muster any more.', next_step = 'Look at the site itself.'"},
		} {
			ids, err := collect(ctx, tx, func(row scanner, id *int64) error { return row.Scan(id) }, "UPDATE tasks AS t SET "+x.set+", ended_at = ?1 WHERE "+x.where+" RETURNING run_id", now)
			if err != nil {
				return fmt.Errorf("skip what cannot start any more: %w", err)
			}
			runs = append(runs, ids...)
		}
		settled := map[int64]bool{}
		for _, id := range runs {
			if settled[id] {
				continue
			}
			settled[id] = true
			if err := settle(ctx, tx, id, now); err != nil {
				return err
			}
		}
		return nil
	})
}
