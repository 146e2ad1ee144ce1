package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// TaskFilter narrows the tasks of a run; no states: all.
type TaskFilter struct {
	States []TaskState
	Site   int64
	Paging
}

// CallFilter narrows the calls of a run. Task 0: all.
type CallFilter struct {
	Task int64
	Paging
}

const taskColumns = `t.id, t.run_id, t.seq, t.dashboard_id, coalesce(t.site_id, 0), t.dashboard_name, t.site_name, t.site_url, t.address, t.action, t.kind, t.slug, t.name, t.from_version, t.to_version, t.found,
	t.params, t.state, t.outcome, t.reason, t.next_step, t.home, t.sends, t.looks, t.sent_at, t.free_at, t.look_at, t.started_at, t.ended_at`

func scanTask(row scanner, t *Task) error {
	var params []byte
	err := row.Scan(&t.ID, &t.RunID, &t.Seq, &t.DashboardID, &t.SiteID, &t.DashboardName, &t.SiteName, &t.SiteURL, &t.Address, &t.Action, &t.Kind, &t.Slug, &t.Name, &t.From, &t.To, &t.Found,
		&params, &t.State, &t.Outcome, &t.Reason, &t.NextStep, &t.Home, &t.Sends, &t.Looks, at(&t.SentAt), at(&t.FreeAt), at(&t.LookAt), at(&t.StartedAt), at(&t.EndedAt))
	if err != nil {
		return err
	}
	return json.Unmarshal(params, &t.Params)
}

// taskOrder shows first what a person should look at, then what is at work, then what waits, then what ended, newest first.
const taskOrder = `CASE t.state WHEN 'failed' THEN 0 WHEN 'unchanged' THEN 0 WHEN 'unknown' THEN 0 WHEN 'running' THEN 1 WHEN 'verifying' THEN 2 WHEN 'queued' THEN 3 ELSE 4 END,
	CASE WHEN t.state IN ('verified', 'skipped', 'cancelled') THEN -coalesce(t.ended_at, 0) ELSE 0 END, t.seq`

// Tasks lists the tasks of a run: first those that need a look, then running, verifying and queued ones, then those that ended, newest first.
func (d *DB) Tasks(ctx context.Context, v Viewer, runID int64, f TaskFilter) ([]Task, int, error) {
	in := v.tasks("t")
	where, args := "t.run_id = ? AND "+in.sql, append([]any{runID}, in.args...)
	if len(f.States) > 0 {
		where, args = where+" AND t.state IN (SELECT value FROM json_each(?))", append(args, jsonText(f.States))
	}
	if f.Site != 0 {
		where, args = where+" AND t.site_id = ?", append(args, f.Site)
	}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM tasks t WHERE "+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the tasks of run %d: %w", runID, err)
	}
	limit, offset := f.limits()
	list, err := collect(ctx, d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t WHERE "+where+" ORDER BY "+taskOrder+" LIMIT ? OFFSET ?", append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list the tasks of run %d: %w", runID, err)
	}
	return list, total, d.explainWaits(ctx, list)
}

// Task is one of them; ErrNotFound.
func (d *DB) Task(ctx context.Context, v Viewer, id int64) (Task, error) {
	in := v.tasks("t")
	list, err := collect(ctx, d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t WHERE t.id = ? AND "+in.sql, append([]any{id}, in.args...)...)
	if err != nil {
		return Task{}, fmt.Errorf("read task %d: %w", id, err)
	}
	if len(list) == 0 {
		return Task{}, ErrNotFound
	}
	return list[0], d.explainWaits(ctx, list)
}

// SiteRuns lists the latest tasks of a site, newest first.
func (d *DB) SiteRuns(ctx context.Context, v Viewer, siteID int64, limit int) ([]Task, error) {
	in := v.sites("s")
	limit = min(max(limit, 1), MaxPerPage)
	list, err := collect(ctx, d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t JOIN sites s ON s.id = t.site_id WHERE t.site_id = ? AND "+in.sql+" ORDER BY t.id DESC LIMIT ?", slices.Concat([]any{siteID}, in.args, []any{limit})...)
	if err != nil {
		return nil, fmt.Errorf("list the tasks of site %d: %w", siteID, err)
	}
	return list, nil
}

// Calls lists the requests that a run made, newest first, with their number before paging.
func (d *DB) Calls(ctx context.Context, v Viewer, runID int64, f CallFilter) ([]Call, int, error) {
	in := v.tasks("c")
	where, args := "c.run_id = ? AND "+in.sql, append([]any{runID}, in.args...)
	if f.Task != 0 {
		where, args = where+" AND c.task_id = ?", append(args, f.Task)
	}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM calls c WHERE "+where, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the calls of run %d: %w", runID, err)
	}
	limit, offset := f.limits()
	list, err := collect(ctx, d.r, scanCall, callColumns+where+" ORDER BY c.id DESC LIMIT ? OFFSET ?", append(args, limit, offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list the calls of run %d: %w", runID, err)
	}
	return list, total, nil
}

// CallLog lists the requests of a run after the one with an id, the oldest first, a page at most: what comes in meanwhile shifts nothing.
func (d *DB) CallLog(ctx context.Context, v Viewer, runID, after int64) ([]Call, error) {
	in := v.tasks("c")
	list, err := collect(ctx, d.r, scanCall, callColumns+"c.run_id = ? AND c.id > ? AND "+in.sql+" ORDER BY c.id LIMIT ?", slices.Concat([]any{runID, after}, in.args, []any{MaxPerPage})...)
	if err != nil {
		return nil, fmt.Errorf("read the log of run %d: %w", runID, err)
	}
	return list, nil
}

const callColumns = `SELECT c.id, c.run_id, coalesce(c.task_id, 0), coalesce(c.site_id, 0), c.dashboard_id, coalesce(d.name, ''), c.at_ms, c.took_ms, c.method, c.path, c.status, c.note, c.raw
	FROM calls c LEFT JOIN dashboards d ON d.id = c.dashboard_id WHERE `

func scanCall(row scanner, c *Call) error {
	var at, took int64
	err := row.Scan(&c.ID, &c.RunID, &c.TaskID, &c.SiteID, &c.DashboardID, &c.DashboardName, &at, &took, &c.Method, &c.Path, &c.Status, &c.Note, &c.Raw)
	c.At, c.Took = unixMilli(at), time.Duration(took)*time.Millisecond
	return err
}

// LookNow has an unknown task looked up at once; ErrConflict when it is not unknown.
func (d *DB) LookNow(ctx context.Context, v Viewer, taskID int64) error {
	if err := v.mayRun(); err != nil {
		return err
	}
	if _, err := d.Task(ctx, v, taskID); err != nil {
		return err
	}
	now := d.now().Unix()
	return conflictIfNone(d.w.ExecContext(ctx, "UPDATE tasks SET look_at = ?1, ended_at = NULL WHERE id = ?2 AND state = 'unknown'", now, taskID))("the outcome of this task is known")
}
