package web

import (
	"context"
	"fmt"
	"net/http"

	"muster/db"
	"muster/views"
)

// checkDashboard diagnoses the connection to a connected Dashboard with its stored key.
func (s *Server) checkDashboard(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	auth, key, err := s.opt.DB.DashboardKey(ctx, v, d.ID)
	if err != nil {
		return fmt.Errorf("open the key: %w", err)
	}
	found := s.check(c, connecting{candidate: Candidate{Base: d.URL, Auth: auth, Key: key, IndexPHP: d.IndexPHP}})
	if found.OK {
		if d, err = s.adopt(ctx, v, d, Key{Auth: auth, Text: key, Hint: d.KeyHint}, found); err != nil {
			return err
		}
	}
	return s.showDashboard(c, http.StatusOK, views.Dashboard{
		Dashboard: d, Form: views.NewDashboardForm(d), Check: &found.Check, SuggestQuery: found.SuggestQuery,
	})
}

// adopt stores what a good check found out and has a Dashboard that was stopped read again.
func (s *Server) adopt(ctx context.Context, v db.Viewer, d db.Dashboard, key Key, found Checked) (db.Dashboard, error) {
	if found.IndexPHP != d.IndexPHP {
		edit := db.DashboardEdit{
			Name: d.Name, URL: d.URL, Auth: key.Auth, IndexPHP: found.IndexPHP, ReadOnly: d.ReadOnly,
			Interval: d.Interval, Probe: d.Probe, SyncStaleHours: d.SyncStaleHours,
		}
		if err := s.opt.DB.EditDashboard(ctx, v, d.ID, edit); err != nil {
			return d, fmt.Errorf("save how the Dashboard is reached: %w", err)
		}
	}
	scope := found.KeyScope
	if scope == "unknown" && key.Hint == d.KeyHint { // what an earlier check or a write found out still holds
		scope = d.KeyScope
	}
	if d.ErrorKind != "" || scope != d.KeyScope || key.Hint != d.KeyHint || key.Auth != d.Auth {
		if err := s.opt.DB.SetDashboardKey(ctx, v, d.ID, key.Auth, key.Text, key.Hint, scope); err != nil {
			return d, fmt.Errorf("save the key: %w", err)
		}
	}
	s.opt.Syncer.Wake()
	return s.opt.DB.Dashboard(ctx, v, d.ID)
}

// replaceKey takes a new key once the Dashboard can be read with it. Without a key it is about how the present one
// travels.
func (s *Server) replaceKey(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	key, handle, problem, err := s.readKey(c, d)
	if err != nil {
		return err
	}
	p := views.Dashboard{Dashboard: d, Form: views.NewDashboardForm(d), Key: handle, KeyErrors: views.Errors{}}
	if problem != "" {
		p.KeyErrors["key"] = problem
		return s.showDashboard(c, http.StatusUnprocessableEntity, p)
	}
	found := s.check(c, connecting{candidate: Candidate{Base: d.URL, Auth: key.Auth, Key: key.Text, IndexPHP: d.IndexPHP}})
	if !found.OK {
		p.Check, p.SuggestQuery, p.QueryAuth = &found.Check, found.SuggestQuery, key.Auth == "query"
		p.KeyErrors["key"] = "The Dashboard cannot be read with this key, so the present one stays. The check says why."
		return s.showDashboard(c, http.StatusUnprocessableEntity, p)
	}
	if _, err := s.adopt(ctx, v, d, key, found); err != nil {
		return err
	}
	s.kept.forget(who(c).token)
	return done(c, views.DashboardURL(d.ID, ""), "key")
}

// readKey reads the form; handle stands for a typed key in the next try, problem is the sentence to show beside the field.
func (s *Server) readKey(c Context, d db.Dashboard) (key Key, handle, problem string, err error) {
	p, inQuery := who(c), c.FormValue("query_auth") == "1"
	if typed := c.FormValue("key"); typed != "" || !inQuery {
		key, _, err := s.typedKey(p, typed)
		if err != nil {
			return key, "", err.Error(), nil
		}
		handle := s.kept.keep(p.token, key, nil) // the key as it was typed: how it travels is asked each time
		if inQuery {
			key.Auth = "query"
		}
		return key, handle, "", nil
	}
	_, stored, err := s.opt.DB.DashboardKey(c.Request().Context(), p.viewer, d.ID)
	if err != nil {
		return key, "", "", fmt.Errorf("open the key: %w", err)
	}
	return Key{Auth: "query", Text: stored, Hint: d.KeyHint}, "", "", nil
}
