package syncer_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/db/dbtest"
	"muster/mainwp"
	"muster/mainwp/mainwptest"
)

// Up to 6.0.12 site rows carry passwords; nothing of them may reach the file.
func TestNothingThatLeaksIsStored(t *testing.T) {
	for name, p := range personalities {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			fake, id := w.connect("northlight", p, 15)
			w.pass(id)
			if err := w.sync.Details(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "copy.db")
			if err := w.db.Backup(t.Context(), path); err != nil {
				t.Fatal(err)
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			leaks := fake.Leaks()
			if len(leaks) == 0 {
				t.Fatal("the fake leaks nothing: this test would not fail")
			}
			for _, secret := range append(leaks, fake.Token()) {
				if bytes.Contains(file, []byte(secret)) {
					t.Errorf("the database holds %q", secret)
				}
			}
		})
	}
}

// A Dashboard that fails keeps its last good data, marked with the reason; the others go on.
func TestTroubleKeepsTheLastGoodData(t *testing.T) {
	for name, c := range map[string]struct {
		faults mainwptest.Faults
		kind   mainwp.Kind
		state  db.DashboardState
		stops  bool
	}{
		"down":            {mainwptest.Faults{Down: true}, mainwp.KindTransport, db.DashUnreachable, false},
		"HTML":            {mainwptest.Faults{HTML: true}, mainwp.KindBlocked, db.DashTrouble, false},
		"401":             {mainwptest.Faults{Status: 401}, mainwp.KindCredentials, db.DashKey, true},
		"half a page":     {mainwptest.Faults{HalfPage: true}, mainwp.KindTransport, db.DashUnreachable, false},
		"no longer there": {mainwptest.Faults{V1Only: true}, mainwp.KindNoRoute, db.DashTrouble, false},
	} {
		inBubble(t, name, func(t *testing.T) {
			w := newWorld(t)
			bad, badID := w.connect("bad", mainwptest.V61WP69, 40)
			_, goodID := w.connect("good", mainwptest.V61WP68, 30)
			w.pass(badID)
			w.pass(goodID)
			before, readAt := w.sites(badID, ""), w.clock
			w.later(time.Hour)
			bad.SetFaults(c.faults)
			if err := w.sync.Pass(t.Context(), badID); mainwp.KindOf(err) != c.kind {
				t.Errorf("the pass ends with %q (%v), want %q", mainwp.KindOf(err), err, c.kind)
			}
			w.pass(goodID)
			d := w.dashboard(badID)
			if d.State != c.state || d.Error == "" || !d.ErrorAt.Equal(w.clock) || d.NextSyncAt.IsZero() != c.stops {
				t.Errorf("Dashboard: state %s, error %q since %v, next try %v", d.State, d.Error, d.ErrorAt, d.NextSyncAt)
			}
			if !d.LastReadAt.Equal(readAt) {
				t.Errorf("the failed read counts as one: %v", d.LastReadAt)
			}
			after := w.sites(badID, "")
			if len(after) != len(before) {
				t.Fatalf("%d of %d sites left", len(after), len(before))
			}
			for id, row := range after {
				if row.WPVersion != before[id].WPVersion || row.Updates != before[id].Updates || !row.ReadAt.Equal(readAt) {
					t.Errorf("site %d changed: %+v", id, row)
				}
			}
			bad.SetFaults(mainwptest.Faults{})
			w.later(time.Hour)
			w.pass(badID)
			if d := w.dashboard(badID); d.State != db.DashOK || d.Error != "" {
				t.Errorf("after its return: %s, %q", d.State, d.Error)
			}
			history := ""
			if c.kind == mainwp.KindTransport || c.kind == mainwp.KindBlocked {
				history = ": unreachable|: reachable"
			}
			if got := strings.Join(w.events(badID), "|"); got != history {
				t.Errorf("history: %q, want %q", got, history)
			}
		})
	}
}

func TestJunkBeforeTheJSONIsNoTrouble(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 20)
	fake.SetFaults(mainwptest.Faults{Junk: "\ufeff<br />\n<b>Warning</b>: Undefined variable $x in /srv/www/plugin.php on line 7<br />\n"})
	w.pass(id)
	if got := len(w.sites(id, "")); got != 20 {
		t.Errorf("%d of 20 sites", got)
	}
}

func TestEmptyOrHalvedListDeletesNothingAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		faults mainwptest.Faults
		doubt  bool
	}{
		"empty":            {mainwptest.Faults{Empty: true}, true},
		"more than half":   {mainwptest.Faults{Shrink: 15}, true},
		"half of it there": {mainwptest.Faults{Shrink: 20}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			fake, id := w.connect("northlight", mainwptest.V61WP69, 40)
			w.pass(id)
			fake.SetFaults(c.faults)
			w.later(time.Hour)
			w.pass(id)
			if got := len(w.sites(id, "")); got != 40 {
				t.Fatalf("after one short list %d of 40 sites are left", got)
			}
			if got := w.dashboard(id).State == db.DashDoubt; got != c.doubt {
				t.Errorf("in doubt: %v, want %v (%s)", got, c.doubt, w.dashboard(id).Doubt)
			}
			fake.SetFaults(mainwptest.Faults{})
			w.later(time.Hour)
			w.pass(id)
			if d := w.dashboard(id); d.State != db.DashOK || len(w.sites(id, "")) != 40 {
				t.Errorf("after the whole list returned: %s, %d sites", d.State, d.Sites)
			}
			if got := w.events(id); len(got) != 0 {
				t.Errorf("it made history: %v", got)
			}
		})
	}
}

func TestSiteIsGoneAfterTwoCompleteLists(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP68, 30)
	w.pass(id)
	name := w.sites(id, "")[7].Name
	fake.RemoveSite(7)
	w.later(time.Hour)
	w.pass(id)
	if _, there := w.sites(id, "")[7]; !there {
		t.Fatal("gone after one list")
	}
	w.later(time.Hour)
	w.pass(id)
	if _, there := w.sites(id, "")[7]; there {
		t.Error("still there after two lists")
	}
	if gone := w.sites(id, db.StatusGone); len(gone) != 1 || gone[7].Name != name {
		t.Errorf("gone: %v", gone)
	}
	if got := w.events(id); !slices.Equal(got, []string{name + ": site_gone"}) {
		t.Errorf("history: %v", got)
	}
}

// The list is ordered by address and shifts while it is read; the pages' union must not decide what exists.
func TestSiteRemovedBetweenTwoPages(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 70)
	first := firstByAddress(fake)
	fake.SetFaults(mainwptest.Faults{RemoveAfterPage: map[int][]int64{1: {first}}})
	w.pass(id)
	rows := w.sites(id, "")
	for _, remote := range fake.SiteIDs() {
		if _, ok := rows[remote]; !ok {
			t.Errorf("site %d was skipped by the shift", remote)
		}
	}
}

func firstByAddress(fake *mainwptest.Dashboard) int64 {
	ids := fake.SiteIDs()
	return slices.MinFunc(ids, func(a, b int64) int {
		return strings.Compare(mainwp.NormalURL(fake.Site(a).URL), mainwp.NormalURL(fake.Site(b).URL))
	})
}

func TestURLPointedAtAnotherDashboard(t *testing.T) {
	w := newWorld(t)
	_, id := w.connect("northlight", mainwptest.V61WP69, 30)
	w.pass(id)
	before := w.sites(id, "")
	other := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 99, Sites: 30, Now: w.now})
	w.hosts["northlight.example"] = other
	if err := w.db.SetDashboardKey(t.Context(), dbtest.Owner(), id, "bearer", other.Token(), "", "unknown"); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	w.pass(id)
	d := w.dashboard(id)
	if d.State != db.DashDoubt || d.Doubt == "" {
		t.Fatalf("state %s, doubt %q", d.State, d.Doubt)
	}
	for remote, row := range w.sites(id, "") {
		if row.URL != before[remote].URL {
			t.Errorf("site %d was overwritten: %s", remote, row.URL)
		}
	}
	if err := w.db.ConfirmDashboard(t.Context(), dbtest.Owner(), id); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	w.pass(id)
	if d := w.dashboard(id); d.State != db.DashOK || w.sites(id, "")[1].URL != other.Site(1).URL {
		t.Errorf("after the confirmation: %s, %s", d.State, w.sites(id, "")[1].URL)
	}
}

func TestChangedAddressWaitsForAPerson(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 10)
	w.pass(id)
	w.hosts["moved.example"] = fake
	if err := w.db.EditDashboard(t.Context(), dbtest.Owner(), id, db.DashboardEdit{Name: "Moved", URL: "https://moved.example", Auth: "bearer"}); err != nil {
		t.Fatal(err)
	}
	fake.EditSite(3, func(s *mainwptest.Site) { s.Name = "Renamed meanwhile" })
	w.later(time.Hour)
	w.pass(id)
	if d := w.dashboard(id); d.State != db.DashDoubt || w.sites(id, "")[3].Name == "Renamed meanwhile" {
		t.Errorf("state %s, site %q", d.State, w.sites(id, "")[3].Name)
	}
	if err := w.db.ConfirmDashboard(t.Context(), dbtest.Owner(), id); err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	w.pass(id)
	if d := w.dashboard(id); d.State != db.DashOK || w.sites(id, "")[3].Name != "Renamed meanwhile" {
		t.Errorf("after the confirmation: %s, %q", d.State, w.sites(id, "")[3].Name)
	}
}

// A slow page must not undo what a later read of one site has found.
func TestOlderPageAfterANewerRead(t *testing.T) {
	w := newWorld(t)
	_, id := w.connect("northlight", mainwptest.V61WP68, 5)
	w.pass(id)
	m := w.db.Mirror()
	write := func(at time.Time, version string) {
		t.Helper()
		err := m.WriteSites(t.Context(), id, at, false, []db.SiteWrite{{RemoteID: 1, Hash: []byte(version), Name: "S", URL: "https://s.example/", URLKey: "s.example", WPVersion: version, LastSyncAt: w.clock}})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.later(time.Hour)
	write(w.clock.Add(300*time.Millisecond), "7.0.2")
	write(w.clock.Add(100*time.Millisecond), "6.9")
	if got := w.sites(id, "")[1].WPVersion; got != "7.0.2" {
		t.Errorf("WordPress %s: the older page won", got)
	}
}

func TestUnreadableRowKeepsItsData(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP69, 5)
	w.pass(id)
	before := w.sites(id, "")[2]
	fake.EditSite(2, func(s *mainwptest.Site) { s.Inventory = mainwptest.Inventory{}; s.LastSync = w.clock })
	w.later(time.Hour)
	w.pass(id)
	if got := w.sites(id, "")[2]; got.Updates != before.Updates {
		t.Errorf("an emptied row wiped the updates: %+v, had %+v", got.Updates, before.Updates)
	}
	if list, err := w.db.Inventory(t.Context(), dbtest.Owner(), before.ID, db.Plugin); err != nil || len(list) == 0 {
		t.Errorf("plugins: %v, %v", list, err)
	}
	if got := w.events(id); len(got) != 0 {
		t.Errorf("history: %v", got)
	}
}

func TestNotFoundIsNotAPass(t *testing.T) {
	w := newWorld(t)
	if err := w.sync.Pass(t.Context(), 42); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a pass of no Dashboard: %v", err)
	}
}
