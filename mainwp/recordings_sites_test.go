package mainwp_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/mainwp"
)

func checkSites(t *testing.T, client *mainwp.Client, rec recording) {
	rows, last, err := client.SitesPage(t.Context(), 1, 200)
	if bytes.HasPrefix(rec.body, []byte("[")) {
		if mainwp.KindOf(err) != mainwp.KindShape {
			t.Fatalf("a bare list gave %v, want KindShape", err)
		}
		return
	}
	must(t, err)
	want := plain(t, rec.body).rows()
	if len(rows) != len(want) || !last {
		t.Fatalf("got %d rows, last %v; want %d, true", len(rows), last, len(want))
	}
	for _, row := range rows {
		checkRow(t, row, want[row.ID])
	}
}

// checkOneSite is for answers with one site, of a read or a sync.
func checkOneSite(t *testing.T, client *mainwp.Client, rec recording) {
	row, err := client.SyncSite(t.Context(), 1)
	if bytes.HasPrefix(rec.body, []byte("[")) {
		if mainwp.KindOf(err) != mainwp.KindShape {
			t.Fatalf("a bare list gave %v, want KindShape", err)
		}
		return
	}
	body := plain(t, rec.body)
	data, isObject := body["data"].(map[string]any)
	switch {
	case body["success"] == 0.0:
		if mainwp.KindOf(err) != mainwp.KindRefused {
			t.Fatalf("success:0 gave %v, want KindRefused", err)
		}
	case !isObject || data["id"] == nil:
		if mainwp.KindOf(err) != mainwp.KindShape {
			t.Fatalf("no site gave %v, want KindShape", err)
		}
	default:
		must(t, err)
		checkRow(t, *row, data)
	}
}

// checkRow holds a decoded site against the plain JSON of its row.
func checkRow(t *testing.T, raw mainwp.RawSite, want object) {
	t.Helper()
	site, err := raw.Decode()
	must(t, err)
	if site.ID != want.number("id") || raw.ID != site.ID || site.ClientID != want.number("client_id") {
		t.Errorf("ids: got %d %d client %d, want %v client %v", raw.ID, site.ID, site.ClientID, want["id"], want["client_id"])
	}
	for field, got := range map[string]string{
		"name": site.Name, "url": site.URL, "note": site.Note, "ip": site.IP, "wp_version": site.WPVersion, "php_version": site.PHPVersion,
		"child_version": site.ChildVersion, "mysql_version": site.MySQLVersion, "memory_limit": site.MemoryLimit, "active_theme": site.ActiveTheme,
		"status": site.Status, "http_status": site.HTTPStatus, "health_status": site.HealthStatus, "icon": site.Icon,
		"verify_certificate": site.VerifyCertificate, "force_use_ipv4": site.ForceIPv4, "ssl_version": site.SSLVersion,
	} {
		if got != want.text(field) {
			t.Errorf("%s: got %q, want %q", field, got, want.text(field))
		}
	}
	checkSync(t, site, want)
	checkInventory(t, site, want)
	checkPending(t, site, want)
	printed := fmt.Sprintf("%+v", site)
	for _, secret := range []string{"labpass", ".zip", want.text("uniqueId")} {
		if secret != "" && strings.Contains(printed, secret) {
			t.Errorf("the decoded site holds %q", secret)
		}
	}
}

func checkSync(t *testing.T, site mainwp.Site, want object) {
	t.Helper()
	lastSync := ""
	if !site.LastSync.IsZero() {
		lastSync = site.LastSync.Format("2006-01-02T15:04:05")
	}
	if sent := strings.TrimPrefix(want.text("last_sync"), "1970-01-01T00:00:00"); lastSync != sent {
		t.Errorf("last sync: got %s, want %s", lastSync, sent)
	}
	if sent := want.text("sync_errors"); (site.SyncError == "") != (sent == "") || strings.ContainsAny(site.SyncError, "<>") || strings.Contains(site.SyncError, "&#") {
		t.Errorf("sync error: got %q of %q", site.SyncError, sent)
	}
	if site.Suspended != (want.text("suspended") == "1") || site.IgnorePlugins != (want.text("is_ignorePluginUpdates") == "1") {
		t.Errorf("flags: got suspended %v, ignore plugins %v", site.Suspended, site.IgnorePlugins)
	}
	if site.DatabaseSize != want.number("database_size") {
		t.Errorf("database size: got %d, want %d", site.DatabaseSize, want.number("database_size"))
	}
	for field, got := range map[string]*int{"offline_check_result": site.OfflineCheck, "http_response_code": site.HTTPCode, "securityIssues": site.SecurityIssues, "health_score": site.HealthScore} {
		if (got == nil) != (want.text(field) == "") || got != nil && int64(*got) != want.number(field) {
			t.Errorf("%s: got %v, want %q", field, got, want.text(field))
		}
	}
	if sec := want.number("last_post_time"); sec > 0 && !site.LastPost.Equal(time.Unix(sec, 0)) || sec <= 0 && !site.LastPost.IsZero() {
		t.Errorf("last post: got %v, want %d", site.LastPost, sec)
	}
	tags, _ := want["tags"].(map[string]any)
	if len(site.Tags) != len(tags) {
		t.Errorf("tags: got %v, want %v", site.Tags, tags)
	}
	for id, name := range site.Tags {
		if tags[fmt.Sprint(id)] != name {
			t.Errorf("tag %d: got %q, want %v", id, name, tags[fmt.Sprint(id)])
		}
	}
}

// checkInventory: an empty list is unknown, never "no plugins".
func checkInventory(t *testing.T, site mainwp.Site, want object) {
	t.Helper()
	plugins, _ := want.inner("plugins").([]any)
	if len(site.Plugins) != len(plugins) || len(plugins) == 0 && site.Plugins != nil {
		t.Fatalf("got %d plugins, want %d", len(site.Plugins), len(plugins))
	}
	for i, v := range plugins {
		row, got := object(v.(map[string]any)), site.Plugins[i]
		if got.Slug != row.text("slug") || got.Version != row.text("version") || got.Active != (row.number("active") == 1) ||
			got.Child != (row.text("mainwp") == "T") || got.MustUse != (row.number("mu") == 1) || got.Name != row.text("name") {
			t.Errorf("plugin %d: got %+v, want %v", i, got, row)
		}
		if strings.Contains(got.Description, "<") {
			t.Errorf("description of %s has tags: %s", got.Slug, got.Description)
		}
	}
	themes, _ := want.inner("themes").([]any)
	if len(site.Themes) != len(themes) {
		t.Fatalf("got %d themes, want %d", len(site.Themes), len(themes))
	}
	for i, v := range themes {
		row, got := object(v.(map[string]any)), site.Themes[i]
		if got.Slug != row.text("slug") || got.Version != row.text("version") || got.Active != (row.number("active") == 1) {
			t.Errorf("theme %d: got %+v, want %v", i, got, row)
		}
	}
}

func checkPending(t *testing.T, site mainwp.Site, want object) {
	t.Helper()
	core, _ := want.inner("wp_upgrades").(map[string]any)
	if (site.Core == nil) != (core == nil) || core != nil && (site.Core.From != core["current"] || site.Core.To != core["new"]) {
		t.Errorf("core: got %v, want %v", site.Core, core)
	}
	checkItems(t, site.PluginUpdates, want.inner("plugin_upgrades"))
	checkItems(t, site.ThemeUpdates, want.inner("theme_upgrades"))
	translations, _ := want.inner("translation_upgrades").([]any)
	if len(site.TranslationUpdates) != len(translations) {
		t.Errorf("got %d translations, want %d", len(site.TranslationUpdates), len(translations))
	}
	for i, v := range translations {
		row, got := object(v.(map[string]any)), site.TranslationUpdates[i]
		if got.Slug != row.text("slug") || got.Language != row.text("language") || got.Type != row.text("type") || got.Version != row.text("version") {
			t.Errorf("translation: got %+v, want %v", got, row)
		}
	}
	known := len(site.Plugins) > 0
	wantKnown := mainwp.UpdatesKnown{Core: known || core != nil, Plugins: known || len(site.PluginUpdates) > 0, Themes: known || len(site.ThemeUpdates) > 0, Translations: known || len(translations) > 0}
	if site.UpdatesKnown != wantKnown {
		t.Errorf("known: got %+v, want %+v", site.UpdatesKnown, wantKnown)
	}
}

// checkItems holds updates, from and to, against a map of slug to update.
func checkItems(t *testing.T, got []mainwp.ItemUpdate, sent any) {
	t.Helper()
	want, _ := sent.(map[string]any)
	if len(got) != len(want) {
		t.Errorf("got %d updates, want %d", len(got), len(want))
	}
	for _, u := range got {
		row, ok := want[u.Slug].(map[string]any)
		if !ok {
			t.Errorf("update of %s was not sent", u.Slug)
			continue
		}
		offer := object(row["update"].(map[string]any))
		if u.From != object(row).text("Version") || u.To != offer.text("new_version") || u.Active != (object(row).number("active") == 1) || u.Name != object(row).text("Name") {
			t.Errorf("%s: got %s → %s active %v, want %v → %v", u.Slug, u.From, u.To, u.Active, row["Version"], offer["new_version"])
		}
		if u.RequiresPHP != offer.text("requires_php") || u.Tested != offer.text("tested") || !strings.HasPrefix(u.URL, "http") && offer.text("url") != "" {
			t.Errorf("%s: got requires PHP %s tested %s url %s, want %v", u.Slug, u.RequiresPHP, u.Tested, u.URL, offer)
		}
	}
}

func checkBasic(t *testing.T, client *mainwp.Client, rec recording) {
	sites, err := client.SitesBasic(t.Context())
	must(t, err)
	want := plain(t, rec.body).rows()
	if len(sites) != len(want) {
		t.Fatalf("got %d sites, want %d", len(sites), len(want))
	}
	for _, s := range sites {
		row := want[s.ID]
		if s.Name != row.text("name") || s.URL != row.text("url") || s.ClientID != row.number("client_id") {
			t.Errorf("got %+v, want %v", s, row)
		}
	}
}

func checkCount(t *testing.T, client *mainwp.Client, rec recording) {
	n, err := client.SitesCount(t.Context())
	must(t, err)
	if want := plain(t, rec.body).number("count"); int64(n) != want {
		t.Errorf("got %d, want %d", n, want)
	}
}

func checkReconnect(t *testing.T, client *mainwp.Client, _ recording) {
	if err := client.Reconnect(t.Context(), 3); err != nil {
		t.Errorf("a good reconnect gave %v", err)
	}
}

func checkUpdates(t *testing.T, client *mainwp.Client, rec recording) {
	updates, err := client.SiteUpdates(t.Context(), 1)
	data, ok := plain(t, rec.body)["data"].(map[string]any)
	if !ok || len(data) == 0 {
		if len(data) == 0 && mainwp.KindOf(err) != mainwp.KindShape {
			t.Errorf("no data gave %v, want KindShape", err)
		}
		return
	}
	must(t, err)
	core, _ := data["wp"].(map[string]any)
	if (updates.Core == nil) != (core == nil) || core != nil && (updates.Core.From != core["current"] || updates.Core.To != core["new"]) {
		t.Errorf("core: got %v, want %v", updates.Core, core)
	}
	checkItems(t, updates.Plugins, data["plugins"])
	checkItems(t, updates.Themes, data["themes"])
	_, plugins := data["plugins"]
	_, themes := data["themes"]
	_, wp := data["wp"]
	_, translations := data["translations"]
	if want := (mainwp.UpdatesKnown{Core: wp, Plugins: plugins, Themes: themes, Translations: translations}); updates.Known != want {
		t.Errorf("known: got %+v, want %+v", updates.Known, want)
	}
	list, _ := data["translations"].([]any)
	if len(updates.Translations) != len(list) {
		t.Errorf("got %d translations, want %d", len(updates.Translations), len(list))
	}
}

func checkAbandoned(t *testing.T, client *mainwp.Client, rec recording) {
	plugins, themes, err := client.Abandoned(t.Context(), 2)
	must(t, err)
	want, _ := plain(t, rec.body)["data"].(map[string]any)
	if len(plugins) != len(want) || len(themes) != len(want) || plugins == nil {
		t.Fatalf("got %v, want %v", plugins, want)
	}
	for slug, at := range plugins {
		if row := object(want[slug].(map[string]any)); at.Unix() != row.number("last_updated") {
			t.Errorf("%s: got %v, want %v", slug, at, row["last_updated"])
		}
	}
}
