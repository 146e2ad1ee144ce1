package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/db"
)

// open lets everybody through and does not look who asks.
func (s *Server) open(next echo.HandlerFunc) echo.HandlerFunc { return next }

// firstRun lets everybody through as long as there is no owner.
func (s *Server) firstRun(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Context) error {
		ready, err := s.ready(c)
		if err != nil {
			return err
		}
		if ready {
			return redirect(c, "/")
		}
		return next(c)
	}
}

// guest lets everybody through as soon as there is an owner, and finds out who asks.
func (s *Server) guest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c Context) error {
		ready, err := s.ready(c)
		if err != nil {
			return err
		}
		if !ready {
			return redirect(c, "/setup")
		}
		if err := s.identify(c); err != nil {
			return err
		}
		return next(c)
	}
}

// staff lets people of the agency through; others sign in first.
func (s *Server) staff(next echo.HandlerFunc) echo.HandlerFunc {
	return s.guest(func(c Context) error {
		p := who(c)
		switch {
		case p == nil:
			return redirect(c, signInURL(c))
		case p.viewer.Portal != 0:
			return db.ErrForbidden
		}
		return next(c)
	})
}

// operator lets through who may have work done: everybody but readers.
func (s *Server) operator(next echo.HandlerFunc) echo.HandlerFunc {
	return s.staff(func(c Context) error {
		if !canRefresh(who(c).viewer) {
			return fmt.Errorf("%w: a viewer reads only", db.ErrForbidden)
		}
		return next(c)
	})
}

// owner lets through who may manage Dashboards.
func (s *Server) owner(next echo.HandlerFunc) echo.HandlerFunc {
	return s.staff(func(c Context) error {
		if !who(c).viewer.CanManageDashboards() {
			return fmt.Errorf("%w: only an owner may do this", db.ErrForbidden)
		}
		return next(c)
	})
}

func canRefresh(v db.Viewer) bool { return v.Role != "" && v.Role != db.Reader }

// ready reports whether there is an owner; the answer yes is remembered.
func (s *Server) ready(c Context) (bool, error) {
	if s.setUp.Load() {
		return true, nil
	}
	has, err := s.opt.DB.HasUsers(c.Request().Context())
	if err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	if has {
		s.setUp.Store(true)
	}
	return has, nil
}

// redirect sends the browser on with a GET; htmx, which would swap what it is redirected to, is told to go there.
func redirect(c Context, to string) error {
	if streaming(c) {
		return send(c, "go", to)
	}
	if c.Path() == livePath && c.Request().Header.Get("HX-Request") != "" {
		return c.NoContent(http.StatusUnauthorized) // asks again ever more seldom; the page's next poll leads to the sign-in
	}
	if c.Request().Header.Get("HX-Request") != "" {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// signInURL is the sign-in page that leads back to the page being asked for; htmx says which page that is.
func signInURL(c Context) string {
	r := c.Request()
	back := "/"
	if current, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil && current.Path != "" {
		back = current.RequestURI()
	} else if r.Method == http.MethodGet {
		back = r.URL.RequestURI()
	}
	if back = localPath(back); back == "/" {
		return "/signin"
	}
	return "/signin?next=" + url.QueryEscape(back)
}

// localPath returns a path with query of this server, "/" for anything that leads elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(to) > 2000 || strings.ContainsAny(to, "\\\r\n\t") ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || u.Path == "/signin" {
		return "/"
	}
	return u.RequestURI()
}

// done goes back to a page that says what has been done (codes: see package views).
func done(c Context, to, code string) error {
	u, err := url.Parse(localPath(to))
	if err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	q := u.Query()
	q.Set("done", code)
	u.RawQuery = q.Encode()
	return redirect(c, u.String())
}
