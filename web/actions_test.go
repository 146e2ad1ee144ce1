package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"muster/db"
)

func siteIDs(ids ...int64) url.Values {
	form := url.Values{}
	for _, id := range ids {
		form.Add("site", strconv.FormatInt(id, 10))
	}
	return form
}

func with(form url.Values, name, value string) url.Values {
	form.Set(name, value)
	return form
}

func TestActionsWithoutReviewStartAtOnce(t *testing.T) {
	s := newSite(t)
	ids := s.fill(1, 3)
	owner := s.as(ownerEmail)
	r := owner.post("/sites/actions", with(with(siteIDs(ids[0], ids[2]), "do", "sync"), "back", "/sites?status=ok"))
	r.wantTo(t, "/sites?done=run.1&status=ok")
	owner.get(r.location()).want(t, http.StatusOK, `href="/runs/1"`)
	tasks := s.tasks(1)
	if len(tasks) != 2 || tasks[0].SiteID != ids[0] || tasks[1].SiteID != ids[2] || tasks[0].Action != db.ActSync {
		t.Errorf("the run has tasks %+v, want a sync of the two chosen sites", tasks)
	}
	if s.woken.Load() == 0 {
		t.Error("the engine was not told")
	}
	if page := owner.get("/sites/" + strconv.FormatInt(ids[0], 10)).body; !strings.Contains(page, "is at work on this site") {
		t.Error("the site's page does not say that a run is at work on it")
	}
}

func TestActionsWithReviewStartNothing(t *testing.T) {
	s := newSite(t)
	ids := s.fill(1, 2)
	owner := s.as(ownerEmail)
	user, _, err := s.store.SignInUser(t.Context(), ownerEmail)
	s.must(err)
	for _, do := range []string{"suspend", "update"} {
		r := owner.post("/sites/actions", with(siteIDs(ids...), "do", do))
		if !strings.HasPrefix(r.location(), "/runs/review/") {
			t.Fatalf("%s: status %d to %q, want a review", do, r.code, r.location())
		}
		review, err := s.store.Review(t.Context(), db.Viewer{UserID: user.ID, Role: db.Owner, All: true}, strings.TrimPrefix(r.location(), "/runs/review/"))
		s.must(err)
		if n := len(review.Tasks) + len(review.LeftOut); n != 2 {
			t.Errorf("%s: the review holds %d choices, want 2", do, n)
		}
	}
	if _, total, err := s.store.Runs(t.Context(), everything, db.RunFilter{}); err != nil || total != 0 {
		t.Errorf("%d runs were started, %v", total, err)
	}
}

func TestAllThatMatch(t *testing.T) {
	s := newSite(t)
	second := s.addDashboard("Second Agency", "https://second.example")
	s.fill(1, 230) // more than a page of the store
	s.fill(second, 5)
	owner := s.as(ownerEmail)
	owner.post("/sites/actions?dashboard=1", url.Values{"all": {"1"}, "do": {"check"}, "site": {"1"}}).wantTo(t, "/?done=run.1")
	run, err := s.store.Run(t.Context(), everything, 1)
	s.must(err)
	if run.Sites != 230 || run.Dashboards != 1 {
		t.Errorf("the run is on %d sites of %d Dashboards, want the 230 that match", run.Sites, run.Dashboards)
	}
	limited := db.Viewer{UserID: 2, Role: db.Operator, Dashboards: []int64{second}}
	_, err = s.actAs(limited, s.actOnSites, "/sites/actions", url.Values{"all": {"1"}, "do": {"check"}})
	s.must(err)
	if run, err = s.store.Run(t.Context(), everything, 2); err != nil || run.Sites != 5 {
		t.Errorf("all sites of a viewer with limits are %d, %v; want his 5", run.Sites, err)
	}
}

func TestForeignAndSenselessChoicesAreRefused(t *testing.T) {
	s := newSite(t)
	second := s.addDashboard("Second Agency", "https://second.example")
	own, foreign := s.fill(1, 1), s.fill(second, 1)
	limited := db.Viewer{UserID: 2, Role: db.Operator, Dashboards: []int64{1}}
	if _, err := s.actAs(limited, s.actOnSites, "/sites/actions", with(siteIDs(own[0], foreign[0]), "do", "sync")); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a foreign site among the chosen: %v, want not found", err)
	}
	owner := s.as(ownerEmail)
	owner.post("/sites/actions", url.Values{"do": {"sync"}}).want(t, http.StatusUnprocessableEntity, "No site is chosen")
	owner.post("/sites/actions", with(siteIDs(own[0]), "do", "remove_site")).want(t, http.StatusUnprocessableEntity)
	owner.post("/sites/actions", with(siteIDs(4711), "do", "sync")).want(t, http.StatusNotFound)
	if _, total, err := s.store.Runs(t.Context(), everything, db.RunFilter{}); err != nil || total != 0 {
		t.Errorf("%d runs were started, %v", total, err)
	}
}

func TestItemActions(t *testing.T) {
	s := newSite(t)
	s.fill(1, 1)
	owner := s.as(ownerEmail)
	for _, refused := range []struct{ do, kind, slug, why string }{
		{"deactivate", "plugin", childPlugin, "neither deactivated nor deleted"},
		{"delete", "plugin", childPlugin, "neither deactivated nor deleted"},
		{"delete", "theme", "kid", "active theme"},
		{"delete", "theme", "grown", "parent of the active theme"},
		{"activate", "theme", "kid", "active already"},
	} {
		owner.post("/sites/1/items", url.Values{"do": {refused.do}, "kind": {refused.kind}, "slug": {refused.slug}}).want(t, http.StatusConflict, refused.why)
	}
	// a theme that the site does not have would leave it blank
	owner.post("/sites/1/items", url.Values{"do": {"activate"}, "kind": {"theme"}, "slug": {"nosuch"}}).want(t, http.StatusNotFound)
	owner.post("/sites/1/items", url.Values{"do": {"deactivate"}, "kind": {"theme"}, "slug": {"spare"}}).want(t, http.StatusUnprocessableEntity)
	for _, good := range []struct{ do, kind, slug string }{
		{"deactivate", "plugin", "akismet/akismet.php"}, {"delete", "theme", "spare"}, {"ignore", "plugin", "akismet/akismet.php"}, {"ignore_kind", "core", ""},
	} {
		r := owner.post("/sites/1/items", url.Values{"do": {good.do}, "kind": {good.kind}, "slug": {good.slug}})
		if !strings.HasPrefix(r.location(), "/runs/review/") {
			t.Errorf("%s %s: status %d to %q, want a review", good.do, good.slug, r.code, r.location())
		}
	}
	owner.post("/sites/1/items", url.Values{"do": {"unignore_kind"}, "kind": {"plugin"}, "back": {"/sites/1"}}).wantTo(t, "/sites/1?done=run.1")
	owner.get("/sites/1?tab=plugins").want(t, http.StatusOK, "Deactivate…", "neither deactivated nor deleted")
}
