package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
	syncer "muster/sync"
)

// inQuickWorld is inRunWorld with updates that may take a minute.
func inQuickWorld(t *testing.T, p mainwptest.Personality, f func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64)) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		w.opt = syncer.EngineOptions{UpdateTimeout: time.Minute}
		fake, dash := w.mirrored("northlight", p, 4)
		defer w.working()()
		f(t, w, fake, dash)
	})
}

// sent gives the writes of a Dashboard whose path ends so.
func sent(fake *mainwptest.Dashboard, end string) []mainwptest.Write {
	return slices.DeleteFunc(fake.Writes(), func(x mainwptest.Write) bool { return !strings.HasSuffix(x.Path, end) })
}

// While a plugin is being updated its site is in maintenance mode: a sync would fail, and on WordPress 6.9 leave it stuck.
func TestASiteThatIsBeingUpdatedIsNotSynced(t *testing.T) {
	effects := map[string]mainwptest.Effect{
		"a proxy's 504":    {Delivery: mainwptest.ProxyTimeout, After: 15 * time.Second, Takes: 40 * time.Second},
		"Muster's timeout": {Takes: 90 * time.Second},
		"the site is lost": {Delivery: mainwptest.SiteLost, After: 15 * time.Second, Takes: 40 * time.Second},
	}
	for name, effect := range effects {
		for _, p := range []mainwptest.Personality{mainwptest.V61WP69, mainwptest.V61WP68} {
			t.Run(name, func(t *testing.T) {
				inQuickWorld(t, p, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
					two := w.plugins(fake, dash, 2, 2)
					fake.OnUpdate(2, two[0].Slug, mainwptest.Effect{Takes: 2 * time.Second})
					fake.OnUpdate(2, two[1].Slug, effect)
					run := w.start(db.RunOptions{}, two...)
					w.until(2*time.Minute, "an unknown task", func() bool { return w.tasks(run)[1].State == db.TaskUnknown })
					first, _, _ := strings.Cut(w.tasks(run)[1].Reason, " It is not verified yet")
					time.Sleep(10 * time.Second)
					synctest.Wait()
					tasks := w.tasks(run)
					if later := tasks[1].Reason; !strings.HasPrefix(later, first) || !strings.Contains(later, "maintenance mode") {
						t.Errorf("first %q, then %q", first, later)
					}
					if !tasks[0].LookAt.Equal(tasks[1].LookAt) {
						t.Errorf("the tasks of the site are looked at apart, at %s and %s", tasks[0].LookAt, tasks[1].LookAt)
					}
					r := w.finished(run, 5*time.Minute)
					for _, task := range w.tasks(run) {
						w.want(task, db.TaskVerified, db.OutVerified)
					}
					if took := r.EndedAt.Sub(r.CreatedAt); took > 130*time.Second {
						t.Errorf("it took %s", took)
					}
					updates := fake.Updates()
					if len(updates) != 2 {
						t.Errorf("sent: %+v", updates)
					}
					syncs := sent(fake, "/sync")
					if len(syncs) != 1 || syncs[0].Started.Before(updates[1].Ended) || len(sent(fake, "/reconnect")) > 0 {
						t.Errorf("synced while it was at work: %+v, %+v", syncs, sent(fake, "/reconnect"))
					}
				})
			})
		}
	}
}

// A site that cannot be read when the time of a call is over is looked at for as long again; nothing is sent meanwhile.
func TestAnUnreadableSiteIsGivenUpLate(t *testing.T) {
	for name, back := range map[string]time.Duration{"it comes back": 100 * time.Second, "it does not": time.Hour} {
		t.Run(name, func(t *testing.T) {
			inQuickWorld(t, mainwptest.V61WP69, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choice := w.plugins(fake, dash, 2, 1)[0]
				fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Delivery: mainwptest.ProxyTimeout})
				run := w.start(db.RunOptions{}, choice)
				w.until(time.Minute, "an unknown task", func() bool { return w.only(run).State == db.TaskUnknown })
				fake.SetDown(2, true)
				time.AfterFunc(back, func() { fake.SetDown(2, false) })
				r := w.finished(run, 10*time.Minute)
				task := w.only(run)
				if n := len(fake.Updates()); n != 1 {
					t.Errorf("%d updates were sent", n)
				}
				if back < time.Hour {
					w.want(task, db.TaskVerified, db.OutVerified)
					return
				}
				w.want(task, db.TaskUnknown, db.OutUnknown)
				if took := r.EndedAt.Sub(task.SentAt); took < 2*time.Minute || !strings.Contains(task.Reason, "504") || !strings.Contains(task.Reason, "cannot be read") {
					t.Errorf("given up after %s: %q", took, task.Reason)
				}
			})
		})
	}
}

// A plugin that kills its site fails at once where the home page is compared, and the rest is skipped.
func TestAKilledSiteIsSeenByItsHomePage(t *testing.T) {
	for name, effect := range map[string]mainwptest.Effect{"answered": {Kills: true}, "without an answer": {Kills: true, Delivery: mainwptest.ProxyTimeout}} {
		t.Run(name, func(t *testing.T) {
			inQuickWorld(t, mainwptest.V61WP69, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choices := w.plugins(fake, dash, 2, 2)
				fake.OnUpdate(2, choices[0].Slug, effect)
				run := w.start(db.RunOptions{HomeCheck: true}, choices...)
				r := w.finished(run, 2*time.Minute)
				if took := r.EndedAt.Sub(r.CreatedAt); effect.Delivery == mainwptest.Answered && took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
				tasks := w.tasks(run)
				w.want(tasks[0], db.TaskFailed, db.OutHome)
				w.want(tasks[1], db.TaskSkipped, db.OutRest)
				if home := tasks[0].Home; !strings.Contains(home, "Before: HTTP 200") || !strings.Contains(home, "After: HTTP 500") || tasks[0].NextStep == "" {
					t.Errorf("home page: %q, next: %q", home, tasks[0].NextStep)
				}
			})
		})
	}
}

// What the home page said before is kept with the task: a later process compares with it.
func TestHomePageIsComparedAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		fake, dash := w.mirrored("northlight", mainwptest.V61WP69, 3)
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Takes: 20 * time.Second, Kills: true})
		stop := w.working()
		run := w.start(db.RunOptions{HomeCheck: true}, choice)
		time.Sleep(5 * time.Second)
		stop()
		defer w.working()()
		w.finished(run, time.Hour)
		w.want(w.only(run), db.TaskFailed, db.OutHome)
	})
}

// Whoever repaired a site is not kept waiting: a look by hand reconnects it, however recently Muster did, and so does a Reconnect.
func TestARepairedSiteIsReadAtOnce(t *testing.T) {
	repaired := func(t *testing.T, heal func(w *runWorld, task db.Task)) {
		inRunWorld(t, func(_ *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
			choice := w.plugins(fake, dash, 2, 1)[0]
			fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Kills: true})
			run := w.start(db.RunOptions{}, choice)
			w.until(time.Minute, "an unknown task", func() bool { return w.only(run).State == db.TaskUnknown })
			time.Sleep(time.Minute)
			fake.EditSite(2, func(s *mainwptest.Site) { s.Child.Dead, s.Child.Home = false, mainwptest.Home{} })
			heal(w, w.only(run))
			w.finished(run, 20*time.Second)
			w.want(w.only(run), db.TaskVerified, db.OutVerified)
		})
	}
	t.Run("look", func(t *testing.T) {
		repaired(t, func(w *runWorld, task db.Task) {
			if err := w.db.LookNow(w.t.Context(), w.me, task.ID); err != nil {
				w.t.Fatal(err)
			}
			w.engine.Wake()
		})
	})
	t.Run("reconnect", func(t *testing.T) {
		repaired(t, func(w *runWorld, task db.Task) {
			run := w.act(db.Choice{Action: db.ActReconnect, Site: task.SiteID, Dashboard: task.DashboardID})
			w.finished(run, 10*time.Second)
			w.want(w.only(run), db.TaskVerified, db.OutVerified)
		})
	})
}

// Where the Dashboard lost the site its proxy may have cut the call: nothing is called failed before its time is over, and nothing is sent again.
func TestALostSiteFailsAfterItsTime(t *testing.T) {
	for _, kind := range []db.ItemKind{db.Plugin, db.Core} {
		for name, effect := range map[string]mainwptest.Effect{"nothing was done": {Delivery: mainwptest.SiteLost, Outcome: mainwptest.Unchanged}, "it was done": {Delivery: mainwptest.SiteLost, Takes: 30 * time.Second, After: time.Second}} {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				inQuickWorld(t, mainwptest.V61WP69, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
					fake.ReleaseUpdate("core", "", "9.9")
					fake.Sync()
					w.read(dash)
					choice := w.plugins(fake, dash, 2, 1)[0]
					if all := w.updates(dash, 2); kind == db.Core {
						choice = all[len(all)-1]
						fake.OnUpdate(2, "", effect)
					} else {
						fake.OnUpdate(2, choice.Slug, effect)
					}
					run := w.start(db.RunOptions{}, choice)
					w.finished(run, 10*time.Minute)
					task := w.only(run)
					if effect.Outcome == mainwptest.Unchanged {
						w.want(task, db.TaskFailed, db.OutFailed)
						if task.EndedAt.Sub(task.SentAt) < time.Minute {
							t.Errorf("it failed after %s", task.EndedAt.Sub(task.SentAt))
						}
					} else {
						w.want(task, db.TaskVerified, db.OutVerified)
					}
					if !strings.Contains(task.Reason, "could not reach the site") || task.Sends != 1 {
						t.Errorf("%d sends, %q", task.Sends, task.Reason)
					}
				})
			})
		}
	}
}
