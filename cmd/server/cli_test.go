package main

import (
	"database/sql"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/mainwp/mainwptest"
)

const ownerPassword = "correct horse battery"

// addOwner makes the first owner by the command line.
func addOwner(t *testing.T, dir string) {
	t.Helper()
	out, err := muster(t, ownerPassword+"\n", []string{"user", "add", "-email", "owner@example.com", "-name", "Owner"}, "MUSTER_DATA_DIR", dir)
	if err != nil || !strings.Contains(out, "owner@example.com") {
		t.Fatalf("user add: %q, %v", out, err)
	}
}

// fakeDashboard serves a made-up Dashboard on loopback.
func fakeDashboard(t *testing.T, cfg mainwptest.Config) (*mainwptest.Dashboard, string) {
	t.Helper()
	d := mainwptest.New(cfg)
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return d, server.URL
}

func TestCommandLineThatCannotBeRead(t *testing.T) {
	for _, args := range [][]string{{"frobnicate"}, {"serve", "-x"}, {"backup"}, {"dashboard"}, {"user", "add"}, {"demo", "-sites", "0"}} {
		_, err := muster(t, "", args, "MUSTER_DATA_DIR", t.TempDir())
		if exitCode(err) != 2 || strings.Contains(err.Error(), "\n") {
			t.Errorf("muster %s: exit code %d, %v; want 2 and one line", strings.Join(args, " "), exitCode(err), err)
		}
	}
	for _, args := range [][]string{{"help"}, {"-h"}, {"dashboard", "add", "-h"}} {
		out, err := muster(t, "", args)
		if exitCode(err) != 0 || out == "" {
			t.Errorf("muster %s: %q, %v", strings.Join(args, " "), out, err)
		}
	}
	if exitCode(flag.ErrHelp) != 0 || exitCode(errors.New("trouble")) != 1 {
		t.Error("exit codes: want 0 for help, 1 for trouble")
	}
}

func TestUserAddedByCommandSignsIn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	addOwner(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data directory: %v, %v; want mode 0700", info, err)
	}
	if _, err := muster(t, "short", []string{"user", "add", "-email", "b@example.com", "-name", "B"}, "MUSTER_DATA_DIR", dir); err == nil {
		t.Error("a short password was taken")
	}
	if _, err := muster(t, ownerPassword, []string{"user", "add", "-email", "owner@example.com", "-name", "B"}, "MUSTER_DATA_DIR", dir); err == nil {
		t.Error("the same address was added twice")
	}
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	if p.code != "" {
		t.Error("a one-time code although there is an owner")
	}
	p.signedIn("owner@example.com", ownerPassword)
}

// TestForgottenPasswordIsReplaced also while the server runs; whoever was signed in with the old one is not any more.
func TestForgottenPasswordIsReplaced(t *testing.T) {
	dir := t.TempDir()
	addOwner(t, dir)
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	old := p.signedIn("owner@example.com", ownerPassword)
	const next = "another long password"
	reset := func(stdin, email string) error {
		_, err := muster(t, stdin, []string{"user", "password", "-email", email}, "MUSTER_DATA_DIR", dir)
		return err
	}
	if err := reset("short", "owner@example.com"); exitCode(err) != 1 {
		t.Errorf("a short password: %v", err)
	}
	if err := reset(next, "nobody@example.com"); exitCode(err) != 1 || !strings.Contains(err.Error(), "nobody has") {
		t.Errorf("an unknown address: %v", err)
	}
	if status, at, _ := p.get(old, "/sites"); status != http.StatusOK || at != "/sites" {
		t.Fatalf("before the reset: status %d at %s", status, at)
	}
	if err := reset(next+"\n", "Owner@Example.com"); err != nil {
		t.Fatal(err)
	}
	if _, at, _ := p.get(old, "/sites"); !strings.HasPrefix(at, "/signin") {
		t.Errorf("the old session still leads to %s", at)
	}
	if status, _, _ := p.post(p.client(), "/signin", url.Values{"email": {"owner@example.com"}, "password": {ownerPassword}}); status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: status %d", status)
	}
	p.signedIn("owner@example.com", next)
}

func TestDashboardCommands(t *testing.T) {
	dir := t.TempDir()
	addOwner(t, dir)
	d, address := fakeDashboard(t, mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 1, Sites: 5, Name: "Northlight"})
	env := []string{"MUSTER_DATA_DIR", dir}
	dashboard := func(stdin string, args ...string) (string, error) {
		t.Helper()
		out, err := muster(t, stdin, append([]string{"dashboard"}, args...), env...)
		if strings.Contains(out, d.Token()) || err != nil && strings.Contains(err.Error(), d.Token()) {
			t.Errorf("muster dashboard %v prints the key", args)
		}
		return out, err
	}
	if _, err := dashboard("not a key", "add", "-url", address); err == nil {
		t.Error("a key that is none was taken")
	}
	if out, err := dashboard(d.Token(), "add", "-url", address+"/wp-admin/"); err != nil {
		t.Fatalf("add: %v\n%s", err, out)
	}
	if _, err := dashboard(d.Token(), "add", "-url", address, "-name", "Again"); err == nil || !strings.Contains(err.Error(), "Northlight") {
		t.Errorf("the same Dashboard twice: %v, want the first one named", err)
	}
	if out, err := dashboard("", "list"); err != nil || !strings.Contains(out, "Northlight") || !strings.Contains(out, address) {
		t.Errorf("list: %q, %v", out, err)
	}
	if out, err := dashboard("", "check", "northlight"); err != nil || !strings.Contains(out, "5 sites") {
		t.Errorf("check: %q, %v", out, err)
	}
	d.SetFaults(mainwptest.Faults{StripAuthorization: true})
	if out, err := dashboard("", "check", "1"); exitCode(err) != 1 || !strings.Contains(out, "failed") || !strings.Contains(out, "Next: ") {
		t.Errorf("check of a Dashboard that strips the key: %q, %v", out, err)
	}
	if out, err := dashboard("", "remove", "1"); exitCode(err) != 1 || !strings.Contains(out, "Muster forgets") {
		t.Errorf("remove without -yes: %q, %v", out, err)
	}
	if _, err := dashboard("", "remove", "-yes", "Northlight"); err != nil {
		t.Errorf("remove: %v", err)
	}
	if out, err := dashboard("", "list"); err != nil || strings.Contains(out, "Northlight") {
		t.Errorf("list after remove: %q, %v", out, err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	dir := t.TempDir()
	addOwner(t, dir)
	env := []string{"MUSTER_DATA_DIR", dir, "MUSTER_ADDR", "127.0.0.1:1"}
	file := filepath.Join(t.TempDir(), "copy.db")
	if _, err := muster(t, "", []string{"backup", file}, env...); err != nil {
		t.Fatal(err)
	}
	if _, err := muster(t, "", []string{"backup", file}, env...); err == nil || !strings.Contains(err.Error(), "never replaces") {
		t.Errorf("a second backup to the same file: %v", err)
	}
	if _, err := muster(t, ownerPassword, []string{"user", "add", "-email", "late@example.com", "-name", "Late"}, env...); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("garbage ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := muster(t, "", []string{"restore", garbage}, env...); exitCode(err) != 1 {
		t.Errorf("garbage was restored: %v", err)
	}
	if out, err := muster(t, "", []string{"restore", file}, env...); err != nil || !strings.Contains(out, "before-restore") {
		t.Fatalf("restore: %q, %v", out, err)
	}
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	p.signedIn("owner@example.com", ownerPassword)
	if status, _, _ := p.post(p.client(), "/signin", url.Values{"email": {"late@example.com"}, "password": {ownerPassword}}); status == http.StatusOK {
		t.Error("somebody added after the backup is there after the restore")
	}
}

// TestRestoreThatFailsLeavesTheDatabase: the old database has been put aside already when this goes wrong.
func TestRestoreThatFailsLeavesTheDatabase(t *testing.T) {
	dir := t.TempDir()
	addOwner(t, dir)
	env := []string{"MUSTER_DATA_DIR", dir}
	file := filepath.Join(t.TempDir(), "copy.db")
	if _, err := muster(t, "", []string{"backup", file}, env...); err != nil {
		t.Fatal(err)
	}
	if _, err := muster(t, ownerPassword, []string{"user", "add", "-email", "late@example.com", "-name", "Late"}, env...); err != nil {
		t.Fatal(err)
	}
	inTheWay := filepath.Join(dir, "muster.db-shm", "file")
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := muster(t, "", []string{"restore", file}, env...); exitCode(err) != 1 || !strings.Contains(err.Error(), "muster.db is back in place") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("restore: %v", err)
	}
	if err := os.RemoveAll(filepath.Dir(inTheWay)); err != nil {
		t.Fatal(err)
	}
	start(t, nil, "MUSTER_DATA_DIR", dir).signedIn("late@example.com", ownerPassword)
}

// TestOneMusterPerDirectory: the address does not matter, and reading commands go on.
func TestOneMusterPerDirectory(t *testing.T) {
	dir := t.TempDir()
	addOwner(t, dir)
	start(t, nil, "MUSTER_DATA_DIR", dir)
	env := []string{"MUSTER_DATA_DIR", dir, "MUSTER_ADDR", "127.0.0.1:0"}
	for _, args := range [][]string{{"serve"}, {"restore", "whatever.db"}} {
		_, err := muster(t, "", args, env...)
		if exitCode(err) != 1 || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "stop it") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s beside a server: %v; want one sentence", args[0], err)
		}
	}
	for _, args := range [][]string{{"doctor"}, {"backup", filepath.Join(t.TempDir(), "copy.db")}} {
		if _, err := muster(t, "", args, env...); err != nil {
			t.Errorf("%s beside a server: %v", args[0], err)
		}
	}
}

func TestDoctorAndHealthcheck(t *testing.T) {
	dir := t.TempDir()
	if _, err := muster(t, "", []string{"doctor"}, "MUSTER_DATA_DIR", dir); exitCode(err) != 1 || !strings.Contains(err.Error(), "no database") {
		t.Errorf("doctor without a database: %v", err)
	}
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	env := []string{"MUSTER_DATA_DIR", dir, "MUSTER_ADDR", strings.TrimPrefix(p.url, "http://")}
	if out, err := muster(t, "", []string{"healthcheck"}, env...); err != nil || out != "ok\n" {
		t.Errorf("healthcheck: %q, %v", out, err)
	}
	if out, err := muster(t, "", []string{"doctor"}, env...); err != nil || strings.Contains(out, "trouble") {
		t.Errorf("doctor: %q, %v", out, err)
	}
	if _, err := muster(t, "", []string{"restore", "whatever.db"}, env...); exitCode(err) != 1 || !strings.Contains(err.Error(), "stop it") {
		t.Errorf("restore under a running server: %v", err)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := muster(t, "", []string{"healthcheck"}, env...); exitCode(err) != 1 {
		t.Errorf("healthcheck without a server: %v", err)
	}
}

func TestStartSaysInOneSentenceWhyNot(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	addOwner(t, newer)
	makeNewer(t, filepath.Join(newer, "muster.db"))
	otherKey := t.TempDir()
	addOwner(t, otherKey)
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"port in use":                 {[]string{"MUSTER_ADDR", taken.Addr().String(), "MUSTER_DATA_DIR", t.TempDir()}, "in use"},
		"file instead of a directory": {[]string{"MUSTER_DATA_DIR", file}, "no directory"},
		"newer database":              {[]string{"MUSTER_DATA_DIR", newer}, "newer"},
		"another seal key":            {[]string{"MUSTER_DATA_DIR", otherKey, "MUSTER_SECRET_KEY", strings.Repeat("ab", 32)}, "key"},
		"bad configuration":           {[]string{"MUSTER_ADDR", "nowhere", "MUSTER_HISTORY_DAYS", "0"}, "MUSTER_HISTORY_DAYS"},
	} {
		_, err := muster(t, "", nil, append(c.env, "MUSTER_ADDR", "127.0.0.1:0")...)
		if exitCode(err) != 1 || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: exit code %d, %v; want one sentence with %q", name, exitCode(err), err, c.want)
		}
	}
}

// makeNewer pretends that a later version of the program has changed the database.
func makeNewer(t *testing.T, path string) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
}
