package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// RunFilter narrows the list of runs. State: open (running, paused, waiting after the canary), done (ended or cancelled); else all.
type RunFilter struct {
	State string
	Paging
}

const openRun = "r.state IN ('running', 'paused', 'canary')"

func (f RunFilter) where() string {
	switch f.State {
	case "open":
		return openRun
	case "done":
		return "r.state IN ('done', 'cancelled')"
	}
	return "1"
}

// runsSeen limits the alias r (runs) to those with a task that the viewer may see.
func (v Viewer) runsSeen() cond {
	if v.staff() && v.All {
		return cond{sql: "1"}
	}
	in := v.tasks("t")
	return cond{sql: "EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = r.id AND " + in.sql + ")", args: in.args}
}

// Runs lists runs, newest first, with their number before paging.
func (d *DB) Runs(ctx context.Context, v Viewer, f RunFilter) ([]Run, int, error) {
	in := v.runsSeen()
	where := f.where() + " AND " + in.sql
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM runs r WHERE "+where, in.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the runs: %w", err)
	}
	limit, offset := f.limits()
	list, err := d.runs(ctx, v, where+" ORDER BY r.id DESC LIMIT ? OFFSET ?", append(in.args, limit, offset)...)
	return list, total, err
}

// OpenRuns counts the runs that are not over.
func (d *DB) OpenRuns(ctx context.Context, v Viewer) (int, error) {
	in := v.runsSeen()
	n, err := one[int](ctx, d.r, "SELECT count(*) FROM runs r WHERE "+openRun+" AND "+in.sql, in.args...)
	if err != nil {
		return 0, fmt.Errorf("count the open runs: %w", err)
	}
	return n, nil
}

// Run is one of them, with the Dashboards it waits for; ErrNotFound.
func (d *DB) Run(ctx context.Context, v Viewer, id int64) (Run, error) {
	in := v.runsSeen()
	list, err := d.runs(ctx, v, "r.id = ? AND "+in.sql, append([]any{id}, in.args...)...)
	if err != nil {
		return Run{}, err
	}
	if len(list) == 0 {
		return Run{}, ErrNotFound
	}
	run := list[0]
	tasks := v.tasks("t")
	row := d.r.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE t.state = 'failed'), count(*) FILTER (WHERE t.state = 'unknown'), count(*) FILTER (WHERE t.state = 'skipped') FROM tasks t WHERE t.run_id = ? AND "+retryable+" AND "+tasks.sql,
		append([]any{id}, tasks.args...)...)
	if err := row.Scan(&run.Retry.Failed, &run.Retry.Unknown, &run.Retry.Late); err != nil {
		return Run{}, fmt.Errorf("count what of run %d can be retried: %w", id, err)
	}
	seen := v.dashboards("d")
	run.Waits, err = collect(ctx, d.r, func(row scanner, w *RunWait) error {
		return row.Scan(&w.DashboardID, &w.DashboardName, &w.Reason, at(&w.Since), at(&w.LookAt))
	}, "SELECT w.dashboard_id, d.name, w.reason, w.since, w.look_at FROM run_waits w JOIN dashboards d ON d.id = w.dashboard_id WHERE w.run_id = ? AND "+seen.sql+" ORDER BY d.name COLLATE NOCASE",
		append([]any{id}, seen.args...)...)
	if err != nil {
		return Run{}, fmt.Errorf("read what run %d waits for: %w", id, err)
	}
	return run, nil
}

// runs reads runs with the counts of the tasks that the viewer may see: one look at an index over the page's runs.
func (d *DB) runs(ctx context.Context, v Viewer, where string, args ...any) ([]Run, error) {
	seen := v.sites("cs")
	list, err := collect(ctx, d.r, func(row scanner, r *Run) error {
		o := &r.Options
		return row.Scan(&r.ID, &r.UserID, &r.UserName, &r.Title, &r.State, &r.Reason, at(&r.CreatedAt), at(&r.EndedAt), at(&r.NotAfter), &o.StopAfter, &o.SkipRest, &o.Canary, &o.HomeCheck, &o.NewerPatch,
			&r.Failures, &r.CanaryName, &r.CanaryDone, &r.ScheduleID, &r.RetryOf, at(&r.LastChangeAt))
	}, `SELECT r.id, r.user_id, r.user_name, r.title, r.state, r.reason, r.created_at, r.ended_at, r.not_after, r.stop_after, r.skip_rest, coalesce(r.canary_site, 0), r.home_check, r.newer_patch,
		r.failures, coalesce((SELECT cs.name FROM sites cs WHERE cs.id = r.canary_site AND `+seen.sql+`), ''), r.canary_done, coalesce(r.schedule_id, 0), coalesce(r.retry_of, 0), r.changed_at FROM runs r WHERE `+where, append(seen.args, args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	return list, d.countTasks(ctx, v, list)
}

func (d *DB) countTasks(ctx context.Context, v Viewer, runs []Run) error {
	if len(runs) == 0 {
		return nil
	}
	index, ids := map[int64]*Run{}, make([]int64, len(runs))
	for i := range runs {
		index[runs[i].ID], ids[i] = &runs[i], runs[i].ID
		runs[i].Whole = v.All
	}
	in := v.tasks("t")
	where, args := "t.run_id IN (SELECT value FROM json_each(?)) AND "+in.sql, append([]any{jsonText(ids)}, in.args...)
	type count struct {
		run   int64
		state TaskState
		n     int
	}
	counts, err := collect(ctx, d.r, func(row scanner, c *count) error { return row.Scan(&c.run, &c.state, &c.n) },
		"SELECT t.run_id, t.state, count(*) FROM tasks t WHERE "+where+" GROUP BY t.run_id, t.state", args...)
	if err != nil {
		return fmt.Errorf("count the tasks of runs: %w", err)
	}
	for _, c := range counts {
		*index[c.run].Counts.of(c.state) += c.n
	}
	looking, err := collect(ctx, d.r, func(row scanner, c *count) error { return row.Scan(&c.run, &c.n) },
		"SELECT t.run_id, count(*) FROM tasks t WHERE t.state = 'unknown' AND t.look_at IS NOT NULL AND "+where+" GROUP BY t.run_id", args...)
	if err != nil {
		return fmt.Errorf("count the open looks of runs: %w", err)
	}
	for _, c := range looking {
		index[c.run].Counts.Looking = c.n
	}
	type wide struct{ run, sites, dashboards int64 }
	wides, err := collect(ctx, d.r, func(row scanner, w *wide) error { return row.Scan(&w.run, &w.sites, &w.dashboards) },
		"SELECT t.run_id, count(DISTINCT t.site_id), count(DISTINCT t.dashboard_id) FROM tasks t WHERE "+where+" GROUP BY t.run_id", args...)
	if err != nil {
		return fmt.Errorf("count the sites of runs: %w", err)
	}
	for _, w := range wides {
		index[w.run].Sites, index[w.run].Dashboards = int(w.sites), int(w.dashboards)
	}
	if v.All {
		return nil
	}
	totals, err := collect(ctx, d.r, func(row scanner, c *count) error { return row.Scan(&c.run, &c.n) },
		"SELECT run_id, count(*) FROM tasks WHERE run_id IN (SELECT value FROM json_each(?)) GROUP BY run_id", jsonText(ids))
	if err != nil {
		return fmt.Errorf("count all tasks of runs: %w", err)
	}
	for _, c := range totals {
		index[c.run].Whole = index[c.run].Counts.Total() == c.n
	}
	return d.nameParts(ctx, where, args, index)
}

// nameParts gives runs that a viewer sees in part a title of what he sees. The one they were started with, how many calls failed and whose
// site went first tell of the rest.
func (d *DB) nameParts(ctx context.Context, where string, args []any, index map[int64]*Run) error {
	type part struct {
		run, tasks, items, actions int64
		action, name               string
	}
	parts, err := collect(ctx, d.r, func(row scanner, p *part) error {
		return row.Scan(&p.run, &p.tasks, &p.items, &p.actions, &p.action, &p.name)
	}, "SELECT t.run_id, count(*), count(DISTINCT t.kind || ':' || t.slug), count(DISTINCT t.action), min(t.action), min(t.name) FROM tasks t WHERE "+where+" GROUP BY t.run_id", args...)
	if err != nil {
		return fmt.Errorf("name the parts of runs: %w", err)
	}
	for _, p := range parts {
		r := index[p.run]
		if r.Whole {
			continue
		}
		what := fmt.Sprintf("%d tasks", p.tasks)
		switch {
		case p.actions == 1 && Action(p.action) == ActUpdate && p.items > 1:
			what = fmt.Sprintf("%d updates", p.tasks)
		case p.actions == 1 && Action(p.action) == ActUpdate:
			what = p.name
		case p.actions == 1:
			what = strings.ToUpper(p.action[:1]) + strings.ReplaceAll(p.action[1:], "_", " ")
		}
		r.Title = onSites(what, max(r.Sites, 1))
		r.Failures = 0
		switch {
		case r.State == RunCanary:
			r.Reason = ""
		case strings.Contains(r.Reason, "calls failed"):
			r.Reason = "Calls failed: it paused, as it was told to."
		}
	}
	return nil
}

// of is the counter of a state.
func (c *TaskCounts) of(s TaskState) *int {
	switch s {
	case TaskRunning:
		return &c.Running
	case TaskVerifying:
		return &c.Verifying
	case TaskVerified:
		return &c.Verified
	case TaskUnchanged:
		return &c.Unchanged
	case TaskFailed:
		return &c.Failed
	case TaskUnknown:
		return &c.Unknown
	case TaskSkipped:
		return &c.Skipped
	case TaskCancelled:
		return &c.Cancelled
	}
	return &c.Queued
}

// changeRun changes a run that the viewer sees as a whole, in one transaction.
func (d *DB) changeRun(ctx context.Context, v Viewer, id int64, change func(tx *sql.Tx, now int64) error) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	run, err := d.Run(ctx, v, id)
	if err != nil {
		return err
	}
	if !run.Whole {
		return fmt.Errorf("%w: this run also works on sites that you may not see", ErrForbidden)
	}
	return d.tx(ctx, func(tx *sql.Tx) error {
		now := d.now().Unix()
		if err := change(tx, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE runs SET changed_at = ? WHERE id = ?", now, id)
		return err
	})
}

// PauseRun stops a run from sending more; what is at work ends by itself.
func (d *DB) PauseRun(ctx context.Context, v Viewer, id int64) error {
	return d.changeRun(ctx, v, id, func(tx *sql.Tx, _ int64) error {
		name, err := personName(ctx, tx, v.UserID)
		if err != nil {
			return err
		}
		return conflictIfNone(tx.ExecContext(ctx, "UPDATE runs SET state = 'paused', reason = ? WHERE id = ? AND state IN ('running', 'canary')", "Paused by "+name+".", id))("the run is not running")
	})
}

// ResumeRun goes on with a run that is paused, or that waits after its canary; failures are counted anew.
func (d *DB) ResumeRun(ctx context.Context, v Viewer, id int64) error {
	return d.changeRun(ctx, v, id, func(tx *sql.Tx, _ int64) error {
		return conflictIfNone(tx.ExecContext(ctx, `UPDATE runs AS r SET canary_done = max(canary_done, state = 'canary', canary_site IS NOT NULL AND NOT EXISTS
			(SELECT 1 FROM tasks t WHERE t.run_id = r.id AND t.site_id = r.canary_site AND (t.state IN ('queued', 'running', 'verifying') OR t.state = 'unknown' AND t.look_at IS NOT NULL))), state = 'running', reason = '', failures = 0 WHERE id = ? AND state IN ('paused', 'canary')`, id))("the run is not paused")
	})
}

// CancelRun cancels what is left of a run; what is at work ends by itself and is looked up.
func (d *DB) CancelRun(ctx context.Context, v Viewer, id int64) error {
	return d.changeRun(ctx, v, id, func(tx *sql.Tx, now int64) error {
		name, err := personName(ctx, tx, v.UserID)
		if err != nil {
			return err
		}
		err = conflictIfNone(tx.ExecContext(ctx, "UPDATE runs SET state = 'cancelled', reason = ? WHERE id = ? AND state IN ('running', 'paused', 'canary')", "Cancelled by "+name+".", id))("the run is over")
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE tasks SET "+notAgain("'cancelled'", "'cancelled'", "reason", "next_step")+", ended_at = ?, free_at = NULL WHERE run_id = ? AND state = 'queued'", now, id)
		if err != nil {
			return err
		}
		return settle(ctx, tx, id, now)
	})
}

// conflictIfNone turns "no row changed" into an ErrConflict with a sentence.
func conflictIfNone(res sql.Result, err error) func(what string) error {
	return func(what string) error {
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		return conflictIf(n == 0, what)
	}
}

// settle ends a run of which nothing is left to send, to verify or to look up.
func settle(ctx context.Context, tx *sql.Tx, run, now int64) error {
	open, err := one[bool](ctx, tx, "SELECT EXISTS (SELECT 1 FROM tasks WHERE run_id = ?1 AND state IN ('queued', 'running', 'verifying')) OR EXISTS (SELECT 1 FROM tasks WHERE run_id = ?1 AND state = 'unknown' AND look_at IS NOT NULL)", run)
	if err != nil || open {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE runs SET state = CASE state WHEN 'cancelled' THEN state ELSE 'done' END, ended_at = ?1, changed_at = ?1 WHERE id = ?2 AND ended_at IS NULL", now, run); err != nil {
		return fmt.Errorf("end run %d: %w", run, err)
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM run_waits WHERE run_id = ?", run)
	return err
}

// paceWindow is the time over which RunTimes counts.
const paceWindow = 10 * time.Minute

// RunTimes is the pace of a run: how many of its tasks that were sent have ended since a moment, at most ten minutes ago.
func (d *DB) RunTimes(ctx context.Context, v Viewer, runID int64) (done int, since time.Time, err error) {
	in := v.tasks("t")
	from := d.now().Add(-paceWindow).Unix()
	row := d.r.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE t.ended_at >= ?), max(min(t.started_at), ?) FROM tasks t WHERE t.run_id = ? AND t.started_at IS NOT NULL AND "+in.sql,
		append([]any{from, from, runID}, in.args...)...)
	if err := row.Scan(&done, at(&since)); err != nil {
		return 0, time.Time{}, fmt.Errorf("read the pace of run %d: %w", runID, err)
	}
	return done, since, nil
}
