package views

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"muster/db"
)

// query is a query string in the making. Empty values and zero numbers are left out, so that an address holds only what
// differs from the plain page.
type query struct{ url.Values }

func newQuery() query { return query{url.Values{}} }

func (q query) text(name, value string) query {
	if value != "" {
		q.Set(name, value)
	}
	return q
}

func (q query) id(name string, value int64) query {
	if value != 0 {
		q.Set(name, strconv.FormatInt(value, 10))
	}
	return q
}

func (q query) page(name string, page int) query {
	if page > 1 {
		q.Set(name, itoa(page))
	}
	return q
}

func (q query) flag(name string, on bool) query {
	if on {
		q.Set(name, "1")
	}
	return q
}

func (q query) on(path string) string {
	if len(q.Values) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// RefText is a client or tag in a query string: "dashboard.id", or "" for the zero Ref.
func RefText(r db.Ref) string {
	if r == (db.Ref{}) {
		return ""
	}
	return strconv.FormatInt(r.Dashboard, 10) + "." + strconv.FormatInt(r.ID, 10)
}

// ParseRef reads what RefText wrote; anything else gives the zero Ref.
func ParseRef(s string) db.Ref {
	dashboard, id, ok := strings.Cut(s, ".")
	if !ok {
		return db.Ref{}
	}
	d, errD := strconv.ParseInt(dashboard, 10, 64)
	i, errI := strconv.ParseInt(id, 10, 64)
	if errD != nil || errI != nil || d <= 0 || i <= 0 {
		return db.Ref{}
	}
	return db.Ref{Dashboard: d, ID: i}
}

// SitesURL is the address of the list of sites with a filter.
func SitesURL(f db.SiteFilter) string {
	return newQuery().text("q", f.Query).id("dashboard", f.Dashboard).text("status", f.Status).text("client", RefText(f.Client)).
		text("tag", f.Tag).text("updates", f.Updates).text("item", f.Item).text("sort", f.Sort).flag("desc", f.Desc).page("page", f.Page).on("/sites")
}

// UpdatesURL is the address of the Updates page with a filter.
func UpdatesURL(f db.UpdateFilter) string { return updatesQuery(f).on("/updates") }

func updatesQuery(f db.UpdateFilter) query {
	return newQuery().text("group", f.Group).text("kind", string(f.Kind)).text("q", f.Query).id("dashboard", f.Dashboard).
		text("client", RefText(f.Client)).text("tag", f.Tag).text("offer", f.Offer).page("page", f.Page)
}

// ClientsURL is the address of the list of clients with a filter.
func ClientsURL(f db.ClientFilter) string {
	return newQuery().text("q", f.Query).id("dashboard", f.Dashboard).text("sort", f.Sort).flag("desc", f.Desc).page("page", f.Page).on("/clients")
}

// SiteURL is the address of a site's page; tab may be empty.
func SiteURL(id int64, tab string) string {
	return newQuery().text("tab", tab).on("/sites/" + strconv.FormatInt(id, 10))
}

// ClientURL is the address of a client's page.
func ClientURL(r db.Ref) string {
	return "/clients/" + strconv.FormatInt(r.Dashboard, 10) + "/" + strconv.FormatInt(r.ID, 10)
}

// DashboardURL is the address of a Dashboard's page, or of what is below it, as in "/check".
func DashboardURL(id int64, below string) string {
	return "/dashboards/" + strconv.FormatInt(id, 10) + below
}

func seconds(d time.Duration) string { return itoa(int(d / time.Second)) }

func itoa(n int) string { return strconv.Itoa(n) }
