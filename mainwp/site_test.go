package mainwp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/mainwp"
)

func ptr(n int) *int { return &n }

func TestDecodeRecordedSite(t *testing.T) {
	rows, last, err := replay(t, 200, load(t, "sites-page-exclude.json")).SitesPage(t.Context(), 1, 2)
	must(t, err)
	if len(rows) != 2 || last {
		t.Fatalf("got %d rows, last %v; want a full page of 2", len(rows), last)
	}
	site, err := rows[0].Decode()
	must(t, err)
	plugins, themes := site.Plugins, site.Themes
	site.Plugins, site.Themes = nil, nil
	page := "https://wordpress.org/plugins/"
	want := mainwp.Site{
		ID: 1, Name: "Bakery Weber", URL: "http://127.0.0.1:18011/", Tags: map[int64]string{1: "Premium care"}, IP: "127.0.0.1", ClientID: 1,
		WPVersion: "6.9.4", PHPVersion: "8.2.36", ChildVersion: "6.1", MySQLVersion: "10.11.19-MariaDB-0+deb12u1", MemoryLimit: "256M",
		DatabaseSize: 360448, ActiveTheme: "Lab Theme 1.0", Status: "connected", HTTPStatus: "200 - OK", HealthStatus: "0", HealthScore: ptr(100),
		LastSync: time.Date(2026, 11, 23, 2, 50, 12, 0, time.UTC), VerifyCertificate: "2", ForceIPv4: "0", SSLVersion: "0",
		OfflineCheck: ptr(1), HTTPCode: ptr(200), SecurityIssues: ptr(6),
		Core: &mainwp.CoreUpdate{From: "6.9.4", To: "6.9.5"},
		PluginUpdates: []mainwp.ItemUpdate{
			{Slug: "lab-cache/lab-cache.php", Name: "Lab Cache", From: "0.9", To: "1.0.0", URL: page + "lab-cache/", WPOrgSlug: "lab-cache", RequiresWP: "6.0", RequiresPHP: "7.4", Tested: "6.9", Active: true},
			{Slug: "lab-forms/lab-forms.php", Name: "Lab Forms", From: "1.0", To: "1.1", URL: page + "lab-forms/", WPOrgSlug: "lab-forms", RequiresWP: "6.0", RequiresPHP: "7.4", Tested: "6.9", Active: true},
			{Slug: "lab-seo/lab-seo.php", Name: "Lab SEO", From: "2.3.0", To: "2.4.1", URL: page + "lab-seo/", WPOrgSlug: "lab-seo", RequiresWP: "6.0", RequiresPHP: "7.4", Tested: "6.9", Active: true},
		},
		ThemeUpdates: []mainwp.ItemUpdate{
			{Slug: "lab-classic", Name: "Lab Classic", From: "2.0", To: "2.1", URL: "https://wordpress.org/themes/lab-classic/", WPOrgSlug: "lab-classic", RequiresWP: "6.0", RequiresPHP: "7.4"},
			{Slug: "lab-theme", Name: "Lab Theme", From: "1.0", To: "1.2", URL: "https://wordpress.org/themes/lab-theme/", WPOrgSlug: "lab-theme", RequiresWP: "6.0", RequiresPHP: "7.4", Active: true},
		},
		TranslationUpdates: []mainwp.TranslationUpdate{{Type: "plugin", Slug: "lab-forms", Language: "de_DE", Version: "1.0", Name: "Lab Forms"}},
		UpdatesKnown:       mainwp.UpdatesKnown{Core: true, Plugins: true, Themes: true, Translations: true},
	}
	if diff := cmp.Diff(want, site); diff != "" {
		t.Error(diff)
	}
	if len(plugins) != 8 || plugins[6] != (mainwp.Plugin{Slug: "mainwp-child/mainwp-child.php", Name: "MainWP Child", Version: "6.1", Active: true, Child: true, Description: plugins[6].Description}) || !plugins[7].MustUse {
		t.Errorf("got plugins %+v", plugins)
	}
	if !strings.Contains(plugins[0].Description, "protect your blog from spam. Akismet") || len([]rune(plugins[0].Description)) > 300 {
		t.Errorf("got description %q", plugins[0].Description)
	}
	if diff := cmp.Diff(mainwp.Theme{Slug: "lab-theme", Name: "Lab Theme", Version: "1.0", Active: true}, themes[1]); diff != "" {
		t.Error(diff)
	}
}

// decode decodes one row with the fields given.
func decode(t *testing.T, fields map[string]any) mainwp.Site {
	t.Helper()
	row := map[string]any{"id": "7"}
	for k, v := range fields {
		row[k] = v
	}
	body, err := json.Marshal(row)
	must(t, err)
	site, err := mainwp.RawSite{ID: 7, JSON: body}.Decode()
	must(t, err)
	return site
}

const someplugins = `[{"mainwp":"T","name":"MainWP Child","slug":"mainwp-child/mainwp-child.php","version":"6.1","active":1}]`

// TestWipedSite: 5.2.2 forgets a site's inventory and updates when a sync fails.
func TestWipedSite(t *testing.T) {
	rows, err := replay(t, 200, load(t, "old/5.2.2-down-sites-include2.json")).SitesInclude(t.Context(), 2)
	must(t, err)
	site, err := rows[0].Decode()
	must(t, err)
	if site.Plugins != nil || site.Themes != nil || site.UpdatesKnown != (mainwp.UpdatesKnown{}) {
		t.Errorf("got plugins %v, themes %v, known %+v; want all unknown", site.Plugins, site.Themes, site.UpdatesKnown)
	}
	if want := "HTTP error - Failed to connect to 127.0.0.1 port 18017 after 10 ms: Couldn't connect to server"; site.SyncError != want {
		t.Errorf("got sync error %q, want %q", site.SyncError, want)
	}
	if site.Status != "disconnected" || site.LastSync.IsZero() || site.WPVersion != "" {
		t.Errorf("got status %s, last sync %v, version %q", site.Status, site.LastSync, site.WPVersion)
	}
}

func TestEmptyIsUnknown(t *testing.T) {
	all := mainwp.UpdatesKnown{Core: true, Plugins: true, Themes: true, Translations: true}
	for name, tt := range map[string]struct {
		fields map[string]any
		want   mainwp.UpdatesKnown
	}{
		"none pending":         {map[string]any{"plugins": someplugins, "wp_upgrades": "[]", "plugin_upgrades": "{}", "theme_upgrades": "[]", "translation_upgrades": "[]"}, all},
		"not sent":             {map[string]any{"plugins": someplugins}, mainwp.UpdatesKnown{}},
		"not loaded":           {map[string]any{"plugins": someplugins, "wp_upgrades": "", "plugin_upgrades": "", "theme_upgrades": "", "translation_upgrades": ""}, mainwp.UpdatesKnown{}},
		"no JSON":              {map[string]any{"plugins": someplugins, "wp_upgrades": "null", "plugin_upgrades": "false", "theme_upgrades": `{"a":`, "translation_upgrades": true}, mainwp.UpdatesKnown{}},
		"cut in the middle":    {map[string]any{"plugins": someplugins, "plugin_upgrades": `{"a/a.php":{"Version":"1","update":{"new_version":"2"}},"b/b.php":{"Ver`}, mainwp.UpdatesKnown{}},
		"inventory is unknown": {map[string]any{"plugins": "[]", "wp_upgrades": "[]", "plugin_upgrades": "[]", "theme_upgrades": "[]", "translation_upgrades": "[]"}, mainwp.UpdatesKnown{}},
		"not as text":          {map[string]any{"plugins": json.RawMessage(someplugins), "wp_upgrades": []int{}, "plugin_upgrades": []int{}, "theme_upgrades": []int{}, "translation_upgrades": []int{}}, all},
	} {
		t.Run(name, func(t *testing.T) {
			site := decode(t, tt.fields)
			if site.UpdatesKnown != tt.want || site.Core != nil || site.PluginUpdates != nil {
				t.Errorf("got %+v, want %+v", site.UpdatesKnown, tt.want)
			}
		})
	}
	if site := decode(t, map[string]any{"plugins": someplugins[:100]}); site.Plugins != nil {
		t.Errorf("half a list gave %+v, want unknown", site.Plugins)
	}
}

func TestIgnores(t *testing.T) {
	site := decode(t, map[string]any{
		"ignored_plugins": `{"akismet/akismet.php":{"Name":"Akismet &amp; more","ignored_versions":["all_versions"]},"a/a.php":{"Name":"A","ignored_versions":["1.2","1.3"]},
			"old/old.php":"Old","none/none.php":{"Name":"N","ignored_versions":""},"0":{"Name":"lab-seo/lab-seo.php","ignored_versions":["all_versions"]}}`,
		"ignored_themes":         `[{"Name":"lab-classic","ignored_versions":["all_versions"]}]`,
		"is_ignoreThemeUpdates":  "1",
		"is_ignorePluginUpdates": "0",
	})
	want := []mainwp.Ignore{
		{Slug: "akismet/akismet.php", Name: "Akismet & more", Versions: []string{"all_versions"}},
		{Slug: "a/a.php", Name: "A", Versions: []string{"1.2", "1.3"}},
		{Slug: "old/old.php", Name: "Old", Versions: []string{"all_versions"}},
		{Slug: "none/none.php", Name: "N", Versions: []string{"all_versions"}},
	}
	if diff := cmp.Diff(want, site.IgnoredPlugins); diff != "" {
		t.Error(diff)
	}
	if site.IgnoredThemes != nil || !site.IgnoreThemes || site.IgnorePlugins {
		t.Errorf("got ignored themes %v, flags %v %v", site.IgnoredThemes, site.IgnoreThemes, site.IgnorePlugins)
	}
}

// TestOddUpdates: premium items lack half of what wordpress.org sends.
func TestOddUpdates(t *testing.T) {
	site := decode(t, map[string]any{"plugin_upgrades": `{
		"pro/pro.php":{"Name":"Pro &#8211; <b>Forms</b>","Version":"1.0","PluginURI":"https://pro.example/","active":"1","update":{"slug":"pro","new_version":"2.0","package":"https://pro.example/dl?licence=SECRET"}},
		"js/js.php":{"Name":"J","Version":"1","update":{"new_version":"2","url":"javascript:alert(1)","requires":false}},
		"no/no.php":{"Name":"No","Version":"1","update":[]},
		"gone/gone.php":false}`})
	want := []mainwp.ItemUpdate{
		{Slug: "pro/pro.php", Name: "Pro – Forms", From: "1.0", To: "2.0", URL: "https://pro.example/", Active: true},
		{Slug: "js/js.php", Name: "J", From: "1", To: "2"},
	}
	if diff := cmp.Diff(want, site.PluginUpdates); diff != "" {
		t.Error(diff)
	}
}

func TestOddValues(t *testing.T) {
	site := decode(t, map[string]any{
		"name": "Harbor &amp; Spa <b>", "client_id": nil, "tags": map[string]string{"3": "A, B", "x": "no id"}, "last_sync": "1970-01-01T00:00:00",
		"last_post_time": "-2147483648", "health_score": -3, "suspended": true, "offline_check_result": "", "database_size": "12.0", "php_version": 8.2,
		"plugins_outdate_info": `{"old/old.php":{"Name":"Old","Version":"1.0","last_updated":1620259200},"older/older.php":{"last_updated":""}}`,
		"themes_outdate_info":  `[]`,
	})
	want := mainwp.Site{
		ID: 7, Name: "Harbor & Spa <b>", Tags: map[int64]string{3: "A, B"}, HealthScore: ptr(-3), Suspended: true, DatabaseSize: 12, PHPVersion: "8.2",
		AbandonedPlugins: map[string]time.Time{"old/old.php": time.Date(2021, 5, 6, 0, 0, 0, 0, time.UTC), "older/older.php": {}},
		AbandonedThemes:  map[string]time.Time{},
	}
	if diff := cmp.Diff(want, site); diff != "" {
		t.Error(diff)
	}
	if _, err := (mainwp.RawSite{ID: 7, JSON: []byte(`{"id":"7`)}).Decode(); mainwp.KindOf(err) != mainwp.KindShape {
		t.Errorf("half a row gave %v, want KindShape", err)
	}
}

// TestNeverDecoded: what must not be stored is not in the decoded site.
func TestNeverDecoded(t *testing.T) {
	rows, last, err := replay(t, 200, load(t, "old/6.0.12-sites-custom-fields-secrets.json")).SitesPage(t.Context(), 1, 200)
	must(t, err)
	if !last || !strings.Contains(string(rows[0].JSON)+string(rows[len(rows)-1].JSON), "labpass") {
		t.Fatal("the recording holds no password to hide")
	}
	for _, row := range rows {
		site, err := row.Decode()
		must(t, err)
		out, err := json.Marshal(site)
		must(t, err)
		if strings.Contains(string(out), "labpass") {
			t.Errorf("site %d holds the HTTP password", site.ID)
		}
	}
}
