package web

import (
	"net/http"
	"net/mail"
	"slices"
	"strconv"

	"muster/db"
	"muster/views"
)

// maxListed is how many sites of a Dashboard a client's form lists; of a larger one it lists the client's own.
const maxListed = 500

// clientToEdit reads the client that the path names, for somebody who sees all of its Dashboard.
func (s *Server) clientToEdit(c Context) (db.Client, string, error) {
	ctx, v := c.Request().Context(), who(c).viewer
	ref := views.ParseRef(c.Param("dashboard") + "." + c.Param("client"))
	client, err := s.opt.DB.Client(ctx, v, ref)
	if err != nil {
		return client, "", err
	}
	if err := whole(v, ref.Dashboard); err != nil {
		return client, "", err
	}
	why, err := s.refusal(ctx, v, ref.Dashboard)
	return client, why, err
}

// listSites fills in the sites that the form can tick, with those of the client ticked.
func (s *Server) listSites(c Context, form *views.ClientForm) error {
	d, err := s.opt.DB.Dashboard(c.Request().Context(), who(c).viewer, form.Dashboard.ID)
	if err != nil {
		return err
	}
	form.Dashboard = d
	client := int64(-1)
	if form.OwnOnly = d.Sites > maxListed; form.OwnOnly {
		client = form.Client.ID
	}
	if form.OwnOnly && form.IsNew() {
		return nil // the sites without a client may be as many
	}
	if form.Sites, err = s.opt.DB.SiteChoices(c.Request().Context(), who(c).viewer, d.ID, client); err != nil {
		return err
	}
	for _, site := range form.Sites {
		if !form.IsNew() && site.ClientID == form.Client.ID {
			form.Chosen = append(form.Chosen, site.RemoteID)
		}
	}
	return nil
}

// presentText is what Muster knows of a client's fields. The parts of its address are not among them.
func presentText(client db.Client) map[string]string {
	return map[string]string{"name": client.Name, "email": client.Email, "phone": client.Phone, "note": plainLines(client.Note)}
}

// readClient reads what was typed into a client's form.
func (t typed) readClient(form *views.ClientForm) error {
	form.Fields = map[string]string{}
	for _, name := range views.ClientFieldNames {
		if name == "note" {
			form.Fields[name] = t.lines(name, maxNote)
		} else {
			form.Fields[name] = t.line(name)
		}
	}
	for name, was := range presentText(form.Client) {
		if name != "name" && was != "" && form.Fields[name] == "" {
			t.errors[name] = "MainWP cannot empty a field from outside. It was: " + cut(was, 200)
		}
	}
	if form.Fields["name"] == "" {
		t.errors["name"] = "Enter the name of the client."
	}
	if email := form.Fields["email"]; email != "" && email != form.Client.Email && t.errors["email"] == "" {
		if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
			t.errors["email"] = "This is not an email address."
		}
	}
	known := make([]int64, len(form.Sites))
	for i, site := range form.Sites {
		known[i] = site.RemoteID
	}
	had := form.Chosen
	var err error
	if form.Chosen, err = t.ids("sites", "One of the ticked sites is not there any more. Look at the sites again.", known); err != nil {
		return err
	}
	if len(had) > 0 && len(form.Chosen) == 0 && t.errors["sites"] == "" {
		t.errors["sites"] = "MainWP cannot take the last site off a client here. Leave one ticked, or choose None as the client on the site’s own page."
	}
	return nil
}

// clientChange is what differs from what Muster knows; MainWP leaves the rest alone. The name is always sent.
func clientChange(form views.ClientForm, had []int64) (p db.Params, changed bool) {
	p = db.Params{ID: form.Client.ID, Fields: map[string]string{"name": form.Fields["name"]}}
	present := presentText(form.Client)
	changed = form.Fields["name"] != present["name"]
	for name, value := range form.Fields {
		if value != "" && value != present[name] {
			p.Fields[name], changed = value, true
		}
	}
	if !sameSet(form.Chosen, had) {
		p.Sites, changed = form.Chosen, true
	}
	return p, changed
}

func (s *Server) showClientForm(c Context, code int, p views.ClientForm) error {
	page, part := both(p, views.ClientFormPage, nil)
	return s.show(c, code, page, part)
}

func (s *Server) addClientForm(c Context) error {
	d, others, err := s.newOn(c, query{c}.id("dashboard"))
	if err != nil {
		return err
	}
	if d.ID == 0 {
		return s.chooseDashboard(c, views.ChooseDashboard{Title: "Add a client", Sub: "To which Dashboard?", Path: "/clients/add", Back: "/clients", Label: "All clients"})
	}
	form := views.ClientForm{Dashboard: d, OtherDashboards: others, Why: views.Refusal(d)}
	if err := s.listSites(c, &form); err != nil {
		return err
	}
	return s.showClientForm(c, http.StatusOK, form)
}

func (s *Server) addClient(c Context) error {
	d, others, err := s.newOn(c, parseID(c.FormValue("dashboard")))
	if err != nil {
		return err
	}
	if d.ID == 0 {
		return db.ErrNotFound
	}
	t := typed{c, views.Errors{}}
	form := views.ClientForm{Dashboard: d, OtherDashboards: others, Why: views.Refusal(d), Errors: t.errors}
	if err := s.listSites(c, &form); err != nil {
		return err
	}
	if err := t.readClient(&form); err != nil {
		return err
	}
	if len(t.errors) > 0 || form.Why != "" {
		return s.showClientForm(c, http.StatusUnprocessableEntity, form)
	}
	params, _ := clientChange(form, nil)
	name := form.Fields["name"]
	return s.startOne(c, named("Add the client", name), db.Choice{Action: db.ActAddClient, Dashboard: d.ID, Name: name, Params: params}, "/clients")
}

func (s *Server) editClientForm(c Context) error {
	client, why, err := s.clientToEdit(c)
	if err != nil {
		return err
	}
	form := views.ClientForm{Client: client, Fields: presentText(client), Why: why}
	form.Dashboard.ID = client.Dashboard
	if err := s.listSites(c, &form); err != nil {
		return err
	}
	return s.showClientForm(c, http.StatusOK, form)
}

func (s *Server) editClient(c Context) error {
	client, why, err := s.clientToEdit(c)
	if err != nil {
		return err
	}
	t := typed{c, views.Errors{}}
	form := views.ClientForm{Client: client, Why: why, Errors: t.errors}
	form.Dashboard.ID = client.Dashboard
	if err := s.listSites(c, &form); err != nil {
		return err
	}
	had := slices.Clone(form.Chosen)
	if err := t.readClient(&form); err != nil {
		return err
	}
	params, changed := clientChange(form, had)
	if !changed && len(t.errors) == 0 && why == "" {
		t.errors[""] = "Nothing is changed yet."
	}
	if len(t.errors) > 0 || why != "" {
		return s.showClientForm(c, http.StatusUnprocessableEntity, form)
	}
	choice := db.Choice{Action: db.ActEditClient, Dashboard: client.Dashboard, Name: form.Fields["name"], Params: params}
	return s.startOne(c, named("Edit the client", client.Name), choice, views.ClientURL(client.Ref))
}

func (s *Server) removeClientForm(c Context) error {
	client, why, err := s.clientToEdit(c)
	if err != nil {
		return err
	}
	return s.showClientRemove(c, http.StatusOK, views.ClientRemove{Client: client, Why: why})
}

func (s *Server) showClientRemove(c Context, code int, p views.ClientRemove) error {
	page, part := both(p, views.ClientRemovePage, nil)
	return s.show(c, code, page, part)
}

// removeClient has MainWP delete a client, once its name has been typed; its sites stay.
func (s *Server) removeClient(c Context) error {
	client, why, err := s.clientToEdit(c)
	if err != nil {
		return err
	}
	form := views.ClientRemove{Client: client, Typed: text(c.FormValue("name")), Why: why, Errors: views.Errors{}}
	if !sameName(form.Typed, text(client.Name)) {
		form.Errors["name"] = "Type the name of the client as it stands below."
	}
	if len(form.Errors) == 0 && why == "" {
		choice := db.Choice{Action: db.ActRemoveClient, Dashboard: client.Dashboard, Name: client.Name, Params: db.Params{ID: client.ID}}
		run, sentence, err := s.startTyped(c, named("Delete the client", client.Name), choice)
		if err != nil {
			return err
		}
		if sentence == "" {
			return done(c, "/clients", views.DoneRun+strconv.FormatInt(run, 10))
		}
		form.Errors[""] = sentence
	}
	return s.showClientRemove(c, http.StatusUnprocessableEntity, form)
}
