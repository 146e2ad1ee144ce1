package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/db"
	syncer "muster/sync"
)

// BenchmarkMuster fills a database through the real mirror and prints what pages and passes cost. It is a report: run it
// once, with `make bench`. Nothing in it fails for being slow.
func BenchmarkMuster(b *testing.B) {
	for _, size := range []struct{ sites, dashboards int }{{500, 1}, {2000, 5}, {10000, 20}} {
		b.Run(fmt.Sprintf("%d_sites", size.sites), func(b *testing.B) {
			for range b.N {
				newBench(b, size.dashboards, size.sites).report(b)
			}
		})
	}
}

// bench is a store that mirrors made-up Dashboards of another process.
type bench struct {
	dir    string
	store  *db.DB
	mirror *syncer.Syncer
	fakes  []fake
	ids    []int64
}

func newBench(b *testing.B, dashboards, sites int) *bench {
	b.Helper()
	x := &bench{dir: b.TempDir(), fakes: serveFakes(b, dashboards, sites)}
	key := db.NewKey()
	if err := os.WriteFile(filepath.Join(x.dir, "secret.key"), []byte(base64.StdEncoding.EncodeToString(key)), 0o600); err != nil {
		b.Fatal(err)
	}
	store, err := db.Open(b.Context(), db.Options{Path: filepath.Join(x.dir, "muster.db"), Key: key})
	if err != nil {
		b.Fatal(err)
	}
	x.store, x.mirror = store, syncer.New(syncer.Options{DB: store, AllowPrivate: true})
	b.Cleanup(func() { _ = store.Close() })
	for _, f := range x.fakes {
		id, err := store.CreateDashboard(b.Context(), operator(), db.NewDashboard{
			DashboardEdit: db.DashboardEdit{Name: f.Name, URL: f.URL, Auth: "bearer", Probe: 10 * time.Second}, Key: f.Key, KeyScope: "read_write",
		})
		if err != nil {
			b.Fatal(err)
		}
		x.ids = append(x.ids, id)
	}
	return x
}

func (x *bench) report(b *testing.B) {
	fmt.Printf("\n%s: %d CPUs, %s\n\n", b.Name(), runtime.GOMAXPROCS(0), runtime.Version())
	fmt.Printf("%-34s %9s %9s %11s %9s %11s\n", "mirror", "seconds", "CPU s", "MB alloc.", "rows", "peak RSS MB")
	debug.FreeOSMemory()
	x.cost(b, "first pass, one after the other", x.countAdded, x.pass)
	x.cost(b, "pass over unchanged sites", x.countWritten, x.pass)
	x.cost(b, "exact updates, uptime and changes", x.countAdded, func(ctx context.Context, id int64) error { return x.mirror.Details(ctx, id) })
	x.cost(b, "another pass over unchanged sites", x.countWritten, x.pass)
	rest := x.readPages(b, nil)
	ctx, cancel := context.WithCancel(b.Context())
	busy := x.readPages(b, func() {
		for ctx.Err() == nil {
			for _, id := range x.ids {
				_ = x.mirror.Pass(ctx, id) // cut by the end of the reading
			}
		}
	}, cancel)
	printPages(rest, busy)
	x.start(b)
	x.delay(b)
}

func (x *bench) pass(ctx context.Context, id int64) error { return x.mirror.Pass(ctx, id) }

// cost prints what it takes to do something with all Dashboards, one after the other. count begins to count rows and
// returns the function that ends it.
func (x *bench) cost(b *testing.B, what string, count func(*testing.B) func() int, do func(context.Context, int64) error) {
	b.Helper()
	stop := count(b)
	resetPeak()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, started := cpuTime(), time.Now()
	for _, id := range x.ids {
		if err := do(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
	took, used := time.Since(started), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	fmt.Printf("%-34s %9.2f %9.2f %11.0f %9d %11.0f\n", what, took.Seconds(), used.Seconds(), float64(after.TotalAlloc-before.TotalAlloc)/1e6, stop(), peakRSS())
}

// counted are the tables whose rows are what a Dashboard shows; bookkeeping of the schedule is left out.
var counted = []string{"sites", "updates", "clients", "tags", "site_tags", "costs", "changes", "events", "incidents"}

// raw is another connection to the bench's database, which the store does not know of.
func (x *bench) raw(b *testing.B) (raw *sql.DB, exec func(query string)) {
	b.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(x.dir, "muster.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = raw.Close() })
	return raw, func(query string) {
		b.Helper()
		if _, err := raw.ExecContext(b.Context(), query); err != nil {
			b.Fatal(err)
		}
	}
}

// countAdded counts the rows that there are more at the end.
func (x *bench) countAdded(b *testing.B) (stop func() int) {
	b.Helper()
	raw, _ := x.raw(b)
	count := func() (all int) {
		for _, table := range counted {
			var n int
			if err := raw.QueryRowContext(b.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				b.Fatal(err)
			}
			all += n
		}
		return all
	}
	before := count()
	return func() int { return count() - before }
}

// countWritten has the database itself count rows that are written. Counting costs time for each row, so it is for
// passes that should write none.
func (x *bench) countWritten(b *testing.B) (stop func() int) {
	b.Helper()
	raw, exec := x.raw(b)
	triggers := func(statement func(name, table, what string) string) {
		for _, table := range counted {
			for _, what := range []string{"INSERT", "UPDATE", "DELETE"} {
				exec(statement("bench_"+table+"_"+what, table, what))
			}
		}
	}
	exec("CREATE TABLE bench_rows (n INTEGER); INSERT INTO bench_rows VALUES (0)")
	triggers(func(name, table, what string) string {
		return fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s BEGIN UPDATE bench_rows SET n = n + 1; END", name, what, table)
	})
	return func() (n int) {
		if err := raw.QueryRowContext(b.Context(), "SELECT n FROM bench_rows").Scan(&n); err != nil {
			b.Fatal(err)
		}
		triggers(func(name, _, _ string) string { return "DROP TRIGGER " + name })
		exec("DROP TABLE bench_rows")
		return n
	}
}

// cpuTime is what this process has used, in user and system mode.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// resetPeak lets Linux forget the peak of memory so far; elsewhere peaks are not known and print as 0.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) }

// peakRSS is the most memory this process had since resetPeak, in MB.
func peakRSS() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, err := strconv.ParseFloat(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]), 64)
	if err != nil {
		return 0
	}
	return kb * 1024 / 1e6
}

// start prints how long the real program takes until it can serve from this database.
func (x *bench) start(b *testing.B) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	ready := make(chan time.Time, 1)
	ended := make(chan struct{})
	started := time.Now()
	go func() {
		defer close(ended)
		_ = run(ctx, nil, environment("MUSTER_ADDR", "127.0.0.1:0", "MUSTER_DATA_DIR", x.dir), strings.NewReader(""), onReady{ready}, io.Discard)
	}()
	fmt.Printf("\nstart: serves after %.3f s\n", (<-ready).Sub(started).Seconds())
	cancel()
	<-ended
}

// onReady tells when the program says where it serves.
type onReady struct{ at chan<- time.Time }

func (w onReady) Write(p []byte) (int, error) {
	if addressLine.Match(p) {
		w.at <- time.Now()
	}
	return len(p), nil
}

// delay prints how long it takes until a page shows what has changed on a Dashboard, with a probe every 10 s.
func (x *bench) delay(b *testing.B) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
	defer cancel()
	mirror := syncer.New(syncer.Options{DB: x.store, AllowPrivate: true, Log: slog.New(slog.DiscardHandler)})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = mirror.Run(ctx)
	}()
	defer func() { cancel(); <-ended }()
	resp, err := http.PostForm(x.fakes[0].Change, url.Values{"name": {"Renamed by the bench"}})
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	started := time.Now()
	for ctx.Err() == nil {
		if _, n, err := x.store.Sites(ctx, operator(), db.SiteFilter{Query: "Renamed by the bench"}); err == nil && n > 0 {
			fmt.Printf("delay: a change on a Dashboard is in the list of sites after %.1f s, with a probe every 10 s\n", time.Since(started).Seconds())
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Println("delay: a change on a Dashboard was not in the list of sites within 2 minutes")
}
