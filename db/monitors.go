package db

import (
	"context"
	"fmt"
	"time"
)

const (
	hoursADay  = 24
	minutes    = 60
	daySeconds = 24 * 60 * 60
)

func (u *Uptime) add(h HourBar) {
	u.Hours = append(u.Hours, h)
	u.Up += h.Up
	u.Down += h.Down
	if sum := u.Up + u.Down; sum > 0 {
		u.Known, u.Ratio = true, 100*float64(u.Up)/float64(sum)
	}
}

// ledgerDay is one row of monitor_days.
type ledgerDay struct {
	monitor, site int64
	day           int64
	hours         []byte
}

func (l ledgerDay) hour(h int) HourBar {
	bar := HourBar{At: time.Unix(l.day*daySeconds+int64(h)*3600, 0).UTC()}
	if len(l.hours) >= 2*(h+1) {
		bar.Up, bar.Down = int(l.hours[2*h]), int(l.hours[2*h+1])
	}
	return bar
}

// dayUptimes is the ledger of the last 24 hours by site: the present hour and the 23 before it.
// Sites without a monitor are missing. With several monitors at one address, the oldest one counts.
func (d *DB) dayUptimes(ctx context.Context, sites []int64) (map[int64]Uptime, error) {
	now := d.now().Unix()
	first := now/3600 - (hoursADay - 1) // hours since 1970
	days, err := collect(ctx, d.r, func(row scanner, l *ledgerDay) error { return row.Scan(&l.site, &l.monitor, &l.day, &l.hours) },
		`SELECT m.site_id, m.id, coalesce(l.day, 0), l.hours FROM json_each(?) j JOIN monitors m ON m.site_id = j.value AND m.gone_at IS NULL
		LEFT JOIN monitor_days l ON l.monitor_id = m.id AND l.day BETWEEN ? AND ? ORDER BY m.site_id, m.id`, jsonText(sites), first/hoursADay, now/daySeconds)
	if err != nil {
		return nil, fmt.Errorf("read the uptime of sites: %w", err)
	}
	byDay := map[int64]map[int64]ledgerDay{} // site, day
	monitor := map[int64]int64{}
	for _, l := range days {
		if m, ok := monitor[l.site]; ok && m != l.monitor {
			continue
		}
		monitor[l.site] = l.monitor
		if byDay[l.site] == nil {
			byDay[l.site] = map[int64]ledgerDay{}
		}
		byDay[l.site][l.day] = l
	}
	out := make(map[int64]Uptime, len(byDay))
	for site, days := range byDay {
		u := Uptime{Hours: make([]HourBar, 0, hoursADay)}
		for h := first; h < first+hoursADay; h++ {
			l := days[h/hoursADay]
			l.day = h / hoursADay
			u.add(l.hour(int(h % hoursADay)))
		}
		out[site] = u
	}
	return out, nil
}

// Monitors lists the monitors that match a site's address, with the ledger of the last 24 hours and 30 days.
func (d *DB) Monitors(ctx context.Context, v Viewer, siteID int64) ([]Monitor, error) {
	in := v.sites("s")
	list, err := collect(ctx, d.r, func(row scanner, m *Monitor) error {
		return row.Scan(&m.ID, &m.RemoteID, &m.SiteID, &m.DashboardID, &m.URL, &m.Type, &m.Status, seconds(&m.Every), at(&m.LastCheckAt), &m.LastCode, &m.Ratio7d, &m.Ratio30d,
			&m.Incidents7d, &m.Incidents30d, &m.AvgMS, &m.MinMS, &m.MaxMS)
	}, `SELECT m.id, m.remote_id, m.site_id, m.dashboard_id, m.url, m.type, m.status, m.every_s, m.last_check_at, m.last_code, m.ratio_7d, m.ratio_30d, m.incidents_7d, m.incidents_30d, m.avg_ms, m.min_ms, m.max_ms
		FROM monitors m JOIN sites s ON s.id = m.site_id WHERE m.gone_at IS NULL AND s.id = ? AND `+in.sql+" ORDER BY m.id", append([]any{siteID}, in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the monitors of site %d: %w", siteID, err)
	}
	for i := range list {
		if err := d.addMonth(ctx, &list[i]); err != nil {
			return nil, err
		}
	}
	days, err := d.dayUptimes(ctx, []int64{siteID})
	if len(list) > 0 {
		list[0].Day = days[siteID]
	}
	return list, err
}

func (d *DB) addMonth(ctx context.Context, m *Monitor) error {
	const span = 30
	today := d.now().Unix() / daySeconds
	type dayBar struct {
		day      int64
		up, down int
	}
	rows, err := collect(ctx, d.r, func(row scanner, b *dayBar) error { return row.Scan(&b.day, &b.up, &b.down) },
		"SELECT day, up_min, down_min FROM monitor_days WHERE monitor_id = ? AND day > ?", m.ID, today-span)
	if err != nil {
		return fmt.Errorf("read the ledger of monitor %d: %w", m.ID, err)
	}
	byDay := map[int64]dayBar{}
	for _, b := range rows {
		byDay[b.day] = b
	}
	for day := today - span + 1; day <= today; day++ {
		m.MonthUptime.add(HourBar{At: time.Unix(day*daySeconds, 0).UTC(), Up: byDay[day].up, Down: byDay[day].down})
	}
	m.Month = m.MonthUptime.Hours
	return nil
}

// Incidents lists the outages of a site's monitors, newest first, 100 at most.
func (d *DB) Incidents(ctx context.Context, v Viewer, siteID int64) ([]Incident, error) {
	in := v.sites("s")
	list, err := collect(ctx, d.r, func(row scanner, i *Incident) error {
		return row.Scan(&i.MonitorID, at(&i.StartedAt), at(&i.EndedAt), &i.DownCount)
	}, `SELECT i.monitor_id, i.started_at, i.ended_at, i.down_count FROM incidents i JOIN monitors m ON m.id = i.monitor_id JOIN sites s ON s.id = m.site_id
		WHERE s.id = ? AND `+in.sql+" ORDER BY i.started_at DESC LIMIT 100", append([]any{siteID}, in.args...)...)
	if err != nil {
		return nil, fmt.Errorf("list the incidents of site %d: %w", siteID, err)
	}
	return list, nil
}
