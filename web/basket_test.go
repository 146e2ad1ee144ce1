package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/db"
	"muster/views"
)

const akismet = "akismet/akismet.php"

// known fills a Dashboard with sites whose updates have been read exactly, each offering Akismet at a version.
func (s *site) known(dashboard int64, n int, to string) []int64 {
	s.t.Helper()
	ids := s.fill(dashboard, n)
	for i, id := range ids {
		s.offer(dashboard, id, int64(i+1), db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: to, Offer: db.Offered})
	}
	return ids
}

// offer is an exact read of a site's updates.
func (s *site) offer(dashboard, id, remote int64, updates ...db.Update) {
	s.t.Helper()
	all := map[db.ItemKind]bool{db.Plugin: true, db.Theme: true, db.Core: true, db.Translation: true}
	shown, err := s.store.Site(s.t.Context(), everything, id)
	s.must(err)
	s.must(s.store.Mirror().WriteDetails(s.t.Context(), dashboard, db.SiteRef{ID: id, RemoteID: remote, LastSyncAt: shown.LastSyncAt},
		db.Details{ReadAt: s.now(), Updates: true, Known: all, Offered: updates}))
}

func itemOn(id int64) string {
	return views.ItemText(db.ItemRef{Site: id, Kind: db.Plugin, Slug: akismet})
}

// choose ticks sites as the Updates page does.
func (b *browser) choose(ids ...int64) {
	b.s.t.Helper()
	for _, id := range ids {
		b.post("/basket", url.Values{"item": {"+" + itemOn(id)}, "back": {"/updates"}}).want(b.s.t, http.StatusSeeOther)
	}
}

// review opens the review of what is chosen and returns its address.
func (b *browser) review() string {
	b.s.t.Helper()
	r := b.post("/runs/review", url.Values{})
	if r.code != http.StatusSeeOther || !strings.HasPrefix(r.location(), "/runs/review/") {
		b.s.t.Fatalf("open the review: status %d to %q: %s", r.code, r.location(), cut(r.body, 400))
	}
	return r.location()
}

var digestField = regexp.MustCompile(`name="digest" value="([0-9a-f]+)"`)

// start is the form of a review's page as a person sends it without touching the options.
func (r response) start(t *testing.T) url.Values {
	t.Helper()
	m := digestField.FindStringSubmatch(r.body)
	if m == nil {
		t.Fatalf("the review has no digest: status %d: %s", r.code, cut(r.body, 400))
	}
	return url.Values{"digest": {m[1]}, "stop_after": {"3"}, "skip_rest": {"1"}, "home": {"1"}, "when": {"now"}}
}

// startedRuns is how many runs there are.
func (s *site) startedRuns() int {
	s.t.Helper()
	_, n, err := s.store.Runs(s.t.Context(), everything, db.RunFilter{})
	s.must(err)
	return n
}

func partialAs(b *browser) *browser {
	b.header.Set("HX-Request", "true")
	b.header.Set("HX-Request-Type", "partial")
	return b
}

func TestChoosingOneByOneAndByGroup(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 3, "5.6")
	b := partialAs(s.as(ownerEmail))
	key := "plugin:" + akismet
	r := b.post("/basket", url.Values{"item": {"+" + itemOn(ids[0])}, "back": {"/updates?kind=plugin"}})
	r.want(t, http.StatusOK, "1 update on 1 site", `aria-checked="mixed"`, "1 chosen", `value="-`+itemOn(ids[0])+`"`)
	if strings.Contains(r.body, `id="updates"`) || strings.Contains(r.body, "<html") {
		t.Error("the answer is more than the dock and the boxes")
	}
	r = b.post("/basket", url.Values{"add-group": {key}, "shown": {"1 " + key}, "back": {"/updates?kind=plugin"}})
	r.want(t, http.StatusOK, "3 updates on 3 sites", `name="remove-group"`)
	for _, id := range ids {
		if !strings.Contains(r.body, `value="-`+itemOn(id)+`"`) {
			t.Errorf("the box of site %d is not ticked", id)
		}
	}
	b.post("/basket", url.Values{"item": {"-" + itemOn(ids[1])}, "back": {"/updates"}}).want(t, http.StatusOK, "2 updates on 2 sites", `aria-checked="mixed"`)
	b.post("/basket", url.Values{"drop": {key}, "back": {"/updates"}}).want(t, http.StatusOK, "Nothing chosen")

	for _, group := range []struct{ name, key string }{{"site", idText(ids[2])}, {"client", "1.0"}, {"dashboard", "1"}} {
		back := "/updates?group=" + group.name
		r := b.post("/basket", url.Values{"add-group": {group.key}, "back": {back}})
		r.want(t, http.StatusOK, map[string]string{"site": "1 update on 1 site", "client": "3 updates on 3 sites", "dashboard": "3 updates on 3 sites"}[group.name])
		b.post("/basket", url.Values{"remove-group": {group.key}, "back": {back}}).want(t, http.StatusOK, "Nothing chosen")
	}
	b.post("/basket", url.Values{"add-group": {"dashboard:nonsense"}, "back": {"/updates"}}).want(t, http.StatusOK, "Nothing chosen")
}

func TestGroupBoxLeavesOutWhatNeedsMore(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 2, "5.6")
	s.offer(1, ids[1], 2, db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered, RequiresPHP: "8.9"})
	b := s.as(ownerEmail)
	b.get("/updates/rows?open=plugin:"+url.QueryEscape(akismet)).want(t, http.StatusOK, "Needs PHP 8.9, the site has 8.3", `name="anyway"`)
	p := partialAs(s.as(ownerEmail))
	p.post("/basket", url.Values{"add-group": {"plugin:" + akismet}, "back": {"/updates"}}).want(t, http.StatusOK, "1 update on 1 site")
	p.post("/basket", url.Values{"item": {"+" + itemOn(ids[1])}, "back": {"/updates"}}).want(t, http.StatusOK, "1 update on 1 site")
	p.post("/basket", url.Values{"anyway": {"+" + itemOn(ids[1])}, "back": {"/updates"}}).want(t, http.StatusOK, "2 updates on 2 sites")
}

func TestBasketOutlivesPagesAndSessions(t *testing.T) {
	s := newSite(t)
	second := s.addDashboard("Second Agency", "https://second.example")
	here, there := s.known(1, 2, "5.6"), s.known(second, 1, "5.7")
	b := s.as(ownerEmail)
	b.choose(here[0], there[0])
	r := b.post("/basket", url.Values{"item": {"+" + itemOn(here[1])}, "back": {"/updates?kind=plugin&q=akis&page=1"}})
	r.wantTo(t, "/updates?kind=plugin&q=akis&page=1#"+views.GroupID("plugin:"+akismet))
	b.get("/updates?q=nothing+like+it").want(t, http.StatusOK, "3 updates on 3 sites", "in 2 Dashboards")
	b.post("/signout", url.Values{}).want(t, http.StatusSeeOther)
	b = s.as(ownerEmail)
	b.get("/updates").want(t, http.StatusOK, "3 updates on 3 sites", "to 5.6 – 5.7 on 3 sites")
	if other := s.as(managerEmail).get("/updates"); strings.Contains(other.body, "3 updates on") || !strings.Contains(other.body, "Nothing chosen") {
		t.Error("somebody else sees what the owner has chosen")
	}
}

func TestReadersChooseNothing(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 1, "5.6")
	b := s.as(readerEmail)
	if r := b.get("/updates"); strings.Contains(r.body, `id="dock"`) || strings.Contains(r.body, `class="tick"`) {
		t.Error("someone who only reads is offered to choose")
	}
	for _, path := range []string{"/basket", "/runs/review", "/runs/review/abc/start", "/holds", "/holds/delay"} {
		b.post(path, url.Values{"item": {"+" + itemOn(ids[0])}}).want(t, http.StatusForbidden)
	}
}

func TestLimitedPeopleChooseTheirOwnOnly(t *testing.T) {
	s := newSite(t)
	second := s.addDashboard("Second Agency", "https://second.example")
	own, foreign := s.known(1, 2, "5.6"), s.known(second, 2, "5.6")
	limited := db.Viewer{UserID: 2, Role: db.Operator, Dashboards: []int64{1}}
	for _, form := range []url.Values{{"add-group": {"plugin:" + akismet}}, {"item": {"+" + itemOn(foreign[0])}}} {
		if _, err := s.actAs(limited, s.changeBasket, "/basket", form); err != nil {
			t.Fatal(err)
		}
	}
	basket, err := s.store.Basket(t.Context(), limited)
	if err != nil || basket.Updates != 2 || basket.Dashboards != 1 {
		t.Errorf("chose %d updates on %d Dashboards (%v), want the 2 of sites %v", basket.Updates, basket.Dashboards, err, own)
	}
	rec, err := s.actAs(limited, s.changeBasket, "/basket", url.Values{"now": {"plugin:" + akismet}})
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(rec.Header().Get("Location"), "/runs/review/")
	r, err := s.store.Review(t.Context(), limited, token)
	if err != nil || len(r.Tasks) != 2 || len(r.LeftOut) != 0 {
		t.Errorf("the review has %d tasks and %d left out (%v), want the 2 he sees", len(r.Tasks), len(r.LeftOut), err)
	}
}

func TestOnePluginOnAllSitesInTwoClicks(t *testing.T) {
	s := newSite(t)
	s.known(1, 2, "5.6")
	b := s.as(ownerEmail)
	r := b.post("/basket", url.Values{"now": {"plugin:" + akismet}, "back": {"/updates"}})
	page := b.get(r.location())
	page.want(t, http.StatusOK, "Run 2 updates")
	if to := b.post(r.location()+"/start", page.start(t)).location(); to != "/runs/1" {
		t.Errorf("the second click leads to %q, want the run", to)
	}
}

func TestWhatIsNoChange(t *testing.T) {
	b := newSite(t).as(ownerEmail)
	for _, form := range []url.Values{{}, {"item": {"+nonsense"}}, {"item": {"+plugin:a@x"}}, {"drop": {"nothing"}}, {"drop": {"client:1"}}} {
		b.post("/basket", form).want(t, http.StatusUnprocessableEntity, "no change of the next run")
	}
	b.post("/basket", url.Values{"clear": {"1"}, "back": {"https://evil.example/updates"}}).wantTo(t, "/updates")
	b.post("/basket", url.Values{"clear": {"1"}, "back": {"/settings"}}).wantTo(t, "/updates")
	b.post("/runs/review", url.Values{}).wantTo(t, "/updates?done=nothing")
}

func idText(id int64) string { return strings.TrimPrefix(views.SiteURL(id, ""), "/sites/") }
