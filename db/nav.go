package db

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Nav is what stands beside every page: counts, and each Dashboard with state and clocks.
type Nav struct {
	Sites, Updates, Clients int
	Dashboards              []Dashboard
}

// Nav counts what a viewer may see.
func (d *DB) Nav(ctx context.Context, v Viewer) (Nav, error) {
	var n Nav
	var err error
	if n.Dashboards, err = d.Dashboards(ctx, v); err != nil {
		return n, err
	}
	for _, x := range n.Dashboards {
		n.Sites += x.Sites
		n.Updates += x.Updates.Total()
	}
	where := v.clients()
	n.Clients, err = one[int](ctx, d.r, "SELECT count(*) FROM clients c WHERE "+where.sql, where.args...)
	if err != nil {
		return n, fmt.Errorf("count the clients: %w", err)
	}
	return n, nil
}

// clients limits the table alias c (clients): those listed, and those with a visible site.
func (v Viewer) clients() cond {
	if v.staff() && v.All {
		return cond{sql: "1"}
	}
	in := v.sites("vs")
	return v.listed("c", cond{sql: "EXISTS (SELECT 1 FROM sites vs WHERE vs.dashboard_id = c.dashboard_id AND vs.client_id = c.remote_id AND " + in.sql + ")", args: in.args})
}

// Totals are the headline numbers. Attention counts sites, each once.
type Totals struct {
	Sites, Connected, Suspended, Disconnected, Down int
	Attention, Unknown, SitesWithUpdates            int
	Updates                                         UpdateCounts
}

// Totals sums the sites a viewer may see.
func (d *DB) Totals(ctx context.Context, v Viewer) (Totals, error) {
	n, updates, err := d.fleetCounts(ctx, v)
	t := Totals{Sites: n[""], Suspended: n[StatusSuspended], Disconnected: n[StatusDisconnected] + n[StatusSyncFailing], Down: n[StatusDown],
		Attention: n[StatusAttention], Unknown: n[StatusUnknown], SitesWithUpdates: n[withUpdates], Updates: updates}
	t.Connected = t.Sites - t.Suspended - t.Disconnected - t.Unknown
	return t, err
}

// Attention is one reason why sites need a look. Status opens them in the list of sites; one site can have several reasons.
type Attention struct {
	Status string
	Sites  int
	Names  []string  // the first three, worst first
	Since  time.Time // of the longest; zero where that is not known
	Detail string
}

// attentionReasons are listed worst first; detail is one more fact about the first site.
var attentionReasons = [...]struct{ status, since, detail string }{
	{StatusDown, "s.down_since", "''"},
	{StatusRolledBack, "NULL", "coalesce((SELECT u.name || ' ' || u.rollback FROM updates u WHERE u.site_id = s.id AND u.rollback <> '' LIMIT 1), '')"},
	{StatusDisconnected, "s.good_sync_at", "s.sync_error"},
	{StatusSyncFailing, "s.good_sync_at", "s.sync_error"},
	{StatusStale, "s.good_sync_at", "''"},
	{StatusPHPEnded, "NULL", "s.php_version"},
	{StatusWPBehind, "NULL", "s.wp_version"},
	{StatusAbandoned, "NULL", "''"},
}

// Attention lists the reasons that have sites.
func (d *DB) Attention(ctx context.Context, v Viewer) ([]Attention, error) {
	counts, _, err := d.fleetCounts(ctx, v)
	if err != nil {
		return nil, err
	}
	var out []Attention
	in := v.sites("s")
	for _, reason := range attentionReasons {
		if counts[reason.status] == 0 {
			continue
		}
		where := d.status(reason.status)
		a := Attention{Status: reason.status, Sites: counts[reason.status]}
		type first struct {
			name, detail string
			since        time.Time
		}
		names, err := collect(ctx, d.r, func(row scanner, f *first) error { return row.Scan(&f.name, at(&f.since), &f.detail) },
			"SELECT s.name, "+reason.since+", "+reason.detail+" FROM (SELECT s.id FROM sites s WHERE s.gone_at IS NULL AND "+where.sql+" AND "+in.sql+
				" ORDER BY "+reason.since+" IS NULL, "+reason.since+", s.name LIMIT 3) first JOIN sites s ON s.id = first.id", append(where.args, in.args...)...)
		if err != nil {
			return nil, fmt.Errorf("name sites that are %s: %w", reason.status, err)
		}
		for i, f := range names {
			if i == 0 {
				a.Since, a.Detail = f.since, f.detail
			}
			a.Names = append(a.Names, f.name)
		}
		out = append(out, a)
	}
	return out, nil
}

// countedStatuses are the keys of SiteStatusCounts that fleetCounts fills.
var countedStatuses = [...]string{"", StatusAttention, StatusDown, StatusRolledBack, StatusDisconnected, StatusSyncFailing, StatusStale, StatusUnknown, StatusOK, StatusSuspended, StatusPHPEnded,
	StatusWPBehind, StatusAbandoned, withUpdates}

// withUpdates is the key of sites with an offered update in SiteStatusCounts.
const withUpdates = "updates"

// SiteStatusCounts counts the sites of each value of SiteFilter.Status; "" is all that are not gone, "updates" those with a pending update.
func (d *DB) SiteStatusCounts(ctx context.Context, v Viewer) (map[string]int, error) {
	out, _, err := d.fleetCounts(ctx, v)
	if err != nil {
		return nil, err
	}
	in := v.sites("s")
	out[StatusGone], err = one[int](ctx, d.r, "SELECT count(*) FROM sites s WHERE s.gone_at IS NOT NULL AND "+in.sql, in.args...)
	return out, err
}

// fleetCounts counts sites by status, and offered updates by kind. Who sees everything gets it from site_totals and a few index ranges.
func (d *DB) fleetCounts(ctx context.Context, v Viewer) (map[string]int, UpdateCounts, error) {
	if !v.All || !v.staff() {
		return d.scanCounts(ctx, v)
	}
	type total struct {
		state                   SiteState
		sites, pending, flagged int
		u                       UpdateCounts
	}
	rows, err := collect(ctx, d.r, func(row scanner, t *total) error {
		return row.Scan(&t.state, &t.sites, &t.pending, &t.flagged, &t.u.Core, &t.u.Plugins, &t.u.Themes, &t.u.Translations, &t.u.Ignored)
	}, "SELECT state, sum(sites), sum(pending), sum(flagged), sum(core), sum(plugins), sum(themes), sum(translations), sum(ignored) FROM site_totals GROUP BY state")
	if err != nil {
		return nil, UpdateCounts{}, fmt.Errorf("read the totals of the fleet: %w", err)
	}
	n, u := map[string]int{}, UpdateCounts{}
	for _, status := range countedStatuses {
		n[status] = 0
	}
	for _, t := range rows {
		n[""] += t.sites
		if status, ok := stateStatus[t.state]; ok {
			n[status] += t.sites
		}
		n[withUpdates] += t.pending
		n[StatusAttention] += t.flagged
		u = UpdateCounts{Core: u.Core + t.u.Core, Plugins: u.Plugins + t.u.Plugins, Themes: u.Themes + t.u.Themes, Translations: u.Translations + t.u.Translations, Ignored: u.Ignored + t.u.Ignored}
	}
	for _, status := range []string{StatusStale, StatusRolledBack, StatusAbandoned} {
		c := d.status(status)
		if n[status], err = one[int](ctx, d.r, "SELECT count(*) FROM sites s WHERE s.gone_at IS NULL AND "+c.sql, c.args...); err != nil {
			return nil, u, fmt.Errorf("count sites that are %s: %w", status, err)
		}
	}
	n[StatusOK] -= n[StatusStale]
	return n, u, d.countVersions(ctx, n)
}

// countVersions counts sites with old versions, and adds those that need attention for these or for their age to those that are flagged.
func (d *DB) countVersions(ctx context.Context, n map[string]int) error {
	const php, wp = "php_key BETWEEN 1 AND ?1", "wp_key BETWEEN 1 AND " + wpBehind
	var ended, behind, old int
	supported := phpSupportedFrom(d.now()) - 1
	row := d.r.QueryRowContext(ctx, "SELECT coalesce(sum(sites * ("+php+")), 0), coalesce(sum(sites * ("+wp+")), 0), coalesce(sum(sites * (flagged = 0 AND ("+php+" OR "+wp+"))), 0) FROM version_totals", supported)
	if err := row.Scan(&ended, &behind, &old); err != nil {
		return fmt.Errorf("count sites with old versions: %w", err)
	}
	stale := d.status(StatusStale)
	more, err := one[int](ctx, d.r, "SELECT count(*) FROM sites s WHERE s.gone_at IS NULL AND s.flagged = 0 AND "+stale.sql+" AND NOT (s.php_key BETWEEN 1 AND ?) AND NOT (s.wp_key BETWEEN 1 AND "+wpBehind+")",
		append(stale.args, supported)...)
	if err != nil {
		return fmt.Errorf("count sites that need attention: %w", err)
	}
	n[StatusPHPEnded], n[StatusWPBehind] = ended, behind
	n[StatusAttention] += old + more
	return nil
}

// stateStatus names stored states as SiteFilter.Status does; rolled back is counted by its own column there.
var stateStatus = map[SiteState]string{StateDown: StatusDown, StateDisconnected: StatusDisconnected, StateSyncFailing: StatusSyncFailing,
	StateUnknown: StatusUnknown, StateOK: StatusOK, StateSuspended: StatusSuspended}

// unflagged selects the ids of sites that need attention for a reason that depends on the clock or on the fleet.
func (d *DB) unflagged() cond {
	var parts []string
	var args []any
	for _, status := range []string{StatusStale, StatusPHPEnded, StatusWPBehind} {
		c := d.status(status)
		parts, args = append(parts, "SELECT s.id FROM sites s WHERE s.gone_at IS NULL AND "+c.sql), append(args, c.args...)
	}
	return cond{sql: strings.Join(parts, " UNION "), args: args}
}

// scanCounts counts row by row what a limited viewer may see.
func (d *DB) scanCounts(ctx context.Context, v Viewer) (map[string]int, UpdateCounts, error) {
	var sums []string
	var args []any
	counts := make([]int, len(countedStatuses))
	dest := make([]any, 0, len(counts)+5)
	for i, status := range countedStatuses {
		c := d.status(status)
		if status == withUpdates {
			c = cond{sql: siteUpdateKinds["any"]}
		}
		sums, args, dest = append(sums, "coalesce(sum("+c.sql+"), 0)"), append(args, c.args...), append(dest, &counts[i])
	}
	var u UpdateCounts
	dest = append(dest, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored)
	in := v.sites("s")
	row := d.r.QueryRowContext(ctx, "SELECT "+strings.Join(sums, ", ")+`, coalesce(sum(s.upd_core), 0), coalesce(sum(s.upd_plugins), 0), coalesce(sum(s.upd_themes), 0), coalesce(sum(s.upd_translations), 0), coalesce(sum(s.upd_ignored), 0)
		FROM sites s WHERE s.gone_at IS NULL AND `+in.sql, append(args, in.args...)...)
	if err := row.Scan(dest...); err != nil {
		return nil, u, fmt.Errorf("count the sites by status: %w", err)
	}
	out := map[string]int{}
	for i, status := range countedStatuses {
		out[status] = counts[i]
	}
	return out, u, nil
}

// status is the condition of a value of SiteFilter.Status on the alias s; an unknown value does not narrow.
func (d *DB) status(status string) cond {
	now := d.now()
	stale := now.Add(-StaleAfter).Unix()
	is := func(s SiteState) cond { return cond{sql: "s.state = ?", args: []any{s}} }
	switch status {
	case StatusDown:
		return is(StateDown)
	case StatusRolledBack:
		return cond{sql: "s.suspended = 0 AND s.rollbacks > 0"}
	case StatusDisconnected:
		return is(StateDisconnected)
	case StatusSyncFailing:
		return is(StateSyncFailing)
	case StatusSuspended:
		return is(StateSuspended)
	case StatusUnknown:
		return is(StateUnknown)
	case StatusStale:
		return cond{sql: "s.state = ? AND s.good_sync_at < ?", args: []any{StateOK, stale}}
	case StatusOK:
		return cond{sql: "s.state = ? AND s.good_sync_at >= ?", args: []any{StateOK, stale}}
	case StatusPHPEnded:
		return cond{sql: "s.suspended = 0 AND s.php_key BETWEEN 1 AND ?", args: []any{phpSupportedFrom(now) - 1}}
	case StatusWPBehind:
		return cond{sql: "s.suspended = 0 AND s.wp_key BETWEEN 1 AND " + wpBehind}
	case StatusAbandoned:
		return cond{sql: "s.suspended = 0 AND s.abandoned > 0"}
	case StatusAttention:
		more := d.unflagged()
		return cond{sql: "(s.flagged OR s.id IN (" + more.sql + "))", args: more.args}
	}
	return cond{sql: "1"}
}

// attention is StatusAttention for a few rows that are known: row by row, where status finds all such sites in indexes first.
func (d *DB) attention() cond {
	or := cond{sql: "s.flagged"}
	for _, status := range []string{StatusStale, StatusPHPEnded, StatusWPBehind} {
		c := d.status(status)
		or = cond{sql: or.sql + " OR " + c.sql, args: append(or.args, c.args...)}
	}
	return cond{sql: "(" + or.sql + ")", args: or.args}
}

// newestWPKey is the VersionKey of the newest WordPress that any site runs or is offered.
const newestWPKey = `(SELECT max(k) FROM (SELECT max(key) AS k FROM releases WHERE kind = 'core' UNION ALL SELECT max(wp_key) FROM sites WHERE gone_at IS NULL AND suspended = 0))`

// wpBehind is the last VersionKey that is two or more major releases behind that: WordPress counts 6.8, 6.9, 7.0.
const wpBehind = `(SELECT ((r - 2) / 10 * 100000000) + (r - 2) % 10 * 10000 + 9999 FROM (SELECT k / 100000000 * 10 + k / 10000 % 10000 AS r FROM (SELECT coalesce(` + newestWPKey + `, 0) AS k)))`
