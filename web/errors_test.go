package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"muster/db"
)

// TestHeadIsAnsweredLikeGet: monitors ask so, and a page that is not there is still not there.
func TestHeadIsAnsweredLikeGet(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s)
	defer server.Close()
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/signin": http.StatusOK, "/no/such/page": http.StatusNotFound, "/signout": http.StatusNotFound} {
		resp, err := http.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != want || len(body) > 0 {
			t.Errorf("HEAD %s: status %d with %d bytes, want %d and none", path, resp.StatusCode, len(body), want)
		}
	}
}

func TestErrorsBecomeStatuses(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{fmt.Errorf("read site 7: %w", db.ErrNotFound), http.StatusNotFound},
		{fmt.Errorf("%w: only an owner may do this", db.ErrForbidden), http.StatusForbidden},
		{&db.TwinError{ID: 1, Name: "First"}, http.StatusConflict},
		{fmt.Errorf("%w: no name", db.ErrInvalid), http.StatusUnprocessableEntity},
		{echo.ErrMethodNotAllowed, http.StatusMethodNotAllowed},
		{&failure{status: http.StatusTooManyRequests}, http.StatusTooManyRequests},
		{fmt.Errorf("query: %w", context.Canceled), statusGone},
		{errors.New("disk I/O error"), http.StatusInternalServerError},
	} {
		if got, _ := status(c.err); got != c.want {
			t.Errorf("status(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestFailedRequestIsLoggedOnceAndSaysNothingInside(t *testing.T) {
	s := newSite(t)
	s.echo.GET("/boom", func(Context) error { panic("secret inside") })
	r := s.as(ownerEmail).get("/boom?token=hidden")
	r.want(t, http.StatusInternalServerError)
	if strings.Contains(r.body, "secret inside") {
		t.Error("the page tells what happened inside")
	}
	if n := strings.Count(s.log.String(), `"path":"/boom"`); n != 1 {
		t.Errorf("logged %d times, want once: %s", n, s.log.String())
	}
	if strings.Contains(s.log.String(), "hidden") {
		t.Error("the log holds the query of the address")
	}
}

func TestErrorInsideAPageReplacesThePage(t *testing.T) {
	b := newSite(t).as(ownerEmail)
	b.header.Set("HX-Request", "true")
	b.header.Set("HX-Request-Type", "partial")
	r := b.get("/sites/4711")
	r.want(t, http.StatusNotFound)
	if r.header.Get("HX-Retarget") != "#main" {
		t.Error("htmx would put the error page into the part it asked for")
	}
}

func TestEveryAnswerHasTheSafeHeaders(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	for _, path := range []string{"/", "/sites", "/nowhere", "/healthz", s.opt.Assets.URL("app.css"), "/static/none.css", "/signin"} {
		h := b.get(path).header
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, h)
		}
		if asset := path == s.opt.Assets.URL("app.css"); asset == (h.Get("Cache-Control") == "no-store") {
			t.Errorf("%s: Cache-Control %q", path, h.Get("Cache-Control"))
		}
	}
}

func TestPagesOfOtherSitesCannotWrite(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.post("/dashboards/1/pause", url.Values{"pause": {"1"}}).want(t, http.StatusForbidden)
	b.header.Set("Sec-Fetch-Site", "same-origin")
	b.post("/dashboards/1/pause", url.Values{"pause": {"1"}}).wantTo(t, "/dashboards/1?done=paused")
}

func TestPagesAreCompressed(t *testing.T) {
	b := newSite(t).as(ownerEmail)
	b.header.Set("Accept-Encoding", "gzip")
	if got := b.get("/dashboards").header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("a page has the encoding %q", got)
	}
	if got := b.get("/healthz").header.Get("Content-Encoding"); got != "" {
		t.Errorf("two bytes have the encoding %q", got)
	}
}

// TestAnyAddressIsAPage asks for addresses that people and robots make up.
func TestAnyAddressIsAPage(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	long := url.QueryEscape(strings.Repeat("späße ", 2000))
	values := []string{"-1", "0", "99999999999999999999", "1e3", "%00", "%ff%fe", "'%20OR%201=1--", "*", "%22", "NEAR(", "%F0%9F%98%80", "%E2%80%AE", "1.2", "1.x", "..%2F..", long}
	pages := map[string][]string{
		"/":             {"page", "done"},
		"/sites":        {"q", "dashboard", "status", "client", "tag", "updates", "item", "sort", "desc", "page"},
		"/updates":      {"group", "kind", "q", "dashboard", "client", "tag", "offer", "open", "rows", "page"},
		"/updates/rows": {"group", "kind", "q", "open", "rows"},
		"/clients":      {"q", "dashboard", "sort", "desc", "page"},
		"/history":      {"dashboard", "client", "site", "kind", "item", "since", "until", "page"},
		"/dashboards/1": {"done", "page"},
		"/dashboards":   {"done"},
		"/settings":     {"done"},
	}
	for page, names := range pages {
		for _, name := range names {
			for _, value := range values {
				if r := b.get(page + "?" + name + "=" + value); r.code != http.StatusOK {
					t.Errorf("%s?%s=%s: status %d", page, name, cut(value, 40), r.code)
				}
			}
		}
	}
	for _, path := range []string{"/sites/0", "/sites/-1", "/sites/x", "/sites/99999999999999999999", "/sites/4711", "/clients/1/x", "/clients/1/99", "/dashboards/99", "/dashboards/x", "/a/b/c", "/%ff"} {
		if r := b.get(path); r.code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, r.code)
		}
	}
	for _, group := range []string{"item", "site", "client", "dashboard"} {
		for _, value := range values {
			if r := b.get("/updates?group=" + group + "&open=" + value); r.code != http.StatusOK {
				t.Errorf("group %s open %s: status %d", group, cut(value, 40), r.code)
			}
		}
	}
}

func TestFiltersGiveAShortAddress(t *testing.T) {
	b := newSite(t).as(ownerEmail)
	b.header.Set("HX-Request", "true")
	b.header.Set("HX-Request-Type", "partial")
	b.header.Set("HX-Source", "form#filters")
	for asked, want := range map[string]string{
		"/sites?q=bakery&status=&client=&tag=&updates=":            "/sites?q=bakery",
		"/updates?group=site&kind=&q=&offer=":                      "/updates?group=site",
		"/clients?q=&dashboard=":                                   "/clients",
		"/history?dashboard=&kind=updated&since=2026-11-01&until=": "/history?kind=updated&since=2026-11-01",
	} {
		if got := b.get(asked).header.Get("HX-Push-Url"); got != want {
			t.Errorf("%s: HX-Push-Url %q, want %q", asked, got, want)
		}
	}
	b.header.Set("HX-Source", "div#sites") // a page that only asks again
	if got := b.get("/sites?q=bakery").header.Get("HX-Push-Url"); got != "" {
		t.Errorf("asking again pushes %q", got)
	}
}
