package db_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/db/dbtest"
)

func open(t *testing.T, path string, key []byte) (*db.DB, error) {
	t.Helper()
	return db.Open(t.Context(), db.Options{Path: path, Key: key})
}

func closed(t *testing.T, d *db.DB) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	made := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "muster.db")
		d, err := open(t, path, dbtest.Key())
		if err != nil {
			t.Fatal(err)
		}
		closed(t, d)
		return path
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T) (path string, key []byte)
		says    string
	}{
		"no key":      {func(t *testing.T) (string, []byte) { return made(t), nil }, "MUSTER_SECRET_KEY"},
		"another key": {func(t *testing.T) (string, []byte) { return made(t), bytes.Repeat([]byte{7}, 32) }, "does not fit this database"},
		"no directory": {func(t *testing.T) (string, []byte) {
			return filepath.Join(t.TempDir(), "gone", "muster.db"), dbtest.Key()
		}, "does not exist"},
		"no database":   {notADatabase, "no Muster database"},
		"newer version": {func(t *testing.T) (string, []byte) { return newer(t, made(t)), dbtest.Key() }, "newer Muster"},
	} {
		t.Run(name, func(t *testing.T) {
			path, key := c.prepare(t)
			d, err := open(t, path, key)
			if err == nil {
				closed(t, d)
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it says %q, want one sentence with %q", err, c.says)
			}
		})
	}
}

func notADatabase(t *testing.T) (string, []byte) {
	path := filepath.Join(t.TempDir(), "muster.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, dbtest.Key()
}

// newer makes a database look as if a later Muster had migrated it.
func newer(t *testing.T, path string) string {
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "muster.db"), filepath.Join(dir, "backup.db")
	d, err := open(t, path, dbtest.Key())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateFirstOwner(t.Context(), db.NewUser{Email: "a@example.test", Name: "A", PasswordHash: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), backup); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second backup over the first: %v, want a refusal", err)
	}
	if _, err := d.CreateUser(t.Context(), db.NewUser{Email: "b@example.test", Name: "B", PasswordHash: "x", Role: db.Reader}); err != nil {
		t.Fatal(err)
	}
	closed(t, d)

	if _, err := db.Restore(t.Context(), backup, path, bytes.Repeat([]byte{7}, 32), time.Now()); err == nil {
		t.Error("a backup was restored with a key that does not open it")
	}
	kept, err := db.Restore(t.Context(), backup, path, dbtest.Key(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for file, wantB := range map[string]bool{path: false, kept: true} {
		d, err := open(t, file, dbtest.Key())
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = d.SignInUser(t.Context(), "b@example.test")
		if got := err == nil; got != wantB {
			t.Errorf("%s has the later user: %v, want %v", filepath.Base(file), got, wantB)
		}
		closed(t, d)
	}
}
