package web

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/mail"
	"strings"
	"unicode"

	"muster/db"
	"muster/views"
)

func (s *Server) setupForm(c Context) error { return s.showSetup(c, http.StatusOK, views.Setup{}) }

func (s *Server) showSetup(c Context, code int, p views.Setup) error {
	page, part := both(p, views.SetupPage, nil)
	return s.show(c, code, page, part)
}

// setup makes the first owner. Only who can read the server's log knows the code, so nobody else on the network can
// take the panel.
func (s *Server) setup(c Context) error {
	ctx := c.Request().Context()
	form := views.Setup{Name: text(c.FormValue("name")), Email: text(c.FormValue("email"))}
	password := c.FormValue("password")
	form.Errors = checkPerson(form.Name, form.Email, password)
	if len(form.Errors) > 0 {
		if c.FormValue("code") != "" {
			form.Errors["code"] = "Enter the code once more: like the password, it is not kept."
		}
		return s.showSetup(c, http.StatusUnprocessableEntity, form)
	}
	var hash string
	tried, err := s.try(ctx, counted{paused: []string{addressOf(c.RealIP())}}, func() (ok bool, err error) {
		if !s.codeFits(c.FormValue("code")) {
			return false, nil
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
		form.Errors = views.Errors{"code": "This is not the code. Muster prints it each time it starts, as long as there is no owner."}
		return s.showSetup(c, http.StatusUnprocessableEntity, form)
	}
	user, err := s.opt.DB.CreateFirstOwner(ctx, db.NewUser{Email: form.Email, Name: form.Name, PasswordHash: hash, Role: db.Owner})
	if errors.Is(err, db.ErrConflict) { // somebody with the code was quicker
		return redirect(c, "/signin")
	}
	if err != nil {
		return err
	}
	if err := s.signIn(c, user); err != nil {
		return err
	}
	return redirect(c, "/")
}

// codeFits compares without telling by its time how much was right.
func (s *Server) codeFits(typed string) bool {
	want := plainCode(s.opt.SetupCode)
	return want != "" && subtle.ConstantTimeCompare([]byte(plainCode(typed)), []byte(want)) == 1
}

// plainCode is a code without the dashes, spaces and lower case that people may type.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, code)
}

// checkPerson says beside which field of a form what is missing.
func checkPerson(name, email, password string) views.Errors {
	errs := views.Errors{}
	if name == "" {
		errs["name"] = "Enter your name."
	}
	if err := CheckEmail(email); err != nil {
		errs["email"] = err.Error()
	}
	if err := CheckPassword(password); err != nil {
		errs["password"] = err.Error()
	}
	return errs
}

// CheckEmail says in one sentence why this is no e-mail address; nil when it is one.
func CheckEmail(email string) error {
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email {
		return sentence("Enter an email address like anna@example.com.")
	}
	return nil
}

// sentence is an error that is shown to a person as it stands.
type sentence string

func (s sentence) Error() string { return string(s) }
