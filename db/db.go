// Package db is Muster's store: one SQLite file, all SQL, and who may see what.
//
// Pages use the methods of DB, which take a Viewer; the mirror writes through Mirror, which pages do not hold.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrForbidden is what a viewer gets for a change that his role does not allow.
var ErrForbidden = errors.New("forbidden")

// readers is the size of the read-only pool; more gained nothing on two cores.
const readers = 4

// DB holds one writer connection and a small pool of read-only ones on the same file.
type DB struct {
	path string
	w    *sql.DB
	r    *pool
	seal sealer
	now  func() time.Time
	log  *slog.Logger
}

// Options of Open. Key is the 32-byte seal key, which is never in the file itself.
type Options struct {
	Path string
	Key  []byte
	Now  func() time.Time // nil: time.Now
	Log  *slog.Logger     // nil: discard
}

// Open opens or creates the store and brings its schema up to date, after a backup copy when that changes it.
// Its errors are one sentence for the person who started the program.
func Open(ctx context.Context, opt Options) (*DB, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	seal, err := newSealer(opt.Key)
	if err != nil {
		return nil, err
	}
	d := &DB{path: opt.Path, seal: seal, now: opt.Now, log: opt.Log}
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(explainOpen(opt.Path, err), d.Close())
	}
	return d, nil
}

func (d *DB) open(ctx context.Context) error {
	f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if d.w, err = sql.Open("sqlite", dsn(d.path, false)); err != nil {
		return err
	}
	d.w.SetMaxOpenConns(1)
	r, err := sql.Open("sqlite", dsn(d.path, true))
	if err != nil {
		return err
	}
	d.r = newPool(r)
	d.r.SetMaxOpenConns(readers)
	d.r.SetMaxIdleConns(readers)
	if err := d.migrate(ctx); err != nil {
		return err
	}
	return d.checkSeal(ctx)
}

// dsn carries every pragma, so that each pooled connection has them (design: the store).
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "cache_size(-16000)", "temp_store(2)"}}
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(1)")
	} else {
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// explainOpen turns what the system says into a sentence with the next step; sentences of ours pass.
func explainOpen(path string, err error) error {
	dir := filepath.Dir(path)
	var se *sqlite.Error
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("cannot write in the data directory %s: give the user that runs Muster write access to it, or set MUSTER_DATA_DIR to another one", dir)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the data directory %s does not exist: create it, or set MUSTER_DATA_DIR", dir)
	case errors.As(err, &se):
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("the disk that holds %s is full: free some space and start again, nothing is lost", dir)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return fmt.Errorf("cannot write the database %s: the file or its directory is read-only", path)
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("%s is damaged or no Muster database: restore a backup with `muster restore`", path)
		case sqlite3.SQLITE_IOERR:
			return fmt.Errorf("reading or writing %s fails: check that its disk is neither full nor broken, then start again: %w", path, err)
		}
	}
	return err
}

// Close checkpoints the log and closes both pools.
func (d *DB) Close() error {
	var errs []error
	if d.r != nil {
		errs = append(errs, d.r.Close())
	}
	if d.w != nil {
		errs = append(errs, d.w.Close())
	}
	return errors.Join(errs...)
}

// Ping answers whether the database can be read.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	if err := d.r.QueryRowContext(ctx, "SELECT 1 FROM settings LIMIT 1").Scan(&one); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the database: %w", err)
	}
	return nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

// tx runs fn in one write transaction. It begins immediate (see dsn), so a read before a write cannot fail with BUSY.
func (d *DB) tx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := d.w.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it is a no-op
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// collect reads all rows of a query. It is the only place that loops over rows: a missed rows.Err would look like a short list,
// and a short list of a mirror means deleted sites.
func collect[T any](ctx context.Context, q querier, scan func(row scanner, t *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var t T
		if err := scan(rows, &t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

type scanner interface{ Scan(dest ...any) error }

// one reads one value; the zero value when there is no row.
func one[T any](ctx context.Context, q querier, query string, args ...any) (T, error) {
	var t T
	err := q.QueryRowContext(ctx, query, args...).Scan(&t)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	return t, err
}

// affected turns "no row changed" into ErrNotFound.
func affected(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}

// unix binds a time as seconds; the zero time as NULL.
func unix(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// at scans seconds into a time; NULL is the zero time.
func at(t *time.Time) sql.Scanner { return (*timeScanner)(t) }

type timeScanner time.Time

func (t *timeScanner) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*t = timeScanner{}
	case int64:
		*t = timeScanner(time.Unix(v, 0).UTC())
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

// seconds scans an integer column into a duration.
func seconds(d *time.Duration) sql.Scanner { return (*secondsScanner)(d) }

type secondsScanner time.Duration

func (d *secondsScanner) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a duration is stored as %T", v)
	}
	*d = secondsScanner(time.Duration(n) * time.Second)
	return nil
}

func unixMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
