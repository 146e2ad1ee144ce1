package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/db"
	"muster/views"
)

func (s *Server) signInForm(c Context) error {
	next := localPath(c.QueryParam("next"))
	if who(c) != nil {
		return redirect(c, next)
	}
	return s.showSignIn(c, http.StatusOK, views.SignIn{Next: next})
}

func (s *Server) showSignIn(c Context, code int, p views.SignIn) error {
	page, part := both(p, views.SignInPage, nil)
	return s.show(c, code, page, part)
}

// signInPost gives the same answer in the same time for a wrong password and for somebody unknown.
func (s *Server) signInPost(c Context) error {
	ctx := c.Request().Context()
	form := views.SignIn{Email: text(c.FormValue("email")), Next: localPath(c.FormValue("next"))}
	email := strings.ToLower(form.Email)
	user, hash, err := s.opt.DB.SignInUser(ctx, email)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("find the user: %w", err)
	}
	tried, err := s.try(ctx, signInCounts(email, c.RealIP()), func() (bool, error) {
		return s.passwords.match(c.FormValue("password"), hash)
	})
	switch {
	case err != nil:
		return err
	case !tried.blockedUntil.IsZero():
		form.BlockedUntil = tried.blockedUntil
		s.retryAfter(c, tried.blockedUntil)
		return s.showSignIn(c, http.StatusTooManyRequests, form)
	case !tried.ok:
		form.Errors = views.Errors{"": "The email address or the password is wrong."}
		return s.showSignIn(c, http.StatusUnprocessableEntity, form)
	}
	if err := s.signIn(c, user); err != nil {
		return err
	}
	return redirect(c, form.Next)
}

func (s *Server) retryAfter(c Context, until time.Time) {
	wait := until.Sub(s.opt.Now())
	c.Response().Header().Set("Retry-After", strconv.Itoa(max(int(wait/time.Second), 1)))
}

func (s *Server) signOut(c Context) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	s.setCookie(c, "", -1)
	return redirect(c, "/signin")
}
