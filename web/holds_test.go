package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/db"
)

func TestHoldingAnItemBack(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 2, "5.6")
	b := s.as(ownerEmail)
	b.get("/holds?q=akis").want(t, http.StatusOK, "Akismet", "2 sites", "/holds?kind=plugin&amp;slug=akismet")
	b.get("/holds?kind=plugin&slug="+url.QueryEscape(akismet)).want(t, http.StatusOK, "Never update Akismet", "Site 1 of 1")
	form := url.Values{"kind": {"plugin"}, "slug": {akismet}, "where": {"some"}, "reason": {""}}
	b.post("/holds", form).want(t, http.StatusUnprocessableEntity, "Write why", "Choose the sites")
	form.Set("site", idText(ids[0]))
	form.Set("reason", "It breaks the <b>shop")
	r := b.post("/holds", url.Values{"kind": form["kind"], "slug": form["slug"], "where": {"some"}, "site": form["site"]})
	r.want(t, http.StatusUnprocessableEntity, `value="`+idText(ids[0])+`" checked`)
	b.post("/holds", form).wantTo(t, "/holds?done=held")
	b.get("/holds").want(t, http.StatusOK, "Akismet", "Site 1 of 1", "It breaks the &lt;b&gt;shop")
	b.get("/updates/rows?open=plugin:"+url.QueryEscape(akismet)).want(t, http.StatusOK, "It is on the hold list: It breaks the &lt;b&gt;shop", "disabled")

	p := partialAs(s.as(ownerEmail))
	p.post("/basket", url.Values{"add-group": {"plugin:" + akismet}, "back": {"/updates"}}).want(t, http.StatusOK, "1 update on 1 site")
	r = b.post("/basket", url.Values{"now": {"plugin:" + akismet}, "back": {"/updates"}})
	b.get(r.location()).want(t, http.StatusOK, "Held back", "It breaks the &lt;b&gt;shop", "Run 1 update")

	b.post("/holds/1/delete", url.Values{}).wantTo(t, "/holds?done=unheld")
	b.get("/holds").want(t, http.StatusOK, "Nothing is held back")
	b.post("/holds/1/delete", url.Values{}).want(t, http.StatusNotFound)
	b.post("/holds", url.Values{"kind": {"client"}, "slug": {"x"}}).want(t, http.StatusUnprocessableEntity)
}

func TestDelayOfReleases(t *testing.T) {
	s := newSite(t)
	s.known(1, 1, "5.6")
	b := s.as(ownerEmail)
	b.post("/holds/delay", url.Values{"days": {"soon"}}).want(t, http.StatusUnprocessableEntity, "Write a number from 0 to 90", `value="soon"`)
	b.post("/holds/delay", url.Values{"days": {"7"}}).wantTo(t, "/holds?done=delay")
	b.get("/holds").want(t, http.StatusOK, `value="7"`)
	r := b.post("/basket", url.Values{"now": {"plugin:" + akismet}, "back": {"/updates"}})
	b.get(r.location()).want(t, http.StatusOK, "Released too recently", "Nothing would run")
	if _, err := s.actAs(db.Viewer{UserID: 2, Role: db.Operator, All: true}, s.setDelay, "/holds/delay", url.Values{"days": {"0"}}); err == nil {
		t.Error("an operator changed the delay for everybody")
	}
}

func TestSchedulesArePausedAndDeleted(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 2, "5.6")
	b := s.as(ownerEmail)
	b.choose(ids...)
	at := b.review()
	form := b.get(at).start(t)
	for name, value := range map[string]string{"when": "later", "day": "2026-11-24", "time": "03:30", "zone": "America/New_York", "window": "2", "weekly": "1"} {
		form.Set(name, value)
	}
	b.post(at+"/start", form).wantTo(t, "/schedules?done=scheduled")
	b.get("/schedules").want(t, http.StatusOK, "Every Tuesday at 03:30", "America/New_York, starting until 05:30", "none yet", "Some owner")
	b.post("/schedules/1/pause", url.Values{"pause": {"1"}}).wantTo(t, "/schedules?done=sched-paused")
	b.get("/schedules").want(t, http.StatusOK, "Paused", "Resume")
	b.post("/schedules/1/pause", url.Values{"pause": {"0"}}).wantTo(t, "/schedules?done=sched-resumed")
	if r := s.as(readerEmail).get("/schedules"); r.code != http.StatusOK || strings.Contains(r.body, "/schedules/1/delete") {
		t.Errorf("a reader is offered to delete: status %d", r.code)
	}
	b.post("/schedules/1/delete", url.Values{}).wantTo(t, "/schedules?done=sched-deleted")
	b.get("/schedules").want(t, http.StatusOK, "Nothing is scheduled")
	b.post("/schedules/1/pause", url.Values{"pause": {"1"}}).want(t, http.StatusNotFound)
}
