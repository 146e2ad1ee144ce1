package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"muster/db"
	"muster/mainwp"
)

// A Dashboard that a run waits for is asked after these pauses, each twice as long as the one before.
const (
	firstWait = 30 * time.Second
	lastWait  = 5 * time.Minute
)

// holdOn lets the run wait for the Dashboard after a read, or a write that did not leave, came back with err. It goes on by itself.
func (j *job) holdOn(ctx context.Context, run int64, err error) {
	pause := firstWait
	if e, ok := errors.AsType[*mainwp.Error](err); ok {
		pause = min(max(pause, e.RetryAfter), longestAsk)
	}
	j.engine.wait(ctx, run, j.job.ID, j.whyWaits(ctx, err), j.now().Add(pause))
}

// whyWaits says why a Dashboard cannot be worked with. After a 401 a second look tells a key that only reads from one that is refused.
func (j *job) whyWaits(ctx context.Context, err error) string {
	if mainwp.KindOf(err) != mainwp.KindCredentials {
		return troubleWords(j.job.Name, err)
	}
	_, second := j.client.SitesCount(ctx)
	switch {
	case j.keyReplaced(ctx):
		return fmt.Sprintf("The key of %s was replaced. The run goes on with the new one.", j.job.Name)
	case second == nil:
		if err := j.engine.keep(ctx, "note that a key only reads", func(ctx context.Context) error { return j.mirror.SetKeyScope(ctx, j.job.ID, "read") }); err != nil {
			j.log.Error("note that a key only reads", "error", err)
		}
		return fmt.Sprintf("The key of %s only reads now. The run goes on when the Dashboard has a key that may write.", j.job.Name)
	case mainwp.KindOf(second) == mainwp.KindCredentials:
		return fmt.Sprintf("%s refuses its key. The run goes on when the Dashboard has a new key.", j.job.Name)
	}
	return troubleWords(j.job.Name, second)
}

// keyReplaced reports whether the Dashboard has another key by now than the one this job works with.
func (j *job) keyReplaced(ctx context.Context) bool {
	now, err := j.mirror.Job(ctx, j.job.ID)
	return err == nil && now.Key != j.job.Key
}

func troubleWords(name string, err error) string {
	switch mainwp.KindOf(err) {
	case mainwp.KindBlocked:
		return fmt.Sprintf("A firewall or a maintenance page answers instead of %s: %s. The run goes on when it is gone.", name, reasonOf(err))
	case mainwp.KindRedirect:
		return fmt.Sprintf("%s has moved: %s. Change its address in Muster, then the run goes on.", name, reasonOf(err))
	}
	return fmt.Sprintf("%s does not answer: %s. The run goes on when it does.", name, reasonOf(err))
}

// startWaits asks Dashboards that runs wait for, whether they can be worked with again.
func (e *Engine) startWaits(ctx context.Context, working *sync.WaitGroup) {
	due, err := e.queue.Waits(ctx)
	e.logged(ctx, "find Dashboards that runs wait for", err)
	for _, w := range due {
		p := place{address: fmt.Sprintf("wait of run %d", w.Run), dashboard: w.Dashboard}
		e.start(working, e.readers, p, func() { e.askAgain(ctx, w) })
	}
}

func (e *Engine) askAgain(ctx context.Context, w db.Waiting) {
	now := e.sync.now()
	next := now.Add(min(firstWait<<min(w.Looks, 10), lastWait))
	j, err := e.open(ctx, db.SiteJob{Dashboard: w.Dashboard})
	if err == nil && !j.job.CanWrite() && !j.job.ReadOnly && j.job.PausedAt.IsZero() {
		// The right may have been given back to the same key.
		e.logged(ctx, "read what a key may do", j.keyScope(ctx))
	}
	switch {
	case err != nil:
		e.wait(ctx, w.Run, w.Dashboard, w.Reason, next)
		return
	case !j.job.CanWrite() && !e.onlyReads(ctx, w), j.barred() != "":
		// Only a person ends this: the Dashboard is not asked, and it is soon looked again.
		e.wait(ctx, w.Run, w.Dashboard, w.Reason, now.Add(firstWait))
		return
	}
	if _, err := j.client.SitesCount(ctx); err != nil {
		e.wait(ctx, w.Run, w.Dashboard, j.whyWaits(ctx, err), next)
		return
	}
	if d := j.job; d.State == db.DashKey || d.State == db.DashUnreachable || d.ErrorKind == string(mainwp.KindBlocked) {
		// It answers again, but the mirror does not know yet: it reads first.
		e.logged(ctx, "have a Dashboard read", e.sync.db.RefreshDashboard(ctx, db.Viewer{Role: db.Owner, All: true}, w.Dashboard))
		e.sync.Wake()
		e.wait(ctx, w.Run, w.Dashboard, w.Reason, now.Add(min(longestWait<<min(d.Failures, 5), time.Minute)))
		return
	}
	_ = e.store(ctx, w.Run, "go on with a Dashboard", func(ctx context.Context) error { return e.queue.EndWait(ctx, w.Run, w.Dashboard) })
}

// onlyReads reports whether a run waits with nothing but reading: for that a key that reads will do.
func (e *Engine) onlyReads(ctx context.Context, w db.Waiting) bool {
	queued, total, err := e.sync.db.Tasks(ctx, db.Viewer{Role: db.Owner, All: true}, w.Run, db.TaskFilter{States: []db.TaskState{db.TaskQueued}, Paging: db.Paging{PerPage: db.MaxPerPage}})
	if err != nil || total == 0 {
		return false
	}
	return !slices.ContainsFunc(queued, func(t db.Task) bool { return t.DashboardID == w.Dashboard && t.Action != db.ActRefresh })
}
