package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/db"
	"muster/mainwp"
)

// action is how one kind of task, other than an update, is sent and verified.
type action struct {
	timeout time.Duration
	// whole does all of it: reading, syncing, reconnecting, checking. Then the rest is not used.
	whole func(context.Context) (db.Result, error)
	// done tells from what can be read whether the call of a whole action did its work, for looks; nil: nothing tells.
	done  func(context.Context) (done bool, err error)
	reads bool // whole or before read the site's row themselves
	// before looks whether it makes sense; a result ends the task, nothing is sent.
	before       func(context.Context) (*db.Result, error)
	method, path string
	// send makes the call; refused is what the Dashboard said against it, "" when it said done.
	send func(context.Context) (answer mainwp.Answer, refused string, err error)
	// check reads what is true now; there is false while what was wanted is not there.
	check func(context.Context) (r db.Result, there bool, err error)
	// row looks for it in the site's row, where that comes from the site: it may be older than what was done, so the site is synced before
	// anything is called unchanged or failed.
	row func(mainwp.Site) (there bool)
	// again: it may be sent once more when nothing has changed after its whole time.
	again bool
}

// act carries out a task that is no update. The result says whether the job may go on.
func (j *job) act(ctx context.Context, t *db.Task) (goOn bool) {
	a, r := j.action(*t)
	if r == nil && t.SiteID != 0 && j.site.Facts.Gone {
		r = &db.Result{State: db.TaskSkipped, Outcome: db.OutUnreachable, Reason: "The site is not on its Dashboard any more."}
	}
	if r == nil && t.SiteID != 0 && !a.reads {
		if _, err := j.read(ctx, *t, j.site.RemoteID); err != nil { // what has its number may be another site by now
			return j.unread(ctx, []db.Task{*t}, err)
		}
	}
	if r == nil && a.before != nil {
		var err error
		if r, err = a.before(ctx); errors.Is(err, errPasswordLater) {
			j.pause(ctx, time.Second)
			return false
		} else if err != nil {
			return j.unread(ctx, []db.Task{*t}, err)
		}
	}
	if r != nil {
		if t.Sends > 0 && r.Outcome == db.OutAlready {
			*r = verified("No answer came, but it was done.")
		}
		j.engine.finish(ctx, *t, *r)
		return true
	}
	if step := j.sending(ctx, t, a.timeout); step != sendNow {
		return step == sendNever
	}
	if a.whole != nil {
		r, err := a.whole(ctx)
		return j.concluded(ctx, *t, r, err)
	}
	var refused string
	err := j.call(ctx, *t, a.method, a.path, string(t.Action), func(ctx context.Context) (answer mainwp.Answer, err error) {
		answer, refused, err = a.send(ctx)
		return answer, err
	})
	hint := db.OutVerified
	if refused != "" {
		hint = db.OutFailed
	}
	b := batch{}
	if !j.answered(ctx, t, err, hint, refused, &b) {
		return false
	}
	if len(b.sent) == 0 {
		return false // the answer could not be stored: the next start looks
	}
	j.confirm(ctx, *t, a)
	return true
}

// concluded ends a task that was done as a whole.
func (j *job) concluded(ctx context.Context, t db.Task, r db.Result, err error) (goOn bool) {
	switch fateOf(err) {
	case done:
		j.engine.finish(ctx, t, r)
		return true
	case unsent, keyless:
		if t.State == db.TaskRunning {
			_ = j.engine.store(ctx, t.RunID, "queue a task again", func(ctx context.Context) error { return j.engine.queue.Unsent(ctx, t.ID) })
			j.holdOn(ctx, t.RunID, err)
			return false
		}
		fallthrough
	case unclear:
		if t.Action == db.ActRefresh && t.State == db.TaskRunning && ctx.Err() == nil { // it only reads: nothing has to be looked up
			_ = j.engine.store(ctx, t.RunID, "queue a task again", func(ctx context.Context) error { return j.engine.queue.Unsent(ctx, t.ID) })
			j.holdOn(ctx, t.RunID, err)
			return false
		}
		if next := j.nextLook(t); next.IsZero() && t.State == db.TaskUnknown {
			j.giveUp(ctx, t, "The Dashboard did not answer: "+sentenceOf(reasonOf(err)))
		} else {
			j.leaveOpen(ctx, t, db.OutTimeout, openReason(err, ctx.Err() != nil))
		}
		if t.State == db.TaskRunning && ctx.Err() == nil {
			j.engine.failure(ctx, t.RunID)
		}
		return false
	}
	j.engine.finish(ctx, t, db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: sentenceOf(failureWords(t, err)), Next: "Remove the cause, then retry."})
	return true
}

// lookAt looks what became of an action.
func (j *job) lookAt(ctx context.Context, t db.Task) {
	a, r := j.action(t)
	switch {
	case r != nil:
		j.engine.finish(ctx, t, *r)
	case t.Action == db.ActRefresh: // it only reads
		r, err := a.whole(ctx)
		j.concluded(ctx, t, r, err)
	case a.whole != nil:
		j.lookAtWhole(ctx, t, a)
	default:
		j.confirm(ctx, t, a)
	}
}

// lookAtWhole looks whether the call of a sync, a reconnect or a check did its work. It is not made again while it may be at work, and then only
// as any other call is.
func (j *job) lookAtWhole(ctx context.Context, t db.Task, a action) {
	if a.done != nil {
		done, err := a.done(ctx)
		switch {
		case err != nil && silent(err):
			j.notSeen(ctx, []db.Task{t}, sighting{err: err})
			return
		case done:
			j.engine.finish(ctx, t, verified("No answer came, but it was done."))
			return
		}
	}
	j.stillOpen(ctx, t, "")
}

// confirm reads what is true after an action and ends its task, or leaves it open.
func (j *job) confirm(ctx context.Context, t db.Task, a action) {
	if ctx.Err() != nil {
		return // cut by the end: the next start looks
	}
	if a.row != nil && j.looking {
		if why := j.away(ctx, t, homePage{}); why != "" {
			j.notSeen(ctx, []db.Task{t}, sighting{unreadable: why})
			return
		}
	}
	r, there, err := a.check(ctx)
	if err == nil && !there && a.row != nil {
		seen := j.syncAndRead(ctx, t)
		if seen.err != nil || seen.unreadable != "" {
			j.notSeen(ctx, []db.Task{t}, seen)
			return
		}
		there = a.row(seen.site)
	}
	switch {
	case err != nil && silent(err):
		j.notSeen(ctx, []db.Task{t}, sighting{err: err})
		return
	case err != nil:
		j.notSeen(ctx, []db.Task{t}, sighting{unreadable: reasonOf(err)})
		return
	case there:
		r.State, r.Outcome = db.TaskVerified, db.OutVerified
		if t.Outcome == db.OutFailed && r.Reason == "" {
			r.Reason = "MainWP reported an error, but it was done: " + said(t)
		}
	case t.Outcome == db.OutFailed:
		r.State, r.Outcome, r.Reason = db.TaskFailed, db.OutFailed, said(t)
		r.Next = "Remove the cause, then retry."
	case t.Outcome == db.OutTimeout, t.Outcome == db.OutCut, t.Outcome == db.OutUnknown:
		j.openAction(ctx, t, a)
		return
	default:
		r.State, r.Outcome = db.TaskUnchanged, db.OutNotChanged
		if r.Reason == "" {
			r.Reason = "MainWP said done, but nothing has changed."
		}
	}
	j.engine.finish(ctx, t, r)
}

// openAction goes on with an action without an answer of which nothing is seen.
func (j *job) openAction(ctx context.Context, t db.Task, a action) {
	if a.again || t.Outcome == db.OutCut {
		j.stillOpen(ctx, t, "")
		return
	}
	if next := j.nextLook(t); !next.IsZero() {
		j.engine.unknown(ctx, t, t.Outcome, t.Reason, next)
		return
	}
	j.giveUp(ctx, t, "No answer came, and nothing has changed since. It is not sent again by itself.")
}

// action finds how a task is carried out; a result says why it cannot be.
func (j *job) action(t db.Task) (action, *db.Result) {
	switch t.Action {
	case db.ActRefresh, db.ActSync, db.ActReconnect, db.ActCheck:
		return j.wholeAction(t), nil
	case db.ActSuspend, db.ActUnsuspend:
		return j.suspendAction(t), nil
	case db.ActActivatePlugin, db.ActDeactivatePlugin, db.ActDeletePlugin:
		return j.pluginAction(t), nil
	case db.ActActivateTheme, db.ActDeleteTheme:
		return j.themeAction(t), nil
	case db.ActIgnoreItem, db.ActIgnoreKind, db.ActUnignoreKind:
		return j.ignoreAction(t), nil
	case db.ActEditSite:
		return j.editAction(t), nil
	case db.ActAddSite:
		return j.addSiteAction(t), nil
	case db.ActRemoveSite:
		return j.removeSiteAction(t), nil
	case db.ActAddClient, db.ActEditClient, db.ActRemoveClient:
		return j.clientAction(t), nil
	case db.ActAddTag, db.ActEditTag, db.ActRemoveTag:
		return j.tagAction(t), nil
	}
	return action{}, &db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: fmt.Sprintf("This version of Muster does not know the action %q.", t.Action)}
}

// refuse is a result of before: nothing is sent.
func refuse(state db.TaskState, o db.Outcome, reason, next string) (*db.Result, error) {
	return &db.Result{State: state, Outcome: o, Reason: reason, Next: next}, nil
}

func already(reason string) (*db.Result, error) {
	return refuse(db.TaskSkipped, db.OutAlready, reason, "")
}

// rowCheck verifies by the site's row as it is read now.
func (j *job) rowCheck(t db.Task, there func(mainwp.Site) bool) func(context.Context) (db.Result, bool, error) {
	return func(ctx context.Context) (db.Result, bool, error) {
		site, err := j.read(ctx, t, j.site.RemoteID)
		if err != nil {
			return db.Result{}, false, err
		}
		return db.Result{}, there(site), nil
	}
}

// gone reports whether a read says that the site is not there.
func gone(err error) bool {
	return errors.Is(err, errNoSite) || mainwp.KindOf(err) == mainwp.KindNotFound
}
