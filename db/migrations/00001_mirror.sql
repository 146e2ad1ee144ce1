-- +goose Up

-- People. What they may see is in user_limits: no row there means everything.
CREATE TABLE users (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('owner', 'manager', 'operator', 'viewer')),
  password_hash TEXT NOT NULL,
  theme         TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
  time_zone     TEXT NOT NULL DEFAULT '',
  created_at    INTEGER NOT NULL,
  disabled_at   INTEGER
) STRICT;

CREATE TABLE user_limits (
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('dashboard', 'client', 'tag')),
  dashboard_id INTEGER NOT NULL,
  remote_id    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, kind, dashboard_id, remote_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  token_hash   BLOB PRIMARY KEY,
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  ip           TEXT NOT NULL,
  user_agent   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE sign_in_failures (
  account       TEXT PRIMARY KEY,
  failures      INTEGER NOT NULL,
  last_at       INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Dashboards: what a person typed, the schedule, and what the last passes found.
CREATE TABLE dashboards (
  id                INTEGER PRIMARY KEY AUTOINCREMENT,
  name              TEXT NOT NULL,
  url               TEXT NOT NULL,
  url_key           TEXT NOT NULL UNIQUE,
  auth              TEXT NOT NULL DEFAULT 'bearer' CHECK (auth IN ('bearer', 'basic', 'query')),
  key_sealed        BLOB,
  key_hint          TEXT NOT NULL DEFAULT '',
  index_php         INTEGER NOT NULL DEFAULT 0,
  read_only         INTEGER NOT NULL DEFAULT 0,          -- the person's choice: Muster never sends a change
  key_scope         TEXT NOT NULL DEFAULT 'unknown' CHECK (key_scope IN ('unknown', 'read', 'read_write')),
  created_at        INTEGER NOT NULL,
  paused_at         INTEGER,
  interval_s        INTEGER NOT NULL DEFAULT 900,        -- between full passes
  probe_s           INTEGER NOT NULL DEFAULT 60,         -- between probes
  sync_stale_h      INTEGER NOT NULL DEFAULT 0,          -- ask MainWP to sync sites older than this; 0: never

  next_sync_at      INTEGER,                             -- next full pass; NULL: stopped until the key changes
  next_probe_at     INTEGER,
  lease_until       INTEGER NOT NULL DEFAULT 0,
  failures          INTEGER NOT NULL DEFAULT 0,          -- in a row
  error_kind        TEXT NOT NULL DEFAULT '',
  error             TEXT NOT NULL DEFAULT '',
  error_at          INTEGER,                             -- when the present trouble began
  pass_started_at   INTEGER,                             -- a pass is under way
  pass_done         INTEGER NOT NULL DEFAULT 0,          -- sites read in it
  pass_total        INTEGER NOT NULL DEFAULT 0,
  last_pass_at      INTEGER,                             -- start of the last full pass that ended well
  last_read_at      INTEGER,                             -- start of the last read of the site list, pass or probe, that ended well
  passes            INTEGER NOT NULL DEFAULT 0,          -- full passes that ended well; events come from the second on
  page_size         INTEGER NOT NULL DEFAULT 50,         -- halved after a timeout
  doubt_at          INTEGER,                             -- identity guard: is this still the same Dashboard?
  doubt             TEXT NOT NULL DEFAULT '',
  identity_key      TEXT NOT NULL DEFAULT '',            -- url_key under which its sites were last written or confirmed
  trust_next        INTEGER NOT NULL DEFAULT 0,          -- a person said it is the same: the next pass may write

  capabilities_at   INTEGER,
  mainwp_version    TEXT NOT NULL DEFAULT '',
  wp_version        TEXT NOT NULL DEFAULT '',
  title             TEXT NOT NULL DEFAULT '',
  has_monitors      INTEGER NOT NULL DEFAULT 0,
  has_costs         INTEGER NOT NULL DEFAULT 0,
  has_keys          INTEGER NOT NULL DEFAULT 0,
  abilities         INTEGER NOT NULL DEFAULT 0,
  fields_kept       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Sites as lists need them; site_facts holds the rest. A site's own id outlives its remote id and is never given again.
CREATE TABLE sites (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  dashboard_id     INTEGER NOT NULL REFERENCES dashboards (id),
  remote_id        INTEGER NOT NULL,
  name             TEXT NOT NULL,
  url              TEXT NOT NULL,
  url_key          TEXT NOT NULL,
  client_id        INTEGER NOT NULL DEFAULT 0,           -- remote id of the client; 0 none
  status           TEXT NOT NULL DEFAULT '',             -- as MainWP says: connected, disconnected, suspended
  suspended        INTEGER NOT NULL DEFAULT 0,
  sync_error       TEXT NOT NULL DEFAULT '',
  last_sync_at     INTEGER,                              -- last contact, good or bad
  good_sync_at     INTEGER,                              -- last_sync_at seen with an empty sync_error
  down             INTEGER,                              -- 1 down, 0 up, NULL unknown
  down_since       INTEGER,
  wp_version       TEXT NOT NULL DEFAULT '',
  wp_key           INTEGER NOT NULL DEFAULT 0,
  php_version      TEXT NOT NULL DEFAULT '',
  php_key          INTEGER NOT NULL DEFAULT 0,
  health_score     INTEGER,
  upd_core         INTEGER NOT NULL DEFAULT 0,           -- offered updates by kind
  upd_plugins      INTEGER NOT NULL DEFAULT 0,
  upd_themes       INTEGER NOT NULL DEFAULT 0,
  upd_translations INTEGER NOT NULL DEFAULT 0,
  upd_ignored      INTEGER NOT NULL DEFAULT 0,           -- ignored here or elsewhere
  rollbacks        INTEGER NOT NULL DEFAULT 0,
  abandoned        INTEGER NOT NULL DEFAULT 0,
  updates_known    INTEGER NOT NULL DEFAULT 0,           -- every kind's list has been read once
  state            INTEGER NOT NULL DEFAULT 60,          -- rank, see SiteState
  flagged          INTEGER NOT NULL DEFAULT 0,           -- needs attention for a reason that does not depend on the clock
  search           TEXT NOT NULL DEFAULT '',             -- lower-case name, address, client and tags
  raw_hash         BLOB,                                 -- of the row as it was answered
  probe_hash       BLOB,                                 -- of the small fields a probe saw last
  read_ms          INTEGER NOT NULL,                     -- unix milliseconds at which the request started: two reads of one second keep their order
  first_seen_at    INTEGER NOT NULL,
  missing          INTEGER NOT NULL DEFAULT 0,           -- complete lists in a row without it
  gone_at          INTEGER,
  details_at       INTEGER,                              -- last read of updates/{id}, changes and abandoned items
  details_sync     INTEGER,                              -- last_sync_at at that read
  details_tried_at INTEGER,                              -- last try, good or bad
  asked_at         INTEGER,                              -- MainWP was asked to sync or reconnect it
  UNIQUE (dashboard_id, remote_id)
) STRICT;
-- Lists are found, counted and sorted in these indexes; rows are read for the page that is shown only. The columns of each WHERE stand in
-- the index as well: without them SQLite looks at the row after all.
CREATE INDEX sites_name ON sites (name COLLATE NOCASE, id, search, dashboard_id, gone_at) WHERE gone_at IS NULL;
CREATE INDEX sites_address ON sites (url_key);
CREATE INDEX sites_gone ON sites (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX sites_client ON sites (dashboard_id, client_id, upd_core, upd_plugins, upd_themes, upd_translations, upd_ignored, gone_at) WHERE gone_at IS NULL;
CREATE INDEX sites_synced ON sites (dashboard_id, good_sync_at, gone_at) WHERE gone_at IS NULL;
CREATE INDEX sites_state ON sites (state, good_sync_at, flagged, name, gone_at) WHERE gone_at IS NULL;
CREATE INDEX sites_php ON sites (php_key, flagged, name, gone_at, suspended) WHERE gone_at IS NULL AND suspended = 0;
CREATE INDEX sites_wp ON sites (wp_key, flagged, name, gone_at, suspended) WHERE gone_at IS NULL AND suspended = 0;
CREATE INDEX sites_rollbacks ON sites (name, gone_at, suspended, rollbacks) WHERE gone_at IS NULL AND suspended = 0 AND rollbacks > 0;
CREATE INDEX sites_abandoned ON sites (name, gone_at, suspended, abandoned) WHERE gone_at IS NULL AND suspended = 0 AND abandoned > 0;
CREATE INDEX sites_updates ON sites (upd_core + upd_plugins + upd_themes + upd_translations DESC, name COLLATE NOCASE, gone_at) WHERE gone_at IS NULL;

-- The fleet in a few rows, kept by the triggers below.
CREATE TABLE site_totals (
  dashboard_id INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  sites        INTEGER NOT NULL,
  pending      INTEGER NOT NULL,                         -- sites with an offered update
  flagged      INTEGER NOT NULL,
  core         INTEGER NOT NULL,
  plugins      INTEGER NOT NULL,
  themes       INTEGER NOT NULL,
  translations INTEGER NOT NULL,
  ignored      INTEGER NOT NULL,
  PRIMARY KEY (dashboard_id, state)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER sites_counted AFTER INSERT ON sites WHEN new.gone_at IS NULL BEGIN
  INSERT INTO site_totals VALUES (new.dashboard_id, new.state, 1, new.upd_core + new.upd_plugins + new.upd_themes + new.upd_translations > 0, new.flagged,
    new.upd_core, new.upd_plugins, new.upd_themes, new.upd_translations, new.upd_ignored)
  ON CONFLICT DO UPDATE SET sites = sites + 1, pending = pending + excluded.pending, flagged = flagged + excluded.flagged, core = core + excluded.core,
    plugins = plugins + excluded.plugins, themes = themes + excluded.themes, translations = translations + excluded.translations, ignored = ignored + excluded.ignored;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sites_uncounted AFTER DELETE ON sites WHEN old.gone_at IS NULL BEGIN
  UPDATE site_totals SET sites = sites - 1, pending = pending - (old.upd_core + old.upd_plugins + old.upd_themes + old.upd_translations > 0), flagged = flagged - old.flagged, core = core - old.upd_core,
    plugins = plugins - old.upd_plugins, themes = themes - old.upd_themes, translations = translations - old.upd_translations, ignored = ignored - old.upd_ignored
  WHERE dashboard_id = old.dashboard_id AND state = old.state;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sites_recounted AFTER UPDATE OF state, flagged, gone_at, upd_core, upd_plugins, upd_themes, upd_translations, upd_ignored ON sites
WHEN (old.state, old.flagged, old.gone_at, old.upd_core, old.upd_plugins, old.upd_themes, old.upd_translations, old.upd_ignored)
  IS NOT (new.state, new.flagged, new.gone_at, new.upd_core, new.upd_plugins, new.upd_themes, new.upd_translations, new.upd_ignored) BEGIN
  UPDATE site_totals SET sites = sites - 1, pending = pending - (old.upd_core + old.upd_plugins + old.upd_themes + old.upd_translations > 0), flagged = flagged - old.flagged, core = core - old.upd_core,
    plugins = plugins - old.upd_plugins, themes = themes - old.upd_themes, translations = translations - old.upd_translations, ignored = ignored - old.upd_ignored
  WHERE old.gone_at IS NULL AND dashboard_id = old.dashboard_id AND state = old.state;
  INSERT INTO site_totals SELECT new.dashboard_id, new.state, 1, new.upd_core + new.upd_plugins + new.upd_themes + new.upd_translations > 0, new.flagged,
    new.upd_core, new.upd_plugins, new.upd_themes, new.upd_translations, new.upd_ignored WHERE new.gone_at IS NULL
  ON CONFLICT DO UPDATE SET sites = sites + 1, pending = pending + excluded.pending, flagged = flagged + excluded.flagged, core = core + excluded.core,
    plugins = plugins + excluded.plugins, themes = themes + excluded.themes, translations = translations + excluded.translations, ignored = ignored + excluded.ignored;
END;
-- +goose StatementEnd

CREATE TABLE site_facts (
  site_id         INTEGER PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
  note            TEXT NOT NULL,
  ip              TEXT NOT NULL,
  staging         INTEGER NOT NULL,
  child_version   TEXT NOT NULL,
  mysql_version   TEXT NOT NULL,
  memory_limit    TEXT NOT NULL,
  database_size   INTEGER NOT NULL,
  active_theme    TEXT NOT NULL,
  http_status     TEXT NOT NULL,
  http_code       INTEGER,
  health_status   TEXT NOT NULL,
  security_issues INTEGER,
  offline_check   INTEGER,
  last_post_at    INTEGER,
  ignore_core     INTEGER NOT NULL,
  ignore_plugins  INTEGER NOT NULL,
  ignore_themes   INTEGER NOT NULL,
  verify_certificate TEXT NOT NULL,
  force_ipv4      TEXT NOT NULL,
  ssl_version     TEXT NOT NULL,
  icon            TEXT NOT NULL
) STRICT;

CREATE TABLE installed (
  site_id      INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('plugin', 'theme')),
  slug         TEXT NOT NULL,
  name         TEXT NOT NULL,
  version      TEXT NOT NULL,
  active       INTEGER NOT NULL,
  must_use     INTEGER NOT NULL DEFAULT 0,
  child        INTEGER NOT NULL DEFAULT 0,               -- MainWP Child itself
  parent       TEXT NOT NULL DEFAULT '',
  abandoned_at INTEGER,                                  -- last release of an item that MainWP marks as abandoned
  PRIMARY KEY (site_id, kind, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX installed_item ON installed (kind, slug, site_id);

-- Pending updates as offered, ignored on the site, or ignored elsewhere.
CREATE TABLE updates (
  site_id       INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  dashboard_id  INTEGER NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('core', 'plugin', 'theme', 'translation')),
  slug          TEXT NOT NULL,
  language      TEXT NOT NULL DEFAULT '',                -- of translations, several joined: MainWP updates all languages of a slug at once
  name          TEXT NOT NULL,
  from_version  TEXT NOT NULL,
  to_version    TEXT NOT NULL,
  offer         TEXT NOT NULL CHECK (offer IN ('offered', 'ignored', 'ignored_elsewhere')),
  rollback      TEXT NOT NULL DEFAULT '',                -- version that was rolled back
  active        INTEGER NOT NULL DEFAULT 1,
  requires_wp   TEXT NOT NULL DEFAULT '',
  requires_php  TEXT NOT NULL DEFAULT '',
  tested        TEXT NOT NULL DEFAULT '',
  url           TEXT NOT NULL DEFAULT '',
  first_seen_at INTEGER NOT NULL,
  PRIMARY KEY (site_id, kind, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX updates_item ON updates (kind, slug, offer, site_id);

-- Updates by item over the fleet, kept by the triggers below: grouping every row for a page costs too much.
CREATE TABLE update_counts (
  dashboard_id INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  slug         TEXT NOT NULL,
  name         TEXT NOT NULL,
  from_version TEXT NOT NULL,
  to_version   TEXT NOT NULL,
  offer        TEXT NOT NULL,
  n            INTEGER NOT NULL,
  PRIMARY KEY (kind, slug, dashboard_id, from_version, to_version, offer, name)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER updates_added AFTER INSERT ON updates BEGIN
  INSERT INTO update_counts (dashboard_id, kind, slug, name, from_version, to_version, offer, n)
  VALUES (new.dashboard_id, new.kind, new.slug, new.name, new.from_version, new.to_version, new.offer, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER updates_removed AFTER DELETE ON updates BEGIN
  UPDATE update_counts SET n = n - 1
  WHERE kind = old.kind AND slug = old.slug AND dashboard_id = old.dashboard_id AND from_version = old.from_version
    AND to_version = old.to_version AND offer = old.offer AND name = old.name;
  DELETE FROM update_counts
  WHERE kind = old.kind AND slug = old.slug AND dashboard_id = old.dashboard_id AND from_version = old.from_version
    AND to_version = old.to_version AND offer = old.offer AND name = old.name AND n = 0;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER updates_changed AFTER UPDATE OF name, from_version, to_version, offer ON updates
WHEN old.name <> new.name OR old.from_version <> new.from_version OR old.to_version <> new.to_version OR old.offer <> new.offer BEGIN
  UPDATE update_counts SET n = n - 1
  WHERE kind = old.kind AND slug = old.slug AND dashboard_id = old.dashboard_id AND from_version = old.from_version
    AND to_version = old.to_version AND offer = old.offer AND name = old.name;
  DELETE FROM update_counts
  WHERE kind = old.kind AND slug = old.slug AND dashboard_id = old.dashboard_id AND from_version = old.from_version
    AND to_version = old.to_version AND offer = old.offer AND name = old.name AND n = 0;
  INSERT INTO update_counts (dashboard_id, kind, slug, name, from_version, to_version, offer, n)
  VALUES (new.dashboard_id, new.kind, new.slug, new.name, new.from_version, new.to_version, new.offer, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

-- First seen of each release: it cannot be collected later.
CREATE TABLE releases (
  kind          TEXT NOT NULL,
  slug          TEXT NOT NULL,
  version       TEXT NOT NULL,
  key           INTEGER NOT NULL,                        -- the version as a number that sorts
  first_seen_at INTEGER NOT NULL,
  PRIMARY KEY (kind, slug, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
  dashboard_id INTEGER NOT NULL REFERENCES dashboards (id),
  remote_id    INTEGER NOT NULL,
  name         TEXT NOT NULL,
  email        TEXT NOT NULL,
  phone        TEXT NOT NULL,
  address      TEXT NOT NULL,                            -- lines
  website      TEXT NOT NULL,                            -- social addresses, lines
  note         TEXT NOT NULL,
  status       TEXT NOT NULL,                            -- active, suspended, lead, lost
  created_at   INTEGER,
  read_ms      INTEGER NOT NULL,
  PRIMARY KEY (dashboard_id, remote_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX clients_name ON clients (name COLLATE NOCASE);

CREATE TABLE tags (
  dashboard_id INTEGER NOT NULL REFERENCES dashboards (id),
  remote_id    INTEGER NOT NULL,
  name         TEXT NOT NULL,
  color        TEXT NOT NULL,
  read_ms      INTEGER NOT NULL,
  PRIMARY KEY (dashboard_id, remote_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE site_tags (
  site_id      INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  dashboard_id INTEGER NOT NULL,
  tag_id       INTEGER NOT NULL,
  in_row       INTEGER NOT NULL DEFAULT 0,               -- the site's row names it
  in_tag       INTEGER NOT NULL DEFAULT 0,               -- the tag's list names it; either list can be cut, so their union counts
  PRIMARY KEY (site_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_tags_tag ON site_tags (dashboard_id, tag_id, site_id);

CREATE TABLE costs (
  dashboard_id   INTEGER NOT NULL REFERENCES dashboards (id),
  remote_id      INTEGER NOT NULL,
  name           TEXT NOT NULL,
  url            TEXT NOT NULL,
  type           TEXT NOT NULL,
  product_type   TEXT NOT NULL,
  slug           TEXT NOT NULL,
  license_type   TEXT NOT NULL,
  status         TEXT NOT NULL,
  payment_method TEXT NOT NULL,
  price          TEXT NOT NULL,                          -- decimal text, currency unknown
  renewal_type   TEXT NOT NULL,
  last_renewal   INTEGER,
  next_renewal   INTEGER,
  note           TEXT NOT NULL,
  read_ms        INTEGER NOT NULL,
  PRIMARY KEY (dashboard_id, remote_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE cost_links (
  dashboard_id INTEGER NOT NULL,
  cost_id      INTEGER NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('site', 'tag', 'client')),
  remote_id    INTEGER NOT NULL,
  PRIMARY KEY (dashboard_id, cost_id, kind, remote_id)
) STRICT, WITHOUT ROWID;

-- Monitors carry no site id: site_id is a match by address, or NULL.
CREATE TABLE monitors (
  id            INTEGER PRIMARY KEY,
  dashboard_id  INTEGER NOT NULL REFERENCES dashboards (id),
  remote_id     INTEGER NOT NULL,
  site_id       INTEGER REFERENCES sites (id),
  url           TEXT NOT NULL,
  url_key       TEXT NOT NULL,
  type          TEXT NOT NULL,
  status        TEXT NOT NULL,                           -- up, down, pending, first, unknown
  every_s       INTEGER NOT NULL DEFAULT 0,
  last_check_at INTEGER,
  last_code     INTEGER,
  hours         TEXT NOT NULL DEFAULT '',                -- 24 of '1' and '0', newest last; '0' is also "no data"
  hours_from    INTEGER,                                 -- unix time of the first
  ratio_7d      REAL,
  ratio_30d     REAL,
  incidents_7d  INTEGER NOT NULL DEFAULT 0,
  incidents_30d INTEGER NOT NULL DEFAULT 0,
  avg_ms        INTEGER,
  min_ms        INTEGER,
  max_ms        INTEGER,
  read_ms       INTEGER NOT NULL,
  beat_at       INTEGER,                                 -- last heartbeat in the ledger
  beat_status   TEXT NOT NULL DEFAULT '',
  beats_read_at INTEGER,
  incidents_due INTEGER NOT NULL DEFAULT 0,              -- their number or the state moved since they were read
  gone_at       INTEGER,
  UNIQUE (dashboard_id, remote_id)
) STRICT;
CREATE INDEX monitors_site ON monitors (site_id) WHERE gone_at IS NULL;
CREATE INDEX monitors_address ON monitors (dashboard_id, url_key);

-- The uptime ledger: minutes up and down of each hour, two bytes an hour; the rest of the hour is unknown.
CREATE TABLE monitor_days (
  monitor_id INTEGER NOT NULL REFERENCES monitors (id),
  day        INTEGER NOT NULL,                           -- unix days
  up_min     INTEGER NOT NULL,
  down_min   INTEGER NOT NULL,
  hours      BLOB NOT NULL,                              -- 24 × (up, down)
  PRIMARY KEY (monitor_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX monitor_days_day ON monitor_days (day);
CREATE TABLE incidents (
  monitor_id INTEGER NOT NULL REFERENCES monitors (id),
  started_at INTEGER NOT NULL,
  ended_at   INTEGER,
  down_count INTEGER NOT NULL,
  PRIMARY KEY (monitor_id, started_at)
) STRICT, WITHOUT ROWID;

-- Changes that MainWP saw on the site and did not make itself.
CREATE TABLE changes (
  dashboard_id INTEGER NOT NULL,
  log_id       INTEGER NOT NULL,
  site_id      INTEGER NOT NULL REFERENCES sites (id),
  at           INTEGER NOT NULL,
  action       TEXT NOT NULL,
  context      TEXT NOT NULL,
  item         TEXT NOT NULL,
  slug         TEXT NOT NULL,
  user         TEXT NOT NULL,
  from_version TEXT NOT NULL,
  to_version   TEXT NOT NULL,
  PRIMARY KEY (dashboard_id, log_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_site ON changes (site_id, at DESC);

-- History: never cascaded away.
CREATE TABLE events (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  dashboard_id INTEGER NOT NULL,
  site_id      INTEGER,
  kind         TEXT NOT NULL,
  item_kind    TEXT NOT NULL DEFAULT '',
  slug         TEXT NOT NULL DEFAULT '',
  name         TEXT NOT NULL DEFAULT '',
  from_version TEXT NOT NULL DEFAULT '',
  to_version   TEXT NOT NULL DEFAULT '',
  detail       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX events_at ON events (at DESC, id DESC);
CREATE INDEX events_site ON events (site_id, at DESC, id DESC);
