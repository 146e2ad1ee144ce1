package web

import (
	"database/sql"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/db"
)

// agency is a Dashboard with three sites: 1 and 2 of client 11, 3 of client 12; 1 has the tags 21 and 22, 3 has 23.
type agency struct {
	*site
	dash  int64
	sites map[int64]int64 // Muster's id by MainWP's
}

func newAgency(t *testing.T) agency {
	t.Helper()
	a := agency{site: newSite(t), dash: 1, sites: map[int64]int64{}}
	m, now := a.store.Mirror(), a.now()
	row := func(remote, client int64, tags map[int64]string) db.SiteWrite {
		host := fmt.Sprintf("shop-%d.example", remote)
		return db.SiteWrite{RemoteID: remote, Hash: []byte{1}, Name: fmt.Sprintf("Shop %d", remote), URL: "https://" + host + "/", URLKey: host, Status: "connected", LastSyncAt: now, ClientID: client, Tags: tags}
	}
	a.must(m.WriteSites(t.Context(), a.dash, now, true, []db.SiteWrite{
		row(1, 11, map[int64]string{21: "Care", 22: "Night"}), row(2, 11, nil), row(3, 12, map[int64]string{23: "Hidden"})}))
	a.must(m.WriteClients(t.Context(), a.dash, now, []db.ClientWrite{
		{ID: 11, Name: "Alder & Finch", Email: "alder@example.com", Phone: "123", Note: "first\nsecond"}, {ID: 12, Name: "Birch"}}))
	a.must(m.WriteTags(t.Context(), a.dash, now, []db.TagWrite{
		{ID: 21, Name: "Care", Color: "#21ba45", Sites: []int64{1}}, {ID: 22, Name: "Night", Sites: []int64{1}}, {ID: 23, Name: "Hidden", Sites: []int64{3}}, {ID: 24, Name: "Spare"}}))
	a.must(m.ReadOK(t.Context(), a.dash, db.ReadEnd{URL: "https://x.example", Started: now, Full: true, NextFull: now.Add(time.Hour), NextProbe: now.Add(time.Hour)}))
	known, err := m.KnownSites(t.Context(), a.dash)
	a.must(err)
	for remote, k := range known {
		a.sites[remote] = k.ID
	}
	return a
}

// limit narrows what a person sees; no page of Muster does that yet.
func (s *site) limit(email, kind string, dashboard, remote int64) {
	s.t.Helper()
	file, err := sql.Open("sqlite", s.path)
	s.must(err)
	defer func() { s.must(file.Close()) }()
	_, err = file.ExecContext(s.t.Context(), "INSERT INTO user_limits (user_id, kind, dashboard_id, remote_id) SELECT id, ?, ?, ? FROM users WHERE email = ?", kind, dashboard, remote, email)
	s.must(err)
}

// started are the tasks of all runs.
func (s *site) started() []db.Task {
	s.t.Helper()
	runs, _, err := s.store.Runs(s.t.Context(), everything, db.RunFilter{})
	s.must(err)
	var out []db.Task
	for _, run := range runs {
		out = append(out, s.tasks(run.ID)...)
	}
	return out
}

func (s *site) wantNothingStarted() {
	s.t.Helper()
	if list := s.started(); len(list) > 0 {
		s.t.Fatalf("started %+v", list)
	}
}

func (s *site) wantOne(action db.Action) db.Task {
	s.t.Helper()
	list := s.started()
	if len(list) != 1 || list[0].Action != action || list[0].State != db.TaskQueued {
		s.t.Fatalf("tasks %+v, want one of %s", list, action)
	}
	return list[0]
}

func newShop(change ...string) url.Values {
	form := url.Values{"dashboard": {"1"}, "url": {"shop-9.example"}, "admin": {"root"}, "password": {"Sup3r-s3cret&<pass>"}, "client": {"0"}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// TestPasswordOfASiteIsKeptNowhere: it reaches the engine's memory, and no page, row or log line.
func TestPasswordOfASiteIsKeptNowhere(t *testing.T) {
	s := newAgency(t)
	b := s.as(ownerEmail)
	form := newShop("url", "https://", "name", "New shop")
	secret := form.Get("password")
	refused := b.post("/sites/add", form)
	refused.want(t, http.StatusUnprocessableEntity, "This is not an address", "New shop", "Enter the password again")
	s.wantNothingStarted()
	added := b.post("/sites/add", newShop("name", "New shop", "verify", "0", "tags", "24", "client", "12", "unique", "un1que-s3curity-id"))
	added.wantTo(t, "/runs/1")
	task := s.wantOne(db.ActAddSite)
	if got := s.given[task.ID]; got != secret || s.unique != "un1que-s3curity-id" {
		t.Fatalf("the engine was given %q and %q", got, s.unique)
	}
	p := task.Params
	if p.URL != "https://shop-9.example/" || p.Name != "New shop" || p.Admin != "root" || p.VerifyCertificate == nil || *p.VerifyCertificate || len(p.Tags) != 1 || p.Tags[0] != 24 || p.Client == nil || *p.Client != 12 {
		t.Errorf("params %+v", p)
	}
	places := map[string]string{"log": s.log.String(), "refused page": refused.body, "form": b.get("/sites/add").body,
		"run page": b.get("/runs/1").body, "task page": b.get(fmt.Sprintf("/runs/1/tasks/%d", task.ID)).body, "run's log": b.get("/runs/1/log.txt").body}
	for _, file := range []string{s.path, s.path + "-wal"} {
		content, err := os.ReadFile(file)
		s.must(err)
		places[file] = string(content)
	}
	if !strings.Contains(places[s.path]+places[s.path+"-wal"], "New shop") {
		t.Fatal("the file of the store does not hold what was stored")
	}
	for place, text := range places {
		for _, part := range []string{secret, "Sup3r-s3cret", url.QueryEscape(secret), s.unique} {
			if strings.Contains(text, part) {
				t.Errorf("the %s holds %q", place, part)
			}
		}
	}
	// A site that could not be added has a filled form in place of a retry.
	q := s.store.Queue()
	s.must(q.Sending(t.Context(), task.ID, 0))
	s.must(q.Finish(t.Context(), task.ID, db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: "Wrong login."}))
	page := b.get("/runs/1")
	page.want(t, http.StatusOK, "Add the site again…")
	if strings.Contains(page.body, "/runs/1/retry") {
		t.Error("a retry is offered that has nothing to retry")
	}
	again := addAgain.FindStringSubmatch(page.body)
	if again == nil {
		t.Fatal("no link to the form")
	}
	b.get(html.UnescapeString(again[1])).want(t, http.StatusOK, `value="https://shop-9.example/"`, `value="New shop"`, `value="root"`, `<option value="0" selected`, `value="24" checked`, `<option value="12" selected`)
}

var addAgain = regexp.MustCompile(`href="(/sites/add\?[^"]+)"`)

func TestAddSiteSaysBesideTheFieldWhatIsWrong(t *testing.T) {
	s := newAgency(t)
	b := s.as(managerEmail)
	for _, c := range []struct{ field, value, want string }{
		{"url", "", "Enter the address of the site."},
		{"url", "ftp://shop.example", "begin with https:// or http://"},
		{"url", "https://u:p@shop.example/", "Leave login and password out of the address"},
		{"url", "https://shop.example/?a=b", "Leave out everything from ? or # on."},
		{"url", "http://www.shop-1.example", "on this Dashboard already, as “Shop 1”"},
		{"url", "https://" + strings.Repeat("x", 300) + ".example", "At most 200 characters."},
		{"admin", "", "Enter the login of an administrator"},
		{"password", "", "Enter the password: MainWP needs it once"},
		{"tags", "99", "One of the ticked tags is not there any more."},
		{"client", "99", "This client is not there any more."},
		{"verify", "2", "Choose one of the three."},
	} {
		b.post("/sites/add", newShop(c.field, c.value)).want(t, http.StatusUnprocessableEntity, c.want)
	}
	s.wantNothingStarted()
	if len(s.given) > 0 {
		t.Errorf("the engine was given a password for nothing: %d", len(s.given))
	}
	b.post("/sites/add", newShop("dashboard", "7")).want(t, http.StatusNotFound)
}

func TestSiteAddress(t *testing.T) {
	for typed, want := range map[string]string{
		"shop.example": "https://shop.example/", "http://shop.example/blog/": "http://shop.example/blog/", "https://shop.example/wp-admin/": "https://shop.example/",
		"https://shop.example:8443": "https://shop.example:8443/", "shop example": "", "javascript:alert(1)": "", "https:///x": "",
	} {
		if got, sentence := siteAddress(typed); got != want || (got == "") == (sentence == "") {
			t.Errorf("siteAddress(%q) = %q, %q; want %q", typed, got, sentence, want)
		}
	}
}

func TestEditSiteSendsWhatDiffers(t *testing.T) {
	s := newAgency(t)
	b := s.as(ownerEmail)
	path := fmt.Sprintf("/sites/%d/edit", s.sites[1])
	b.get(path).want(t, http.StatusOK, `value="21" checked`, `value="22" checked`, `<option value="11" selected`, "Spare")
	same := url.Values{"name": {"Shop 1"}, "tags": {"22", "21"}, "client": {"11"}}
	b.post(path, same).want(t, http.StatusUnprocessableEntity, "Nothing is changed yet.")
	b.post(path, url.Values{"name": {"Renamed"}, "client": {"11"}}).want(t, http.StatusUnprocessableEntity, "cannot take the last tag off a site", "Renamed")
	b.post(path, url.Values{"name": {""}, "tags": {"21"}, "client": {"11"}}).want(t, http.StatusUnprocessableEntity, "cannot leave a site without one")
	b.post(path, url.Values{"name": {"Shop 1"}, "tags": {"21", "77"}, "client": {"11"}}).want(t, http.StatusUnprocessableEntity, "One of the ticked tags is not there any more.")
	s.wantNothingStarted()
	b.post(path, url.Values{"name": {"Shop 1"}, "tags": {"21", "24"}, "client": {"0"}}).wantTo(t, fmt.Sprintf("/sites/%d?done=run.1", s.sites[1]))
	p := s.wantOne(db.ActEditSite).Params
	if p.Name != "" || len(p.Tags) != 2 || p.Tags[0] != 21 || p.Tags[1] != 24 || p.Client == nil || *p.Client != 0 {
		t.Errorf("params %+v, want the tags 21 and 24, no client, and the name left alone", p)
	}
}

// TestEditSiteWithoutTags: a site that has none needs none.
func TestEditSiteWithoutTags(t *testing.T) {
	s := newAgency(t)
	s.as(ownerEmail).post(fmt.Sprintf("/sites/%d/edit", s.sites[2]), url.Values{"name": {"Renamed"}, "client": {"11"}}).wantTo(t, fmt.Sprintf("/sites/%d?done=run.1", s.sites[2]))
	if p := s.wantOne(db.ActEditSite).Params; p.Name != "Renamed" || p.Tags != nil || p.Client != nil {
		t.Errorf("params %+v, want the name alone", p)
	}
}

func TestRemovalsNeedTheNameTyped(t *testing.T) {
	for path, want := range map[string]struct {
		name, back string
		action     db.Action
		says       string
	}{
		"/sites/%d/remove":     {"Shop 1", "/sites", db.ActRemoveSite, "the WordPress site itself"},
		"/clients/1/11/remove": {"Alder & Finch", "/clients", db.ActRemoveClient, "the 2 sites themselves. They have no client then."},
		"/tags/1/21/remove":    {"Care", "/tags", db.ActRemoveTag, "Shop 1"},
	} {
		s := newAgency(t)
		b := s.as(ownerEmail)
		if strings.Contains(path, "%d") {
			path = fmt.Sprintf(path, s.sites[1])
		}
		b.get(path).want(t, http.StatusOK, want.says)
		b.post(path, url.Values{"name": {"Shop"}}).want(t, http.StatusUnprocessableEntity, "Type the name of the", `value="Shop"`)
		b.post(path, url.Values{}).want(t, http.StatusUnprocessableEntity, "Type the name of the")
		s.wantNothingStarted()
		b.post(path, url.Values{"name": {" " + strings.ToLower(want.name)}}).wantTo(t, want.back+"?done=run.1")
		s.wantOne(want.action)
		// A second time it is at work already, or starts another run that finds nothing: never the same one.
		b.get(want.back+"?done=run.1").want(t, http.StatusOK, "run 1")
	}
}

func TestClientFieldsCannotBeEmptied(t *testing.T) {
	s := newAgency(t)
	b := s.as(ownerEmail)
	form := func(change ...string) url.Values {
		v := url.Values{"name": {"Alder & Finch"}, "email": {"alder@example.com"}, "phone": {"123"}, "note": {"first\r\nsecond"}, "sites": {"1", "2"}}
		for i := 0; i+1 < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	const path = "/clients/1/11/edit"
	b.get(path).want(t, http.StatusOK, "alder@example.com", "now of Birch")
	b.post(path, form()).want(t, http.StatusUnprocessableEntity, "Nothing is changed yet.")
	b.post(path, form("phone", "", "email", "new@example.com")).want(t, http.StatusUnprocessableEntity, "MainWP cannot empty a field from outside. It was: 123", "new@example.com")
	b.post(path, form("name", "")).want(t, http.StatusUnprocessableEntity, "Enter the name of the client.")
	b.post(path, form("email", "Alder <alder@example.com>")).want(t, http.StatusUnprocessableEntity, "This is not an email address.")
	none := form()
	none.Del("sites")
	b.post(path, none).want(t, http.StatusUnprocessableEntity, "cannot take the last site off a client here")
	s.wantNothingStarted()
	b.post(path, form("city", "Oslo", "sites", "3")).wantTo(t, "/clients/1/11?done=run.1")
	p := s.wantOne(db.ActEditClient).Params
	if p.ID != 11 || len(p.Fields) != 2 || p.Fields["name"] != "Alder & Finch" || p.Fields["city"] != "Oslo" || len(p.Sites) != 1 || p.Sites[0] != 3 {
		t.Errorf("params %+v, want the name, the city and site 3 alone", p)
	}
}

func TestAddClient(t *testing.T) {
	s := newAgency(t)
	b := s.as(ownerEmail)
	b.post("/clients/add", url.Values{"dashboard": {"1"}, "phone": {"5"}}).want(t, http.StatusUnprocessableEntity, "Enter the name of the client.", `value="5"`)
	s.wantNothingStarted()
	b.post("/clients/add", url.Values{"dashboard": {"1"}, "name": {"Cedar"}, "note": {"a\r\nb"}}).wantTo(t, "/clients?done=run.1")
	if p := s.wantOne(db.ActAddClient).Params; len(p.Fields) != 2 || p.Fields["name"] != "Cedar" || p.Fields["note"] != "a\nb" || p.Sites != nil {
		t.Errorf("params %+v", p)
	}
}

func TestTagNamesAreTakenOnce(t *testing.T) {
	s := newAgency(t)
	b := s.as(ownerEmail)
	tag := func(name, color string) url.Values {
		return url.Values{"dashboard": {"1"}, "name": {name}, "color": {color}}
	}
	b.get("/tags").want(t, http.StatusOK, "Spare", "#21ba45", "/tags/1/24/remove")
	b.post("/tags/add", tag(" care ", "#112233")).want(t, http.StatusUnprocessableEntity, "has a tag of this name already", "care (1)")
	b.post("/tags/add", tag("New", "red")).want(t, http.StatusUnprocessableEntity, "Write the colour like #21ba45.")
	b.post("/tags/add", tag("", "#112233")).want(t, http.StatusUnprocessableEntity, "Enter a name.")
	b.post("/tags/1/22/edit", tag("Care", "#112233")).want(t, http.StatusUnprocessableEntity, "has a tag of this name already")
	b.post("/tags/1/21/edit", tag("Care", "#21BA45")).want(t, http.StatusUnprocessableEntity, "Nothing is changed yet.")
	s.wantNothingStarted()
	b.post("/tags/add", tag("New", "#112233")).wantTo(t, "/tags?done=run.1")
	if p := s.wantOne(db.ActAddTag).Params; p.Name != "New" || p.Color != "#112233" {
		t.Errorf("params %+v", p)
	}
	// The tag is not there yet, but it is about to be.
	b.post("/tags/add", tag("NEW", "#445566")).want(t, http.StatusUnprocessableEntity, "has a tag of this name already")
	b.post("/tags/1/21/edit", tag("care", "#445566")).wantTo(t, "/tags?done=run.2")
	if p := s.tasks(2)[0].Params; p.ID != 21 || p.Name != "care" || p.Color != "#445566" {
		t.Errorf("params %+v, want id, name and colour", p)
	}
	// A new Dashboard may have the same names.
	other := s.addDashboard("Second Agency", "https://second.example")
	if taken, err := s.store.TagNameTaken(t.Context(), everything, other, "Care", 0); taken || err != nil {
		t.Errorf("the name is taken on another Dashboard: %v, %v", taken, err)
	}
}

// TestFormsSayWhatADashboardRefuses: nothing is started on one that only reads, and the reason stands beside it.
func TestFormsSayWhatADashboardRefuses(t *testing.T) {
	s := newAgency(t)
	s.must(s.store.EditDashboard(t.Context(), everything, s.dash, db.DashboardEdit{Name: "First Agency", URL: "https://first.example", Auth: "bearer", ReadOnly: true}))
	b := s.as(ownerEmail)
	const why = "Muster only reads this Dashboard"
	site := fmt.Sprintf("/sites/%d/", s.sites[1])
	for path, form := range map[string]url.Values{
		"/sites/add": newShop(), site + "edit": {"name": {"X"}, "tags": {"21"}, "client": {"11"}}, site + "remove": {"name": {"Shop 1"}},
		"/clients/add": {"dashboard": {"1"}, "name": {"X"}}, "/clients/1/11/edit": {"name": {"X"}, "email": {"alder@example.com"}, "phone": {"123"}, "note": {"first\nsecond"}, "sites": {"1"}},
		"/clients/1/11/remove": {"name": {"Alder & Finch"}}, "/tags/add": {"dashboard": {"1"}, "name": {"X"}, "color": {"#112233"}},
		"/tags/1/21/edit": {"name": {"X"}, "color": {"#112233"}}, "/tags/1/21/remove": {"name": {"Care"}},
	} {
		b.get(path).want(t, http.StatusOK, why)
		b.post(path, form).want(t, http.StatusUnprocessableEntity, why)
	}
	s.wantNothingStarted()
	if len(s.given) > 0 {
		t.Error("the engine was given a password for nothing")
	}
	s.addDashboard("Second Agency", "https://second.example") // never read
	b.get("/sites/add").want(t, http.StatusOK, why, "Muster has not read this Dashboard yet.")
}

// TestLimitedPeopleChangeWhatTheySee: the site, and the tags and clients that it can get.
func TestLimitedPeopleChangeWhatTheySee(t *testing.T) {
	s := newAgency(t)
	s.limit(managerEmail, "client", 1, 11)
	b := s.as(managerEmail)
	path := fmt.Sprintf("/sites/%d/edit", s.sites[1])
	form := b.get(path)
	form.want(t, http.StatusOK, "Care", "Alder &amp; Finch")
	for _, hidden := range []string{"Hidden", "Birch", "Spare"} {
		if strings.Contains(form.body, hidden) {
			t.Errorf("the form shows %s", hidden)
		}
	}
	b.post(path, url.Values{"name": {"Shop 1"}, "tags": {"21", "23"}, "client": {"11"}}).want(t, http.StatusUnprocessableEntity, "One of the ticked tags is not there any more.")
	b.post(path, url.Values{"name": {"Shop 1"}, "tags": {"21"}, "client": {"12"}}).want(t, http.StatusUnprocessableEntity, "This client is not there any more.")
	other := fmt.Sprintf("/sites/%d/", s.sites[3])
	for _, path := range []string{other + "edit", other + "remove", "/clients/1/12/edit", "/tags/1/23/edit", "/tags/1/24/remove"} {
		b.get(path).want(t, http.StatusNotFound)
		b.post(path, url.Values{"name": {"Shop 3"}}).want(t, http.StatusNotFound)
	}
	for _, path := range []string{"/clients/1/11/edit", "/clients/1/11/remove", "/tags/1/21/edit", "/tags/1/21/remove"} {
		b.get(path).want(t, http.StatusForbidden, "You see only a part of this Dashboard.")
		b.post(path, url.Values{"name": {"Care"}}).want(t, http.StatusForbidden)
	}
	for _, path := range []string{"/sites/add", "/clients/add", "/tags/add"} {
		b.get(path).want(t, http.StatusOK, "You see only a part of this Dashboard.")
		b.post(path, newShop("name", "X", "color", "#112233")).want(t, http.StatusForbidden)
	}
	s.wantNothingStarted()
	b.get("/tags").want(t, http.StatusOK, "Care")
	b.post(path, url.Values{"name": {"Shop 1"}, "tags": {"21"}, "client": {"11"}}).wantTo(t, fmt.Sprintf("/sites/%d?done=run.1", s.sites[1]))
	s.wantOne(db.ActEditSite)
}

// TestWholeDashboardIsEnough: who sees one Dashboard as a whole changes its lists, and those of no other.
func TestWholeDashboardIsEnough(t *testing.T) {
	s := newAgency(t)
	other := s.addDashboard("Second Agency", "https://second.example")
	s.limit(managerEmail, "dashboard", 1, 0)
	b := s.as(managerEmail)
	b.post("/tags/add", url.Values{"dashboard": {fmt.Sprint(other)}, "name": {"X"}, "color": {"#112233"}}).want(t, http.StatusNotFound)
	s.wantNothingStarted()
	b.get("/tags").want(t, http.StatusOK, "Spare", "/tags/1/24/edit")
	b.post("/tags/add", url.Values{"dashboard": {"1"}, "name": {"X"}, "color": {"#112233"}}).wantTo(t, "/tags?done=run.1")
	b.post("/sites/add", newShop()).wantTo(t, "/runs/2")
	if len(s.given) != 1 {
		t.Errorf("the engine was given %d passwords, want 1", len(s.given))
	}
}
