package syncer_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/db/dbtest"
	"muster/mainwp/mainwptest"
)

// asked counts the requests to a Dashboard whose path has a part.
func asked(fake *mainwptest.Dashboard, part string) int {
	n := 0
	for _, r := range fake.Requests() {
		if strings.Contains(r.Path, part) {
			n++
		}
	}
	return n
}

// However slow a Dashboard is, it rests nine times as long as it worked, over probes as well; but a person is not kept waiting.
func TestASlowDashboardRestsAndARefreshDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V601WP68, 40)
		fake.SetFaults(mainwptest.Faults{Delay: 20 * time.Second, OnlyPath: "/updates/"})
		stop := w.running()
		defer stop()
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := asked(fake, "/updates/"); n < 10 || n > 19 {
			t.Errorf("%d requests of 20 seconds in an hour, want a tenth of the time", n)
		}
		fake.SetFaults(mainwptest.Faults{})
		time.Sleep(21 * time.Second) // a request that was under way has ended
		fake.EditSite(3, func(s *mainwptest.Site) { s.Name = "Renamed" })
		if err := w.db.RefreshDashboard(t.Context(), dbtest.Owner(), id); err != nil {
			t.Fatal(err)
		}
		w.sync.Wake()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := w.sites(id, "")[3].Name; got != "Renamed" {
			t.Errorf("3 seconds after a refresh the site is %q", got)
		}
	})
}

// A Dashboard that asks to wait is left alone in the background for so long.
func TestBackgroundHeedsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := bubbleWorld(t)
		fake, id := w.connect("northlight", mainwptest.V61WP68, 12)
		fake.SetFaults(mainwptest.Faults{Status: 429, RetryAfter: 30 * time.Minute, OnlyPath: "/updates/", Times: 1})
		stop := w.running()
		defer stop()
		time.Sleep(29 * time.Minute)
		synctest.Wait()
		for _, part := range []string{"/updates/", "/abandoned", "/non-mainwp-changes", "/heartbeat"} {
			if n := asked(fake, part); part == "/updates/" && n != 1 || part != "/updates/" && n != 0 {
				t.Errorf("%d requests of %s after it asked for half an hour's rest", n, part)
			}
		}
		if d := w.dashboard(id); d.State != db.DashOK || time.Since(d.LastReadAt) > 5*time.Minute {
			t.Errorf("meanwhile: %s, read %v ago", d.State, time.Since(d.LastReadAt))
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := asked(fake, "/updates/"); n < 12 {
			t.Errorf("after the rest: %d requests for the updates of 12 sites", n)
		}
	})
}

// All changes since the last look are kept, however many; those older than history are not.
func TestChangesAreReadBackToWhatIsKnown(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP68, 2)
	read := func(want int) {
		t.Helper()
		w.pass(id)
		if err := w.sync.Details(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		list, n, err := w.db.Changes(t.Context(), dbtest.Owner(), w.sites(id, "")[1].ID, db.Paging{PerPage: db.MaxPerPage})
		if err != nil || n != want || list[len(list)-1].At.Before(w.clock.AddDate(0, 0, -400)) {
			t.Errorf("%d changes, want %d young ones; %v", n, want, err)
		}
	}
	change := func(n int) {
		for range n {
			fake.AddChange(1, "deactivate", "plugin", "akismet/akismet.php", "Akismet")
		}
	}
	change(60)
	w.later(500 * 24 * time.Hour)
	change(130)
	read(130)
	w.later(25 * time.Hour)
	change(70)
	before := asked(fake, "/sites/1/non-mainwp-changes")
	read(200)
	if n := asked(fake, "/sites/1/non-mainwp-changes") - before; n != 2 {
		t.Errorf("%d pages were read for 70 new changes, want 2", n)
	}
	// A part that cannot be read is read later.
	w.later(25 * time.Hour)
	change(80)
	fake.SetFaults(mainwptest.Faults{Status: 400, OnlyPath: "page=2"})
	read(200)
	fake.SetFaults(mainwptest.Faults{})
	w.later(25 * time.Hour)
	read(280)
}

// Incidents that could not be read once are read later, and do not hold up those of other monitors.
func TestIncidentsAreReadAgainAfterAFailure(t *testing.T) {
	w := newWorld(t)
	fake, id := w.connect("northlight", mainwptest.V61WP68, 12)
	w.pass(id)
	for _, down := range []bool{true, false} {
		fake.SetDown(3, down)
		fake.SetDown(4, down)
		w.later(20 * time.Minute)
		w.pass(id)
	}
	incidents := func() (sites, all int) {
		t.Helper()
		if err := w.sync.Details(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, row := range w.sites(id, "") {
			list, err := w.db.Incidents(t.Context(), dbtest.Owner(), row.ID)
			if err != nil {
				t.Fatal(err)
			}
			sites, all = sites+min(len(list), 1), all+len(list)
		}
		return sites, all
	}
	fake.SetFaults(mainwptest.Faults{Status: 500, OnlyPath: "/incidents", Times: 1})
	sites, before := incidents()
	if sites == 0 {
		t.Error("one that cannot be read holds up the others")
	}
	w.later(61 * time.Minute)
	if _, after := incidents(); after <= before {
		t.Errorf("an hour later there are %d incidents, as before", after)
	}
}
