package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"muster/db"
)

func (a *app) backup(ctx context.Context, args []string) error {
	flags := a.flags("backup")
	if err := a.parse(flags, args, "the new file"); err != nil {
		return err
	}
	file := flags.Arg(0)
	return a.withStore(ctx, func(_ config, store *db.DB) error {
		switch err := store.Backup(ctx, file); {
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s is there already: a backup never replaces a file, choose another name", file)
		case err != nil:
			return err
		}
		fmt.Fprintf(a.stdout, "Wrote %s. Keep the seal key too: without it the keys of the Dashboards cannot be read.\n", file)
		return nil
	})
}

func (a *app) restore(ctx context.Context, args []string) (err error) {
	flags := a.flags("restore")
	if err := a.parse(flags, args, "the backup"); err != nil {
		return err
	}
	cfg, err := loadConfig(a.getenv)
	if err != nil {
		return err
	}
	unlock, err := lockData(cfg)
	if errors.Is(err, errServing) {
		return fmt.Errorf("a Muster uses the data directory %s: stop it before its database is replaced", cfg.DataDir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	key, err := cfg.sealKey()
	if err != nil {
		return explainDisk(err, cfg.DataDir)
	}
	kept, err := db.Restore(ctx, flags.Arg(0), cfg.databasePath(), key, time.Now())
	switch {
	case err != nil && kept != "":
		return putBack(kept, cfg.databasePath(), explainDisk(err, cfg.DataDir))
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no backup %s", flags.Arg(0))
	case err != nil:
		return explainDisk(err, cfg.DataDir)
	}
	fmt.Fprintf(a.stdout, "Restored %s.\n", cfg.databasePath())
	if kept != "" {
		fmt.Fprintf(a.stdout, "What was there before is kept as %s.\n", kept)
	}
	return nil
}

// putBack gives the database that was put aside its place again after a restore that failed, and says so.
func putBack(kept, path string, cause error) error {
	for _, suffix := range []string{"-wal", ""} { // the log first: without it the file may lack what was written last
		if err := os.Rename(kept+suffix, path+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("nothing was restored, and the database that was there could not be put back from %s: %w; before that: %w", kept, err, cause)
		}
	}
	return fmt.Errorf("nothing was restored: %s is back in place after this failed: %w", path, cause)
}

// overdueLimit is how late the schedule may be while a server runs.
const overdueLimit = 10 * time.Minute

// doctor prints what it looked at, and ends with an error when something needs a person.
func (a *app) doctor(ctx context.Context, args []string) error {
	if err := a.parse(a.flags("doctor"), args); err != nil {
		return err
	}
	return a.withStore(ctx, func(cfg config, store *db.DB) error {
		h, err := store.Check(ctx)
		if err != nil {
			return err
		}
		troubles := 0
		tell := func(good bool, what, trouble string) {
			word := "ok"
			if !good {
				word, what = "trouble", trouble
				troubles++
			}
			fmt.Fprintf(a.stdout, "%-8s %s\n", word, what)
		}
		tell(h.Integrity == "ok", fmt.Sprintf("database: %s, %.1f MB and %.1f MB log, schema %d, %d Dashboards, %d sites", cfg.databasePath(), mega(h.Bytes), mega(h.WAL), h.Schema, h.Dashboards, h.Sites),
			"database: it is damaged ("+h.Integrity+"): restore a backup with `muster restore`")
		tell(h.KeysOpen, "seal key: every stored key opens with it", "seal key: a stored key does not open with it: enter that Dashboard's key again")
		tell(len(h.Stopped) == 0, "schedule: no Dashboard is stopped", "schedule: stopped until somebody acts: "+strings.Join(h.Stopped, ", "))
		serving := healthy(ctx, cfg.Addr) == nil
		tell(h.Overdue < overdueLimit || !serving, "schedule: "+onTime(h, serving), fmt.Sprintf("schedule: a Dashboard is due since %s although the server runs: look into its log", h.Overdue.Round(time.Second)))
		tell(h.FutureTimes == 0, "clock: "+time.Now().Format("2006-01-02 15:04:05 MST"), "clock: the database holds times in the future, last read "+stamp(h.NewestRead)+": set the machine's clock")
		if troubles > 0 {
			return fmt.Errorf("%d of the checks found trouble", troubles)
		}
		return nil
	})
}

func onTime(h db.Health, serving bool) string {
	if !serving {
		return "no server answers, so nothing is read now; last read " + stamp(h.NewestRead)
	}
	return "kept; last read " + stamp(h.NewestRead)
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

func (a *app) healthcheck(ctx context.Context, args []string) error {
	if err := a.parse(a.flags("healthcheck"), args); err != nil {
		return err
	}
	cfg, err := loadConfig(a.getenv)
	if err != nil {
		return err
	}
	if err := healthy(ctx, cfg.Addr); err != nil {
		return fmt.Errorf("the server at %s is not well: %w", cfg.Addr, err)
	}
	fmt.Fprintln(a.stdout, "ok")
	return nil
}

// healthy asks the server at an address of the configuration whether its process is well.
func healthy(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() { // it listens on all addresses
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}
