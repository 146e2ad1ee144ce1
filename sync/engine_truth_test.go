package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp"
	"muster/mainwp/mainwptest"
)

// However a run with a canary was paused, going on leads on: with the rest, or to the question about the canary.
func TestARunWithACanaryGoesOnAfterAPause(t *testing.T) {
	for _, how := range []string{"it waits after the canary", "the canary is at work", "the canary failed", "the canary's Dashboard goes"} {
		t.Run(how, func(t *testing.T) {
			inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				other, otherID := w.mirrored("southlight", mainwptest.V61WP68, 3)
				choices := append(w.fleet(fake, dash, 2), w.plugins(other, otherID, 2, 1)...)
				o := db.RunOptions{Canary: choices[0].Site, StopAfter: 1}
				e := mainwptest.Effect{Takes: 5 * time.Second}
				if how == "the canary failed" {
					e.Outcome, e.Reason = mainwptest.Failed, "Disk full"
				}
				fake.OnUpdate(fake.SiteIDs()[0], choices[0].Slug, e)
				if how == "the canary's Dashboard goes" {
					fake.Stop()
				}
				run := w.start(o, choices...)
				do := func(f func() error) {
					t.Helper()
					if err := f(); err != nil {
						t.Fatal(err)
					}
					w.engine.Wake()
				}
				pause := func() error { return w.db.PauseRun(t.Context(), w.me, run) }
				switch how {
				case "it waits after the canary":
					time.Sleep(time.Minute)
					do(pause)
				case "the canary is at work":
					time.Sleep(2 * time.Second)
					do(pause)
					time.Sleep(time.Minute)
				case "the canary failed":
					time.Sleep(time.Minute)
				default:
					time.Sleep(time.Minute)
					do(func() error { return w.db.DisconnectDashboard(t.Context(), w.me, dash) })
					w.until(time.Minute, "the question", func() bool { return w.run(run).State == db.RunCanary })
				}
				do(func() error { return w.db.ResumeRun(t.Context(), w.me, run) })
				r := w.finished(run, 5*time.Minute)
				if r.Counts.Queued > 0 || r.Counts.Verified == 0 {
					t.Errorf("%+v", r.Counts)
				}
			})
		})
	}
}

// A reconnect may register a site anew: it is never sent while an earlier one may be at work, and not after the run was cancelled.
func TestAReconnectIsNotRepeatedByLooks(t *testing.T) {
	for _, cancel := range []bool{true, false} {
		inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
			fake.SetDown(2, true)
			fake.Sync(2)
			w.read(dash)
			fake.OnWrite("/sites/2/reconnect", mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, After: time.Second, Takes: 4 * time.Minute})
			run := w.act(db.Choice{Action: db.ActReconnect, Site: w.site(dash, 2), Dashboard: dash})
			time.Sleep(3 * time.Second)
			if cancel {
				if err := w.db.CancelRun(t.Context(), w.me, run); err != nil {
					t.Fatal(err)
				}
			}
			w.finished(run, time.Hour)
			calls, want := sent(fake, "/reconnect"), 2
			if cancel {
				want = 1
			}
			if len(calls) != want || len(mainwptest.Overlaps(calls...)) > 0 || w.only(run).Sends != want {
				t.Errorf("cancelled %v: %d reconnects, %+v", cancel, w.only(run).Sends, calls)
			}
			w.want(w.only(run), db.TaskUnknown, db.OutUnknown)
			time.Sleep(4 * time.Minute)
		})
	}
}

// A look by hand at a task that was given up does not make an answer of none.
func TestALookAfterGivingUpSaysNothingNew(t *testing.T) {
	inQuickWorld(t, mainwptest.V61WP69, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, Outcome: mainwptest.Unchanged})
		run := w.start(db.RunOptions{}, choice)
		w.finished(run, time.Hour)
		before := w.only(run)
		w.want(before, db.TaskUnknown, db.OutUnknown)
		if err := w.db.LookNow(t.Context(), w.me, before.ID); err != nil {
			t.Fatal(err)
		}
		w.engine.Wake()
		w.finished(run, time.Minute)
		time.Sleep(time.Minute)
		synctest.Wait()
		after := w.only(run)
		w.want(after, db.TaskUnknown, db.OutUnknown)
		if after.Reason != before.Reason || len(fake.Updates()) != 2 {
			t.Errorf("before %q, after %q; %d updates", before.Reason, after.Reason, len(fake.Updates()))
		}
	})
}

// Nothing is asked of a Dashboard that is paused, or whose address leads elsewhere now: its open tasks wait.
func TestLooksLeaveAPausedDashboardAlone(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Delivery: mainwptest.ProxyTimeout})
		run := w.start(db.RunOptions{}, choice)
		time.Sleep(3 * time.Second)
		if err := w.db.PauseDashboard(t.Context(), w.me, dash, true); err != nil {
			t.Fatal(err)
		}
		asked := fake.RequestCount()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := fake.RequestCount() - asked; n > 0 || w.only(run).LookAt.IsZero() || !strings.Contains(w.only(run).Reason, "paused") {
			t.Errorf("%d requests; %q", n, w.only(run).Reason)
		}
		if err := w.db.PauseDashboard(t.Context(), w.me, dash, false); err != nil {
			t.Fatal(err)
		}
		w.finished(run, 10*time.Minute)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
	})
}

// Under a site's number stands another site now: nothing is sent to it, and the mirror does not take it for the one it knows.
func TestAnotherSiteUnderTheNumberGetsNothing(t *testing.T) {
	for _, action := range []db.Action{db.ActUpdate, db.ActRemoveSite, db.ActSuspend, db.ActReconnect, db.ActSync, db.ActEditSite, db.ActDeletePlugin} {
		t.Run(string(action), func(t *testing.T) {
			inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choice := w.plugins(fake, dash, 2, 1)[0]
				was := w.sites(dash, "")[2].URL
				switch action {
				case db.ActUpdate:
				case db.ActDeletePlugin:
					choice = db.Choice{Action: action, Site: choice.Site, Dashboard: dash, Kind: db.Plugin, Slug: choice.Slug, Name: choice.Name}
				default:
					choice = db.Choice{Action: action, Site: choice.Site, Dashboard: dash}
				}
				if action == db.ActEditSite {
					choice.Params.Name = "Renamed"
				}
				fake.EditSite(2, func(s *mainwptest.Site) { s.URL = "https://quite-another.example/" })
				w.want(w.done(choice), db.TaskSkipped, db.OutChanged)
				if n := len(fake.Writes()); n != 0 || w.sites(dash, "")[2].URL != was {
					t.Errorf("%d writes; the page says %s", n, w.sites(dash, "")[2].URL)
				}
			})
		})
	}
}

// A Dashboard that is disconnected while one of its sites is synced does not keep its place: the same site on another Dashboard goes on.
func TestADisconnectedDashboardFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		one, oneID := w.mirrored("northlight", mainwptest.V61WP69, 2)
		two, twoID := w.mirrored("southlight", mainwptest.V61WP68, 2)
		a, b := one.AddSite("https://shared.example/"), two.AddSite("https://shared.example/")
		w.read(oneID)
		w.read(twoID)
		defer w.working()()
		one.OnWrite("/sites/3/sync", mainwptest.Effect{Takes: 10 * time.Second})
		w.act(db.Choice{Action: db.ActSync, Site: w.site(oneID, a), Dashboard: oneID})
		time.Sleep(2 * time.Second)
		if err := w.db.DisconnectDashboard(t.Context(), w.me, oneID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		run := w.act(db.Choice{Action: db.ActSync, Site: w.site(twoID, b), Dashboard: twoID})
		w.finished(run, time.Minute)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
	})
}

// An orderly end of Muster is no failure of a call.
func TestARestartCountsAsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		fake, dash := w.mirrored("northlight", mainwptest.V61WP69, 3)
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Takes: 40 * time.Second})
		stop := w.working()
		run := w.start(db.RunOptions{StopAfter: 1}, choice)
		time.Sleep(5 * time.Second)
		stop()
		if r := w.run(run); r.State != db.RunRunning || r.Failures != 0 {
			t.Errorf("%s after %d failures: %s", r.State, r.Failures, r.Reason)
		}
		time.Sleep(time.Minute)
	})
}

// A coming-soon page answers 503 as WordPress does while it is updated, for weeks: it keeps nothing from being looked at.
func TestAComingSoonPageIsNoMaintenance(t *testing.T) {
	inRunWorld(t, func(_ *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.EditSite(2, func(s *mainwptest.Site) { s.Child.Home = mainwptest.Home{Status: 503, Title: "Coming soon"} })
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Delivery: mainwptest.ProxyTimeout})
		run := w.start(db.RunOptions{}, choice)
		w.finished(run, time.Minute)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
	})
}

// An action that was sent once more because nothing was seen of it may have been done after all.
func TestAnActionThatWasDoneLateIsVerified(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		slug := w.plugins(fake, dash, 2, 1)[0].Slug
		fake.OnWrite("/sites/2/plugins/delete", mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, Takes: 7 * time.Minute, After: time.Second})
		run := w.start(db.RunOptions{}, db.Choice{Action: db.ActDeletePlugin, Site: w.site(dash, 2), Dashboard: dash, Kind: db.Plugin, Slug: slug, Name: slug})
		time.Sleep(4 * time.Minute)
		if err := w.db.PauseRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		w.until(10*time.Minute, "that it is queued again", func() bool { return w.only(run).State == db.TaskQueued })
		time.Sleep(5 * time.Minute)
		fake.Sync(2)
		if err := w.db.ResumeRun(t.Context(), w.me, run); err != nil {
			t.Fatal(err)
		}
		w.engine.Wake()
		w.finished(run, time.Hour)
		task := w.only(run)
		w.want(task, db.TaskVerified, db.OutVerified)
		if task.Sends != 1 {
			t.Errorf("it was sent %d times", task.Sends)
		}
	})
}

func TestASiteIsAddedOnceItsDashboardIsBack(t *testing.T) {
	inRunWorld(t, func(_ *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.OfferChild("https://new.example/", mainwptest.NewChild{Admin: "admin", Password: "correct horse"})
		fake.Stop()
		run := w.act(db.Choice{Action: db.ActAddSite, Dashboard: dash, Params: db.Params{URL: "https://new.example/", Name: "New", Admin: "admin"}})
		w.engine.Password(w.only(run).ID, mainwp.NewSecret("correct horse"), "")
		time.Sleep(20 * time.Second)
		fake.Start()
		w.finished(run, time.Hour)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
	})
}

// What was sent, had no answer and waits to be sent once more, ends as what it is.
func TestATaskThatWasSentOnceIsNotCalledUnsent(t *testing.T) {
	for _, how := range []string{"cancelled", "done meanwhile", "held"} {
		t.Run(how, func(t *testing.T) {
			inQuickWorld(t, mainwptest.V61WP69, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choice := w.plugins(fake, dash, 2, 1)[0]
				fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, Outcome: mainwptest.Unchanged})
				run := w.start(db.RunOptions{}, choice)
				time.Sleep(30 * time.Second)
				do := func(err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
				}
				do(w.db.PauseRun(t.Context(), w.me, run))
				w.until(5*time.Minute, "that it is queued again", func() bool { return w.only(run).State == db.TaskQueued })
				switch how {
				case "cancelled":
					do(w.db.CancelRun(t.Context(), w.me, run))
				case "held":
					_, err := w.db.AddHold(t.Context(), w.me, db.Hold{Kind: db.Plugin, Slug: choice.Slug, Name: choice.Name, Reason: "breaks the shop", Everywhere: true})
					do(err)
					do(w.db.ResumeRun(t.Context(), w.me, run))
				default:
					fake.ApplyUpdate(2, "plugin", choice.Slug)
					fake.Sync(2)
					w.read(dash)
					do(w.db.ResumeRun(t.Context(), w.me, run))
				}
				w.engine.Wake()
				w.finished(run, time.Hour)
				task := w.only(run)
				if how != "done meanwhile" {
					w.want(task, db.TaskUnknown, db.OutUnknown)
					if !strings.Contains(task.Reason, "no answer came") || task.NextStep == "" {
						t.Errorf("%q, next %q", task.Reason, task.NextStep)
					}
					return
				}
				w.want(task, db.TaskVerified, db.OutVerified)
				if list, _, err := w.db.Events(t.Context(), w.me, db.EventFilter{Run: run}); err != nil || len(list) != 1 {
					t.Errorf("history of the run: %+v, %v", list, err)
				}
			})
		})
	}
}

// An update may bring another version than it promised: that is said, it belongs to the run, and it is not sent again.
func TestAnotherVersionThanPromisedIsTold(t *testing.T) {
	for name, e := range map[string]mainwptest.Effect{"answered": {Takes: 2 * time.Second, Outcome: mainwptest.Unchanged}, "without an answer": {Takes: 2 * time.Second, Delivery: mainwptest.ProxyTimeout, Outcome: mainwptest.Unchanged}} {
		t.Run(name, func(t *testing.T) {
			inQuickWorld(t, mainwptest.V61WP69, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choice := w.plugins(fake, dash, 2, 1)[0]
				fake.OnUpdate(2, choice.Slug, e)
				run := w.start(db.RunOptions{}, choice)
				time.Sleep(time.Second)
				fake.EditSite(2, func(s *mainwptest.Site) {
					i := slices.IndexFunc(s.Child.Plugins, func(p mainwptest.Plugin) bool { return p.Slug == choice.Slug })
					s.Child.Plugins[i].Version = choice.From + ".5"
				})
				w.finished(run, time.Hour)
				task := w.only(run)
				w.want(task, db.TaskFailed, db.OutFailed)
				if !strings.Contains(task.Reason, choice.From+".5 now, not "+choice.To) || task.Sends != 1 {
					t.Errorf("after %d sends: %q", task.Sends, task.Reason)
				}
				if list, _, err := w.db.Events(t.Context(), w.me, db.EventFilter{Run: run}); err != nil || len(list) != 1 {
					t.Errorf("history of the run: %+v, %v", list, err)
				}
			})
		})
	}
}

// Empty is unknown: a row without plugins tells nothing of an update.
func TestARowWithoutPluginsTellsNothing(t *testing.T) {
	inQuickWorld(t, mainwptest.V61WP69, func(_ *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Takes: 2 * time.Second})
		run := w.start(db.RunOptions{}, choice)
		time.Sleep(time.Second)
		var plugins []mainwptest.Plugin
		fake.EditSite(2, func(s *mainwptest.Site) { plugins, s.Child.Plugins = s.Child.Plugins, nil })
		w.until(time.Minute, "an unknown task", func() bool { return w.only(run).State == db.TaskUnknown })
		fake.EditSite(2, func(s *mainwptest.Site) { s.Child.Plugins = plugins })
		fake.ApplyUpdate(2, "plugin", choice.Slug)
		w.finished(run, 10*time.Minute)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
	})
}

// A site that was synced or reconnected well can be read: what is open there is looked at now.
func TestAGoodSyncHasOpenTasksLookedAt(t *testing.T) {
	inRunWorld(t, func(_ *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Kills: true})
		run := w.start(db.RunOptions{}, choice)
		w.until(time.Minute, "an unknown task", func() bool { return w.only(run).State == db.TaskUnknown })
		time.Sleep(3 * time.Minute)
		version := fake.Site(2).Plugins
		fake.EditSite(2, func(s *mainwptest.Site) {
			s.Child.Dead, s.Child.Home, s.Child.Plugins = false, mainwptest.Home{}, version
		}) // back at the old one
		w.finished(w.act(db.Choice{Action: db.ActReconnect, Site: choice.Site, Dashboard: dash}), 30*time.Second)
		w.finished(run, 30*time.Second)
		w.want(w.only(run), db.TaskUnchanged, db.OutNotChanged)
	})
}
