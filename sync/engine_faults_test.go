package syncer_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
)

// A Dashboard that is gone fails nothing: its part of the run waits, the others go on, and it goes on by itself.
func TestADashboardDiesAndReturns(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		other, otherID := w.mirrored("southlight", mainwptest.V61WP68, 3)
		var choices []db.Choice
		for range 2 { // what is released for one site is newer for those before it too
			choices = nil
			for _, remote := range fake.SiteIDs() {
				choices = append(choices, w.plugins(fake, dash, remote, 2)...)
			}
		}
		choices = append(choices, w.plugins(other, otherID, 2, 2)...)
		for i := range choices {
			if choices[i].Dashboard == dash {
				fake.OnWrite("/updates/"+itoa(w, choices[i])+"/update/plugins", mainwptest.Effect{Takes: 10 * time.Second})
			}
		}
		run := w.start(db.RunOptions{}, choices...)
		time.Sleep(13 * time.Second)
		fake.Stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		r := w.run(run)
		if len(r.Waits) != 1 || r.Waits[0].DashboardID != dash || !strings.Contains(r.Waits[0].Reason, "does not answer") || r.State != db.RunRunning {
			t.Errorf("while it is gone: %s, waits %+v", r.State, r.Waits)
		}
		if r.Counts.Failed != 0 || r.Counts.Queued == 0 || r.Counts.Verified < 2 {
			t.Errorf("while it is gone: %+v", r.Counts)
		}
		time.Sleep(20 * time.Minute)
		fake.Start()
		r = w.finished(run, 2*time.Hour)
		if r.Counts.Verified != len(choices) || len(r.Waits) != 0 {
			t.Errorf("after its return: %+v, waits %+v", r.Counts, r.Waits)
			for _, task := range w.tasks(run) {
				t.Log(task.SiteName, task.Name, task.State, task.Outcome, task.Reason)
			}
		}
		if o := mainwptest.Overlaps(slices.Concat(fake.Updates(), other.Updates())...); len(o) > 0 {
			t.Errorf("overlaps: %+v", o)
		}
	})
}

func itoa(w *runWorld, c db.Choice) string {
	for remote, row := range w.sites(c.Dashboard, "") {
		if row.ID == c.Site {
			return string('0' + rune(remote))
		}
	}
	return ""
}

// A key that only reads stops its Dashboard's part of the run with the reason; a new key lets it go on, and so does the right itself.
func TestAKeyTurnsReadOnlyAndIsReplaced(t *testing.T) {
	for name, heal := range map[string]func(w *runWorld, fake *mainwptest.Dashboard, dash int64){
		"replaced": func(w *runWorld, fake *mainwptest.Dashboard, dash int64) {
			fake.SetKey(true, true)
			if err := w.db.SetDashboardKey(w.t.Context(), w.me, dash, "bearer", fake.Token(), "", "unknown"); err != nil {
				w.t.Fatal(err)
			}
		},
		"given back": func(_ *runWorld, fake *mainwptest.Dashboard, _ int64) { fake.SetKey(true, true) },
	} {
		t.Run(name, func(t *testing.T) { aKeyTurnsReadOnly(t, heal) })
	}
}

func aKeyTurnsReadOnly(t *testing.T, heal func(w *runWorld, fake *mainwptest.Dashboard, dash int64)) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 2, 3)
		fake.OnUpdate(2, choices[0].Slug, mainwptest.Effect{Takes: 20 * time.Second})
		run := w.start(db.RunOptions{StopAfter: 1}, choices...)
		time.Sleep(10 * time.Second)
		fake.SetKey(true, false)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		r := w.run(run)
		if len(r.Waits) != 1 || !strings.Contains(r.Waits[0].Reason, "only reads") || r.State != db.RunRunning || r.Counts.Failed+r.Counts.Skipped != 0 {
			t.Errorf("with a key that reads: %s, %+v, waits %+v", r.State, r.Counts, r.Waits)
		}
		if d := w.dashboard(dash); d.KeyScope != "read" {
			t.Errorf("the Dashboard's key counts as %s", d.KeyScope)
		}
		if n := len(sent(fake, "/sync")); n > 2 {
			t.Errorf("%d syncs were sent with a key that is known to read only", n)
		}
		heal(w, fake, dash)
		w.finished(run, time.Hour)
		for _, task := range w.tasks(run) {
			w.want(task, db.TaskVerified, db.OutVerified)
		}
		if n := len(fake.Updates()); n != 3 {
			t.Errorf("%d updates were done, want 3", n)
		}
	})
}

// After a stop, or a kill, nothing is lost, and nothing is sent again while it may be at work.
func TestAKilledRunGoesOn(t *testing.T) {
	for name, after := range map[string]time.Duration{"while a call is at work": 5 * time.Second, "at once": 0, "between calls": 11 * time.Second, "while it syncs": 32 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newRunWorld(t)
				fake, dash := w.mirrored("northlight", mainwptest.V61WP69, 3)
				choices := w.plugins(fake, dash, 2, 3)
				for _, c := range choices {
					fake.OnUpdate(2, c.Slug, mainwptest.Effect{Takes: 10 * time.Second})
				}
				fake.OnWrite("/sites/2/sync", mainwptest.Effect{Takes: 5 * time.Second})
				stop := w.working()
				run := w.start(db.RunOptions{}, choices...)
				time.Sleep(after)
				stop()
				for _, task := range w.tasks(run) {
					if task.State == db.TaskFailed || task.State == db.TaskSkipped {
						t.Errorf("after the stop %s is %s: %s", task.Name, task.State, task.Reason)
					}
				}
				defer w.working()()
				w.finished(run, 2*time.Hour)
				for _, task := range w.tasks(run) {
					w.want(task, db.TaskVerified, db.OutVerified)
				}
				if sent := fake.Updates(); len(sent) != 3 || len(mainwptest.Overlaps(sent...)) > 0 {
					t.Errorf("sent: %+v", sent)
				}
			})
		})
	}
}

// A process that is gone leaves its running tasks as they stand in the store; the next one finds out.
func TestWhatAKilledProcessLeftIsLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		fake, dash := w.mirrored("northlight", mainwptest.V61WP69, 3)
		choices := w.plugins(fake, dash, 2, 2)
		run := w.start(db.RunOptions{}, choices...)
		q := w.db.Queue()
		// One was sent and its work goes on, the other was answered and never verified.
		tasks := w.tasks(run)
		if err := q.Sending(t.Context(), tasks[1].ID, 15*time.Minute); err != nil {
			t.Fatal(err)
		}
		fake.ApplyUpdate(2, "plugin", tasks[1].Slug)
		if err := q.Sent(t.Context(), tasks[1].ID, db.OutVerified, ""); err != nil {
			t.Fatal(err)
		}
		if err := q.Sending(t.Context(), tasks[0].ID, 15*time.Minute); err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(7 * time.Minute)
			fake.ApplyUpdate(2, "plugin", tasks[0].Slug)
		}()
		defer w.working()()
		w.finished(run, time.Hour)
		for _, task := range w.tasks(run) {
			w.want(task, db.TaskVerified, db.OutVerified)
		}
		if n := len(fake.Updates()); n != 0 {
			t.Errorf("%d updates were sent again", n)
		}
	})
}

func TestAShutdownSendsNothingNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		fake, dash := w.mirrored("northlight", mainwptest.V61WP69, 3)
		choices := w.plugins(fake, dash, 2, 3)
		fake.OnUpdate(2, choices[0].Slug, mainwptest.Effect{Takes: 3 * time.Second})
		stop := w.working()
		run := w.start(db.RunOptions{}, choices...)
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s to stop", took)
		}
		if n := len(fake.Updates()); n != 1 {
			t.Errorf("%d updates were sent, want the one at work", n)
		}
		states := []db.TaskState{db.TaskVerifying, db.TaskQueued, db.TaskQueued}
		for i, task := range w.tasks(run) {
			if task.State != states[i] && (i != 0 || task.State != db.TaskVerified) {
				t.Errorf("%s is %s, want %s", task.Name, task.State, states[i])
			}
		}
	})
}

// A site that does not sync any more after its update is not called updated.
func TestASiteThatDiesIsNotVerified(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Takes: 2 * time.Second})
		fake.OnWrite("/sites/2/sync", mainwptest.Effect{Takes: 2 * time.Second}, mainwptest.Effect{})
		run := w.start(db.RunOptions{}, choice)
		time.Sleep(3 * time.Second)
		fake.SetDown(2, true)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		task := w.only(run)
		if task.State != db.TaskUnknown || task.LookAt.IsZero() || !strings.Contains(task.Reason, "cannot be read") {
			t.Errorf("%s/%s %q, look at %s", task.State, task.Outcome, task.Reason, task.LookAt)
		}
		fake.SetDown(2, false)
		w.finished(run, time.Hour)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
		if n := len(fake.Updates()); n != 1 {
			t.Errorf("%d updates were sent", n)
		}
	})
}

// With a full disk nothing is sent, and nothing is lost: what was answered is noted once there is room again, and the run goes on by itself.
func TestAFullDiskLosesNothing(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 2, 3)
		fake.OnUpdate(2, choices[0].Slug, mainwptest.Effect{Takes: 10 * time.Second})
		run := w.start(db.RunOptions{}, choices...)
		time.Sleep(5 * time.Second)
		room := w.fill("tasks", "runs", "calls")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := len(fake.Updates()); n != 1 {
			t.Errorf("%d updates were sent with a full disk", n)
		}
		if c := w.run(run).Counts; c.Running != 1 || c.Queued != 2 {
			t.Errorf("with a full disk: %+v", c)
		}
		room()
		w.finished(run, 5*time.Minute)
		for _, task := range w.tasks(run) {
			w.want(task, db.TaskVerified, db.OutVerified)
			if task.Sends != 1 {
				t.Errorf("%s was sent %d times", task.Name, task.Sends)
			}
		}
	})
}

// fill has every change of these tables fail as on a full disk, until the returned function makes room.
func (w *runWorld) fill(tables ...string) (room func()) {
	w.t.Helper()
	do := func(statement string) {
		w.t.Helper()
		file, err := sql.Open("sqlite", w.file)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, table := range tables {
			for _, change := range []string{"INSERT", "UPDATE"} {
				if _, err := file.ExecContext(w.t.Context(), strings.NewReplacer("$table", table, "$change", change).Replace(statement)); err != nil {
					w.t.Fatal(err)
				}
			}
		}
		if err := file.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	do("CREATE TRIGGER full_$table_$change BEFORE $change ON $table BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
	return func() { do("DROP TRIGGER full_$table_$change") }
}
