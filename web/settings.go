package web

import (
	"errors"
	"fmt"
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) settings(c Context) error {
	user := who(c).user
	return s.showSettings(c, http.StatusOK, views.Settings{Theme: user.Theme, Zone: user.TimeZone})
}

func (s *Server) showSettings(c Context, code int, p views.Settings) error {
	page, part := both(p, views.SettingsPage, nil)
	return s.show(c, code, page, part)
}

func (s *Server) saveSettings(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	form := views.Settings{Theme: text(c.FormValue("theme")), Zone: text(c.FormValue("zone")), Errors: views.Errors{}}
	if err := s.opt.DB.SetTheme(ctx, v, form.Theme); errors.Is(err, db.ErrInvalid) {
		form.Errors["theme"] = "Choose one of the three."
	} else if err != nil {
		return fmt.Errorf("save the theme: %w", err)
	}
	if err := s.opt.DB.SetTimeZone(ctx, v, form.Zone); errors.Is(err, db.ErrInvalid) {
		form.Errors["zone"] = "This is not a time zone. Write it like Europe/Berlin."
	} else if err != nil {
		return fmt.Errorf("save the time zone: %w", err)
	}
	if len(form.Errors) > 0 {
		return s.showSettings(c, http.StatusUnprocessableEntity, form)
	}
	return done(c, "/settings", "saved")
}

// changePassword asks for the present password, and signs the person out everywhere else.
func (s *Server) changePassword(c Context) error {
	ctx, user := c.Request().Context(), who(c).user
	form := views.Settings{Theme: user.Theme, Zone: user.TimeZone, PasswordErrors: views.Errors{}}
	password := c.FormValue("password")
	if err := CheckPassword(password); err != nil {
		form.PasswordErrors["password"] = err.Error()
		return s.showSettings(c, http.StatusUnprocessableEntity, form)
	}
	_, present, err := s.opt.DB.SignInUser(ctx, user.Email)
	if err != nil {
		return fmt.Errorf("find the user: %w", err)
	}
	var hash string
	// Counted apart from sign-ins: only who has a session of this person adds to it.
	tried, err := s.try(ctx, counted{paused: []string{"change " + user.Email}}, func() (bool, error) {
		ok, err := s.passwords.match(c.FormValue("current"), present)
		if !ok || err != nil {
			return false, err
		}
		hash, err = HashPassword(password)
		return err == nil, err
	})
	switch {
	case err != nil:
		return err
	case !tried.blockedUntil.IsZero():
		s.retryAfter(c, tried.blockedUntil)
		return &failure{status: http.StatusTooManyRequests, retry: tried.blockedUntil}
	case !tried.ok:
		form.PasswordErrors["current"] = "This is not your present password."
		return s.showSettings(c, http.StatusUnprocessableEntity, form)
	}
	if err := s.opt.DB.SetPassword(ctx, user.Email, hash); err != nil {
		return fmt.Errorf("save the password: %w", err)
	}
	if err := s.signIn(c, user); err != nil {
		return err
	}
	return done(c, "/settings", "password")
}
