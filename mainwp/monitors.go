package mainwp

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Monitor is an uptime monitor (API §9). It carries no site id: it belongs to
// the site whose URL is the same.
type Monitor struct {
	ID             int64
	URL            string
	Type           string // http, ping, keyword, useglobal
	LastStatus     string // up, down, pending, first, unknown
	CheckFrequency string // as sent: "5m", "60m", ""
	CheckEvery     time.Duration
	LastCheck      time.Time // zero: never
	LastCode       *int
	Hours          []HourStatus // 24 hours, oldest first

	Ratio7d, Ratio30d         *float64 // per cent; 0 is also sent without any data
	Incidents7d, Incidents30d int
	AvgMS, MinMS, MaxMS       *int // nil without a check
}

// HourStatus is one hour of a monitor. Up is false also for an hour without data.
type HourStatus struct {
	At time.Time
	Up bool
}

// MonitorBasic is the present state of a monitor.
type MonitorBasic struct {
	ID         int64
	URL        string
	LastStatus string
}

// Heartbeat is one check of a monitor.
type Heartbeat struct {
	At        time.Time
	Status    string // up, down, pending, first, unknown
	Important bool   // the state changed with it
	PingMS    *int
	HTTPCode  *int
	Message   string
}

// Incident is a time a monitor was down.
type Incident struct {
	StartedAt time.Time
	EndedAt   time.Time // zero: still open
	Duration  time.Duration
	DownCount int
}

type monitorRow struct {
	ID          flexInt         `json:"id"`
	URL         flexStr         `json:"url"`
	Type        flexStr         `json:"type"`
	LastStatus  flexStr         `json:"last_status"`
	Frequency   flexStr         `json:"check_frequency"`
	LastCheck   flexStr         `json:"last_check_at"`
	LastCode    flexInt         `json:"last_status_code"`
	Hours       json.RawMessage `json:"uptime_24h"`
	Ratio7d     flexFloat       `json:"uptime_ratio_7d"`
	Ratio30d    flexFloat       `json:"uptime_ratio_30d"`
	Incidents7  flexInt         `json:"incidents_count_7d"`
	Incidents30 flexInt         `json:"incidents_count_30d"`
	Avg         flexInt         `json:"response_time_avg_ms"`
	Min         flexInt         `json:"response_time_min_ms"`
	Max         flexInt         `json:"response_time_max_ms"`
}

func (r monitorRow) monitor() Monitor {
	return Monitor{
		ID: r.ID.n, URL: string(r.URL), Type: string(r.Type), LastStatus: string(r.LastStatus),
		CheckFrequency: string(r.Frequency), CheckEvery: frequency(string(r.Frequency)),
		LastCheck: parseTime(string(r.LastCheck)), LastCode: r.LastCode.ptr(), Hours: hours(r.Hours),
		Ratio7d: r.Ratio7d.ptr(), Ratio30d: r.Ratio30d.ptr(),
		Incidents7d: int(r.Incidents7.n), Incidents30d: int(r.Incidents30.n),
		AvgMS: positive(r.Avg), MinMS: positive(r.Min), MaxMS: positive(r.Max),
	}
}

// Monitors reads one page of GET /monitors, 6.0 and newer. last is true when the
// answer holds not exactly perPage rows. Older Dashboards answer KindNoRoute.
//
// Sites without a monitor stand in the list as one more row with the id 0 and
// the status "down" (seen on 6.1.2): it is no monitor and left out.
func (c *Client) Monitors(ctx context.Context, page, perPage int) (rows []Monitor, last bool, err error) {
	r := request{op: fmt.Sprintf("read monitors page %d", page), path: "/monitors", query: pageQuery(page, perPage)}
	sent := 0
	err = readRows(ctx, c, r, func(row monitorRow) {
		sent++
		if row.ID.n > 0 {
			rows = append(rows, row.monitor())
		}
	})
	if err != nil {
		return nil, true, err
	}
	return rows, sent != perPage, nil
}

// MonitorsBasic reads the state of every monitor, in pages of 200. The row of
// sites without a monitor is left out, as in Monitors.
func (c *Client) MonitorsBasic(ctx context.Context) ([]MonitorBasic, error) {
	type row struct {
		ID         flexInt `json:"id"`
		URL        flexStr `json:"url"`
		LastStatus flexStr `json:"last_status"`
	}
	const perPage = 200
	monitors := []MonitorBasic{}
	seen := map[int64]bool{}
	for page := 1; ; page++ {
		before, rows := len(monitors), 0
		r := request{op: fmt.Sprintf("read monitor states page %d", page), path: "/monitors/basic", query: pageQuery(page, perPage)}
		err := readRows(ctx, c, r, func(row row) {
			rows++
			if row.ID.n > 0 && !seen[row.ID.n] {
				seen[row.ID.n] = true
				monitors = append(monitors, MonitorBasic{row.ID.n, string(row.URL), string(row.LastStatus)})
			}
		})
		if err != nil {
			return nil, err
		}
		if rows != perPage || len(monitors) == before {
			return monitors, nil
		}
	}
}

// frequency reads "5m", "2h" and a bare number of minutes; 0 for anything else.
func frequency(s string) time.Duration {
	unit := time.Minute
	switch {
	case strings.HasSuffix(s, "h"):
		unit = time.Hour
	case strings.HasSuffix(s, "d"):
		unit = 24 * time.Hour
	}
	n, err := strconv.Atoi(strings.TrimRight(s, "mhd"))
	if err != nil || n < 0 || n > 100000 {
		return 0
	}
	return time.Duration(n) * unit
}

func hours(raw []byte) []HourStatus {
	type row struct {
		At     flexInt `json:"timestamp"`
		Status flexInt `json:"status"`
	}
	var list []HourStatus
	if decodeEach(embedded(raw), func(_ string, r row) {
		list = append(list, HourStatus{unixTime(r.At.n), r.Status.n == 1})
	}) != nil {
		return nil
	}
	return list
}

// positive is nil for 0: no check has taken that long.
func positive(v flexInt) *int {
	if v.n <= 0 {
		return nil
	}
	return v.ptr()
}

// beatStatus names the numbers of a heartbeat's status.
func beatStatus(v flexInt) string {
	names := []string{"down", "up", "pending", "first"}
	if !v.set || v.n < 0 || int(v.n) >= len(names) {
		return "unknown"
	}
	return names[v.n]
}
