package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/db"
	"muster/views"
)

// failure is an error whose sentence may be shown to the person, with the status to answer.
type failure struct {
	status int
	text   string
	retry  time.Time
}

func (f *failure) Error() string { return f.text }

// statusGone is what is logged for a request that was given up: the browser left, or the server ends.
const statusGone = 499

// status maps an error to an HTTP status and the sentence that may be shown, "" for the usual one of that status.
func status(err error) (code int, text string) {
	var f *failure
	var he *echo.HTTPError
	switch {
	case errors.As(err, &f):
		return f.status, f.text
	case errors.Is(err, db.ErrNotFound):
		return http.StatusNotFound, ""
	case errors.Is(err, db.ErrForbidden):
		return http.StatusForbidden, reason(err, db.ErrForbidden)
	case errors.Is(err, db.ErrConflict):
		return http.StatusConflict, reason(err, db.ErrConflict)
	case errors.Is(err, db.ErrInvalid):
		return http.StatusUnprocessableEntity, reason(err, db.ErrInvalid)
	case errors.Is(err, context.Canceled):
		return statusGone, ""
	case errors.As(err, &he):
		return he.Code, ""
	}
	return http.StatusInternalServerError, ""
}

// reason is the sentence that the store gave with one of its errors, "" without one.
func reason(err, kind error) string {
	_, text, _ := strings.Cut(err.Error(), kind.Error()+": ")
	if text == "" || strings.Contains(text, "role does not allow") { // the page says this with the role's name
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// handleError answers every request that failed and is the only place that logs one.
func (s *Server) handleError(err error, c Context) {
	code, text := status(err)
	s.logFailure(c, code, err)
	if streaming(c) && code != statusGone {
		step := views.Step{State: "failed", Title: "Muster could not finish this", Fix: "Try again. If that does not help: the log of Muster says what went wrong."}
		if err := s.sendSteps(c, []views.Step{step}); err != nil {
			s.opt.Log.Debug("tell of a failure", "error", err)
		}
		return
	}
	if c.Response().Committed {
		return
	}
	if code == statusGone { // nobody reads this, or the server ends and cannot ask the store any more
		c.Response().WriteHeader(http.StatusServiceUnavailable)
		return
	}
	page := views.Error{Status: code, Detail: text}
	var f *failure
	if errors.As(err, &f) {
		page.Retry = f.retry
	}
	shell, shellErr := s.shell(c)
	if shellErr != nil { // the store is in trouble: say so without the menu
		shell = s.bareShell(c)
	}
	if partial(c) { // put the whole message where the page was, not into the part that was asked for
		h := c.Response().Header()
		h.Set("HX-Retarget", "#main")
		h.Set("HX-Reselect", "#main")
		h.Set("HX-Reswap", "outerHTML")
	}
	if err := render(c, code, views.ErrorPage(shell, page)); err != nil {
		s.opt.Log.Error("render the error page", "error", err)
	}
}

// logFailure writes the path without its query: addresses may hold what people searched for, or worse.
func (s *Server) logFailure(c Context, code int, err error) {
	level := slog.LevelInfo
	switch {
	case code >= 500:
		level = slog.LevelError
	case code == http.StatusNotFound, code == statusGone:
		level = slog.LevelDebug
	}
	r := c.Request()
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", cut(r.URL.Path, 200)), slog.Int("status", code),
		slog.String("ip", c.RealIP()), slog.Any("error", err),
	}
	if p := who(c); p != nil {
		attrs = append(attrs, slog.Int64("user", p.user.ID))
	}
	s.opt.Log.LogAttrs(r.Context(), level, "request failed", attrs...)
}

// notFound answers every address that is no route.
func (s *Server) notFound(_ Context) error { return db.ErrNotFound }
