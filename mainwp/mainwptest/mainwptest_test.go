package mainwptest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func fixed() time.Time { return noon }

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func small(p Personality) *Dashboard {
	return New(Config{Personality: p, Seed: 3, Sites: 60, Now: fixed})
}

func get(t *testing.T, d *Dashboard, path string) string {
	t.Helper()
	_, body := ask(t, d, "GET", v2+path, "", "")
	return string(body)
}

// siteRow is what these tests read of a row.
type siteRow struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Status     string `json:"status"`
	SyncErrors string `json:"sync_errors"`
	LastSync   string `json:"last_sync"`
	Upgrades   string `json:"plugin_upgrades"`
	ClientID   string `json:"client_id"`
	HTTPStatus string `json:"http_status"`
	Offline    string `json:"offline_check_result"`
}

func row(t *testing.T, d *Dashboard, id int64) siteRow {
	t.Helper()
	var a struct{ Data []siteRow }
	decode(t, get(t, d, "/sites?custom_fields=offline_check_result&include="+itoa(id)), &a)
	if len(a.Data) != 1 {
		t.Fatalf("site %d: %d rows", id, len(a.Data))
	}
	return a.Data[0]
}

func decode(t *testing.T, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%v: %.300s", err, body)
	}
}

func success(t *testing.T, body string) int {
	t.Helper()
	a := struct{ Success int }{-1}
	decode(t, body, &a)
	return a.Success
}

func TestPagingOfLists(t *testing.T) {
	for name, c := range map[string]struct {
		as    Personality
		path  string
		rows  int
		total int
	}{
		"legacy without paging":            {V61WP68, "/sites", 60, 60},
		"legacy page without per_page":     {V61WP68, "/sites?page=2", 60, 60},
		"legacy page":                      {V61WP68, "/sites?page=2&per_page=50", 10, 10},
		"abilities without paging":         {V61WP69, "/sites", 20, 60},
		"abilities page":                   {V61WP69, "/sites?page=2&per_page=50", 10, 60},
		"abilities, legacy forced":         {V61WP69, "/sites?exclude=999999999&page=1&paged=1&per_page=200", 60, 60},
		"page behind the end":              {V61WP69, "/sites?exclude=999999999&page=9&paged=9&per_page=50", 0, 0},
		"basic is not paged by per_page":   {V61WP69, "/sites/basic?per_page=2", 60, 60},
		"monitors give 20":                 {V61WP69, "/monitors", 20, 20},
		"5.4 has no abilities":             {Personality{MainWP: "5.4.0.23", WordPress69: true}, "/sites", 60, 60},
		"include of words that are no ids": {V61WP69, "/sites?include=abc", 0, 0},
		"search finds part of the address": {V61WP68, "/sites?search=" + "zzzz", 0, 0},
		"status lists":                     {V61WP68, "/sites?status=suspended,disconnected,connected", 60, 60},
	} {
		t.Run(name, func(t *testing.T) {
			var a struct {
				Total int
				Data  []json.RawMessage
			}
			decode(t, get(t, small(c.as), c.path), &a)
			if len(a.Data) != c.rows || a.Total != c.total {
				t.Errorf("%d rows, total %d; want %d and %d", len(a.Data), a.Total, c.rows, c.total)
			}
		})
	}
}

// After a failed sync a site on WordPress 6.9 is refused until it is reconnected, or until MainWP's own cron syncs it.
func TestFailedSyncSticks(t *testing.T) {
	for name, c := range map[string]struct {
		as    Personality
		stuck bool
	}{"6.1 on 6.9": {V61WP69, true}, "6.1 on 6.8": {V61WP68, false}, "5.4": {V54, false}} {
		t.Run(name, func(t *testing.T) {
			c0 := &clock{noon}
			d := New(Config{Personality: c.as, Seed: 3, Sites: 10, Now: c0.now})
			d.Sync(2)
			synced := row(t, d, 2).LastSync
			c0.t = noon.Add(time.Hour)
			d.SetDown(2, true)
			_, body := ask(t, d, "POST", v2+"/sites/2/sync", "{}", "")
			if success(t, string(body)) != 0 {
				t.Errorf("sync of a dead child: %s", body)
			}
			r := row(t, d, 2)
			if c.stuck {
				if r.SyncErrors != "" {
					t.Error("the ability tried a site that is offline")
				}
			} else if !strings.Contains(r.SyncErrors, "Couldn&#039;t connect") {
				t.Errorf("sync_errors %q", r.SyncErrors)
			}
			if r.LastSync != synced || r.HTTPStatus != "200 - OK" {
				t.Errorf("a connection error moved last_sync or http_status: %+v", r)
			}
			status, _ := ask(t, d, "POST", v2+"/sites/2/reconnect", "{}", "")
			if status != 500 {
				t.Errorf("reconnect while down: status %d", status)
			}
			d.SetDown(2, false)
			_, body = ask(t, d, "POST", v2+"/sites/2/sync", "{}", "")
			if got := success(t, string(body)) == 0; got != c.stuck {
				t.Errorf("sync after the child is back: stuck %v, want %v", got, c.stuck)
			}
			ask(t, d, "POST", v2+"/sites/2/reconnect", "{}", "")
			if r := row(t, d, 2); r.Status != "connected" || r.LastSync == synced {
				t.Errorf("after reconnect: %+v", r)
			}
		})
	}
}

func TestDisconnectMovesLastSync(t *testing.T) {
	c := &clock{noon}
	d := New(Config{Personality: V61WP69, Seed: 3, Sites: 10, Now: c.now})
	d.Sync(2)
	c.t = noon.Add(time.Hour)
	d.Disconnect(2)
	if r := row(t, d, 2); r.LastSync != "2026-11-23T13:00:00" || !strings.Contains(r.SyncErrors, "Authentication failed") || r.Status != "disconnected" {
		t.Errorf("%+v", r)
	}
}

func TestReleaseUpdateAndIgnore(t *testing.T) {
	d := small(V61WP69)
	pending(d)
	d.ReleaseUpdate("plugin", "akismet/akismet.php", "6.0")
	if strings.Contains(row(t, d, 1).Upgrades, `"new_version":"6.0"`) {
		t.Error("a release showed before the sync")
	}
	d.Sync(1)
	if got := row(t, d, 1).Upgrades; !strings.Contains(got, `"new_version":"6.0"`) {
		t.Errorf("release missing after the sync: %.200s", got)
	}
	d.IgnoreGlobally("plugin", "akismet/akismet.php")
	if strings.Contains(get(t, d, "/updates/1"), `"akismet\/akismet.php"`) {
		t.Error("a globally ignored update is still offered")
	}
	if !strings.Contains(row(t, d, 1).Upgrades, "akismet") {
		t.Error("a global ignore changed the row")
	}
	d.ApplyUpdate(1, "plugins", "akismet/akismet.php")
	d.Sync(1)
	if strings.Contains(row(t, d, 1).Upgrades, "akismet") {
		t.Error("an applied update is still pending after the sync")
	}
}

func TestUpdateCallChangesTheChildOnly(t *testing.T) {
	for name, effect := range map[string]bool{"works": true, "has no effect": false} {
		t.Run(name, func(t *testing.T) {
			d := small(V61WP69)
			pending(d)
			d.SetFaults(Faults{NoUpdateEffect: !effect})
			_, body := ask(t, d, "POST", v2+"/updates/1/update/plugins", `{"slug":["akismet/akismet.php","nope/nope.php"]}`, "")
			if string(body) != `{"success":1,"data":{"akismet\/akismet.php":{"success":1,"name":"Akismet Anti-spam: Spam Protection","old_version":"5.4","version":"5.6"}}}` {
				t.Errorf("answer %s", body)
			}
			if !strings.Contains(row(t, d, 1).Upgrades, "akismet") {
				t.Error("the row lost the update before a sync")
			}
			d.Sync(1)
			if pending := strings.Contains(row(t, d, 1).Upgrades, "akismet"); pending == effect {
				t.Errorf("still pending after the sync: %v", pending)
			}
		})
	}
}

func TestEditByVersion(t *testing.T) {
	for name, c := range map[string]struct {
		as           Personality
		name, client string
	}{
		"6.1 loses the client": {V61WP69, "Renamed", "0"},
		"6.0.1 does nothing":   {V601WP69, "", "1"},
		"5.4 keeps the client": {V54, "Renamed", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			d := small(c.as)
			d.EditSite(1, func(s *Site) { s.ClientID = 1 })
			before := row(t, d, 1).Name
			status, _ := ask(t, d, "PUT", v2+"/sites/1/edit", `{"name":"Renamed"}`, "")
			r := row(t, d, 1)
			want := c.name
			if want == "" {
				want = before
			}
			if status != 200 || r.Name != want || r.ClientID != c.client {
				t.Errorf("status %d, row %+v", status, r)
			}
		})
	}
}

func TestWaysToAuthenticate(t *testing.T) {
	d := small(V61WP69)
	ck, cs := d.KeyPair()
	client := &http.Client{Transport: Transport(map[string]*Dashboard{"dash.example": d})}
	count := "https://dash.example/wp-json/mainwp/v2/sites/count"
	try := func(url string, set func(*http.Request)) int {
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		set(r)
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+d.Token()) }
	basic := func(r *http.Request) { r.SetBasicAuth(ck, cs) }
	nothing := func(*http.Request) {}
	got := []int{
		try(count, bearer), try(count, basic), try(count+"?oauth_mainwp_ck="+ck+"&oauth_mainwp_cs="+cs, nothing),
		try(count, func(r *http.Request) { r.Header.Set("Authorization", "bearer "+d.Token()) }),
	}
	d.SetFaults(Faults{StripAuthorization: true})
	got = append(got, try(count, bearer), try(count+"?oauth_mainwp_ck="+ck+"&oauth_mainwp_cs="+cs, nothing))
	if diff := cmp.Diff([]int{200, 200, 200, 401, 401, 200}, got); diff != "" {
		t.Error(diff)
	}
	var ways []string
	for _, r := range d.Requests() {
		ways = append(ways, r.Auth)
		if strings.Contains(r.Query.Encode(), "oauth") {
			t.Error("the log keeps a key")
		}
	}
	if diff := cmp.Diff([]string{"bearer", "basic", "query", "none", "bearer", "query"}, ways); diff != "" {
		t.Error(diff)
	}
}

func TestCredentialsLeakBeforeSixOne(t *testing.T) {
	for _, c := range []struct {
		as   Personality
		leak bool
	}{{V61WP69, false}, {V601WP68, true}, {V54, true}} {
		d := small(c.as)
		all := get(t, d, "/sites?exclude=999999999")
		s := d.Site(6)
		if s.HTTPPass == "" {
			t.Fatal("site 6 has no HTTP password to leak")
		}
		if got := strings.Contains(all, s.HTTPPass); got != c.leak {
			t.Errorf("%s: password in the answer: %v", c.as.MainWP, got)
		}
		plain := strings.ReplaceAll(all, `\`, "")
		for _, secret := range d.Leaks() {
			if !strings.Contains(plain, secret) {
				t.Errorf("%s: leak %q is in no answer", c.as.MainWP, secret)
			}
		}
		if slices.Contains(d.Leaks(), s.HTTPPass) != c.leak || len(d.Leaks()) == 0 {
			t.Errorf("%s: %d leaks", c.as.MainWP, len(d.Leaks()))
		}
	}
}

// Over a real connection a fault must look like one too.
// A fleet must hold what makes a panel hard: each of these states at least once.
