package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// KnownSite is what the mirror holds of a site, as far as a pass needs it to see what changed.
type KnownSite struct {
	ID, RemoteID    int64
	URLKey          string
	Hash, ProbeHash []byte
	LastSyncAt      time.Time
	SyncError       string
	Suspended, Gone bool
}

// KnownSites reads the mirrored sites of a Dashboard by remote id.
func (m *Mirror) KnownSites(ctx context.Context, dashboardID int64) (map[int64]KnownSite, error) {
	list, err := collect(ctx, m.d.r, func(row scanner, k *KnownSite) error {
		return row.Scan(&k.ID, &k.RemoteID, &k.URLKey, &k.Hash, &k.ProbeHash, at(&k.LastSyncAt), &k.SyncError, &k.Suspended, &k.Gone)
	}, "SELECT id, remote_id, url_key, raw_hash, probe_hash, last_sync_at, sync_error, suspended, gone_at IS NOT NULL FROM sites WHERE dashboard_id = ?", dashboardID)
	if err != nil {
		return nil, fmt.Errorf("read the known sites of Dashboard %d: %w", dashboardID, err)
	}
	known := make(map[int64]KnownSite, len(list))
	for _, k := range list {
		known[k.RemoteID] = k
	}
	return known, nil
}

// WriteProbes stores what a probe saw of the sites it saw move, or for the first time, by remote id.
func (m *Mirror) WriteProbes(ctx context.Context, dashboardID int64, hashes map[int64][]byte) error {
	if len(hashes) == 0 {
		return nil
	}
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		for id, hash := range hashes {
			if _, err := tx.ExecContext(ctx, "UPDATE sites SET probe_hash = ? WHERE dashboard_id = ? AND remote_id = ?", hash, dashboardID, id); err != nil {
				return fmt.Errorf("store what a probe saw: %w", err)
			}
		}
		return nil
	})
}

// SiteWrite is a site as a Dashboard answered it. Nil lists are unknown and keep what is stored.
type SiteWrite struct {
	RemoteID              int64
	Hash                  []byte
	Name, URL, URLKey     string
	ClientID              int64
	Status, SyncError     string
	Suspended             bool
	LastSyncAt            time.Time
	WPVersion, PHPVersion string
	HealthScore           *int
	Facts                 SiteFacts
	Tags                  map[int64]string // id to name
	Plugins, Themes       []Installed
	Updates               []Update          // From, To, Offer (Offered or Ignored) and what describes them
	UpdatesKnown          map[ItemKind]bool // kinds whose list was readable
}

// SiteFacts are what only a site's own page shows.
type SiteFacts struct {
	Note, IP, ChildVersion, MySQLVersion, MemoryLimit string
	ActiveTheme, HTTPStatus, HealthStatus, Icon       string
	VerifyCertificate, ForceIPv4, SSLVersion          string
	DatabaseSize                                      int64
	HTTPCode, SecurityIssues, OfflineCheck            *int
	LastPostAt                                        time.Time
	Staging, IgnoreCore, IgnorePlugins, IgnoreThemes  bool
}

// WriteSites stores rows that were read by one request, which started at readAt, in one transaction. A row with a later read keeps what
// it has. quiet makes no history: the first pass of a Dashboard.
func (m *Mirror) WriteSites(ctx context.Context, dashboardID int64, readAt time.Time, quiet bool, sites []SiteWrite) error {
	return m.d.tx(ctx, func(tx *sql.Tx) error {
		w, err := newSiteWriter(ctx, tx, dashboardID, readAt, quiet)
		if err != nil {
			return err
		}
		defer w.close()
		for i := range sites {
			if err := w.write(ctx, &sites[i]); err != nil {
				return fmt.Errorf("write site %d of Dashboard %d: %w", sites[i].RemoteID, dashboardID, err)
			}
		}
		return nil
	})
}

// siteWriter holds one transaction's prepared statements; a pass writes thousands of small rows.
type siteWriter struct {
	tx          *sql.Tx
	dashboardID int64
	readAt      time.Time
	quiet       bool
	installed   *sql.Stmt
	updates     *sql.Stmt
	releases    *sql.Stmt
}

func newSiteWriter(ctx context.Context, tx *sql.Tx, dashboardID int64, readAt time.Time, quiet bool) (*siteWriter, error) {
	w := &siteWriter{tx: tx, dashboardID: dashboardID, readAt: readAt, quiet: quiet}
	var errs [3]error
	w.installed, errs[0] = tx.PrepareContext(ctx, `INSERT INTO installed (site_id, kind, slug, name, version, active, must_use, child, parent, abandoned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET name = excluded.name, version = excluded.version, active = excluded.active, must_use = excluded.must_use, child = excluded.child, parent = excluded.parent, abandoned_at = excluded.abandoned_at`)
	w.updates, errs[1] = tx.PrepareContext(ctx, `INSERT INTO updates (site_id, dashboard_id, kind, slug, language, name, from_version, to_version, offer, rollback, active, requires_wp, requires_php, tested, url, first_seen_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET language = excluded.language, name = excluded.name, from_version = excluded.from_version, to_version = excluded.to_version, offer = excluded.offer, rollback = excluded.rollback,
			active = excluded.active, requires_wp = excluded.requires_wp, requires_php = excluded.requires_php, tested = excluded.tested, url = excluded.url, first_seen_at = excluded.first_seen_at`)
	w.releases, errs[2] = tx.PrepareContext(ctx, "INSERT INTO releases (kind, slug, version, key, first_seen_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
	return w, errors.Join(errs[:]...)
}

func (w *siteWriter) close() {
	_, _, _ = w.installed.Close(), w.updates.Close(), w.releases.Close() // they end with the transaction anyway
}

// before is what a site's row held before a write.
type before struct {
	id                  int64
	name, syncError, wp string
	suspended, gone     bool
	lastSync, goodSync  time.Time
	readMS              int64
	hash                []byte
}

func (w *siteWriter) write(ctx context.Context, s *SiteWrite) error {
	var old before
	row := w.tx.QueryRowContext(ctx, "SELECT id, name, sync_error, wp_version, suspended, gone_at IS NOT NULL, last_sync_at, good_sync_at, read_ms, raw_hash FROM sites WHERE dashboard_id = ? AND remote_id = ?", w.dashboardID, s.RemoteID)
	err := row.Scan(&old.id, &old.name, &old.syncError, &old.wp, &old.suspended, &old.gone, at(&old.lastSync), at(&old.goodSync), &old.readMS, &old.hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if old.readMS > w.readAt.UnixMilli() || (old.id != 0 && !old.gone && bytes.Equal(old.hash, s.Hash)) {
		return nil
	}
	w.keepKnown(s, &old)
	goodSync := old.goodSync
	if s.SyncError == "" && s.LastSyncAt.After(goodSync) {
		goodSync = s.LastSyncAt
	}
	isNew := old.id == 0
	id, err := w.upsert(ctx, s, goodSync)
	if err != nil {
		return err
	}
	events := eventWriter{tx: w.tx, dashboardID: w.dashboardID, siteID: id, at: w.readAt, quiet: w.quiet}
	if isNew {
		events.add(ctx, Event{Kind: EventSiteAdded})
		events.quiet = true // the first look at a site makes no events about what is on it
	} else {
		w.siteEvents(ctx, &events, &old, s)
	}
	if err := errors.Join(w.facts(ctx, id, s), w.tags(ctx, id, s), w.items(ctx, &events, id, Plugin, s.Plugins), w.items(ctx, &events, id, Theme, s.Themes), w.pending(ctx, id, s)); err != nil {
		return err
	}
	if err := refreshSite(ctx, w.tx, &events); err != nil {
		return err
	}
	return events.err
}

// keepKnown fills in what an answer without inventory does not know: 5.2 and 5.3 wipe a site's data when a sync fails.
func (w *siteWriter) keepKnown(s *SiteWrite, old *before) {
	if s.WPVersion == "" {
		s.WPVersion = old.wp
	}
}

func (w *siteWriter) upsert(ctx context.Context, s *SiteWrite, goodSync time.Time) (int64, error) {
	row := w.tx.QueryRowContext(ctx, `INSERT INTO sites (dashboard_id, remote_id, name, url, url_key, client_id, status, suspended, sync_error, last_sync_at, good_sync_at, wp_version, wp_key, php_version, php_key, health_score, raw_hash, read_ms, first_seen_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
		ON CONFLICT (dashboard_id, remote_id) DO UPDATE SET name = ?3, url = ?4, url_key = ?5, client_id = ?6, status = ?7, suspended = ?8, sync_error = ?9, last_sync_at = ?10, good_sync_at = ?11,
			wp_version = ?12, wp_key = ?13, php_version = CASE WHEN ?14 = '' THEN php_version ELSE ?14 END, php_key = CASE WHEN ?14 = '' THEN php_key ELSE ?15 END,
			health_score = coalesce(?16, health_score), raw_hash = ?17, read_ms = ?18, missing = 0, gone_at = NULL
		RETURNING id`, w.dashboardID, s.RemoteID, s.Name, s.URL, s.URLKey, s.ClientID, s.Status, s.Suspended, s.SyncError, unix(s.LastSyncAt), unix(goodSync), s.WPVersion, VersionKey(s.WPVersion),
		s.PHPVersion, VersionKey(s.PHPVersion), s.HealthScore, s.Hash, w.readAt.UnixMilli(), w.readAt.Unix())
	var id int64
	err := row.Scan(&id)
	return id, err
}

// siteEvents tells history what changed on the row itself.
func (w *siteWriter) siteEvents(ctx context.Context, events *eventWriter, old *before, s *SiteWrite) {
	if old.gone {
		events.add(ctx, Event{Kind: EventSiteBack})
	}
	if old.name != s.Name {
		events.add(ctx, Event{Kind: EventRenamed, From: old.name, To: s.Name})
	}
	switch {
	case s.Suspended && !old.suspended:
		events.add(ctx, Event{Kind: EventSuspended})
	case !s.Suspended && old.suspended:
		events.add(ctx, Event{Kind: EventUnsuspended})
	}
	switch {
	case s.SyncError != "" && old.syncError == "":
		events.add(ctx, Event{Kind: EventDisconnected, Detail: cut(s.SyncError, 300)})
	case s.SyncError == "" && old.syncError != "":
		events.add(ctx, Event{Kind: EventReconnected})
	}
	if old.wp != "" && s.WPVersion != old.wp {
		events.add(ctx, versionEvent(Core, "wordpress", "WordPress", old.wp, s.WPVersion))
	}
}

func versionEvent(kind ItemKind, slug, name, from, to string) Event {
	e := Event{Kind: EventUpdated, ItemKind: kind, Slug: slug, Name: name, From: from, To: to}
	if CompareVersions(to, from) < 0 {
		e.Kind = EventDowngraded
	}
	return e
}

func (w *siteWriter) facts(ctx context.Context, id int64, s *SiteWrite) error {
	f := s.Facts
	// Empty texts of a site whose data was wiped keep what is known.
	_, err := w.tx.ExecContext(ctx, `INSERT INTO site_facts (site_id, note, ip, staging, child_version, mysql_version, memory_limit, database_size, active_theme, http_status, http_code, health_status, security_issues,
			offline_check, last_post_at, ignore_core, ignore_plugins, ignore_themes, verify_certificate, force_ipv4, ssl_version, icon) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET note = excluded.note, ip = excluded.ip, staging = excluded.staging,
			child_version = CASE excluded.child_version WHEN '' THEN child_version ELSE excluded.child_version END, mysql_version = CASE excluded.mysql_version WHEN '' THEN mysql_version ELSE excluded.mysql_version END,
			memory_limit = CASE excluded.memory_limit WHEN '' THEN memory_limit ELSE excluded.memory_limit END, database_size = CASE excluded.database_size WHEN 0 THEN database_size ELSE excluded.database_size END,
			active_theme = CASE excluded.active_theme WHEN '' THEN active_theme ELSE excluded.active_theme END, http_status = excluded.http_status, http_code = excluded.http_code, health_status = excluded.health_status,
			security_issues = excluded.security_issues, offline_check = excluded.offline_check, last_post_at = excluded.last_post_at, ignore_core = excluded.ignore_core, ignore_plugins = excluded.ignore_plugins,
			ignore_themes = excluded.ignore_themes, verify_certificate = excluded.verify_certificate, force_ipv4 = excluded.force_ipv4, ssl_version = excluded.ssl_version, icon = excluded.icon`,
		id, f.Note, f.IP, f.Staging, f.ChildVersion, f.MySQLVersion, f.MemoryLimit, f.DatabaseSize, f.ActiveTheme, f.HTTPStatus, f.HTTPCode, f.HealthStatus, f.SecurityIssues, f.OfflineCheck, unix(f.LastPostAt),
		f.IgnoreCore, f.IgnorePlugins, f.IgnoreThemes, f.VerifyCertificate, f.ForceIPv4, f.SSLVersion, f.Icon)
	return err
}

// tags stores which tags the row names. A tag that /tags has not told yet gets a row without colour.
func (w *siteWriter) tags(ctx context.Context, id int64, s *SiteWrite) error {
	if _, err := w.tx.ExecContext(ctx, "UPDATE site_tags SET in_row = 0 WHERE site_id = ?", id); err != nil {
		return err
	}
	for tag, name := range s.Tags {
		if _, err := w.tx.ExecContext(ctx, "INSERT INTO tags (dashboard_id, remote_id, name, color, read_ms) VALUES (?, ?, ?, '', 0) ON CONFLICT DO NOTHING", w.dashboardID, tag, name); err != nil {
			return err
		}
		if _, err := w.tx.ExecContext(ctx, "INSERT INTO site_tags (site_id, dashboard_id, tag_id, in_row) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET in_row = 1", id, w.dashboardID, tag); err != nil {
			return err
		}
	}
	_, err := w.tx.ExecContext(ctx, "DELETE FROM site_tags WHERE site_id = ? AND in_row = 0 AND in_tag = 0", id)
	return err
}

// refreshSite derives a site's counters, down, state and search text from its parts, and tells when it went down or came up.
// Down comes from monitors, or from MainWP's own check where no monitor knows; never from http_status (mainwp-api: it stays "200 - OK").
func refreshSite(ctx context.Context, tx *sql.Tx, events *eventWriter) error {
	var was, is sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT down FROM sites WHERE id = ?", events.siteID).Scan(&was); err != nil {
		return noRows(err)
	}
	row := tx.QueryRowContext(ctx, `UPDATE sites AS s SET
			upd_core = (SELECT count(*) FROM updates WHERE site_id = s.id AND kind = 'core' AND offer = 'offered'),
			upd_plugins = (SELECT count(*) FROM updates WHERE site_id = s.id AND kind = 'plugin' AND offer = 'offered'),
			upd_themes = (SELECT count(*) FROM updates WHERE site_id = s.id AND kind = 'theme' AND offer = 'offered'),
			upd_translations = (SELECT count(*) FROM updates WHERE site_id = s.id AND kind = 'translation' AND offer = 'offered'),
			upd_ignored = (SELECT count(*) FROM updates WHERE site_id = s.id AND offer <> 'offered'),
			rollbacks = (SELECT count(*) FROM updates WHERE site_id = s.id AND rollback <> ''),
			abandoned = (SELECT count(*) FROM installed WHERE site_id = s.id AND abandoned_at IS NOT NULL),
			down = CASE
				WHEN EXISTS (SELECT 1 FROM monitors WHERE site_id = s.id AND gone_at IS NULL AND status = 'down') THEN 1
				WHEN EXISTS (SELECT 1 FROM monitors WHERE site_id = s.id AND gone_at IS NULL AND status = 'up') THEN 0
				ELSE (SELECT CASE offline_check WHEN -1 THEN 1 WHEN 1 THEN 0 END FROM site_facts WHERE site_id = s.id) END
		WHERE id = ? RETURNING down`, events.siteID)
	if err := row.Scan(&is); err != nil {
		return err
	}
	switch now := events.at.Unix(); {
	case is.Int64 == 1 && was.Int64 != 1:
		events.add(ctx, Event{Kind: EventDown})
		if _, err := tx.ExecContext(ctx, "UPDATE sites SET down_since = ? WHERE id = ?", now, events.siteID); err != nil {
			return err
		}
	case is.Int64 != 1 && was.Int64 == 1:
		if is.Valid { // down to unknown is no "up"
			events.add(ctx, Event{Kind: EventUp})
		}
		if _, err := tx.ExecContext(ctx, "UPDATE sites SET down_since = NULL WHERE id = ?", events.siteID); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE sites AS s SET state = CASE
			WHEN s.suspended THEN 80 WHEN s.down = 1 THEN 10 WHEN s.rollbacks > 0 THEN 20
			WHEN s.sync_error <> '' AND s.last_sync_at = s.good_sync_at THEN 40
			WHEN s.sync_error <> '' OR s.status = 'disconnected' THEN 30
			WHEN s.last_sync_at IS NULL THEN 60 ELSE 70 END WHERE s.id = ?`, events.siteID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE sites SET flagged = state <= 40 OR state < 80 AND (rollbacks > 0 OR abandoned > 0) WHERE id = ?", events.siteID)
	if err != nil {
		return err
	}
	return searchText(ctx, tx, events.siteID)
}

// searchRow is what a site is found by. It is lower-cased here, as SQLite knows ASCII only.
type searchRow struct {
	id                           int64
	name, key, client, tags, old string
}

const searchSelect = `SELECT s.id, s.name, s.url_key, coalesce(c.name, ''), coalesce((SELECT group_concat(t.name, ' ') FROM site_tags st JOIN tags t ON t.dashboard_id = st.dashboard_id AND t.remote_id = st.tag_id WHERE st.site_id = s.id), ''), s.search
	FROM sites s LEFT JOIN clients c ON c.dashboard_id = s.dashboard_id AND c.remote_id = s.client_id `

func (x searchRow) text() string {
	return strings.ToLower(x.name + " " + x.key + " " + x.client + " " + x.tags)
}

func searchText(ctx context.Context, tx *sql.Tx, siteID int64) error {
	var x searchRow
	if err := tx.QueryRowContext(ctx, searchSelect+"WHERE s.id = ?", siteID).Scan(&x.id, &x.name, &x.key, &x.client, &x.tags, &x.old); err != nil {
		return err
	}
	if x.text() == x.old {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE sites SET search = ? WHERE id = ?", x.text(), siteID)
	return err
}

// eventWriter adds history of one site, unless it is quiet. The first error is kept.
type eventWriter struct {
	tx                  *sql.Tx
	dashboardID, siteID int64
	at                  time.Time
	quiet               bool
	err                 error
}

func (w *eventWriter) add(ctx context.Context, e Event) {
	if w.quiet || w.err != nil {
		return
	}
	run, user, err := w.cause(ctx, e)
	if err != nil {
		w.err = err
		return
	}
	_, w.err = w.tx.ExecContext(ctx, "INSERT INTO events (at, dashboard_id, site_id, kind, item_kind, slug, name, from_version, to_version, detail, run_id, user_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		w.at.Unix(), w.dashboardID, w.siteID, e.Kind, e.ItemKind, e.Slug, e.Name, e.From, e.To, e.Detail, run, user)
}
