package mainwptest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// monitor watches one address. Its heartbeats are not kept: they follow from its interval and its outages.
type monitor struct {
	id, site int64
	url      string
	kind     string // http, ping, keyword
	every    int    // minutes
	since    time.Time
	unused   bool // never checked
	outages  []outage
}

// outage is a time without an answer; to is zero while it lasts.
type outage struct{ from, to time.Time }

func (o outage) end(now time.Time) time.Time {
	if o.to.IsZero() {
		return now
	}
	return o.to
}

const monitorHistory = 30 * 24 * time.Hour

// makeUptime gives most sites a monitor and some of them outages in the past. A few sites have one more for a path.
func (d *Dashboard) makeUptime(s *Site) {
	if s.ID%12 == 10 && !s.Child.Down {
		return
	}
	m := d.addMonitor(s, s.URL, "http")
	if s.ID%29 == 14 {
		m.kind, m.every = "keyword", 15
	}
	m.unused = s.LastSync.IsZero()
	at := m.since
	for range d.rng.IntN(5) - 1 {
		at = at.Add(time.Duration(24*60+d.rng.IntN(150*60)) * time.Minute)
		to := at.Add(time.Duration(4+d.rng.IntN(70)) * time.Minute)
		if to.After(d.now().Add(-48 * time.Hour)) {
			break
		}
		m.outages = append(m.outages, outage{at, to})
	}
	if s.Child.Down {
		m.outages = append(m.outages, outage{from: d.now().Add(-time.Duration(20+d.rng.IntN(2000)) * time.Minute).Truncate(time.Second)})
	}
	if s.ID%83 == 42 {
		d.addMonitor(s, s.URL+"checkout/", "http")
	}
}

func (d *Dashboard) addMonitor(s *Site, url, kind string) *monitor {
	d.lastMonitor++
	m := &monitor{id: 100 + d.lastMonitor, site: s.ID, url: url, kind: kind, every: 5, since: d.now().Add(-monitorHistory).Truncate(time.Hour)}
	d.monitors = append(d.monitors, m)
	if url == s.URL {
		d.watched[s.ID] = m
	}
	return m
}

// noise is a number that follows from the monitor and n alone.
func (m *monitor) noise(n int64) uint64 {
	x := uint64(m.id)*0x9e3779b97f4a7c15 ^ uint64(n)*0xbf58476d1ce4e5b9
	x ^= x >> 31
	x *= 0x94d049bb133111eb
	return x ^ x>>29
}

// slot is the time of the k-th check.
func (m *monitor) slot(k int64) time.Time {
	late := time.Duration(m.noise(k)%50) * time.Second
	return m.since.Add(time.Duration(k)*time.Duration(m.every)*time.Minute + late)
}

// lastSlot is the number of the newest check up to now, -1 before the first.
func (m *monitor) lastSlot(now time.Time) int64 {
	if now.Before(m.since) {
		return -1
	}
	k := int64(now.Sub(m.since) / (time.Duration(m.every) * time.Minute))
	if m.slot(k).After(now) {
		k--
	}
	return k
}

// upAt says whether the address answered at t.
func (m *monitor) upAt(t time.Time) bool {
	return !slices.ContainsFunc(m.outages, func(o outage) bool { return !t.Before(o.from) && (o.to.IsZero() || t.Before(o.to)) })
}

// heartbeat is one check. Those at the edges of an outage are important.
type heartbeat struct {
	at        time.Time
	up        bool
	important bool
	ping      int // ms
}

// heartbeats gives the checks between two times, oldest first.
func (m *monitor) heartbeats(from, to time.Time) []heartbeat {
	if m.unused {
		return nil
	}
	if from.Before(m.since) {
		from = m.since
	}
	var out []heartbeat
	for _, o := range m.outages {
		for _, edge := range []heartbeat{{at: o.from, important: true}, {at: o.to, up: true, important: true}} {
			if !edge.at.IsZero() && !edge.at.Before(from) && !edge.at.After(to) {
				out = append(out, edge)
			}
		}
	}
	first := int64(from.Sub(m.since) / (time.Duration(m.every) * time.Minute))
	for k := max(0, first-1); k <= m.lastSlot(to); k++ {
		if t := m.slot(k); !t.Before(from) {
			out = append(out, heartbeat{at: t, up: m.upAt(t)})
		}
	}
	slices.SortStableFunc(out, func(a, b heartbeat) int { return a.at.Compare(b.at) })
	out = slices.CompactFunc(out, func(a, b heartbeat) bool { return a.at.Unix() == b.at.Unix() })
	for i := range out {
		out[i].ping = 60 + int(m.noise(out[i].at.Unix())%300)
	}
	return out
}

func (m *monitor) last(now time.Time) (heartbeat, bool) {
	window := time.Duration(m.every+2) * time.Minute
	beats := m.heartbeats(now.Add(-window), now)
	if len(beats) == 0 {
		return heartbeat{}, false
	}
	return beats[len(beats)-1], true
}

func (m *monitor) status(now time.Time) string {
	last, checked := m.last(now)
	switch {
	case !checked:
		return "unknown"
	case last.up:
		return "up"
	}
	return "down"
}

// lastCheck is when a site's monitor last looked; without one, the last sync stands for it.
func (d *Dashboard) lastCheck(s *Site) time.Time {
	if m := d.watched[s.ID]; m != nil {
		if last, checked := m.last(d.now()); checked {
			return last.at
		}
	}
	if s.LastSync.IsZero() {
		return time.Unix(0, 0)
	}
	return s.LastSync
}

// down is the time without an answer between two times.
func (m *monitor) down(from, to time.Time) time.Duration {
	var sum time.Duration
	for _, o := range m.outages {
		a, b := o.from, o.end(to)
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		sum += max(0, b.Sub(a))
	}
	return sum
}

func (m *monitor) ratio(window time.Duration, now time.Time) float64 {
	if m.unused {
		return 0
	}
	share := 1 - float64(m.down(now.Add(-window), now))/float64(window)
	return math.Round(share*1e8) / 1e6
}

func (m *monitor) incidents(window time.Duration, now time.Time) int {
	n := 0
	for _, o := range m.outages {
		if o.end(now).After(now.Add(-window)) {
			n++
		}
	}
	return n
}

// hours gives the 24 full hours before this one; 0 means no good check in that hour.
func (m *monitor) hours(now time.Time) list {
	start := now.UTC().Truncate(time.Hour).Add(-24 * time.Hour)
	out := make(list, 0, 24)
	for h := range 24 {
		from := start.Add(time.Duration(h) * time.Hour)
		good := !m.unused && !from.Before(m.since)
		if good && m.down(from, from.Add(time.Hour)) > 0 {
			good = slices.ContainsFunc(m.heartbeats(from, from.Add(time.Hour-time.Second)), func(b heartbeat) bool { return b.up })
		}
		out = append(out, obj{{"timestamp", from.Unix()}, {"status", bit(good)}})
	}
	return out
}

func (m *monitor) row(now time.Time) obj {
	last, checked := m.last(now)
	var at string
	var code any = ""
	lowest, average, highest := 0, 0, 0
	if checked {
		at, code = last.at.UTC().Format("2006-01-02 15:04:05"), codeOf(last)
		n := int(m.noise(7) % 180)
		lowest, average, highest = 20+n/3, 90+n, 300+n*9
	}
	every := strconv.Itoa(m.every) + "m"
	if m.every%60 == 0 {
		every = strconv.Itoa(m.every/60) + "h"
	}
	week, month := 7*24*time.Hour, monitorHistory
	return obj{
		{"id", m.id}, {"url", m.url}, {"type", m.kind}, {"last_status", m.status(now)}, {"check_frequency", every}, {"last_check_at", at}, {"last_status_code", code},
		{"uptime_24h", m.hours(now)}, {"uptime_ratio_7d", m.ratio(week, now)}, {"uptime_ratio_30d", m.ratio(month, now)},
		{"incidents_count_7d", m.incidents(week, now)}, {"incidents_count_30d", m.incidents(month, now)},
		{"response_time_avg_ms", average}, {"response_time_min_ms", lowest}, {"response_time_max_ms", highest},
	}
}

func codeOf(b heartbeat) int {
	if b.up {
		return 200
	}
	return 503
}

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

const refusedText = "ERROR: Authentication failed! Please deactivate and re-activate the MainWP Child plugin on this site."
