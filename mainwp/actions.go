package mainwp

import (
	"context"
	"encoding/json"
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
	r := request{op: fmt.Sprintf("sync site %d", siteID), method: http.MethodPost, path: fmt.Sprintf("/sites/%d/sync", siteID), timeout: c.opt.ActionTimeout}
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
	r := request{op: fmt.Sprintf("reconnect site %d", siteID), method: http.MethodPost, path: fmt.Sprintf("/sites/%d/reconnect", siteID), timeout: c.opt.ActionTimeout}
	return c.call(ctx, r, func(body []byte) error {
		_, err := openEnvelope(body)
		return err
	})
}

// CheckResult is what the Dashboard saw when it asked for a site's home page.
type CheckResult struct {
	Answer
	Online bool
	Code   int // HTTP status of the home page, 0 without an answer
}

// CheckSite makes the Dashboard ask for a site's home page. A site that is down
// is no error (API §4.8).
func (c *Client) CheckSite(ctx context.Context, site int64) (CheckResult, error) {
	var result CheckResult
	r := c.action(fmt.Sprintf("check site %d", site), http.MethodPost, fmt.Sprintf("/sites/%d/check", site), &result.Answer)
	err := c.readData(ctx, r, func(data []byte) error {
		var row struct {
			Status flexInt `json:"status"`
			Code   flexInt `json:"http_code"`
		}
		if json.Unmarshal(data, &row) != nil || !row.Status.set {
			return shapeError("the answer does not say whether the site is online")
		}
		result.Online, result.Code = row.Status.n > 0, int(row.Code.n)
		return nil
	})
	if err != nil {
		return CheckResult{}, err
	}
	return result, nil
}

// SuspendSite suspends a site; a suspended one stays so.
func (c *Client) SuspendSite(ctx context.Context, site int64) (Answer, error) {
	return c.change(ctx, fmt.Sprintf("suspend site %d", site), fmt.Sprintf("/sites/%d/suspend", site), nil)
}

// UnsuspendSite ends the suspension of a site.
func (c *Client) UnsuspendSite(ctx context.Context, site int64) (Answer, error) {
	return c.change(ctx, fmt.Sprintf("unsuspend site %d", site), fmt.Sprintf("/sites/%d/unsuspend", site), nil)
}
