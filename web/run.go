package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"muster/db"
	"muster/views"
)

// logRows is how many calls a run's page lists; the log that can be downloaded has all.
const logRows = 30

// runQuery reads which page of which run is asked for.
func runQuery(c Context) (id int64, show string, page int, err error) {
	if id, err = pathID(c, "id"); err != nil {
		return 0, "", 0, err
	}
	q := query{c}
	show = q.text("show")
	if _, ok := views.RunStates(show); !ok {
		show = ""
	}
	return id, show, q.page("page"), nil
}

// limitsOf is the same text for viewers who see the same.
func limitsOf(v db.Viewer) string {
	if v.All {
		return "all"
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // integers and strings always encode
	}
	return string(text)
}

func (s *Server) run(c Context) error {
	id, show, page, err := runQuery(c)
	if err != nil {
		return err
	}
	p, err := s.readRun(c.Request().Context(), who(c).viewer, id, show, page)
	if err != nil {
		return err
	}
	whole, part := both(p, views.RunPage, views.RunPart)
	return s.show(c, http.StatusOK, whole, part)
}

// readRun reads what a page of a run shows.
func (s *Server) readRun(ctx context.Context, v db.Viewer, id int64, show string, page int) (views.Run, error) {
	p := views.Run{Show: show}
	var err error
	if p.Run, err = s.opt.DB.Run(ctx, v, id); err != nil {
		return p, err
	}
	states, _ := views.RunStates(show)
	f := db.TaskFilter{States: states, Paging: db.Paging{Page: page, PerPage: db.DefaultPerPage}}
	if p.Tasks, p.Total, err = clamped(&f.Paging, func() ([]db.Task, int, error) { return s.opt.DB.Tasks(ctx, v, id, f) }); err != nil {
		return p, err
	}
	p.Page = f.Page
	if p.Calls, p.CallTotal, err = s.opt.DB.Calls(ctx, v, id, db.CallFilter{Paging: db.Paging{Page: 1, PerPage: logRows}}); err != nil {
		return p, err
	}
	if p.Run.State == db.RunRunning {
		p.Left, err = s.timeLeft(ctx, v, p.Run)
	}
	return p, err
}

// timeLeft guesses from the pace so far; 0 while there is none.
func (s *Server) timeLeft(ctx context.Context, v db.Viewer, r db.Run) (time.Duration, error) {
	done, since, err := s.opt.DB.RunTimes(ctx, v, r.ID)
	if err != nil || done == 0 || since.IsZero() {
		return 0, err
	}
	left := r.Counts.Queued + r.Counts.Running + r.Counts.Verifying
	return s.opt.Now().Sub(since) * time.Duration(left) / time.Duration(done), nil
}

// steer answers a button that changes the course of a run.
func (s *Server) steer(do func(context.Context, db.Viewer, int64) error) echo.HandlerFunc {
	return func(c Context) error {
		id, err := pathID(c, "id")
		if err != nil {
			return err
		}
		// A run that changed meanwhile says on its page how it stands.
		if err := do(c.Request().Context(), who(c).viewer, id); err != nil && !errors.Is(err, db.ErrConflict) {
			return err
		}
		s.stir(id)
		return redirect(c, views.RunURL(id, ""))
	}
}

// stir has the engine and the live pages look at a run again.
func (s *Server) stir(run int64) {
	s.opt.Engine.Wake()
	s.Changed(run)
}

// retryRun opens a review of what failed.
func (s *Server) retryRun(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	token, n, err := s.opt.DB.ReviewRetry(c.Request().Context(), who(c).viewer, id)
	if err != nil && !errors.Is(err, db.ErrInvalid) {
		return err
	}
	if err != nil || n == 0 {
		return &failure{status: http.StatusConflict, text: "Nothing of this run has failed, so there is nothing to retry."}
	}
	return redirect(c, "/runs/review/"+token)
}

// look has an unknown task looked up now.
func (s *Server) look(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	ctx, v := c.Request().Context(), who(c).viewer
	task, err := s.opt.DB.Task(ctx, v, id)
	if err != nil {
		return err
	}
	if err := s.opt.DB.LookNow(ctx, v, id); err != nil && !errors.Is(err, db.ErrConflict) {
		return err
	}
	s.stir(task.RunID)
	return redirect(c, views.RunURL(task.RunID, ""))
}

// task shows the calls of one task.
func (s *Server) task(c Context) error {
	run, err := pathID(c, "id")
	if err != nil {
		return err
	}
	id, err := pathID(c, "task")
	if err != nil {
		return err
	}
	ctx, v := c.Request().Context(), who(c).viewer
	var p views.Task
	if p.Task, err = s.opt.DB.Task(ctx, v, id); err != nil {
		return err
	}
	if p.Task.RunID != run {
		return db.ErrNotFound
	}
	if p.Calls, _, err = s.opt.DB.Calls(ctx, v, run, db.CallFilter{Task: id, Paging: db.Paging{Page: 1, PerPage: db.MaxPerPage}}); err != nil {
		return err
	}
	page, part := both(p, views.TaskPage, views.TaskPart)
	return s.show(c, http.StatusOK, page, part)
}

// runLog sends all calls of a run as text, the oldest first.
func (s *Server) runLog(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	ctx, p := c.Request().Context(), who(c)
	run, err := s.opt.DB.Run(ctx, p.viewer, id)
	if err != nil {
		return err
	}
	calls, err := s.opt.DB.CallLog(ctx, p.viewer, id, 0)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="run-`+strconv.FormatInt(id, 10)+`.txt"`)
	c.Response().WriteHeader(http.StatusOK)
	shell := views.Shell{Zone: s.zone(p.user)}
	if _, err := fmt.Fprintf(c.Response(), "Run %d: %s, started by %s\n", id, text(run.Title), text(run.UserName)); err != nil { //nolint:gosec // plain text, and browsers are told not to guess
		return nil // the browser has gone
	}
	for len(calls) > 0 {
		for _, call := range calls {
			if _, err := c.Response().Write([]byte(shell.LogLine(call))); err != nil {
				return nil
			}
		}
		if calls, err = s.opt.DB.CallLog(ctx, p.viewer, id, calls[len(calls)-1].ID); err != nil {
			return err
		}
	}
	return nil
}
