package syncer_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/db/dbtest"
	"muster/mainwp"
	"muster/mainwp/mainwptest"
	syncer "muster/sync"
)

// world is a store with a syncer over fake Dashboards in memory.
type world struct {
	t     *testing.T
	db    *db.DB
	file  string // of db
	sync  *syncer.Syncer
	hosts map[string]*mainwptest.Dashboard
	clock time.Time
	// realClock: time.Now, which a synctest bubble fakes
	realClock bool
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, hosts: map[string]*mainwptest.Dashboard{}, clock: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w.file = filepath.Join(t.TempDir(), "muster.db")
	var err error
	if w.db, err = db.Open(t.Context(), db.Options{Path: w.file, Key: dbtest.Key(), Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.sync = syncer.New(syncer.Options{DB: w.db, Transport: mainwptest.Transport(w.hosts), Now: w.now, Log: slog.New(slog.NewTextHandler(testWriter{t}, nil))})
	return w
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) { w.t.Log(string(p)); return len(p), nil }

func (w *world) now() time.Time {
	if w.realClock {
		return time.Now()
	}
	return w.clock
}

// connect adds a fake Dashboard under name.example and returns its id in Muster.
func (w *world) connect(name string, p mainwptest.Personality, sites int) (*mainwptest.Dashboard, int64) {
	w.t.Helper()
	d := mainwptest.New(mainwptest.Config{Personality: p, Seed: uint64(len(w.hosts) + 1), Sites: sites, PluginsPerSite: 8, DescriptionsShort: true, Name: name, Now: w.now})
	w.hosts[name+".example"] = d
	return d, w.add(name, d.Token())
}

func (w *world) add(name, token string) int64 {
	w.t.Helper()
	cred, err := mainwp.ParseCredential(token)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := w.db.CreateDashboard(w.t.Context(), dbtest.Owner(), db.NewDashboard{
		DashboardEdit: db.DashboardEdit{Name: name, URL: "https://" + name + ".example", Auth: "bearer"}, Key: cred.Reveal(), KeyHint: cred.Hint(), KeyScope: "unknown"})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// pass makes a full pass, which must end well.
func (w *world) pass(id int64) {
	w.t.Helper()
	if err := w.sync.Pass(w.t.Context(), id); err != nil {
		w.t.Fatalf("pass: %v", err)
	}
}

func (w *world) later(d time.Duration) { w.clock = w.clock.Add(d) }

// sites lists the visible sites of a Dashboard by remote id.
func (w *world) sites(id int64, status string) map[int64]db.SiteRow {
	w.t.Helper()
	out := map[int64]db.SiteRow{}
	for page := 1; ; page++ {
		rows, total, err := w.db.Sites(w.t.Context(), dbtest.Owner(), db.SiteFilter{Dashboard: id, Status: status, Paging: db.Paging{Page: page, PerPage: db.MaxPerPage}})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range rows {
			out[r.RemoteID] = r
		}
		if len(rows) == 0 || len(out) == total {
			return out
		}
	}
}

func (w *world) dashboard(id int64) db.Dashboard {
	w.t.Helper()
	d, err := w.db.Dashboard(w.t.Context(), dbtest.Owner(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// events lists the history of a Dashboard, oldest first, as short lines.
func (w *world) events(id int64) []string {
	w.t.Helper()
	list, _, err := w.db.Events(w.t.Context(), dbtest.Owner(), db.EventFilter{Dashboard: id, Paging: db.Paging{PerPage: db.MaxPerPage}})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i]
		line := fmt.Sprintf("%s: %s", e.SiteName, e.Kind)
		if e.ItemKind != "" {
			line += fmt.Sprintf(" %s %s", e.ItemKind, e.Slug)
		}
		if e.From+e.To != "" {
			line += fmt.Sprintf(" %s→%s", e.From, e.To)
		}
		out = append(out, line)
	}
	return out
}

// inBubble runs a subtest on fake time: pauses between retries cost nothing.
func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}
