package web

import (
	"net/http"

	"muster/db"
	"muster/views"
)

// How many lines the short lists of a page have.
const (
	reachRows  = 7
	eventRows  = 8
	recentRows = 5
)

func (s *Server) overview(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	var p views.Overview
	var err error
	if p.Totals, err = s.opt.DB.Totals(ctx, v); err != nil {
		return err
	}
	if p.Attention, err = s.opt.DB.Attention(ctx, v); err != nil {
		return err
	}
	if p.Runs, _, err = s.opt.DB.Runs(ctx, v, db.RunFilter{State: "open", Paging: db.Paging{Page: 1, PerPage: eventRows}}); err != nil {
		return err
	}
	if p.Reach, _, err = s.opt.DB.UpdateGroups(ctx, v, db.UpdateFilter{Group: "item", Paging: db.Paging{Page: 1, PerPage: reachRows}}); err != nil {
		return err
	}
	if p.Events, _, err = s.opt.DB.Events(ctx, v, db.EventFilter{Paging: db.Paging{Page: 1, PerPage: eventRows}}); err != nil {
		return err
	}
	page, part := both(p, views.OverviewPage, views.OverviewPart)
	return s.show(c, http.StatusOK, page, part)
}
