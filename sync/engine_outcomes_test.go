package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
)

func TestOutcomesOfAnUpdateAreToldApart(t *testing.T) {
	cases := []struct {
		name    string
		effect  mainwptest.Effect
		state   db.TaskState
		outcome db.Outcome
		reason  string
		sends   int
	}{
		{"verified", mainwptest.Effect{Takes: 3 * time.Second}, db.TaskVerified, db.OutVerified, "", 1},
		{"said done, not changed", mainwptest.Effect{Outcome: mainwptest.Unchanged}, db.TaskUnchanged, db.OutNotChanged, "MainWP said done, but the site still has", 1},
		{"nothing was done", mainwptest.Effect{Outcome: mainwptest.Nothing}, db.TaskUnchanged, db.OutNotChanged, "MainWP answered without doing anything", 1},
		{"failed with the child's reason", mainwptest.Effect{Outcome: mainwptest.Failed, Reason: "Download failed. Not Found"}, db.TaskFailed, db.OutFailed, "Download failed. Not Found.", 1},
		{"rolled back", mainwptest.Effect{Outcome: mainwptest.RolledBack}, db.TaskFailed, db.OutRolledBack, "so the site put", 1},
		{"accepted in the background", mainwptest.Effect{Outcome: mainwptest.Queued, Takes: 3 * time.Minute}, db.TaskVerified, db.OutVerified, "", 1},
		{"cut, and done nevertheless", mainwptest.Effect{Delivery: mainwptest.Cut, After: 2 * time.Second, Takes: 10 * time.Second}, db.TaskVerified, db.OutVerified, "No answer came, but the site has", 1},
		{"cut once the work was done", mainwptest.Effect{Delivery: mainwptest.Cut}, db.TaskVerified, db.OutVerified, "No answer came, but the site has", 1},
		{"a proxy's 504, work goes on", mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, After: time.Minute, Takes: 8 * time.Minute}, db.TaskVerified, db.OutVerified, "No answer came, but the site has", 1},
		{"the child hangs", mainwptest.Effect{Takes: 14*time.Minute + 50*time.Second}, db.TaskVerified, db.OutVerified, "", 1},
		{"accepted and never done", mainwptest.Effect{Outcome: mainwptest.Queued, Takes: 20 * time.Minute}, db.TaskUnknown, db.OutUnknown, "MainWP accepted it, but nothing has changed since.", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choice := w.plugins(fake, dash, 2, 1)[0]
				fake.OnUpdate(2, choice.Slug, c.effect)
				run := w.start(db.RunOptions{SkipRest: true}, choice)
				w.finished(run, time.Hour)
				task := w.only(run)
				w.want(task, c.state, c.outcome)
				if !strings.Contains(task.Reason, c.reason) || task.Sends != c.sends {
					t.Errorf("reason %q after %d sends, want %q after %d", task.Reason, task.Sends, c.reason, c.sends)
				}
				if (c.state == db.TaskUnknown || c.outcome == db.OutFailed) && task.NextStep == "" {
					t.Error("it does not say what to do next")
				}
				if o := mainwptest.Overlaps(fake.Updates()...); len(o) > 0 {
					t.Errorf("sent while it was at work: %+v", o)
				}
				time.Sleep(c.effect.Takes)
			})
		})
	}
}

// An update without an answer and without effect is sent once more, but only after its whole time; then a person has to look.
func TestAnUnansweredUpdateIsSentOnceMore(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.OnUpdate(2, choice.Slug, mainwptest.Effect{Delivery: mainwptest.Cut, Outcome: mainwptest.Unchanged})
		run := w.start(db.RunOptions{}, choice)
		w.finished(run, 2*time.Hour)
		task := w.only(run)
		w.want(task, db.TaskUnknown, db.OutUnknown)
		sent := fake.Updates()
		if len(sent) != 2 || sent[1].Started.Sub(sent[0].Started) < 15*time.Minute {
			t.Errorf("sent: %+v", sent)
		}
		if task.Looks < 8 || task.NextStep == "" {
			t.Errorf("looked %d times; next step %q", task.Looks, task.NextStep)
		}
	})
}

func TestAWorkThatGoesOnIsNeverDoubled(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		two := w.plugins(fake, dash, 2, 2)
		fake.OnUpdate(2, two[0].Slug, mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, After: time.Minute, Takes: 12 * time.Minute})
		run := w.start(db.RunOptions{}, two...)
		w.until(time.Minute*2, "an unknown task", func() bool { return w.tasks(run)[0].State == db.TaskUnknown })
		if second := w.tasks(run)[1]; second.State != db.TaskQueued {
			t.Errorf("the site's next task is %s while the first may be at work", second.State)
		}
		if first := w.tasks(run)[0]; first.LookAt.IsZero() || first.Outcome != db.OutTimeout || !strings.Contains(first.Reason, "504") {
			t.Errorf("the first: %s, look at %s, %q", first.Outcome, first.LookAt, first.Reason)
		}
		w.finished(run, time.Hour)
		for _, task := range w.tasks(run) {
			w.want(task, db.TaskVerified, db.OutVerified)
		}
		if sent := fake.Updates(); len(sent) != 2 || len(mainwptest.Overlaps(sent...)) > 0 {
			t.Errorf("sent: %+v", sent)
		}
	})
}

func TestWhatIsNotOfferedAnyMoreIsToldApart(t *testing.T) {
	cases := []struct {
		name    string
		change  func(fake *mainwptest.Dashboard, slug, to string)
		outcome db.Outcome
		words   string
	}{
		{"updated elsewhere", func(fake *mainwptest.Dashboard, slug, _ string) { fake.ApplyUpdate(2, "plugin", slug); fake.Sync(2) }, db.OutAlready, "already"},
		{"ignored on the site", func(fake *mainwptest.Dashboard, slug, _ string) {
			fake.EditSite(2, func(s *mainwptest.Site) {
				s.IgnoredPlugins = append(s.IgnoredPlugins, mainwptest.Ignore{Slug: slug, Versions: []string{"all_versions"}})
			})
		}, db.OutIgnored, "ignored on this site"},
		{"ignored on the Dashboard", func(fake *mainwptest.Dashboard, slug, _ string) { fake.IgnoreGlobally("plugin", slug) }, db.OutIgnored, "ignored on the whole Dashboard"},
		{"suspended in MainWP", func(fake *mainwptest.Dashboard, _, _ string) {
			fake.EditSite(2, func(s *mainwptest.Site) { s.Suspended = true })
		}, db.OutSuspended, "suspended"},
		{"removed", func(fake *mainwptest.Dashboard, slug, _ string) {
			fake.EditSite(2, func(s *mainwptest.Site) {
				s.Child.Plugins = slices.DeleteFunc(s.Child.Plugins, func(p mainwptest.Plugin) bool { return p.Slug == slug })
			})
			fake.Sync(2)
		}, db.OutStale, "not on the site any more"},
		{"withdrawn", func(fake *mainwptest.Dashboard, slug, _ string) {
			fake.EditSite(2, func(s *mainwptest.Site) {
				s.PluginUpdates = slices.DeleteFunc(s.PluginUpdates, func(u mainwptest.Update) bool { return u.Slug == slug })
			})
		}, db.OutStale, "does not offer it any more"},
		{"another target", func(fake *mainwptest.Dashboard, slug, to string) {
			fake.ReleaseUpdate("plugin", slug, to+".1")
			fake.Sync(2)
		}, db.OutChanged, "instead of"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
				choice := w.plugins(fake, dash, 2, 1)[0]
				c.change(fake, choice.Slug, choice.To)
				run := w.start(db.RunOptions{}, choice)
				w.finished(run, time.Minute)
				task := w.only(run)
				w.want(task, db.TaskSkipped, c.outcome)
				if !strings.Contains(task.Reason, c.words) || len(fake.Updates()) != 0 {
					t.Errorf("reason %q, %d updates were sent", task.Reason, len(fake.Updates()))
				}
			})
		})
	}
}

func TestANewerPatchMayReplaceTheTarget(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.ReleaseUpdate("plugin", choice.Slug, "98.0.0")
		fake.Sync(2)
		w.read(dash)
		choice = w.plugins(fake, dash, 2, 1)[0]
		fake.ReleaseUpdate("plugin", choice.Slug, "98.0.1")
		fake.Sync(2)
		run := w.start(db.RunOptions{NewerPatch: true}, choice)
		w.finished(run, time.Minute)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
		if got := w.only(run).Found; got != "98.0.1" && got != choice.To {
			t.Errorf("found %s", got)
		}
	})
}

func TestWordPressThemesAndTranslationsAreVerified(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.ReleaseUpdate("core", "", "9.9")
		for _, remote := range fake.SiteIDs() {
			s := fake.Site(remote)
			fake.ReleaseUpdate("theme", s.Themes[0].Slug, "77.0")
			fake.ReleaseUpdate("translation", strings.Split(s.Plugins[1].Slug, "/")[0], "5.5")
		}
		fake.Sync()
		w.read(dash)
		seen := map[db.ItemKind]bool{}
		for _, remote := range fake.SiteIDs() {
			choices := w.updates(dash, remote)
			run := w.start(db.RunOptions{}, choices...)
			w.finished(run, time.Minute)
			for _, task := range w.tasks(run) {
				w.want(task, db.TaskVerified, db.OutVerified)
				seen[task.Kind] = true
				if task.Kind == db.Translation && (task.Found != "" || task.Reason != "It is not pending any more.") {
					t.Errorf("of a translation it says %q, found %q", task.Reason, task.Found)
				}
			}
			// The mirror cannot see what became of a translation: its history comes from the run.
			history, n, err := w.db.Events(t.Context(), w.me, db.EventFilter{Run: run, Paging: db.Paging{PerPage: db.MaxPerPage}})
			if err != nil || n != len(choices) || slices.ContainsFunc(history, func(e db.Event) bool { return e.Kind != db.EventUpdated || e.UserName != "Sam" }) {
				t.Errorf("%d entries of history for %d updates: %+v, %v", n, len(choices), history, err)
			}
			list := w.tasks(run)
			if i := slices.IndexFunc(list, func(t db.Task) bool { return t.Kind == db.Core }); i >= 0 && i != len(list)-1 {
				t.Error("WordPress was not the last")
			}
		}
		if len(seen) != 4 {
			t.Errorf("only %v were tried", seen)
		}
	})
}

func TestAnUnreachableSiteFailsAnUpdateOfWordPress(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.ReleaseUpdate("core", "", "9.9")
		fake.Sync()
		w.read(dash)
		choices := w.updates(dash, 2)
		core := choices[len(choices)-1]
		fake.SetFaults(mainwptest.Faults{Status: 500, OnlyPath: "update/wp"})
		run := w.start(db.RunOptions{}, core)
		w.until(time.Minute, "an unknown task", func() bool { return w.only(run).State == db.TaskUnknown })
		fake.SetFaults(mainwptest.Faults{})
		w.finished(run, 2*time.Hour)
		w.want(w.only(run), db.TaskVerified, db.OutVerified)
		if n := w.only(run).Sends; n != 2 {
			t.Errorf("sent %d times, want once more after the whole time", n)
		}
	})
}
