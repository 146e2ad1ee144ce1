package web

import (
	"context"
	"errors"
	"net/http"

	"muster/db"
	"muster/views"
)

func (s *Server) history(c Context) error {
	ctx, p, q := c.Request().Context(), who(c), query{c}
	h := views.History{
		Filter: db.EventFilter{
			Dashboard: q.id("dashboard"), Site: q.id("site"), Client: views.ParseRef(q.text("client")),
			Kind: db.EventKind(q.one("kind", eventKinds()...)), ItemSlug: q.text("item"), Run: q.id("run"),
			Paging: db.Paging{Page: q.page("page"), PerPage: db.DefaultPerPage},
		},
		Since: q.text("since"), Until: q.text("until"), Errors: views.Errors{},
	}
	s.historyDays(&h, p)
	if err := s.historyNames(ctx, p.viewer, &h); err != nil {
		return err
	}
	var err error
	h.Rows, h.Total, err = clamped(&h.Filter.Paging, func() ([]db.Event, int, error) { return s.opt.DB.Events(ctx, p.viewer, h.Filter) })
	if err != nil {
		return err
	}
	shortAddress(c, views.HistoryURL(h.Filter, h.Since, h.Until))
	page, part := both(h, views.HistoryPage, views.HistoryPart)
	return s.show(c, http.StatusOK, page, part)
}

// historyDays turns the days as typed into times of the person's zone; the last day belongs to the span.
func (s *Server) historyDays(h *views.History, p *person) {
	zone, ok := s.zone(p.user), false
	if h.Filter.Since, ok = date(h.Since, zone); !ok {
		h.Errors["since"] = "Write the day like 2026-11-23."
	}
	if h.Filter.Until, ok = date(h.Until, zone); !ok {
		h.Errors["until"] = "Write the day like 2026-11-23."
	}
	if !h.Filter.Until.IsZero() {
		h.Filter.Until = h.Filter.Until.AddDate(0, 0, 1)
	}
}

func (s *Server) historyNames(ctx context.Context, v db.Viewer, h *views.History) (err error) {
	if h.ClientName, err = s.clientName(ctx, v, h.Filter.Client); err != nil || h.Filter.Site == 0 {
		return err
	}
	site, err := s.opt.DB.Site(ctx, v, h.Filter.Site)
	h.SiteName = site.Name
	if errors.Is(err, db.ErrNotFound) {
		h.SiteName, err = "unknown site", nil
	}
	return err
}

func eventKinds() []string {
	var kinds []string
	for _, k := range []db.EventKind{
		db.EventUpdated, db.EventDowngraded, db.EventAdded, db.EventRemoved, db.EventActivated, db.EventDeactivated, db.EventDown, db.EventUp,
		db.EventDisconnected, db.EventReconnected, db.EventSuspended, db.EventUnsuspended, db.EventSiteAdded, db.EventSiteGone, db.EventSiteBack,
		db.EventRenamed, db.EventUnreachable, db.EventReachable,
	} {
		kinds = append(kinds, string(k))
	}
	return kinds
}
