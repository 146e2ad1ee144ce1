package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/db/dbtest"
	"muster/mainwp/mainwptest"
)

// A site without a monitor of its own is not down because MainWP lists it so (seen on 6.1.2).
func TestSiteWithoutMonitorIsNotDown(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 5)
	w.pass(id)
	added := fake.AddSite()
	fake.RemoveMonitor(added)
	fake.Sync(added)
	for range 2 {
		w.later(time.Hour)
		w.pass(id)
	}
	if row := w.sites(id, "")[added]; row.State != db.StateOK || row.Uptime != nil {
		t.Errorf("state %d, uptime %+v", row.State, row.Uptime)
	}
}

// A site must not stay down when the monitor that said so moves to another address or goes.
func TestDownEndsWithItsMonitor(t *testing.T) {
	w := newWorld(t)
	_, id := w.connect("northlight", mainwptest.V54, 4) // no monitors of its own
	w.pass(id)
	m, row := w.db.Mirror(), w.sites(id, "")[1]
	known, err := m.KnownSites(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	down := db.MonitorWrite{RemoteID: 900, URL: row.URL, URLKey: known[1].URLKey, Status: "down"}
	state := func() db.SiteState { return w.sites(id, "")[1].State }
	write := func(x db.MonitorWrite) {
		t.Helper()
		w.later(time.Minute)
		if err := m.WriteMonitors(t.Context(), id, w.clock, false, []db.MonitorWrite{x}); err != nil {
			t.Fatal(err)
		}
	}
	ends := []struct {
		name string
		end  func()
	}{
		{"gone", func() {
			if err := m.EndMonitors(t.Context(), id, w.clock, false, []int64{901}); err != nil {
				t.Fatal(err)
			}
		}},
		{"moved, after it came back", func() { moved := down; moved.URLKey = "elsewhere.example"; write(moved) }},
	}
	for _, x := range ends {
		write(down)
		if state() != db.StateDown {
			t.Fatalf("%s: state %d before", x.name, state())
		}
		if x.end(); state() == db.StateDown {
			t.Errorf("%s: the site stays down", x.name)
		}
	}
}

// What moves without a sync — names, ignores, sites that came or went — is on the page within some probes.
func TestProbeSeesWhatMovesWithoutASync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 12)
		stop := w.running()
		defer stop()
		time.Sleep(2*time.Minute + 30*time.Second) // the first pass, and a probe that knows the rows
		synctest.Wait()
		fake.EditSite(3, func(s *mainwptest.Site) { s.Name, s.IgnorePlugins = "Renamed", true })
		fake.RemoveSite(5)
		time.Sleep(75 * time.Second)
		synctest.Wait()
		rows := w.sites(id, "")
		if rows[3].Name != "Renamed" || rows[3].Updates.Plugins != 0 {
			t.Errorf("after a probe: %q with %d plugin updates offered", rows[3].Name, rows[3].Updates.Plugins)
		}
		time.Sleep(8 * time.Minute) // two passes that probes bring about, well before the next one on schedule
		synctest.Wait()
		if _, there := w.sites(id, "")[5]; there {
			t.Error("a removed site is still there after ten minutes")
		}
	})
}

// A web server that drops the key's header looks like a refused key. Muster tells them apart, and goes on when it is repaired.
func TestStrippedHeaderIsNoRefusedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 4)
		fake.SetFaults(mainwptest.Faults{StripAuthorization: true})
		stop := w.running()
		defer stop()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if d := w.dashboard(id); d.ErrorKind != "stripped" || d.NextSyncAt.IsZero() {
			t.Errorf("kind %q, next try %v", d.ErrorKind, d.NextSyncAt)
		}
		fake.SetFaults(mainwptest.Faults{})
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		if d := w.dashboard(id); d.State != db.DashOK {
			t.Errorf("after the repair: %s", d.State)
		}
	})
}

// Refresh makes a full pass due, also in the middle of background reads.
func TestRefreshInterruptsTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V601WP68, 20) // probes see no names before 6.0.12
		stop := w.running()
		defer stop()
		time.Sleep(10 * time.Second)
		fake.SetFaults(mainwptest.Faults{Delay: 500 * time.Millisecond}) // details and rests go on for a while
		fake.EditSite(3, func(s *mainwptest.Site) { s.Name = "Renamed" })
		if err := w.db.RefreshDashboard(t.Context(), dbtest.Owner(), id); err != nil {
			t.Fatal(err)
		}
		w.sync.Wake()
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if got := w.sites(id, "")[3].Name; got != "Renamed" {
			t.Errorf("40 seconds after a refresh the site is %q", got)
		}
	})
}

func TestTroubleIsToldInWords(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 4)
	fake.SetFaults(mainwptest.Faults{Down: true})
	_ = w.sync.Pass(t.Context(), id)
	if d := w.dashboard(id); strings.Contains(d.Error, "tcp") || !strings.Contains(d.Error, "refuses the connection") {
		t.Errorf("it says %q", d.Error)
	}
	if kinds := w.events(id); slices.Contains(kinds, ": unreachable") {
		t.Errorf("a Dashboard that was never read makes history: %v", kinds)
	}
}

func TestSameSiteOnTwoDashboardsIsShownTwiceWithAHint(t *testing.T) {
	w := newWorld(t)
	_, one := w.connect("one", mainwptest.V61WP69, 3)
	same := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP68, Seed: 1, Sites: 3, PluginsPerSite: 8, DescriptionsShort: true, Name: "two", Now: w.now})
	w.hosts["two.example"] = same
	two := w.add("two", same.Token())
	w.pass(one)
	if row := w.sites(one, "")[1]; row.TwinOn != "" {
		t.Fatalf("twin on %q before there is one", row.TwinOn)
	}
	w.pass(two)
	if a, b := w.sites(one, "")[1], w.sites(two, "")[1]; a.TwinOn != "two" || b.TwinOn != "one" {
		t.Errorf("hints: %q and %q", a.TwinOn, b.TwinOn)
	}
}

// One site whose details cannot be read neither makes its Dashboard "unreachable" nor holds up the other sites.
func TestOneBrokenSiteDoesNotHoldUpTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 6)
		fake.SetFaults(mainwptest.Faults{Status: 500, OnlyPath: "/updates/1"})
		stop := w.running()
		defer stop()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if d := w.dashboard(id); d.State != db.DashOK {
			t.Errorf("state %s: %s", d.State, d.Error)
		}
		if got := w.events(id); len(got) != 0 {
			t.Errorf("history: %v", got)
		}
		for remote, row := range w.sites(id, "") {
			s, err := w.db.Site(t.Context(), dbtest.Owner(), row.ID)
			if err != nil {
				t.Fatal(err)
			}
			if known := !s.DetailsAt.IsZero(); known != (remote != 1) {
				t.Errorf("site %d: details known %v", remote, known)
			}
		}
	})
}

// An address that is changed while a pass of the old one is under way still waits for a person.
func TestAddressChangedDuringAPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 8)
		w.pass(id)
		other := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 77, Sites: 8, Now: w.now})
		w.hosts["other.example"] = other
		fake.SetFaults(mainwptest.Faults{Delay: 2 * time.Second})
		done := make(chan error)
		go func() { done <- w.sync.Pass(t.Context(), id) }()
		time.Sleep(5 * time.Second)
		if err := w.db.EditDashboard(t.Context(), dbtest.Owner(), id, db.DashboardEdit{Name: "northlight", URL: "https://other.example"}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if d := w.dashboard(id); d.State != db.DashDoubt {
			t.Errorf("after the pass of the old address: %s", d.State)
		}
		before := w.sites(id, "")[1].URL
		if err := w.db.SetDashboardKey(t.Context(), dbtest.Owner(), id, "bearer", other.Token(), "", "unknown"); err != nil {
			t.Fatal(err)
		}
		w.pass(id)
		if d := w.dashboard(id); d.State != db.DashDoubt || w.sites(id, "")[1].URL != before {
			t.Errorf("after a pass of the new one: %s, %s", d.State, w.sites(id, "")[1].URL)
		}
	})
}

// The index of WordPress can be closed to visitors while the routes with a key are open.
func TestClosedIndexDoesNotStopTheDashboard(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 5)
	fake.SetFaults(mainwptest.Faults{Status: 401, OnlyPath: "/wp-json/?_fields"})
	w.pass(id)
	if d := w.dashboard(id); d.State != db.DashOK || d.Sites != 5 || d.NextSyncAt.IsZero() {
		t.Errorf("state %s, %d sites, next %v", d.State, d.Sites, d.NextSyncAt)
	}
}

// Full rows that do not come are no fresh data, although the short list is whole.
func TestEmptyPagesAreNoPass(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 6)
	w.pass(id)
	readAt := w.clock
	fake.SetFaults(mainwptest.Faults{Empty: true, OnlyPath: "custom_fields"})
	w.later(time.Hour)
	if err := w.sync.Pass(t.Context(), id); err == nil {
		t.Error("a pass without one row ended well")
	}
	if row, d := w.sites(id, "")[1], w.dashboard(id); !row.ReadAt.Equal(readAt) || d.State != db.DashTrouble || d.Error == "" {
		t.Errorf("read at %v, state %s, %q", row.ReadAt, d.State, d.Error)
	}
}

func TestOneEmptyAnswerDeletesNothing(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP68, 12)
	w.pass(id)
	count := func() (clients, monitors int) {
		t.Helper()
		_, clients, err := w.db.Clients(t.Context(), dbtest.Owner(), db.ClientFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range w.sites(id, "") {
			if row.Uptime != nil {
				monitors++
			}
		}
		return clients, monitors
	}
	clients, monitors := count()
	for _, path := range []string{"/clients", "/monitors", "/costs"} {
		fake.SetFaults(mainwptest.Faults{Empty: true, OnlyPath: path})
		w.later(time.Hour)
		w.pass(id)
	}
	if c, m := count(); c != clients || m != monitors || clients == 0 || monitors == 0 {
		t.Errorf("%d of %d clients and %d of %d monitors left", c, clients, m, monitors)
	}
}

// A key that was replaced while a pass with the old one failed is tried before anything is said.
func TestNewKeyDuringAFailingPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP69, 5)
		fake.SetFaults(mainwptest.Faults{Status: 401, Delay: 5 * time.Second})
		stop := w.running()
		defer stop()
		time.Sleep(2 * time.Second)
		if err := w.db.SetDashboardKey(t.Context(), dbtest.Owner(), id, "bearer", fake.Token(), "", "unknown"); err != nil {
			t.Fatal(err)
		}
		fake.SetFaults(mainwptest.Faults{})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if d := w.dashboard(id); d.State != db.DashOK {
			t.Errorf("with the new key: %s, next try %v", d.State, d.NextSyncAt)
		}
	})
}

// What a person confirmed for one address is not good for the next.
func TestConfirmationIsForOneAddress(t *testing.T) {
	w := newWorld(t)
	_, id := w.connect("northlight", mainwptest.V61WP69, 6)
	w.pass(id)
	before := w.sites(id, "")[1].URL
	edit := func(url string) {
		t.Helper()
		if err := w.db.EditDashboard(t.Context(), dbtest.Owner(), id, db.DashboardEdit{Name: "northlight", URL: url}); err != nil {
			t.Fatal(err)
		}
	}
	edit("https://away.example")
	if err := w.db.ConfirmDashboard(t.Context(), dbtest.Owner(), id); err != nil {
		t.Fatal(err)
	}
	_ = w.sync.Pass(t.Context(), id) // nobody answers there
	other := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 55, Sites: 6, Now: w.now})
	w.hosts["other.example"] = other
	edit("https://other.example")
	edit("https://other.example") // a rename keeps the doubt
	if err := w.db.SetDashboardKey(t.Context(), dbtest.Owner(), id, "bearer", other.Token(), "", "unknown"); err != nil {
		t.Fatal(err)
	}
	if d := w.dashboard(id); d.State != db.DashDoubt {
		t.Errorf("before the pass: %s", d.State)
	}
	w.later(time.Minute)
	w.pass(id)
	if d := w.dashboard(id); d.State != db.DashDoubt || w.sites(id, "")[1].URL != before {
		t.Errorf("after it: %s, %s", d.State, w.sites(id, "")[1].URL)
	}
}

// Details that could not be read, or are empty for a site whose sync failed, change nothing that is known.
func TestUnreadableDetailsKeepOffersAndRollbacks(t *testing.T) {
	w := newWorld(t)
	_, id := w.connect("northlight", mainwptest.V61WP68, 3)
	w.pass(id)
	m := w.db.Mirror()
	known, err := m.KnownSites(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	write := func(version, syncError string) {
		t.Helper()
		w.later(time.Minute)
		err := m.WriteSites(t.Context(), id, w.clock, false, []db.SiteWrite{{RemoteID: 1, Hash: []byte(version + syncError), Name: "S", URLKey: known[1].URLKey, SyncError: syncError, LastSyncAt: w.clock,
			Updates: []db.Update{{Kind: db.Plugin, Slug: "a", Name: "A", From: "1", To: "2", Offer: db.Offered}}, UpdatesKnown: map[db.ItemKind]bool{db.Plugin: true, db.Core: true, db.Theme: true, db.Translation: true}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	details := func(x db.Details) db.Update {
		t.Helper()
		row := w.sites(id, "")[1]
		w.later(time.Minute)
		x.ReadAt = w.clock
		if err := m.WriteDetails(t.Context(), id, db.SiteRef{ID: row.ID, RemoteID: 1, LastSyncAt: row.LastSyncAt}, x); err != nil {
			t.Fatal(err)
		}
		list, err := w.db.SiteUpdates(t.Context(), dbtest.Owner(), row.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("updates: %+v, %v", list, err)
		}
		return list[0]
	}
	all := map[db.ItemKind]bool{db.Plugin: true, db.Core: true, db.Theme: true, db.Translation: true}
	write("1", "")
	u := details(db.Details{Updates: true, Known: all, Offered: []db.Update{{Kind: db.Plugin, Slug: "a", Name: "A", From: "1", To: "2"}}, Rollbacks: []db.Update{{Kind: db.Plugin, Slug: "a", Rollback: "2"}}})
	if u.Offer != db.Offered || u.Rollback != "2" {
		t.Fatalf("at first: %+v", u)
	}
	if u = details(db.Details{}); u.Offer != db.Offered || u.Rollback != "2" {
		t.Errorf("after a failed read: %+v", u)
	}
	write("1", "the site does not answer")
	if u = details(db.Details{Updates: true, Known: all}); u.Offer != db.Offered {
		t.Errorf("after an empty list of a site whose sync failed: %+v", u)
	}
}
