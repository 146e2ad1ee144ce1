package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"muster/db"
	"muster/views"
)

// maxDelay is the longest delay of releases, in days.
const maxDelay = 90

// foundItems is how many items a search for one to hold lists.
const foundItems = 20

func (s *Server) holds(c Context) error {
	ctx, v, q := c.Request().Context(), who(c).viewer, query{c}
	p := views.Holds{Query: q.text("q")}
	if kind, slug, ok := views.ParseKind(q.c.QueryParam("kind") + ":" + text(q.c.QueryParam("slug"))); ok && v.CanRun() {
		form := views.HoldForm{Kind: kind, Slug: slug, Everywhere: v.All, Chosen: map[int64]bool{}}
		if site := q.id("site"); site != 0 {
			form.Chosen[site], form.Everywhere = true, false
		}
		if err := s.fillHold(ctx, v, &form); err != nil {
			return err
		}
		p.Form = &form
	}
	if p.Query != "" {
		var err error
		f := db.UpdateFilter{Query: p.Query, Paging: db.Paging{Page: 1, PerPage: foundItems}}
		if p.Found, _, err = s.opt.DB.UpdateGroups(ctx, v, f); err != nil {
			return fmt.Errorf("search items: %w", err)
		}
	}
	return s.showHolds(c, http.StatusOK, p)
}

// fillHold reads what the item is called and which sites have an update of it.
func (s *Server) fillHold(ctx context.Context, v db.Viewer, form *views.HoldForm) (err error) {
	form.All = v.All
	if form.Name, err = s.opt.DB.ItemName(ctx, v, form.Kind, form.Slug); err != nil {
		return fmt.Errorf("name the item: %w", err)
	}
	all := db.UpdateFilter{Offer: "all"}
	key := string(form.Kind) + ":" + form.Slug
	rows, total, err := s.opt.DB.UpdatesOf(ctx, v, all, key, db.Paging{Page: 1, PerPage: db.MaxPerPage})
	if err != nil {
		return fmt.Errorf("list the sites of the item: %w", err)
	}
	for _, u := range rows {
		form.Sites = append(form.Sites, db.SiteName{ID: u.SiteID, Name: u.SiteName})
	}
	form.Total = total
	return nil
}

func (s *Server) showHolds(c Context, code int, p views.Holds) error {
	ctx, v := c.Request().Context(), who(c).viewer
	var err error
	if p.Rows, err = s.opt.DB.Holds(ctx, v); err != nil {
		return fmt.Errorf("list what is held: %w", err)
	}
	days, err := s.opt.DB.UpdateDelay(ctx, v)
	if err != nil {
		return fmt.Errorf("read the delay: %w", err)
	}
	if p.Errors == nil {
		p.Delay = strconv.Itoa(days)
	}
	p.May = v.CanRun() && v.All && v.Role != db.Operator
	page, _ := both(p, views.HoldsPage, nil)
	return s.show(c, code, page, nil)
}

// addHold keeps an item from being updated, on all sites or on some.
func (s *Server) addHold(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	kind, slug, ok := views.ParseKind(c.FormValue("kind") + ":" + text(c.FormValue("slug")))
	if !ok {
		return &failure{status: http.StatusUnprocessableEntity, text: "Choose first what is not to be updated."}
	}
	form := views.HoldForm{Kind: kind, Slug: slug, Everywhere: c.FormValue("where") == "all", Reason: text(c.FormValue("reason")), Chosen: map[int64]bool{}, Errors: views.Errors{}}
	if err := s.fillHold(ctx, v, &form); err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	hold := db.Hold{Kind: kind, Slug: slug, Name: form.Name, Reason: form.Reason, Everywhere: form.Everywhere}
	for _, value := range values["site"] {
		if id := parseID(value); id != 0 {
			form.Chosen[id] = true
			hold.Sites = append(hold.Sites, db.SiteName{ID: id})
		}
	}
	if form.Reason == "" {
		form.Errors["reason"] = "Write why, in a few words."
	}
	if !form.Everywhere && len(hold.Sites) == 0 {
		form.Errors["where"] = "Choose the sites on which it is held."
	}
	if len(form.Errors) == 0 {
		_, err = s.opt.DB.AddHold(ctx, v, hold)
	}
	switch {
	case errors.Is(err, db.ErrInvalid):
		form.Errors[""] = refusal(err)
	case err != nil:
		return fmt.Errorf("hold the item: %w", err)
	}
	if len(form.Errors) > 0 {
		return s.showHolds(c, http.StatusUnprocessableEntity, views.Holds{Form: &form})
	}
	return done(c, "/holds", "held")
}

func (s *Server) deleteHold(c Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.opt.DB.DeleteHold(c.Request().Context(), who(c).viewer, id); err != nil {
		return fmt.Errorf("end the hold: %w", err)
	}
	return done(c, "/holds", "unheld")
}

// setDelay sets how many days a release has to be known before Muster updates to it.
func (s *Server) setDelay(c Context) error {
	typed := text(c.FormValue("days"))
	days, err := strconv.Atoi(typed)
	if err != nil || days < 0 || days > maxDelay {
		p := views.Holds{Delay: typed, Errors: views.Errors{"days": "Write a number from 0 to 90."}}
		return s.showHolds(c, http.StatusUnprocessableEntity, p)
	}
	if err := s.opt.DB.SetUpdateDelay(c.Request().Context(), who(c).viewer, days); err != nil {
		return fmt.Errorf("set the delay: %w", err)
	}
	return done(c, "/holds", "delay")
}
