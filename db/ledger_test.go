package db_test

import (
	"testing"
	"time"

	"muster/db"
	"muster/db/dbtest"
)

// The ledger counts whole minutes once, whatever is read twice, and leaves gaps unknown.
func TestUptimeLedger(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	now := noon.Add(40 * time.Minute)
	d := dbtest.New(t, func() time.Time { return now })
	id, err := d.CreateDashboard(t.Context(), dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: "A", URL: "https://a.example"}, Key: "k"})
	check(t, err)
	m := d.Mirror()
	check(t, m.WriteSites(t.Context(), id, noon, true, []db.SiteWrite{{RemoteID: 1, Name: "S", URLKey: "s.example", URL: "https://s.example/"}}))
	check(t, m.WriteMonitors(t.Context(), id, noon, true, []db.MonitorWrite{{RemoteID: 9, URLKey: "s.example", Status: "up", Every: 5 * time.Minute}}))
	due := func() db.MonitorRef {
		t.Helper()
		refs, err := m.BeatsDue(t.Context(), id, 10)
		if err != nil || len(refs) != 1 {
			t.Fatalf("heartbeats due: %v, %v", refs, err)
		}
		return refs[0]
	}
	beats := func(minute int, status string) db.Beat {
		return db.Beat{At: noon.Add(time.Duration(minute) * time.Minute), Status: status}
	}
	check(t, m.WriteBeats(t.Context(), due(), now, []db.Beat{beats(-10, "up"), beats(0, "up"), beats(5, "down"), beats(8, "up"), beats(12, "pending")}))
	now = now.Add(2 * time.Hour)
	check(t, m.WriteBeats(t.Context(), due(), now, []db.Beat{beats(5, "down"), beats(8, "up"), beats(12, "pending"), beats(20, "up"), beats(59, "up")}))

	known, err := m.KnownSites(t.Context(), id)
	check(t, err)
	monitors, err := d.Monitors(t.Context(), dbtest.Owner(), known[1].ID)
	if err != nil || len(monitors) != 1 {
		t.Fatalf("monitors: %v, %v", monitors, err)
	}
	day := monitors[0].Day
	if len(day.Hours) != 24 {
		t.Fatalf("%d hours", len(day.Hours))
	}
	for _, h := range day.Hours {
		want := db.HourBar{At: h.At}
		switch h.At.Hour() {
		case 11:
			want.Up = 10
		case 12: // 5 up, 3 down, 4 up, 8 pending, then up for at most 12 minutes after the check at 12:20
			want.Up, want.Down = 5+4+12, 3
		}
		if h != want {
			t.Errorf("hour %s: %d up, %d down; want %d, %d", h.At.Format("15:04"), h.Up, h.Down, want.Up, want.Down)
		}
	}
	if day.Up != 31 || day.Down != 3 || !day.Known {
		t.Errorf("sum: %+v", day)
	}
	if month := monitors[0].MonthUptime; month.Up != 31 || month.Down != 3 || len(month.Hours) != 30 {
		t.Errorf("month: %d up, %d down, %d days", month.Up, month.Down, len(month.Hours))
	}
}

func TestPruneKeepsWhatIsYoung(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	start := now
	d := dbtest.New(t, func() time.Time { return now })
	id, err := d.CreateDashboard(t.Context(), dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: "A", URL: "https://a.example"}, Key: "k"})
	check(t, err)
	m := d.Mirror()
	for _, name := range []string{"old", "middle", "young"} { // a change of the name, 60 days apart
		check(t, m.WriteSites(t.Context(), id, now, false, []db.SiteWrite{{RemoteID: 1, Hash: []byte(name), Name: name, URLKey: "s.example"}}))
		now = now.AddDate(0, 0, 60)
	}
	check(t, m.Prune(t.Context(), 130))
	events, n, err := d.Events(t.Context(), dbtest.Owner(), db.EventFilter{})
	if err != nil || n != 2 || !events[1].At.After(start) {
		t.Errorf("left: %+v, %v", events, err)
	}
}
