package mainwptest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write sends a write that must be answered with 200, and gives the answer.
func write(t *testing.T, d *Dashboard, method, path, body string) string {
	t.Helper()
	status, answer := ask(t, d, method, v2+path, body, "")
	if status != 200 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return string(answer)
}

// Slugs as text or list make a junk entry and ignore nothing.
func TestOnlyTheObjectFormIgnores(t *testing.T) {
	for name, c := range map[string]struct {
		body, kind string
		ignores    bool
	}{
		"text":   {`{"slug":"akismet/akismet.php"}`, "application/json", false},
		"list":   {`{"slug":["akismet/akismet.php"]}`, "application/json", false},
		"object": {`{"slug":{"akismet/akismet.php":"Akismet"}}`, "application/json", true},
		"form":   {`slug%5Bakismet%2Fakismet.php%5D=Akismet`, "application/x-www-form-urlencoded", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := pendingDashboard()
			r := newRequest(t, d, "POST", v2+"/updates/1/ignore/plugins", c.body)
			r.Header.Set("Content-Type", c.kind)
			res, err := Transport(map[string]*Dashboard{"dash.example": d}).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if success(t, string(readAll(t, res))) != 1 {
				t.Error("refused")
			}
			offered := strings.Contains(get(t, d, "/updates/1"), `"akismet\/akismet.php"`)
			if offered == c.ignores {
				t.Errorf("still offered: %v", offered)
			}
			if !strings.Contains(get(t, d, "/sites?include=1"), `ignored_versions`) {
				t.Error("the row has no entry at all")
			}
		})
	}
}

func TestTrapsOfSiteEdit(t *testing.T) {
	d := pendingDashboard()
	d.EditSite(1, func(s *Site) { s.ClientID, s.TagIDs = 1, []int64{1, 2} })
	write(t, d, "PUT", "/sites/1/edit", `{"client_id":1,"groupids":"","ignore_plugin_updates":1}`)
	if s := d.Site(1); s.ClientID != 1 || len(s.TagIDs) != 2 || !s.IgnorePlugins {
		t.Errorf("client %d, tags %v", s.ClientID, s.TagIDs)
	}
	write(t, d, "PUT", "/sites/1/edit", `{"name":"New","groupids":"77","ignore_plugin_updates":0}`)
	if s := d.Site(1); s.ClientID != 0 || s.Name != "New" || s.IgnorePlugins {
		t.Errorf("client %d, name %s", s.ClientID, s.Name)
	}
	if !strings.Contains(get(t, d, "/sites?include=1"), `"tags":[]`) {
		t.Error("an unknown tag leaves the old ones")
	}
}

func TestClientsAreWritten(t *testing.T) {
	d := pendingDashboard()
	var added struct{ Data struct{ ID string } }
	decode(t, write(t, d, "POST", "/clients/add", `{"name":"New","client_email":"new@client.example","city":"Aldenau","selected_sites":[1,2]}`), &added)
	path := "/clients/" + added.Data.ID
	write(t, d, "PUT", path+"/edit", `{"city":"","note":"<b>x</b>","selected_sites":[3]}`)
	owners := map[int64]bool{}
	for _, id := range []int64{1, 2, 3} {
		owners[id] = itoa(d.Site(id).ClientID) == added.Data.ID
	}
	if diff := cmp.Diff(map[int64]bool{1: false, 2: false, 3: true}, owners); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(get(t, d, path), `"city":"Aldenau"`) {
		t.Error("a blank emptied a field")
	}
	write(t, d, "POST", path+"/suspend", "{}")
	if !strings.Contains(get(t, d, path), `"suspended":"1"`) || d.Site(3).Suspended {
		t.Error("suspending a client is for the client alone")
	}
	write(t, d, "DELETE", path+"/remove", "")
	if d.Site(3).ClientID != 0 || strings.Contains(get(t, d, "/clients"), "new@client.example") {
		t.Error("the client is still there")
	}
}

func TestTagsAreWritten(t *testing.T) {
	d := pendingDashboard()
	var a, b struct{ Data struct{ ID, Name string } }
	decode(t, write(t, d, "POST", "/tags/add", `{"name":"New"}`), &a)
	decode(t, write(t, d, "POST", "/tags/add", `{"name":"New"}`), &b)
	if b.Data.Name != "New (1)" || a.Data.ID == b.Data.ID {
		t.Errorf("%+v %+v", a.Data, b.Data)
	}
	write(t, d, "PUT", "/tags/"+b.Data.ID+"/edit", `{"color":"#000000"}`)
	if !strings.Contains(get(t, d, "/tags/"+b.Data.ID), `"name":"","color":"#000000"`) {
		t.Error("a name that was not sent stayed")
	}
	write(t, d, "DELETE", "/tags/"+a.Data.ID+"/remove", "")
	var c struct{ Data struct{ ID string } }
	decode(t, write(t, d, "POST", "/tags/add", `{"name":"New"}`), &c)
	if c.Data.ID == a.Data.ID || c.Data.ID == b.Data.ID {
		t.Error("an id was given twice")
	}
}

func TestSitesAreAddedAndRemoved(t *testing.T) {
	d := pendingDashboard()
	const body = `{"url":"https://new.example","admin":"admin","adminpassword":"right","client_id":2,"groupids":"1"}`
	d.OfferChild("https://new.example", NewChild{Admin: "admin", Password: "right"})
	var added, again struct {
		Success int
		FoundID string `json:"found_id"`
		Data    struct{ ID string }
	}
	decode(t, write(t, d, "POST", "/sites/add", body), &added)
	decode(t, write(t, d, "POST", "/sites/add", body), &again)
	if added.Success != 1 || again.Success != 0 || again.FoundID != added.Data.ID {
		t.Errorf("%+v %+v", added, again)
	}
	if basic := get(t, d, "/sites/basic"); !strings.Contains(basic, `"name":"new.example","url":"https:\/\/new.example\/","client_id":"2"`) {
		t.Errorf("basic %s", basic[max(0, len(basic)-200):])
	}
	d.Disconnect(1)
	if success(t, write(t, d, "DELETE", "/sites/1/remove", "")) != 0 || strings.Contains(get(t, d, "/sites/basic"), `"id":"1",`) {
		t.Error("a child that refuses stays, or makes no failure")
	}
}

// The row of a site follows an action on its plugins at once, but an update only after a sync.
func TestRowsFollowWrites(t *testing.T) {
	d := pendingDashboard()
	write(t, d, "POST", "/sites/1/plugins/deactivate", `{"slug":"akismet/akismet.php"}`)
	if isActive(ref(d.Site(1)), Plugins, akismetSlug) {
		t.Error("still active in the row")
	}
	write(t, d, "POST", "/updates/1/update/plugins", `{"slug":"akismet/akismet.php"}`)
	if !strings.Contains(get(t, d, "/updates/1"), `"akismet\/akismet.php"`) {
		t.Error("the row knew of the update before a sync")
	}
	write(t, d, "POST", "/sites/1/sync", "{}")
	if strings.Contains(get(t, d, "/updates/1"), `"akismet\/akismet.php"`) {
		t.Error("the update is still offered after a sync")
	}
	write(t, d, "DELETE", "/sites/1/plugins/delete?slug=akismet/akismet.php", "")
	if !strings.Contains(get(t, d, "/sites/1/plugins"), "akismet") {
		t.Error("the row knew of the deletion before a sync")
	}
	write(t, d, "POST", "/sites/1/sync", "{}")
	if strings.Contains(get(t, d, "/sites/1/plugins"), "akismet") {
		t.Error("the plugin is still there")
	}
	if answer := write(t, d, "DELETE", "/sites/1/themes/delete?slug=astra", ""); success(t, answer) != 0 || !strings.Contains(answer, "is active") {
		t.Errorf("the active theme was deleted: %s", answer)
	}
}

func ref(s Site) *Site { return &s }
