package db

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// After a kill nothing is lost, and nothing is sent while the call that was cut may still be at work: on no Dashboard that has the address.
func TestRecover(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, append(forms(b.alpha, b.beta, b.gamma), Choice{Action: ActUpdate, Site: b.alpha, Kind: Theme, Slug: skySlug, To: "2.0"}), RunOptions{})
	b.start(b.owner, []Choice{{Action: ActSuspend, Site: b.twin}}, RunOptions{})
	tasks := b.tasks(run)
	alpha, beta, gamma := tasks[0], tasks[2], tasks[3]
	b.check(q.Start(ctx, alpha.ID))
	b.check(q.Sending(ctx, alpha.ID, 15*time.Minute))
	b.check(q.Start(ctx, beta.ID))
	b.check(q.Start(ctx, gamma.ID))
	b.check(q.Sending(ctx, gamma.ID, time.Minute))
	b.check(q.Sent(ctx, gamma.ID, "", "MainWP says it is done."))

	b.clock = b.clock.Add(10 * time.Second)
	b.check(q.Recover(ctx, b.clock))
	tasks = b.tasks(run)
	var states []TaskState
	for _, x := range tasks {
		states = append(states, x.State)
	}
	if diff := cmp.Diff([]TaskState{TaskUnknown, TaskQueued, TaskQueued, TaskVerifying}, states); diff != "" {
		t.Fatal(diff)
	}
	if got, want := tasks[0].LookAt, alpha.SentAt; !got.After(want) || !got.Equal(b.clock.Add(20*time.Second)) {
		t.Errorf("the first look is at %s, want half a minute after it was sent", got)
	}
	if got := b.ready(); !slices.Equal(got, []string{"Beta"}) {
		t.Errorf("ready: %v, want only Beta: the address of Alpha and Twin may be at work, Gamma is being verified", got)
	}
	due, err := q.Due(ctx)
	if err != nil || len(due) != 1 || due[0].ID != gamma.ID {
		t.Errorf("due: %+v, %v, want what was being verified", due, err)
	}
	if err := q.Sending(ctx, tasks[1].ID, time.Minute); !errors.Is(err, ErrConflict) {
		t.Errorf("another call to Alpha: %v, want a refusal", err)
	}
	if err := q.Requeue(ctx, alpha.ID); !errors.Is(err, ErrConflict) {
		t.Errorf("sent again before its time has passed: %v", err)
	}
	// No more looks, but the call's time has not passed: still nothing.
	b.check(q.Unknown(ctx, alpha.ID, OutUnknown, "not known", time.Time{}))
	if got := b.ready(); !slices.Equal(got, []string{"Beta"}) {
		t.Errorf("ready after the last look: %v", got)
	}
	b.clock = b.clock.Add(15 * time.Minute)
	if got := b.ready(); !slices.Equal(got, []string{"Alpha", "Beta", "Twin"}) {
		t.Errorf("ready after the call's whole time: %v", got)
	}
	b.check(q.Requeue(ctx, alpha.ID))
	job, err := q.Take(ctx, run, b.north, b.alpha)
	if err != nil || len(job.Tasks) != 2 || job.Tasks[0].Sends != 1 || job.RemoteID != 1 {
		t.Errorf("the job: %+v, %v", job, err)
	}
}

func TestCanaryFirst(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, forms(b.alpha, b.beta, b.gamma), RunOptions{Canary: b.beta})
	if got := b.ready(); !slices.Equal(got, []string{"Beta"}) {
		t.Fatalf("ready: %v, want the canary alone", got)
	}
	b.check(q.CanaryDone(ctx, run))
	if got := b.run(run).State; got != RunRunning {
		t.Fatalf("the run is %s before its canary was updated", got)
	}
	canary := b.tasks(run)[1]
	b.check(q.Sending(ctx, canary.ID, time.Minute))
	b.check(q.Sent(ctx, canary.ID, "", ""))
	b.check(q.Finish(ctx, canary.ID, Result{State: TaskVerified, Outcome: OutVerified, Found: "1.0.1"}))
	b.check(q.CanaryDone(ctx, run))
	if got := b.run(run); got.State != RunCanary || got.CanaryName != "Beta" || b.ready() != nil {
		t.Fatalf("after the canary: %+v, ready %v", got, b.ready())
	}
	b.check(b.ResumeRun(ctx, b.operator, run))
	if got := b.ready(); !slices.Equal(got, []string{"Alpha", "Gamma"}) {
		t.Errorf("after going on: %v", got)
	}
	b.check(q.CanaryDone(ctx, run))
	if got := b.run(run).State; got != RunRunning {
		t.Errorf("it waits again: %s", got)
	}
}

func TestStopsAfterFailures(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, forms(b.alpha, b.beta), RunOptions{StopAfter: 2})
	for i, want := range []bool{false, true, false} {
		if paused, err := q.Failure(ctx, run); err != nil || paused != want {
			t.Errorf("failure %d pauses: %v, %v", i+1, paused, err)
		}
	}
	if got := b.run(run); got.State != RunPaused || got.Reason == "" || b.ready() != nil {
		t.Fatalf("%+v, ready %v", got, b.ready())
	}
	if v, err := q.May(ctx, b.tasks(run)[0].ID); err != nil || !v.Later {
		t.Errorf("a task of a paused run: %+v, %v", v, err)
	}
	b.check(b.ResumeRun(ctx, b.owner, run))
	if paused, err := q.Failure(ctx, run); err != nil || paused || b.run(run).Failures != 1 {
		t.Errorf("failures are not counted anew: %v, %v", paused, err)
	}
}

func TestCancelLeavesWhatIsAtWork(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, forms(b.alpha, b.beta), RunOptions{})
	at := b.tasks(run)[0]
	b.check(q.Sending(ctx, at.ID, time.Minute))
	b.check(b.CancelRun(ctx, b.operator, run))
	got := b.run(run)
	if got.State != RunCancelled || !got.EndedAt.IsZero() || got.Counts.Running != 1 || got.Counts.Cancelled != 1 {
		t.Fatalf("%+v", got)
	}
	b.check(q.Sent(ctx, at.ID, "", ""))
	b.check(q.Finish(ctx, at.ID, Result{State: TaskVerified, Outcome: OutVerified}))
	b.check(q.Settle(ctx, run))
	if got = b.run(run); got.State != RunCancelled || got.EndedAt.IsZero() {
		t.Errorf("%+v", got)
	}
	if err := b.ResumeRun(ctx, b.owner, run); !errors.Is(err, ErrConflict) {
		t.Errorf("a cancelled run was resumed: %v", err)
	}
}

// A run of yesterday may not do today what its person may not do any more.
func TestMayAsksAtSendTime(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *workbench)
		want   Verdict
	}{
		"as it was":         {func(*workbench) {}, Verdict{Go: true}},
		"role taken":        {func(b *workbench) { b.exec("UPDATE users SET role = 'viewer'") }, Verdict{Stop: Result{Outcome: OutForbidden}}},
		"disabled":          {func(b *workbench) { b.exec("UPDATE users SET disabled_at = 1") }, Verdict{Stop: Result{Outcome: OutForbidden}}},
		"limited elsewhere": {func(b *workbench) { b.limit(b.operator, b.south) }, Verdict{Stop: Result{Outcome: OutForbidden}}},
		"limited to it":     {func(b *workbench) { b.limit(b.operator, b.north) }, Verdict{Go: true}},
		"held": {func(b *workbench) {
			_, err := b.AddHold(b.t.Context(), b.owner, Hold{Kind: Plugin, Slug: formsSlug, Everywhere: true})
			b.check(err)
		}, Verdict{Stop: Result{Outcome: OutHeld}}},
		"delay":            {func(b *workbench) { b.check(b.SetUpdateDelay(b.t.Context(), b.owner, 1)) }, Verdict{Stop: Result{Outcome: OutHeld}}},
		"read-only key":    {func(b *workbench) { b.exec("UPDATE dashboards SET key_scope = 'read'") }, Verdict{Wait: true}},
		"Dashboard paused": {func(b *workbench) { b.exec("UPDATE dashboards SET paused_at = 1") }, Verdict{Wait: true}},
		"site gone":        {func(b *workbench) { b.exec("UPDATE sites SET gone_at = 1") }, Verdict{Stop: Result{Outcome: OutUnreachable}}},
		"cancelled":        {func(b *workbench) { b.exec("UPDATE runs SET state = 'cancelled'") }, Verdict{Later: true}},
		"window over":      {func(b *workbench) { b.exec("UPDATE runs SET not_after = 1") }, Verdict{Stop: Result{Outcome: OutWindow}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWorkbench(t)
			run := b.start(b.operator, forms(b.beta), RunOptions{})
			c.change(b)
			got, err := b.Queue().May(t.Context(), b.tasks(run)[0].ID)
			b.check(err)
			if (got.Go || got.Later) == (got.Stop.Reason != "") {
				t.Errorf("its reason is %q", got.Stop.Reason)
			}
			got.Stop = Result{Outcome: got.Stop.Outcome}
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// limit lets a person see one Dashboard only.
func (b *workbench) limit(v Viewer, dash int64) {
	b.exec("INSERT INTO user_limits (user_id, kind, dashboard_id) VALUES (?, 'dashboard', ?)", v.UserID, dash)
}

func TestWaitsForADashboard(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, forms(b.beta, b.gamma), RunOptions{})
	b.check(q.Wait(ctx, run, b.north, "North does not answer.", b.clock.Add(time.Minute)))
	if got := b.ready(); !slices.Equal(got, []string{"Gamma"}) {
		t.Errorf("ready: %v", got)
	}
	if w := b.run(run).Waits; len(w) != 1 || w[0].DashboardName != "North" || w[0].Reason != "North does not answer." {
		t.Errorf("waits: %+v", w)
	}
	if due, err := q.Waits(ctx); err != nil || len(due) != 0 {
		t.Errorf("tried again at once: %+v, %v", due, err)
	}
	b.clock = b.clock.Add(time.Minute)
	if due, err := q.Waits(ctx); err != nil || len(due) != 1 || due[0].Dashboard != b.north {
		t.Errorf("to be tried again: %+v, %v", due, err)
	}
	b.check(q.EndWait(ctx, run, b.north))
	if got := b.ready(); !slices.Equal(got, []string{"Beta", "Gamma"}) {
		t.Errorf("ready: %v", got)
	}
	// A Dashboard that is disconnected for good takes its tasks along.
	b.check(b.DisconnectDashboard(ctx, b.owner, b.north))
	b.check(q.ExpireWindow(ctx))
	if got := b.run(run); got.Counts.Skipped != 1 || got.Counts.Queued != 1 || got.State != RunRunning {
		t.Errorf("after North was disconnected: %+v", got)
	}
}

// What a run changed is its own, also when it had given up; everything else was made outside Muster.
func TestHistoryNamesTheRun(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.operator, forms(b.alpha, b.beta), RunOptions{})
	beta := b.tasks(run)[1]
	b.check(q.Sending(ctx, beta.ID, time.Minute))
	b.check(q.Unknown(ctx, beta.ID, OutUnknown, "", time.Time{}))
	b.clock = b.clock.Add(time.Hour)
	b.check(q.Finish(ctx, b.tasks(run)[0].ID, Result{State: TaskSkipped, Outcome: OutStale})) // Alpha's, never sent
	newer := func(s *SiteWrite) { s.Plugins[0].Version, s.Updates = "1.0.1", nil }
	b.changeBeta(func(s *SiteWrite) { s.Plugins[0].Active = false }) // not what was asked for
	b.changeBeta(func(s *SiteWrite) { s.Plugins[0].Version, s.Plugins[0].Active = "1.0.0.5", false })
	b.changeBeta(func(s *SiteWrite) { newer(s); s.Plugins[0].Active = false })
	b.site(b.north, 1, "Alpha", "a.example", newer)
	b.site(b.south, 1, "Gamma", "c.example", newer)

	type line struct {
		Site, User string
		Kind       EventKind
		Run        int64
	}
	var got []line
	events, _, err := b.Events(ctx, b.owner, EventFilter{ItemSlug: formsSlug})
	b.check(err)
	slices.Reverse(events)
	for _, e := range events {
		got = append(got, line{e.SiteName, e.UserName, e.Kind, e.RunID})
	}
	want := []line{{"Beta", "", EventDeactivated, 0}, {"Beta", "", EventUpdated, 0}, {"Beta", "Otto", EventUpdated, run}, {"Alpha", "", EventUpdated, 0}, {"Gamma", "", EventUpdated, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, n, err := b.Events(ctx, b.owner, EventFilter{Run: run}); err != nil || n != 1 {
		t.Errorf("%d changes of the run: %v", n, err)
	}
	due, err := q.Due(ctx)
	if err != nil || len(due) != 1 || due[0].ID != beta.ID {
		t.Errorf("the unknown task is not looked at again: %+v, %v", due, err)
	}
}

// The background asks MainWP for no sync of an address where a run is at work, or may be, on whichever Dashboard.
func TestStaleSiteKeepsOutOfRuns(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	stale := func() (names []string) {
		t.Helper()
		for _, dash := range []int64{b.north, b.south} {
			for range 10 {
				ref, err := b.Mirror().StaleSite(ctx, dash, 1, time.Hour)
				b.check(err)
				if ref == nil {
					break
				}
				b.check(b.Mirror().Asked(ctx, ref.ID))
				site, err := b.Site(ctx, b.owner, ref.ID)
				b.check(err)
				names = append(names, site.Name)
			}
		}
		slices.Sort(names)
		return names
	}
	b.clock = b.clock.Add(48 * time.Hour)
	all := stale()
	if !slices.Contains(all, "Alpha") || !slices.Contains(all, "Twin") {
		t.Fatalf("stale: %v, want Alpha and its twin among them", all)
	}
	run := b.start(b.owner, forms(b.alpha), RunOptions{})
	task := b.tasks(run)[0]
	b.check(q.Start(ctx, task.ID))
	b.check(q.Sending(ctx, task.ID, 15*time.Minute))
	b.check(q.Unknown(ctx, task.ID, OutTimeout, "no answer", b.clock.Add(3*time.Hour)))
	b.clock = b.clock.Add(2 * time.Hour)
	if got := stale(); slices.Contains(got, "Alpha") || slices.Contains(got, "Twin") || len(got) != len(all)-2 {
		t.Errorf("stale while an update of Alpha may be at work: %v", got)
	}
	b.check(q.Finish(ctx, task.ID, Result{State: TaskVerified, Outcome: OutVerified}))
	b.clock = b.clock.Add(2 * time.Hour)
	if got := stale(); len(got) != len(all) {
		t.Errorf("stale after it: %v, want %v", got, all)
	}
}
