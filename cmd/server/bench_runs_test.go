package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
	"muster/static"
	syncer "muster/sync"
	"muster/web"
)

// What the run of the bench is: so many sites with so many updates each on every Dashboard, and what a call takes there.
const (
	runDashboards, runSites, runItems = 4, 25, 4
	runWorkers                        = 4
	runCall                           = 200 * time.Millisecond
	runWatchers                       = 200
)

// leastTime is how long the calls of a run take at least: one read, the updates, one sync and one read for each site, shared by the workers.
const leastTime = runSites * (runItems + 3) * runCall / runWorkers

// BenchmarkRuns prints what a run costs: alone, and while many people watch it. It is a report, as BenchmarkMuster is.
func BenchmarkRuns(b *testing.B) {
	for range b.N {
		x := newBench(b, runDashboards+1, (runDashboards+1)*(runSites+15))
		// The third of the fleet is MainWP 6.0.1 on WordPress 6.9, which cannot sync one site (MainWP REST API notes §4.4): other calls are needed there.
		x.fakes, x.ids = slices.Delete(x.fakes, 2, 3), slices.Delete(x.ids, 2, 3)
		for _, f := range x.fakes {
			x.tell(b, f, "prepare", "1")
		}
		v, pages, cookie := x.panel(b)
		fmt.Printf("\n%s: %d sites × %d updates over %d Dashboards, %d workers each, %s a call: %.2f s at best\n\n", b.Name(), runDashboards*runSites, runItems, runDashboards, runWorkers, runCall, leastTime.Seconds())
		fmt.Printf("%-28s %9s %12s %9s %14s %14s\n", "run", "seconds", "× the best", "verified", "CPU of a core", "slowest page")
		x.carryOut(b, v, pages, cookie, 0, 0)
		x.carryOut(b, v, pages, cookie, runItems, runWatchers)
	}
}

// tell has the process of the fakes do something with one of them.
func (x *bench) tell(b *testing.B, f fake, what, value string) {
	b.Helper()
	resp, err := http.PostForm(f.Change, url.Values{what: {value}})
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
}

// prepare gives every site of the n-th fake an address and a server of its own, and an update of each of its plugins.
func prepare(n int, d *mainwptest.Dashboard) {
	for i, id := range d.SiteIDs() {
		d.SetDown(id, false)
		d.EditSite(id, func(s *mainwptest.Site) {
			s.Suspended, s.Child.Refuses, s.IgnorePlugins, s.IgnoredPlugins = false, false, false, nil
			s.IP, s.URL = fmt.Sprintf("203.0.%d.%d", n, i), fmt.Sprintf("https://site%d-%d.example/", n, i)
		})
		for _, p := range d.Site(id).Plugins {
			if p.Slug != "mainwp-child/mainwp-child.php" {
				d.ReleaseUpdate("plugin", p.Slug, "99.0")
			}
		}
	}
	d.Sync()
}

// panel is the real pages and somebody who may start runs.
func (x *bench) panel(b *testing.B) (v db.Viewer, pages *web.Server, cookie *http.Cookie) {
	b.Helper()
	assets, err := static.New()
	if err != nil {
		b.Fatal(err)
	}
	pages, err = web.New(web.Options{DB: x.store, Assets: assets, Syncer: x.mirror, Client: pageClient(nil), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	hash, err := web.HashPassword(demoPassword)
	if err != nil {
		b.Fatal(err)
	}
	cookie = signInTo(b, x.store, pages, hash)
	user, _, err := x.store.SignInUser(b.Context(), demoEmail)
	if err != nil {
		b.Fatal(err)
	}
	return db.Viewer{UserID: user.ID, Role: user.Role, All: true}, pages, cookie
}

// carryOut starts a run of the updates of every site after the first skip, and prints what it cost.
func (x *bench) carryOut(b *testing.B, v db.Viewer, pages *web.Server, cookie *http.Cookie, skip, watchers int) {
	b.Helper()
	x.readAll(b)
	run := x.startRun(b, v, skip)
	ctx, cancel := context.WithCancel(b.Context())
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	server := httptest.NewServer(pages)
	defer server.Close()
	for range watchers {
		beside.Go(func() { watch(ctx, server.URL+"/runs/"+strconv.FormatInt(run, 10)+"/live", cookie) })
	}
	engine := x.mirror.Engine(syncer.EngineOptions{Workers: runWorkers, Changed: pages.Changed})
	cpu, began := cpuTime(), time.Now()
	beside.Go(func() { _ = engine.Run(ctx) })
	var slowest time.Duration
	for {
		time.Sleep(250 * time.Millisecond)
		for _, path := range []string{"/updates", "/runs/" + strconv.FormatInt(run, 10)} {
			slowest = max(slowest, ask(pages, cookie, path))
		}
		r, err := x.store.Run(b.Context(), v, run)
		if err != nil {
			b.Fatal(err)
		}
		if r.State == db.RunDone || time.Since(began) > 2*time.Minute {
			took := time.Since(began)
			fmt.Printf("%-28s %9.2f %12.2f %9d %13.1f%% %11.1f ms\n", strconv.Itoa(watchers)+" people watch", took.Seconds(), took.Seconds()/leastTime.Seconds(), r.Counts.Verified,
				100*(cpuTime()-cpu).Seconds()/took.Seconds(), float64(slowest.Microseconds())/1000)
			return
		}
	}
}

// readAll mirrors the Dashboards, which answer at once meanwhile.
func (x *bench) readAll(b *testing.B) {
	b.Helper()
	for i, f := range x.fakes {
		x.tell(b, f, "delay", "0s")
		if err := x.mirror.Pass(b.Context(), x.ids[i]); err != nil {
			b.Fatal(err)
		}
		if err := x.mirror.Details(b.Context(), x.ids[i]); err != nil {
			b.Fatal(err)
		}
		x.tell(b, f, "delay", runCall.String())
	}
}

// startRun reviews and starts it, as the pages do.
func (x *bench) startRun(b *testing.B, v db.Viewer, skip int) int64 {
	b.Helper()
	var choices []db.Choice
	sites := map[int64]int{}
	list, _, err := x.store.Sites(b.Context(), v, db.SiteFilter{Status: db.StatusOK, Paging: db.Paging{PerPage: db.MaxPerPage}})
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range list {
		all, err := x.store.SiteUpdates(b.Context(), v, s.ID)
		if err != nil {
			b.Fatal(err)
		}
		plugins := slices.DeleteFunc(all, func(u db.Update) bool { return u.Kind != db.Plugin || u.Offer != db.Offered })
		if sites[s.DashboardID] == runSites || len(plugins) < 2*runItems-skip {
			continue
		}
		sites[s.DashboardID]++
		for _, u := range plugins[:runItems] {
			choices = append(choices, db.Choice{Action: db.ActUpdate, Site: s.ID, Kind: u.Kind, Slug: u.Slug, Name: u.Name, From: u.From, To: u.To, Anyway: true})
		}
	}
	token, err := x.store.OpenReview(b.Context(), v, "A run of the bench", choices)
	if err != nil {
		b.Fatal(err)
	}
	r, err := x.store.Review(b.Context(), v, token)
	if err != nil {
		b.Fatal(err)
	}
	run, err := x.store.StartRun(b.Context(), v, token, r.Digest, r.Confirm, true, db.RunOptions{SkipRest: true})
	if err != nil {
		b.Fatal(err)
	}
	return run
}

// watch reads a run's stream until ctx ends.
func watch(ctx context.Context, address string, cookie *http.Cookie) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	r.AddCookie(cookie)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body)
}
