package mainwp

import (
	"context"
	"encoding/json"
	"html"
	"time"
)

// Key is an API key of a Dashboard, as it lists them (API §12).
type Key struct {
	ID           string // number; "" for keys of API v1, whose id would be the key itself
	Version      string // v1, v2
	Description  string
	TruncatedKey string // last 7 characters of the consumer key
	Read, Write  bool
	Delete       bool
	Active       bool
	LastAccess   time.Time // in the Dashboard's own zone, which is not sent; zero: never
}

type keyRow struct {
	ID          flexStr         `json:"id"`
	Version     flexStr         `json:"version"`
	Description flexStr         `json:"description"`
	Permissions json.RawMessage `json:"permissions"`
	Truncated   flexStr         `json:"truncated_key"`
	Active      flexBool        `json:"active"`
	LastAccess  flexStr         `json:"last_access"`
}

// Keys reads GET /rest-api/keys, 6.0 and newer; a key that may read can. Older
// Dashboards answer an Error of KindNoRoute.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	var rows []keyRow
	r := request{op: "read API keys", path: "/rest-api/keys", query: pageQuery(1, 200)}
	if err := readRows(ctx, c, r, func(row keyRow) { rows = append(rows, row) }); err != nil {
		return nil, err
	}
	readLabel, writeLabel := labels(rows)
	keys := make([]Key, 0, len(rows))
	for _, row := range rows {
		key := Key{
			Version: string(row.Version), Description: html.UnescapeString(string(row.Description)),
			TruncatedKey: string(row.Truncated), Active: bool(row.Active), LastAccess: parseTime(string(row.LastAccess)),
		}
		if key.Version != "v1" {
			key.ID = string(row.ID)
		}
		for _, label := range texts(row.Permissions) {
			key.Read = key.Read || label == readLabel
			key.Write = key.Write || label == writeLabel
			key.Delete = key.Write
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// labels finds out what the two rights are called in the Dashboard's language:
// a key with both lists read first. Without such a key, any other label than
// the English one for writing counts as read, so that no right is made up.
func labels(rows []keyRow) (read, write string) {
	for _, row := range rows {
		if list := texts(row.Permissions); len(list) == 2 {
			return list[0], list[1]
		}
	}
	write = "Write &amp; Delete"
	for _, row := range rows {
		if list := texts(row.Permissions); len(list) == 1 && list[0] != write {
			return list[0], write
		}
	}
	return "Read", write
}
