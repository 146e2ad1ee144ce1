package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/db"
	"muster/views"
)

func (s *Server) dashboards(c Context) error {
	rows, err := s.opt.DB.Dashboards(c.Request().Context(), who(c).viewer)
	if err != nil {
		return err
	}
	page, part := both(views.Dashboards{Rows: rows}, views.DashboardsPage, views.DashboardsPart)
	return s.show(c, http.StatusOK, page, part)
}

// pathDashboard reads the Dashboard that the path names.
func (s *Server) pathDashboard(c Context) (db.Dashboard, error) {
	id, err := pathID(c, "id")
	if err != nil {
		return db.Dashboard{}, err
	}
	return s.opt.DB.Dashboard(c.Request().Context(), who(c).viewer, id)
}

func (s *Server) dashboard(c Context) error {
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	return s.showDashboard(c, http.StatusOK, views.Dashboard{Dashboard: d, Form: views.NewDashboardForm(d)})
}

func (s *Server) showDashboard(c Context, code int, p views.Dashboard) error {
	var err error
	f := db.EventFilter{Dashboard: p.Dashboard.ID, Paging: db.Paging{Page: 1, PerPage: eventRows}}
	if p.Events, _, err = s.opt.DB.Events(c.Request().Context(), who(c).viewer, f); err != nil {
		return err
	}
	page, part := both(p, views.DashboardPage, views.CheckPart)
	return s.show(c, code, page, part)
}

func (s *Server) editDashboard(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	form, edit := s.readEdit(c, d)
	if len(form.Errors) == 0 {
		err := s.opt.DB.EditDashboard(ctx, v, d.ID, edit)
		var twin *db.TwinError
		switch {
		case errors.As(err, &twin):
			form.Errors["url"] = twinSentence(twin.Name)
		case err != nil:
			return err
		default:
			s.opt.Syncer.Wake()
			return done(c, views.DashboardURL(d.ID, ""), "saved")
		}
	}
	return s.showDashboard(c, http.StatusUnprocessableEntity, views.Dashboard{Dashboard: d, Form: form})
}

// readEdit reads the form; what was typed is kept, and what cannot be used has its reason beside it.
func (s *Server) readEdit(c Context, d db.Dashboard) (views.DashboardForm, db.DashboardEdit) {
	form := views.DashboardForm{
		Name: text(c.FormValue("name")), URL: text(c.FormValue("url")), Access: access(c),
		Interval: text(c.FormValue("interval")), Probe: text(c.FormValue("probe")), Stale: text(c.FormValue("stale")), Errors: views.Errors{},
	}
	edit := db.DashboardEdit{Name: form.Name, Auth: d.Auth, IndexPHP: d.IndexPHP, ReadOnly: form.Access == "read"}
	if form.Name == "" {
		form.Errors["name"] = "Enter a name."
	}
	var err error
	if edit.URL, err = s.opt.Client.Address(form.URL); err != nil {
		form.Errors["url"] = err.Error()
	}
	number := func(name, typed string, low, high int) int {
		n, err := strconv.Atoi(typed)
		if err != nil || n < low || n > high {
			form.Errors[name] = "Enter a number from " + strconv.Itoa(low) + " to " + strconv.Itoa(high) + "."
		}
		return n
	}
	edit.Interval = time.Duration(number("interval", form.Interval, 60, 24*60*60)) * time.Second
	edit.Probe = time.Duration(number("probe", form.Probe, 10, 24*60*60)) * time.Second
	edit.SyncStaleHours = number("stale", form.Stale, 0, 24*30)
	return form, edit
}

// refreshDashboard has a full pass begin now.
func (s *Server) refreshDashboard(c Context) error {
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	if !d.PausedAt.IsZero() {
		return &failure{status: http.StatusConflict, text: "This Dashboard is paused, so Muster does not read it. Resume it first."}
	}
	if err := s.opt.DB.RefreshDashboard(c.Request().Context(), who(c).viewer, d.ID); err != nil {
		return err
	}
	s.opt.Syncer.Wake()
	back := c.FormValue("back")
	if back == "" {
		back = views.DashboardURL(d.ID, "")
	}
	return done(c, back, "refresh")
}

func (s *Server) pauseDashboard(c Context) error {
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	pause, code := c.FormValue("pause") == "1", "resumed"
	if pause {
		code = "paused"
	}
	if err := s.opt.DB.PauseDashboard(c.Request().Context(), who(c).viewer, d.ID, pause); err != nil {
		return err
	}
	s.opt.Syncer.Wake()
	return done(c, views.DashboardURL(d.ID, ""), code)
}

// confirmDashboard: a person says that it is the same Dashboard, though its sites look like those of another.
func (s *Server) confirmDashboard(c Context) error {
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	if err := s.opt.DB.ConfirmDashboard(c.Request().Context(), who(c).viewer, d.ID); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err // ErrNotFound: there is no doubt any more
	}
	s.opt.Syncer.Wake()
	return done(c, views.DashboardURL(d.ID, ""), "confirmed")
}

func (s *Server) disconnectForm(c Context) error {
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	return s.showDisconnect(c, http.StatusOK, views.Disconnect{Dashboard: d})
}

func (s *Server) showDisconnect(c Context, code int, p views.Disconnect) error {
	var err error
	if p.Losses, err = s.opt.DB.DashboardLosses(c.Request().Context(), who(c).viewer, p.Dashboard.ID); err != nil {
		return err
	}
	page, part := both(p, views.DisconnectPage, nil)
	return s.show(c, code, page, part)
}

// disconnect deletes a Dashboard with its history, once its name has been typed.
func (s *Server) disconnect(c Context) error {
	d, err := s.pathDashboard(c)
	if err != nil {
		return err
	}
	typed := text(c.FormValue("name"))
	if !strings.EqualFold(typed, text(d.Name)) {
		return s.showDisconnect(c, http.StatusUnprocessableEntity, views.Disconnect{
			Dashboard: d, Typed: typed, Errors: views.Errors{"name": "Type the name of the Dashboard as it stands above."},
		})
	}
	if err := s.opt.DB.DisconnectDashboard(c.Request().Context(), who(c).viewer, d.ID); err != nil {
		return err
	}
	s.opt.Syncer.Wake()
	return done(c, "/dashboards", "disconnected")
}
