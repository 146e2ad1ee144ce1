package syncer

import (
	"context"
	"errors"
	"time"

	"muster/db"
)

const (
	storeTimeout = 30 * time.Second
	storeRetry   = time.Second
	slowestRetry = 30 * time.Second
)

// keep makes a change in the store, again and again if it must: with a full disk nothing may be lost, and nothing is sent. It gives up
// when the change itself makes no sense, or some seconds after the end was asked for: then Recover finds what is true.
func (e *Engine) keep(ctx context.Context, what string, change func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	var late <-chan time.Time
	ending := e.ending
	for pause := storeRetry; ; pause = min(2*pause, slowestRetry) {
		once, cancel := context.WithTimeout(ctx, storeTimeout)
		err := change(once)
		cancel()
		if err == nil || hopeless(err) {
			return err
		}
		e.sync.log.Error(what+": it is tried again", "error", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ending:
			ending, late = nil, time.After(grace)
		case <-late:
			timer.Stop()
			return err
		}
		timer.Stop()
	}
}

func hopeless(err error) bool {
	for _, kind := range []error{db.ErrNotFound, db.ErrConflict, db.ErrInvalid, db.ErrForbidden} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return db.Orphaned(err)
}

// logged notes an error of the store that the next round meets again.
func (e *Engine) logged(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		e.sync.log.Error(what, "error", err)
	}
}

// store changes something of a run and tells who watches it.
func (e *Engine) store(ctx context.Context, run int64, what string, change func(context.Context) error) error {
	err := e.keep(ctx, what, change)
	if err != nil {
		e.sync.log.Error(what, "run", run, "error", err)
		return err
	}
	e.opt.Changed(run)
	return nil
}

func (e *Engine) sent(ctx context.Context, t *db.Task, hint db.Outcome, note string) error {
	t.State, t.Outcome, t.Reason = db.TaskVerifying, hint, note
	return e.store(ctx, t.RunID, "note an answer", func(ctx context.Context) error { return e.queue.Sent(ctx, t.ID, hint, note) })
}

func (e *Engine) unknown(ctx context.Context, t db.Task, outcome db.Outcome, reason string, lookAt time.Time) {
	_ = e.store(ctx, t.RunID, "note an open outcome", func(ctx context.Context) error { return e.queue.Unknown(ctx, t.ID, outcome, reason, lookAt) })
}

func (e *Engine) requeue(ctx context.Context, t db.Task) {
	_ = e.store(ctx, t.RunID, "queue a task again", func(ctx context.Context) error { return e.queue.Requeue(ctx, t.ID) })
}

// finish ends a task. A failed call counts towards the run's limit, once: one without an answer did when it had none.
func (e *Engine) finish(ctx context.Context, t db.Task, r db.Result) {
	if t.Action == db.ActAddSite {
		e.forget(t.ID)
	}
	if e.store(ctx, t.RunID, "note a result", func(ctx context.Context) error { return e.queue.Finish(ctx, t.ID, r) }) == nil && r.State == db.TaskFailed && (t.State != db.TaskUnknown || t.Outcome != db.OutTimeout) {
		e.failure(ctx, t.RunID)
	}
}

func (e *Engine) failure(ctx context.Context, run int64) {
	_ = e.store(ctx, run, "count a failure", func(ctx context.Context) error {
		_, err := e.queue.Failure(ctx, run)
		return err
	})
}

func (e *Engine) wait(ctx context.Context, run, dashboard int64, reason string, lookAt time.Time) {
	_ = e.store(ctx, run, "note that a Dashboard is waited for", func(ctx context.Context) error { return e.queue.Wait(ctx, run, dashboard, reason, lookAt) })
}

// after settles a run when a job of it ended. What the job left unverified, for whatever reason, is looked at again.
func (e *Engine) after(ctx context.Context, site *db.SiteJob) {
	run := site.Run.ID
	_ = e.store(ctx, run, "settle a run", func(ctx context.Context) error {
		return errors.Join(e.queue.Stray(ctx, run, site.Dashboard, site.Site), e.queue.CanaryDone(ctx, run), e.queue.Settle(ctx, run))
	})
}
