package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/db"
	"muster/mainwp"
)

// readTags reads the Dashboard's tags and stores them as the mirror does.
func (j *job) readTags(ctx context.Context, t db.Task) (tags []mainwp.Tag, err error) {
	readAt := j.now()
	err = j.call(ctx, t, "GET", "/tags", "read the tags", func(ctx context.Context) (a mainwp.Answer, err error) {
		tags, err = j.client.Tags(ctx)
		return a, err
	})
	if err != nil {
		return nil, err
	}
	list := make([]db.TagWrite, len(tags))
	for i, x := range tags {
		list[i] = db.TagWrite{ID: x.ID, Name: x.Name, Color: x.Color, Sites: x.Sites}
	}
	return tags, j.engine.keep(ctx, "store the tags", func(ctx context.Context) error { return j.mirror.WriteTags(ctx, j.job.ID, readAt, list) })
}

// tagAction adds, changes or removes a tag of the Dashboard.
func (j *job) tagAction(t db.Task) action {
	p := t.Params
	a := action{timeout: j.client.EditTimeout(), method: "POST", path: "/tags/add"}
	has := func(x mainwp.Tag) bool {
		return x.Name == p.Name && (p.Color == "" || strings.EqualFold(x.Color, p.Color)) && (p.ID == 0 || x.ID == p.ID)
	}
	switch t.Action {
	case db.ActAddTag:
		// A second tag of this name would be called "… (1)" (MainWP REST API notes §7).
		a.before = func(ctx context.Context) (*db.Result, error) {
			tags, err := j.readTags(ctx, t)
			if err != nil || !slices.ContainsFunc(tags, func(x mainwp.Tag) bool { return strings.EqualFold(x.Name, p.Name) }) {
				return nil, err
			}
			return already("The Dashboard has a tag of this name already.")
		}
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			added, err := j.client.AddTag(ctx, p.Name, p.Color)
			return added.Answer, "", err
		}
	case db.ActEditTag:
		a.path, a.again = fmt.Sprintf("/tags/%d/edit", p.ID), true
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			answer, err := j.client.EditTag(ctx, p.ID, p.Name, p.Color)
			return answer, "", err
		}
	default:
		a.method, a.path, a.again = "DELETE", fmt.Sprintf("/tags/%d/remove", p.ID), true
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			answer, err := j.client.RemoveTag(ctx, p.ID)
			return answer, "", err
		}
	}
	a.check = func(ctx context.Context) (db.Result, bool, error) {
		tags, err := j.readTags(ctx, t)
		if err != nil {
			return db.Result{}, false, err
		}
		if t.Action == db.ActRemoveTag {
			return db.Result{}, !slices.ContainsFunc(tags, func(x mainwp.Tag) bool { return x.ID == p.ID }), j.listsChanged(ctx)
		}
		return db.Result{}, slices.ContainsFunc(tags, has), j.listsChanged(ctx)
	}
	return a
}

// listsChanged has pages find sites by the new names, and rows that name a client or tag be read again by a full pass.
func (j *job) listsChanged(ctx context.Context) error {
	err := j.engine.keep(ctx, "bring the search up to date", func(ctx context.Context) error { return j.mirror.RefreshSearch(ctx, j.job.ID) })
	if err != nil {
		return err
	}
	if err := j.db.RefreshDashboard(ctx, db.Viewer{Role: db.Owner, All: true}, j.job.ID); err != nil && !hopeless(err) {
		return err
	}
	j.Syncer.Wake()
	return nil
}

// readClients reads the Dashboard's clients and stores them as the mirror does.
func (j *job) readClients(ctx context.Context, t db.Task) (clients []mainwp.ClientRow, err error) {
	var ids []int64
	for page := 1; ; page++ {
		readAt := j.now()
		var rows []mainwp.ClientRow
		last := false
		err = j.call(ctx, t, "GET", fmt.Sprintf("/clients?page=%d", page), "read the clients", func(ctx context.Context) (a mainwp.Answer, err error) {
			rows, last, err = j.client.Clients(ctx, page, clientsPage)
			return a, err
		})
		if err != nil {
			return nil, err
		}
		list := make([]db.ClientWrite, len(rows))
		for i, c := range rows {
			list[i] = clientWrite(c)
			ids = append(ids, c.ID)
		}
		clients = append(clients, rows...)
		if err := j.engine.keep(ctx, "store the clients", func(ctx context.Context) error { return j.mirror.WriteClients(ctx, j.job.ID, readAt, list) }); err != nil {
			return nil, err
		}
		if last {
			return clients, j.engine.keep(ctx, "store the clients", func(ctx context.Context) error { return j.mirror.EndClients(ctx, j.job.ID, ids) })
		}
	}
}

// clientAction adds, changes or removes a client of the agency.
func (j *job) clientAction(t db.Task) action {
	p := t.Params
	edit := clientEdit(p)
	a := action{timeout: j.client.EditTimeout(), method: "POST", path: "/clients/add"}
	switch t.Action {
	case db.ActAddClient:
		// MainWP refuses only an e-mail address twice, not a name (MainWP REST API notes §21.6).
		a.before = func(ctx context.Context) (*db.Result, error) {
			clients, err := j.readClients(ctx, t)
			if err != nil || !slices.ContainsFunc(clients, func(c mainwp.ClientRow) bool { return sameClient(c, edit) }) {
				return nil, err
			}
			return already("The Dashboard has this client already.")
		}
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			added, err := j.client.AddClient(ctx, edit)
			return added.Answer, "", err
		}
	case db.ActEditClient:
		a.path, a.again = fmt.Sprintf("/clients/%d/edit", p.ID), true
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			answer, err := j.client.EditClient(ctx, p.ID, edit)
			return answer, "", err
		}
	default:
		a.method, a.path, a.again = "DELETE", fmt.Sprintf("/clients/%d/remove", p.ID), true
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			answer, err := j.client.RemoveClient(ctx, p.ID)
			return answer, "", err
		}
	}
	a.check = func(ctx context.Context) (db.Result, bool, error) {
		clients, err := j.readClients(ctx, t)
		if err != nil {
			return db.Result{}, false, err
		}
		there := slices.ContainsFunc(clients, func(c mainwp.ClientRow) bool {
			return t.Action == db.ActAddClient && sameClient(c, edit) || t.Action == db.ActEditClient && c.ID == p.ID && carries(c, edit)
		})
		if t.Action == db.ActRemoveClient {
			there = !slices.ContainsFunc(clients, func(c mainwp.ClientRow) bool { return c.ID == p.ID })
		}
		return db.Result{}, there, j.listsChanged(ctx)
	}
	return a
}

func clientEdit(p db.Params) mainwp.ClientEdit {
	f := p.Fields
	return mainwp.ClientEdit{Name: f["name"], Email: f["email"], Phone: f["phone"], Address1: f["address_1"], Address2: f["address_2"], City: f["city"], Zip: f["zip"], State: f["state"],
		Country: f["country"], Note: f["note"], Sites: p.Sites}
}

// sameClient: by e-mail address where there is one, else by name.
func sameClient(c mainwp.ClientRow, e mainwp.ClientEdit) bool {
	if e.Email != "" {
		return strings.EqualFold(c.Email, e.Email)
	}
	return strings.EqualFold(c.Name, e.Name)
}

// carries reports whether a client has what an edit set; what was left blank stays as it was. Notes may be cleaned by MainWP.
func carries(c mainwp.ClientRow, e mainwp.ClientEdit) bool {
	for wanted, has := range map[*string]string{&e.Name: c.Name, &e.Email: c.Email, &e.Phone: c.Phone, &e.Address1: c.Address1, &e.Address2: c.Address2, &e.City: c.City, &e.Zip: c.Zip, &e.State: c.State, &e.Country: c.Country} {
		if *wanted != "" && strings.TrimSpace(*wanted) != strings.TrimSpace(has) {
			return false
		}
	}
	return true
}
