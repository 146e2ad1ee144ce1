package web

import (
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) runs(c Context) error {
	ctx, v, q := c.Request().Context(), who(c).viewer, query{c}
	p := views.Runs{Filter: db.RunFilter{State: q.one("state", "open", "done"), Paging: db.Paging{Page: q.page("page"), PerPage: db.DefaultPerPage}}}
	var err error
	p.Rows, p.Total, err = clamped(&p.Filter.Paging, func() ([]db.Run, int, error) { return s.opt.DB.Runs(ctx, v, p.Filter) })
	if err != nil {
		return err
	}
	page, part := both(p, views.RunsPage, views.RunsPart)
	return s.show(c, http.StatusOK, page, part)
}
