package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/db"
	"muster/static"
	"muster/web"
)

// The load on the pages: so many people, who each look at a page for a moment before they open the next one.
const (
	readers     = 20
	readFor     = 20 * time.Second
	thinkAtMost = 500 * time.Millisecond
	aloneTimes  = 50 // how often each page is opened before, by one reader alone
)

// benchPages are the pages that people open all day.
func benchPages() []string {
	return []string{
		"/", "/sites", "/sites?q=bakery", "/sites?status=attention&sort=updates&desc=1", "/sites?page=9", "/sites/1", "/sites/1?tab=plugins", "/sites/1?tab=uptime",
		"/updates", "/updates?group=site", "/updates?group=client", "/updates?group=dashboard", "/updates?kind=plugin&q=seo",
		"/clients", "/clients?sort=updates&desc=1", "/dashboards", "/dashboards/1", "/history", "/settings",
	}
}

// pageCost is what one page cost all readers.
type pageCost struct {
	path          string
	plain, zipped int             // bytes
	alone, times  []time.Duration // by one reader, and by all
}

// readPages has all readers open pages at random. meanwhile runs beside until the functions of end are called.
func (x *bench) readPages(b *testing.B, meanwhile func(), end ...func()) []pageCost {
	b.Helper()
	pages, cookie := x.pages(b)
	costs := make([]pageCost, len(benchPages()))
	for i, path := range benchPages() {
		costs[i] = pageCost{path: path, plain: size(b, pages, cookie, path, ""), zipped: size(b, pages, cookie, path, "gzip")}
		for range aloneTimes {
			costs[i].alone = append(costs[i].alone, ask(pages, cookie, path))
		}
	}
	var beside, all sync.WaitGroup
	if meanwhile != nil {
		beside.Go(meanwhile)
	}
	var mu sync.Mutex
	until := time.Now().Add(readFor)
	for n := range readers {
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		all.Go(func() {
			for time.Now().Before(until) {
				time.Sleep(time.Duration(rng.Int64N(int64(thinkAtMost)))) // also before the first page: people do not start together
				i := rng.IntN(len(costs))
				took := ask(pages, cookie, costs[i].path)
				mu.Lock()
				costs[i].times = append(costs[i].times, took)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, f := range end {
		f()
	}
	beside.Wait()
	return costs
}

// pages is the real handler with somebody signed in.
func (x *bench) pages(b *testing.B) (http.Handler, *http.Cookie) {
	b.Helper()
	assets, err := static.New()
	if err != nil {
		b.Fatal(err)
	}
	pages, err := web.New(web.Options{DB: x.store, Assets: assets, Syncer: x.mirror, Client: pageClient(nil), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	hash, err := web.HashPassword(demoPassword)
	if err != nil {
		b.Fatal(err)
	}
	return pages, signInTo(b, x.store, pages, hash)
}

// signInTo signs the demo's person in and returns the cookie.
func signInTo(b *testing.B, store *db.DB, pages http.Handler, hash string) *http.Cookie {
	b.Helper()
	if _, _, err := store.SignInUser(b.Context(), demoEmail); err != nil {
		if _, err := store.CreateUser(b.Context(), db.NewUser{Email: demoEmail, Name: "Demo owner", PasswordHash: hash, Role: db.Owner}); err != nil {
			b.Fatal(err)
		}
	}
	form := url.Values{"email": {demoEmail}, "password": {demoPassword}}
	r := httptest.NewRequest(http.MethodPost, "/signin", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		return c
	}
	b.Fatalf("sign in: status %d", w.Code)
	return nil
}

// discard is an answer that nobody reads.
type discard struct {
	header http.Header
	bytes  int
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { d.bytes += len(p); return len(p), nil }

func ask(pages http.Handler, cookie *http.Cookie, path string) time.Duration {
	r := request(cookie, path, "gzip")
	w := &discard{header: http.Header{}}
	started := time.Now()
	pages.ServeHTTP(w, r)
	return time.Since(started)
}

func request(cookie *http.Cookie, path, encoding string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(cookie)
	r.Header.Set("Accept-Encoding", encoding)
	return r
}

func size(b *testing.B, pages http.Handler, cookie *http.Cookie, path, encoding string) int {
	b.Helper()
	w := &discard{header: http.Header{}}
	pages.ServeHTTP(w, request(cookie, path, encoding))
	if w.status != http.StatusOK {
		b.Fatalf("%s: status %d", path, w.status)
	}
	return w.bytes
}

func printPages(rest, busy []pageCost) {
	fmt.Printf("\nServer time in ms, compression included: one reader alone; %d readers, each opening a page at random every %v on average; the same during full passes\n", readers, thinkAtMost/2)
	fmt.Printf("%-44s %7s %7s  %7s %7s  %7s %7s  %8s %8s\n", "page", "alone", "p99", "readers", "p99", "in pass", "p99", "HTML kB", "wire kB")
	for i, r := range rest {
		fmt.Printf("%-44s %7.2f %7.2f  %7.2f %7.2f  %7.2f %7.2f  %8.1f %8.1f\n", r.path, quantile(r.alone, 0.5), quantile(r.alone, 0.99),
			quantile(r.times, 0.5), quantile(r.times, 0.99), quantile(busy[i].times, 0.5), quantile(busy[i].times, 0.99), float64(r.plain)/1e3, float64(r.zipped)/1e3)
	}
}

// quantile is in milliseconds.
func quantile(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return float64(times[int(q*float64(len(times)-1))].Microseconds()) / 1e3
}
