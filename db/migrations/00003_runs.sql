-- +goose Up

-- What a person has chosen for the next run. It outlives pages, filters and sessions.
CREATE TABLE basket (
  user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  site_id      INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('core', 'plugin', 'theme', 'translation')),
  slug         TEXT NOT NULL,
  name         TEXT NOT NULL,
  from_version TEXT NOT NULL,
  to_version   TEXT NOT NULL,                            -- as it was chosen: another target asks again
  anyway       INTEGER NOT NULL DEFAULT 0,               -- chosen although the site's PHP or WordPress is too old for it
  added_at     INTEGER NOT NULL,
  PRIMARY KEY (user_id, site_id, kind, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX basket_item ON basket (user_id, kind, slug);

-- What a person is looking at before a run starts: choices as JSON, and a digest of the set that the page showed.
CREATE TABLE reviews (
  token      TEXT PRIMARY KEY,                           -- 128 random bits
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  title      TEXT NOT NULL,
  choices    TEXT NOT NULL,
  retry_of   INTEGER,                                    -- run whose failed tasks these are
  from_basket INTEGER NOT NULL DEFAULT 0,
  run_id     INTEGER,                                    -- used: it became this run
  schedule_id INTEGER                                    -- used: it became this schedule
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL,
  user_name    TEXT NOT NULL,
  title        TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('running', 'paused', 'canary', 'done', 'cancelled')),
  reason       TEXT NOT NULL DEFAULT '',                 -- why it is paused or was cancelled, in words
  created_at   INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL,                         -- it, or one of its tasks
  ended_at     INTEGER,
  stop_after   INTEGER NOT NULL DEFAULT 0,               -- call failures after which it pauses; 0: never
  failures     INTEGER NOT NULL DEFAULT 0,               -- call failures since it started or was resumed
  skip_rest    INTEGER NOT NULL DEFAULT 1,               -- after a failure the site's other tasks are skipped
  canary_site  INTEGER,                                  -- this site first, then it waits for a person
  canary_done  INTEGER NOT NULL DEFAULT 0,
  home_check   INTEGER NOT NULL DEFAULT 0,
  newer_patch  INTEGER NOT NULL DEFAULT 0,
  not_after    INTEGER,                                  -- end of the window: what has not started then is skipped
  schedule_id  INTEGER,
  retry_of     INTEGER
) STRICT;
CREATE INDEX runs_open ON runs (state) WHERE state IN ('running', 'paused', 'canary');

-- A Dashboard whose part of a run waits: it does not answer, or its key was refused. It goes on by itself.
CREATE TABLE run_waits (
  run_id       INTEGER NOT NULL REFERENCES runs (id),
  dashboard_id INTEGER NOT NULL,
  reason       TEXT NOT NULL,
  since        INTEGER NOT NULL,
  look_at      INTEGER NOT NULL,
  looks        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, dashboard_id)
) STRICT, WITHOUT ROWID;

-- One site and one item, or one action. Names stand as they were: a task is history.
CREATE TABLE tasks (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id         INTEGER NOT NULL REFERENCES runs (id),
  seq            INTEGER NOT NULL,
  dashboard_id   INTEGER NOT NULL,
  dashboard_name TEXT NOT NULL,
  site_id        INTEGER,                                -- NULL: a client, a tag or a new site
  site_name      TEXT NOT NULL DEFAULT '',
  site_url       TEXT NOT NULL DEFAULT '',
  address        TEXT NOT NULL DEFAULT '',               -- url_key: one task at a time over all Dashboards
  ip             TEXT NOT NULL DEFAULT '',               -- of its server: two tasks at a time
  action         TEXT NOT NULL,
  kind           TEXT NOT NULL DEFAULT '',
  slug           TEXT NOT NULL DEFAULT '',
  name           TEXT NOT NULL DEFAULT '',
  from_version   TEXT NOT NULL DEFAULT '',
  to_version     TEXT NOT NULL DEFAULT '',
  params         TEXT NOT NULL DEFAULT '{}',             -- never a password
  state          TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'verifying', 'verified', 'unchanged', 'failed', 'unknown', 'skipped', 'cancelled')),
  outcome        TEXT NOT NULL DEFAULT '',               -- see Outcome
  reason         TEXT NOT NULL DEFAULT '',               -- what happened, in words
  next_step      TEXT NOT NULL DEFAULT '',
  found          TEXT NOT NULL DEFAULT '',               -- version read afterwards
  sends          INTEGER NOT NULL DEFAULT 0,
  sent_at        INTEGER,                                -- of the last call that changes something
  free_at        INTEGER,                                -- sent_at and the call's whole timeout: before that nothing is sent again
  looks          INTEGER NOT NULL DEFAULT 0,
  look_at        INTEGER,                                -- an unknown task is looked up then; NULL: no more
  started_at     INTEGER,
  ended_at       INTEGER,
  home           TEXT NOT NULL DEFAULT ''                -- what the home page said before and after
) STRICT;
CREATE INDEX tasks_run ON tasks (run_id, seq);
CREATE INDEX tasks_count ON tasks (run_id, state, dashboard_id, site_id);
CREATE INDEX tasks_queued ON tasks (run_id, dashboard_id, site_id, seq, address, ip) WHERE state = 'queued';
CREATE INDEX tasks_address ON tasks (address) WHERE state IN ('queued', 'running', 'verifying', 'unknown');
CREATE INDEX tasks_working ON tasks (address, dashboard_id) WHERE state IN ('running', 'verifying', 'unknown');
CREATE INDEX tasks_site ON tasks (site_id, id);
CREATE INDEX tasks_item ON tasks (site_id, kind, slug) WHERE state IN ('queued', 'running', 'verifying', 'unknown');
CREATE INDEX tasks_look ON tasks (look_at) WHERE look_at IS NOT NULL;

-- What was sent and what came back, masked and cut.
CREATE TABLE calls (
  id      INTEGER PRIMARY KEY,
  run_id  INTEGER NOT NULL REFERENCES runs (id),
  task_id INTEGER,                                       -- NULL: for a site's tasks together
  site_id INTEGER,
  dashboard_id INTEGER NOT NULL,
  at_ms   INTEGER NOT NULL,                              -- unix milliseconds
  took_ms INTEGER NOT NULL,
  method  TEXT NOT NULL,
  path    TEXT NOT NULL,
  status  INTEGER NOT NULL,                              -- HTTP; 0 without an answer
  note    TEXT NOT NULL,                                 -- in words, short
  raw     TEXT NOT NULL                                  -- of writes
) STRICT;
CREATE INDEX calls_run ON calls (run_id, id);
CREATE INDEX calls_task ON calls (task_id) WHERE task_id IS NOT NULL;

CREATE TABLE schedules (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL,
  user_name  TEXT NOT NULL,
  title      TEXT NOT NULL,
  choices    TEXT NOT NULL,                              -- as reviewed
  options    TEXT NOT NULL,
  zone       TEXT NOT NULL,                              -- IANA name
  day        TEXT NOT NULL,                              -- once: 2006-01-02; weekly: the first day
  minute     INTEGER NOT NULL,                           -- of the day
  weekly     INTEGER NOT NULL,
  window_min INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_at    INTEGER,                                    -- NULL: over
  paused_at  INTEGER,
  last_run   INTEGER
) STRICT;
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;

-- Never update an item, on all or some sites.
CREATE TABLE holds (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL,
  slug       TEXT NOT NULL,
  name       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  everywhere INTEGER NOT NULL,
  user_name  TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX holds_item ON holds (kind, slug);
CREATE TABLE hold_sites (
  hold_id INTEGER NOT NULL REFERENCES holds (id) ON DELETE CASCADE,
  site_id INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  PRIMARY KEY (hold_id, site_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE events ADD COLUMN run_id INTEGER;
ALTER TABLE events ADD COLUMN user_name TEXT NOT NULL DEFAULT '';
CREATE INDEX events_run ON events (run_id) WHERE run_id IS NOT NULL;
