package mainwptest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

func (d *Dashboard) client(q query) *Client {
	for _, c := range d.clients {
		if itoa(c.ID) == q.id || c.Email != "" && c.Email == q.id {
			return c
		}
	}
	return nil
}

// brief is a client without note, social addresses and primary contact.
func (c *Client) brief() obj {
	return obj{
		{"id", itoa(c.ID)}, {"name", c.Name}, {"address_1", c.Address}, {"address_2", c.Address2}, {"city", c.City}, {"zip", c.Zip}, {"state", c.State}, {"country", c.Country},
		{"client_email", c.Email}, {"client_phone", c.Phone}, {"created", stamp(c.Created)}, {"suspended", strconv.Itoa(c.Status)},
	}
}

func refused(reason string) answer { return ok(obj{{"success", 0}, {"error", reason}}) }

// apply takes over the fields that are not empty: MainWP drops blanks, so no field can be emptied.
func (c *Client) apply(q query) {
	for name, into := range map[string]*string{
		"name": &c.Name, "client_email": &c.Email, "client_phone": &c.Phone, "address_1": &c.Address, "address_2": &c.Address2, "city": &c.City, "zip": &c.Zip,
		"state": &c.State, "country": &c.Country, "note": &c.Note,
	} {
		if v := q.Get(name); v != "" && v != "0" {
			*into = v
		}
	}
	if status := q.int("suspended"); status > 0 {
		c.Status = status
	}
}

// assign replaces the sites of a client; nothing given leaves them as they are.
func (d *Dashboard) assign(c *Client, q query) {
	chosen := q.ids("selected_sites")
	for id, s := range d.sites {
		switch {
		case len(chosen) == 0:
		case chosen[id]:
			s.ClientID = c.ID
		case s.ClientID == c.ID:
			s.ClientID = 0
		}
	}
}

func (d *Dashboard) withSites(message string, c *Client) answer {
	var ids []string
	for _, id := range d.order {
		if d.sites[id].ClientID == c.ID {
			ids = append(ids, itoa(id))
		}
	}
	var selected any
	if len(ids) > 0 {
		selected = strings.Join(ids, ",")
	}
	return ok(obj{{"success", 1}, {"message", message}, {"data", append(c.brief(), field{"selected_sites", selected})}})
}

// emailTaken says that another client has the address.
func (d *Dashboard) emailTaken(email string, but int64) bool {
	return email != "" && slices.ContainsFunc(d.clients, func(c *Client) bool { return c.Email == email && c.ID != but })
}

func (d *Dashboard) addClient(q query) answer {
	switch {
	case q.Get("name") == "":
		return refused("Client name field is required! Please enter a Client name.")
	case d.emailTaken(q.Get("client_email"), 0):
		return refused("Client email exists. Please try again.")
	}
	c := &Client{Created: d.now().Truncate(time.Second)}
	for _, other := range d.clients {
		d.lastClient = max(d.lastClient, other.ID)
	}
	d.lastClient++
	c.ID = d.lastClient
	c.apply(q)
	d.clients = append(d.clients, c)
	d.assign(c, q)
	return d.withSites("Client created Successfully.", c)
}

func (d *Dashboard) editClient(q query) answer {
	c := d.client(q)
	switch {
	case c == nil:
		return notFound("client")
	case d.emailTaken(q.Get("client_email"), c.ID):
		return refused("Client email exists. Please try again.")
	}
	c.apply(q)
	d.assign(c, q)
	return d.withSites("Client updated Successfully.", c)
}

func (d *Dashboard) removeClient(q query) answer {
	c := d.client(q)
	if c == nil {
		return notFound("client")
	}
	for _, other := range d.clients {
		d.lastClient = max(d.lastClient, other.ID)
	}
	d.clients = slices.DeleteFunc(slices.Clone(d.clients), func(other *Client) bool { return other == c })
	for _, s := range d.sites {
		if s.ClientID == c.ID {
			s.ClientID = 0
		}
	}
	return ok(obj{{"success", 1}, {"message", "Client deleted successfully"}, {"data", c.brief()}})
}

func (d *Dashboard) suspendClient(q query) answer   { return d.setClient(q, 1, "suspended") }
func (d *Dashboard) unsuspendClient(q query) answer { return d.setClient(q, 0, "unsuspended") }

// setClient changes the client's row only; its sites are not suspended.
func (d *Dashboard) setClient(q query, status int, word string) answer {
	c := d.client(q)
	if c == nil {
		return notFound("client")
	}
	c.Status = status
	return ok(obj{{"success", 1}, {"message", "Client " + word + " successfully."}, {"data", c.brief()}})
}

func (d *Dashboard) tag(q query) *Tag {
	for _, t := range d.tags {
		if itoa(t.ID) == q.id {
			return t
		}
	}
	return nil
}

// freeTagName is the name itself, or with " (1)" and so on where another tag has it.
func (d *Dashboard) freeTagName(name string, but int64) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(d.tags, func(t *Tag) bool { return t.Name == n && t.ID != but })
	}
	free := name
	for n := 1; name != "" && taken(free); n++ {
		free = name + " (" + strconv.Itoa(n) + ")"
	}
	return free
}

func (d *Dashboard) addTag(q query) answer {
	if q.Get("name") == "" {
		return refused("Add tag failed. Please try again.")
	}
	t := &Tag{Name: d.freeTagName(q.Get("name"), 0), Color: q.Get("color")}
	for _, other := range d.tags {
		d.lastTag = max(d.lastTag, other.ID)
	}
	d.lastTag++
	t.ID = d.lastTag
	d.tags = append(d.tags, t)
	return ok(obj{{"success", 1}, {"message", "Tag created successfully."}, {"data", t.row(nil)}})
}

// notCounted is a tag's row as edit and remove answer it: its sites were not loaded.
func (t *Tag) notCounted() obj {
	return obj{{"id", itoa(t.ID)}, {"name", t.Name}, {"color", t.Color}, {"count_sites", ""}, {"sites_ids", ""}}
}

// editTag blanks a name that is not sent.
func (d *Dashboard) editTag(q query) answer {
	t := d.tag(q)
	if t == nil {
		return notFound("tag")
	}
	t.Name = d.freeTagName(q.Get("name"), t.ID)
	if q.Has("color") {
		t.Color = q.Get("color")
	}
	return ok(obj{{"success", 1}, {"message", "Tag updated successfully."}, {"data", t.notCounted()}})
}

func (d *Dashboard) removeTag(q query) answer {
	t := d.tag(q)
	if t == nil {
		return notFound("tag")
	}
	d.lastTag = max(d.lastTag, t.ID)
	d.tags = slices.DeleteFunc(slices.Clone(d.tags), func(other *Tag) bool { return other == t })
	for _, s := range d.sites {
		s.TagIDs = slices.DeleteFunc(slices.Clone(s.TagIDs), func(id int64) bool { return id == t.ID })
	}
	return ok(obj{{"success", 1}, {"message", "Tag deleted successfully."}, {"data", t.notCounted()}})
}
