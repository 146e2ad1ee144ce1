package web

import (
	"context"
	"fmt"
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) updates(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	q := query{c}
	p := views.Updates{Filter: updateFilter(q)}
	if err := s.fillUpdates(ctx, v, &p); err != nil {
		return err
	}
	if key := q.text("open"); key != "" {
		rows, err := s.groupRows(ctx, v, p.Filter, key, q.page("rows"))
		if err != nil {
			return err
		}
		p.Open = &rows
	}
	shortAddress(c, views.UpdatesURL(p.Filter))
	page, part := both(p, views.UpdatesPage, views.UpdatesPart)
	return s.show(c, http.StatusOK, page, part)
}

func (s *Server) fillUpdates(ctx context.Context, v db.Viewer, p *views.Updates) error {
	var err error
	p.Groups, p.Total, err = clamped(&p.Filter.Paging, func() ([]db.UpdateGroup, int, error) { return s.opt.DB.UpdateGroups(ctx, v, p.Filter) })
	if err != nil {
		return err
	}
	if p.Kinds, err = s.opt.DB.UpdateKinds(ctx, v, p.Filter); err != nil {
		return err
	}
	if p.Totals, err = s.opt.DB.Totals(ctx, v); err != nil {
		return err
	}
	if p.ClientName, err = s.clientName(ctx, v, p.Filter.Client); err != nil {
		return err
	}
	if v.CanRun() {
		basket, err := s.opt.DB.Basket(ctx, v)
		if err != nil {
			return fmt.Errorf("read the basket: %w", err)
		}
		p.Basket = &basket
	}
	p.Choices, err = s.choices.of(ctx, v)
	return err
}

// updateRows are the rows of one group alone, for htmx.
func (s *Server) updateRows(c Context) error {
	q := query{c}
	rows, err := s.groupRows(c.Request().Context(), who(c).viewer, updateFilter(q), q.text("open"), q.page("rows"))
	if err != nil {
		return err
	}
	page, part := both(rows, views.UpdateRows, views.UpdateRows)
	return s.show(c, http.StatusOK, page, part)
}

func (s *Server) groupRows(ctx context.Context, v db.Viewer, f db.UpdateFilter, key string, page int) (views.GroupRows, error) {
	paging := db.Paging{Page: page, PerPage: db.DefaultPerPage}
	rows, total, err := clamped(&paging, func() ([]db.Update, int, error) { return s.opt.DB.UpdatesOf(ctx, v, f, key, paging) })
	p := views.GroupRows{Filter: f, Key: key, Rows: rows, Total: total, Page: paging.Page, Choose: v.CanRun()}
	if err != nil || !p.Choose || f.Group != "" || p.Page > 1 {
		return p, err
	}
	p.Choosable, err = s.opt.DB.GroupChoosable(ctx, v, f, key)
	return p, err
}

// updateFilter reads the filter of the Updates page, which groups by item unless told otherwise; unknown values do not
// narrow.
func updateFilter(q query) db.UpdateFilter {
	return db.UpdateFilter{
		Group:     q.one("group", "site", "client", "dashboard"),
		Kind:      db.ItemKind(q.one("kind", string(db.Core), string(db.Plugin), string(db.Theme), string(db.Translation))),
		Query:     q.text("q"),
		Dashboard: q.id("dashboard"),
		Client:    views.ParseRef(q.text("client")),
		Tag:       q.text("tag"),
		Offer:     q.one("offer", "offered", "ignored", "all"),
		Paging:    db.Paging{Page: q.page("page"), PerPage: db.DefaultPerPage},
	}
}
