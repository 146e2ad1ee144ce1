package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/db"
	"muster/mainwp"
)

// job is the work on one site of a run, or on a Dashboard's lists, that one worker does in one go.
type job struct {
	*visit
	engine *Engine
	site   db.SiteJob
	latest stretch // of the last call to the site, or of the open ones that are looked after

	looking     bool // looks after calls whose outcome is open, and the site was asked whether it is back
	maintenance bool // it answered that it is in maintenance mode
}

// stretch is when a call left and until when it may be at work.
type stretch struct{ sent, free time.Time }

// with is the stretch that a task's call is a part of: tasks of a site are looked after together.
func (s stretch) with(t db.Task) stretch {
	if t.SentAt.After(s.sent) {
		s.sent = t.SentAt
	}
	if t.FreeAt.After(s.free) {
		s.free = t.FreeAt
	}
	return s
}

var (
	errNoSite    = errors.New("the Dashboard has no such site")
	errOtherSite = errors.New("MainWP has another site under its number now")
)

// open connects a job to its Dashboard.
func (e *Engine) open(ctx context.Context, site db.SiteJob) (*job, error) {
	dash, err := e.sync.mirror.Job(ctx, site.Dashboard)
	if err != nil {
		return nil, err
	}
	v := &visit{Syncer: e.sync, job: dash, started: e.sync.now(), received: map[int64]bool{}, log: e.sync.log.With("dashboard", dash.ID, "name", dash.Name)}
	cred, err := mainwp.ParseCredential(dash.Key)
	if err != nil {
		return nil, fmt.Errorf("read the API key: %w", err)
	}
	v.client = mainwp.New(dash.URL, cred.With(mainwp.CredentialKind(dash.Auth)), mainwp.Options{HTTP: e.sync.transport, IndexPHP: dash.IndexPHP, UpdateTimeout: e.opt.UpdateTimeout})
	return &job{visit: v, engine: e, site: site}, nil
}

// work does what is queued for one site of a run.
func (e *Engine) work(ctx context.Context, head db.SiteJob) {
	site, err := e.queue.Take(ctx, head.Run.ID, head.Dashboard, head.Site)
	if err != nil || site == nil || len(site.Tasks) == 0 {
		e.logged(ctx, "take the tasks of a site", err)
		return
	}
	defer e.after(ctx, site)
	j, err := e.open(ctx, *site)
	if err != nil {
		e.sync.log.Error("open a Dashboard for a run", "dashboard", site.Dashboard, "error", err)
		e.wait(ctx, site.Run.ID, site.Dashboard, "Its key cannot be read. Enter the key again in the settings of this Dashboard.", e.sync.now().Add(firstWait))
		return
	}
	if j.job.URLDoubt {
		e.wait(ctx, site.Run.ID, site.Dashboard, "The address of this Dashboard was changed. The run goes on when it was read there and is the same Dashboard.", e.sync.now().Add(firstWait))
		return
	}
	for tasks := site.Tasks; len(tasks) > 0 && !e.stopping(); {
		n := 0
		for n < len(tasks) && tasks[n].Action == db.ActUpdate {
			n++
		}
		goOn := false
		if n > 0 {
			goOn = j.update(ctx, tasks[:n])
		} else {
			n, goOn = 1, j.act(ctx, &tasks[0])
		}
		if !goOn {
			return
		}
		tasks = tasks[n:]
	}
}

// call makes one request and keeps what was sent and what came back.
func (j *job) call(ctx context.Context, t db.Task, method, path, note string, do func(context.Context) (mainwp.Answer, error)) error {
	c := db.Call{RunID: t.RunID, TaskID: t.ID, SiteID: t.SiteID, DashboardID: j.job.ID, At: j.now(), Method: method, Path: path, Note: note}
	answer, err := do(ctx)
	c.Took, c.Status, c.Raw = j.now().Sub(c.At), answer.Status, answer.Raw
	if e, ok := errors.AsType[*mainwp.Error](err); ok {
		c.Status, c.Raw = e.Status, e.Raw
		c.Note += ": " + e.Reason()
	} else if err != nil {
		c.Note += ": " + err.Error()
	} else if c.Status == 0 {
		c.Status = 200
	}
	if err := j.engine.queue.Call(context.WithoutCancel(ctx), c); err != nil {
		j.log.Error("keep what a call came back with", "error", err) // the log of a run may have a gap, its tasks may not
	}
	j.engine.opt.Changed(t.RunID)
	return err
}

// read reads the site's row now and stores it as the mirror does, so that pages and history follow.
func (j *job) read(ctx context.Context, t db.Task, remote int64) (mainwp.Site, error) {
	var rows []mainwp.RawSite
	readAt := j.now()
	err := j.call(ctx, t, "GET", fmt.Sprintf("/sites?include=%d", remote), "read the site", func(ctx context.Context) (a mainwp.Answer, err error) {
		rows, err = j.client.SitesInclude(ctx, remote)
		return a, err
	})
	if err != nil {
		return mainwp.Site{}, err
	}
	for _, row := range rows {
		if row.ID != remote {
			continue
		}
		site, err := row.Decode()
		if err != nil {
			return site, err
		}
		write := []db.SiteWrite{siteWrite(site, rowHash(row.JSON))}
		if remote == j.site.RemoteID && j.site.Address != "" && write[0].URLKey != j.site.Address {
			return mainwp.Site{}, errOtherSite
		}
		return site, j.engine.keep(ctx, "store a site", func(ctx context.Context) error { return j.mirror.WriteSites(ctx, j.job.ID, readAt, j.quiet(), write) })
	}
	return mainwp.Site{}, errNoSite
}

// fate is what an error of a write says about its work.
type fate int

const (
	done     fate = iota // no error
	answered             // the Dashboard said no, or something else than expected
	unsent               // it cannot have seen the request, or asks to come back later
	unclear              // the work may be done, or still go on
	keyless              // 401: the key is refused, or reads only
)

func fateOf(err error) fate {
	e, ok := errors.AsType[*mainwp.Error](err)
	switch {
	case err == nil:
		return done
	case !ok:
		return answered
	case e.NotSent(), e.Status == 429:
		return unsent
	case e.Kind == mainwp.KindCredentials:
		return keyless
	case e.Kind == mainwp.KindTransport, e.Kind == mainwp.KindTooLarge:
		return unclear
	}
	return answered
}

// silent reports whether a read failed because the Dashboard does not answer reads now: its part of the run waits.
func silent(err error) bool {
	switch fateOf(err) {
	case unsent, unclear, keyless:
		return true
	}
	return mainwp.KindOf(err) == mainwp.KindBlocked || mainwp.KindOf(err) == mainwp.KindRedirect
}

// reasonOf is why a call failed, in words without a full stop.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*mainwp.Error](err); ok {
		return e.Reason()
	}
	return err.Error()
}

// Where a task stands after it was to be sent.
type sending int

const (
	sendNow   sending = iota // noted: the call may leave
	sendNever                // the task has ended otherwise
	sendLater                // it stays queued, and nothing more of this job is sent
)

// sending asks whether a task may be sent now, and notes that it will be: the call leaves only after that.
func (j *job) sending(ctx context.Context, t *db.Task, timeout time.Duration) sending {
	for pause := storeRetry; !j.engine.stopping(); pause = min(2*pause, slowestRetry) {
		verdict, err := j.engine.queue.May(ctx, t.ID)
		switch {
		case err != nil:
		case verdict.Later:
			return sendLater
		case verdict.Wait:
			j.engine.wait(ctx, t.RunID, t.DashboardID, verdict.Stop.Reason, j.now().Add(firstWait))
			return sendLater
		case !verdict.Go:
			j.engine.finish(ctx, *t, verdict.Stop)
			return sendNever
		default:
			err = j.engine.queue.Sending(context.WithoutCancel(ctx), t.ID, timeout)
		}
		if err == nil {
			t.State, t.SentAt, t.Sends = db.TaskRunning, j.now(), t.Sends+1
			t.FreeAt = t.SentAt.Add(timeout)
			j.latest = stretch{sent: t.SentAt, free: t.FreeAt}
			j.engine.opt.Changed(t.RunID)
			return sendNow
		}
		j.log.Error("note that a task is sent: nothing is sent before that", "task", t.ID, "error", err)
		j.pause(ctx, pause)
		if hopeless(err) {
			return sendLater
		}
	}
	return sendLater
}

// pause waits, or less when the engine ends.
func (j *job) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-j.engine.ending:
	case <-ctx.Done():
	}
}
