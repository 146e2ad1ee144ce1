package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/db"
)

func TestReviewStartsWhatItShows(t *testing.T) {
	s := newSite(t)
	second := s.addDashboard("Second Agency", "https://second.example")
	ids := append(s.known(1, 1, "5.6"), s.known(second, 1, "6.0")...)
	b := s.as(ownerEmail)
	b.choose(ids...)
	at := b.review()
	page := b.get(at)
	page.want(t, http.StatusOK, "Run 2 updates", "Site 1 of 1", "First Agency", "Second Agency", "1 major version", "I know that this run contains 1 major version")
	form := page.start(t)
	b.post(at+"/start", form).want(t, http.StatusUnprocessableEntity, "Tick this if the run shall start with them", "Nothing was started", `href="#known"`)
	form.Set("known", "1")
	b.post(at+"/start", form).wantTo(t, "/runs/1")
	tasks := s.tasks(1)
	if len(tasks) != 2 || tasks[0].To != "5.6" || tasks[1].To != "6.0" || tasks[1].State != db.TaskQueued {
		t.Errorf("the run has %+v", tasks)
	}
	if s.woken.Load() == 0 {
		t.Error("the engine was not told")
	}
	b.get("/updates").want(t, http.StatusOK, "Nothing chosen")

	again := b.post(at+"/start", form)
	again.want(t, http.StatusConflict, "started already", `href="/runs/1"`)
	b.get(at).want(t, http.StatusOK, "It became run 1")
	if n := s.startedRuns(); n != 1 {
		t.Errorf("%d runs, want 1: a replayed start starts nothing", n)
	}
}

func TestForgedAndForeignStartsAreRefused(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 2, "5.6")
	b, other := s.as(ownerEmail), s.as(managerEmail)
	b.choose(ids...)
	at := b.review()
	form := b.get(at).start(t)
	for what, r := range map[string]response{
		"another person's":         other.post(at+"/start", form),
		"another person's to read": other.get(at),
		"an unknown one":           b.post("/runs/review/00000000000000000000000000000000/start", form),
	} {
		if r.code != http.StatusNotFound || !strings.Contains(r.body, "This review is not here") {
			t.Errorf("%s: status %d: %s", what, r.code, cut(r.body, 200))
		}
	}
	forged := url.Values{"digest": {"ffffffffffffffff"}, "stop_after": {"3"}}
	b.post(at+"/start", forged).want(t, http.StatusConflict, "The set has changed since you looked, so nothing was started")
	b.post(at+"/start", url.Values{}).want(t, http.StatusConflict)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.post(at+"/start", form).want(t, http.StatusForbidden)
	b.header.Del("Sec-Fetch-Site")
	if n := s.startedRuns(); n != 0 {
		t.Fatalf("%d runs were started", n)
	}
	s.pass(25 * time.Hour)
	b = s.as(ownerEmail)
	b.get(at).want(t, http.StatusNotFound, "lasts a day")
}

func TestASetThatChangedIsToldByItsDifferences(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 3, "5.6")
	b := s.as(ownerEmail)
	b.choose(ids...)
	at := b.review()
	form := b.get(at).start(t)
	form.Set("stop_after", "7")
	s.offer(1, ids[1], 2, db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: "5.6.1", Offer: db.Offered})
	s.offer(1, ids[2], 3)
	r := b.post(at+"/start", form)
	r.want(t, http.StatusConflict, "nothing was started", "Akismet 5.6 on Site 2 of 1 and Akismet 5.6 on Site 3 of 1",
		"Changed since you chose", "Take 5.6.1", "Ignored in MainWP", "Run 1 update", `name="stop_after" inputmode="numeric" value="7"`)
	b.post(at+"/change", url.Values{"take": {itemOn(ids[1])}}).wantTo(t, at)
	page := b.get(at)
	page.want(t, http.StatusOK, "Run 2 updates", "5.6.1")
	b.post(at+"/start", page.start(t)).wantTo(t, "/runs/1")
}

func TestLeavingOut(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 3, "5.6")
	s.offer(1, ids[0], 1, db.Update{Kind: db.Core, Slug: "wordpress", Name: "WordPress", From: "6.9", To: "7.0", Offer: db.Offered})
	b := s.as(ownerEmail)
	b.choose(ids[1], ids[2])
	b.post("/basket", url.Values{"add-group": {"core:wordpress"}, "back": {"/updates"}})
	at := b.review()
	b.get(at).want(t, http.StatusOK, "Run 3 updates", "WordPress itself is updated on 1 site")
	p := partialAs(s.as(ownerEmail))
	p.post(at+"/change", url.Values{"leave": {itemOn(ids[1])}}).want(t, http.StatusOK, "Run 2 updates", `id="go"`)
	r := p.post(at+"/change", url.Values{"leave-all": {"core"}})
	r.want(t, http.StatusOK, "Run 1 update")
	if strings.Contains(r.body, "WordPress itself") {
		t.Error("WordPress was not left out")
	}
	p.post(at+"/change", url.Values{"leave": {itemOn(ids[2])}}).want(t, http.StatusOK, "Nothing would run", "disabled")
}

func TestWrongOptionsKeepWhatWasTyped(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 25, "5.6")
	b := s.as(ownerEmail)
	b.choose(ids...)
	at := b.review()
	form := b.get(at).start(t)
	for name, value := range map[string]string{"stop_after": "lots", "when": "later", "day": "2020-01-01", "time": "25:00", "zone": "Mars/Base", "window": "4", "weekly": "1", "confirm": "24", "canary": "999", "newer_patch": "1"} {
		form.Set(name, value)
	}
	form.Del("home")
	r := b.post(at+"/start", form)
	r.want(t, http.StatusUnprocessableEntity, "Write a number from 0 to 10,000", "Write a time like 22:00", "Write a time zone like", "This is not what has to be typed",
		"This site is not in the run any more", `value="lots"`, `value="Mars/Base"`, `value="24"`, `value="2020-01-01"`, `name="newer_patch" value="1" checked`, `name="weekly" value="1" checked`, `id="when-later" checked`)
	if strings.Contains(r.body, `name="home" value="1" checked`) {
		t.Error("a box that was cleared is ticked again")
	}
	form.Set("stop_after", "0")
	form.Set("confirm", "25")
	form.Set("canary", idText(ids[3]))
	form.Set("time", "22:00")
	form.Set("zone", "Europe/Berlin")
	form.Del("weekly")
	b.post(at+"/start", form).want(t, http.StatusUnprocessableEntity, "This is past", `<option value="`+idText(ids[3])+`" selected`)
	if n := s.startedRuns(); n != 0 {
		t.Fatalf("%d runs were started", n)
	}
	form.Set("day", s.now().AddDate(0, 0, 1).Format(time.DateOnly))
	b.post(at+"/start", form).wantTo(t, "/schedules?done=scheduled")
	b.get("/schedules").want(t, http.StatusOK, "25 updates on 25 sites", "On Tuesday 24 November 2026 at 22:00", "Europe/Berlin, starting until 02:00")
	b.post(at+"/start", form).want(t, http.StatusConflict, "It became a schedule")
}

// rereads counts what a review asks to have read again.
type rereads struct {
	*site
	asked []int64
}

func (r *rereads) Reread(ids []int64) { r.asked = append(r.asked, ids...) }

func TestStaleSitesAreReadAgainFirst(t *testing.T) {
	engine := &rereads{}
	s := newSite(t, func(o *Options) { o.Engine = engine })
	engine.site = s
	ids := s.fill(1, 2)
	s.offer(1, ids[1], 2, db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered})
	b := s.as(ownerEmail)
	b.choose(ids...)
	at := b.review()
	page := b.get(at)
	page.want(t, http.StatusOK, "1 site is read again first", `hx-trigger="every 2s"`, "disabled")
	if len(engine.asked) == 0 || engine.asked[0] != ids[0] {
		t.Errorf("asked to read %v, want site %d", engine.asked, ids[0])
	}
	b.post(at+"/start", page.start(t)).want(t, http.StatusUnprocessableEntity, "read again")
	s.offer(1, ids[0], 1, db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered})
	part := partialAs(s.as(ownerEmail)).get(at)
	part.want(t, http.StatusOK, "Run 2 updates")
	if strings.Contains(part.body, "every 2s") || strings.Contains(part.body, "<html") {
		t.Error("the part goes on asking, or is a page")
	}
	b.post(at+"/start", part.start(t)).wantTo(t, "/runs/1")
}

func TestReviewsOfOtherActions(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 3, "5.6")
	b := s.as(ownerEmail)
	viewer := s.viewer(ownerEmail)
	item := func(a db.Action, id int64) db.Choice {
		return db.Choice{Action: a, Site: id, Dashboard: 1, Kind: db.Plugin, Slug: akismet, Name: "Akismet"}
	}
	for _, x := range []struct {
		choices []db.Choice
		want    []string
	}{
		{[]db.Choice{{Action: db.ActSuspend, Site: ids[0], Dashboard: 1}}, []string{"Suspend 1 site", "leave a suspended site out", "stays online", "Suspend the site"}},
		{[]db.Choice{item(db.ActDeactivatePlugin, ids[0])}, []string{"Deactivate 1 plugin", "Deactivate Akismet"}},
		{[]db.Choice{item(db.ActDeletePlugin, ids[0]), item(db.ActDeletePlugin, ids[1])}, []string{"Delete 2 plugins", "cannot bring them back", "Type 2 to confirm"}},
		{[]db.Choice{item(db.ActIgnoreItem, ids[0])}, []string{"Ignore 1 item", "cannot be undone through MainWP’s API"}},
		{[]db.Choice{{Action: db.ActRemoveSite, Site: ids[2], Dashboard: 1}}, []string{"Remove 1 site", "website itself stays", "Type the name “Site 3 of 1” to confirm"}},
	} {
		token, err := s.store.OpenReview(t.Context(), viewer, "Something", x.choices)
		s.must(err)
		r := b.get("/runs/review/" + token)
		r.want(t, http.StatusOK, x.want...)
		if strings.Contains(r.body, `name="when"`) || strings.Contains(r.body, "newer_patch") {
			t.Errorf("%s: options of updates are offered", x.choices[0].Action)
		}
	}
}

// viewer is the viewer of a person of the test site.
func (s *site) viewer(email string) db.Viewer {
	s.t.Helper()
	user, _, err := s.store.SignInUser(context.Background(), email)
	s.must(err)
	return db.Viewer{UserID: user.ID, Role: user.Role, All: true}
}

func TestALongReviewIsPaged(t *testing.T) {
	s := newSite(t)
	viewer := s.viewer(ownerEmail)
	var choices []db.Choice
	ids := s.fill(1, 500)
	for i, id := range ids {
		var updates []db.Update
		for _, slug := range []string{"a/a.php", "b/b.php", "c/c.php", "d/d.php"} {
			u := db.Update{Kind: db.Plugin, Slug: slug, Name: "Plugin " + slug[:1], From: "1.0", To: "1.0.1", Offer: db.Offered}
			updates = append(updates, u)
			choices = append(choices, db.Choice{Action: db.ActUpdate, Site: id, Dashboard: 1, Kind: u.Kind, Slug: slug, Name: u.Name, From: u.From, To: u.To})
		}
		s.offer(1, id, int64(i+1), updates...)
	}
	token, err := s.store.OpenReview(t.Context(), viewer, "Much", choices)
	s.must(err)
	b := s.as(ownerEmail)
	r := b.get("/runs/review/" + token)
	r.want(t, http.StatusOK, "Run 2,000 updates", "Type 2000 to confirm", "1–100 of 2,000 updates")
	if len(r.body) > 150_000 {
		t.Errorf("the page has %d bytes", len(r.body))
	}
	b.get("/runs/review/"+token+"?page=20").want(t, http.StatusOK, "1,901–2,000 of 2,000 updates")
	b.get("/runs/review/"+token+"?page=99").want(t, http.StatusOK, "1,901–2,000 of 2,000 updates")
}
