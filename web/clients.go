package web

import (
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) clients(c Context) error {
	ctx, v, q := c.Request().Context(), who(c).viewer, query{c}
	p := views.Clients{Filter: db.ClientFilter{
		Query: q.text("q"), Dashboard: q.id("dashboard"), Sort: q.one("sort", "name", "sites", "updates"), Desc: q.flag("desc"),
		Paging: db.Paging{Page: q.page("page"), PerPage: db.DefaultPerPage},
	}}
	var err error
	p.Rows, p.Total, err = clamped(&p.Filter.Paging, func() ([]db.Client, int, error) { return s.opt.DB.Clients(ctx, v, p.Filter) })
	if err != nil {
		return err
	}
	shortAddress(c, views.ClientsURL(p.Filter))
	page, part := both(p, views.ClientsPage, views.ClientsPart)
	return s.show(c, http.StatusOK, page, part)
}

func (s *Server) client(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	ref := views.ParseRef(c.Param("dashboard") + "." + c.Param("client"))
	if ref == (db.Ref{}) {
		return db.ErrNotFound
	}
	var p views.Client
	var err error
	if p.Client, err = s.opt.DB.Client(ctx, v, ref); err != nil {
		return err
	}
	// A client has few sites; the rest is one link away in the list of sites.
	if p.Sites, p.SiteTotal, err = s.opt.DB.Sites(ctx, v, db.SiteFilter{Client: ref, Sort: "status", Paging: db.Paging{Page: 1, PerPage: db.MaxPerPage}}); err != nil {
		return err
	}
	if p.Costs, err = s.opt.DB.ClientCosts(ctx, v, ref); err != nil {
		return err
	}
	if p.Events, _, err = s.opt.DB.Events(ctx, v, db.EventFilter{Client: ref, Paging: db.Paging{Page: 1, PerPage: eventRows}}); err != nil {
		return err
	}
	p.CanEdit = v.CanRun() && v.Whole(ref.Dashboard)
	page, part := both(p, views.ClientPage, nil)
	return s.show(c, http.StatusOK, page, part)
}
