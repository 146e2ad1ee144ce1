package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"muster/db"
	"muster/mainwp"
)

// passwordGrace is how long a task waits for its password, which comes by hand after the task was stored.
const passwordGrace = 15 * time.Second

var errPasswordLater = errors.New("the password did not come yet")

// newSiteSecrets are what connects a new site.
type newSiteSecrets struct {
	password mainwp.Secret
	uniqueID string
}

// password takes what Password gave for a task. late: it will not come any more.
func (e *Engine) password(task int64) (p newSiteSecrets, there, late bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p, there = e.passwords[task]; there {
		delete(e.missed, task)
		return p, true, false
	}
	since, seen := e.missed[task]
	if !seen {
		e.missed[task] = e.sync.now()
		return p, false, false
	}
	return p, false, e.sync.now().Sub(since) >= passwordGrace
}

func (e *Engine) forget(task int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.passwords, task)
	delete(e.missed, task)
}

// dropPasswords forgets those of tasks that ended without their call.
func (e *Engine) dropPasswords(ctx context.Context) {
	e.mu.Lock()
	tasks := slices.Concat(slices.Collect(maps.Keys(e.passwords)), slices.Collect(maps.Keys(e.missed)))
	e.mu.Unlock()
	for _, id := range tasks {
		task, err := e.sync.db.Task(ctx, db.Viewer{Role: db.Owner, All: true}, id)
		if errors.Is(err, db.ErrNotFound) || err == nil && task.State != db.TaskQueued && task.State != db.TaskRunning {
			e.forget(id)
		}
	}
}

// addSiteAction connects a site. The password of its administrator is used for one call and dropped.
func (j *job) addSiteAction(t db.Task) action {
	p := t.Params
	site := mainwp.NewSite{URL: p.URL, Name: p.Name, Admin: p.Admin, VerifyCertificate: p.VerifyCertificate, Tags: p.Tags}
	if p.Client != nil {
		site.ClientID = *p.Client
	}
	var found int64
	a := action{timeout: j.client.ActionTimeout(), method: "POST", path: "/sites/add"}
	a.before = func(context.Context) (*db.Result, error) {
		secrets, there, late := j.engine.password(t.ID)
		switch {
		case late:
			j.engine.forget(t.ID)
			return refuse(db.TaskFailed, db.OutLost, "Its password is not kept, and Muster was started anew meanwhile. Nothing was sent.", "Add the site again.")
		case !there:
			return nil, errPasswordLater
		}
		site.Password, site.UniqueID = secrets.password, secrets.uniqueID
		return nil, nil
	}
	a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
		added, err := j.client.AddSite(ctx, site)
		if fate := fateOf(err); fate != unsent && fate != keyless { // those are sent again
			j.engine.forget(t.ID)
		}
		found = added.FoundID
		return added.Answer, added.Failure, err
	}
	a.check = func(ctx context.Context) (db.Result, bool, error) {
		list, err := j.readBasic(ctx, t)
		if err != nil {
			return db.Result{}, false, err
		}
		i := slices.IndexFunc(list, func(b mainwp.BasicSite) bool { return mainwp.NormalURL(b.URL) == mainwp.NormalURL(p.URL) })
		if i < 0 {
			return db.Result{}, false, nil
		}
		if _, err := j.read(ctx, t, list[i].ID); err != nil {
			return db.Result{}, false, err
		}
		r := db.Result{}
		if found != 0 {
			r.Reason = fmt.Sprintf("It was connected already as “%s”. Nothing was changed.", list[i].Name)
		}
		return r, true, j.listsChanged(ctx)
	}
	return a
}

func (j *job) readBasic(ctx context.Context, t db.Task) (list []mainwp.BasicSite, err error) {
	err = j.call(ctx, t, "GET", "/sites/basic", "read the list of sites", func(ctx context.Context) (a mainwp.Answer, err error) {
		list, err = j.client.SitesBasic(ctx)
		return a, err
	})
	return list, err
}

// removeSiteAction takes a site off its Dashboard. What the answer says counts little: the list of sites does (MainWP REST API notes §4.7).
func (j *job) removeSiteAction(t db.Task) action {
	return action{timeout: j.client.ActionTimeout(), again: true, method: "DELETE", path: fmt.Sprintf("/sites/%d/remove", j.site.RemoteID),
		send: func(ctx context.Context) (mainwp.Answer, string, error) {
			removed, err := j.client.RemoveSite(ctx, j.site.RemoteID)
			if err == nil && !removed.Success && removed.Failure == "" {
				removed.Failure = "MainWP does not say why"
			}
			return removed.Answer, removed.Failure, err
		},
		check: func(ctx context.Context) (db.Result, bool, error) {
			// The mirror marks a site as gone that two complete lists in a row do not have.
			for range db.MissingUntilGone {
				there, err := j.listed(ctx, t)
				if err != nil || there {
					return db.Result{}, false, err
				}
			}
			return db.Result{}, true, nil
		}}
}

// listed reports whether the Dashboard's list has the site, and tells the mirror what exists if the list is complete.
func (j *job) listed(ctx context.Context, t db.Task) (bool, error) {
	readAt := j.now()
	list, err := j.readBasic(ctx, t)
	if err != nil {
		return false, err
	}
	count := 0
	err = j.call(ctx, t, "GET", "/sites/count", "count the sites", func(ctx context.Context) (a mainwp.Answer, err error) {
		count, err = j.client.SitesCount(ctx)
		return a, err
	})
	if err != nil {
		return false, err
	}
	ids := make([]int64, len(list))
	for i, b := range list {
		ids[i] = b.ID
	}
	if slices.Contains(ids, j.site.RemoteID) {
		return true, nil
	}
	if count != len(list) {
		return false, &mainwp.Error{Kind: mainwp.KindShape, Op: "list the sites", Message: fmt.Sprintf("the list has %d of %d sites", len(list), count)}
	}
	return false, j.engine.keep(ctx, "store that a site is gone", func(ctx context.Context) error {
		// This list counts for the one site only: it comes twice within a moment, and others may be missing for that moment.
		known, err := j.mirror.KnownSites(ctx, j.job.ID)
		if err != nil {
			return err
		}
		all := slices.Clone(ids)
		for id := range known {
			if id != j.site.RemoteID {
				all = append(all, id)
			}
		}
		return j.mirror.Existence(ctx, j.job.ID, readAt, j.quiet(), all)
	})
}
