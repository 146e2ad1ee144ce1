package main

import (
	"fmt"
	"log/slog"

	"muster/db"
	"muster/mainwp/mainwptest"
)

// truth compares what the tasks say with the sites.
func (w *killWorld) truth() {
	w.t.Helper()
	ctx := w.t.Context()
	store, err := openStore(ctx, config{DataDir: w.dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	states := map[db.TaskState]int{}
	told := w.told(store)
	for run, want := range w.want {
		r, err := store.Run(ctx, operator(), run)
		if err != nil || r.State != db.RunDone {
			w.t.Errorf("run %d is %s: %s, %v", run, r.State, r.Reason, err)
		}
		tasks, _, err := store.Tasks(ctx, operator(), run, db.TaskFilter{Paging: db.Paging{PerPage: db.MaxPerPage}})
		if err != nil || len(tasks) != want {
			w.t.Errorf("run %d has %d tasks, want %d: %v", run, len(tasks), want, err)
		}
		for _, task := range tasks {
			states[task.State]++
			site, err := store.Site(ctx, operator(), task.SiteID)
			if err != nil {
				w.t.Fatal(err)
			}
			change := change{task.SiteID, task.Slug, run}
			if n := told[change]; n > 1 || (n == 1) != (task.State == db.TaskVerified) {
				w.t.Errorf("history tells %d times of %s on site %d by run %d, which is %s", n, task.Slug, task.SiteID, run, task.State)
			}
			delete(told, change)
			w.compare(task, w.fake[task.DashboardID-1].Site(site.RemoteID))
		}
	}
	for change, n := range told {
		w.t.Errorf("history tells %d times of a change that no task made: %+v", n, change)
	}
	w.t.Logf("tasks: %v", states)
	if states[db.TaskVerified] < killedSites {
		w.t.Errorf("only %d tasks were verified", states[db.TaskVerified])
	}
}

// change is an update as history tells of it; run is 0 when it came from outside Muster.
type change struct {
	site int64
	slug string
	run  int64
}

// told counts the updates in the history.
func (w *killWorld) told(store *db.DB) map[change]int {
	w.t.Helper()
	events, total, err := store.Events(w.t.Context(), operator(), db.EventFilter{Kind: db.EventUpdated, Paging: db.Paging{PerPage: db.MaxPerPage}})
	if err != nil || total != len(events) {
		w.t.Fatalf("read %d of %d events: %v", len(events), total, err)
	}
	told := map[change]int{}
	for _, e := range events {
		told[change{e.SiteID, e.Slug, e.RunID}]++
	}
	return told
}

// compare holds one task against its site as it really is.
func (w *killWorld) compare(task db.Task, site mainwptest.Site) {
	w.t.Helper()
	version := ""
	for _, p := range site.Child.Plugins {
		if p.Slug == task.Slug && task.Kind == db.Plugin {
			version = p.Version
		}
	}
	for _, p := range site.Child.Themes {
		if p.Slug == task.Slug && task.Kind == db.Theme {
			version = p.Version
		}
	}
	is := fmt.Sprintf("run %d says of %s %s on site %d: %s/%s (%s); the site has %s", task.RunID, task.Name, task.To, task.SiteID, task.State, task.Outcome, task.Reason, version)
	switch task.State {
	case db.TaskVerified:
		if version != task.To {
			w.t.Error(is)
		}
	case db.TaskFailed, db.TaskUnchanged, db.TaskUnknown:
		if version != task.From || !task.LookAt.IsZero() {
			w.t.Error(is)
		}
	default:
		w.t.Error(is)
	}
}
