package mainwptest

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

const (
	v2        = "/mainwp/v2"
	pageQuery = "?exclude=999999999&page=1&paged=1&per_page=50&custom_fields=offline_check_result,offline_checks_last,http_response_code,securityIssues,dtsSync,dtsSyncStart"
	probe     = "?exclude=999999999&page=1&paged=1&per_page=200&_fields=id,last_sync,status,sync_errors,suspended"
)

func readAll(t *testing.T, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pending gives site 1 an update of each kind.
func pending(d *Dashboard) {
	d.EditSite(1, func(s *Site) {
		s.Child.WPVersion = "6.9.4"
		s.Child.Plugins = []Plugin{{Slug: "akismet/akismet.php", Name: "Akismet", Version: "5.4", Active: true}, {Slug: childSlug, Name: "MainWP Child", Version: "6.1", Active: true}}
		s.Child.Themes = []Theme{{Slug: "astra", Name: "Astra", Version: "4.11.3", Active: true}}
		s.Child.Translations = []Translation{{Type: "plugin", Slug: "akismet", Language: "de_DE", Version: "5.4", Name: "Akismet"}}
	})
	d.Sync(1)
}

func stop(d *Dashboard) { pending(d); d.SetDown(1, true); d.Sync(1) }

// abandoned gives site 1 a theme without a release for years.
func abandoned(d *Dashboard) {
	d.EditSite(1, func(s *Site) { s.Themes = []Theme{{Slug: "storefront", Name: "Storefront", Version: "4.5.3"}} })
}

func changed(d *Dashboard) { d.AddChange(1, "deactivate", "plugin", "akismet/akismet.php", "Akismet") }

func outaged(d *Dashboard) {
	d.SetDown(2, true)
	d.SetDown(2, false)
}

// TestShapes61 holds the answers of 6.1.2 against recorded ones.
func TestShapes61(t *testing.T) {
	cases := []shapeCase{
		{name: "sites-page-exclude", as: V61WP69, path: v2 + "/sites" + pageQuery},
		{name: "wp68-sites-page-exclude", as: V61WP68, path: v2 + "/sites" + pageQuery},
		{name: "sites", as: V61WP69, path: v2 + "/sites"},
		{name: "sites-include-1", as: V61WP69, path: v2 + "/sites?include=1"},
		{name: "wp68-sites-include-1", as: V61WP68, path: v2 + "/sites?include=1"},
		{name: "sites-include-999", as: V61WP69, path: v2 + "/sites?include=999"},
		{name: "sites-basic", as: V61WP69, path: v2 + "/sites/basic"},
		{name: "sites-count", as: V61WP69, path: v2 + "/sites/count"},
		{name: "sites-probe-fields", as: V61WP69, path: v2 + "/sites" + probe},
		{name: "wp68-sites-probe-fields", as: V61WP68, path: v2 + "/sites" + probe},
		{name: "site-1", as: V61WP69, path: v2 + "/sites/1"},
		{name: "wp68-site-1", as: V61WP68, path: v2 + "/sites/1"},
		{name: "site-3-name", as: V61WP69, path: v2 + "/sites/1?_fields=name"},
		{name: "down-refused-site", as: V61WP69, path: v2 + "/sites/1", prepare: stop, excused: []string{".tags"}},
		{name: "updates-site-1", as: V61WP69, path: v2 + "/updates/1", prepare: pending},
		{name: "wp68-updates-site-1", as: V61WP68, path: v2 + "/updates/1", prepare: pending},
		{name: "updates", as: V61WP69, path: v2 + "/updates", prepare: pending},
		{name: "wp68-updates", as: V61WP68, path: v2 + "/updates", prepare: pending},
		{name: "updates-ignored", as: V61WP69, path: v2 + "/updates/ignored"},
		{name: "wp68-updates-ignored", as: V61WP68, path: v2 + "/updates/ignored"},
		{name: "updates-type-wp", as: V61WP69, path: v2 + "/updates?type=wp"},
		{name: "tags", as: V61WP69, path: v2 + "/tags"},
		{name: "empty-tags", as: V61WP69, path: v2 + "/tags", prepare: func(d *Dashboard) { d.SetFaults(Faults{Empty: true}) }},
		{name: "tag-1", as: V61WP69, path: v2 + "/tags/1"},
		{name: "clients", as: V61WP69, path: v2 + "/clients"},
		{name: "client-1", as: V61WP69, path: v2 + "/clients/1"},
		{name: "clients-count", as: V61WP69, path: v2 + "/clients/count"},
		{name: "costs", as: V61WP69, path: v2 + "/costs", excused: []string{"next_renewal", "groups", "sites"}},
		{name: "monitors", as: V61WP69, path: v2 + "/monitors", excused: []string{"last_status_code"}},
		{name: "monitors-basic", as: V61WP69, path: v2 + "/monitors/basic"},
		{name: "monitors-count", as: V61WP69, path: v2 + "/monitors/count"},
		{name: "monitor-1-heartbeat", as: V61WP69, path: v2 + "/monitors/101/heartbeat"},
		{name: "monitor-1-incidents", as: V61WP69, path: v2 + "/monitors/102/incidents", prepare: outaged},
		{name: "err-unknown-monitor", as: V61WP69, path: v2 + "/monitors/999"},
		{name: "non-mainwp-changes-1", as: V61WP69, path: v2 + "/sites/1/non-mainwp-changes", prepare: changed},
		{name: "rest-api-keys", as: V61WP69, path: v2 + "/rest-api/keys"},
		{name: "site-1-plugins", as: V61WP69, path: v2 + "/sites/1/plugins", prepare: pending},
		{name: "wp68-site-1-plugins", as: V61WP68, path: v2 + "/sites/1/plugins"},
		{name: "site-1-themes", as: V61WP69, path: v2 + "/sites/1/themes", excused: []string{"update_version"}},
		{name: "wp68-site-1-themes", as: V61WP68, path: v2 + "/sites/1/themes"},
		{name: "site-2-themes-abandoned", as: V61WP69, path: v2 + "/sites/1/themes/abandoned", prepare: abandoned},
		{name: "namespaces", as: V61WP69, path: "/?_fields=namespaces,name,gmt_offset,timezone_string", token: "none"},
		{name: "wp68-namespaces", as: V61WP68, path: "/?_fields=namespaces,name,gmt_offset,timezone_string", token: "none"},
	}
	for _, c := range cases {
		t.Run(c.name, c.run)
	}
}

// TestShapesActions61 holds the answers to writes against recorded ones.
func TestShapesActions61(t *testing.T) {
	post := func(name, path, body string, as Personality, prepare func(*Dashboard)) shapeCase {
		return shapeCase{name: name, as: as, method: "POST", path: v2 + path, body: body, prepare: prepare}
	}
	cases := []shapeCase{
		post("sites-1-sync", "/sites/1/sync", "{}", V61WP69, pending),
		post("down-refused-sync", "/sites/1/sync", "{}", V61WP69, stop),
		post("site-reconnect", "/sites/1/reconnect", "{}", V61WP69, nil),
		post("down-refused-reconnect", "/sites/1/reconnect", "{}", V61WP69, stop),
		post("site-suspend", "/sites/1/suspend", "{}", V61WP69, nil),
		post("site-unsuspend", "/sites/1/unsuspend", "{}", V61WP69, nil),
		post("site-check", "/sites/1/check", "{}", V61WP69, nil),
		post("sites-edit-client", "/sites/1/edit", `{"client_id":1,"groupids":"1"}`, V61WP69, pending),
		post("update-wp", "/updates/1/update/wp", "{}", V61WP69, pending),
		post("update-wp-again", "/updates/1/update/wp", "{}", V61WP69, func(d *Dashboard) { pending(d); d.ApplyUpdate(1, "core", "") }),
		post("update-plugins-one", "/updates/1/update/plugins", `{"slug":"akismet/akismet.php"}`, V61WP69, pending),
		post("update-plugins-noslug", "/updates/1/update/plugins", "{}", V61WP69, pending),
		post("down-refused-update-plugins", "/updates/1/update/plugins", `{"slug":"akismet/akismet.php"}`, V61WP69, stop),
		post("update-themes-one", "/updates/1/update/themes", `{"slug":"astra"}`, V61WP69, pending),
		post("update-translations", "/updates/1/update/translations", `{"slug":"akismet"}`, V61WP69, pending),
	}
	for _, c := range cases {
		c.excused = append(c.excused, ".data.{}", ".data.astra", ".data.akismet", ".data.lab-")
		t.Run(c.name, c.run)
	}
}

// TestShapesErrors61 holds refusals, by status, code and shape.
func TestShapesErrors61(t *testing.T) {
	cases := []shapeCase{
		{name: "err-no-token", as: V61WP69, path: v2 + "/sites", token: "none"},
		{name: "err-token-no-sep", as: V61WP69, path: v2 + "/sites", token: "Bearer 0123456789abcdef"},
		{name: "err-bad-token", as: V61WP69, path: v2 + "/sites", token: "Bearer 0000==1111"},
		{name: "err-ro-post", as: V61WP69, method: "POST", path: v2 + "/sites/1/sync", body: "{}", token: "ro"},
		{name: "err-wo-key-get", as: V61WP69, path: v2 + "/sites/count", token: "wo"},
		{name: "err-unknown-route", as: V61WP69, path: v2 + "/nope"},
		{name: "err-unknown-site", as: V61WP69, path: v2 + "/sites/999"},
		{name: "wp68-sites-99", as: V61WP68, path: v2 + "/sites/99"},
		{name: "err-unknown-site-updates", as: V61WP69, path: v2 + "/updates/999"},
		{name: "err-sites-per_page_101", as: V61WP69, path: v2 + "/sites?per_page=101"},
		{name: "err-sites-status_foo", as: V61WP69, path: v2 + "/sites?status=foo"},
		{name: "err-unknown-client", as: V61WP69, path: v2 + "/clients/999"},
		{name: "err-unknown-tag", as: V61WP69, path: v2 + "/tags/999"},
		{name: "old/5.4.0.23-err-no-token", as: V54, path: v2 + "/sites", token: "none"},
		{name: "old/5.4.0.23-err-unknown-site", as: V54, path: v2 + "/sites/999"},
		{name: "old/5.4.0.23-monitors", as: V54, path: v2 + "/monitors"},
		{name: "old/5.4.0.23-rest-api-keys", as: V54, path: v2 + "/rest-api/keys"},
		{name: "old/6.0.1-err-no-token", as: V601WP68, path: v2 + "/sites", token: "none"},
		{name: "old/6.0.1-wp69-err-unknown-site", as: V601WP69, path: v2 + "/sites/999"},
		{name: "old/6.0.1-wp69-updates-ignored", as: V601WP69, path: v2 + "/updates/ignored"},
		{name: "old/6.0.1-wp69-site-sync", as: V601WP69, method: "POST", path: v2 + "/sites/1/sync", body: "{}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.run(t)
			d := New(Config{Personality: c.as, Seed: 7, Sites: 40})
			_, got := ask(t, d, c.method, c.path, c.body, c.token)
			if want := recorded(t, c.name); string(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestShapesOld holds 5.4.0.23 and 6.0.1 against their recordings.
func TestShapesOld(t *testing.T) {
	versions := map[string]Personality{"5.4.0.23": V54, "6.0.1": V601WP68, "6.0.1-wp69": V601WP69}
	cases := []shapeCase{
		{name: "sites-page1", path: "/sites" + pageQuery},
		{name: "sites", path: "/sites?include=1,2,3,4,5"},
		{name: "sites-include1", path: "/sites?include=1"},
		{name: "sites-basic", path: "/sites/basic"},
		{name: "sites-count", path: "/sites/count"},
		{name: "sites-fields", path: "/sites" + probe},
		{name: "sites-fields-env", path: "/sites?exclude=999999999&page=1&paged=1&per_page=200&_fields=success,total,data,id,last_sync,status,sync_errors,suspended"},
		{name: "sites-fields-dataid", path: "/sites?exclude=999999999&page=1&paged=1&per_page=200&_fields=success,total,data.id,data.status"},
		{name: "site-1", path: "/sites/1"},
		{name: "updates-1", path: "/updates/1", prepare: pending},
		{name: "updates", path: "/updates", prepare: pending},
		{name: "tags", path: "/tags", excused: []string{"sites_ids"}},
		{name: "clients", path: "/clients"},
		{name: "monitors", path: "/monitors", excused: []string{"last_status_code"}},
		{name: "monitors-basic", path: "/monitors/basic"},
		{name: "monitor-1-heartbeat", path: "/monitors/101/heartbeat"},
		{name: "non-mainwp-changes", path: "/sites/1/non-mainwp-changes?page=1&paged=1&per_page=50", prepare: changed},
		{name: "rest-api-keys", path: "/rest-api/keys"},
		{name: "site-1-plugins", path: "/sites/1/plugins"},
		{name: "site-sync", method: "POST", path: "/sites/1/sync", prepare: pending},
		{name: "down-site-sync", method: "POST", path: "/sites/1/sync", prepare: stop},
		{name: "site-reconnect", method: "POST", path: "/sites/1/reconnect"},
		{name: "update-plugins-one", method: "POST", path: "/updates/1/update/plugins", body: `{"slug":"akismet/akismet.php"}`, prepare: pending},
		{name: "update-translations", method: "POST", path: "/updates/1/update/translations", body: `{"slug":"akismet"}`, prepare: pending, excused: []string{".data.akismet", ".data.lab-forms", ".data.{}"}},
		{name: "wp-json-index", path: "/?_fields=namespaces,name,gmt_offset,timezone_string", token: "none"},
	}
	for version, personality := range versions {
		for _, c := range cases {
			c.name, c.as = "old/"+version+"-"+c.name, personality
			if !strings.HasPrefix(c.path, "/?") {
				c.path = v2 + c.path
			}
			t.Run(c.name, c.run)
		}
	}
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
