package mainwp

import (
	"context"
	"fmt"
	"html"
	"time"
)

// ClientRow is a client of the agency, as the Dashboard keeps it (API §6).
type ClientRow struct {
	ID       int64
	Name     string
	Email    string
	Phone    string
	Address1 string
	Address2 string
	City     string
	Zip      string
	State    string
	Country  string
	Note     string // may hold HTML

	Facebook, Twitter, Instagram, LinkedIn string

	Created        time.Time
	Status         string // active, suspended, lead, lost; "" unknown
	PrimaryContact int64  // 0: none
}

type clientRow struct {
	ID        flexInt `json:"id"`
	Name      flexStr `json:"name"`
	Email     flexStr `json:"client_email"`
	Phone     flexStr `json:"client_phone"`
	Address1  flexStr `json:"address_1"`
	Address2  flexStr `json:"address_2"`
	City      flexStr `json:"city"`
	Zip       flexStr `json:"zip"`
	State     flexStr `json:"state"`
	Country   flexStr `json:"country"`
	Note      flexStr `json:"note"`
	Facebook  flexStr `json:"client_facebook"`
	Twitter   flexStr `json:"client_twitter"`
	Instagram flexStr `json:"client_instagram"`
	LinkedIn  flexStr `json:"client_linkedin"`
	Created   flexStr `json:"created"`
	Suspended flexStr `json:"suspended"`
	Contact   flexInt `json:"primary_contact_id"`
}

func (r clientRow) client() ClientRow {
	text := func(s flexStr) string { return html.UnescapeString(string(s)) }
	status := map[flexStr]string{"0": "active", "1": "suspended", "2": "lead", "3": "lost"}[r.Suspended]
	return ClientRow{
		ID: r.ID.n, Name: text(r.Name), Email: text(r.Email), Phone: text(r.Phone),
		Address1: text(r.Address1), Address2: text(r.Address2), City: text(r.City), Zip: text(r.Zip),
		State: text(r.State), Country: text(r.Country), Note: string(r.Note),
		Facebook: text(r.Facebook), Twitter: text(r.Twitter), Instagram: text(r.Instagram), LinkedIn: text(r.LinkedIn),
		Created: parseTime(string(r.Created)), Status: status, PrimaryContact: r.Contact.n,
	}
}

// Clients reads one page of GET /clients, ordered by name. last is true when the
// answer holds not exactly perPage rows.
func (c *Client) Clients(ctx context.Context, page, perPage int) (rows []ClientRow, last bool, err error) {
	r := request{op: fmt.Sprintf("read clients page %d", page), path: "/clients", query: pageQuery(page, perPage)}
	if err := readRows(ctx, c, r, func(row clientRow) { rows = append(rows, row.client()) }); err != nil {
		return nil, true, err
	}
	return rows, len(rows) != perPage, nil
}
