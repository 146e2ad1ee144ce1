package syncer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"muster/db"
	"muster/db/dbtest"
	"muster/mainwp/mainwptest"
)

// running starts Run on the bubble's clock; the returned function stops it and waits until all work has ended.
func (w *world) running() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error)
	go func() { done <- w.sync.Run(ctx) }()
	return func() {
		w.t.Helper()
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run ended with %v", err)
		}
	}
}

// bubbleWorld is a world whose clock is the bubble's.
func bubbleWorld(t *testing.T) *world {
	w := newWorld(t)
	w.realClock = true
	return w
}

func TestRunMirrorsAtOnceAndFollowsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 30)
		stop := w.running()
		defer stop()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := len(w.sites(id, "")); got != 30 {
			t.Fatalf("%d of 30 sites three seconds after connecting", got)
		}
		time.Sleep(10 * time.Minute) // the first details are read by now
		s := fake.Site(4)
		p := s.Plugins[0]
		fake.EditSite(4, func(s *mainwptest.Site) { s.Child.Plugins[0].Version = "99.1" })
		fake.Sync(4)
		time.Sleep(70 * time.Second) // the probe's interval and ten seconds
		synctest.Wait()
		list, err := w.db.Inventory(t.Context(), dbtest.Owner(), w.sites(id, "")[4].ID, db.Plugin)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(i db.Installed) bool { return i.Slug == p.Slug })
		if i < 0 || list[i].Version != "99.1" {
			t.Errorf("%s is not at 99.1 on the page: %+v", p.Slug, list)
		}
		want := s.Name + ": updated plugin " + p.Slug + " " + p.Version + "→99.1"
		if !slices.Contains(w.events(id), want) {
			t.Errorf("history lacks %q: %v", want, w.events(id))
		}
	})
}

func TestOneOfThreeDiesMidPassAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		var ids []int64
		var fakes []*mainwptest.Dashboard
		for _, name := range []string{"one", "two", "three"} {
			sites := 8
			if name == "two" {
				sites = 60
			}
			fake, id := w.connect(name, mainwptest.V61WP68, sites)
			fakes, ids = append(fakes, fake), append(ids, id)
		}
		// Its second page never comes.
		fakes[1].SetFaults(mainwptest.Faults{Down: true, OnlyPath: "exclude=999999999&page=2&"})
		stop := w.running()
		defer stop()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		for i, id := range ids {
			d := w.dashboard(id)
			if i != 1 && (d.State != db.DashOK || d.Sites != 8) {
				t.Errorf("%s: %s with %d sites", d.Name, d.State, d.Sites)
			}
			if i == 1 && (d.State != db.DashUnreachable || d.Sites != 50) {
				t.Errorf("%s: %s with %d sites, want the 50 that were read", d.Name, d.State, d.Sites)
			}
		}
		fakes[1].SetFaults(mainwptest.Faults{})
		time.Sleep(time.Minute)
		synctest.Wait()
		if d := w.dashboard(ids[1]); d.State != db.DashOK || d.Sites != 60 || len(w.sites(ids[1], "")) != 60 {
			t.Errorf("after its return: %s with %d sites", d.State, d.Sites)
		}
	})
}

// Each visit that is cut, as by kill -9, leaves whole pages; the next start goes on from there and ends with everything, once.
func TestKilledDuringAPassStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 120)
		fake.SetFaults(mainwptest.Faults{Delay: 2 * time.Second})
		stop := w.running()
		for len(w.sites(id, "")) == 0 {
			time.Sleep(time.Second)
			synctest.Wait()
		}
		stop()
		if n := len(w.sites(id, "")); n == 120 {
			t.Fatalf("%d sites when it was killed: not in the middle", n)
		}
		// A killed process leaves its lease behind.
		if _, err := w.db.Mirror().Claim(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		stop = w.running()
		defer stop()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if d := w.dashboard(id); d.Sites != 120 || d.State != db.DashOK || d.Passes != 1 {
			t.Errorf("after the restart: %d sites, %s, %d passes", d.Sites, d.State, d.Passes)
		}
		if got := w.events(id); len(got) != 0 {
			t.Errorf("the cut pass made history: %v", got)
		}
	})
}

func TestHungDashboardDoesNotHoldOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		slow, slowID := w.connect("slow", mainwptest.V61WP69, 20)
		_, goodID := w.connect("good", mainwptest.V61WP69, 20)
		slow.SetFaults(mainwptest.Faults{Hang: true})
		stop := w.running()
		defer stop()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if d := w.dashboard(goodID); d.State != db.DashOK {
			t.Errorf("the good one: %s", d.State)
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if d := w.dashboard(slowID); d.State != db.DashUnreachable || !strings.Contains(d.Error, "no answer in time") {
			t.Errorf("the hung one: %s, %q", d.State, d.Error)
		}
	})
}

func TestRefusedKeyStopsUntilItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 5)
		fake.SetFaults(mainwptest.Faults{Status: 401})
		stop := w.running()
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		asked := fake.RequestCount()
		time.Sleep(3 * time.Hour) // longer than any pause between tries
		synctest.Wait()
		if got := fake.RequestCount(); got != asked {
			t.Errorf("a refused key was sent %d more times", got-asked)
		}
		fake.SetFaults(mainwptest.Faults{})
		if err := w.db.SetDashboardKey(t.Context(), dbtest.Owner(), id, "bearer", fake.Token(), "", "unknown"); err != nil {
			t.Fatal(err)
		}
		w.sync.Wake()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if d := w.dashboard(id); d.State != db.DashOK || d.Sites != 5 {
			t.Errorf("with the new key: %s, %d sites", d.State, d.Sites)
		}
	})
}

// Muster's share of a Dashboard's time stays under a tenth in the background.
func TestBackgroundLeavesTheDashboardAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, _ := w.connect("northlight", mainwptest.V61WP68, 60)
		stop := w.running()
		defer stop()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		const delay = 200 * time.Millisecond
		fake.SetFaults(mainwptest.Faults{Delay: delay})
		before := fake.RequestCount()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		busy := time.Duration(fake.RequestCount()-before) * delay
		if share := float64(busy) / float64(10*time.Minute); share > 0.12 {
			t.Errorf("the Dashboard was kept busy for %.0f%% of the time", 100*share)
		}
	})
}

func TestUpdatesOfferedIgnoredHereAndElsewhere(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 30)
	var remote int64
	for _, r := range fake.SiteIDs() {
		if s := fake.Site(r); len(s.PluginUpdates) >= 3 && !s.IgnorePlugins && len(s.IgnoredPlugins) == 0 && s.Status() == "connected" {
			remote = r
		}
	}
	if remote == 0 {
		t.Fatal("no site with three plugin updates")
	}
	s := fake.Site(remote)
	here, elsewhere := s.PluginUpdates[0].Slug, s.PluginUpdates[1].Slug
	fake.EditSite(remote, func(s *mainwptest.Site) {
		s.IgnoredPlugins = append(s.IgnoredPlugins, mainwptest.Ignore{Slug: here, Name: here, Versions: []string{"all_versions"}})
	})
	fake.IgnoreGlobally("plugin", elsewhere)
	w.pass(id)
	if err := w.sync.Details(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	row := w.sites(id, "")[remote]
	list, err := w.db.SiteUpdates(t.Context(), dbtest.Owner(), row.ID)
	if err != nil {
		t.Fatal(err)
	}
	offers := map[string]db.Offer{}
	for _, u := range list {
		if u.Kind == db.Plugin {
			offers[u.Slug] = u.Offer
		}
	}
	if offers[here] != db.Ignored || offers[elsewhere] != db.IgnoredElsewhere || offers[s.PluginUpdates[2].Slug] != db.Offered {
		t.Errorf("offers: %v", offers)
	}
	if row.Updates.Ignored < 2 {
		t.Errorf("counted: %+v", row.Updates)
	}
	counts, err := w.db.UpdateKinds(t.Context(), dbtest.Owner(), db.UpdateFilter{})
	if err != nil || counts.Plugins != w.dashboard(id).Updates.Plugins {
		t.Errorf("the summary says %+v, the sites %+v, %v", counts, w.dashboard(id).Updates, err)
	}
	w.later(time.Hour)
	w.pass(id) // an unchanged row keeps it
	list, err = w.db.SiteUpdates(t.Context(), dbtest.Owner(), row.ID)
	if err != nil || !slices.ContainsFunc(list, func(u db.Update) bool { return u.Slug == elsewhere && u.Offer == db.IgnoredElsewhere }) {
		t.Errorf("after another pass: %+v, %v", list, err)
	}
}

func TestMonitorSaysDownAndUp(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP68, 12)
	w.pass(id)
	name := w.sites(id, "")[3].Name
	fake.SetDown(3, true)
	w.later(20 * time.Minute)
	w.pass(id)
	if row := w.sites(id, "")[3]; row.State != db.StateDown || row.DownSince.IsZero() {
		t.Errorf("state %d, down since %v", row.State, row.DownSince)
	}
	fake.SetDown(3, false)
	w.later(20 * time.Minute)
	w.pass(id)
	if got := w.events(id); !slices.Contains(got, name+": down") || !slices.Contains(got, name+": up") {
		t.Errorf("history: %v", got)
	}
	if err := w.sync.Details(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	incidents, err := w.db.Incidents(t.Context(), dbtest.Owner(), w.sites(id, "")[3].ID)
	if err != nil || len(incidents) == 0 || incidents[0].EndedAt.IsZero() {
		t.Errorf("incidents: %+v, %v", incidents, err)
	}
	if up := w.sites(id, "")[3].Uptime; up == nil || up.Up == 0 || up.Down == 0 {
		t.Errorf("ledger: %+v", up)
	}
}

// On WordPress 6.9 a site whose last sync failed must be reconnected before it syncs again.
func TestStaleSitesAreSyncedOneAtATime(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 8)
	fake.Sync()
	fake.SetDown(2, true)
	fake.Sync(2)
	fake.SetDown(2, false)
	edit := db.DashboardEdit{Name: "northlight", URL: "https://northlight.example", Auth: "bearer", SyncStaleHours: 12}
	if err := w.db.EditDashboard(t.Context(), dbtest.Owner(), id, edit); err != nil {
		t.Fatal(err)
	}
	w.pass(id)
	w.later(13 * time.Hour)
	if err := w.sync.Details(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for remote, row := range w.sites(id, "") {
		if row.State != db.StateSuspended && !row.GoodSyncAt.Equal(w.clock) {
			t.Errorf("site %d was last synced well at %v (%s)", remote, row.GoodSyncAt, row.SyncError)
		}
	}
}

func TestReadOnlyKeyMakesTheDashboardReadOnly(t *testing.T) {
	w := newWorld(t)
	fake := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 1, Sites: 4, Now: w.now})
	w.hosts["northlight.example"] = fake
	id := w.add("northlight", fake.ReadOnlyToken())
	w.pass(id)
	if d := w.dashboard(id); d.KeyScope != "read" || d.CanWrite() || d.State != db.DashOK {
		t.Errorf("scope %q, state %s", d.KeyScope, d.State)
	}
}

func TestRejoinKeepsOneHistory(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP68, 6)
	w.pass(id)
	old := w.sites(id, "")[5]
	fake.EditSite(5, func(s *mainwptest.Site) { s.Name = "Renamed" })
	w.later(time.Hour)
	w.pass(id)
	fake.RemoveSite(5)
	for range 2 {
		w.later(time.Hour)
		w.pass(id)
	}
	back := fake.AddSite()
	fake.EditSite(back, func(s *mainwptest.Site) { s.URL = old.URL })
	w.later(time.Hour)
	w.pass(id)
	fresh := w.sites(id, "")[back]
	twins, err := w.db.Twins(t.Context(), dbtest.Owner(), fresh.ID)
	if err != nil || len(twins) != 1 || twins[0].ID != old.ID {
		t.Fatalf("twins: %+v, %v", twins, err)
	}
	if err := w.db.Rejoin(t.Context(), dbtest.Owner(), old.ID, fresh.ID); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	w.pass(id)
	if row := w.sites(id, "")[back]; row.ID != old.ID {
		t.Errorf("site %d, want the old %d", row.ID, old.ID)
	}
	list, _, err := w.db.Events(t.Context(), dbtest.Owner(), db.EventFilter{Site: old.ID})
	if err != nil || !slices.ContainsFunc(list, func(e db.Event) bool { return e.Kind == db.EventRenamed }) {
		t.Errorf("history of the joined site: %+v, %v", list, err)
	}
	if _, err := w.db.Site(t.Context(), dbtest.Owner(), fresh.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the new row: %v, want not found", err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
