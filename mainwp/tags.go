package mainwp

import (
	"cmp"
	"context"
	"encoding/json"
	"html"
	"slices"
)

// Tag is a tag of a Dashboard (API §7).
type Tag struct {
	ID    int64
	Name  string
	Color string  // "#21ba45", "" for none
	Sites []int64 // long lists are cut by the Dashboard's database: unite with Site.Tags
}

// Tags reads GET /tags, all of them, by id. MainWP 5.4.1 answers none although
// there are some.
func (c *Client) Tags(ctx context.Context) ([]Tag, error) {
	type row struct {
		ID    flexInt         `json:"id"`
		Name  flexStr         `json:"name"`
		Color flexStr         `json:"color"`
		Sites json.RawMessage `json:"sites_ids"`
	}
	tags := []Tag{}
	err := readRows(ctx, c, request{op: "read tags", path: "/tags"}, func(r row) {
		tags = append(tags, Tag{r.ID.n, html.UnescapeString(string(r.Name)), string(r.Color), ids(r.Sites)})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tags, func(a, b Tag) int { return cmp.Compare(a.ID, b.ID) })
	return tags, nil
}
