package main

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestConfigDefaults(t *testing.T) {
	got, err := loadConfig(environment())
	if err != nil {
		t.Fatal(err)
	}
	want := config{Addr: "127.0.0.1:8080", DataDir: "./data", LogLevel: slog.LevelInfo, HistoryDays: 400, UpdateTimeout: 15 * time.Minute, RunWorkers: 4, AllowPrivate: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConfigReadsEverything(t *testing.T) {
	got, err := loadConfig(environment("MUSTER_ADDR", ":9000", "MUSTER_DATA_DIR", "/srv/muster", "MUSTER_BASE_URL", "https://muster.example.com/",
		"MUSTER_TRUSTED_PROXIES", "10.1.2.3/8, 192.0.2.7", "MUSTER_LOG_LEVEL", "warn", "MUSTER_HISTORY_DAYS", "30", "MUSTER_UPDATE_TIMEOUT", "40m", "MUSTER_RUN_WORKERS", "2",
		"MUSTER_ALLOW_PRIVATE_DASHBOARDS", "false", "MUSTER_SECRET_KEY_FILE", "/run/secrets/muster"))
	if err != nil {
		t.Fatal(err)
	}
	want := config{
		Addr: ":9000", DataDir: "/srv/muster", BaseURL: "https://muster.example.com", LogLevel: slog.LevelWarn, HistoryDays: 30,
		UpdateTimeout: 40 * time.Minute, RunWorkers: 2,
		TrustedProxies: networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")}, SecretKeyFile: "/run/secrets/muster",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
}

func TestConfigNamesAllProblemsAtOnce(t *testing.T) {
	_, err := loadConfig(environment("MUSTER_ADDR", "8080", "MUSTER_BASE_URL", "muster.example.com", "MUSTER_HISTORY_DAYS", "many",
		"MUSTER_TRUSTED_PROXIES", "localhost", "MUSTER_SECRET_KEY", "a", "MUSTER_SECRET_KEY_FILE", "b", "MUSTER_UPDATE_TIMEOUT", "5s", "MUSTER_RUN_WORKERS", "9"))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"MUSTER_ADDR", "MUSTER_BASE_URL", "MUSTER_HISTORY_DAYS", "localhost", "MUSTER_SECRET_KEY_FILE", "MUSTER_UPDATE_TIMEOUT", "MUSTER_RUN_WORKERS"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line: %q", err)
	}
}

func TestSealKeyIsMadeOnceAndNeverForAnOldDatabase(t *testing.T) {
	c := config{DataDir: t.TempDir()}
	first, err := c.firstSealKey()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.keyPath())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v; want mode 0600", info.Mode(), err)
	}
	if again, err := c.firstSealKey(); err != nil || !cmp.Equal(first, again) {
		t.Errorf("the second start has another key (%v)", err)
	}
	if err := os.WriteFile(c.databasePath(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(c.keyPath()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.firstSealKey(); err == nil || !strings.Contains(err.Error(), "put the file back") {
		t.Errorf("a database without its key: %v, want what to do", err)
	}
	if _, err := os.Stat(c.keyPath()); err == nil {
		t.Error("a new key was written beside the old database")
	}
}

func TestSealKeyFromElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := (config{SecretKeyFile: file}).sealKey(); err != nil || len(key) != 32 {
		t.Errorf("key of %d bytes, %v", len(key), err)
	}
	if _, err := (config{SecretKey: "too short"}).sealKey(); err == nil || strings.Contains(err.Error(), "too short") {
		t.Errorf("a bad key: %v; want an error without the key in it", err)
	}
}
