package syncer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"muster/db"
	"muster/mainwp"
)

// update sends the queued updates of a site, one call for each, and verifies them by one sync and one read. The result says whether the
// job may go on with what comes after them.
func (j *job) update(ctx context.Context, tasks []db.Task) (goOn bool) {
	b := batch{}
	var offers map[itemKey]db.Update
	if !j.site.Facts.Gone {
		var err error
		if b.row, offers, err = j.readBefore(ctx, tasks[0]); err != nil {
			return j.unread(ctx, tasks, err)
		}
		j.site.Facts.SyncError, j.site.Facts.Suspended = b.row.SyncError, b.row.Suspended
	}
	if r, no := j.unfit(); no {
		for _, t := range tasks {
			j.engine.finish(ctx, t, r)
		}
		return true
	}
	b.home = j.homePage(ctx, tasks[0])
	for i := range tasks {
		t := &tasks[i]
		step, proceed := j.updateOne(ctx, t, offers, &b)
		if proceed && step == sendNow && (j.stepwise() || t.Outcome == db.OutFailed && j.site.Run.Options.SkipRest) {
			// Nothing more is sent to a site where something may be wrong before it is known what.
			proceed = j.verify(ctx, &b)
		}
		if !proceed {
			j.park(ctx, &b)
			return false
		}
		if step == sendLater {
			break
		}
	}
	return j.verify(ctx, &b) && !j.engine.stopping()
}

// batch is what was sent to a site and is verified together.
type batch struct {
	home homePage     // before the first
	row  *mainwp.Site // as read before the first
	sent []db.Task    // answered, not verified yet
}

// stepwise: each item is verified before the next is sent.
func (j *job) stepwise() bool {
	return j.site.Run.Options.HomeCheck || j.site.Run.HasCanary
}

// unfit tells why a site gets no updates at all.
func (j *job) unfit() (db.Result, bool) {
	f := j.site.Facts
	skip := func(o db.Outcome, reason, next string) (db.Result, bool) {
		return db.Result{State: db.TaskSkipped, Outcome: o, Reason: reason, Next: next}, true
	}
	switch {
	case f.Gone:
		return skip(db.OutUnreachable, "The site is not on its Dashboard any more.", "")
	case f.Suspended:
		return skip(db.OutSuspended, "The site is suspended.", "Resume it, then update it.")
	case f.SyncError != "":
		return skip(db.OutUnreachable, "The site does not answer MainWP: "+sentenceOf(f.SyncError), "Reconnect it, then update it.")
	}
	return db.Result{}, false
}

// readBefore reads the site's row and what is offered for it at the same time: MainWP offers updates of suspended sites too, and what the mirror
// has of a site may be an hour old.
func (j *job) readBefore(ctx context.Context, t db.Task) (row *mainwp.Site, offers map[itemKey]db.Update, err error) {
	var site mainwp.Site
	var rowErr error
	var reading sync.WaitGroup
	reading.Go(func() { site, rowErr = j.read(ctx, t, j.site.RemoteID) })
	offers, err = j.offered(ctx, t)
	reading.Wait()
	if rowErr != nil {
		err = rowErr
	}
	return &site, offers, err
}

// offered reads what the Dashboard offers for the site now.
func (j *job) offered(ctx context.Context, t db.Task) (map[itemKey]db.Update, error) {
	var list mainwp.SiteUpdates
	err := j.call(ctx, t, "GET", fmt.Sprintf("/updates/%d", j.site.RemoteID), "read what is offered", func(ctx context.Context) (a mainwp.Answer, err error) {
		list, err = j.client.SiteUpdates(ctx, j.site.RemoteID)
		return a, err
	})
	if err != nil {
		return nil, err
	}
	offers := map[itemKey]db.Update{}
	for _, u := range pendingUpdates(list.Core, list.Plugins, list.Themes, list.Translations) {
		offers[itemKey{u.Kind, u.Slug}] = u
	}
	return offers, nil
}

type itemKey struct {
	kind db.ItemKind
	slug string
}

// unread deals with tasks whose site could not be read before anything was sent.
func (j *job) unread(ctx context.Context, tasks []db.Task, err error) (goOn bool) {
	if ctx.Err() != nil {
		return false // cut by the end: they stay queued
	}
	if silent(err) {
		j.holdOn(ctx, tasks[0].RunID, err)
		return false
	}
	r := db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: "The site could not be read before the start: " + sentenceOf(reasonOf(err)) + " Nothing was sent.", Next: "Refresh its Dashboard, then try again."}
	if errors.Is(err, errOtherSite) {
		r = db.Result{State: db.TaskSkipped, Outcome: db.OutChanged, Reason: "MainWP has another site under its number now. Nothing was sent.", Next: "Refresh its Dashboard, then choose it again."}
	} else if errors.Is(err, errNoSite) || mainwp.KindOf(err) == mainwp.KindNotFound {
		r = db.Result{State: db.TaskSkipped, Outcome: db.OutUnreachable, Reason: "The site is not on its Dashboard any more."}
	}
	for _, t := range tasks {
		j.engine.finish(ctx, t, r)
	}
	return true
}

// updateOne sends one update if it still stands as reviewed. proceed is false when nothing more may be sent to this site now.
func (j *job) updateOne(ctx context.Context, t *db.Task, offers map[itemKey]db.Update, b *batch) (step sending, proceed bool) {
	offer, ok := offers[itemKey{t.Kind, t.Slug}]
	if !ok {
		r := whyNotOffered(*t, *b.row)
		if t.Sends > 0 && reached(*t, *b.row) { // by the call that had no answer
			t.Outcome = db.OutTimeout
			r = reachedResult(*t, r.Found)
		}
		j.engine.finish(ctx, *t, r)
		return sendNever, true
	}
	if offer.To != t.To && !j.newerPatch(*t, offer) {
		j.engine.finish(ctx, *t, db.Result{State: db.TaskSkipped, Outcome: db.OutChanged, Reason: fmt.Sprintf("Since the review the Dashboard offers %s instead of %s.", offer.To, t.To), Next: "Review it again with the new version."})
		return sendNever, true
	}
	kind := updateKind(t.Kind)
	if b.home.asked && t.Home == "" { // looks, also of a later process, compare with it
		t.Home = b.home.words()
		_ = j.engine.store(ctx, t.RunID, "note what the home page says before", func(ctx context.Context) error { return j.engine.queue.Home(ctx, t.ID, t.Home) })
	}
	if step := j.sending(ctx, t, j.client.UpdateTimeout(kind)); step != sendNow {
		return step, true
	}
	var answer mainwp.Updated
	err := j.call(ctx, *t, "POST", fmt.Sprintf("/updates/%d/update/%s", j.site.RemoteID, kind), "update "+nameOfTask(*t), func(ctx context.Context) (mainwp.Answer, error) {
		var err error
		answer, err = j.client.Update(ctx, j.site.RemoteID, kind, slugOfTask(*t))
		return answer.Answer, err
	})
	hint, note := updateHint(*t, answer, err)
	return sendNow, j.answered(ctx, t, err, hint, note, b)
}

func (j *job) newerPatch(t db.Task, offer db.Update) bool {
	return j.site.Run.Options.NewerPatch && db.CompareVersions(offer.To, t.To) > 0 && db.StepOf(t.To, offer.To) == db.Patch
}

// answered notes what a write came back with. It is false when the job must stop: the call may still be at work, or never left.
func (j *job) answered(ctx context.Context, t *db.Task, err error, hint db.Outcome, note string, b *batch) bool {
	switch fateOf(err) {
	case unsent, keyless:
		_ = j.engine.store(ctx, t.RunID, "queue a task again", func(ctx context.Context) error { return j.engine.queue.Unsent(ctx, t.ID) })
		j.holdOn(ctx, t.RunID, err)
		return false
	case unclear:
		j.leaveOpen(ctx, *t, db.OutTimeout, openReason(err, ctx.Err() != nil))
		if ctx.Err() == nil { // the end of Muster is no failure
			j.engine.failure(ctx, t.RunID)
		}
		return false
	case answered:
		hint, note = db.OutFailed, failureWords(*t, err)
		if lostSite(*t, err) {
			hint, note = db.OutCut, sentenceOf(note)+" "+parkedWords+"the site may still be at work."
		}
	}
	if hint == db.OutQueued || hint == db.OutCut {
		j.leaveOpen(ctx, *t, hint, note)
		return false
	}
	if j.engine.sent(ctx, t, hint, note) == nil {
		b.sent = append(b.sent, *t)
	}
	return true
}

// updateHint is what an answer claims; what is true is read afterwards.
func updateHint(t db.Task, a mainwp.Updated, err error) (db.Outcome, string) {
	switch {
	case err != nil:
		return db.OutFailed, reasonOf(err)
	case a.Queued:
		return db.OutQueued, "MainWP accepted the update and does it in the background."
	case a.Done:
		return db.OutVerified, ""
	case a.Nothing:
		return db.OutNotChanged, a.Message
	case a.NotOffered:
		return db.OutStale, a.Message
	case a.Failure != "":
		return db.OutFailed, a.Failure
	case t.Kind == db.Core:
		return db.OutFailed, "MainWP does not say why WordPress was not updated"
	}
	return db.OutFailed, "MainWP does not say why"
}

// lostSite reports whether the Dashboard got no answer of the site that it could read: a proxy before the site may have cut the call while its
// work goes on (MainWP REST API notes §2.3, §5.5).
func lostSite(t db.Task, err error) bool {
	e, ok := errors.AsType[*mainwp.Error](err)
	return ok && (e.Kind == mainwp.KindRemote && (e.Message == "HTTPERROR" || e.Message == "NOMAINWP") || t.Action == db.ActUpdate && t.Kind == db.Core && e.Code == "internal_server_error")
}

// failureWords is the reason of an answer that said no. For WordPress MainWP crashes when it cannot reach the site (MainWP REST API notes §5.5).
func failureWords(t db.Task, err error) string {
	e, ok := errors.AsType[*mainwp.Error](err)
	switch {
	case ok && t.Action == db.ActUpdate && t.Kind == db.Core && e.Code == "internal_server_error":
		return "the Dashboard could not reach the site"
	case ok && e.Message == "HTTPERROR":
		return "the Dashboard could not reach the site"
	case ok && e.Message == "NOMAINWP":
		return "MainWP Child did not answer on the site"
	case ok && e.Kind == mainwp.KindBlocked:
		return "a firewall or a maintenance page answered instead of the Dashboard: " + e.Reason()
	}
	return reasonOf(err)
}

// park has what was answered, but not verified, looked at with the task whose call may still be at work: until then the site is left alone.
func (j *job) park(ctx context.Context, b *batch) {
	for _, t := range b.sent {
		j.leaveOpen(ctx, t, parked(t.Outcome), besides(t, parkedWords+"another call to this site has no answer."))
	}
	b.sent = nil
}

// parked is how a claim is kept while a task is unknown.
func parked(hint db.Outcome) db.Outcome {
	if hint == db.OutVerified {
		return db.OutUnreachable // said to be done, not readable
	}
	return hint
}

func updateKind(k db.ItemKind) mainwp.UpdateKind {
	return map[db.ItemKind]mainwp.UpdateKind{db.Core: mainwp.UpdateWP, db.Plugin: mainwp.UpdatePlugins, db.Theme: mainwp.UpdateThemes, db.Translation: mainwp.UpdateTranslations}[k]
}

func slugOfTask(t db.Task) string {
	if t.Kind == db.Core {
		return ""
	}
	return t.Slug
}

func nameOfTask(t db.Task) string {
	if t.Name != "" {
		return t.Name
	}
	return t.Slug
}

// looks are when an update without an answer is looked at: shares of its time after it was sent.
var looks = [...]float64{1. / 30, 2. / 15, 1. / 3, 2. / 3, 1}

// nextLook is when a task is to be looked at next; zero after the last look.
func (j *job) nextLook(t db.Task) time.Time {
	x := j.latest.with(t)
	span := x.free.Sub(x.sent)
	if t.Action == db.ActUpdate {
		span = j.client.UpdateTimeout(mainwp.UpdatePlugins)
	}
	now := j.now()
	for _, share := range looks {
		if at := x.sent.Add(time.Duration(share * float64(span))); at.After(now) && at.Before(x.free) {
			return at
		}
	}
	if x.free.After(now) {
		return x.free
	}
	return time.Time{}
}
