// Package dbtest gives tests a fresh, migrated store on a real file.
package dbtest

import (
	"path/filepath"
	"testing"
	"time"

	"muster/db"
)

// Key is the seal key of test stores.
func Key() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	return key
}

// New opens a store in a folder of the test and closes it with the test. now may be nil.
func New(t testing.TB, now func() time.Time) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{Path: filepath.Join(t.TempDir(), "muster.db"), Key: Key(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Owner is a viewer without limits.
func Owner() db.Viewer { return db.Viewer{UserID: 1, Role: db.Owner, All: true} }
