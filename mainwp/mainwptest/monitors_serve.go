package mainwptest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// chosenMonitors gives the monitors a list shows, newest first; pages are 1 and 20 when not given.
func (d *Dashboard) chosenMonitors(q query) []*monitor {
	if d.active.Empty {
		return nil
	}
	admits := q.admits()
	rows := slices.DeleteFunc(slices.Clone(d.monitors), func(m *monitor) bool { return !admits(m.id) || !q.matches(m.url) })
	slices.SortFunc(rows, func(a, b *monitor) int { return cmp.Compare(b.id, a.id) })
	return cut(rows, cmp.Or(q.int("page"), 1), cmp.Or(q.int("per_page"), 20))
}

func (d *Dashboard) serveMonitors(q query) answer {
	data := list{}
	for _, m := range d.chosenMonitors(q) {
		data = append(data, m.row(d.now()))
	}
	if url := d.unmonitored(q); url != "" {
		row := (&monitor{url: url, kind: "useglobal", every: 60, unused: true}).row(d.now())
		row[3].value = "down"
		data = append(data, row)
	}
	return ok(obj{{"success", 1}, {"total", len(data)}, {"data", data}})
}

func (d *Dashboard) serveMonitorsBasic(q query) answer {
	data := list{}
	for _, m := range d.chosenMonitors(q) {
		data = append(data, obj{{"id", itoa(m.id)}, {"url", m.url}, {"last_status", m.status(d.now())}})
	}
	if url := d.unmonitored(q); url != "" {
		data = append(data, obj{{"id", ""}, {"url", url}, {"last_status", "down"}})
	}
	return ok(obj{{"success", 1}, {"total", len(data)}, {"data", data}})
}

// unmonitored is the address of a site without a monitor, as it stands on the last page of a list: all such sites make one row
// there, without an id and with the state "down" (seen on 6.1.2).
func (d *Dashboard) unmonitored(q query) string {
	perPage := cmp.Or(q.int("per_page"), 20)
	if d.active.Empty || len(d.monitors) >= len(d.order) || cmp.Or(q.int("page"), 1) != len(d.monitors)/perPage+1 {
		return ""
	}
	for _, id := range d.order {
		if !slices.ContainsFunc(d.monitors, func(m *monitor) bool { return m.site == id }) {
			return d.sites[id].URL
		}
	}
	return ""
}

func (d *Dashboard) serveMonitorsCount(query) answer {
	return ok(obj{{"success", 1}, {"count", len(d.monitors)}})
}

func (d *Dashboard) monitor(q query) *monitor {
	for _, m := range d.monitors {
		if itoa(m.id) == q.id {
			return m
		}
	}
	return nil
}

// noMonitor is an HTTP 200.
func noMonitor() answer { return ok(obj{{"success", 0}, {"message", "Monitor not found."}}) }

func (d *Dashboard) serveMonitor(q query) answer {
	m := d.monitor(q)
	if m == nil {
		return noMonitor()
	}
	name := ""
	if s := d.sites[m.site]; s != nil {
		name = s.Name
	}
	row := slices.Insert(m.row(d.now()), 1, field{"name", name})
	return ok(obj{{"success", 1}, {"data", append(row, field{"heartbeats", list{}})}})
}

// serveHeartbeats answers GET /monitors/{id}/heartbeat: newest first; since, period and limit are honoured.
func (d *Dashboard) serveHeartbeats(q query) answer {
	m := d.monitor(q)
	if m == nil {
		return noMonitor()
	}
	now := d.now()
	from := now.Add(-monitorHistory)
	if period, known := map[string]time.Duration{"24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}[q.Get("period")]; known {
		from = now.Add(-period)
	}
	if since, given := parseSince(q.Get("since")); given {
		from = since
	}
	beats := m.heartbeats(from, now)
	slices.Reverse(beats)
	total, per := len(beats), q.int("limit")
	if per > 0 {
		beats = beats[:min(per, total)]
	}
	if total == 0 {
		return ok(obj{{"success", 0}, {"message", "No heartbeats found."}})
	}
	data := list{}
	for _, b := range beats {
		data = append(data, b.row(m))
	}
	pages := 1
	if per > 0 {
		pages = (total + per - 1) / per
	}
	return ok(obj{{"success", 1}, {"data", data}, {"meta", obj{{"page", 1}, {"per_page", per}, {"total", total}, {"total_pages", pages}}}})
}

func parseSince(text string) (time.Time, bool) {
	text = strings.Replace(text, " ", "+", 1) // a "+" of a zone that the query string ate
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02+15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (b heartbeat) row(m *monitor) obj {
	message := "200 - up! OK"
	if !b.up {
		message = "503 - down. Service Unavailable"
	}
	return obj{
		{"monitor_id", m.id}, {"heartbeat_id", b.at.Unix() - 1_700_000_000}, {"status", bit(b.up)}, {"msg", message}, {"importance", bit(b.important)},
		{"time", b.at.UTC().Format("2006-01-02T15:04:05Z")}, {"ping_ms", b.ping}, {"http_code", codeOf(b)},
	}
}

func (d *Dashboard) serveIncidents(q query) answer {
	m := d.monitor(q)
	if m == nil {
		return noMonitor()
	}
	now := d.now()
	data := list{}
	for _, o := range slices.Backward(m.outages) {
		var ended any
		if !o.to.IsZero() {
			ended = o.to.UTC().Format("2006-01-02T15:04:05Z")
		}
		end := o.end(now)
		count := 1 + int(end.Sub(o.from)/(time.Duration(m.every)*time.Minute))
		data = append(data, obj{
			{"started_at", o.from.UTC().Format("2006-01-02T15:04:05Z")}, {"ended_at", ended}, {"duration_sec", int64(end.Sub(o.from).Seconds())},
			{"resolved", !o.to.IsZero()}, {"down_count", count},
		})
	}
	return ok(obj{{"success", 1}, {"data", data}})
}

// connectError is the text of a sync that could not reach the child.
func connectError(s *Site) string {
	host := strings.TrimSuffix(bareURL(s.URL), "/")
	return fmt.Sprintf("HTTP error - Failed to connect to %s port 443 after 10 ms: Couldn&#039;t connect to server", host)
}

const notDetected = "MainWP Child plugin not detected or could not be reached! Ensure the MainWP Child plugin is installed and activated on the child site."

const refusedText = "ERROR: Authentication failed! Please deactivate and re-activate the MainWP Child plugin on this site."
