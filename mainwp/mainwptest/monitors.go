package mainwptest

import (
	"math"
	"slices"
	"strconv"
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
