package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Backup writes a whole, consistent copy to path while others read and write; os.ErrExist when there is a file already.
func (d *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("write the backup %s: %w", path, os.ErrExist)
	}
	// It takes its name only when it is whole: a part of one, left by a full disk, must not pass for a backup.
	part := path + ".part"
	err := errors.Join(removeFiles(part), os.WriteFile(part, nil, 0o600))
	if err == nil {
		_, err = d.w.ExecContext(ctx, "VACUUM INTO ?", part)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the backup %s: %w", path, explainOpen(path, err)), removeFiles(part))
	}
	return os.Rename(part, path)
}

// Restore puts a backup in the place of the database at path, which no running Muster may have open. The backup is opened and checked
// first, with key; the database that was there is kept beside it under a name that says so.
func Restore(ctx context.Context, backup, path string, key []byte, now time.Time) (kept string, err error) {
	next := path + ".restoring"
	if err := errors.Join(removeFiles(next), copyFile(backup, next)); err != nil {
		return "", fmt.Errorf("copy the backup: %w", err)
	}
	defer func() { err = errors.Join(err, removeFiles(next)) }()
	if err := tryOut(ctx, next, key); err != nil {
		return "", fmt.Errorf("the backup was not restored: %w", err)
	}
	if _, err := os.Stat(path); err == nil {
		kept = path + ".before-restore-" + now.UTC().Format("20060102-150405")
		for _, suffix := range []string{"", "-wal"} { // the log may hold what the file does not have yet
			if err := os.Rename(path+suffix, kept+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", fmt.Errorf("put the present database aside: %w", err)
			}
		}
	}
	if err := errors.Join(removeFiles(path), os.Rename(next, path)); err != nil {
		return kept, fmt.Errorf("put the backup in place (the database that was there is %s): %w", kept, err)
	}
	return kept, nil
}

// tryOut opens a database as Muster would and checks it.
func tryOut(ctx context.Context, path string, key []byte) error {
	d, err := Open(ctx, Options{Path: path, Key: key, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	result, err := one[string](ctx, d.w, "PRAGMA integrity_check(1)")
	if err == nil && result != "ok" {
		err = fmt.Errorf("it is damaged: %s", result)
	}
	if err == nil {
		err = d.Checkpoint(ctx)
	}
	return errors.Join(err, d.Close())
}

func copyFile(from, to string) error {
	b, err := os.Open(from)
	if err != nil {
		return err
	}
	defer b.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(b)
	return errors.Join(err, out.Sync(), out.Close())
}

// removeFiles removes a database with its log, as far as they are there.
func removeFiles(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Checkpoint writes the log back into the database and empties it; under constant readers it only grows otherwise.
func (d *DB) Checkpoint(ctx context.Context) error {
	var busy, logged, done int
	if err := d.w.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &done); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Health is what `muster doctor` tells.
type Health struct {
	Integrity   string // "ok" or SQLite's complaint
	Schema      int64
	Bytes, WAL  int64
	Dashboards  int
	Sites       int
	Stopped     []string      // Dashboards that wait for a new key or a confirmation
	Overdue     time.Duration // of the most overdue Dashboard; 0: the schedule is kept
	NewestRead  time.Time     // of any Dashboard; after now: the clock went back
	KeysOpen    bool          // every stored API key opens with the seal key
	FutureTimes int           // rows written in the future of the present clock
}

// Check looks at the database, the seal key, the schedule and the clock.
func (d *DB) Check(ctx context.Context) (Health, error) {
	var h Health
	var err error
	if h.Integrity, err = one[string](ctx, d.r, "PRAGMA integrity_check(1)"); err != nil {
		return h, fmt.Errorf("check the database: %w", err)
	}
	if h.Schema, err = schemaVersion(ctx, d.r); err != nil {
		return h, err
	}
	for suffix, size := range map[string]*int64{"": &h.Bytes, "-wal": &h.WAL} {
		if info, err := os.Stat(d.path + suffix); err == nil {
			*size = info.Size()
		}
	}
	now := d.now().Unix()
	var due int64
	row := d.r.QueryRowContext(ctx, `SELECT count(*), (SELECT count(*) FROM sites WHERE gone_at IS NULL),
		coalesce(max(CASE WHEN paused_at IS NULL AND next_sync_at < ?1 THEN ?1 - next_sync_at END), 0), max(last_read_at),
		coalesce(sum(last_read_at > ?1 + 60), 0) FROM dashboards`, now)
	if err := row.Scan(&h.Dashboards, &h.Sites, &due, at(&h.NewestRead), &h.FutureTimes); err != nil {
		return h, fmt.Errorf("read the schedule: %w", err)
	}
	h.Overdue = time.Duration(due) * time.Second
	h.Stopped, err = collect(ctx, d.r, func(row scanner, s *string) error { return row.Scan(s) },
		"SELECT name FROM dashboards WHERE paused_at IS NULL AND (next_sync_at IS NULL OR doubt_at IS NOT NULL) ORDER BY name")
	if err != nil {
		return h, fmt.Errorf("read the schedule: %w", err)
	}
	h.KeysOpen = true
	ids, err := collect(ctx, d.r, func(row scanner, id *int64) error { return row.Scan(id) }, "SELECT id FROM dashboards")
	for _, id := range ids {
		if _, _, err := d.dashboardKey(ctx, id); err != nil {
			h.KeysOpen = false
		}
	}
	return h, err
}
