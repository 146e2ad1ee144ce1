package syncer

import (
	"context"
	"fmt"
	"net/http"
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
	defer e.after(ctx, &site)
	j, err := e.open(ctx, site)
	if err != nil {
		e.sync.log.Error("open a Dashboard for a look", "dashboard", site.Dashboard, "error", err)
		for _, t := range site.Tasks {
			e.unknown(ctx, t, parked(t.Outcome), "Its Dashboard cannot be asked: its key cannot be read.", e.sync.now().Add(e.opt.UpdateTimeout))
		}
		return
	}
	if why := j.barred(); why != "" {
		for _, t := range site.Tasks { // its open outcome goes on keeping others from the site
			e.unknown(ctx, t, parked(t.Outcome), besides(t, parkedWords+why), e.sync.now().Add(lastWait))
		}
		return
	}
	j.looking = true
	var updates []db.Task
	for _, t := range site.Tasks {
		j.latest = j.latest.with(t)
		if t.Action == db.ActUpdate {
			updates = append(updates, t)
		}
	}
	j.verify(ctx, &batch{sent: updates, home: homeBefore(updates)})
	for _, t := range site.Tasks {
		if t.Action != db.ActUpdate && !e.stopping() {
			j.lookAt(ctx, t)
		}
	}
}

// barred tells why nothing may be asked of a Dashboard now; "" when it may.
func (j *job) barred() string {
	switch {
	case !j.job.PausedAt.IsZero():
		return "its Dashboard is paused in Muster."
	case !j.job.DoubtAt.IsZero(), j.job.URLDoubt:
		return "its Dashboard's address now leads to a Dashboard that may be another one."
	}
	return ""
}

// leaveOpen notes that it is not known what became of a task, and when that is looked at.
func (j *job) leaveOpen(ctx context.Context, t db.Task, outcome db.Outcome, reason string) {
	next := j.nextLook(t)
	if next.IsZero() {
		// Its time is over, for Muster: the site may need a moment more.
		next = j.now().Add(time.Duration(looks[0] * float64(t.FreeAt.Sub(t.SentAt))))
	}
	j.engine.unknown(ctx, t, outcome, reason, next)
}

// away tells why a site whose call may still be at work is left alone by a look, "" when it can be synced. A plugin's update puts WordPress
// into maintenance mode, and a sync that fails then would leave the site stuck (MainWP REST API notes §4.4): its home page is asked first.
func (j *job) away(ctx context.Context, t db.Task, before homePage) string {
	page := j.visitHome(ctx, t)
	if page.status == 0 { // the Dashboard may reach what Muster does not
		var seen mainwp.CheckResult
		err := j.call(ctx, t, "POST", fmt.Sprintf("/sites/%d/check", j.site.RemoteID), "check the site", func(ctx context.Context) (mainwp.Answer, error) {
			var err error
			seen, err = j.client.CheckSite(ctx, j.site.RemoteID)
			return seen.Answer, err
		})
		if err == nil && seen.Code != 0 {
			page = visited{status: seen.Code, maintenance: seen.Code == http.StatusServiceUnavailable, words: fmt.Sprintf("HTTP %d", seen.Code)}
		}
	}
	j.maintenance = page.maintenance
	over := j.nextLook(t).IsZero()
	switch {
	case before.asked && !before.fine:
		return "" // its home page tells nothing
	case j.maintenance && (!over || !j.lateLook(t).IsZero()):
		return maintenanceWords
	case over, page.status != 0 && page.status < 500, page.status == http.StatusServiceUnavailable && !page.maintenance:
		return ""
	}
	return "its home page gives " + page.words
}

const maintenanceWords = "it is in maintenance mode (HTTP 503)"

// lateLooks are when a site that could not be read at the end of a call's time is looked at: shares of that time after it.
var lateLooks = [...]float64{1. / 3, 2. / 3, 1}

// lateLook is when a task whose call's time is over is looked at next; zero after the last look.
func (j *job) lateLook(t db.Task) time.Time {
	x := j.latest.with(t)
	for _, share := range lateLooks {
		if at := x.free.Add(time.Duration(share * float64(x.free.Sub(x.sent)))); at.After(j.now()) {
			return at
		}
	}
	return time.Time{}
}

// stillOpen goes on with a task of which a look told nothing new: another look, one more send after the call's whole time, or the end.
func (j *job) stillOpen(ctx context.Context, t db.Task, found string) {
	if next := j.nextLook(t); !next.IsZero() {
		j.engine.unknown(ctx, t, t.Outcome, t.Reason, next)
		return
	}
	if late := j.lateLook(t); !late.IsZero() && t.LookAt.After(j.latest.with(t).free) {
		// It was not seen at the end of its time, which may have been Muster's patience alone.
		j.engine.unknown(ctx, t, t.Outcome, t.Reason, late)
		return
	}
	if t.Outcome == db.OutCut {
		j.engine.finish(ctx, t, db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Found: found, Reason: said(t) + " Nothing has changed since.", Next: "Look whether the site answers its Dashboard, then retry."})
		j.skipRest(ctx, t, false)
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
	if t.Outcome == db.OutUnknown { // given up before, and looked at once more
		reason = said(t)
		if reason != t.Reason {
			reason += " It can be read now, and nothing has changed since."
		}
	} else if found != "" {
		reason += " The site has " + versionWords(t, found) + "."
	}
	j.giveUp(ctx, t, reason)
}

// runOpen reports whether a run may still send.
func (j *job) runOpen(ctx context.Context, run int64) bool {
	r, err := j.db.Run(ctx, db.Viewer{Role: db.Owner, All: true}, run)
	return err == nil && r.State != db.RunCancelled && r.State != db.RunDone && (r.NotAfter.IsZero() || r.NotAfter.After(j.now()))
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
