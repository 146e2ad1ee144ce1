package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/db"
	"muster/mainwp/mainwptest"
	syncer "muster/sync"
	"muster/web"
)

// Who signs in to the demo.
const (
	demoEmail    = "demo@muster.test"
	demoPassword = "muster-demo"
)

// demoSeed makes every demo show the same agencies and sites.
const demoSeed = 7

// demoPast are the ages of the passes that give the demo its history; the last one is what the Dashboard that is down
// still shows.
var demoPast = []time.Duration{72 * time.Hour, 49 * time.Hour, 25 * time.Hour, 2 * time.Hour}

// How often the sites of a running demo change, and how much.
const (
	demoPulse = 30 * time.Second
	demoSteps = 2
)

// demo shows the panel over made-up Dashboards in this process, in a temporary database that goes when it ends.
func (a *app) demo(ctx context.Context, args []string) (err error) {
	fs := a.flags("demo")
	addr := fs.String("addr", "127.0.0.1:8080", "address to listen on")
	sites := fs.Int("sites", 600, "number of sites")
	dashboards := fs.Int("dashboards", 3, "number of Dashboards; the last one is down")
	if err := a.parse(fs, args); err != nil {
		return err
	}
	if *dashboards < 1 || *dashboards > 100 || *sites < *dashboards || *sites > 20000 {
		return usageError("muster demo: wants 1 to 100 Dashboards and at least one site for each, 20000 at most")
	}
	listener, err := listen(ctx, *addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server closes it earlier, unless it never starts
	dir, err := os.MkdirTemp("", "muster-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintln(a.stdout, "Making up Dashboards and three days of history …")
	d, err := newDemo(ctx, a.logger(slog.LevelWarn), dir, *dashboards, *sites)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	fmt.Fprintf(a.stdout, "Muster is at http://%s\nSign in with %s and the password %s. Nothing here is real, and all of it goes when this ends (Ctrl-C).\n", listener.Addr(), demoEmail, demoPassword)
	return d.run(ctx, listener)
}

// demonstration is a fleet of made-up Dashboards with a store that mirrors them.
type demonstration struct {
	log   *slog.Logger
	clock *movableClock
	store *db.DB
	fleet []mainwptest.Named
	rng   *rand.Rand
}

func newDemo(ctx context.Context, log *slog.Logger, dir string, dashboards, sites int) (*demonstration, error) {
	rng := rand.New(rand.NewPCG(demoSeed, demoSeed)) //nolint:gosec // made-up changes, the same in every demo
	d := &demonstration{log: log, clock: new(movableClock), rng: rng}
	d.clock.set(-demoPast[0])
	d.fleet = mainwptest.Fleet(demoSeed, dashboards, sites, d.clock.now)
	store, err := db.Open(ctx, db.Options{Path: filepath.Join(dir, "muster.db"), Key: db.NewKey(), Now: d.clock.now, Log: log})
	if err != nil {
		return nil, err
	}
	d.store = store
	if err := d.fill(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return d, nil
}

// options are those of a syncer that reads the fleet in memory.
func (d *demonstration) options() syncer.Options {
	return syncer.Options{DB: d.store, Transport: d.transport(), Log: d.log, Now: d.clock.now, HistoryDays: 400}
}

func (d *demonstration) transport() http.RoundTripper {
	return mainwptest.Transport(mainwptest.Hosts(d.fleet))
}

// fill signs the owner up, connects the fleet, and lives through demoPast.
func (d *demonstration) fill(ctx context.Context) error {
	hash, err := web.HashPassword(demoPassword)
	if err != nil {
		return err
	}
	owner, err := d.store.CreateFirstOwner(ctx, db.NewUser{Email: demoEmail, Name: "Demo owner", PasswordHash: hash, Role: db.Owner})
	if err != nil {
		return fmt.Errorf("add the demo's owner: %w", err)
	}
	ids, err := d.connect(ctx)
	if err != nil {
		return err
	}
	mirror := syncer.New(d.options())
	for i, ago := range demoPast {
		d.clock.set(-ago)
		if i > 0 {
			d.change(12)
		}
		if err := d.each(ctx, ids, i == 0, mirror.Pass); err != nil {
			return err
		}
	}
	if err := d.each(ctx, ids, false, mirror.Details); err != nil {
		return err
	}
	if err := d.runs(ctx, mirror, db.Viewer{UserID: owner.ID, Role: db.Owner, All: true}, ids); err != nil {
		return err
	}
	d.clock.set(0)
	d.fleet[len(d.fleet)-1].SetFaults(mainwptest.Faults{Down: true})
	return d.store.RefreshDashboard(ctx, operator(), 0)
}

// change lets one of so many sites of each Dashboard change, and MainWP sync them all, as it does by itself once a day.
func (d *demonstration) change(oneOf int) {
	for _, f := range d.fleet {
		f.Evolve(d.rng, max(3, len(f.SiteIDs())/oneOf))
		f.Sync()
	}
}

// each reads every Dashboard, side by side unless the order matters: the first pass gives the sites their ids.
func (d *demonstration) each(ctx context.Context, ids []int64, inOrder bool, read func(context.Context, int64) error) error {
	group, ctx := errgroup.WithContext(ctx)
	if inOrder {
		group.SetLimit(1)
	}
	for i, id := range ids {
		group.Go(func() error {
			if err := read(ctx, id); err != nil {
				return fmt.Errorf("read the made-up Dashboard %s: %w", d.fleet[i].Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// connect adds the fleet to the store.
func (d *demonstration) connect(ctx context.Context) ([]int64, error) {
	var ids []int64
	for _, f := range d.fleet {
		key, err := pageClient(nil).Key(f.Token())
		if err != nil {
			return nil, err
		}
		id, err := d.store.CreateDashboard(ctx, operator(), db.NewDashboard{
			DashboardEdit: db.DashboardEdit{Name: f.Name, URL: f.URL, Auth: key.Auth}, Key: key.Text, KeyHint: key.Hint, KeyScope: "read_write",
		})
		if err != nil {
			return nil, fmt.Errorf("connect the made-up Dashboard %s: %w", f.Name, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (d *demonstration) run(ctx context.Context, listener net.Listener) error {
	p := panel{store: d.store, listener: listener, log: d.log, transport: d.transport(), syncer: d.options(), also: d.live}
	p.syncer.Transport = unhurried{d.transport()}
	return p.run(ctx)
}

// live changes a few sites now and then, so that the pages have something to tell.
func (d *demonstration) live(ctx context.Context) error {
	tick := time.NewTicker(demoPulse)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			for _, f := range d.fleet {
				f.Evolve(d.rng, demoSteps)
			}
		}
	}
}

// movableClock is the present time moved by an amount that can be set while others read it.
type movableClock struct{ offset atomic.Int64 }

func (c *movableClock) set(offset time.Duration) { c.offset.Store(int64(offset)) }

func (c *movableClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }
