package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/db"
)

func TestRunPageSaysWhatHappened(t *testing.T) {
	s := newSite(t)
	run := s.syncRun(s.fill(1, 4)...)
	tasks := s.tasks(run)
	s.finish(tasks[0], verified)
	s.finish(tasks[1], db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: "The disk is full.", Next: "free space at the host, then retry"})
	q := s.store.Queue()
	s.must(q.Start(t.Context(), tasks[2].ID))
	s.must(q.Sending(t.Context(), tasks[2].ID, time.Minute))
	s.must(q.Unknown(t.Context(), tasks[2].ID, db.OutTimeout, "MainWP did not answer.", s.now().Add(8*time.Minute)))
	s.must(q.Call(t.Context(), db.Call{RunID: run, TaskID: tasks[1].ID, SiteID: tasks[1].SiteID, DashboardID: 1, At: s.now(), Method: "POST", Path: "/sites/2/sync", Status: 200, Note: "refused", Raw: `{"error":"<b>disk full</b>"}`}))

	owner := s.as(ownerEmail)
	owner.get("/runs/1").want(t, http.StatusOK, "2 of 4 done", "Retry 1 failed…", "Cancel the 1 queued", "Pause", "The disk is full.", "free space at the host, then retry.",
		"Muster looks again at", "Read now", "/sites/2/sync", "hx-sse:connect", "1 failed", "1 unknown")
	if body := owner.get("/runs/1?show=look").body; strings.Contains(body, `id="task-1"`) || !strings.Contains(body, `id="task-2"`) || !strings.Contains(body, `id="task-3"`) {
		t.Error("the view of what needs a look does not hold the failed and the unknown task alone")
	}
	answers := owner.get("/runs/1/tasks/2")
	answers.want(t, http.StatusOK, "disk full&lt;/b&gt;")
	owner.get("/runs/9/tasks/2").want(t, http.StatusNotFound)
	log := owner.get("/runs/1/log.txt")
	log.want(t, http.StatusOK, "POST /sites/2/sync  200")
	if got := log.header.Get("Content-Disposition"); !strings.Contains(got, `filename="run-1.txt"`) {
		t.Errorf("the log is sent as %q", got)
	}
	owner.get("/runs").want(t, http.StatusOK, "Sync some sites", "1 verified, 1 failed, 1 unknown, looked at again, 1 queued")
	owner.get("/").want(t, http.StatusOK, "Run 1: running")
	owner.header.Set("HX-Request-Type", "partial")
	part := owner.get("/runs/1") // what the page asks for where no stream comes through
	part.want(t, http.StatusOK, `<hx-partial hx-target="#run-tasks" hx-swap="outerMorph">`)
	if strings.Contains(part.body, "<main") {
		t.Error("the answer to a poll is the whole page")
	}
}

func TestReaderWatchesButDoesNotSteer(t *testing.T) {
	s := newSite(t)
	s.syncRun(s.fill(1, 2)...)
	reader := s.as(readerEmail)
	page := reader.get("/runs/1")
	page.want(t, http.StatusOK, "0 of 2 done")
	for _, button := range []string{"Pause", "Cancel the", "/pause"} {
		if strings.Contains(page.body, button) {
			t.Errorf("a reader is offered %q", button)
		}
	}
	if strings.Contains(reader.get("/sites").body, "bulk") || strings.Contains(reader.get("/sites/1?tab=plugins").body, "/items") {
		t.Error("a reader is offered actions on sites")
	}
}

func TestSteeringARun(t *testing.T) {
	s := newSite(t)
	run := s.syncRun(s.fill(1, 2)...)
	owner := s.as(ownerEmail)
	woken := s.woken.Load()
	owner.post("/runs/1/pause", nil).wantTo(t, "/runs/1")
	owner.get("/runs/1").want(t, http.StatusOK, "Paused by", "Go on with 2 tasks", "Cancel the 2 queued")
	owner.get("/").want(t, http.StatusOK, "Run 1: paused")
	owner.post("/runs/1/resume", nil).wantTo(t, "/runs/1")
	owner.post("/runs/1/resume", nil).wantTo(t, "/runs/1") // it runs already: its page says so
	if s.woken.Load() < woken+2 {
		t.Errorf("the engine was woken %d times by two buttons that worked", s.woken.Load()-woken)
	}
	owner.post("/runs/1/cancel", nil).wantTo(t, "/runs/1")
	page := owner.get("/runs/1")
	page.want(t, http.StatusOK, "2 cancelled")
	if strings.Contains(page.body, "hx-sse:connect") || strings.Contains(page.body, "Cancel the") {
		t.Error("a run that is over is still followed or can still be cancelled")
	}
	if tasks := s.tasks(run); tasks[0].State != db.TaskCancelled {
		t.Errorf("the task is %s", tasks[0].State)
	}
	owner.post("/runs/1/retry", nil).want(t, http.StatusConflict, "nothing to retry")
}

func TestLimitedViewerSeesHisTasksAlone(t *testing.T) {
	s := newSite(t)
	second := s.addDashboard("Second Agency", "https://second.example")
	first, others := s.fill(1, 2), s.fill(second, 3)
	run := s.syncRun(append(first, others...)...)
	limited := db.Viewer{UserID: 2, Role: db.Operator, Dashboards: []int64{1}}
	page, err := s.readRun(t.Context(), limited, run, "", 1)
	s.must(err)
	if page.Total != 2 || page.Run.Counts.Total() != 2 || page.Run.Whole {
		t.Errorf("sees %d tasks of %d, whole %t; want his 2 of 2", page.Total, page.Run.Counts.Total(), page.Run.Whole)
	}
	if _, err := s.actAs(limited, s.steer(s.store.CancelRun), "/runs/1/cancel", nil, "id", "1"); !errors.Is(err, db.ErrForbidden) {
		t.Errorf("cancels a run that he sees in part: %v", err)
	}
	if limitsOf(limited) == limitsOf(everything) || limitsOf(limited) == limitsOf(db.Viewer{UserID: 2, Role: db.Operator, Dashboards: []int64{2}}) {
		t.Error("viewers with other limits share a live page")
	}
	foreign := s.syncRun(others...)
	if _, err := s.readRun(t.Context(), limited, foreign, "", 1); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a run on foreign sites alone: %v, want not found", err)
	}
}

func TestLookNow(t *testing.T) {
	s := newSite(t)
	run := s.syncRun(s.fill(1, 1)...)
	task := s.tasks(run)[0]
	owner := s.as(ownerEmail)
	owner.post("/tasks/1/look", url.Values{}).wantTo(t, "/runs/1") // its outcome is not open: the page says so
	q := s.store.Queue()
	s.must(q.Sending(t.Context(), task.ID, time.Minute))
	s.must(q.Unknown(t.Context(), task.ID, db.OutTimeout, "No answer.", s.now().Add(time.Hour)))
	owner.post("/tasks/1/look", url.Values{}).wantTo(t, "/runs/1")
	if got := s.tasks(run)[0].LookAt; got.After(s.now()) {
		t.Errorf("the next look is at %v, want now", got)
	}
	owner.post("/tasks/99/look", url.Values{}).want(t, http.StatusNotFound)
}
