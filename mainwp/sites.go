package mainwp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// noSite is an id no site has. Excluding it makes every version on every
	// WordPress answer in one shape, without the limit of 100 (API §3, §21.8).
	noSite = "999999999"
	// siteFields are extra columns that are loaded with every row anyway; Dashboards
	// before 6.0.11 leave them out. Columns that move with each check are not
	// asked for: a row that says the same must look the same.
	siteFields = "offline_check_result,http_response_code,securityIssues"
)

// RawSite is one row of GET /sites as it was sent. A mirror compares JSON with
// what it saw last and decodes only what changed. Rows of one page share memory.
// JSON must not be stored: up to 6.0.12 it holds the site's HTTP password.
type RawSite struct {
	ID   int64
	JSON []byte
}

// BasicSite is one row of GET /sites/basic.
type BasicSite struct {
	ID       int64
	Name     string
	URL      string
	ClientID int64 // 0: none
}

// SiteProbe is what moves when a site was synced, and in JSON, as sent, all that
// can change without a sync: name, address, client, tags and ignores.
type SiteProbe struct {
	ID         int64
	LastSync   time.Time // zero: never
	Status     string    // connected, disconnected, suspended
	SyncErrors string    // text, cleaned as Site.SyncError
	Suspended  bool
	JSON       []byte
}

// probeFields are the small fields of a site's row.
const probeFields = "id,name,url,client_id,tags,last_sync,status,sync_errors,suspended,is_ignoreCoreUpdates,is_ignorePluginUpdates,is_ignoreThemeUpdates,ignored_plugins,ignored_themes"

// SitesPage reads one page of GET /sites, in the form that has the same shape
// everywhere (API §21.8). last is true when the answer holds not exactly perPage
// rows. A bare list or one without data is an Error of KindShape.
func (c *Client) SitesPage(ctx context.Context, page, perPage int) (rows []RawSite, last bool, err error) {
	query := pageQuery(page, perPage)
	query.Set("exclude", noSite)
	query.Set("custom_fields", siteFields)
	rows, err = c.rawSites(ctx, request{op: fmt.Sprintf("read sites page %d", page), path: "/sites", query: query})
	return rows, len(rows) != perPage, err
}

// SitesInclude reads the sites with these ids; ids that are unknown are left out.
func (c *Client) SitesInclude(ctx context.Context, ids ...int64) ([]RawSite, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(id, 10)
	}
	query := url.Values{"include": {strings.Join(list, ",")}, "custom_fields": {siteFields}}
	return c.rawSites(ctx, request{op: "read sites " + cut(strings.Join(list, ", "), 60), path: "/sites", query: query})
}

// pageQuery sends both names of the page number: 5.2 knows only paged (API §2.1).
func pageQuery(page, perPage int) url.Values {
	n := strconv.Itoa(page)
	return url.Values{"page": {n}, "paged": {n}, "per_page": {strconv.Itoa(perPage)}}
}

func (c *Client) rawSites(ctx context.Context, r request) (rows []RawSite, err error) {
	err = c.call(ctx, r, func(body []byte) error {
		rows, err = splitSites(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// splitSites splits the answer of GET /sites into its rows in one scan. The rows
// are in a copy, because body is used again.
func splitSites(body []byte) ([]RawSite, error) {
	if len(body) == 0 || body[0] != '{' {
		return nil, shapeError("a bare list instead of an answer with data")
	}
	var e envelope
	var rows []RawSite
	_, err := eachMember(body, func(key []byte, at int) (int, bool, error) {
		if string(key) == "data" && at < len(body) && body[at] == '[' {
			list := bytes.Clone(body[at:])
			rows = []RawSite{}
			length, err := eachItem(list, func(row []byte) bool {
				rows = append(rows, RawSite{ID: rowID(row), JSON: slices.Clip(row)})
				return true
			})
			return at + length, true, err
		}
		end, err := skipValue(body, at)
		if err == nil {
			e.field(string(key), body[at:end])
		}
		return end, true, err
	})
	if err != nil {
		return nil, err
	}
	if err := e.refused(); err != nil {
		return nil, err
	}
	if rows == nil {
		return nil, shapeError("the answer has no list of sites")
	}
	if slices.ContainsFunc(rows, func(r RawSite) bool { return r.ID == 0 }) {
		return nil, shapeError("a row of the list is no site")
	}
	return rows, nil
}

// rowID reads the id of a row, which stands first in it. 0 without one.
func rowID(row []byte) int64 {
	var id flexInt
	_, _ = eachField(row, func(key, value []byte) bool {
		if string(key) != "id" {
			return true
		}
		_ = id.UnmarshalJSON(value)
		return false
	})
	return id.n
}

// SitesBasic reads the unpaged GET /sites/basic: every site of the Dashboard.
func (c *Client) SitesBasic(ctx context.Context) ([]BasicSite, error) {
	type row struct {
		ID       flexInt `json:"id"`
		Name     flexStr `json:"name"`
		URL      flexStr `json:"url"`
		ClientID flexInt `json:"client_id"`
	}
	sites := []BasicSite{}
	err := readRows(ctx, c, request{op: "read the list of sites", path: "/sites/basic"}, func(r row) {
		sites = append(sites, BasicSite{r.ID.n, siteName(r.Name), string(r.URL), r.ClientID.n})
	})
	if err != nil {
		return nil, err
	}
	return sites, nil
}

// SitesCount reads GET /sites/count, the cheapest read that needs a key.
func (c *Client) SitesCount(ctx context.Context) (int, error) {
	var n flexInt
	err := c.call(ctx, request{op: "count sites", path: "/sites/count"}, func(body []byte) error {
		e, err := openEnvelope(body)
		if err != nil {
			return err
		}
		if err := n.UnmarshalJSON(e.count); err != nil || !n.set {
			return shapeError("the answer has no count")
		}
		return nil
	})
	return int(n.n), err
}

// ProbeSites reads what moved of every site, in pages of 200. It works from
// 6.0.12 on (Capabilities.FieldsKept); older Dashboards answer an Error of
// KindShape.
func (c *Client) ProbeSites(ctx context.Context) ([]SiteProbe, error) {
	type row struct {
		ID         flexInt  `json:"id"`
		LastSync   flexStr  `json:"last_sync"`
		Status     flexStr  `json:"status"`
		SyncErrors flexStr  `json:"sync_errors"`
		Suspended  flexBool `json:"suspended"`
	}
	const perPage = 200
	probes := []SiteProbe{}
	seen := map[int64]bool{}
	for page := 1; ; page++ {
		query := pageQuery(page, perPage)
		query.Set("exclude", noSite)
		query.Set("_fields", probeFields)
		before, rows := len(probes), 0
		err := readRows(ctx, c, request{op: fmt.Sprintf("probe sites page %d", page), path: "/sites", query: query}, func(sent json.RawMessage) {
			rows++
			var r row
			if json.Unmarshal(sent, &r) != nil {
				return // an unreadable row is one that did not move
			}
			if r.ID.n != 0 && !seen[r.ID.n] {
				seen[r.ID.n] = true
				probes = append(probes, SiteProbe{r.ID.n, parseTime(string(r.LastSync)), string(r.Status), plainText(string(r.SyncErrors)), bool(r.Suspended), sent})
			}
		})
		if err != nil {
			return nil, err
		}
		if rows < perPage || len(probes) == before {
			return slices.Clip(probes), nil
		}
	}
}
