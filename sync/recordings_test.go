package syncer_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/db/dbtest"
	syncer "muster/sync"
)

// recorded answers each request as the real Dashboard of one version did.
type recorded struct {
	t       *testing.T
	version string
	files   map[string]file // by the end of a recording's name
}

type file struct {
	status string
	path   string
}

func recordings(t *testing.T, version string) *recorded {
	t.Helper()
	const dir = "../mainwp/testdata"
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	r := &recorded{t: t, version: version, files: map[string]file{}}
	for line := range strings.Lines(string(index)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if name, ok := strings.CutPrefix(f[0], "old/"+version+"-"); ok && f[1] == http.MethodGet {
			r.files[name] = file{f[3], filepath.Join(dir, f[4])}
		}
	}
	if strings.HasPrefix(version, "6") {
		r.files["index"] = file{"200", filepath.Join(dir, "index-mainwp-v2.json")}
	}
	return r
}

// name is the recording that answers a path.
func (r *recorded) name(path string) string {
	rest, ok := strings.CutPrefix(path, "/wp-json/mainwp/v2/")
	switch {
	case path == "/wp-json/":
		return "wp-json-index"
	case !ok:
		return "index"
	case strings.HasPrefix(rest, "updates/"):
		return "updates-1"
	case strings.HasSuffix(rest, "/non-mainwp-changes"):
		return "non-mainwp-changes"
	case strings.HasSuffix(rest, "/heartbeat"):
		return "monitor-1-heartbeat"
	}
	return strings.ReplaceAll(rest, "/", "-")
}

func (r *recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	name := r.name(req.URL.Path)
	status, body := "404", []byte(`{"code":"rest_no_route","message":"No route was found matching the URL and request method.","data":{"status":404}}`)
	if f, ok := r.files[name]; ok {
		status = f.status
		var err error
		if body, err = os.ReadFile(f.path); err != nil {
			return nil, err
		}
	} else if name == "index" {
		// The index of 5.x was kept as a list of routes only: no monitors, no keys.
		status, body = "200", []byte(`{"namespace":"mainwp/v2","routes":{"/mainwp/v2/sites":{},"/mainwp/v2/costs":{}}}`)
	}
	code := map[string]int{"200": 200, "404": 404, "500": 500}[status]
	if code == 0 {
		r.t.Errorf("recording %s has status %s", name, status)
	}
	return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, nil
}

// TestMirrorOfRealDashboards runs the main job on what real Dashboards answered: two sites, with updates, tags, a client and a change.
func TestMirrorOfRealDashboards(t *testing.T) {
	for _, version := range []string{"5.2.2", "5.4.0.23", "5.4.1", "5.4.1-wp69", "6.0.1", "6.0.1-wp69", "6.0.12", "6.0.12-wp69"} {
		t.Run(version, func(t *testing.T) {
			now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
			replay := recordings(t, version)
			w := newWorld(t)
			w.clock = now
			w.sync = syncer.New(syncer.Options{DB: w.db, Transport: replay, Now: w.now})
			id := w.add("northlight", "aaaabbbbccccddddeeeeffff0000111122223333==1111222233334444555566667777888899990000")
			w.pass(id)
			if err := w.sync.Details(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			rows := w.sites(id, "")
			if len(rows) != 2 || rows[1].Name != "Corner Cafe" || rows[1].WPVersion != "6.9.4" || rows[1].PHPVersion == "" || rows[1].GoodSyncAt.IsZero() || rows[1].State != db.StateOK {
				t.Fatalf("sites: %+v", rows)
			}
			if rows[1].ClientName == "" || len(rows[1].Tags) != 1 || rows[1].Tags[0].Name != "Cafes" {
				t.Errorf("client %q, tags %+v", rows[1].ClientName, rows[1].Tags)
			}
			updates, err := w.db.SiteUpdates(t.Context(), dbtest.Owner(), rows[1].ID)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(updates, func(u db.Update) bool { return u.Slug == "lab-cache/lab-cache.php" })
			if i < 0 || updates[i].From != "0.9" || updates[i].To != "1.0.0" || updates[i].Name != "Lab Cache" || updates[0].Kind != db.Core || updates[0].From != "6.9.4" || updates[0].To != "6.9.5" {
				t.Errorf("updates: %+v", updates)
			}
			plugins, err := w.db.Inventory(t.Context(), dbtest.Owner(), rows[1].ID, db.Plugin)
			if err != nil || !slices.ContainsFunc(plugins, func(i db.Installed) bool { return i.Child && i.Active }) {
				t.Errorf("plugins without MainWP Child: %+v, %v", plugins, err)
			}
			changes, n, err := w.db.Changes(t.Context(), dbtest.Owner(), rows[1].ID, db.Paging{})
			if err != nil || n == 0 || changes[0].Action == "" || changes[0].At.Year() != 2026 {
				t.Errorf("changes: %+v, %v", changes, err)
			}
			if strings.HasPrefix(version, "6") {
				if monitors, err := w.db.Monitors(t.Context(), dbtest.Owner(), rows[1].ID); err != nil || len(monitors) == 0 {
					t.Errorf("monitors: %+v, %v", monitors, err)
				}
			}
			w.later(time.Hour)
			w.pass(id)
			if got := w.events(id); len(got) != 0 {
				t.Errorf("the same answers made history: %v", got)
			}
		})
	}
}
