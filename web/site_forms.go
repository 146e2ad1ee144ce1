package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"muster/db"
	"muster/views"
)

// siteToEdit reads the site that the path names; one that is gone from its Dashboard cannot be changed.
func (s *Server) siteToEdit(c Context) (db.Site, string, error) {
	ctx, v := c.Request().Context(), who(c).viewer
	id, err := pathID(c, "id")
	if err != nil {
		return db.Site{}, "", err
	}
	site, err := s.opt.DB.Site(ctx, v, id)
	if err != nil {
		return db.Site{}, "", err
	}
	if !site.GoneAt.IsZero() {
		return db.Site{}, "", &failure{status: http.StatusConflict, text: "This site is not on its Dashboard any more, so nothing can be changed there."}
	}
	why, err := s.refusal(ctx, v, site.DashboardID)
	return site, why, err
}

// siteFields reads the tags and clients that a site of a Dashboard can get.
func (s *Server) siteFields(ctx context.Context, v db.Viewer, dashboard int64) (f views.SiteFields, err error) {
	if f.Tags, err = s.opt.DB.TagList(ctx, v, dashboard); err != nil {
		return f, err
	}
	f.Clients, err = s.opt.DB.ClientNames(ctx, v, dashboard)
	return f, err
}

// presentFields are those fields with what a site has. What only its row names, since the lists have not been read, is among the choices:
// sending the form unchanged must not take it away.
func (s *Server) presentFields(ctx context.Context, v db.Viewer, site db.Site) (views.SiteFields, error) {
	f, err := s.siteFields(ctx, v, site.DashboardID)
	if err != nil {
		return f, err
	}
	for _, tag := range site.Tags {
		f.Chosen = append(f.Chosen, tag.ID)
		if !slices.ContainsFunc(f.Tags, func(t db.TagRow) bool { return t.ID == tag.ID }) {
			f.Tags = append(f.Tags, db.TagRow{Tag: tag, DashboardName: site.DashboardName})
		}
	}
	f.ClientID = site.Client.ID
	if f.ClientID != 0 && !slices.ContainsFunc(f.Clients, func(c db.ClientName) bool { return c.ID == f.ClientID }) {
		name := site.ClientName
		if name == "" {
			name = "Client " + strconv.FormatInt(f.ClientID, 10)
		}
		f.Clients = append(f.Clients, db.ClientName{Ref: site.Client, Name: name})
	}
	return f, nil
}

// readSiteFields reads what was chosen of the fields.
func (t typed) readSiteFields(f *views.SiteFields) error {
	known := make([]int64, len(f.Tags))
	for i, tag := range f.Tags {
		known[i] = tag.ID
	}
	var err error
	if f.Chosen, err = t.ids("tags", "One of the ticked tags is not there any more. Look at the tags again.", known); err != nil {
		return err
	}
	client := parseID(t.c.FormValue("client"))
	if client != 0 && !slices.ContainsFunc(f.Clients, func(c db.ClientName) bool { return c.ID == client }) {
		t.errors["client"] = "This client is not there any more. Choose another."
		return nil
	}
	f.ClientID = client
	return nil
}

func (s *Server) editSiteForm(c Context) error {
	site, why, err := s.siteToEdit(c)
	if err != nil {
		return err
	}
	fields, err := s.presentFields(c.Request().Context(), who(c).viewer, site)
	if err != nil {
		return err
	}
	return s.showSiteEdit(c, http.StatusOK, views.SiteEdit{SiteFields: fields, Site: site, Name: site.Name, Why: why})
}

func (s *Server) showSiteEdit(c Context, code int, p views.SiteEdit) error {
	page, part := both(p, views.SiteEditPage, nil)
	return s.show(c, code, page, part)
}

// editSite has MainWP change a site's name, tags and client: those that differ from what Muster has read.
func (s *Server) editSite(c Context) error {
	site, why, err := s.siteToEdit(c)
	if err != nil {
		return err
	}
	present, err := s.presentFields(c.Request().Context(), who(c).viewer, site)
	if err != nil {
		return err
	}
	t := typed{c, views.Errors{}}
	form := views.SiteEdit{SiteFields: present, Site: site, Name: t.line("name"), Why: why, Errors: t.errors}
	if err := t.readSiteFields(&form.SiteFields); err != nil {
		return err
	}
	if form.Name == "" {
		t.errors["name"] = "Enter a name: MainWP cannot leave a site without one."
	}
	if len(present.Chosen) > 0 && len(form.Chosen) == 0 && t.errors["tags"] == "" {
		t.errors["tags"] = "MainWP cannot take the last tag off a site from outside. Leave one ticked, or take it off in MainWP itself."
	}
	change := siteChange(site, present, form)
	if len(t.errors) == 0 && why == "" && change.Name == "" && change.Tags == nil && change.Client == nil {
		t.errors[""] = "Nothing is changed yet."
	}
	if len(t.errors) > 0 || why != "" {
		return s.showSiteEdit(c, http.StatusUnprocessableEntity, form)
	}
	choice := db.Choice{Action: db.ActEditSite, Site: site.ID, Params: change}
	return s.startOne(c, named("Edit", views.SiteName(site.SiteRow)), choice, views.SiteURL(site.ID, ""))
}

// siteChange is what differs from what the site has; the rest is left to MainWP.
func siteChange(site db.Site, present views.SiteFields, form views.SiteEdit) db.Params {
	var p db.Params
	if form.Name != site.Name {
		p.Name = form.Name
	}
	if !sameSet(form.Chosen, present.Chosen) {
		p.Tags = form.Chosen
	}
	if form.ClientID != present.ClientID {
		p.Client = &form.ClientID
	}
	return p
}

func (s *Server) removeSiteForm(c Context) error {
	site, why, err := s.siteToEdit(c)
	if err != nil {
		return err
	}
	return s.showSiteRemove(c, http.StatusOK, views.SiteRemove{Site: site, Why: why})
}

func (s *Server) showSiteRemove(c Context, code int, p views.SiteRemove) error {
	page, part := both(p, views.SiteRemovePage, nil)
	return s.show(c, code, page, part)
}

// removeSite has MainWP remove a site, once its name has been typed.
func (s *Server) removeSite(c Context) error {
	site, why, err := s.siteToEdit(c)
	if err != nil {
		return err
	}
	name := views.SiteName(site.SiteRow)
	form := views.SiteRemove{Site: site, Typed: text(c.FormValue("name")), Why: why, Errors: views.Errors{}}
	if !sameName(form.Typed, text(name)) {
		form.Errors["name"] = "Type the name of the site as it stands below."
	}
	if len(form.Errors) == 0 && why == "" {
		run, sentence, err := s.startTyped(c, named("Remove", name), db.Choice{Action: db.ActRemoveSite, Site: site.ID})
		if err != nil {
			return err
		}
		if sentence == "" {
			return done(c, "/sites", views.DoneRun+strconv.FormatInt(run, 10))
		}
		form.Errors[""] = sentence
	}
	return s.showSiteRemove(c, http.StatusUnprocessableEntity, form)
}

func (s *Server) addSiteForm(c Context) error {
	d, others, err := s.newOn(c, query{c}.id("dashboard"))
	if err != nil {
		return err
	}
	if d.ID == 0 {
		return s.chooseDashboard(c, views.ChooseDashboard{Title: "Add a site", Sub: "To which Dashboard?", Path: "/sites/add", Back: "/sites", Label: "Sites"})
	}
	fields, err := s.siteFields(c.Request().Context(), who(c).viewer, d.ID)
	if err != nil {
		return err
	}
	return s.showSiteAdd(c, http.StatusOK, prefilled(query{c}, views.SiteAdd{SiteFields: fields, Dashboard: d, OtherDashboards: others, Why: views.Refusal(d)}))
}

// prefilled is the form with what an address says of the site, as the page of a run that could not add it does.
func prefilled(q query, p views.SiteAdd) views.SiteAdd {
	p.URL, p.Name, p.Admin, p.Verify = q.text("url"), q.text("name"), q.text("admin"), q.one("verify", "0", "1")
	if id := q.id("client"); slices.ContainsFunc(p.Clients, func(c db.ClientName) bool { return c.ID == id }) {
		p.ClientID = id
	}
	for _, value := range strings.Split(q.text("tags"), ",") {
		if id := parseID(value); slices.ContainsFunc(p.Tags, func(t db.TagRow) bool { return t.ID == id }) {
			p.Chosen = append(p.Chosen, id)
		}
	}
	return p
}

func (s *Server) showSiteAdd(c Context, code int, p views.SiteAdd) error {
	page, part := both(p, views.SiteAddPage, nil)
	return s.show(c, code, page, part)
}

// addSite has MainWP connect a site. The password of its administrator goes to the engine's memory and nowhere else: no row, no log and no
// page holds it.
func (s *Server) addSite(c Context) error {
	d, others, err := s.newOn(c, parseID(c.FormValue("dashboard")))
	if err != nil {
		return err
	}
	if d.ID == 0 {
		return db.ErrNotFound
	}
	form, password, err := s.readSiteAdd(c, d)
	if err != nil {
		return err
	}
	form.OtherDashboards = others
	if len(form.Errors) > 0 || form.Why != "" {
		return s.showSiteAdd(c, http.StatusUnprocessableEntity, form)
	}
	run, err := s.startWithPassword(c, form, password)
	if err != nil {
		return err
	}
	return redirect(c, views.RunURL(run, ""))
}

// readSiteAdd reads the form; its error is no sentence for people.
func (s *Server) readSiteAdd(c Context, d db.Dashboard) (views.SiteAdd, string, error) {
	ctx, v := c.Request().Context(), who(c).viewer
	t := typed{c, views.Errors{}}
	form := views.SiteAdd{
		Dashboard: d, URL: t.line("url"), Name: t.line("name"), Admin: t.line("admin"), Unique: t.line("unique"), Verify: c.FormValue("verify"),
		Why: views.Refusal(d), Errors: t.errors,
	}
	var err error
	if form.SiteFields, err = s.siteFields(ctx, v, d.ID); err != nil {
		return form, "", err
	}
	if err := t.readSiteFields(&form.SiteFields); err != nil {
		return form, "", err
	}
	if address, sentence := siteAddress(form.URL); sentence != "" {
		t.errors["url"] = sentence
	} else if t.errors["url"] == "" {
		form.URL = address
		there, err := s.opt.DB.SitesAt(ctx, v, d.ID, address)
		if err != nil {
			return form, "", err
		}
		if len(there) > 0 {
			t.errors["url"] = "This address is on this Dashboard already, as “" + cut(there[0].Name, 80) + "”."
		}
	}
	if form.Admin == "" {
		t.errors["admin"] = "Enter the login of an administrator of the site."
	}
	if form.Verify != "" && form.Verify != "0" && form.Verify != "1" {
		t.errors["verify"] = "Choose one of the three."
	}
	password := c.FormValue("password")
	switch {
	case password == "":
		t.errors["password"] = "Enter the password: MainWP needs it once, to connect."
	case len(password) > maxLine*4:
		t.errors["password"] = "This is longer than any password that WordPress takes."
	case len(t.errors) > 0:
		t.errors["password"] = "Enter the password again: Muster keeps it nowhere."
	}
	return form, password, nil
}

// startWithPassword starts the run and hands the password to the engine, before it is told to look.
func (s *Server) startWithPassword(c Context, form views.SiteAdd, password string) (int64, error) {
	ctx, v := c.Request().Context(), who(c).viewer
	p := db.Params{URL: form.URL, Name: form.Name, Admin: form.Admin, Tags: form.Chosen, Client: &form.ClientID}
	if form.Verify != "" {
		verify := form.Verify == "1"
		p.VerifyCertificate = &verify
	}
	name := form.Name
	if name == "" {
		_, name, _ = strings.Cut(strings.TrimSuffix(form.URL, "/"), "://")
	}
	choice := db.Choice{Action: db.ActAddSite, Dashboard: form.Dashboard.ID, Name: name, Params: p}
	run, err := s.opt.DB.StartActions(ctx, v, named("Add the site", name), []db.Choice{choice})
	if err != nil {
		return 0, fmt.Errorf("start a run: %w", err)
	}
	tasks, _, err := s.opt.DB.Tasks(ctx, v, run, db.TaskFilter{Paging: db.Paging{Page: 1, PerPage: 1}})
	if err != nil {
		return 0, fmt.Errorf("find the task of a run: %w", err)
	}
	for _, task := range tasks {
		if task.State == db.TaskQueued {
			s.opt.Engine.Password(task.ID, password, form.Unique)
		}
	}
	s.stir(run)
	return run, nil
}

// siteAddress cleans the address of a site: https where no scheme is typed. What cannot be one has a sentence.
func siteAddress(typed string) (address, sentence string) {
	if typed == "" {
		return "", "Enter the address of the site."
	}
	if !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	u, err := url.Parse(typed)
	switch {
	case err != nil, u.Hostname() == "", strings.ContainsAny(typed, " \\"):
		return "", "This is not an address. Write it like https://www.example.com."
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "The address has to begin with https:// or http://."
	case u.User != nil:
		return "", "Leave login and password out of the address: they have fields of their own."
	case u.RawQuery != "" || u.Fragment != "":
		return "", "Leave out everything from ? or # on."
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/wp-admin")
	u.RawPath = ""
	return u.String() + "/", ""
}
