package syncer

import (
	"context"
	"fmt"
	"time"

	"muster/db"
	"muster/mainwp"
)

const (
	reconnectEvery = 15 * time.Minute
	longestOpen    = 24 * time.Hour // for a Dashboard that does not answer to tell what became of a task
)

// look looks what became of tasks of one site that were sent, and whose outcome is open or not verified.
func (e *Engine) look(ctx context.Context, site db.SiteJob) {
	defer e.after(ctx, site.Run.ID)
	j, err := e.open(ctx, site)
	if err != nil {
		e.sync.log.Error("open a Dashboard for a look", "dashboard", site.Dashboard, "error", err)
		for _, t := range site.Tasks {
			e.unknown(ctx, t, parked(t.Outcome), "Its Dashboard cannot be asked: its key cannot be read.", e.sync.now().Add(e.opt.UpdateTimeout))
		}
		return
	}
	var updates []db.Task
	for _, t := range site.Tasks {
		if t.Action == db.ActUpdate {
			updates = append(updates, t)
		}
	}
	j.verify(ctx, &batch{sent: updates})
	for _, t := range site.Tasks {
		if t.Action != db.ActUpdate && !e.stopping() {
			j.lookAt(ctx, t)
		}
	}
}

// leaveOpen notes that it is not known what became of a task, and when that is looked at.
func (j *job) leaveOpen(ctx context.Context, t db.Task, outcome db.Outcome, reason string) {
	next := j.nextLook(t)
	if next.IsZero() {
		next = j.now() // its time is over: what is read now counts
	}
	j.engine.unknown(ctx, t, outcome, reason, next)
}

// stillOpen goes on with a task of which a look told nothing new: another look, one more send after the call's whole time, or the end.
func (j *job) stillOpen(ctx context.Context, t db.Task, found string) {
	if next := j.nextLook(t); !next.IsZero() {
		j.engine.unknown(ctx, t, t.Outcome, t.Reason, next)
		return
	}
	if t.Outcome == db.OutTimeout && t.Sends < 2 && t.State == db.TaskUnknown && !j.now().Before(t.FreeAt) && j.runOpen(ctx, t.RunID) {
		j.engine.requeue(ctx, t)
		return
	}
	reason := "No answer came, and nothing has changed since."
	if t.Outcome == db.OutQueued {
		reason = "MainWP accepted it, but nothing has changed since."
	}
	if found != "" {
		reason += " The site has " + versionWords(t, found) + "."
	}
	j.giveUp(ctx, t, reason)
}

// runOpen reports whether a run may still send.
func (j *job) runOpen(ctx context.Context, run int64) bool {
	r, err := j.db.Run(ctx, db.Viewer{Role: db.Owner, All: true}, run)
	return err == nil && r.State != db.RunCancelled && r.State != db.RunDone
}

// giveUp ends the looks at a task.
func (j *job) giveUp(ctx context.Context, t db.Task, reason string) {
	j.engine.finish(ctx, t, db.Result{State: db.TaskUnknown, Outcome: db.OutUnknown, Reason: reason, Next: "Look at the site itself. If nothing was done there, retry it."})
	j.skipRest(ctx, t, false)
}

// openReason says why the outcome of a call is open.
func openReason(err error, ending bool) string {
	switch e, ok := err.(*mainwp.Error); { //nolint:errorlint // the client's errors are not wrapped here
	case ending:
		return "Muster was stopped while the Dashboard was at work."
	case ok && e.Timeout:
		return "The Dashboard did not answer in time: it may still be at work."
	case ok && e.Status != 0:
		return fmt.Sprintf("The server answered %d in place of the Dashboard, which may still be at work.", e.Status)
	}
	return "The connection broke off: the Dashboard may still be at work."
}
