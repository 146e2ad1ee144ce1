package mainwp_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/mainwp"
)

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

func TestRecordedFacts(t *testing.T) {
	file := func(name string) *mainwp.Client { return replay(t, 200, load(t, name)) }

	tags, err := file("tags.json").Tags(t.Context())
	must(t, err)
	if diff := cmp.Diff([]mainwp.Tag{
		{ID: 1, Name: "Premium care", Color: "#21ba45", Sites: []int64{1, 2, 4}}, {ID: 2, Name: "Shop", Color: "#f2711c", Sites: []int64{2}},
		{ID: 5, Name: "Batch one"}, {ID: 6, Name: "Batch two", Color: "#111111"}, {ID: 7, Name: "GB"},
	}, tags); diff != "" {
		t.Error(diff)
	}

	costs, err := file("costs.json").Costs(t.Context())
	must(t, err)
	if diff := cmp.Diff([]mainwp.Cost{{
		ID: 1, Name: "Lab SEO licence", ProductType: "plugin", LicenseType: "multi_site", PaymentMethod: "paypal", Price: "49.00", RenewalType: "yearly",
		LastRenewal: day(2026, 1, 15), NextRenewal: day(2027, 1, 15), Sites: []int64{1, 2},
	}}, costs); diff != "" {
		t.Error(diff)
	}

	incidents, err := file("monitor-1-incidents.json").Incidents(t.Context(), 1)
	must(t, err)
	if want := (mainwp.Incident{StartedAt: time.Date(2026, 11, 23, 2, 5, 46, 0, time.UTC), EndedAt: time.Date(2026, 11, 23, 2, 7, 7, 0, time.UTC), Duration: 81 * time.Second, DownCount: 1}); len(incidents) != 1 || incidents[0] != want {
		t.Errorf("got %+v, want %+v", incidents, want)
	}

	monitors, _, err := file("monitors-after.json").Monitors(t.Context(), 1, 200)
	must(t, err)
	if m := monitors[0]; m.ID != 3 || m.LastStatus != "unknown" || !m.LastCheck.IsZero() || m.LastCode != nil || m.AvgMS != nil || m.CheckEvery != 5*time.Minute || len(m.Hours) != 24 {
		t.Errorf("a monitor without a check: got %+v", m)
	}

	for name, want := range map[string]mainwp.Change{
		"site-1-non-mainwp-changes.json":    {LogID: 54, At: time.Unix(1795401639, 0).UTC(), Item: "Lab Forms Plugin", Action: "deactivate", Context: "plugin", User: "admin", Name: "Lab Forms", Slug: "lab-forms/lab-forms.php"},
		"old/5.2.2-non-mainwp-changes.json": {LogID: 11, At: time.Unix(1795405437, 0).UTC(), Item: "WP Core Plugin", Action: "deactivate", Context: "plugin", User: "admin", Name: "Lab Forms", Slug: "lab-forms/lab-forms.php"},
		"old/5.4.1-non-mainwp-changes.json": {LogID: 57, At: time.Unix(1795405160, 0).UTC(), Item: "Lab Forms Plugin", Action: "deactivate", Context: "plugin", User: "admin", Name: "Lab Forms", Slug: "lab-forms/lab-forms.php"},
	} {
		changes, err := file(name).Changes(t.Context(), 1, 1, 50)
		must(t, err)
		if diff := cmp.Diff(want, changes[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}

	probes, err := file("sites-probe-fields.json").ProbeSites(t.Context())
	must(t, err)
	if want := (mainwp.SiteProbe{ID: 4, LastSync: time.Date(2026, 11, 23, 2, 51, 48, 0, time.UTC), Status: "connected"}); len(probes) != 3 || cmp.Diff(want, probes[2], cmpopts.IgnoreFields(want, "JSON")) != "" || !bytes.Contains(probes[2].JSON, []byte("last_sync")) {
		t.Errorf("got %+v, want %+v as the last of 3", probes, want)
	}
	if _, err := replay(t, 200, []byte("[]")).ProbeSites(t.Context()); mainwp.KindOf(err) != mainwp.KindShape {
		t.Errorf("a Dashboard that loses its envelope gave %v, want KindShape", err)
	}

	_, themes, err := file("site-2-themes-abandoned.json").Abandoned(t.Context(), 2)
	must(t, err)
	if diff := cmp.Diff(map[string]time.Time{"lab-classic": day(2021, 5, 6)}, themes); diff != "" {
		t.Error(diff)
	}
}

func TestSiteUpdates(t *testing.T) {
	body := `{"success":1,"data":{"wp":true,"plugins":[],"themes":null,"translations":[],
		"rollback_plugins":{"a/a.php":{"name":"A","old_version":"1.0","version":"2.0"}}}}`
	updates, err := replay(t, 200, []byte(body)).SiteUpdates(t.Context(), 3)
	must(t, err)
	if diff := cmp.Diff(mainwp.SiteUpdates{
		RollbackPlugins: []mainwp.Rollback{{Slug: "a/a.php", Name: "A", Version: "2.0"}}, Known: mainwp.UpdatesKnown{Plugins: true, Translations: true},
	}, updates); diff != "" {
		t.Error(diff)
	}
}

func TestOtherCosts(t *testing.T) {
	body := `{"success":1,"data":[{"id":"9","price":"4.125","last_renewal":0,"next_renewal":0,"sites":"[&quot;3&quot;,4]","groups":"[\"2\"]","clients":[5],"url":"javascript:x"},
		{"id":2,"price":"7"}]}`
	costs, err := replay(t, 200, []byte(body)).Costs(t.Context())
	must(t, err)
	if diff := cmp.Diff([]mainwp.Cost{{ID: 2, Price: "7"}, {ID: 9, Price: "4.125", Sites: []int64{3, 4}, Tags: []int64{2}, Clients: []int64{5}}}, costs); diff != "" {
		t.Error(diff)
	}
}

// TestKeysInAnotherLanguage: the names of the rights are translated.
func TestKeysInAnotherLanguage(t *testing.T) {
	body := `{"success":1,"data":[{"id":"1","version":"v2","permissions":["Lesen"],"truncated_key":"aaaaaaa","active":true},
		{"id":"2","version":"v2","permissions":["Schreiben &amp; Löschen"],"truncated_key":"bbbbbbb","active":true},
		{"id":"3","version":"v2","permissions":["Lesen","Schreiben &amp; Löschen"],"truncated_key":"ccccccc","active":true},
		{"id":"4","version":"v2","permissions":"","truncated_key":"ddddddd","active":true}]}`
	keys, err := replay(t, 200, []byte(body)).Keys(t.Context())
	must(t, err)
	got := ""
	for _, k := range keys {
		got += fmt.Sprintf("%s %v %v %v; ", k.ID, k.Read, k.Write, k.Delete)
	}
	if want := "1 true false false; 2 false true true; 3 true true true; 4 false false false; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPagesAreJoined reads 450 monitors and sites from pages of 200.
func TestPagesAreJoined(t *testing.T) {
	requests := 0
	client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		requests++
		rows := 0
		page, err := strconv.Atoi(r.URL.Query().Get("paged"))
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		for id := (page-1)*200 + 1; id <= min(page*200, 450); id++ {
			fmt.Fprintf(&b, `,{"id":"%d","last_status":"up","last_sync":"2026-11-23T02:51:48"}`, id)
			rows++
		}
		return answer(200, fmt.Appendf(nil, `{"success":1,"total":%d,"data":[%s]}`, rows, strings.TrimPrefix(b.String(), ","))), nil
	})})
	monitors, err := client.MonitorsBasic(t.Context())
	must(t, err)
	probes, err := client.ProbeSites(t.Context())
	must(t, err)
	if len(monitors) != 450 || len(probes) != 450 || monitors[449].ID != 450 || requests != 6 {
		t.Errorf("got %d monitors and %d sites in %d requests, want 450 and 450 in 6", len(monitors), len(probes), requests)
	}
}

// TestPagingThatIsIgnored: a Dashboard that answers the same page for ever ends.
func TestPagingThatIsIgnored(t *testing.T) {
	var b strings.Builder
	for id := 1; id <= 200; id++ {
		fmt.Fprintf(&b, `,{"id":"%d"}`, id)
	}
	client := replay(t, 200, []byte(`{"success":1,"data":[`+b.String()[1:]+`]}`))
	monitors, err := client.MonitorsBasic(t.Context())
	must(t, err)
	probes, err := client.ProbeSites(t.Context())
	must(t, err)
	_, last, err := client.SitesPage(t.Context(), 1, 50)
	must(t, err)
	if len(monitors) != 200 || len(probes) != 200 || !last {
		t.Errorf("got %d monitors, %d sites, last %v; want 200, 200, true", len(monitors), len(probes), last)
	}
}

func TestCapabilities(t *testing.T) {
	page69, page68 := page{200, load(t, "namespaces.json")}, page{200, load(t, "wp68-namespaces.json")}
	routes60 := routes(t, "old/6.0.1-routes.txt")
	routes52 := routes(t, "old/5.2.2-routes.txt")
	kept, lost := page{200, load(t, "c-sites-include.json")}, page{200, []byte("[]")}
	const root, v2, sites = "/wp-json/", "/wp-json/mainwp/v2", "/wp-json/mainwp/v2/sites"
	for name, tt := range map[string]struct {
		pages             map[string]page
		mainwp, wordpress string
		monitors, costs   bool
	}{
		"6.1 on 6.9":   {map[string]page{root: page69, v2: {200, load(t, "index-mainwp-v2.json")}, sites: kept}, "6.0.12 or newer", "6.9 or newer", true, true},
		"6.1 on 6.8":   {map[string]page{root: page68, v2: {200, load(t, "index-mainwp-v2.json")}, sites: kept}, "6.0.12 or newer", "older than 6.9", true, true},
		"6.0.1 on 6.8": {map[string]page{root: page68, v2: routes60, sites: lost}, "6.0 to 6.0.11", "older than 6.9", true, true},
		"5.2.2 on 6.8": {map[string]page{root: page68, v2: routes52, sites: lost}, "5.2 to 5.4", "older than 6.9", false, true},
		"index.php":    {map[string]page{"/index.php" + root: page69, "/index.php" + v2: routes60, "/index.php" + sites: kept}, "6.0.12 or newer", "6.9 or newer", true, true},
		"only API v1":  {map[string]page{root: {200, []byte(`{"name":"Old","namespaces":["wp/v2","mainwp/v1"]}`)}}, "5.1 or older", "older than 6.9", false, false},
		"no MainWP":    {map[string]page{root: {200, []byte(`{"name":"Blog","namespaces":["wp/v2"]}`)}}, "", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			caps, err := dashboard(t, tt.pages).Capabilities(t.Context())
			must(t, err)
			if caps.MainWPVersion() != tt.mainwp || caps.WordPressVersion() != tt.wordpress || caps.Monitors != tt.monitors || caps.Costs != tt.costs || caps.Keys != tt.monitors || caps.IndexPHP != (name == "index.php") {
				t.Errorf("got %+v: MainWP %q, WordPress %q", caps, caps.MainWPVersion(), caps.WordPressVersion())
			}
		})
	}
	caps, err := dashboard(t, map[string]page{root: page69, v2: routes60, sites: {401, load(t, "err-bad-token.json")}}).Capabilities(t.Context())
	if mainwp.KindOf(err) != mainwp.KindCredentials || caps.MainWPVersion() != "6.0 or newer" || caps.TimeZone != "Europe/Berlin" || caps.GMTOffset != 1 {
		t.Errorf("with a bad key: got %+v, %v", caps, err)
	}
	if _, err := dashboard(t, nil).Capabilities(t.Context()); mainwp.KindOf(err) != mainwp.KindBlocked {
		t.Errorf("no WordPress: got %v, want KindBlocked", err)
	}
}

// routes makes a namespace index of a recorded list of routes.
func routes(t testing.TB, file string) page {
	t.Helper()
	var b strings.Builder
	for _, line := range strings.Split(string(load(t, file)), "\n") {
		if route, _, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			fmt.Fprintf(&b, `,%q:{"methods":["GET"]}`, "/mainwp/v2"+route)
		}
	}
	return page{200, []byte(`{"namespace":"mainwp/v2","routes":{` + b.String()[1:] + `}}`)}
}

// Seen on 6.1.2: all sites without a monitor make one more row, without an id and with the state "down".
func TestSitesWithoutMonitorAreNotDown(t *testing.T) {
	const rows = `{"success":1,"total":2,"data":[{"id":7,"url":"https://a.example/","last_status":"up"},{"id":0,"url":"https://b.example/","last_status":"down","last_check_at":""}]}`
	monitors, last, err := replay(t, 200, []byte(rows)).Monitors(t.Context(), 1, 2)
	must(t, err)
	if len(monitors) != 1 || monitors[0].ID != 7 || last {
		t.Errorf("got %+v, last %v; want the one monitor of a full page", monitors, last)
	}
	basic, err := replay(t, 200, []byte(strings.ReplaceAll(rows, `"id":0`, `"id":""`))).MonitorsBasic(t.Context())
	must(t, err)
	if len(basic) != 1 || basic[0].ID != 7 {
		t.Errorf("states: %+v", basic)
	}
}
