package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// DashboardEdit is what a person chooses for a Dashboard. URL is clean (mainwp.ParseBaseURL).
type DashboardEdit struct {
	Name, URL          string
	Auth               string // bearer, basic, query
	IndexPHP, ReadOnly bool
	Interval, Probe    time.Duration // full passes, probes; 0: as it is
	SyncStaleHours     int
}

// NewDashboard is a Dashboard to be connected. Key is the whole API key; KeyHint its last seven characters; KeyScope as in Dashboard.
type NewDashboard struct {
	DashboardEdit
	Key, KeyHint, KeyScope string
}

// TwinError says which Dashboard has the address already; it is an ErrConflict.
type TwinError struct {
	ID   int64
	Name string
}

func (e *TwinError) Error() string { return fmt.Sprintf("%s is connected already", e.Name) }

// Is makes a TwinError an ErrConflict.
func (e *TwinError) Is(target error) bool { return target == ErrConflict }

// Bounds of what a person may choose for the schedule.
const (
	minInterval = time.Minute
	minProbe    = 10 * time.Second
	maxInterval = 24 * time.Hour
)

const dashboardColumns = `d.id, d.name, d.url, d.auth, d.key_hint, d.index_php, d.read_only, d.key_scope, d.created_at, d.paused_at, d.interval_s, d.probe_s, d.sync_stale_h,
	d.next_sync_at, d.failures, d.error_kind, d.error, d.error_at, d.pass_started_at, d.pass_done, d.pass_total, d.last_pass_at, d.last_read_at, d.passes, d.doubt_at, d.doubt,
	d.capabilities_at, d.mainwp_version, d.wp_version, d.title, d.has_monitors, d.has_costs, d.abilities, d.fields_kept`

func (d *Dashboard) fields() []any {
	return []any{&d.ID, &d.Name, &d.URL, &d.Auth, &d.KeyHint, &d.IndexPHP, &d.ReadOnly, &d.KeyScope, at(&d.CreatedAt), at(&d.PausedAt), seconds(&d.Interval), seconds(&d.Probe), &d.SyncStaleHours,
		at(&d.NextSyncAt), &d.Failures, &d.ErrorKind, &d.Error, at(&d.ErrorAt), at(&d.PassStartedAt), &d.PassDone, &d.PassTotal, at(&d.LastPassAt), at(&d.LastReadAt), &d.Passes, at(&d.DoubtAt), &d.Doubt,
		at(&d.CapabilitiesAt), &d.MainWPVersion, &d.WPVersion, &d.Title, &d.HasMonitors, &d.HasCosts, &d.Abilities, &d.FieldsKept}
}

// state derives the one word from the rest.
func (d *Dashboard) state() DashboardState {
	switch {
	case !d.PausedAt.IsZero():
		return DashPaused
	case !d.DoubtAt.IsZero():
		return DashDoubt
	case d.ErrorKind == "credentials", d.ErrorKind == "stripped":
		return DashKey
	case d.ErrorKind == "transport":
		return DashUnreachable
	case d.ErrorKind != "":
		return DashTrouble
	case d.Passes > 0:
		return DashOK
	case !d.PassStartedAt.IsZero():
		return DashReading
	}
	return DashWaiting
}

// Dashboards lists the Dashboards a viewer may see, by name, with the figures of the sites he may see.
func (d *DB) Dashboards(ctx context.Context, v Viewer) ([]Dashboard, error) {
	return d.dashboards(ctx, v, 0)
}

// Dashboard is one of them; ErrNotFound.
func (d *DB) Dashboard(ctx context.Context, v Viewer, id int64) (Dashboard, error) {
	if id <= 0 {
		return Dashboard{}, ErrNotFound
	}
	list, err := d.dashboards(ctx, v, id)
	if err != nil || len(list) == 0 {
		return Dashboard{}, errors.Join(err, notFoundIf(err == nil))
	}
	return list[0], nil
}

func (d *DB) dashboards(ctx context.Context, v Viewer, id int64) ([]Dashboard, error) {
	where, sites := v.dashboards("d"), v.sites("s")
	sums := `SELECT s.dashboard_id, count(*) AS sites, sum(s.upd_core) AS core, sum(s.upd_plugins) AS plugins, sum(s.upd_themes) AS themes,
		sum(s.upd_translations) AS translations, sum(s.upd_ignored) AS ignored, max(s.good_sync_at) AS newest, min(s.good_sync_at) AS oldest FROM sites s WHERE s.gone_at IS NULL AND ` + sites.sql + ` GROUP BY s.dashboard_id`
	newest, oldest := "t.newest", "t.oldest"
	if v.All && v.staff() {
		newest, oldest = "(SELECT max(good_sync_at) FROM sites WHERE dashboard_id = d.id AND gone_at IS NULL)", "(SELECT min(good_sync_at) FROM sites WHERE dashboard_id = d.id AND gone_at IS NULL)"
		sums, sites.args = "SELECT dashboard_id, sum(sites) AS sites, sum(core) AS core, sum(plugins) AS plugins, sum(themes) AS themes, sum(translations) AS translations, sum(ignored) AS ignored FROM site_totals GROUP BY dashboard_id", nil
	}
	query := "SELECT " + dashboardColumns + `, coalesce(t.sites, 0), coalesce(t.core, 0), coalesce(t.plugins, 0), coalesce(t.themes, 0), coalesce(t.translations, 0), coalesce(t.ignored, 0), ` + newest + ", " + oldest + `
		FROM dashboards d LEFT JOIN (` + sums + `) t ON t.dashboard_id = d.id
		WHERE ` + where.sql + " AND (? = 0 OR d.id = ?) ORDER BY d.name COLLATE NOCASE, d.id"
	args := append(append(append([]any{}, sites.args...), where.args...), id, id)
	list, err := collect(ctx, d.r, func(row scanner, x *Dashboard) error {
		u := &x.Updates
		err := row.Scan(append(x.fields(), &x.Sites, &u.Core, &u.Plugins, &u.Themes, &u.Translations, &u.Ignored, at(&x.NewestSyncAt), at(&x.OldestSyncAt))...)
		x.State = x.state()
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list the Dashboards: %w", err)
	}
	return list, nil
}

func notFoundIf(yes bool) error {
	if yes {
		return ErrNotFound
	}
	return nil
}

// manage lets only those through who may change Dashboards.
func (v Viewer) manage() error {
	if !v.CanManageDashboards() {
		return fmt.Errorf("%w: only an owner may do that", ErrForbidden)
	}
	return nil
}

func urlKey(url string) string {
	_, rest, _ := strings.Cut(strings.ToLower(url), "://")
	return strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
}

func (e *DashboardEdit) check() error {
	e.Name = strings.TrimSpace(e.Name)
	if e.Name == "" || e.URL == "" {
		return fmt.Errorf("%w: a Dashboard needs a name and an address", ErrInvalid)
	}
	switch e.Auth {
	case "":
		e.Auth = "bearer"
	case "bearer", "basic", "query":
	default:
		return fmt.Errorf("%w: %q is no way to send a key", ErrInvalid, e.Auth)
	}
	if e.Interval == 0 {
		e.Interval = 15 * time.Minute
	}
	if e.Probe == 0 {
		e.Probe = time.Minute
	}
	e.Interval = min(max(e.Interval, minInterval), maxInterval)
	e.Probe = min(max(e.Probe, minProbe), maxInterval)
	e.SyncStaleHours = min(max(e.SyncStaleHours, 0), 24*30)
	return nil
}

// CreateDashboard connects a Dashboard; its first pass is due at once. The same address twice is a *TwinError.
func (d *DB) CreateDashboard(ctx context.Context, v Viewer, n NewDashboard) (int64, error) {
	if err := errors.Join(v.manage(), n.check()); err != nil {
		return 0, err
	}
	if n.KeyScope == "" {
		n.KeyScope = "unknown"
	}
	var id int64
	err := d.tx(ctx, func(tx *sql.Tx) error {
		if err := d.twin(ctx, tx, n.URL, 0); err != nil {
			return err
		}
		now := d.now().Unix()
		res, err := tx.ExecContext(ctx, `INSERT INTO dashboards (name, url, url_key, auth, key_hint, key_scope, index_php, read_only, created_at, interval_s, probe_s, sync_stale_h, next_sync_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, n.Name, n.URL, urlKey(n.URL), n.Auth, n.KeyHint, n.KeyScope, n.IndexPHP, n.ReadOnly, now,
			int64(n.Interval.Seconds()), int64(n.Probe.Seconds()), n.SyncStaleHours, now)
		if err != nil {
			return fmt.Errorf("add the Dashboard: %w", err)
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
		return d.storeKey(ctx, tx, id, n.Key)
	})
	return id, err
}

// sameKeys are the keys under which the address of a key may stand: this machine has three names.
func sameKeys(key string) []string {
	local := []string{"localhost", "127.0.0.1", "[::1]"}
	for _, host := range local {
		if rest, ok := strings.CutPrefix(key, host); ok && (rest == "" || strings.ContainsRune(":/", rune(rest[0]))) {
			return []string{local[0] + rest, local[1] + rest, local[2] + rest}
		}
	}
	return []string{key}
}

func (d *DB) twin(ctx context.Context, q querier, url string, except int64) error {
	var t TwinError
	err := q.QueryRowContext(ctx, "SELECT id, name FROM dashboards WHERE url_key IN (SELECT value FROM json_each(?)) AND id <> ?", jsonText(sameKeys(urlKey(url))), except).Scan(&t.ID, &t.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return errors.Join(err, &t)
}

func (d *DB) storeKey(ctx context.Context, tx *sql.Tx, id int64, key string) error {
	_, err := tx.ExecContext(ctx, "UPDATE dashboards SET key_sealed = ? WHERE id = ?", d.seal.seal(key, place("dashboards", id, "key_sealed")), id)
	return err
}

// EditDashboard changes what a person chose. A new address is read at once and asks the identity guard.
func (d *DB) EditDashboard(ctx context.Context, v Viewer, id int64, e DashboardEdit) error {
	if err := errors.Join(v.manage(), e.check()); err != nil {
		return err
	}
	return d.tx(ctx, func(tx *sql.Tx) error {
		if err := d.twin(ctx, tx, e.URL, id); err != nil {
			return err
		}
		return affected(tx.ExecContext(ctx, `UPDATE dashboards SET name = ?1, index_php = ?2, read_only = ?3, interval_s = ?4, probe_s = ?5, sync_stale_h = ?6, auth = ?7,
			next_sync_at = CASE WHEN url = ?8 AND index_php = ?2 AND auth = ?7 THEN next_sync_at ELSE ?9 END,
			failures = CASE WHEN url = ?8 THEN failures ELSE 0 END,
			trust_next = CASE WHEN url_key = ?10 THEN trust_next ELSE 0 END,
			capabilities_at = CASE WHEN url_key = ?10 THEN capabilities_at END,
			doubt_at = CASE WHEN url_key = ?10 THEN doubt_at WHEN identity_key IN (?10, '') THEN NULL ELSE ?9 END,
			doubt = CASE WHEN url_key = ?10 THEN doubt WHEN identity_key IN (?10, '') THEN '' ELSE 'Its address was changed from ' || url || ' to ' || ?8 || '.' END,
			url = ?8, url_key = ?10 WHERE id = ?11`,
			e.Name, e.IndexPHP, e.ReadOnly, int64(e.Interval.Seconds()), int64(e.Probe.Seconds()), e.SyncStaleHours, e.Auth, e.URL, d.now().Unix(), urlKey(e.URL), id))
	})
}

// SetDashboardKey replaces the API key; the Dashboard is read again at once.
func (d *DB) SetDashboardKey(ctx context.Context, v Viewer, id int64, auth, key, hint, scope string) error {
	if err := v.manage(); err != nil {
		return err
	}
	return d.tx(ctx, func(tx *sql.Tx) error {
		if err := affected(tx.ExecContext(ctx, `UPDATE dashboards SET auth = ?, key_hint = ?, key_scope = ?, next_sync_at = ?, next_probe_at = NULL, failures = 0,
			error_kind = '', error = '', error_at = NULL WHERE id = ?`, auth, hint, scope, d.now().Unix(), id)); err != nil {
			return err
		}
		return d.storeKey(ctx, tx, id, key)
	})
}

// PauseDashboard stops or starts reading a Dashboard; its data stays.
func (d *DB) PauseDashboard(ctx context.Context, v Viewer, id int64, pause bool) error {
	if err := v.manage(); err != nil {
		return err
	}
	now := d.now()
	paused := now
	if !pause {
		paused = time.Time{}
	}
	return affected(d.w.ExecContext(ctx, "UPDATE dashboards SET paused_at = ?, next_sync_at = CASE WHEN ? THEN next_sync_at ELSE ? END WHERE id = ?", unix(paused), pause, now.Unix(), id))
}

// RefreshDashboard makes a full pass due now, also for a Dashboard that was stopped; 0 means all the viewer sees. Paused ones stay paused.
func (d *DB) RefreshDashboard(ctx context.Context, v Viewer, id int64) error {
	if v.Role == Reader {
		return fmt.Errorf("%w: your role reads only", ErrForbidden)
	}
	where := v.dashboards("d")
	args := append([]any{d.now().Unix(), id, id}, where.args...)
	return affected(d.w.ExecContext(ctx, "UPDATE dashboards AS d SET next_sync_at = ? WHERE (? = 0 OR d.id = ?) AND d.paused_at IS NULL AND "+where.sql, args...))
}

// ConfirmDashboard ends the identity guard's doubt: a person says that it is the same Dashboard, so the next pass may write.
func (d *DB) ConfirmDashboard(ctx context.Context, v Viewer, id int64) error {
	if err := v.manage(); err != nil {
		return err
	}
	return affected(d.w.ExecContext(ctx, "UPDATE dashboards SET doubt_at = NULL, doubt = '', trust_next = 1, identity_key = url_key, next_sync_at = ? WHERE id = ? AND doubt_at IS NOT NULL", d.now().Unix(), id))
}

// DashboardKey opens the API key for a check; owners only.
func (d *DB) DashboardKey(ctx context.Context, v Viewer, id int64) (auth, key string, err error) {
	if err := v.manage(); err != nil {
		return "", "", err
	}
	return d.dashboardKey(ctx, id)
}

func (d *DB) dashboardKey(ctx context.Context, id int64) (auth, key string, err error) {
	var sealed []byte
	if err := d.r.QueryRowContext(ctx, "SELECT auth, key_sealed FROM dashboards WHERE id = ?", id).Scan(&auth, &sealed); err != nil {
		return "", "", noRows(err)
	}
	key, err = d.seal.open(sealed, place("dashboards", id, "key_sealed"))
	return auth, key, err
}
