package views

import (
	"slices"
	"strings"

	"muster/db"
)

// ClientForm is the form of a client; a zero Client is a new one. Fields are as typed, by the names of ClientFieldNames.
type ClientForm struct {
	Dashboard       db.Dashboard
	Client          db.Client
	Fields          map[string]string
	Sites           []db.SiteChoice // what can be ticked
	Chosen          []int64         // MainWP's ids of Sites
	OwnOnly         bool            // the Dashboard has too many sites: Sites are the client's own
	Why             string
	Errors          Errors
	OtherDashboards bool
}

// ClientRemove asks before a client is deleted.
type ClientRemove struct {
	Client db.Client
	Typed  string
	Why    string
	Errors Errors
}

// ClientFieldNames are the fields of a client that Muster sends, in the order of the form.
var ClientFieldNames = []string{"name", "email", "phone", "address_1", "address_2", "zip", "city", "state", "country", "note"}

// IsNew reports whether the form is for a client that does not exist yet.
func (p ClientForm) IsNew() bool { return p.Client.ID == 0 }

// address is where the form is sent to.
func (p ClientForm) address() string {
	if p.IsNew() {
		return "/clients/add"
	}
	return EditClientURL(p.Client.Ref, "edit")
}

// back is the page that the form came from.
func (p ClientForm) back() string {
	if p.IsNew() {
		return "/clients"
	}
	return ClientURL(p.Client.Ref)
}

// EditClientURL is the address of a page about changing a client: "edit" or "remove".
func EditClientURL(r db.Ref, what string) string { return ClientURL(r) + "/" + what }

// addressHint says what MainWP has: the mirror keeps the lines of an address, not which field each came from.
func (p ClientForm) addressHint() string {
	lines := strings.FieldsFunc(p.Client.Address, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) == 0 {
		return ""
	}
	return "MainWP has: " + strings.Join(lines, ", ") + ". Fill in only what changes; the rest stays."
}

func (p ClientForm) sitesHint() string {
	switch {
	case p.OwnOnly && p.IsNew():
		return "This Dashboard has too many sites to list here. Choose the client on the page of each site."
	case p.OwnOnly:
		return "These are the client’s own. This Dashboard has too many to list them all: choose the client on the page of each other site."
	case len(p.Sites) == 0:
		return "This Dashboard has no sites."
	}
	return "A site has one client: a ticked one leaves the client it has now."
}

func (p ClientForm) siteChecks() []checkRow {
	out := make([]checkRow, len(p.Sites))
	for i, site := range p.Sites {
		row := checkRow{id: site.RemoteID, label: siteName(site.Name, site.URL), on: slices.Contains(p.Chosen, site.RemoteID)}
		if site.ClientID != 0 && site.ClientID != p.Client.ID && site.ClientName != "" {
			row.note = "now of " + site.ClientName
		}
		out[i] = row
	}
	// Those of the client stand first: in a long list nobody would find them.
	slices.SortStableFunc(out, func(a, b checkRow) int {
		switch {
		case a.on == b.on:
			return 0
		case a.on:
			return -1
		}
		return 1
	})
	return out
}

func (p ClientRemove) staying() string {
	switch p.Client.Sites {
	case 0:
		return "all sites; none has this client."
	case 1:
		return "the site itself. It has no client then."
	}
	return "the " + number(p.Client.Sites) + " sites themselves. They have no client then."
}
