package mainwp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// SiteEdit is what changes of a site; nil leaves a thing as it is.
type SiteEdit struct {
	ClientID int64   // always sent: without it MainWP takes the site's client away; 0: no client
	Name     *string // cannot be emptied
	Tags     []int64 // replaces all; cannot be emptied

	IgnoreCore, IgnorePlugins, IgnoreThemes *bool // the flags of IgnoreKind
}

// EditSite changes a site in the Dashboard's database (API §4.7). The caller
// reads the client just before with SiteClient. Unknown tags would wipe the old
// ones, so the caller checks them too. What cannot be emptied is a FormError.
func (c *Client) EditSite(ctx context.Context, site int64, e SiteEdit) (Answer, error) {
	p := params{"client_id": e.ClientID}
	if e.Name != nil {
		if *e.Name == "" {
			return Answer{}, sentence("Enter a name: MainWP cannot leave a site without one.")
		}
		p["name"] = *e.Name
	}
	if e.Tags != nil {
		if len(e.Tags) == 0 {
			return Answer{}, sentence("Leave at least one tag: MainWP cannot take the last tag off a site.")
		}
		p["groupids"] = idList(e.Tags)
	}
	p.setFlag("ignore_core_updates", e.IgnoreCore)
	p.setFlag("ignore_plugin_updates", e.IgnorePlugins)
	p.setFlag("ignore_theme_updates", e.IgnoreThemes)
	var answer Answer
	err := c.call(ctx, c.edit(fmt.Sprintf("edit site %d", site), fmt.Sprintf("/sites/%d/edit", site), &answer, p), accepted)
	return answer, err
}

// SiteClient reads the id of a site's client from GET /sites/basic, 0 without
// one. A site that is not listed is an Error of KindNotFound; a row that says
// nothing about a client is one of KindShape, never "no client": an edit sent on
// that would take the client away.
func (c *Client) SiteClient(ctx context.Context, site int64) (clientID int64, err error) {
	type row struct {
		ID       flexInt `json:"id"`
		ClientID flexInt `json:"client_id"`
	}
	op := fmt.Sprintf("read the client of site %d", site)
	query := url.Values{"include": {strconv.FormatInt(site, 10)}}
	found, told := false, false
	err = readRows(ctx, c, request{op: op, path: "/sites/basic", query: query}, func(r row) {
		if r.ID.n == site {
			found, clientID, told = true, r.ClientID.n, r.ClientID.set
		}
	})
	if err == nil && !found {
		err = &Error{Kind: KindNotFound, Op: op, Method: http.MethodGet, Path: "/sites/basic", Message: "the Dashboard has no such site"}
	} else if err == nil && !told {
		err = &Error{Kind: KindShape, Op: op, Method: http.MethodGet, Path: "/sites/basic", Message: "the answer does not say which client the site has"}
	}
	return clientID, err
}

// Site reads one site with GET /sites?include=, which has the same shape
// everywhere (API §21.8); false when the Dashboard does not have it.
func (c *Client) Site(ctx context.Context, id int64) (Site, bool, error) {
	rows, err := c.SitesInclude(ctx, id)
	if err != nil {
		return Site{}, false, err
	}
	for _, row := range rows {
		if row.ID == id {
			site, err := row.Decode()
			return site, err == nil, err
		}
	}
	return Site{}, false, nil
}

// NewSite is a site to connect. The password is the one of the site's admin.
type NewSite struct {
	URL, Name, Admin  string // Name "": MainWP takes the host
	Password          Secret
	UniqueID          string // the child's unique security id, "" for none
	VerifyCertificate *bool  // nil: as the Dashboard does
	Tags              []int64
	ClientID          int64 // 0: none
}

// AddedSite is what adding came to: ID, or else a Failure.
type AddedSite struct {
	Answer
	ID      int64
	FoundID int64  // the site with this address that is connected already, 0 none
	Failure string // the reason as text; MainWP gives the same one for a wrong password as for a site of another Dashboard
}

// AddSite connects a site: the Dashboard registers with it and syncs (API §4.7).
// That MainWP did not do it is no error but a Failure. The password goes into the
// body of the request and nowhere else.
func (c *Client) AddSite(ctx context.Context, s NewSite) (AddedSite, error) {
	if s.URL == "" || s.Admin == "" {
		return AddedSite{}, sentence("Enter the site's address and the name of its administrator.")
	}
	var added AddedSite
	p := params{"url": s.URL, "admin": s.Admin, "adminname": s.Admin}
	p.setText("name", s.Name)
	p.setText("adminpassword", s.Password.reveal())
	p.setText("uniqueid", s.UniqueID)
	p.setText("groupids", idList(s.Tags))
	p.setFlag("ssl_verify", s.VerifyCertificate)
	if s.ClientID != 0 {
		p["client_id"] = s.ClientID
	}
	r := c.action("add a site", http.MethodPost, "/sites/add", &added.Answer)
	r.params, r.secrets = p, []string{s.Password.reveal(), s.UniqueID}
	err := c.call(ctx, r, func(body []byte) error {
		e, err := readEnvelope(body)
		if err != nil {
			return err
		}
		added.ID, added.FoundID = dataID(e.data), e.foundID.n
		switch {
		case !e.success.set, e.success.n != 0 && added.ID == 0:
			return shapeError("the answer has no site")
		case e.success.n == 0:
			added.ID, added.Failure = 0, c.foreignText(r, e.message)
		}
		return nil
	})
	if err != nil {
		return AddedSite{}, err
	}
	return added, nil
}

// dataID is the id of the one row in data, 0 without one.
func dataID(data []byte) int64 {
	var row struct {
		ID flexInt `json:"id"`
	}
	if len(data) == 0 || data[0] != '{' || json.Unmarshal(data, &row) != nil {
		return 0
	}
	return row.ID.n
}

// Removed is what removing a site came to.
type Removed struct {
	Answer
	Success bool   // false can still mean that it is gone: read SitesBasic
	Failure string // the reason as text
}

// RemoveSite takes a site off the Dashboard, after asking it to switch off its
// MainWP Child (API §4.7). A site that is gone already is an Error of KindNotFound.
func (c *Client) RemoveSite(ctx context.Context, site int64) (Removed, error) {
	var removed Removed
	r := c.action(fmt.Sprintf("remove site %d", site), http.MethodDelete, fmt.Sprintf("/sites/%d/remove", site), &removed.Answer)
	err := c.call(ctx, r, func(body []byte) error {
		e, err := readEnvelope(body)
		if err != nil {
			return err
		}
		if !e.success.set {
			return shapeError("the answer does not say whether it was done")
		}
		if removed.Success = e.success.n != 0; !removed.Success {
			removed.Failure = c.foreignText(r, e.message)
		}
		return nil
	})
	if err != nil {
		return Removed{}, err
	}
	return removed, nil
}
