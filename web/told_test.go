package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/db"
)

// What of a group cannot be updated is told where the group was ticked, and in the review.
func TestGroupTellsWhatIsLeftOut(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 3, "5.6")
	s.offer(1, ids[1], 2, db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered, RequiresPHP: "8.9"})
	b, key := partialAs(s.as(ownerEmail)), "plugin:"+akismet
	s.as(ownerEmail).get("/updates").want(t, http.StatusOK, "Choose Akismet on 2 sites", "Update Akismet on 2 sites…")
	s.as(ownerEmail).get("/updates/rows?open="+url.QueryEscape(key)).want(t, http.StatusOK, "Update on 2 of 3 sites…")
	r := b.post("/basket", url.Values{"add-group": {key}, "back": {"/updates"}})
	r.want(t, http.StatusOK, "2 updates on 2 sites", "2 of 3 chosen, 1 cannot run now:", "see why", `aria-checked="mixed"`, `name="remove-group"`, "1 of 3 cannot run now. The review says why.")
	again := s.as(ownerEmail)
	again.get(again.review()).want(t, http.StatusOK, "Needs a newer PHP than the site has", "Run 2 updates")
	b.post("/basket", url.Values{"remove-group": {key}, "back": {"/updates"}}).want(t, http.StatusOK, "Nothing chosen")
	for i, id := range ids {
		s.offer(1, id, int64(i+1), db.Update{Kind: db.Plugin, Slug: akismet, Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered, RequiresPHP: "8.9"})
	}
	page := s.as(ownerEmail).get("/updates")
	page.want(t, http.StatusOK, "Nothing of Akismet can be chosen now")
	if strings.Contains(page.body, "Update Akismet on") {
		t.Error("a review is offered of what cannot be updated anywhere")
	}
	if rows := s.as(ownerEmail).get("/updates/rows?open=" + url.QueryEscape(key)); strings.Contains(rows.body, `name="now"`) {
		t.Error("the open group offers to update what cannot be updated anywhere")
	}
}

// A schedule shows its set, and what became of a start that was missed or that cannot come any more.
func TestSchedulesTellWhatBecameOfThem(t *testing.T) {
	s := newSite(t)
	ids := s.known(1, 2, "5.6")
	b := s.as(ownerEmail)
	for i, id := range ids {
		b.choose(id)
		at := b.review()
		form := b.get(at).start(t)
		for name, value := range map[string]string{"when": "later", "day": "2026-11-24", "time": "03:30", "zone": "UTC", "window": "2"} {
			form.Set(name, value)
		}
		b.post(at+"/start", form).wantTo(t, "/schedules?done=scheduled")
		if i == 1 {
			b.post("/schedules/2/pause", url.Values{"pause": {"1"}}).wantTo(t, "/schedules?done=sched-paused")
		}
	}
	b.get("/schedules").want(t, http.StatusOK, "What it does", "Akismet to 5.6 on Site 1 of 1", "Stops after 3 failed calls, home pages are checked.")
	s.pass(48 * time.Hour)
	b = s.as(ownerEmail)
	_, err := s.store.Queue().StartSchedule(t.Context(), 1)
	s.must(err)
	page := b.get("/schedules")
	page.want(t, http.StatusOK, "Missed", `href="/runs/1"`, "Its time passed while it was paused")
	if strings.Contains(page.body, "/schedules/2/pause") {
		t.Error("it is offered to resume what cannot start any more")
	}
	b.get("/runs/1").want(t, http.StatusOK, "Muster did not run when it was to start: 24 November 2026, 03:30 UTC.", "Retry 1 not started…")
	b.post("/schedules/2/pause", url.Values{"pause": {"0"}}).want(t, http.StatusConflict, "The time of this schedule is over; choose its updates again and set another time.")
}
