package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"muster/db"
	"muster/views"
)

// checkLimit bounds a whole diagnosis; a browser waits that long for the page.
const checkLimit = 90 * time.Second

// maxKeyText bounds a pasted key, which may come with labels and line breaks around it.
const maxKeyText = 2000

func (s *Server) connectForm(c Context) error {
	return s.showConnect(c, http.StatusOK, views.Connect{Access: "write"})
}

func (s *Server) showConnect(c Context, code int, p views.Connect) error {
	page, part := both(p, views.ConnectPage, views.ConnectPart)
	return s.show(c, code, page, part)
}

// connecting is one go at connecting a Dashboard.
type connecting struct {
	form      views.Connect
	candidate Candidate
	key       Key
	passed    *passedCheck // an earlier check of the same candidate that went well
}

// connect checks the connection to a Dashboard, and connects it when that was asked for and it can be read.
func (s *Server) connect(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	try, err := s.readConnect(c)
	if err != nil {
		return err
	}
	form := &try.form
	if len(form.Errors) > 0 {
		return s.showConnect(c, http.StatusUnprocessableEntity, *form)
	}
	found := s.check(c, try)
	if found.OK && form.Name == "" {
		form.Name = nameFor(found.Title, try.candidate.Base)
	}
	if c.FormValue("do") == "connect" && found.OK {
		switch err := s.createDashboard(ctx, v, try, found); {
		case err == nil:
			s.kept.forget(who(c).token)
			return done(c, "/", "connected")
		case !s.explainTwin(ctx, v, form, err):
			return err
		}
	}
	form.Check = &found.Check
	form.Key = s.kept.keep(who(c).token, try.key, passedIf(found, try.candidate))
	if len(form.Errors) > 0 || !found.OK {
		return s.showConnect(c, http.StatusUnprocessableEntity, *form)
	}
	return s.showConnect(c, http.StatusOK, *form)
}

// readConnect cleans what was typed; form.Errors says what cannot be used.
func (s *Server) readConnect(c Context) (connecting, error) {
	ctx, p := c.Request().Context(), who(c)
	t := connecting{form: views.Connect{
		URL: text(c.FormValue("url")), Name: text(c.FormValue("name")), Access: access(c), QueryAuth: c.FormValue("query_auth") == "1", Errors: views.Errors{},
	}}
	form := &t.form
	base, err := s.opt.Client.Address(form.URL)
	if err != nil {
		form.Errors["url"] = err.Error()
	} else {
		form.URL = base
		if err := s.findTwin(ctx, p.viewer, form); err != nil {
			return t, err
		}
	}
	key, passed, err := s.typedKey(p, c.FormValue("key"))
	if err != nil {
		form.Errors["key"] = err.Error()
	} else {
		t.key = key
		form.Key = s.kept.keep(p.token, key, nil)
	}
	t.candidate = Candidate{Base: base, Auth: key.Auth, Key: key.Text}
	if form.QueryAuth {
		t.candidate.Auth = "query"
	}
	if passed != nil && passed.of == t.candidate {
		t.passed = passed
	}
	return t, nil
}

// typedKey cleans a key, or finds the one that a handle stands for. Its error is a sentence for the form.
func (s *Server) typedKey(p *person, typed string) (Key, *passedCheck, error) {
	if !isHandle(typed) {
		key, err := s.opt.Client.Key(cut(typed, maxKeyText))
		return key, nil, err
	}
	kept, ok := s.kept.find(p.token, typed)
	if !ok {
		return Key{}, nil, sentence("The key was kept for 15 minutes only. Paste it again.")
	}
	return kept.key, kept.passed, nil
}

// check diagnoses the candidate unless it has just passed. Where htmx takes a stream, each step is shown as it ends.
func (s *Server) check(c Context, t connecting) Checked {
	if t.passed != nil {
		return t.passed.found
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), checkLimit)
	defer cancel()
	show := func(views.Step) {}
	if startStream(c) {
		var steps []views.Step
		show = func(step views.Step) {
			steps = append(steps, step)
			if err := s.sendSteps(c, views.WithExpected(steps)); err != nil {
				cancel() // nobody looks any more
			}
		}
	}
	return s.opt.Client.Check(ctx, t.candidate, show)
}

func passedIf(found Checked, of Candidate) *passedCheck {
	if !found.OK {
		return nil
	}
	return &passedCheck{of: of, found: found}
}

func (s *Server) createDashboard(ctx context.Context, v db.Viewer, t connecting, found Checked) error {
	_, err := s.opt.DB.CreateDashboard(ctx, v, db.NewDashboard{
		DashboardEdit: db.DashboardEdit{
			Name: t.form.Name, URL: t.candidate.Base, Auth: t.candidate.Auth, IndexPHP: found.IndexPHP, ReadOnly: t.form.Access == "read",
		},
		Key: t.key.Text, KeyHint: t.key.Hint, KeyScope: found.KeyScope,
	})
	if err != nil {
		return fmt.Errorf("connect the Dashboard: %w", err)
	}
	s.opt.Syncer.Wake()
	return nil
}

// findTwin names the Dashboard that has the form's address already.
func (s *Server) findTwin(ctx context.Context, v db.Viewer, form *views.Connect) error {
	list, err := s.opt.DB.Dashboards(ctx, v)
	if err != nil {
		return err
	}
	for _, d := range list {
		if bareAddress(d.URL) == bareAddress(form.URL) {
			form.Twin = &d
			form.Errors["url"] = twinSentence(d.Name)
		}
	}
	return nil
}

// explainTwin turns the store's refusal of a second Dashboard at one address into words beside the field.
func (s *Server) explainTwin(ctx context.Context, v db.Viewer, form *views.Connect, err error) bool {
	var twin *db.TwinError
	if !errors.As(err, &twin) {
		return false
	}
	form.Errors["url"] = twinSentence(twin.Name)
	if d, err := s.opt.DB.Dashboard(ctx, v, twin.ID); err == nil {
		form.Twin = &d
	}
	return true
}

func twinSentence(name string) string {
	return fmt.Sprintf("“%s” is connected at this address already.", name)
}

// bareAddress is what two ways of writing one address share.
func bareAddress(address string) string {
	_, rest, _ := strings.Cut(strings.ToLower(address), "://")
	return strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
}

// nameFor is the name of a Dashboard nobody named: its title, else its host.
func nameFor(title, base string) string {
	if title = text(title); title != "" {
		return title
	}
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Hostname()
}

// access reads whether Muster may change things on the Dashboard.
func access(c Context) string {
	if c.FormValue("access") == "read" {
		return "read"
	}
	return "write"
}
