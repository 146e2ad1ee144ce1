package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"muster/db"
	"muster/views"
)

// show renders a page, or the part of it that htmx swaps when it asks for a part.
func (s *Server) show(c Context, code int, page, part func(views.Shell) templ.Component) error {
	shell, err := s.shell(c)
	if err != nil {
		return err
	}
	if part != nil && partial(c) {
		return render(c, code, part(shell))
	}
	return render(c, code, page(shell))
}

// both adapts a page and its part, which take the same struct, to show.
func both[P any](data P, page, part func(views.Shell, P) templ.Component) (func(views.Shell) templ.Component, func(views.Shell) templ.Component) {
	with := func(component func(views.Shell, P) templ.Component) func(views.Shell) templ.Component {
		if component == nil {
			return nil
		}
		return func(shell views.Shell) templ.Component { return component(shell, data) }
	}
	return with(page), with(part)
}

// render writes nothing before the whole component is rendered, so that a failing one becomes an error page.
func render(c Context, code int, component templ.Component) error {
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := component.Render(c.Request().Context(), buf); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	if streaming(c) {
		return send(c, "", buf.String())
	}
	return c.HTMLBlob(code, buf.Bytes())
}

// partial reports whether htmx asks for the part that it swaps.
func partial(c Context) bool { return c.Request().Header.Get("HX-Request-Type") == "partial" }

// shortAddress gives the browser an address without the fields that a person left empty in the filters of a list.
func shortAddress(c Context, address string) {
	if partial(c) && c.Request().Header.Get("HX-Source") == "form#filters" {
		c.Response().Header().Set("HX-Push-Url", address)
	}
}

// shell is what surrounds every page, for the person who asks.
func (s *Server) shell(c Context) (views.Shell, error) {
	shell := s.bareShell(c)
	p := who(c)
	if p == nil {
		return shell, nil
	}
	nav, err := s.opt.DB.Nav(c.Request().Context(), p.viewer)
	if err != nil {
		return shell, fmt.Errorf("read the menu: %w", err)
	}
	shell.User, shell.Nav, shell.Zone = p.user, nav, s.zone(p.user)
	shell.CanManage, shell.CanRefresh, shell.CanRun = p.viewer.CanManageDashboards(), canRefresh(p.viewer), p.viewer.CanRun()
	if shell.OpenRuns, err = s.opt.DB.OpenRuns(c.Request().Context(), p.viewer); err != nil {
		return shell, fmt.Errorf("count the open runs: %w", err)
	}
	return shell, nil
}

func (s *Server) bareShell(c Context) views.Shell {
	return views.Shell{
		Assets: s.opt.Assets, Now: s.opt.Now(), Zone: time.Local, Path: c.Request().URL.Path,
		Version: s.opt.Version, Done: cut(c.QueryParam("done"), 20),
	}
}

// zone is the person's time zone; loading one takes a while, so each is loaded once.
func (s *Server) zone(u db.User) *time.Location {
	if u.TimeZone == "" {
		return time.Local
	}
	if zone, ok := s.zones.Load(u.TimeZone); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(u.TimeZone)
	if err != nil { // a zone that a newer zone database dropped
		zone = time.Local
	}
	s.zones.Store(u.TimeZone, zone)
	return zone
}

// healthz answers as long as the process does.
func (s *Server) healthz(c Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz answers 200 as long as the database can be read.
func (s *Server) readyz(c Context) error {
	if err := s.opt.DB.Ping(c.Request().Context()); err != nil {
		s.opt.Log.Error("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "the database cannot be read\n")
	}
	return c.String(http.StatusOK, "ok\n")
}
