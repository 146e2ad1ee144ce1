package db

import (
	"path/filepath"
	"testing"
	"time"
)

// Limits outlive the Dashboard they name: without any, a person would see everything. The pages to edit them come later, so the test
// writes the row itself.
func TestLimitsOutliveADashboard(t *testing.T) {
	ctx := t.Context()
	d, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "muster.db"), Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	owner := Viewer{UserID: 1, Role: Owner, All: true}
	id, err := d.CreateDashboard(ctx, owner, NewDashboard{DashboardEdit: DashboardEdit{Name: "A", URL: "https://a.example"}, Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := d.CreateUser(ctx, NewUser{Email: "limited@example.test", Name: "L", PasswordHash: "x", Role: Owner})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.w.ExecContext(ctx, "INSERT INTO user_limits (user_id, kind, dashboard_id) VALUES (?, 'dashboard', ?)", u.ID, id); err != nil {
		t.Fatal(err)
	}
	token := make([]byte, 32)
	if err := d.CreateSession(ctx, Session{Token: token, UserID: u.ID, ExpiresAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := d.DisconnectDashboard(ctx, owner, id); err != nil {
		t.Fatal(err)
	}
	if _, v, err := d.SessionViewer(ctx, token); err != nil || v.All {
		t.Errorf("the viewer is %+v, %v", v, err)
	}
}
