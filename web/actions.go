package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"muster/db"
	"muster/views"
)

// maxChosen bounds how many sites one request may name one by one; more are chosen by a filter.
const maxChosen = 1000

// maxMatching bounds how many sites a filter may choose at once.
const maxMatching = 20000

// siteActions are what can be done to sites, one or many.
var siteActions = map[string]db.Action{
	"refresh": db.ActRefresh, "sync": db.ActSync, "reconnect": db.ActReconnect, "check": db.ActCheck,
	"suspend": db.ActSuspend, "unsuspend": db.ActUnsuspend, "update": db.ActUpdate,
}

// actOnSites does something to the chosen sites: at once where that needs no review, else by way of one.
func (s *Server) actOnSites(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	do := c.FormValue("do")
	action, ok := siteActions[do]
	kind, slug, _ := views.ParseKind(strings.TrimPrefix(siteFilter(query{c}).Item, "update:"))
	if !ok {
		action, ok = itemActions[do][kind]
	}
	if !ok {
		return &failure{status: http.StatusUnprocessableEntity, text: "Choose what to do with the sites."}
	}
	sites, err := s.chosenSites(c)
	if err != nil {
		return err
	}
	if len(sites) == 0 {
		return &failure{status: http.StatusUnprocessableEntity, text: "No site is chosen. Go back and mark the sites first."}
	}
	var choices []db.Choice
	if _, item := itemActions[do]; item {
		return s.actOnItemOf(c, action, db.ItemRef{Kind: kind, Slug: slug}, sites)
	}
	if action == db.ActUpdate {
		choices, err = s.pendingUpdates(ctx, v, sites)
		if err != nil {
			return err
		}
		if len(choices) == 0 {
			return &failure{status: http.StatusUnprocessableEntity, text: "MainWP offers no update for what you have chosen."}
		}
	} else {
		for _, site := range sites {
			choices = append(choices, db.Choice{Action: action, Site: site.ID})
		}
	}
	return s.begin(c, views.ActionTitle(action, sites), choices)
}

// actOnItemOf opens the review of doing something to one plugin or theme on many sites; it tells where that cannot be done.
func (s *Server) actOnItemOf(c Context, action db.Action, item db.ItemRef, sites []db.SiteRow) error {
	name, err := s.opt.DB.ItemName(c.Request().Context(), who(c).viewer, item.Kind, item.Slug)
	if err != nil {
		return err
	}
	choices := make([]db.Choice, len(sites))
	for i, site := range sites {
		choices[i] = db.Choice{Action: action, Site: site.ID, Kind: item.Kind, Slug: item.Slug, Name: name}
	}
	if len(sites) == 1 {
		return s.begin(c, views.ItemTitle(choices[0], sites[0]), choices)
	}
	return s.begin(c, views.ItemsTitle(choices[0], len(sites)), choices)
}

// begin starts what needs no review and goes back to the page that asked; for the rest it opens the review.
func (s *Server) begin(c Context, title string, choices []db.Choice) error {
	ctx, v := c.Request().Context(), who(c).viewer
	if choices[0].Action.NeedsReview() {
		return s.openReview(c, title, choices)
	}
	run, err := s.opt.DB.StartActions(ctx, v, title, choices)
	if err != nil {
		return err
	}
	s.stir(run)
	return done(c, c.FormValue("back"), views.DoneRun+strconv.FormatInt(run, 10))
}

// chosenSites are the sites that the form names, or all that match its filter. One that the viewer may not see does not
// exist.
func (s *Server) chosenSites(c Context) ([]db.SiteRow, error) {
	ctx, v := c.Request().Context(), who(c).viewer
	form, err := c.FormParams()
	if err != nil {
		return nil, &failure{status: http.StatusBadRequest, text: "The form did not arrive whole. Go back and try again."}
	}
	if c.FormValue("all") == "1" {
		return s.matchingSites(ctx, v, siteFilter(query{c}))
	}
	if len(form["site"]) > maxChosen {
		return nil, &failure{status: http.StatusRequestEntityTooLarge}
	}
	var out []db.SiteRow
	for _, id := range form["site"] {
		site, err := s.opt.DB.Site(ctx, v, parseID(id))
		if err != nil {
			return nil, err
		}
		out = append(out, site.SiteRow)
	}
	return out, nil
}

func (s *Server) matchingSites(ctx context.Context, v db.Viewer, f db.SiteFilter) ([]db.SiteRow, error) {
	var out []db.SiteRow
	for f.Page, f.PerPage = 1, db.MaxPerPage; ; f.Page++ {
		rows, total, err := s.opt.DB.Sites(ctx, v, f)
		if err != nil {
			return nil, err
		}
		if total > maxMatching {
			return nil, &failure{status: http.StatusUnprocessableEntity, text: "More than 20,000 sites match. Narrow the filters first."}
		}
		out = append(out, rows...)
		if len(rows) == 0 || len(out) >= total {
			return out, nil
		}
	}
}

// pendingUpdates are the updates that MainWP offers for the sites.
func (s *Server) pendingUpdates(ctx context.Context, v db.Viewer, sites []db.SiteRow) ([]db.Choice, error) {
	var out []db.Choice
	for _, site := range sites {
		if site.UpdatesKnown && site.Updates.Total() == 0 {
			continue
		}
		updates, err := s.opt.DB.SiteUpdates(ctx, v, site.ID)
		if err != nil {
			return nil, err
		}
		for _, u := range updates {
			if u.Offer == db.Offered {
				out = append(out, db.Choice{Action: db.ActUpdate, Site: site.ID, Kind: u.Kind, Slug: u.Slug, Name: u.Name, From: u.From, To: u.To})
			}
		}
	}
	return out, nil
}

// itemActions are what can be done to a plugin or theme of a site.
var itemActions = map[string]map[db.ItemKind]db.Action{
	"activate":   {db.Plugin: db.ActActivatePlugin, db.Theme: db.ActActivateTheme},
	"deactivate": {db.Plugin: db.ActDeactivatePlugin},
	"delete":     {db.Plugin: db.ActDeletePlugin, db.Theme: db.ActDeleteTheme},
	"ignore":     {db.Plugin: db.ActIgnoreItem, db.Theme: db.ActIgnoreItem},
}

// kindActions are what can be done to all items of a kind on a site.
var kindActions = map[string]db.Action{"ignore_kind": db.ActIgnoreKind, "unignore_kind": db.ActUnignoreKind}

// actOnItem does something to one item of a site, or to the site's flag for a kind.
func (s *Server) actOnItem(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	site, err := s.opt.DB.Site(ctx, v, id)
	if err != nil {
		return err
	}
	do, kind := c.FormValue("do"), db.ItemKind(c.FormValue("kind"))
	if action, ok := kindActions[do]; ok {
		if kind != db.Core && kind != db.Plugin && kind != db.Theme {
			return db.ErrInvalid
		}
		choice := db.Choice{Action: action, Site: id, Kind: kind}
		return s.begin(c, views.ItemTitle(choice, site.SiteRow), []db.Choice{choice})
	}
	action, ok := itemActions[do][kind]
	if !ok {
		return db.ErrInvalid
	}
	form, err := c.FormParams()
	if err != nil {
		return &failure{status: http.StatusBadRequest, text: "The form did not arrive whole. Go back and try again."}
	}
	switch slugs := form["slug"]; {
	case len(slugs) == 0:
		return &failure{status: http.StatusUnprocessableEntity, text: "Nothing is chosen. Go back and tick something first."}
	case len(slugs) > maxChosen:
		return &failure{status: http.StatusRequestEntityTooLarge}
	case len(slugs) > 1:
		return s.actOnItems(c, action, kind, site.SiteRow, slugs)
	}
	item, list, err := s.installed(ctx, v, id, kind, c.FormValue("slug"))
	if err != nil {
		return err
	}
	if why := views.ItemRefusal(action, item, list); why != "" {
		return &failure{status: http.StatusConflict, text: why}
	}
	choice := db.Choice{Action: action, Site: id, Kind: kind, Slug: item.Slug, Name: item.Name, From: item.Version}
	return s.begin(c, views.ItemTitle(choice, site.SiteRow), []db.Choice{choice})
}

// actOnItems opens the review of doing something to several items of a site; it tells of those to which that cannot be done.
func (s *Server) actOnItems(c Context, action db.Action, kind db.ItemKind, site db.SiteRow, slugs []string) error {
	list, err := s.opt.DB.Inventory(c.Request().Context(), who(c).viewer, site.ID, kind)
	if err != nil {
		return err
	}
	var choices []db.Choice
	for _, i := range list {
		if slices.Contains(slugs, i.Slug) {
			choices = append(choices, db.Choice{Action: action, Site: site.ID, Kind: kind, Slug: i.Slug, Name: i.Name, From: i.Version})
		}
	}
	if len(choices) == 0 {
		return db.ErrNotFound
	}
	return s.begin(c, views.SiteItemsTitle(action, len(choices), site), choices)
}

// installed finds an item that the mirror has, and its neighbours; any other slug does not exist. An unknown theme would leave a site blank.
func (s *Server) installed(ctx context.Context, v db.Viewer, site int64, kind db.ItemKind, slug string) (db.Installed, []db.Installed, error) {
	list, err := s.opt.DB.Inventory(ctx, v, site, kind)
	if err != nil {
		return db.Installed{}, nil, err
	}
	for _, i := range list {
		if i.Slug == slug {
			return i, list, nil
		}
	}
	return db.Installed{}, nil, db.ErrNotFound
}
