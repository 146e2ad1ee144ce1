-- +goose Up

-- Clients are found by lower-cased text, which Muster writes, as SQLite knows ASCII only: the next pass completes what is filled here.
ALTER TABLE clients ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE clients SET search = lower(name || ' ' || email);
DROP INDEX clients_name;
CREATE INDEX clients_name ON clients (name COLLATE NOCASE, search);

-- Sorts of the list of sites, found in these indexes page by page.
CREATE INDEX dashboards_name ON dashboards (name COLLATE NOCASE);
CREATE INDEX sites_sort_wp ON sites (nullif(wp_key, 0), name COLLATE NOCASE, gone_at) WHERE gone_at IS NULL;
CREATE INDEX sites_sort_php ON sites (nullif(php_key, 0), name COLLATE NOCASE, gone_at) WHERE gone_at IS NULL;
CREATE INDEX sites_sort_health ON sites (health_score, name COLLATE NOCASE, gone_at) WHERE gone_at IS NULL;

-- The sites of each client in a row, kept by the triggers below. Every client has one; so have sites without a client, and those whose
-- client is not known.
CREATE TABLE client_totals (
  dashboard_id INTEGER NOT NULL,
  client_id    INTEGER NOT NULL,
  sites        INTEGER NOT NULL DEFAULT 0,
  pending      INTEGER NOT NULL DEFAULT 0,               -- sites with an offered update
  offered      INTEGER NOT NULL DEFAULT 0,               -- offered updates
  core         INTEGER NOT NULL DEFAULT 0,
  plugins      INTEGER NOT NULL DEFAULT 0,
  themes       INTEGER NOT NULL DEFAULT 0,
  translations INTEGER NOT NULL DEFAULT 0,
  ignored      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (dashboard_id, client_id)
) STRICT, WITHOUT ROWID;
INSERT INTO client_totals (dashboard_id, client_id) SELECT dashboard_id, remote_id FROM clients;
INSERT INTO client_totals
  SELECT dashboard_id, client_id, count(*), sum(upd_core + upd_plugins + upd_themes + upd_translations > 0), sum(upd_core + upd_plugins + upd_themes + upd_translations),
    sum(upd_core), sum(upd_plugins), sum(upd_themes), sum(upd_translations), sum(upd_ignored)
  FROM sites WHERE gone_at IS NULL GROUP BY dashboard_id, client_id
  ON CONFLICT DO UPDATE SET sites = excluded.sites, pending = excluded.pending, offered = excluded.offered, core = excluded.core, plugins = excluded.plugins,
    themes = excluded.themes, translations = excluded.translations, ignored = excluded.ignored;
CREATE INDEX client_totals_offered ON client_totals (offered, pending);
CREATE INDEX client_totals_sites ON client_totals (sites);

-- +goose StatementBegin
CREATE TRIGGER clients_added AFTER INSERT ON clients BEGIN
  INSERT INTO client_totals (dashboard_id, client_id) VALUES (new.dashboard_id, new.remote_id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER clients_removed AFTER DELETE ON clients BEGIN
  DELETE FROM client_totals WHERE dashboard_id = old.dashboard_id AND client_id = old.remote_id AND sites = 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_sites_added AFTER INSERT ON sites WHEN new.gone_at IS NULL BEGIN
  INSERT INTO client_totals VALUES (new.dashboard_id, new.client_id, 1, new.upd_core + new.upd_plugins + new.upd_themes + new.upd_translations > 0,
    new.upd_core + new.upd_plugins + new.upd_themes + new.upd_translations, new.upd_core, new.upd_plugins, new.upd_themes, new.upd_translations, new.upd_ignored)
  ON CONFLICT DO UPDATE SET sites = sites + 1, pending = pending + excluded.pending, offered = offered + excluded.offered, core = core + excluded.core,
    plugins = plugins + excluded.plugins, themes = themes + excluded.themes, translations = translations + excluded.translations, ignored = ignored + excluded.ignored;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_sites_removed AFTER DELETE ON sites WHEN old.gone_at IS NULL BEGIN
  UPDATE client_totals SET sites = sites - 1, pending = pending - (old.upd_core + old.upd_plugins + old.upd_themes + old.upd_translations > 0),
    offered = offered - (old.upd_core + old.upd_plugins + old.upd_themes + old.upd_translations), core = core - old.upd_core,
    plugins = plugins - old.upd_plugins, themes = themes - old.upd_themes, translations = translations - old.upd_translations, ignored = ignored - old.upd_ignored
  WHERE dashboard_id = old.dashboard_id AND client_id = old.client_id;
  DELETE FROM client_totals WHERE dashboard_id = old.dashboard_id AND client_id = old.client_id AND sites = 0
    AND NOT EXISTS (SELECT 1 FROM clients WHERE dashboard_id = old.dashboard_id AND remote_id = old.client_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER client_sites_moved AFTER UPDATE OF client_id, gone_at, upd_core, upd_plugins, upd_themes, upd_translations, upd_ignored ON sites
WHEN (old.client_id, old.gone_at, old.upd_core, old.upd_plugins, old.upd_themes, old.upd_translations, old.upd_ignored)
  IS NOT (new.client_id, new.gone_at, new.upd_core, new.upd_plugins, new.upd_themes, new.upd_translations, new.upd_ignored) BEGIN
  UPDATE client_totals SET sites = sites - 1, pending = pending - (old.upd_core + old.upd_plugins + old.upd_themes + old.upd_translations > 0),
    offered = offered - (old.upd_core + old.upd_plugins + old.upd_themes + old.upd_translations), core = core - old.upd_core,
    plugins = plugins - old.upd_plugins, themes = themes - old.upd_themes, translations = translations - old.upd_translations, ignored = ignored - old.upd_ignored
  WHERE old.gone_at IS NULL AND dashboard_id = old.dashboard_id AND client_id = old.client_id;
  INSERT INTO client_totals SELECT new.dashboard_id, new.client_id, 1, new.upd_core + new.upd_plugins + new.upd_themes + new.upd_translations > 0,
    new.upd_core + new.upd_plugins + new.upd_themes + new.upd_translations, new.upd_core, new.upd_plugins, new.upd_themes, new.upd_translations, new.upd_ignored WHERE new.gone_at IS NULL
  ON CONFLICT DO UPDATE SET sites = sites + 1, pending = pending + excluded.pending, offered = offered + excluded.offered, core = core + excluded.core,
    plugins = plugins + excluded.plugins, themes = themes + excluded.themes, translations = translations + excluded.translations, ignored = ignored + excluded.ignored;
  DELETE FROM client_totals WHERE dashboard_id = old.dashboard_id AND client_id = old.client_id AND sites = 0
    AND NOT EXISTS (SELECT 1 FROM clients WHERE dashboard_id = old.dashboard_id AND remote_id = old.client_id);
END;
-- +goose StatementEnd

-- update_counts over all Dashboards: what the Updates page shows to those who see everything.
CREATE TABLE item_counts (
  kind         TEXT NOT NULL,
  slug         TEXT NOT NULL,
  name         TEXT NOT NULL,
  from_version TEXT NOT NULL,
  to_version   TEXT NOT NULL,
  offer        TEXT NOT NULL,
  n            INTEGER NOT NULL,
  PRIMARY KEY (kind, slug, from_version, to_version, offer, name)
) STRICT, WITHOUT ROWID;
INSERT INTO item_counts SELECT kind, slug, name, from_version, to_version, offer, sum(n) FROM update_counts GROUP BY kind, slug, name, from_version, to_version, offer;

-- +goose StatementBegin
CREATE TRIGGER counts_added AFTER INSERT ON update_counts BEGIN
  INSERT INTO item_counts VALUES (new.kind, new.slug, new.name, new.from_version, new.to_version, new.offer, new.n) ON CONFLICT DO UPDATE SET n = n + excluded.n;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER counts_changed AFTER UPDATE OF n ON update_counts BEGIN
  UPDATE item_counts SET n = n + new.n - old.n
  WHERE kind = new.kind AND slug = new.slug AND from_version = new.from_version AND to_version = new.to_version AND offer = new.offer AND name = new.name;
  DELETE FROM item_counts
  WHERE kind = new.kind AND slug = new.slug AND from_version = new.from_version AND to_version = new.to_version AND offer = new.offer AND name = new.name AND n = 0;
END;
-- +goose StatementEnd

-- The last read of a monitor's incidents that did not succeed.
ALTER TABLE monitors ADD COLUMN incidents_tried_at INTEGER;

-- Sites that are not suspended by the versions they run: which of these are too old depends on the clock and on the fleet.
CREATE TABLE version_totals (
  php_key INTEGER NOT NULL,
  wp_key  INTEGER NOT NULL,
  flagged INTEGER NOT NULL,
  sites   INTEGER NOT NULL,
  PRIMARY KEY (php_key, wp_key, flagged)
) STRICT, WITHOUT ROWID;
INSERT INTO version_totals SELECT php_key, wp_key, flagged, count(*) FROM sites WHERE gone_at IS NULL AND suspended = 0 GROUP BY php_key, wp_key, flagged;

-- +goose StatementBegin
CREATE TRIGGER version_sites_added AFTER INSERT ON sites WHEN new.gone_at IS NULL AND new.suspended = 0 BEGIN
  INSERT INTO version_totals VALUES (new.php_key, new.wp_key, new.flagged, 1) ON CONFLICT DO UPDATE SET sites = sites + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER version_sites_removed AFTER DELETE ON sites WHEN old.gone_at IS NULL AND old.suspended = 0 BEGIN
  UPDATE version_totals SET sites = sites - 1 WHERE php_key = old.php_key AND wp_key = old.wp_key AND flagged = old.flagged;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER version_sites_changed AFTER UPDATE OF gone_at, suspended, php_key, wp_key, flagged ON sites
WHEN (old.gone_at, old.suspended, old.php_key, old.wp_key, old.flagged) IS NOT (new.gone_at, new.suspended, new.php_key, new.wp_key, new.flagged) BEGIN
  UPDATE version_totals SET sites = sites - 1 WHERE old.gone_at IS NULL AND old.suspended = 0 AND php_key = old.php_key AND wp_key = old.wp_key AND flagged = old.flagged;
  INSERT INTO version_totals SELECT new.php_key, new.wp_key, new.flagged, 1 WHERE new.gone_at IS NULL AND new.suspended = 0 ON CONFLICT DO UPDATE SET sites = sites + 1;
  DELETE FROM version_totals WHERE php_key = old.php_key AND wp_key = old.wp_key AND flagged = old.flagged AND sites = 0;
END;
-- +goose StatementEnd
