package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/views"
)

const typedKey = "secret-typed-abcd1234"

func connectForm(do string) url.Values {
	return url.Values{"url": {"https://second.example/wp-admin"}, "key": {typedKey}, "name": {"Second Agency"}, "access": {"write"}, "do": {do}}
}

func (s *site) dashboardNames(t *testing.T) (names []string) {
	t.Helper()
	list, err := s.store.Dashboards(t.Context(), db.Viewer{Role: db.Owner, All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		names = append(names, d.Name)
	}
	return names
}

var keptHandle = regexp.MustCompile(`kept:[A-Z0-9]+`)

func TestConnectSaysWhatIsWrongBesideTheField(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	form := connectForm("check")
	form.Set("url", "ftp://second.example")
	form.Set("key", "no key at all")
	b.post("/dashboards/connect", form).want(t, http.StatusUnprocessableEntity,
		"The address must start with https://.", "This is not an API key.", "ftp://second.example", "Second Agency")
	if len(s.checked) > 0 {
		t.Error("a Dashboard was asked although the form cannot be used")
	}
}

func TestCheckThenConnect(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	checked := b.post("/dashboards/connect", connectForm("check"))
	checked.want(t, http.StatusOK)
	if strings.Contains(checked.body, typedKey) {
		t.Fatal("the page carries the key back")
	}
	if got := len(s.dashboardNames(t)); got != 1 {
		t.Fatalf("%d Dashboards after a check, want 1", got)
	}
	form := connectForm("connect")
	form.Set("key", keptHandle.FindString(checked.body))
	b.post("/dashboards/connect", form).wantTo(t, "/?done=connected")
	if len(s.checked) != 1 {
		t.Errorf("the Dashboard was diagnosed %d times, want once", len(s.checked))
	}
	if s.woken.Load() == 0 {
		t.Error("the syncer was not told")
	}
	auth, key, err := s.store.DashboardKey(t.Context(), db.Viewer{Role: db.Owner, All: true}, 2)
	if err != nil || auth != "bearer" || key != typedKey {
		t.Errorf("stored key: sent as %q, right: %v, %v", auth, key == typedKey, err)
	}
	if d, err := s.store.Dashboard(t.Context(), db.Viewer{Role: db.Owner, All: true}, 2); err != nil || d.URL != "https://second.example" || d.Name != "Second Agency" || d.ReadOnly {
		t.Errorf("stored Dashboard: %+v, %v", d, err)
	}
	if strings.Contains(s.log.String(), typedKey) {
		t.Error("the log holds the key")
	}
}

func TestKeptKeyIsForItsSessionAndAQuarterOfAnHour(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	form := connectForm("connect")
	form.Set("key", keptHandle.FindString(b.post("/dashboards/connect", connectForm("check")).body))
	s.as(ownerEmail).post("/dashboards/connect", form).want(t, http.StatusUnprocessableEntity, "Paste it again")
	s.pass(16 * time.Minute)
	b.post("/dashboards/connect", form).want(t, http.StatusUnprocessableEntity, "Paste it again")
	if got := len(s.dashboardNames(t)); got != 1 {
		t.Errorf("%d Dashboards, want 1", got)
	}
}

func TestOnlyReadableDashboardsAreConnected(t *testing.T) {
	s := newSite(t)
	s.found = Checked{Check: views.Check{Steps: []views.Step{{State: "failed", Title: "The key is valid", Fix: "Make a new key."}}}}
	s.as(ownerEmail).post("/dashboards/connect", connectForm("connect")).want(t, http.StatusUnprocessableEntity, "Make a new key.")
	if got := len(s.dashboardNames(t)); got != 1 {
		t.Errorf("%d Dashboards, want 1", got)
	}
}

func TestSameDashboardTwiceNamesTheFirst(t *testing.T) {
	s := newSite(t)
	form := connectForm("connect")
	form.Set("url", "https://www.first.example/")
	s.as(ownerEmail).post("/dashboards/connect", form).want(t, http.StatusUnprocessableEntity, "First Agency", `href="/dashboards/1"`)
}

func TestKeyTravelsInAddressesOnlyWhenAgreed(t *testing.T) {
	s := newSite(t)
	s.found = Checked{Check: views.Check{SuggestQuery: true, Steps: []views.Step{{State: "failed", Title: "The key arrives"}}}}
	b := s.as(ownerEmail)
	b.post("/dashboards/connect", connectForm("check")).want(t, http.StatusUnprocessableEntity, `name="query_auth"`)
	s.found = readable()
	form := connectForm("connect")
	form.Set("query_auth", "1")
	b.post("/dashboards/connect", form).wantTo(t, "/?done=connected")
	if got := []string{s.checked[0].Auth, s.checked[1].Auth}; got[0] != "bearer" || got[1] != "query" {
		t.Errorf("sent as %v, want bearer, then query", got)
	}
	if d, err := s.store.Dashboard(t.Context(), db.Viewer{Role: db.Owner, All: true}, 2); err != nil || d.Auth != "query" {
		t.Errorf("stored as %q, %v", d.Auth, err)
	}
}

// TestCheckIsShownStepByStep where the browser can take a stream: first the step with those to come, then the form with
// its outcome, and on success the way on.
func TestCheckIsShownStepByStep(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	b.header.Set("HX-Request", "true")
	b.header.Set("HX-Request-Type", "partial")
	b.header.Set("Accept", "text/html, text/event-stream")
	s.found = Checked{Check: views.Check{Steps: []views.Step{{State: "failed", Title: "Address", Fix: "Ask the host."}}}}
	r := b.post("/dashboards/connect", connectForm("connect"))
	r.want(t, http.StatusOK)
	messages := strings.Split(strings.TrimSpace(r.body), "\n\n")
	if got := r.header.Get("Content-Type"); got != "text/event-stream" || len(messages) != 2 {
		t.Fatalf("%s with %d messages: %s", got, len(messages), r.body)
	}
	if !strings.Contains(messages[0], `hx-target="#check-steps"`) || !strings.Contains(messages[0], "Ask the host.") || !strings.Contains(messages[0], "Versions") {
		t.Errorf("the first message is not the steps: %s", messages[0])
	}
	if !strings.Contains(messages[1], `id="connect"`) || !keptHandle.MatchString(messages[1]) || strings.Contains(r.body, typedKey) {
		t.Errorf("the last message is not the form with the kept key: %s", messages[1])
	}
	s.found = readable()
	r = b.post("/dashboards/connect", connectForm("connect"))
	if !strings.HasSuffix(r.body, "event: go\ndata: /?done=connected\n\n") {
		t.Errorf("after success: %s", r.body)
	}
	wrong := connectForm("connect")
	wrong.Set("url", "nonsense")
	b.post("/dashboards/connect", wrong).want(t, http.StatusUnprocessableEntity, "The address must start with")
}

func TestReplaceKey(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	s.found.OK = false
	failed := b.post("/dashboards/1/key", url.Values{"key": {typedKey}, "query_auth": {"1"}})
	failed.want(t, http.StatusUnprocessableEntity, "the present one stays")
	if strings.Contains(failed.body, typedKey) {
		t.Error("the page carries the key back")
	}
	s.found = readable()
	// The typed key is kept for the next try, and the box that was ticked is not.
	b.post("/dashboards/1/key", url.Values{"key": {keptHandle.FindString(failed.body)}}).wantTo(t, "/dashboards/1?done=key")
	if got := s.checked[1]; got.Key != typedKey || got.Auth != "bearer" {
		t.Errorf("checked the typed key again: %v, sent as %q, want bearer", got.Key == typedKey, got.Auth)
	}
	d, err := s.store.Dashboard(t.Context(), db.Viewer{Role: db.Owner, All: true}, 1)
	if err != nil || d.KeyHint != "1234" {
		t.Errorf("key hint %q, %v; want 1234", d.KeyHint, err)
	}
}

func TestEditDashboardKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	form := url.Values{"name": {"Renamed"}, "url": {"nonsense"}, "access": {"read"}, "interval": {"ten"}, "probe": {"60"}, "stale": {"24"}}
	b.post("/dashboards/1", form).want(t, http.StatusUnprocessableEntity, "Renamed", "nonsense", "The address must start with https://.")
	form.Set("url", "https://first.example")
	form.Set("interval", "1800")
	b.post("/dashboards/1", form).wantTo(t, "/dashboards/1?done=saved")
	d, err := s.store.Dashboard(t.Context(), db.Viewer{Role: db.Owner, All: true}, 1)
	if err != nil || d.Name != "Renamed" || !d.ReadOnly || d.Interval != 30*time.Minute || d.SyncStaleHours != 24 {
		t.Errorf("stored: %+v, %v", d, err)
	}
}

func TestDisconnectAsksForTheName(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	b.get("/dashboards/1/disconnect").want(t, http.StatusOK, "First Agency")
	b.post("/dashboards/1/disconnect", url.Values{"name": {"First"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/dashboards/1/disconnect", url.Values{"name": {"First Agency"}}).wantTo(t, "/dashboards?done=disconnected")
	b.get("/dashboards/1").want(t, http.StatusNotFound)
}

func TestRefreshGoesBackToTheListItCameFrom(t *testing.T) {
	s := newSite(t)
	b := s.as(managerEmail)
	b.post("/dashboards/1/refresh", url.Values{"back": {"/sites?q=a"}}).wantTo(t, "/sites?done=refresh&q=a")
	b.post("/dashboards/1/refresh", url.Values{"back": {"https://evil.example"}}).wantTo(t, "/?done=refresh")
	s.as(ownerEmail).post("/dashboards/1/pause", url.Values{"pause": {"1"}}).wantTo(t, "/dashboards/1?done=paused")
	b.post("/dashboards/1/refresh", nil).want(t, http.StatusConflict, "Resume it first")
}
