package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Result is how a task ended.
type Result struct {
	State   TaskState // verified, unchanged, failed, skipped, unknown (still: no more looks) or cancelled
	Outcome Outcome
	Reason  string // what happened, in words
	Next    string // what a person can do
	Found   string // version that was read
	Home    string // what the home page said; empty keeps what is stored
}

// OutCut is the outcome of an unknown task whose site did not answer its Dashboard: a proxy between them may have cut the call while its work
// goes on. It is looked up, and never sent again by itself.
const OutCut Outcome = "cut"

// Verdict says whether a task may be sent now. Go: yes. Later: not now, leave it queued (its run does not send any more). Wait: its Dashboard
// cannot be worked with, in words in Stop.Reason: let the run wait for it. Else Stop is how the task ends.
type Verdict struct {
	Go, Later, Wait bool
	Stop            Result
}

// change runs one statement about a task and notes that its run changed.
func (q *Queue) change(ctx context.Context, taskID int64, query string, args ...any) error {
	return q.d.tx(ctx, func(tx *sql.Tx) error { return q.changeIn(ctx, tx, taskID, query, args...) })
}

func (q *Queue) changeIn(ctx context.Context, tx *sql.Tx, taskID int64, query string, args ...any) error {
	if err := conflictIfNone(tx.ExecContext(ctx, query, args...))("the task is not in a state for this"); err != nil {
		return fmt.Errorf("change task %d: %w", taskID, err)
	}
	_, err := tx.ExecContext(ctx, "UPDATE runs SET changed_at = ? WHERE id = (SELECT run_id FROM tasks WHERE id = ?)", q.d.now().Unix(), taskID)
	return err
}

// Start notes that a queued task is worked on; nothing was sent yet.
func (q *Queue) Start(ctx context.Context, taskID int64) error {
	return q.change(ctx, taskID, "UPDATE tasks SET state = 'running', started_at = coalesce(started_at, ?), reason = '', next_step = '', outcome = '' WHERE id = ? AND state IN ('queued', 'running')", q.d.now().Unix(), taskID)
}

// Sending notes that the call of a task leaves now and may be at work for timeout. ErrConflict, and nothing may be sent, when the task is not
// queued or started, its run does not send any more, or another call may still be at work on the same address or site; see harmless.
func (q *Queue) Sending(ctx context.Context, taskID int64, timeout time.Duration) error {
	now := q.d.now()
	return q.change(ctx, taskID, `UPDATE tasks AS t SET state = 'running', outcome = '', reason = '', next_step = '', started_at = coalesce(started_at, ?1), sent_at = ?1, free_at = ?2, sends = sends + 1, look_at = NULL
		WHERE t.id = ?3 AND t.state IN ('queued', 'running') AND t.sent_at IS NULL AND EXISTS (SELECT 1 FROM runs r WHERE r.id = t.run_id AND r.state = 'running')
			AND NOT EXISTS (SELECT 1 FROM tasks o WHERE o.address = t.address AND (t.address <> '' OR o.dashboard_id = t.dashboard_id) AND o.id <> t.id AND `+open+` AND (`+atWork+` OR t.action NOT IN `+harmless+`))
			AND NOT EXISTS (SELECT 1 FROM tasks o WHERE o.site_id = t.site_id AND o.id <> t.id AND `+open+` AND (`+atWork+` OR t.action NOT IN `+harmless+`))`,
		now.Unix(), up(now.Add(timeout)), taskID)
}

// Sent notes that the Dashboard answered: the task is verified next. note is what the page says meanwhile.
func (q *Queue) Sent(ctx context.Context, taskID int64, outcome Outcome, note string) error {
	return q.change(ctx, taskID, "UPDATE tasks SET state = 'verifying', outcome = ?, reason = ?, look_at = NULL WHERE id = ? AND state = 'running'", outcome, note, taskID)
}

// LookAt sets when a verifying or unknown task is looked at by Due; zero: not by itself.
func (q *Queue) LookAt(ctx context.Context, taskID int64, when time.Time) error {
	return q.change(ctx, taskID, "UPDATE tasks SET look_at = ? WHERE id = ? AND state IN ('verifying', 'unknown')", look(when), taskID)
}

// Unknown notes that the outcome of a task is not known, and when it is looked up next; each look is counted. A zero lookAt: no more looks.
func (q *Queue) Unknown(ctx context.Context, taskID int64, outcome Outcome, reason string, lookAt time.Time) error {
	return q.change(ctx, taskID, `UPDATE tasks SET looks = looks + (state = 'unknown'), state = 'unknown', outcome = ?, reason = ?, look_at = ?4, ended_at = CASE WHEN ?4 IS NULL THEN ?3 END
		WHERE id = ?5 AND state IN ('running', 'verifying', 'unknown')`, outcome, reason, q.d.now().Unix(), look(lookAt), taskID)
}

func look(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return up(t)
}

// Finish ends a task. A verified update of a translation makes its history here: the mirror sees only that it is not pending any more.
func (q *Queue) Finish(ctx context.Context, taskID int64, r Result) error {
	return q.d.tx(ctx, func(tx *sql.Tx) error {
		if err := q.finish(ctx, tx, taskID, r); err != nil || r.State != TaskVerified {
			return err
		}
		// A site that was synced well can be read: what is open there is looked at now.
		_, err := tx.ExecContext(ctx, `UPDATE tasks SET look_at = ?1 WHERE state = 'unknown' AND look_at > ?1 AND outcome NOT IN ('timeout', 'queued', 'cut') AND site_id = (SELECT site_id FROM tasks WHERE id = ?2 AND action IN ('sync', 'reconnect'))`, q.d.now().Unix(), taskID)
		if err != nil {
			return fmt.Errorf("look at what is open on the site of task %d: %w", taskID, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO events (at, dashboard_id, site_id, kind, item_kind, slug, name, from_version, to_version, detail, run_id, user_name)
			SELECT ?, t.dashboard_id, t.site_id, 'updated', t.kind, t.slug, t.name, t.from_version, t.to_version, '', r.id, r.user_name FROM tasks t JOIN runs r ON r.id = t.run_id
			WHERE t.id = ? AND t.action = 'update' AND t.kind = 'translation' AND t.sends > 0 AND t.site_id IN (SELECT id FROM sites)`, q.d.now().Unix(), taskID)
		if err != nil {
			return fmt.Errorf("write the history of task %d: %w", taskID, err)
		}
		return nil
	})
}

func (q *Queue) finish(ctx context.Context, tx *sql.Tx, taskID int64, r Result) error {
	return q.changeIn(ctx, tx, taskID, `UPDATE tasks SET state = ?, outcome = ?, reason = ?, next_step = ?, found = CASE ? WHEN '' THEN found ELSE ?5 END, home = CASE ? WHEN '' THEN home ELSE ?6 END, ended_at = ?, look_at = NULL,
		free_at = CASE ?1 WHEN 'unknown' THEN free_at END WHERE id = ? AND state NOT IN ('verified', 'cancelled')`, r.State, r.Outcome, r.Reason, r.Next, r.Found, r.Home, q.d.now().Unix(), taskID)
}

// Requeue has a task sent once more: only after its call's whole time has passed, else ErrConflict. The sends so far stay counted.
func (q *Queue) Requeue(ctx context.Context, taskID int64) error {
	return q.change(ctx, taskID, `UPDATE tasks SET state = 'queued', outcome = '', reason = '', next_step = '', sent_at = NULL, free_at = NULL, look_at = NULL, ended_at = NULL
		WHERE id = ? AND (state = 'running' AND sent_at IS NULL OR state = 'unknown' AND coalesce(free_at, 0) <= ?)`, taskID, q.d.now().Unix())
}

// Unsent queues a task again whose call never reached the Dashboard, or was refused before any work: it does not count as sent.
func (q *Queue) Unsent(ctx context.Context, taskID int64) error {
	return q.change(ctx, taskID, `UPDATE tasks SET state = 'queued', outcome = '', reason = '', next_step = '', sends = max(sends - 1, 0), sent_at = NULL, free_at = NULL, look_at = NULL
		WHERE id = ? AND state = 'running'`, taskID)
}

// Stray has tasks of a site looked at now that were answered and that nobody verifies any more.
func (q *Queue) Stray(ctx context.Context, run, dashboard, site int64) error {
	where := "run_id = ? AND dashboard_id = ? AND site_id IS nullif(?, 0) AND state = 'verifying' AND look_at IS NULL"
	some, err := one[bool](ctx, q.d.r, "SELECT EXISTS (SELECT 1 FROM tasks WHERE "+where+")", run, dashboard, site)
	if err != nil || !some {
		return err
	}
	return q.runChange(ctx, run, "UPDATE tasks SET look_at = ? WHERE "+where, q.d.now().Unix(), run, dashboard, site)
}

// notAgain ends a queued task in SQL: as given, or as unknown where it was sent once and had no answer.
func notAgain(state, outcome, reason, next string) string {
	set := func(column, value, sent string) string {
		return column + " = CASE WHEN sends > 0 THEN '" + sent + "' ELSE " + value + " END"
	}
	return set("state", state, "unknown") + ", " + set("outcome", outcome, "unknown") + ", " + set("reason", reason, sentBefore) + ", " + set("next_step", next, lookThere)
}

const (
	sentBefore = "It was sent once, no answer came, and it is not sent again."
	lookThere  = "Look at the site itself. If nothing was done there, retry it."
)

// Home notes what the home page said before or after a task.
func (q *Queue) Home(ctx context.Context, taskID int64, text string) error {
	return q.change(ctx, taskID, "UPDATE tasks SET home = ? WHERE id = ?", text, taskID)
}

// SkipRest skips what is still queued of a site in a run, after one of its tasks failed.
func (q *Queue) SkipRest(ctx context.Context, run, site int64, r Result) error {
	return q.skip(ctx, run, "site_id = ?4", r, site)
}

func (q *Queue) skip(ctx context.Context, run int64, where string, r Result, arg any) error {
	return q.d.tx(ctx, func(tx *sql.Tx) error {
		now := q.d.now().Unix()
		_, err := tx.ExecContext(ctx, "UPDATE tasks SET "+notAgain("'skipped'", "?1", "?2", "?3")+", ended_at = ?5, free_at = NULL WHERE run_id = ?6 AND state = 'queued' AND "+where, r.Outcome, r.Reason, r.Next, arg, now, run)
		if err != nil {
			return fmt.Errorf("skip tasks of run %d: %w", run, err)
		}
		_, err = tx.ExecContext(ctx, "UPDATE runs SET changed_at = ? WHERE id = ?", now, run)
		return err
	})
}

// Call keeps a request that a run made, for its page. Path and Raw are masked already; Raw is cut here.
func (q *Queue) Call(ctx context.Context, c Call) error {
	_, err := q.d.w.ExecContext(ctx, "INSERT INTO calls (run_id, task_id, site_id, dashboard_id, at_ms, took_ms, method, path, status, note, raw) VALUES (?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?)",
		c.RunID, c.TaskID, c.SiteID, c.DashboardID, c.At.UnixMilli(), c.Took.Milliseconds(), c.Method, cut(c.Path, 500), c.Status, cut(c.Note, 500), cut(c.Raw, maxRaw))
	if err != nil {
		return fmt.Errorf("keep a call of run %d: %w", c.RunID, err)
	}
	return nil
}

// maxRaw is how much of an answer is kept, in runes.
const maxRaw = 8000
