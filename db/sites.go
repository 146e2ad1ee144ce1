package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// siteSorts is the allow-list of SiteFilter.Sort; sites without a figure come last either way.
var siteSorts = map[string]string{
	"name":      "",
	"status":    "s.state %s",
	"dashboard": "d.name COLLATE NOCASE %s",
	"client":    "c.name COLLATE NOCASE %s",
	"wp":        "nullif(s.wp_key, 0) %s NULLS LAST",
	"php":       "nullif(s.php_key, 0) %s NULLS LAST",
	"updates":   "s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations %s",
	"health":    "s.health_score %s NULLS LAST",
	"synced":    "s.good_sync_at %s NULLS LAST",
}

var siteUpdateKinds = map[string]string{
	"any":         "s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations > 0",
	"core":        "s.upd_core > 0",
	"plugin":      "s.upd_plugins > 0",
	"theme":       "s.upd_themes > 0",
	"translation": "s.upd_translations > 0",
	"ignored":     "s.upd_ignored > 0",
	"none":        "s.updates_known = 1 AND s.upd_core + s.upd_plugins + s.upd_themes + s.upd_translations = 0",
}

// where builds the conditions of a filter; cheap ones come first.
func (f SiteFilter) where(d *DB, v Viewer) cond {
	var and []string
	var args []any
	add := func(sql string, a ...any) { and, args = append(and, sql), append(args, a...) }
	if f.Status == StatusGone {
		add("s.gone_at IS NOT NULL")
	} else {
		add("s.gone_at IS NULL")
	}
	if f.Status != "" && f.Status != StatusGone {
		c := d.status(f.Status)
		add(c.sql, c.args...)
	}
	if f.Dashboard != 0 {
		add("s.dashboard_id = ?", f.Dashboard)
	}
	if f.Client != (Ref{}) {
		add("s.dashboard_id = ? AND s.client_id = ?", f.Client.Dashboard, f.Client.ID)
	}
	if sql, ok := siteUpdateKinds[f.Updates]; ok {
		add(sql)
	}
	if f.Tag != "" {
		add("s.id IN (SELECT st.site_id FROM tags t JOIN site_tags st ON st.dashboard_id = t.dashboard_id AND st.tag_id = t.remote_id WHERE t.name = ?)", f.Tag)
	}
	if pending, rest := strings.CutPrefix(f.Item, "update:"); rest {
		if kind, slug, ok := strings.Cut(pending, ":"); ok {
			add("s.id IN (SELECT site_id FROM updates WHERE kind = ? AND slug = ? AND offer = 'offered')", kind, slug)
		}
	} else if kind, slug, ok := strings.Cut(f.Item, ":"); ok {
		add("s.id IN (SELECT site_id FROM installed WHERE kind = ? AND slug = ?)", kind, slug)
	}
	if words := containsWords("s.search", foldedWords(f.Query)); len(words.args) > 0 {
		add(words.sql, words.args...)
	}
	in := v.sites("s")
	add(in.sql, in.args...)
	return cond{sql: strings.Join(and, " AND "), args: args}
}

// order is the ORDER BY of a filter; the name and the id make it total.
func (f SiteFilter) order() string {
	dir := "ASC"
	if f.Desc {
		dir = "DESC"
	}
	sort, ok := siteSorts[f.Sort]
	switch {
	case !ok:
		dir = "ASC"
		fallthrough
	case sort == "":
		return "s.name COLLATE NOCASE " + dir + ", s.id " + dir
	}
	return fmt.Sprintf(sort, dir) + ", s.name COLLATE NOCASE, s.id"
}

const siteFrom = ` FROM sites s JOIN dashboards d ON d.id = s.dashboard_id
	LEFT JOIN clients c ON c.dashboard_id = s.dashboard_id AND c.remote_id = s.client_id`

const siteColumns = `s.id, s.remote_id, s.dashboard_id, d.name, d.paused_at, d.doubt_at, d.error_kind, d.passes, d.last_read_at, s.name, s.url, s.client_id, coalesce(c.name, ''),
	s.state, s.sync_error, s.down_since, s.last_sync_at, s.good_sync_at, s.read_ms, s.missing, s.wp_version, s.wp_key, s.php_version, s.php_key, s.health_score,
	s.upd_core, s.upd_plugins, s.upd_themes, s.upd_translations, s.upd_ignored, s.updates_known, s.abandoned, s.gone_at`

// siteScan is what a SiteRow is derived from.
type siteScan struct {
	row           SiteRow
	dash          Dashboard
	readMS        int64
	missing       int
	wpKey, phpKey int64
	goneAt        time.Time
}

func (x *siteScan) fields() []any {
	s, u := &x.row, &x.row.Updates
	return []any{&s.ID, &s.RemoteID, &s.DashboardID, &s.DashboardName, at(&x.dash.PausedAt), at(&x.dash.DoubtAt), &x.dash.ErrorKind, &x.dash.Passes, at(&x.dash.LastReadAt), &s.Name, &s.URL, &s.Client.ID, &s.ClientName,
		&s.State, &s.SyncError, at(&s.DownSince), at(&s.LastSyncAt), at(&s.GoodSyncAt), &x.readMS, &x.missing, &s.WPVersion, &x.wpKey, &s.PHPVersion, &x.phpKey, &s.HealthScore,
		&u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored, &s.UpdatesKnown, &s.Abandoned, at(&x.goneAt)}
}

// finish derives what depends on the clock and on the fleet.
func (x *siteScan) finish(now time.Time, newest int) SiteRow {
	s := &x.row
	s.Client.Dashboard = s.DashboardID
	if s.Client.ID == 0 {
		s.Client = Ref{}
	}
	s.DashState = x.dash.state()
	// Rows that did not change are not written: a later read of the whole list has seen this one as it stands here.
	s.ReadAt = unixMilli(x.readMS).Truncate(time.Second)
	if x.dash.LastReadAt.After(s.ReadAt) && x.missing == 0 && x.goneAt.IsZero() {
		s.ReadAt = x.dash.LastReadAt
	}
	if s.State == StateOK && s.GoodSyncAt.Before(now.Add(-StaleAfter)) {
		s.State = StateStale
	}
	s.PHPEnded = x.phpKey > 0 && x.phpKey < phpSupportedFrom(now)
	if x.wpKey > 0 {
		s.WPBehind = max(newest-wpRelease(x.wpKey), 0)
	}
	return x.row
}

// Sites lists sites with their total number before paging.
func (d *DB) Sites(ctx context.Context, v Viewer, f SiteFilter) ([]SiteRow, int, error) {
	where := f.where(d, v)
	limit, offset := f.limits()
	if f.Query != "" && f.Sort != "client" && f.Sort != "dashboard" {
		ids, total, err := d.searchSites(ctx, f, where, limit, offset)
		if err != nil {
			return nil, 0, fmt.Errorf("search the sites: %w", err)
		}
		if len(ids) > 0 {
			rows, err := d.sitePage(ctx, v, ids)
			return rows, total, err
		}
	}
	total, err := one[int](ctx, d.r, "SELECT count(*) FROM sites s WHERE "+where.sql, where.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count the sites: %w", err)
	}
	ids, err := d.siteIDs(ctx, f, where, limit, offset, total)
	if err != nil {
		return nil, 0, fmt.Errorf("find the sites: %w", err)
	}
	rows, err := d.sitePage(ctx, v, ids)
	return rows, total, err
}

// searchSites finds a page by ids and counts in one go: looking into the texts of all sites is what costs most. Past the end it counts none.
func (d *DB) searchSites(ctx context.Context, f SiteFilter, where cond, limit, offset int) (ids []int64, total int, err error) {
	ids, err = collect(ctx, d.r, func(row scanner, id *int64) error { return row.Scan(id, &total) },
		"SELECT s.id, count(*) OVER () FROM sites s WHERE "+where.sql+" ORDER BY "+f.order()+" LIMIT ? OFFSET ?", append(slices.Clone(where.args), limit, offset)...)
	return ids, total, err
}

// siteIDs finds a page by ids, which the indexes can answer, so that the rows before it are not read. Sorted by client or Dashboard, the
// sites are found name by name; those without a client come last.
func (d *DB) siteIDs(ctx context.Context, f SiteFilter, where cond, limit, offset, total int) ([]int64, error) {
	find := func(from string, limit, offset int) ([]int64, error) {
		return collect(ctx, d.r, func(row scanner, id *int64) error { return row.Scan(id) },
			"SELECT s.id FROM "+from+where.sql+" ORDER BY "+f.order()+" LIMIT ? OFFSET ?", append(slices.Clone(where.args), limit, offset)...)
	}
	switch f.Sort {
	case "dashboard":
		return find("dashboards d CROSS JOIN sites s ON s.dashboard_id = d.id WHERE ", limit, offset)
	case "client":
	default:
		return find("sites s WHERE ", limit, offset)
	}
	const same = "s.dashboard_id = c.dashboard_id AND s.client_id = c.remote_id"
	ids, err := find("clients c CROSS JOIN sites s ON "+same+" WHERE ", limit, offset)
	if err != nil || len(ids) == limit || offset+len(ids) >= total {
		return ids, err
	}
	named, err := one[int](ctx, d.r, "SELECT count(*) FROM sites s CROSS JOIN clients c ON "+same+" WHERE "+where.sql, where.args...)
	if err != nil {
		return nil, err
	}
	f.Sort, f.Desc = "", false
	rest, err := find("sites s WHERE NOT EXISTS (SELECT 1 FROM clients c WHERE "+same+") AND ", limit-len(ids), max(offset-named, 0))
	return append(ids, rest...), err
}

// sitePage reads the sites of a page in its order.
func (d *DB) sitePage(ctx context.Context, v Viewer, ids []int64) ([]SiteRow, error) {
	rows, err := d.siteRows(ctx, v, "s.id IN (SELECT value FROM json_each(?))", jsonText(ids))
	slices.SortFunc(rows, func(a, b SiteRow) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return rows, err
}

// siteRows reads the sites that a condition selects, with tags, uptime and the hint that a site is on another Dashboard too.
func (d *DB) siteRows(ctx context.Context, v Viewer, where string, args ...any) ([]SiteRow, error) {
	scans, err := collect(ctx, d.r, func(row scanner, x *siteScan) error { return row.Scan(x.fields()...) }, "SELECT "+siteColumns+siteFrom+" WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list the sites: %w", err)
	}
	key, err := one[int64](ctx, d.r, "SELECT coalesce("+newestWPKey+", 0)")
	if err != nil {
		return nil, fmt.Errorf("find the newest WordPress: %w", err)
	}
	now := d.now()
	rows := make([]SiteRow, len(scans))
	ids := make([]int64, len(scans))
	for i := range scans {
		rows[i], ids[i] = scans[i].finish(now, wpRelease(key)), scans[i].row.ID
	}
	return rows, d.addParts(ctx, v, rows, ids)
}

func (d *DB) addParts(ctx context.Context, v Viewer, rows []SiteRow, ids []int64) error {
	if len(rows) == 0 {
		return nil
	}
	index := make(map[int64]*SiteRow, len(rows))
	for i := range rows {
		index[rows[i].ID] = &rows[i]
	}
	type siteTag struct {
		site int64
		tag  Tag
	}
	tags, err := collect(ctx, d.r, func(row scanner, t *siteTag) error {
		return row.Scan(&t.site, &t.tag.Dashboard, &t.tag.ID, &t.tag.Name, &t.tag.Color)
	}, `SELECT st.site_id, t.dashboard_id, t.remote_id, t.name, t.color FROM json_each(?) j JOIN site_tags st ON st.site_id = j.value
		JOIN tags t ON t.dashboard_id = st.dashboard_id AND t.remote_id = st.tag_id ORDER BY t.name COLLATE NOCASE`, jsonText(ids))
	if err != nil {
		return fmt.Errorf("read the tags of sites: %w", err)
	}
	for _, t := range tags {
		index[t.site].Tags = append(index[t.site].Tags, t.tag)
	}
	uptimes, err := d.dayUptimes(ctx, ids)
	if err != nil {
		return err
	}
	for id, up := range uptimes {
		index[id].Uptime = &up
	}
	type twin struct {
		site int64
		name string
	}
	in := v.sites("o")
	twins, err := collect(ctx, d.r, func(row scanner, t *twin) error { return row.Scan(&t.site, &t.name) },
		`SELECT s.id, d.name FROM json_each(?) j JOIN sites s ON s.id = j.value JOIN sites o ON o.url_key = s.url_key AND o.id <> s.id AND o.gone_at IS NULL
		JOIN dashboards d ON d.id = o.dashboard_id WHERE `+in.sql+" ORDER BY d.name DESC", append([]any{jsonText(ids)}, in.args...)...)
	if err != nil {
		return fmt.Errorf("look for the same sites on other Dashboards: %w", err)
	}
	for _, t := range twins {
		index[t.site].TwinOn = t.name
	}
	return nil
}

// Tags lists the tags that visible sites carry, by name, each with their number.
func (d *DB) Tags(ctx context.Context, v Viewer) ([]Tag, error) {
	in := v.sites("s")
	count, args := "JOIN sites s ON s.id = st.site_id AND "+in.sql, in.args
	if v.All && v.staff() {
		count, args = "", nil // sites that are gone have no tags
	}
	tags, err := collect(ctx, d.r, func(row scanner, t *Tag) error { return row.Scan(&t.Dashboard, &t.ID, &t.Name, &t.Color, &t.Sites) },
		`SELECT * FROM (SELECT t.dashboard_id, t.remote_id, t.name, t.color, (SELECT count(*) FROM site_tags st `+count+` WHERE st.dashboard_id = t.dashboard_id AND st.tag_id = t.remote_id) AS n
		FROM tags t) WHERE n > 0 ORDER BY name COLLATE NOCASE, dashboard_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list the tags: %w", err)
	}
	return tags, nil
}
