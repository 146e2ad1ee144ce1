package web

import (
	"context"
	"errors"
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) sites(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	p := views.Sites{Filter: siteFilter(query{c})}
	var err error
	p.Rows, p.Total, err = clamped(&p.Filter.Paging, func() ([]db.SiteRow, int, error) { return s.opt.DB.Sites(ctx, v, p.Filter) })
	if err != nil {
		return err
	}
	if p.Counts, err = s.opt.DB.SiteStatusCounts(ctx, v); err != nil {
		return err
	}
	if p.ClientName, err = s.clientName(ctx, v, p.Filter.Client); err != nil {
		return err
	}
	if p.Choices, err = s.choices.of(ctx, v); err != nil {
		return err
	}
	shortAddress(c, views.SitesURL(p.Filter))
	page, part := both(p, views.SitesPage, views.SitesPart)
	return s.show(c, http.StatusOK, page, part)
}

// siteFilter reads the filter of the Sites page; unknown values do not narrow.
func siteFilter(q query) db.SiteFilter {
	return db.SiteFilter{
		Query:     q.text("q"),
		Dashboard: q.id("dashboard"),
		Status: q.one("status", db.StatusAttention, db.StatusDown, db.StatusRolledBack, db.StatusDisconnected, db.StatusSyncFailing, db.StatusStale,
			db.StatusUnknown, db.StatusOK, db.StatusSuspended, db.StatusGone, db.StatusPHPEnded, db.StatusWPBehind, db.StatusAbandoned),
		Client:  views.ParseRef(q.text("client")),
		Tag:     q.text("tag"),
		Updates: q.one("updates", "any", "core", "plugin", "theme", "translation", "ignored", "none"),
		Item:    q.text("item"),
		Sort:    q.one("sort", "name", "status", "dashboard", "client", "wp", "php", "updates", "health", "synced"),
		Desc:    q.flag("desc"),
		Paging:  db.Paging{Page: q.page("page"), PerPage: db.DefaultPerPage},
	}
}

// clientName is the name of the client that a filter holds; one that is unknown or hidden has no name and no rows.
func (s *Server) clientName(ctx context.Context, v db.Viewer, ref db.Ref) (string, error) {
	if ref == (db.Ref{}) {
		return "", nil
	}
	client, err := s.opt.DB.Client(ctx, v, ref)
	if errors.Is(err, db.ErrNotFound) {
		return "unknown client", nil
	}
	return client.Name, err
}
