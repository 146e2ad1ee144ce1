package mainwp

import (
	"cmp"
	"context"
	"encoding/json"
	"html"
	"slices"
	"strings"
	"time"
)

// Cost is an entry of the Cost Tracker (API §8).
type Cost struct {
	ID            int64
	Name          string
	URL           string
	Type          string // subscription, lifetime, or ""
	ProductType   string // plugin, theme, hosting, …
	Slug          string
	LicenseType   string // single_site, multi_site, …
	Status        string // active, …
	PaymentMethod string
	Price         string // decimal, at least two places: "49.00"
	RenewalType   string // monthly, yearly, …
	LastRenewal   time.Time
	NextRenewal   time.Time // midnight UTC of the day; zero: none

	Sites, Tags, Clients []int64
	Note                 string
}

type costRow struct {
	ID            flexInt         `json:"id"`
	Name          flexStr         `json:"name"`
	URL           flexStr         `json:"url"`
	Type          flexStr         `json:"type"`
	ProductType   flexStr         `json:"product_type"`
	Slug          flexStr         `json:"slug"`
	LicenseType   flexStr         `json:"license_type"`
	Status        flexStr         `json:"cost_status"`
	PaymentMethod flexStr         `json:"payment_method"`
	Price         flexStr         `json:"price"`
	RenewalType   flexStr         `json:"renewal_type"`
	LastRenewal   flexStr         `json:"last_renewal"`
	NextRenewal   flexStr         `json:"next_renewal"`
	Sites         json.RawMessage `json:"sites"`
	Groups        json.RawMessage `json:"groups"`
	Clients       json.RawMessage `json:"clients"`
	Note          flexStr         `json:"note"`
}

// Costs reads GET /costs, all of them, by id. A Dashboard whose Cost Tracker is
// off answers an Error of KindNoRoute.
func (c *Client) Costs(ctx context.Context) ([]Cost, error) {
	costs := []Cost{}
	err := readRows(ctx, c, request{op: "read costs", path: "/costs"}, func(r costRow) {
		costs = append(costs, Cost{
			ID: r.ID.n, Name: html.UnescapeString(string(r.Name)), URL: webAddress(r.URL), Type: string(r.Type),
			ProductType: string(r.ProductType), Slug: string(r.Slug), LicenseType: string(r.LicenseType),
			Status: string(r.Status), PaymentMethod: string(r.PaymentMethod), Price: decimal(string(r.Price)),
			RenewalType: string(r.RenewalType), LastRenewal: parseTime(string(r.LastRenewal)), NextRenewal: parseTime(string(r.NextRenewal)),
			Sites: ids(r.Sites), Tags: ids(r.Groups), Clients: ids(r.Clients), Note: string(r.Note),
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(costs, func(a, b Cost) int { return cmp.Compare(a.ID, b.ID) })
	return costs, nil
}

// decimal cuts "49.00000000" to two places, more where they say something.
func decimal(s string) string {
	whole, places, found := strings.Cut(s, ".")
	if !found {
		return s
	}
	places = strings.TrimRight(places, "0")
	for len(places) < 2 {
		places += "0"
	}
	return whole + "." + places
}
