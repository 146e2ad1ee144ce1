package syncer_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
	syncer "muster/sync"
)

// runWorld is a world with a person and an engine, on the bubble's clock.
type runWorld struct {
	*world
	me     db.Viewer
	engine *syncer.Engine
	opt    syncer.EngineOptions
}

func newRunWorld(t *testing.T) *runWorld {
	w := bubbleWorld(t)
	u, err := w.db.CreateFirstOwner(t.Context(), db.NewUser{Email: "sam@muster.test", Name: "Sam", PasswordHash: "-"})
	if err != nil {
		t.Fatal(err)
	}
	return &runWorld{world: w, me: db.Viewer{UserID: u.ID, Role: db.Owner, All: true}}
}

// mirrored connects a fake Dashboard, all of whose sites are well, and reads everything of it.
func (w *runWorld) mirrored(name string, p mainwptest.Personality, sites int) (*mainwptest.Dashboard, int64) {
	w.t.Helper()
	fake, id := w.connect(name, p, sites)
	for _, remote := range fake.SiteIDs() {
		fake.SetDown(remote, false)
		fake.EditSite(remote, func(s *mainwptest.Site) {
			s.Suspended, s.Child.Refuses, s.IgnoreCore, s.IgnorePlugins, s.IgnoreThemes = false, false, false, false, false
			s.IgnoredPlugins, s.IgnoredThemes, s.IgnoredCore = nil, nil, nil
		})
	}
	fake.Sync()
	w.read(id)
	return fake, id
}

func (w *runWorld) read(id int64) {
	w.t.Helper()
	w.pass(id)
	if err := w.sync.Details(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

// working starts an engine; the returned function stops it and waits until all its work has ended.
func (w *runWorld) working() (stop func()) {
	w.engine = w.sync.Engine(w.opt)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- w.engine.Run(ctx) }()
	return func() {
		w.t.Helper()
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("the engine ended with %v", err)
		}
	}
}

// site is Muster's id of a site.
func (w *runWorld) site(dashboard, remote int64) int64 {
	w.t.Helper()
	row, ok := w.sites(dashboard, "")[remote]
	if !ok {
		w.t.Fatalf("site %d of Dashboard %d is not mirrored", remote, dashboard)
	}
	return row.ID
}

// updates are the choices of all updates that are offered on a site, plugins first.
func (w *runWorld) updates(dashboard, remote int64) []db.Choice {
	w.t.Helper()
	list, err := w.db.SiteUpdates(w.t.Context(), w.me, w.site(dashboard, remote))
	if err != nil {
		w.t.Fatal(err)
	}
	rank := map[db.ItemKind]int{db.Plugin: 1, db.Theme: 2, db.Translation: 3, db.Core: 4}
	slices.SortStableFunc(list, func(a, b db.Update) int { return cmp.Compare(rank[a.Kind], rank[b.Kind]) })
	var out []db.Choice
	for _, u := range list {
		if u.Offer == db.Offered {
			out = append(out, db.Choice{Action: db.ActUpdate, Site: u.SiteID, Dashboard: dashboard, Kind: u.Kind, Slug: u.Slug, Name: u.Name, From: u.From, To: u.To, Anyway: true})
		}
	}
	return out
}

// plugins are the first n plugin updates of a site; it gets them if it has fewer.
func (w *runWorld) plugins(fake *mainwptest.Dashboard, dashboard, remote int64, n int) []db.Choice {
	w.t.Helper()
	for range 2 {
		var out []db.Choice
		for _, c := range w.updates(dashboard, remote) {
			if c.Kind == db.Plugin {
				out = append(out, c)
			}
		}
		if len(out) >= n {
			return out[:n]
		}
		for _, p := range fake.Site(remote).Plugins {
			if p.Slug != "mainwp-child/mainwp-child.php" && !p.MustUse {
				fake.ReleaseUpdate("plugin", p.Slug, "99.0")
			}
		}
		fake.Sync()
		w.read(dashboard)
	}
	w.t.Fatalf("site %d has no %d plugin updates", remote, n)
	return nil
}

// start reviews choices and starts them.
func (w *runWorld) start(o db.RunOptions, choices ...db.Choice) int64 {
	w.t.Helper()
	token, err := w.db.OpenReview(w.t.Context(), w.me, "Updates", choices)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.db.Review(w.t.Context(), w.me, token)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(r.LeftOut) > 0 || len(r.Tasks) != len(choices) {
		w.t.Fatalf("%d of %d choices would run: %+v", len(r.Tasks), len(choices), r.LeftOut)
	}
	run, err := w.db.StartRun(w.t.Context(), w.me, token, r.Digest, r.Confirm, true, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.engine != nil {
		w.engine.Wake()
	}
	return run
}

// act starts actions that need no review.
func (w *runWorld) act(choices ...db.Choice) int64 {
	w.t.Helper()
	run, err := w.db.StartActions(w.t.Context(), w.me, "Actions", choices)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.engine != nil {
		w.engine.Wake()
	}
	return run
}

func (w *runWorld) run(id int64) db.Run {
	w.t.Helper()
	r, err := w.db.Run(w.t.Context(), w.me, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// tasks are the tasks of a run in its order.
func (w *runWorld) tasks(run int64) []db.Task {
	w.t.Helper()
	list, _, err := w.db.Tasks(w.t.Context(), w.me, run, db.TaskFilter{Paging: db.Paging{PerPage: db.MaxPerPage}})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b db.Task) int { return cmp.Compare(a.Seq, b.Seq) })
	return list
}

// only is the one task of a run.
func (w *runWorld) only(run int64) db.Task {
	w.t.Helper()
	list := w.tasks(run)
	if len(list) != 1 {
		w.t.Fatalf("%d tasks, want one", len(list))
	}
	return list[0]
}

// until waits on the bubble's clock.
func (w *runWorld) until(most time.Duration, what string, ok func() bool) {
	w.t.Helper()
	step := min(max(most/1000, 500*time.Millisecond), 5*time.Second)
	for end := time.Now().Add(most); !ok(); {
		if time.Now().After(end) {
			w.t.Fatalf("not within %s: %s", most, what)
		}
		time.Sleep(step)
		synctest.Wait()
	}
}

// finished waits until a run is over.
func (w *runWorld) finished(run int64, most time.Duration) db.Run {
	w.t.Helper()
	w.until(most, "the end of the run", func() bool {
		r := w.run(run)
		return r.State == db.RunDone || r.State == db.RunCancelled && !r.EndedAt.IsZero()
	})
	return w.run(run)
}

// want compares how a task stands.
func (w *runWorld) want(t db.Task, state db.TaskState, outcome db.Outcome) {
	w.t.Helper()
	if t.State != state || t.Outcome != outcome {
		w.t.Errorf("%s of %s: %s/%s (%q), want %s/%s", t.Name, t.SiteName, t.State, t.Outcome, t.Reason, state, outcome)
	}
}

// inRunWorld runs a test in a bubble with a person, an engine at work and one mirrored Dashboard.
func inRunWorld(t *testing.T, f func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64)) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		fake, dash := w.mirrored("northlight", mainwptest.V61WP69, 6)
		stop := w.working()
		defer stop()
		f(t, w, fake, dash)
	})
}
