package web

import (
	"context"
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) site(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	q := query{c}
	p := views.Site{Tab: q.one("tab", "updates", "plugins", "themes", "changes", "uptime", "history", "costs"), Page: q.page("page")}
	if p.Tab == "" {
		p.Tab = "updates"
	}
	if p.Site, err = s.opt.DB.Site(ctx, v, id); err != nil {
		return err
	}
	if err := s.fillSite(ctx, v, &p); err != nil {
		return err
	}
	if err := s.fillTab(ctx, v, &p); err != nil {
		return err
	}
	page, part := both(p, views.SitePage, nil)
	return s.show(c, http.StatusOK, page, part)
}

// fillSite reads what every tab shows or counts.
func (s *Server) fillSite(ctx context.Context, v db.Viewer, p *views.Site) (err error) {
	if p.Updates, err = s.opt.DB.SiteUpdates(ctx, v, p.Site.ID); err != nil {
		return err
	}
	if p.Costs, err = s.opt.DB.SiteCosts(ctx, v, p.Site.ID); err != nil {
		return err
	}
	if p.Twins, err = s.opt.DB.Twins(ctx, v, p.Site.ID); err != nil {
		return err
	}
	p.Tasks, err = s.opt.DB.SiteRuns(ctx, v, p.Site.ID, db.DefaultPerPage)
	return err
}

// fillTab reads what only the open tab shows.
func (s *Server) fillTab(ctx context.Context, v db.Viewer, p *views.Site) (err error) {
	id := p.Site.ID
	switch p.Tab {
	case "plugins":
		p.Plugins, err = s.opt.DB.Inventory(ctx, v, id, db.Plugin)
	case "themes":
		p.Themes, err = s.opt.DB.Inventory(ctx, v, id, db.Theme)
	case "changes":
		paging := db.Paging{Page: p.Page, PerPage: db.DefaultPerPage}
		p.Changes, p.ChangeTotal, err = clamped(&paging, func() ([]db.Change, int, error) { return s.opt.DB.Changes(ctx, v, id, paging) })
		p.Page = paging.Page
	case "uptime":
		if p.Monitors, err = s.opt.DB.Monitors(ctx, v, id); err != nil {
			return err
		}
		p.Incidents, err = s.opt.DB.Incidents(ctx, v, id)
	case "history":
		f := db.EventFilter{Site: id, Paging: db.Paging{Page: p.Page, PerPage: db.DefaultPerPage}}
		p.Events, p.EventTotal, err = clamped(&f.Paging, func() ([]db.Event, int, error) { return s.opt.DB.Events(ctx, v, f) })
		p.Page = f.Page
	case "updates":
		p.Events, p.EventTotal, err = s.opt.DB.Events(ctx, v, db.EventFilter{Site: id, Paging: db.Paging{Page: 1, PerPage: recentRows}})
	}
	return err
}

// rejoin gives a site that came back under a new id the history of the one that went.
func (s *Server) rejoin(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	gone := parseID(c.FormValue("gone"))
	if gone == 0 {
		return db.ErrNotFound
	}
	if err := s.opt.DB.Rejoin(c.Request().Context(), who(c).viewer, gone, id); err != nil {
		return err
	}
	return done(c, views.SiteURL(gone, ""), "rejoined") // the old one lives on
}
