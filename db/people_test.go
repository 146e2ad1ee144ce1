package db_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/db"
	"muster/db/dbtest"
)

func TestFirstOwnerOnlyOnce(t *testing.T) {
	d := dbtest.New(t, nil)
	n := db.NewUser{Email: " Owner@Example.test ", Name: "Owner", PasswordHash: "x"}
	if _, err := d.CreateFirstOwner(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	n.Email = "second@example.test"
	if _, err := d.CreateFirstOwner(t.Context(), n); !errors.Is(err, db.ErrConflict) {
		t.Errorf("a second first owner: %v, want a conflict", err)
	}
	if _, _, err := d.SignInUser(t.Context(), "OWNER@example.TEST"); err != nil {
		t.Errorf("sign in with other capitals: %v", err)
	}
}

func TestSessionEnds(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	d := dbtest.New(t, func() time.Time { return now })
	u, err := d.CreateFirstOwner(t.Context(), db.NewUser{Email: "a@example.test", Name: "A", PasswordHash: "x"})
	check(t, err)
	token := bytes.Repeat([]byte{1}, 32)
	start := now
	begin := func() {
		now = start
		check(t, d.CreateSession(t.Context(), db.Session{Token: token, UserID: u.ID, ExpiresAt: now.Add(30 * 24 * time.Hour)}))
		if _, v, err := d.SessionViewer(t.Context(), token); err != nil || v.Role != db.Owner || !v.All {
			t.Fatalf("a fresh session: %+v, %v", v, err)
		}
	}
	ended := func(why string) {
		t.Helper()
		if _, _, err := d.SessionViewer(t.Context(), token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: %v, want not found", why, err)
		}
		check(t, d.EndSession(t.Context(), token))
	}
	begin()
	now = now.Add(db.SessionIdle + time.Hour)
	ended("idle for a week")

	begin()
	for range 31 { // in use every day
		now = now.Add(24 * time.Hour)
		_, _, _ = d.SessionViewer(t.Context(), token)
	}
	ended("after 30 days of use")

	begin()
	check(t, d.SetPassword(t.Context(), "a@example.test", "y"))
	ended("after a new password")

	raw, err := os.ReadFile(filepath.Join(filepath.Dir(pathOf(t, d)), "muster.db"))
	check(t, err)
	if bytes.Contains(raw, token) {
		t.Error("the database holds the token itself")
	}
}

// pathOf backs the store up and returns the copy's path: all of it is in one file then.
func pathOf(t *testing.T, d *db.DB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "muster.db")
	check(t, d.Backup(t.Context(), path))
	return path
}

func TestSignInPausesGrowAndEnd(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	d := dbtest.New(t, func() time.Time { return now })
	var last time.Duration
	for try := 1; try <= 20; try++ {
		until, _, err := d.SignInFailed(t.Context(), "a@example.test")
		check(t, err)
		pause := max(until.Sub(now), 0)
		if until.IsZero() {
			pause = 0
		}
		if try < 5 && pause != 0 {
			t.Errorf("try %d pauses for %v", try, pause)
		}
		if try > 5 && pause < last || pause > 15*time.Minute {
			t.Errorf("try %d pauses for %v after %v", try, pause, last)
		}
		last = pause
	}
	if blocked, err := d.SignInBlockedUntil(t.Context(), "a@example.test"); err != nil || blocked.IsZero() {
		t.Errorf("after 20 tries: %v, %v", blocked, err)
	}
	now = now.Add(15*time.Minute + time.Second)
	if blocked, err := d.SignInBlockedUntil(t.Context(), "a@example.test"); err != nil || !blocked.IsZero() {
		t.Errorf("after the pause: %v, %v", blocked, err)
	}
}

func TestKeyIsSealed(t *testing.T) {
	d := dbtest.New(t, nil)
	const key = "0123456789abcdef-the-secret==fedcba9876543210"
	id, err := d.CreateDashboard(t.Context(), dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: "A", URL: "https://a.example"}, Key: key, KeyHint: "6543210"})
	check(t, err)
	if _, got, err := d.DashboardKey(t.Context(), dbtest.Owner(), id); err != nil || got != key {
		t.Errorf("the key opens as %q, %v", got, err)
	}
	if _, _, err := d.DashboardKey(t.Context(), db.Viewer{UserID: 2, Role: db.Manager, All: true}, id); !errors.Is(err, db.ErrForbidden) {
		t.Errorf("a manager asks for the key: %v, want forbidden", err)
	}
	raw, err := os.ReadFile(pathOf(t, d))
	check(t, err)
	if bytes.Contains(raw, []byte("the-secret")) {
		t.Error("the database holds the key in the open")
	}
}

func TestSameDashboardTwiceNamesTheFirst(t *testing.T) {
	d := dbtest.New(t, nil)
	add := func(name, url string) error {
		_, err := d.CreateDashboard(t.Context(), dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: name, URL: url}, Key: "k"})
		return err
	}
	check(t, add("First", "https://dash.example"))
	var twin *db.TwinError
	if err := add("Second", "http://www.dash.example"); !errors.As(err, &twin) || twin.Name != "First" {
		t.Errorf("the same address again: %v, want the first one named", err)
	}
	check(t, add("Local", "http://localhost:8081/wp"))
	for url, same := range map[string]bool{"http://127.0.0.1:8081/wp": true, "http://[::1]:8081/wp": true, "http://127.0.0.1:8082/wp": false, "http://localhost.example:8081/wp": false} {
		if err := add(url, url); errors.As(err, &twin) != same {
			t.Errorf("%s beside localhost: %v, the same address: %v", url, err, same)
		}
	}
}
