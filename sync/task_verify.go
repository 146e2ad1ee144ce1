package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/db"
	"muster/mainwp"
)

// verify syncs and reads the site and says of each task of the batch what is true. It is false when nothing more may be sent to the site in
// this job.
func (j *job) verify(ctx context.Context, b *batch) (goOn bool) {
	tasks := b.sent
	b.sent = nil
	if len(tasks) == 0 {
		return true
	}
	if ctx.Err() != nil {
		return false // cut by the end: the next start verifies them
	}
	seen := sighting{}
	if j.looking {
		seen.unreadable = j.away(ctx, tasks[0], b.home)
	}
	if seen.unreadable == "" {
		seen = j.syncAndRead(ctx, tasks[0])
	}
	if seen.err == nil && seen.unreadable == "" && unlistedIn(tasks, seen.site) {
		seen.unreadable = "MainWP does not know what is on it"
	}
	if seen.err != nil || seen.unreadable != "" {
		if !j.killed(ctx, tasks, seen, &b.home) {
			j.notSeen(ctx, tasks, seen)
		}
		return false
	}
	marks := rollbackMarks{}
	broken := j.homeAfter(ctx, tasks[0], &b.home)
	goOn = true
	for _, t := range tasks {
		r, open := j.judge(ctx, t, seen.site, &marks)
		switch {
		case open:
			j.stillOpen(ctx, t, foundVersion(t, seen.site))
			goOn = false
			continue
		case broken && r.State != db.TaskFailed:
			r.State, r.Outcome = db.TaskFailed, db.OutHome
			r.Reason = "The home page answered before and does not after: " + b.home.after + "."
			r.Next = "Look at the site now. It has " + versionWords(t, r.Found) + "."
		}
		r.Home = b.home.words()
		j.engine.finish(ctx, t, r)
		if r.State == db.TaskFailed || r.State == db.TaskUnknown {
			goOn = j.skipRest(ctx, t, broken) && goOn
		}
	}
	return goOn
}

// unlistedIn reports whether a row does not tell what the site has of what tasks are about: empty is unknown.
func unlistedIn(tasks []db.Task, s mainwp.Site) bool {
	return slices.ContainsFunc(tasks, func(t db.Task) bool {
		return t.Kind == db.Plugin && s.Plugins == nil || t.Kind == db.Theme && s.Themes == nil
	})
}

// killed ends updates after which the site neither syncs nor shows its home page, which it showed before. It is false while a call may be at
// work: then the page may be back when that has ended.
func (j *job) killed(ctx context.Context, tasks []db.Task, seen sighting, h *homePage) bool {
	atWork := slices.ContainsFunc(tasks, func(t db.Task) bool {
		return (t.Outcome == db.OutTimeout || t.Outcome == db.OutQueued || t.Outcome == db.OutCut) && !j.nextLook(t).IsZero()
	})
	if seen.err != nil || atWork || !j.homeAfter(ctx, tasks[0], h) || j.maintenance {
		return false
	}
	for _, t := range tasks {
		r := db.Result{State: db.TaskFailed, Outcome: db.OutHome, Home: h.words(), Next: "Look at the site now. Which version it has could not be read."}
		r.Reason = "The home page answered before and does not after: " + h.after + ". " + unreadableWords + sentenceOf(seen.unreadable)
		j.engine.finish(ctx, t, r)
		j.skipRest(ctx, t, true)
	}
	return true
}

// skipRest skips what else is queued for the site after a failure, if the person wanted that; always when its home page broke.
func (j *job) skipRest(ctx context.Context, t db.Task, broken bool) (goOn bool) {
	if t.SiteID == 0 || !broken && !j.site.Run.Options.SkipRest {
		return true
	}
	r := db.Result{State: db.TaskSkipped, Outcome: db.OutRest, Reason: "An earlier task of this site did not succeed: " + nameOfTask(t) + ".", Next: "Look at the site, then start the rest again."}
	_ = j.engine.store(ctx, t.RunID, "skip the rest of a site", func(ctx context.Context) error { return j.engine.queue.SkipRest(ctx, t.RunID, t.SiteID, r) })
	return false
}

// These begin what is said later of a task than what its call came back with.
const (
	unreadableWords = "The site cannot be read to verify it: "
	silentWords     = "The Dashboard did not answer when it was verified: "
	parkedWords     = "It is not verified yet: "
)

// said is what a task's call came back with, as a sentence.
func said(t db.Task) string {
	words := t.Reason
	for _, later := range []string{unreadableWords, silentWords, parkedWords} {
		words, _, _ = strings.Cut(words, later)
	}
	return sentenceOf(words)
}

// besides keeps what a task's call came back with beside what was found later.
func besides(t db.Task, later string) string { return strings.TrimSpace(said(t) + " " + later) }

// notSeen leaves tasks open whose site could not be read after an answer, or without one.
func (j *job) notSeen(ctx context.Context, tasks []db.Task, seen sighting) {
	later := unreadableWords + sentenceOf(seen.unreadable)
	switch {
	case errors.Is(seen.err, errKeyReads), mainwp.KindOf(seen.err) == mainwp.KindCredentials:
		later = parkedWords + reasonOf(seen.err) + "."
	case seen.err != nil:
		later = silentWords + sentenceOf(reasonOf(seen.err))
	case !seen.again.IsZero():
		later += " It has to be reconnected first: Muster does that when it looks again."
	}
	for _, t := range tasks {
		reason := besides(t, later)
		next := j.nextLook(t)
		if next.IsZero() {
			next = j.lateLook(t)
		}
		switch {
		case !next.IsZero():
			j.engine.unknown(ctx, t, parked(t.Outcome), reason, next)
		case t.State == db.TaskVerifying:
			j.leaveOpen(ctx, t, parked(t.Outcome), reason)
		case seen.err != nil && j.now().Sub(t.SentAt) < longestOpen:
			// Only the Dashboard can tell: it is asked until it answers.
			j.engine.unknown(ctx, t, t.Outcome, reason, j.now().Add(j.engine.opt.UpdateTimeout))
		default:
			j.giveUp(ctx, t, reason)
		}
	}
}

var errKeyReads = errors.New("the key of the Dashboard only reads now, so the site cannot be synced")

// sighting is what a sync and a read afterwards saw of a site.
type sighting struct {
	site       mainwp.Site
	unreadable string    // why the site does not sync, in words
	again      time.Time // when Muster may reconnect it by itself, if it would have to be
	err        error     // why the Dashboard does not answer
}

// syncAndRead has MainWP sync the site and reads its row. A sync counts only if it says so and leaves no error in the row.
func (j *job) syncAndRead(ctx context.Context, t db.Task) sighting {
	if !j.job.CanWrite() {
		return sighting{err: errKeyReads}
	}
	refused := j.syncSite(ctx, t)
	if refused != nil && silent(refused) {
		if mainwp.KindOf(refused) == mainwp.KindCredentials {
			j.holdOn(ctx, t.RunID, refused)
		}
		return sighting{err: refused}
	}
	if refused != nil {
		return j.reconnectAndRead(ctx, t, refused)
	}
	return j.sighted(ctx, t, "")
}

func (j *job) syncSite(ctx context.Context, t db.Task) error {
	return j.call(ctx, t, "POST", fmt.Sprintf("/sites/%d/sync", j.site.RemoteID), "sync the site", func(ctx context.Context) (mainwp.Answer, error) {
		_, err := j.client.SyncSite(ctx, j.site.RemoteID)
		return mainwp.Answer{}, err
	})
}

// sighted reads the row after a sync that went well, or failed for the reason given.
func (j *job) sighted(ctx context.Context, t db.Task, failed string) sighting {
	site, err := j.read(ctx, t, j.site.RemoteID)
	switch {
	case errors.Is(err, errNoSite):
		return sighting{unreadable: "it is not on its Dashboard any more"}
	case errors.Is(err, errOtherSite):
		return sighting{unreadable: reasonOf(err)}
	case err != nil:
		return sighting{err: err}
	case site.SyncError != "":
		return sighting{site: site, unreadable: site.SyncError}
	}
	return sighting{site: site, unreadable: failed}
}

// reconnectAndRead reconnects a site whose sync was refused: on WordPress 6.9 it does not sync again before (MainWP REST API notes §4.4, §21.9).
// That is done at most once in a quarter of an hour, except by looks, which are few, and never while the site is in maintenance mode.
func (j *job) reconnectAndRead(ctx context.Context, t db.Task, refused error) sighting {
	reason := reasonOf(refused)
	if mainwp.KindOf(refused) == mainwp.KindRefused && strings.EqualFold(reason, string(mainwp.KindRefused)) {
		reason = "MainWP could not sync it and does not say why"
	}
	f := j.site.Facts
	if !f.Abilities || f.Suspended || !f.CanWrite || j.engine.stopping() {
		return j.sighted(ctx, t, reason)
	}
	if again := f.AskedAt.Add(reconnectEvery); !j.looking && again.After(j.now()) {
		seen := j.sighted(ctx, t, reason)
		seen.again = again
		return seen
	}
	if !j.looking {
		j.maintenance = j.visitHome(ctx, t).maintenance
	}
	if j.maintenance {
		seen := j.sighted(ctx, t, reason)
		seen.unreadable = maintenanceWords
		return seen
	}
	j.site.Facts.AskedAt = j.now()
	if err := j.engine.keep(ctx, "note that a site is reconnected", func(ctx context.Context) error { return j.mirror.Asked(ctx, j.site.Site) }); err != nil {
		return j.sighted(ctx, t, reason)
	}
	if err := j.reconnect(ctx, t); err != nil {
		if silent(err) {
			return sighting{err: err}
		}
		return j.sighted(ctx, t, reasonOf(err))
	}
	if err := j.syncSite(ctx, t); err != nil {
		if silent(err) {
			return sighting{err: err}
		}
		if mainwp.KindOf(err) != mainwp.KindApplication {
			return j.sighted(ctx, t, reasonOf(err))
		}
		// 6.0 and 6.0.1 cannot sync a single site on WordPress 6.9, but a reconnect begins with a sync.
	}
	return j.sighted(ctx, t, "")
}

func (j *job) reconnect(ctx context.Context, t db.Task) error {
	return j.call(ctx, t, "POST", fmt.Sprintf("/sites/%d/reconnect", j.site.RemoteID), "reconnect the site", func(ctx context.Context) (mainwp.Answer, error) {
		return mainwp.Answer{}, j.client.Reconnect(ctx, j.site.RemoteID)
	})
}

// judge compares what was claimed of an update with what was read. open: still not known.
func (j *job) judge(ctx context.Context, t db.Task, s mainwp.Site, marks *rollbackMarks) (r db.Result, open bool) {
	r.Found = foundVersion(t, s)
	if reached(t, s) {
		return reachedResult(t, r.Found), false
	}
	switch t.Outcome {
	case db.OutTimeout, db.OutQueued, db.OutCut, db.OutUnknown:
		if t.From != "" && r.Found != "" && r.Found != t.From && j.nextLook(t).IsZero() {
			return otherVersion(t, r.Found), false
		}
		return r, true
	case db.OutStale:
		return whyNotOffered(t, s), false
	case db.OutNotChanged:
		r.State, r.Outcome = db.TaskUnchanged, db.OutNotChanged
		r.Reason, r.Next = "MainWP answered without doing anything: the site still has "+versionWords(t, r.Found)+".", "Sync the site, then try again."
		return r, false
	case db.OutFailed:
		return j.failed(ctx, t, r.Found, marks), false
	}
	switch {
	case t.From != "" && r.Found != "" && r.Found != t.From:
		return otherVersion(t, r.Found), false
	case r.Found == "" && t.Kind != db.Translation:
		r.State, r.Outcome = db.TaskUnknown, db.OutUnknown
		r.Reason, r.Next = "MainWP said done, but the site does not have it under its name any more.", "Look at the site itself: the update may have renamed it."
		return r, false
	}
	r.State, r.Outcome = db.TaskUnchanged, db.OutNotChanged
	r.Reason = "MainWP said done, but the site still has " + versionWords(t, r.Found) + "."
	r.Next = "Update it in the site's own WordPress: a licence, a write-protected folder or a plugin that fixes versions may hold it back."
	if marks.has(ctx, j, t) {
		r.State, r.Outcome, r.Reason, r.Next = db.TaskFailed, db.OutRolledBack, rolledBackWords(t, r.Found), rolledBackNext
	}
	return r, false
}

// otherVersion is for an update that brought another version than promised.
func otherVersion(t db.Task, found string) db.Result {
	return db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Found: found, Reason: fmt.Sprintf("The site has %s now, not %s.", found, t.To), Next: "Look what the site offers now: its publisher may have packed another version than announced."}
}

func reachedResult(t db.Task, found string) db.Result {
	r := db.Result{State: db.TaskVerified, Outcome: db.OutVerified, Found: found}
	has := "the site has " + versionWords(t, found) + "."
	if t.Kind == db.Translation {
		has = "it is not pending any more."
		r.Reason = sentenceOf(has)
	}
	switch t.Outcome {
	case db.OutFailed:
		r.Reason = "MainWP reported an error, but " + has
	case db.OutTimeout:
		r.Reason = "No answer came, but " + has
	case db.OutCut:
		r.Reason = said(t) + " But " + has
	case db.OutStale, db.OutNotChanged:
		r.State, r.Outcome, r.Reason = db.TaskSkipped, db.OutAlready, "Nothing was left to do: "+has
	}
	return r
}

const rolledBackNext = "Look at the site's error log before you try this version again."

func rolledBackWords(t db.Task, found string) string {
	return fmt.Sprintf("The update to %s did not work on the site, so the site put %s back.", t.To, versionWords(t, found))
}

// failed is the result of an update that was reported as failed and is not there.
func (j *job) failed(ctx context.Context, t db.Task, found string, marks *rollbackMarks) db.Result {
	r := db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Found: found, Reason: said(t), Next: "Read the whole answer, remove its cause, then retry."}
	if marks.has(ctx, j, t) {
		r.Outcome, r.Reason, r.Next = db.OutRolledBack, rolledBackWords(t, found), rolledBackNext
	}
	return r
}

// rollbackMarks are the updates that the site tried and took back, read when they are needed.
type rollbackMarks struct {
	read bool
	list []db.Update
}

func (m *rollbackMarks) has(ctx context.Context, j *job, t db.Task) bool {
	if t.Kind != db.Plugin && t.Kind != db.Theme {
		return false
	}
	if !m.read {
		m.read = true
		var list mainwp.SiteUpdates
		err := j.call(ctx, t, "GET", fmt.Sprintf("/updates/%d", j.site.RemoteID), "look for a rollback", func(ctx context.Context) (a mainwp.Answer, err error) {
			list, err = j.client.SiteUpdates(ctx, j.site.RemoteID)
			return a, err
		})
		if err != nil {
			return false // without the mark it is a plain failure
		}
		m.list = slices.Concat(rollbacks(db.Plugin, list.RollbackPlugins), rollbacks(db.Theme, list.RollbackThemes))
	}
	return slices.ContainsFunc(m.list, func(u db.Update) bool {
		return u.Kind == t.Kind && u.Slug == t.Slug && db.CompareVersions(u.Rollback, t.To) >= 0
	})
}
