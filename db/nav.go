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
	where := v.clients("c")
	n.Clients, err = one[int](ctx, d.r, "SELECT count(*) FROM clients c WHERE "+where.sql, where.args...)
	if err != nil {
		return n, fmt.Errorf("count the clients: %w", err)
	}
	return n, nil
}

// clients limits the table alias c (clients): those listed, and those with a visible site.
func (v Viewer) clients(c string) cond {
	if v.staff() && v.All {
		return cond{sql: "1"}
	}
	in := v.sites("vs")
	return cond{sql: "EXISTS (SELECT 1 FROM sites vs WHERE vs.dashboard_id = " + c + ".dashboard_id AND vs.client_id = " + c + ".remote_id AND " + in.sql + ")", args: in.args}
}

// Totals are the headline numbers. Attention counts sites, each once.
type Totals struct {
	Sites, Connected, Suspended, Disconnected, Down int
	Attention, Unknown, SitesWithUpdates            int
	Updates                                         UpdateCounts
}

// Totals sums the sites a viewer may see.
func (d *DB) Totals(ctx context.Context, v Viewer) (Totals, error) {
	var t Totals
	in, attention := v.sites("s"), d.status(StatusAttention)
	u := &t.Updates
	query := `SELECT count(*), coalesce(sum(s.state = ?), 0), coalesce(sum(s.state IN (?, ?)), 0), coalesce(sum(s.state = ?), 0), coalesce(sum(s.state = ?), 0),
		coalesce(sum(` + attention.sql + `), 0), coalesce(sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations > 0), 0),
		coalesce(sum(s.upd_core), 0), coalesce(sum(s.upd_plugins), 0), coalesce(sum(s.upd_themes), 0), coalesce(sum(s.upd_translations), 0), coalesce(sum(s.upd_ignored), 0)
		FROM sites s WHERE s.gone_at IS NULL AND ` + in.sql
	args := append([]any{StateSuspended, StateDisconnected, StateSyncFailing, StateDown, StateUnknown}, attention.args...)
	row := d.r.QueryRowContext(ctx, query, append(args, in.args...)...)
	if err := row.Scan(&t.Sites, &t.Suspended, &t.Disconnected, &t.Down, &t.Unknown, &t.Attention, &t.SitesWithUpdates, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored); err != nil {
		return t, fmt.Errorf("sum the sites: %w", err)
	}
	t.Connected = t.Sites - t.Suspended - t.Disconnected - t.Unknown
	return t, nil
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
	counts, err := d.statusCounts(ctx, v)
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
			"SELECT s.name, "+reason.since+", "+reason.detail+" FROM sites s WHERE s.gone_at IS NULL AND "+where.sql+" AND "+in.sql+
				" ORDER BY "+reason.since+" IS NULL, "+reason.since+", s.name COLLATE NOCASE LIMIT 3", append(where.args, in.args...)...)
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

// statusCounts counts the sites of each status in one pass over a covering index.
func (d *DB) statusCounts(ctx context.Context, v Viewer) (map[string]int, error) {
	statuses := []string{"", StatusAttention, StatusDown, StatusRolledBack, StatusDisconnected, StatusSyncFailing, StatusStale, StatusUnknown, StatusOK, StatusSuspended, StatusPHPEnded, StatusWPBehind, StatusAbandoned}
	var sums []string
	var args []any
	counts := make([]int, len(statuses)+1)
	dest := make([]any, 0, len(counts))
	for i, status := range statuses {
		c := d.status(status)
		sums = append(sums, "coalesce(sum("+c.sql+"), 0)")
		args = append(args, c.args...)
		dest = append(dest, &counts[i])
	}
	sums = append(sums, "coalesce(sum(s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations > 0), 0)")
	dest = append(dest, &counts[len(statuses)])
	in := v.sites("s")
	row := d.r.QueryRowContext(ctx, "SELECT "+strings.Join(sums, ", ")+" FROM sites s WHERE s.gone_at IS NULL AND "+in.sql, append(args, in.args...)...)
	if err := row.Scan(dest...); err != nil {
		return nil, fmt.Errorf("count the sites by status: %w", err)
	}
	out := map[string]int{"updates": counts[len(statuses)]}
	for i, status := range statuses {
		out[status] = counts[i]
	}
	return out, nil
}

// SiteStatusCounts counts the sites of each value of SiteFilter.Status; "" is all that are not gone, "updates" those with a pending update.
func (d *DB) SiteStatusCounts(ctx context.Context, v Viewer) (map[string]int, error) {
	out, err := d.statusCounts(ctx, v)
	if err != nil {
		return nil, err
	}
	in := v.sites("s")
	out[StatusGone], err = one[int](ctx, d.r, "SELECT count(*) FROM sites s WHERE s.gone_at IS NOT NULL AND "+in.sql, in.args...)
	return out, err
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
		return cond{sql: "s.rollbacks > 0"}
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
		return cond{sql: "s.suspended = 0 AND s.wp_key > 0 AND s.wp_key / 100000000 * 10 + s.wp_key / 10000 % 10000 <= " + newestWP + " - 2"}
	case StatusAbandoned:
		return cond{sql: "s.suspended = 0 AND s.abandoned > 0"}
	case StatusAttention:
		var or []string
		var args []any
		for _, reason := range attentionReasons {
			c := d.status(reason.status)
			or, args = append(or, "("+c.sql+")"), append(args, c.args...)
		}
		return cond{sql: "(" + strings.Join(or, " OR ") + ")", args: args}
	}
	return cond{sql: "1"}
}

// newestWP is the newest major WordPress release any site runs or is offered, as wpRelease numbers it.
const newestWP = `(SELECT max(k / 100000000 * 10 + k / 10000 % 10000) FROM (SELECT max(key) AS k FROM releases WHERE kind = 'core' UNION ALL SELECT max(wp_key) FROM sites WHERE gone_at IS NULL))`
