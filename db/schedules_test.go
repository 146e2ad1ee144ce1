package db

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The clocks of a zone say when a run starts, also around the nights on which they change.
func TestNextStart(t *testing.T) {
	for name, c := range map[string]struct {
		when  When
		after string
		want  []string // in UTC, each the next one after the last; empty: none
	}{
		"once": {When{Zone: "Europe/Berlin", Day: "2026-12-01", Minute: 3 * 60}, "2026-11-23T12:00:00Z", []string{"2026-12-01T02:00:00Z", ""}},
		"over": {When{Zone: "Europe/Berlin", Day: "2026-11-01", Minute: 3 * 60}, "2026-11-23T12:00:00Z", []string{""}},
		"weekly over the end of summer time": {When{Zone: "Europe/Berlin", Day: "2026-10-11", Minute: 3 * 60, Weekly: true}, "2026-10-12T00:00:00Z",
			[]string{"2026-10-18T01:00:00Z", "2026-10-25T02:00:00Z", "2026-11-01T02:00:00Z"}},
		"weekly over its begin": {When{Zone: "Europe/Berlin", Day: "2026-03-22", Minute: 4 * 60, Weekly: true}, "2026-03-20T00:00:00Z",
			[]string{"2026-03-22T03:00:00Z", "2026-03-29T02:00:00Z", "2026-04-05T02:00:00Z"}},
		"a time that the clocks skip": {When{Zone: "Europe/Berlin", Day: "2026-03-29", Minute: 2*60 + 30, Weekly: true}, "2026-03-28T00:00:00Z", []string{"2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z"}},
		"a time that comes twice":     {When{Zone: "Europe/Berlin", Day: "2026-10-25", Minute: 2*60 + 30, Weekly: true}, "2026-10-24T00:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"}},
		"not both of the two":         {When{Zone: "Europe/Berlin", Day: "2026-10-25", Minute: 2*60 + 30}, "2026-10-25T00:30:00Z", []string{""}},
		"New York skips":              {When{Zone: "America/New_York", Day: "2026-03-08", Minute: 2 * 60}, "2026-03-01T00:00:00Z", []string{"2026-03-08T07:00:00Z"}},
		"New York twice":              {When{Zone: "America/New_York", Day: "2026-11-01", Minute: 60}, "2026-10-30T00:00:00Z", []string{"2026-11-01T05:00:00Z"}},
		"half an hour skipped":        {When{Zone: "Australia/Lord_Howe", Day: "2026-10-04", Minute: 2*60 + 15}, "2026-10-01T00:00:00Z", []string{"2026-10-03T15:45:00Z"}},
		"midnight skipped":            {When{Zone: "Africa/Cairo", Day: "2026-04-24", Minute: 15}, "2026-04-20T00:00:00Z", []string{"2026-04-23T22:15:00Z"}},
		"far east":                    {When{Zone: "Pacific/Kiritimati", Day: "2026-11-24", Minute: 60, Weekly: true}, "2026-11-23T12:00:00Z", []string{"2026-11-30T11:00:00Z"}},
		"far west":                    {When{Zone: "Pacific/Pago_Pago", Day: "2026-11-22", Minute: 23 * 60, Weekly: true}, "2026-11-23T09:59:00Z", []string{"2026-11-23T10:00:00Z", "2026-11-30T10:00:00Z"}},
		"years later":                 {When{Zone: "Europe/Berlin", Day: "2020-01-05", Minute: 0, Weekly: true}, "2026-11-23T12:00:00Z", []string{"2026-11-28T23:00:00Z"}},
		"UTC":                         {When{Zone: "UTC", Day: "2026-11-23", Minute: 12 * 60, Weekly: true}, "2026-11-23T12:00:00Z", []string{"2026-11-30T12:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			after, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				got, err := c.when.Next(after)
				if err != nil {
					t.Fatal(err)
				}
				text := ""
				if !got.IsZero() {
					text = got.UTC().Format(time.RFC3339)
				}
				if text != want {
					t.Fatalf("after %s: %q, want %q", after.Format(time.RFC3339), text, want)
				}
				after = got
			}
		})
	}
	for _, w := range []When{{Zone: "Mars/Olympus", Day: "2026-11-23"}, {Zone: "UTC", Day: "23.11.2026"}, {Zone: "", Day: "2026-11-23"}, {Zone: "UTC", Day: "2026-11-23", Minute: 1440}, {Zone: "UTC", Day: "2026-11-23", Window: 25 * time.Hour}} {
		if err := w.check(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", w, err)
		}
	}
}

func (b *workbench) schedule(choices []Choice, o RunOptions, w When) int64 {
	b.t.Helper()
	r := b.review(b.operator, choices)
	id, err := b.ScheduleRun(b.t.Context(), b.operator, r.Token, r.Digest, r.Confirm, r.ConfirmMajor, o, w)
	b.check(err)
	return id
}

// startDue starts the schedules that are due, and returns the runs.
func (b *workbench) startDue() []int64 {
	b.t.Helper()
	ids, err := b.Queue().DueSchedules(b.t.Context())
	b.check(err)
	var runs []int64
	for _, id := range ids {
		run, err := b.Queue().StartSchedule(b.t.Context(), id)
		b.check(err)
		if run != 0 {
			runs = append(runs, run)
		}
	}
	return runs
}

// A scheduled run asks nobody: what changed follows the rule of its review, and every choice is told.
func TestScheduledRun(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	id := b.schedule(forms(b.alpha, b.beta, b.gamma, b.twin), RunOptions{NewerPatch: true, StopAfter: 2}, When{Zone: "UTC", Day: "2026-11-24", Minute: 180, Weekly: true, Window: time.Hour})
	if runs := b.startDue(); runs != nil {
		t.Fatalf("started %v before its time", runs)
	}
	b.changeBeta(func(s *SiteWrite) { s.Updates[0].To = "1.0.2" })                           // a newer patch release
	b.site(b.south, 1, "Gamma", "c.example", func(s *SiteWrite) { s.Updates[0].To = "1.1" }) // no patch
	b.site(b.south, 2, "Twin", "a.example", func(s *SiteWrite) { s.Suspended = true })       // cannot take it
	b.clock = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	runs := b.startDue()
	if len(runs) != 1 || b.startDue() != nil {
		t.Fatalf("started %v, and then more", runs)
	}
	got := map[string][3]string{}
	for _, x := range b.tasks(runs[0]) {
		got[x.SiteName] = [3]string{string(x.State), string(x.Outcome), x.To}
	}
	want := map[string][3]string{"Alpha": {"queued", "", "1.0.1"}, "Beta": {"queued", "", "1.0.2"}, "Gamma": {"skipped", "changed", "1.0.1"}, "Twin": {"skipped", "suspended", "1.0.1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	run := b.run(runs[0])
	if run.UserName != "Otto" || run.ScheduleID != id || run.Options.StopAfter != 2 || !run.NotAfter.Equal(b.clock.Add(time.Hour)) {
		t.Errorf("the run: %+v", run)
	}
	if s, err := b.Schedule(ctx, b.owner, id); err != nil || s.LastRun != runs[0] || !s.NextAt.Equal(b.clock.AddDate(0, 0, 7)) {
		t.Errorf("the schedule: %+v, %v", s, err)
	}
	// What has not started when the window ends is skipped.
	b.clock = b.clock.Add(time.Hour + time.Second)
	if got := b.ready(); got != nil {
		t.Errorf("ready after the window: %v", got)
	}
	b.check(b.Queue().ExpireWindow(ctx))
	if run = b.run(runs[0]); run.Counts.Skipped != 4 || run.State != RunDone {
		t.Errorf("after the window: %+v", run)
	}
}

func TestMissedStarts(t *testing.T) {
	for name, c := range map[string]struct {
		when      When
		late      time.Duration
		starts    bool
		startedAt time.Duration // of the window's end, after the set time
	}{
		"within the window": {When{Window: 2 * time.Hour}, 90 * time.Minute, true, 2 * time.Hour},
		"after the window":  {When{Window: 2 * time.Hour}, 121 * time.Minute, false, 0},
		"no window":         {When{}, 50 * time.Minute, true, 0},
		"no window, later":  {When{}, 70 * time.Minute, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWorkbench(t)
			c.when.Zone, c.when.Day = "UTC", "2026-11-25"
			id := b.schedule(forms(b.beta), RunOptions{}, c.when)
			set := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
			b.clock = set.Add(c.late)
			runs := b.startDue()
			if len(runs) != 1 {
				t.Fatalf("runs %v, want one that tells what became of it", runs)
			}
			x := b.tasks(runs[0])[0]
			if starts := x.State == TaskQueued; starts != c.starts {
				t.Errorf("its task is %s", x.State)
			}
			if !c.starts && (x.State != TaskSkipped || x.Outcome != OutWindow || x.Reason != "Muster did not run when it was to start: 25 November 2026, 00:00 UTC." || b.run(runs[0]).State != RunDone) {
				t.Errorf("what was missed: %+v", x)
			}
			if c.startedAt > 0 && !b.run(runs[0]).NotAfter.Equal(set.Add(c.startedAt)) {
				t.Errorf("its window ends at %s", b.run(runs[0]).NotAfter)
			}
			if s, err := b.Schedule(t.Context(), b.owner, id); err != nil || !s.NextAt.IsZero() || s.LastRun != runs[0] || s.Missed == c.starts {
				t.Errorf("the schedule: %+v, %v", s, err)
			}
			// What was missed can be taken up again.
			if token, n, err := b.ReviewRetry(t.Context(), b.owner, runs[0]); !c.starts && (n != 1 || err != nil || token == "") {
				t.Errorf("retrying it: %d, %v", n, err)
			}
		})
	}
}

func TestScheduleOfAPersonWhoMayNotAnyMore(t *testing.T) {
	b := newWorkbench(t)
	b.schedule(forms(b.beta, b.gamma), RunOptions{}, When{Zone: "UTC", Day: "2026-11-25"})
	b.limit(b.operator, b.north)
	b.clock = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	runs := b.startDue()
	if len(runs) != 1 {
		t.Fatalf("started %v", runs)
	}
	if x := b.tasks(runs[0]); x[0].State != TaskQueued || x[1].State != TaskSkipped || x[1].Outcome != OutForbidden {
		t.Errorf("%+v", x)
	}
}

// Without newer patch releases allowed, another target is no target.
func TestScheduleKeepsToItsTargets(t *testing.T) {
	b := newWorkbench(t)
	b.schedule(forms(b.beta), RunOptions{}, When{Zone: "UTC", Day: "2026-11-25"})
	b.changeBeta(func(s *SiteWrite) { s.Updates[0].To = "1.0.2" })
	b.clock = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	runs := b.startDue()
	if len(runs) != 1 {
		t.Fatalf("started %v", runs)
	}
	if x := b.tasks(runs[0]); x[0].State != TaskSkipped || x[0].Outcome != OutChanged || x[0].Reason != "1.0.2 is offered now." || b.run(runs[0]).State != RunDone {
		t.Errorf("%+v", x)
	}
}

// A weekly schedule ends once nothing of it is offered any more, and writes no run of nothing.
func TestWeeklyScheduleEnds(t *testing.T) {
	b := newWorkbench(t)
	id := b.schedule(forms(b.beta, b.gamma), RunOptions{}, When{Zone: "UTC", Day: "2026-11-25", Weekly: true})
	b.clock = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	first := b.startDue()
	if len(first) != 1 {
		t.Fatalf("started %v", first)
	}
	b.check(b.CancelRun(t.Context(), b.owner, first[0]))
	b.changeBeta(func(s *SiteWrite) { s.Updates, s.Plugins[0].Version = nil, "1.0.1" })
	b.site(b.south, 1, "Gamma", "c.example", func(s *SiteWrite) { s.Updates[0].To = "1.1" })
	b.clock = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	if runs := b.startDue(); runs != nil {
		t.Errorf("started %v, of which nothing is offered as it was reviewed", runs)
	}
	if s, err := b.Schedule(t.Context(), b.owner, id); err != nil || !s.NextAt.IsZero() || s.LastRun != first[0] {
		t.Errorf("the schedule goes on: %+v, %v", s, err)
	}
}

// A time that passed while its schedule was paused does not come back.
func TestResumeOfAPastSchedule(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	id := b.schedule(forms(b.beta), RunOptions{}, When{Zone: "UTC", Day: "2026-11-25"})
	b.check(b.PauseSchedule(ctx, b.owner, id, true))
	b.clock = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	if err := b.PauseSchedule(ctx, b.owner, id, false); !errors.Is(err, ErrConflict) {
		t.Errorf("resumed: %v", err)
	}
	if s, err := b.Schedule(ctx, b.owner, id); err != nil || s.PausedAt.IsZero() || s.NextAt.IsZero() {
		t.Errorf("what was refused changed it: %+v, %v", s, err)
	}
}

// Whoever sees a part of a schedule or of a run reads a title of that part, and no number of the rest.
func TestPartsHaveTitlesOfTheirOwn(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.schedule(forms(b.alpha, b.beta, b.gamma), RunOptions{}, When{Zone: "UTC", Day: "2026-11-25"})
	run := b.start(b.owner, append(forms(b.alpha, b.beta, b.gamma), Choice{Action: ActUpdate, Site: b.alpha, Kind: Theme, Slug: skySlug, Name: "Sky", From: "1.0", To: "2.0"}), RunOptions{StopAfter: 2})
	for range 2 {
		_, err := b.Queue().Failure(ctx, run)
		b.check(err)
	}
	if got := b.run(run); got.Title != "4 updates on 3 sites" || got.Failures != 2 || got.Reason != "2 calls failed: it paused, as it was told to." {
		t.Errorf("the whole run: %q, %d failures, %q", got.Title, got.Failures, got.Reason)
	}
	limited := Viewer{UserID: b.operator.UserID, Role: Operator, Dashboards: []int64{b.south}}
	list, err := b.Schedules(ctx, limited)
	b.check(err)
	if len(list) != 1 || list[0].Title != "Forms on one site" {
		t.Errorf("a part of the schedule: %+v", list)
	}
	got, err := b.Run(ctx, limited, run)
	if err != nil || got.Title != "Forms on one site" || got.Failures != 0 || got.Reason != "Calls failed: it paused, as it was told to." {
		t.Errorf("a part of the run: %q, %d failures, %q, %v", got.Title, got.Failures, got.Reason, err)
	}
}

func TestPausedSchedule(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	id := b.schedule(forms(b.beta), RunOptions{}, When{Zone: "UTC", Day: "2026-11-25", Weekly: true})
	b.check(b.PauseSchedule(ctx, b.owner, id, true))
	b.clock = time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC)
	if runs := b.startDue(); runs != nil {
		t.Fatalf("started %v while paused", runs)
	}
	b.check(b.PauseSchedule(ctx, b.owner, id, false))
	if runs := b.startDue(); runs != nil {
		t.Fatalf("started %v: its time was over when it was resumed", runs)
	}
	b.clock = time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	if runs := b.startDue(); len(runs) != 1 {
		t.Errorf("started %v a week later", runs)
	}
	b.check(b.DeleteSchedule(ctx, b.owner, id))
	if _, err := b.Schedule(ctx, b.owner, id); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}
