package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"muster/db"
	"muster/views"
)

// maxShown is how many pages of a group's rows are looked at again after a change.
const maxShown = 20

// change is a change of the basket, as one button of the Updates page sends it.
type change struct {
	do     string // item, add-group, remove-group, drop, clear, now
	key    string // of the group that changes; empty: any may
	item   db.ItemRef
	add    bool
	anyway bool
	filter db.UpdateFilter
	back   string
	shown  map[string]int // groups that stand open, with the last page of their rows
}

var errNoChange = &failure{status: http.StatusUnprocessableEntity, text: "This is no change of the next run. Go back to the updates and choose there."}

// changeBasket adds to what the person has chosen, or takes from it.
func (s *Server) changeBasket(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	ch, err := readChange(c)
	if err != nil {
		return err
	}
	if ch.do == "now" {
		return s.reviewGroup(c, ch)
	}
	note, err := s.applyChange(ctx, v, ch)
	switch {
	case errors.Is(err, db.ErrInvalid):
		note = "This cannot be chosen any more."
	case err != nil:
		return fmt.Errorf("change the basket: %w", err)
	}
	if !partial(c) {
		to := ch.back
		if ch.key != "" && strings.HasPrefix(to, "/updates") {
			to += "#" + views.GroupID(ch.key)
		}
		return redirect(c, to)
	}
	p, err := s.basketChange(ctx, v, ch)
	if err != nil {
		return err
	}
	if p.Note = note; note == "" && ch.do == "add-group" && len(p.Groups) == 1 {
		p.Note = views.LeftNote(p.Groups[0])
	}
	page, _ := both(p, views.BasketPart, nil)
	return s.show(c, http.StatusOK, page, nil)
}

// readChange reads the form; back says which updates the page shows.
func readChange(c Context) (ch change, err error) {
	form, err := c.FormParams()
	if err != nil {
		return ch, fmt.Errorf("read the form: %w", err)
	}
	ch.back = localPath(form.Get("back"))
	if !strings.HasPrefix(ch.back, "/updates") && !strings.HasPrefix(ch.back, "/sites/") {
		ch.back = "/updates"
	}
	u, err := url.Parse(ch.back)
	if err != nil {
		return ch, errNoChange
	}
	ch.filter = updateFilter(query{address(u.Query())})
	ch.shown = map[string]int{}
	for _, shown := range form["shown"] {
		page, key, _ := strings.Cut(shown, " ")
		n, _ := strconv.Atoi(page)
		ch.shown[key] = max(ch.shown[key], min(n, maxShown))
	}
	for _, do := range []string{"item", "anyway", "add-group", "remove-group", "drop", "clear", "now"} {
		if value := form.Get(do); value != "" {
			return ch, ch.set(do, value)
		}
	}
	return ch, errNoChange
}

// set reads the value of the button that was pressed.
func (ch *change) set(do, value string) error {
	ch.do = do
	switch do {
	case "item", "anyway":
		ref, ok := views.ParseItem(strings.TrimLeft(value, "+-"))
		if !ok {
			return errNoChange
		}
		ch.item, ch.add, ch.anyway, ch.do = ref, !strings.HasPrefix(value, "-"), do == "anyway", "item"
		if ch.filter.Group == "" {
			ch.key = string(ref.Kind) + ":" + ref.Slug
		}
		if ch.filter.Group == "site" {
			ch.key = strconv.FormatInt(ref.Site, 10)
		}
	case "drop":
		kind, slug, ok := views.ParseKind(value)
		if !ok {
			return errNoChange
		}
		ch.item = db.ItemRef{Kind: kind, Slug: slug}
	case "add-group", "remove-group", "now":
		ch.key = cut(value, 500)
	}
	return nil
}

// applyChange carries the change out; note says why nothing was added.
func (s *Server) applyChange(ctx context.Context, v db.Viewer, ch change) (note string, err error) {
	switch {
	case ch.do == "item" && ch.add:
		_, err = s.opt.DB.BasketAdd(ctx, v, []db.ItemRef{ch.item}, ch.anyway)
	case ch.do == "item":
		err = s.opt.DB.BasketRemove(ctx, v, []db.ItemRef{ch.item})
	case ch.do == "add-group":
		var n int
		if n, err = s.opt.DB.BasketAddGroup(ctx, v, ch.filter, ch.key); n == 0 && err == nil {
			note = "Nothing more of it can be chosen at once. Open it to see why."
		}
	case ch.do == "remove-group":
		err = s.opt.DB.BasketRemoveGroup(ctx, v, ch.filter, ch.key)
	case ch.do == "drop":
		err = s.opt.DB.BasketRemoveItem(ctx, v, ch.item.Kind, ch.item.Slug)
	case ch.do == "clear":
		err = s.opt.DB.BasketClear(ctx, v)
	}
	return note, err
}

// basketChange reads what the page shows of what has changed: the dock, the groups, and the rows of those that stand open.
func (s *Server) basketChange(ctx context.Context, v db.Viewer, ch change) (p views.BasketChange, err error) {
	p.Filter = ch.filter
	if p.Basket, err = s.opt.DB.Basket(ctx, v); err != nil {
		return p, fmt.Errorf("read the basket: %w", err)
	}
	groups, _, err := s.opt.DB.UpdateGroups(ctx, v, ch.filter)
	if err != nil {
		return p, fmt.Errorf("read the groups: %w", err)
	}
	for _, g := range groups {
		if ch.key == "" || ch.key == g.Key {
			p.Groups = append(p.Groups, g)
		}
	}
	if ch.do == "item" {
		p.Rows, err = s.basketRow(ctx, v, ch.item)
		return p, err
	}
	for key, pages := range ch.shown {
		if ch.key != "" && ch.key != key {
			continue
		}
		rows, err := s.shownRows(ctx, v, ch.filter, key, pages)
		if err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, rows...)
	}
	return p, nil
}

// basketRow is the one update as it stands now, if there still is one.
func (s *Server) basketRow(ctx context.Context, v db.Viewer, ref db.ItemRef) ([]db.Update, error) {
	list, err := s.opt.DB.SiteUpdates(ctx, v, ref.Site)
	if err != nil {
		return nil, fmt.Errorf("read the updates of the site: %w", err)
	}
	for _, u := range list {
		if u.Kind == ref.Kind && u.Slug == ref.Slug {
			return []db.Update{u}, nil
		}
	}
	return nil, nil
}

// shownRows are the rows of a group up to a page of them.
func (s *Server) shownRows(ctx context.Context, v db.Viewer, f db.UpdateFilter, key string, pages int) ([]db.Update, error) {
	var out []db.Update
	for page := 1; len(out) < pages*db.DefaultPerPage; page++ {
		rows, total, err := s.opt.DB.UpdatesOf(ctx, v, f, key, db.Paging{Page: page, PerPage: db.MaxPerPage})
		if err != nil {
			return nil, fmt.Errorf("read the rows of a group: %w", err)
		}
		out = append(out, rows...)
		if len(rows) == 0 || len(out) >= total {
			break
		}
	}
	return out[:min(len(out), pages*db.DefaultPerPage)], nil
}

// reviewGroup leads to the review of a whole group, whatever else is chosen: what cannot run is told there.
func (s *Server) reviewGroup(c Context, ch change) error {
	ctx, v := c.Request().Context(), who(c).viewer
	var choices []db.Choice
	for page := 1; ; page++ {
		rows, total, err := s.opt.DB.UpdatesOf(ctx, v, ch.filter, ch.key, db.Paging{Page: page, PerPage: db.MaxPerPage})
		if err != nil {
			return fmt.Errorf("read the group: %w", err)
		}
		for _, u := range rows {
			choices = append(choices, db.Choice{Action: db.ActUpdate, Site: u.SiteID, Dashboard: u.DashboardID, Kind: u.Kind, Slug: u.Slug, Name: u.Name, From: u.From, To: u.To})
		}
		if len(rows) == 0 || page*db.MaxPerPage >= total {
			break
		}
	}
	title := "Updates"
	if len(choices) > 0 && ch.filter.Group == "" {
		title = cut(choices[0].Name, 80)
	}
	return s.openReview(c, title, choices)
}
