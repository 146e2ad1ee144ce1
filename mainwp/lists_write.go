package mainwp

import (
	"context"
	"fmt"
	"net/http"
)

// Added is what adding a client or tag came back with.
type Added struct {
	Answer
	ID int64
}

// add calls r, a request with this answer, and reads the id of what was added.
func (c *Client) add(ctx context.Context, op, path string, p params) (Added, error) {
	var added Added
	err := c.call(ctx, c.edit(op, path, &added.Answer, p), func(body []byte) error {
		e, err := openEnvelope(body)
		if err != nil {
			return err
		}
		if added.ID = dataID(e.data); added.ID == 0 {
			return shapeError("the answer has no id")
		}
		return nil
	})
	if err != nil {
		return Added{}, err
	}
	return added, nil
}

// change is an edit that only says whether it was done.
func (c *Client) change(ctx context.Context, op, path string, p params) (Answer, error) {
	var answer Answer
	err := c.call(ctx, c.edit(op, path, &answer, p), accepted)
	return answer, err
}

func (c *Client) remove(ctx context.Context, op, path string) (Answer, error) {
	var answer Answer
	r := c.edit(op, path, &answer, nil)
	r.method = http.MethodDelete
	err := c.call(ctx, r, accepted)
	return answer, err
}

// ClientEdit is what a client gets. A field that is "" is not sent: MainWP drops
// blank ones, so that none can be emptied (API §6). Sites, unless nil, replaces
// the client's sites and cannot be emptied: EditSite takes a site off a client.
type ClientEdit struct {
	Name, Email, Phone, Address1, Address2, City, Zip, State, Country, Note string

	Sites []int64
}

func (e ClientEdit) params() params {
	p := params{}
	p.setText("name", e.Name)
	p.setText("client_email", e.Email)
	p.setText("client_phone", e.Phone)
	p.setText("address_1", e.Address1)
	p.setText("address_2", e.Address2)
	p.setText("city", e.City)
	p.setText("zip", e.Zip)
	p.setText("state", e.State)
	p.setText("country", e.Country)
	p.setText("note", e.Note)
	if len(e.Sites) > 0 {
		p["selected_sites"] = e.Sites
	}
	return p
}

// AddClient adds a client. An e-mail address that another client has is an Error
// of KindRefused; without one, a second call adds a second client.
func (c *Client) AddClient(ctx context.Context, e ClientEdit) (Added, error) {
	if e.Name == "" {
		return Added{}, sentence("Enter the client's name.")
	}
	return c.add(ctx, "add a client", "/clients/add", e.params())
}

// EditClient changes what e names of a client.
func (c *Client) EditClient(ctx context.Context, id int64, e ClientEdit) (Answer, error) {
	if e.Sites != nil && len(e.Sites) == 0 {
		return Answer{}, sentence("Leave at least one site, or take the client off each site: MainWP cannot empty the list here.")
	}
	return c.change(ctx, fmt.Sprintf("edit client %d", id), fmt.Sprintf("/clients/%d/edit", id), e.params())
}

// RemoveClient deletes a client. One that is gone is an Error of KindNotFound.
func (c *Client) RemoveClient(ctx context.Context, id int64) (Answer, error) {
	return c.remove(ctx, fmt.Sprintf("remove client %d", id), fmt.Sprintf("/clients/%d/remove", id))
}

// SuspendClient suspends a client; its sites stay as they are.
func (c *Client) SuspendClient(ctx context.Context, id int64) (Answer, error) {
	return c.change(ctx, fmt.Sprintf("suspend client %d", id), fmt.Sprintf("/clients/%d/suspend", id), nil)
}

// UnsuspendClient makes a client active again.
func (c *Client) UnsuspendClient(ctx context.Context, id int64) (Answer, error) {
	return c.change(ctx, fmt.Sprintf("unsuspend client %d", id), fmt.Sprintf("/clients/%d/unsuspend", id), nil)
}

// AddTag adds a tag; color is "#rrggbb" or "". A name that is taken is no error:
// MainWP adds " (1)" to it, so the caller looks first (API §7).
func (c *Client) AddTag(ctx context.Context, name, color string) (Added, error) {
	p, err := tagParams(name, color)
	if err != nil {
		return Added{}, err
	}
	return c.add(ctx, "add a tag", "/tags/add", p)
}

// EditTag sets name and color of a tag; what is left out MainWP empties, so the
// caller sends both.
func (c *Client) EditTag(ctx context.Context, id int64, name, color string) (Answer, error) {
	p, err := tagParams(name, color)
	if err != nil {
		return Answer{}, err
	}
	return c.change(ctx, fmt.Sprintf("edit tag %d", id), fmt.Sprintf("/tags/%d/edit", id), p)
}

func tagParams(name, color string) (params, error) {
	if name == "" {
		return nil, sentence("Enter the tag's name.")
	}
	p := params{"name": name}
	p.setText("color", color)
	return p, nil
}

// RemoveTag deletes a tag. One that is gone is an Error of KindNotFound.
func (c *Client) RemoveTag(ctx context.Context, id int64) (Answer, error) {
	return c.remove(ctx, fmt.Sprintf("remove tag %d", id), fmt.Sprintf("/tags/%d/remove", id))
}
