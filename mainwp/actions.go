package mainwp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// SyncSite makes the Dashboard sync a site and returns the new row. It takes
// 0.5 to 60 s. success:0 is an Error of KindRefused, mostly without a reason:
// read the site's SyncError then. On WordPress 6.9 a site whose last sync failed
// is refused until Reconnect (API §4.4, §21.9).
func (c *Client) SyncSite(ctx context.Context, siteID int64) (*RawSite, error) {
	var site *RawSite
	r := request{op: fmt.Sprintf("sync site %d", siteID), method: http.MethodPost, path: fmt.Sprintf("/sites/%d/sync", siteID), action: true}
	err := c.readData(ctx, r, func(data []byte) error {
		id := rowID(data)
		if data[0] != '{' || id == 0 {
			return shapeError("the answer has no site")
		}
		site = &RawSite{ID: id, JSON: slices.Clone(data)}
		return nil
	})
	return site, err
}

// Reconnect makes the Dashboard connect to a site anew: it syncs, and registers
// again only if that fails. An unreachable site is an Error of KindRemote whose
// Message is the readable reason.
func (c *Client) Reconnect(ctx context.Context, siteID int64) error {
	r := request{op: fmt.Sprintf("reconnect site %d", siteID), method: http.MethodPost, path: fmt.Sprintf("/sites/%d/reconnect", siteID), action: true}
	return c.call(ctx, r, func(body []byte) error {
		_, err := openEnvelope(body)
		return err
	})
}
