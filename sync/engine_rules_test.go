package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
)

// Two people, two runs, two Dashboards, one site: it is worked on once at a time.
func TestAnAddressIsWorkedOnOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		one, oneID := w.mirrored("northlight", mainwptest.V61WP69, 3)
		two, twoID := w.mirrored("southlight", mainwptest.V61WP68, 3)
		shared := one.AddSite("https://shared.example/")
		also := two.AddSite("https://www.shared.example/")
		w.read(oneID)
		w.read(twoID)
		a, b := w.plugins(one, oneID, shared, 3), w.plugins(two, twoID, also, 5)
		b = slices.DeleteFunc(b, func(c db.Choice) bool { // the review leaves out what is running already
			return slices.ContainsFunc(a, func(other db.Choice) bool { return other.Slug == c.Slug })
		})
		for _, fake := range []*mainwptest.Dashboard{one, two} {
			for path, takes := range map[string]time.Duration{"plugins": 7 * time.Second} {
				fake.OnWrite("/updates/4/update/"+path, mainwptest.Effect{Takes: takes})
			}
			fake.OnWrite("/sites/4/sync", mainwptest.Effect{Takes: 3 * time.Second})
		}
		defer w.working()()
		first, second := w.start(db.RunOptions{}, a...), w.start(db.RunOptions{}, b...)
		w.finished(first, 10*time.Minute)
		w.finished(second, 10*time.Minute)
		if n := w.run(first).Counts.Verified + w.run(second).Counts.Verified; n != len(a)+len(b) {
			t.Errorf("%d of %d verified", n, len(a)+len(b))
		}
		if o := mainwptest.Overlaps(slices.Concat(one.Writes(), two.Writes())...); len(o) > 0 {
			t.Errorf("two calls at once: %+v", o)
		}
	})
}

func TestServersAndDashboardsAreNotOverrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		w.opt.Workers = 3
		fake, dash := w.mirrored("northlight", mainwptest.V61WP68, 12)
		for i, remote := range fake.SiteIDs() {
			ip := "203.0.113.7"
			if i >= 6 {
				ip = ""
			}
			fake.EditSite(remote, func(s *mainwptest.Site) { s.IP = ip })
			for range 2 {
				w.plugins(fake, dash, remote, 1)
			}
		}
		w.read(dash)
		var choices []db.Choice
		for _, remote := range fake.SiteIDs() {
			choices = append(choices, w.plugins(fake, dash, remote, 1)...)
			fake.OnUpdate(remote, choices[len(choices)-1].Slug, mainwptest.Effect{Takes: 30 * time.Second})
		}
		defer w.working()()
		run := w.start(db.RunOptions{}, choices...)
		if r := w.finished(run, time.Hour); r.Counts.Verified != 12 {
			t.Errorf("%+v", r.Counts)
		}
		byServer := mainwptest.MostAtOnce(func(x mainwptest.Write) string { return x.IP }, fake.Updates()...)
		if byServer["203.0.113.7"] != 2 {
			t.Errorf("at most %d at once on a server, want 2", byServer["203.0.113.7"])
		}
		if n := mainwptest.MostAtOnce(func(mainwptest.Write) string { return "all" }, fake.Updates()...)["all"]; n != 3 {
			t.Errorf("at most %d at once on the Dashboard, want 3", n)
		}
	})
}

// fleet is one plugin update on each of the first n sites of a Dashboard.
func (w *runWorld) fleet(fake *mainwptest.Dashboard, dash int64, n int) (choices []db.Choice) {
	for range 2 { // what is released for one site is newer for those before it too
		choices = nil
		for _, remote := range fake.SiteIDs()[:n] {
			choices = append(choices, w.plugins(fake, dash, remote, 1)...)
		}
	}
	return choices
}

func TestTheCanaryGoesFirstAndAPersonGoesOn(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.fleet(fake, dash, 4)
		canary := w.site(dash, 3)
		run := w.start(db.RunOptions{Canary: canary}, choices...)
		w.until(time.Minute, "the canary", func() bool { return w.run(run).State == db.RunCanary })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for _, task := range w.tasks(run) {
			want := db.TaskQueued
			if task.SiteID == canary {
				want = db.TaskVerified
			}
			if task.State != want {
				t.Errorf("%s is %s, want %s", task.SiteName, task.State, want)
			}
		}
		if err := w.db.ResumeRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		w.engine.Wake()
		if r := w.finished(run, time.Minute); r.Counts.Verified != 4 {
			t.Errorf("after the canary: %+v", r.Counts)
		}
	})
}

func TestARunStopsAfterFailures(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.fleet(fake, dash, 6)
		for i, remote := range fake.SiteIDs() {
			e := mainwptest.Effect{Takes: time.Duration(1+i) * time.Minute}
			if i < 2 {
				e.Outcome, e.Reason = mainwptest.Failed, "Disk full"
			}
			fake.OnUpdate(remote, choices[i].Slug, e)
		}
		run := w.start(db.RunOptions{StopAfter: 2}, choices...)
		w.until(10*time.Minute, "a pause", func() bool { return w.run(run).State == db.RunPaused })
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		r := w.run(run)
		if r.Counts.Failed != 2 || r.Counts.Queued == 0 || r.Counts.Running+r.Counts.Verifying != 0 || r.Reason == "" {
			t.Errorf("paused with %+v, %q", r.Counts, r.Reason)
		}
		if err := w.db.ResumeRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		if r := w.finished(run, time.Hour); r.Counts.Verified != 4 {
			t.Errorf("after going on: %+v", r.Counts)
		}
	})
}

func TestPauseAndCancelAreHeardBetweenCalls(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 2, 3)
		for _, c := range choices {
			fake.OnUpdate(2, c.Slug, mainwptest.Effect{Takes: time.Minute})
		}
		run := w.start(db.RunOptions{}, choices...)
		time.Sleep(30 * time.Second)
		if err := w.db.PauseRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if c := w.run(run).Counts; c.Verified != 1 || c.Queued != 2 || len(fake.Updates()) != 1 {
			t.Errorf("paused: %+v", c)
		}
		if err := w.db.ResumeRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if err := w.db.CancelRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		if r := w.finished(run, 10*time.Minute); r.Counts.Verified != 2 || r.Counts.Cancelled != 1 || r.State != db.RunCancelled {
			t.Errorf("cancelled: %s, %+v", r.State, r.Counts)
		}
	})
}

func TestTheRestOfASiteIsSkippedAfterAFailure(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 2, 3)
		fake.OnUpdate(2, choices[1].Slug, mainwptest.Effect{Outcome: mainwptest.Failed, Reason: "Could not create directory."})
		run := w.start(db.RunOptions{SkipRest: true}, choices...)
		w.finished(run, time.Minute)
		list := w.tasks(run)
		w.want(list[0], db.TaskVerified, db.OutVerified)
		w.want(list[1], db.TaskFailed, db.OutFailed)
		w.want(list[2], db.TaskSkipped, db.OutRest)
		if n := len(fake.Updates()); n != 2 {
			t.Errorf("%d updates were sent, want 2", n)
		}
	})
}

func TestTheHomePageIsCompared(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 2, 3)
		fake.OnUpdate(2, choices[1].Slug, mainwptest.Effect{Home: &mainwptest.Home{Status: 500, Title: "Error"}})
		run := w.start(db.RunOptions{HomeCheck: true}, choices...)
		r := w.finished(run, time.Minute)
		list := w.tasks(run)
		w.want(list[0], db.TaskVerified, db.OutVerified)
		w.want(list[1], db.TaskFailed, db.OutHome)
		w.want(list[2], db.TaskSkipped, db.OutRest)
		if !strings.Contains(list[1].Home, "HTTP 200") || !strings.Contains(list[1].Home, "HTTP 500") || r.Failures != 1 {
			t.Errorf("home page: %q, %d failures", list[1].Home, r.Failures)
		}
	})
}

func TestWhatChangedSinceTheReviewIsAskedAtSendTime(t *testing.T) {
	cases := map[string]struct {
		change func(w *runWorld, c db.Choice) error
		words  string
	}{
		"hold": {func(w *runWorld, c db.Choice) error {
			_, err := w.db.AddHold(w.t.Context(), w.me, db.Hold{Kind: db.Plugin, Slug: c.Slug, Name: c.Name, Reason: "breaks the shop", Everywhere: true})
			return err
		}, "breaks the shop"},
		"delay": {func(w *runWorld, _ db.Choice) error { return w.db.SetUpdateDelay(w.t.Context(), w.me, 3) }, "too fresh"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choices := w.plugins(fake, dash, 2, 2)
				fake.OnUpdate(2, choices[0].Slug, mainwptest.Effect{Takes: time.Minute})
				run := w.start(db.RunOptions{}, choices...)
				time.Sleep(10 * time.Second)
				if err := c.change(w, choices[1]); err != nil {
					t.Fatal(err)
				}
				w.finished(run, 10*time.Minute)
				list := w.tasks(run)
				w.want(list[0], db.TaskVerified, db.OutVerified)
				w.want(list[1], db.TaskSkipped, db.OutHeld)
				if !strings.Contains(list[1].Reason, c.words) || len(fake.Updates()) != 1 {
					t.Errorf("reason %q, %d updates were sent", list[1].Reason, len(fake.Updates()))
				}
			})
		})
	}
}

func TestAPausedRunAsksWhetherItsPersonMayStill(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		reader, err := w.db.CreateUser(t.Context(), db.NewUser{Email: "kim@muster.test", Name: "Kim", PasswordHash: "-", Role: db.Reader})
		if err != nil {
			t.Fatal(err)
		}
		choice := w.plugins(fake, dash, 2, 1)[0]
		w.me.UserID = reader.ID // as if Kim had been an operator when it was started
		run := w.start(db.RunOptions{}, choice)
		w.finished(run, time.Minute)
		w.want(w.only(run), db.TaskSkipped, db.OutForbidden)
		if n := len(fake.Updates()); n != 0 {
			t.Errorf("%d updates were sent", n)
		}
	})
}

func TestAWeeklyScheduleStartsAndSkipsWhatItsWindowLacks(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 2, 3)
		for _, c := range choices {
			fake.OnUpdate(2, c.Slug, mainwptest.Effect{Takes: 14 * time.Minute})
		}
		token, err := w.db.OpenReview(t.Context(), w.me, "Nightly", choices)
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.db.Review(t.Context(), w.me, token)
		if err != nil {
			t.Fatal(err)
		}
		when := db.When{Zone: "Europe/Berlin", Day: time.Now().Format("2006-01-02"), Minute: 65, Weekly: true, Window: 20 * time.Minute}
		id, err := w.db.ScheduleRun(t.Context(), w.me, token, r.Digest, r.Confirm, true, db.RunOptions{}, when)
		if err != nil {
			t.Fatal(err)
		}
		w.until(10*time.Minute, "a run", func() bool { s, err := w.db.Schedule(t.Context(), w.me, id); return err == nil && s.LastRun != 0 })
		s, err := w.db.Schedule(t.Context(), w.me, id)
		if err != nil {
			t.Fatal(err)
		}
		run := w.finished(s.LastRun, 2*time.Hour)
		if run.Counts.Verified != 2 || run.Counts.Skipped != 1 || run.UserName != "Sam" {
			t.Errorf("%+v by %s", run.Counts, run.UserName)
		}
		if i := slices.IndexFunc(w.tasks(run.ID), func(t db.Task) bool { return t.Outcome == db.OutWindow }); i < 0 {
			t.Error("nothing says that the window was over")
		}
		if !s.NextAt.After(time.Now().Add(5 * 24 * time.Hour)) {
			t.Errorf("next at %s", s.NextAt)
		}
	})
}
