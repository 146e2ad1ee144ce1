package mainwptest

import (
	"cmp"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// makeClient adds the company behind a business and gives its id.
func (d *Dashboard) makeClient(b business) int64 {
	c := &Client{ID: int64(len(d.clients) + 1), Name: b.name, Email: "office@" + b.host, City: b.city}
	if form := pick(d.rng, nameForm); form != "" {
		c.Name += " " + form
	}
	c.Created = d.now().AddDate(0, 0, -30-d.rng.IntN(2000)).Truncate(time.Second)
	if d.rng.IntN(2) == 0 {
		c.Phone = fmt.Sprintf("+49 555 %06d", d.rng.IntN(1_000_000))
		c.Address, c.Zip, c.Country = fmt.Sprintf("Main Street %d", 1+d.rng.IntN(120)), fmt.Sprintf("%05d", 10_000+d.rng.IntN(80_000)), "Germany"
	}
	if d.rng.IntN(10) == 0 {
		c.Note = "<p>Pays by quarter.</p>\n<p>Contract runs until spring.</p>"
	}
	if c.ID%43 == 21 {
		c.Status = 1 + d.rng.IntN(3)
	}
	d.clients = append(d.clients, c)
	return c.ID
}

// clientShortName is a client's name without its legal form.
func clientShortName(c *Client) string {
	for _, form := range nameForm {
		if form != "" && strings.HasSuffix(c.Name, " "+form) {
			return strings.TrimSuffix(c.Name, " "+form)
		}
	}
	return c.Name
}

func (d *Dashboard) makeCosts() {
	products := []struct{ name, slug, price, renewal, license string }{
		{"Elementor Pro Agency", "elementor-pro", "399.00000000", "yearly", "multi_site"},
		{"WP Rocket Infinite", "wp-rocket", "299.00000000", "yearly", "multi_site"},
		{"Gravity Forms Elite", "gravityforms", "259.00000000", "yearly", "multi_site"},
		{"Managed hosting", "", "89.90000000", "monthly", "multi_site"},
		{"Divi lifetime", "divi", "249.00000000", "disabled", "multi_site"},
	}
	if len(d.order) == 0 {
		return
	}
	for i, p := range products {
		c := &Cost{ID: int64(i + 1), Name: p.name, Type: "subscription", ProductType: "plugin", Slug: p.slug, LicenseType: p.license, Status: "active", PaymentMethod: "paypal", Price: p.price, RenewalType: p.renewal}
		today := d.now().UTC().Truncate(24 * time.Hour)
		c.LastRenewal = today.AddDate(0, 0, -d.rng.IntN(25)-1)
		c.NextRenewal = c.LastRenewal.AddDate(1, 0, 0)
		switch p.renewal {
		case "monthly":
			c.NextRenewal, c.ProductType = c.LastRenewal.AddDate(0, 1, 0), "hosting"
		case "disabled":
			c.Type, c.RenewalType, c.NextRenewal = "lifetime", "", time.Time{}
		}
		for range 1 + d.rng.IntN(6) {
			c.Sites = append(c.Sites, d.order[d.rng.IntN(len(d.order))])
		}
		slices.Sort(c.Sites)
		c.Sites = slices.Compact(c.Sites)
		if i == 3 {
			c.Tags, c.Sites = []int64{2}, nil
		}
		d.costs = append(d.costs, c)
	}
}

func (d *Dashboard) serveClients(q query) answer {
	rows := slices.Clone(d.clients)
	slices.SortFunc(rows, func(a, b *Client) int { return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	admits := q.admits()
	rows = slices.DeleteFunc(rows, func(c *Client) bool {
		return !admits(c.ID) || !q.matches(c.Name, c.Email) || d.active.Empty
	})
	rows = page(rows, q)
	data := make(list, 0, len(rows))
	for _, c := range rows {
		data = append(data, c.row())
	}
	return ok(obj{{"success", 1}, {"total", len(rows)}, {"data", data}})
}

func (c *Client) row() obj {
	return obj{
		{"id", itoa(c.ID)}, {"name", c.Name}, {"address_1", c.Address}, {"address_2", c.Address2}, {"city", c.City}, {"zip", c.Zip}, {"state", c.State}, {"country", c.Country},
		{"note", c.Note}, {"client_email", c.Email}, {"client_phone", c.Phone}, {"client_facebook", ""}, {"client_twitter", ""}, {"client_instagram", ""}, {"client_linkedin", ""},
		{"created", stamp(c.Created)}, {"suspended", strconv.Itoa(c.Status)}, {"primary_contact_id", "0"},
	}
}

func (d *Dashboard) serveClient(q query) answer {
	if c := d.client(q); c != nil {
		return ok(obj{{"success", 1}, {"data", c.brief()}})
	}
	return notFound("client")
}

func (d *Dashboard) serveClientsCount(query) answer {
	return ok(obj{{"success", 1}, {"total", strconv.Itoa(len(d.clients))}})
}

// serveTags answers GET /tags: a map ordered by name.
func (d *Dashboard) serveTags(q query) answer {
	rows := slices.Clone(d.tags)
	slices.SortFunc(rows, func(a, b *Tag) int { return strings.Compare(a.Name, b.Name) })
	admits := q.admits()
	rows = slices.DeleteFunc(rows, func(t *Tag) bool { return !admits(t.ID) || !q.matches(t.Name) || d.active.Empty })
	rows = page(rows, q)
	members := d.tagMembers()
	var data obj
	for _, t := range rows {
		data = append(data, field{itoa(t.ID), t.row(members[t.ID])})
	}
	return ok(obj{{"success", 1}, {"total", len(rows)}, {"data", data}})
}

func (d *Dashboard) serveTag(q query) answer {
	if t := d.tag(q); t != nil {
		return ok(obj{{"success", 1}, {"data", t.row(d.tagMembers()[t.ID])}})
	}
	return notFound("tag")
}

func (d *Dashboard) tagMembers() map[int64][]string {
	members := map[int64][]string{}
	for _, id := range d.siteIDs() {
		for _, tag := range d.sites[id].TagIDs {
			members[tag] = append(members[tag], itoa(id))
		}
	}
	return members
}

// row cuts the list of sites at 1024 bytes, as MySQL's GROUP_CONCAT does by default (MainWP REST API notes §7).
func (t *Tag) row(members []string) obj {
	var sites any
	if len(members) > 0 {
		ids := strings.Join(members, ",")
		sites = ids[:min(len(ids), 1024)]
	}
	return obj{{"id", itoa(t.ID)}, {"name", t.Name}, {"color", t.Color}, {"count_sites", strconv.Itoa(len(members))}, {"sites_ids", sites}}
}

func (d *Dashboard) serveCosts(q query) answer {
	admits := q.admits()
	rows := slices.DeleteFunc(slices.Clone(d.costs), func(c *Cost) bool {
		return !admits(c.ID) || !q.matches(c.Name) || d.active.Empty
	})
	rows = page(rows, q)
	var data obj
	for _, c := range rows {
		data = append(data, field{itoa(c.ID), c.row()})
	}
	return ok(obj{{"success", 1}, {"total", len(rows)}, {"data", data}})
}

func (c *Cost) row() obj {
	return obj{
		{"id", c.ID}, {"name", c.Name}, {"url", c.URL}, {"type", c.Type}, {"product_type", c.ProductType}, {"slug", c.Slug}, {"license_type", c.LicenseType},
		{"cost_status", c.Status}, {"payment_method", c.PaymentMethod}, {"price", c.Price}, {"renewal_type", c.RenewalType}, {"last_renewal", day(c.LastRenewal)},
		{"next_renewal", day(c.NextRenewal)}, {"last_alert", 0}, {"sites", idList(c.Sites)}, {"groups", idList(c.Tags)}, {"clients", idList(c.Clients)}, {"note", html.EscapeString(c.Note)},
	}
}

// day is a date of the Cost Tracker: text, or the number 0 for none.
func day(t time.Time) any {
	if t.IsZero() {
		return 0
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// idList is JSON in a string, "" for none.
func idList(ids []int64) string {
	if len(ids) == 0 {
		return ""
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = itoa(id)
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// stamp is a time of the API: UTC without a zone.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "1970-01-01T00:00:00"
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// notFound is the 404 for an id that does not exist; thing is site, client, tag or costs.
func notFound(thing string) answer {
	return fail(http.StatusNotFound, "mainwp_rest_invalid_"+thing+"_id", "Invalid or not found ID.")
}
