package mainwp

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Heartbeats reads the checks of a monitor since a moment, oldest first; without
// one the checks of 30 days. None are an empty list: the Dashboard says so by
// success:0, and so it does for a monitor it does not know.
func (c *Client) Heartbeats(ctx context.Context, monitorID int64, since time.Time) ([]Heartbeat, error) {
	type row struct {
		Status    flexInt  `json:"status"`
		Message   flexStr  `json:"msg"`
		Important flexBool `json:"importance"`
		At        flexStr  `json:"time"`
		PingMS    flexInt  `json:"ping_ms"`
		HTTPCode  flexInt  `json:"http_code"`
	}
	query := url.Values{"period": {"30d"}}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format("2006-01-02T15:04:05"))
	}
	beats := []Heartbeat{}
	r := request{op: fmt.Sprintf("read heartbeats of monitor %d", monitorID), path: fmt.Sprintf("/monitors/%d/heartbeat", monitorID), query: query}
	err := readRows(ctx, c, r, func(r row) {
		beats = append(beats, Heartbeat{
			At: parseTime(string(r.At)), Status: beatStatus(r.Status), Important: bool(r.Important),
			PingMS: positive(r.PingMS), HTTPCode: positive(r.HTTPCode), Message: plainText(string(r.Message)),
		})
	})
	if KindOf(err) == KindRefused {
		return []Heartbeat{}, nil
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(beats, func(a, b Heartbeat) int { return a.At.Compare(b.At) })
	return beats, nil
}

// Incidents reads the latest incidents of a monitor, at most 100, oldest first.
func (c *Client) Incidents(ctx context.Context, monitorID int64) ([]Incident, error) {
	type row struct {
		StartedAt flexStr `json:"started_at"`
		EndedAt   flexStr `json:"ended_at"`
		Seconds   flexInt `json:"duration_sec"`
		DownCount flexInt `json:"down_count"`
	}
	incidents := []Incident{}
	r := request{op: fmt.Sprintf("read incidents of monitor %d", monitorID), path: fmt.Sprintf("/monitors/%d/incidents", monitorID), query: pageQuery(1, 100)}
	err := readRows(ctx, c, r, func(r row) {
		incidents = append(incidents, Incident{
			parseTime(string(r.StartedAt)), parseTime(string(r.EndedAt)),
			time.Duration(max(0, min(r.Seconds.n, 1<<32))) * time.Second, int(r.DownCount.n),
		})
	})
	if KindOf(err) == KindRefused {
		return []Incident{}, nil
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(incidents, func(a, b Incident) int { return a.StartedAt.Compare(b.StartedAt) })
	return incidents, nil
}
