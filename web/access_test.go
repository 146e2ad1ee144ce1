package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// accessTable says who may use which route. A route that is missing here fails the test: decide who may use it.
var accessTable = map[string]string{
	"GET /healthz":  "open",
	"GET /readyz":   "open",
	"GET /static/*": "open",

	"GET /setup":    "first run",
	"POST /setup":   "first run",
	"GET /signin":   "guest",
	"POST /signin":  "guest",
	"POST /signout": "guest",

	"GET /":                           "staff",
	"GET /sites":                      "staff",
	"GET /sites/:id":                  "staff",
	"POST /sites/:id/rejoin":          "owner",
	"POST /sites/actions":             "operator",
	"POST /sites/:id/items":           "operator",
	"GET /runs":                       "staff",
	"GET /runs/:id":                   "staff",
	"GET /runs/:id/live":              "staff",
	"GET /runs/:id/log.txt":           "staff",
	"GET /runs/:id/tasks/:task":       "staff",
	"POST /runs/:id/pause":            "operator",
	"POST /runs/:id/resume":           "operator",
	"POST /runs/:id/cancel":           "operator",
	"POST /runs/:id/retry":            "operator",
	"POST /tasks/:id/look":            "operator",
	"GET /updates":                    "staff",
	"GET /updates/rows":               "staff",
	"POST /basket":                    "operator",
	"POST /runs/review":               "operator",
	"GET /runs/review/:token":         "operator",
	"POST /runs/review/:token/change": "operator",
	"POST /runs/review/:token/start":  "operator",
	"GET /schedules":                  "staff",
	"POST /schedules/:id/pause":       "operator",
	"POST /schedules/:id/delete":      "operator",
	"GET /holds":                      "staff",
	"POST /holds":                     "operator",
	"POST /holds/delay":               "operator",
	"POST /holds/:id/delete":          "operator",
	"GET /clients":                    "staff",
	"GET /clients/:dashboard/:client": "staff",
	"GET /history":                    "staff",
	"GET /dashboards":                 "staff",
	"GET /dashboards/connect":         "owner",
	"POST /dashboards/connect":        "owner",
	"GET /dashboards/:id":             "staff",
	"POST /dashboards/:id":            "owner",
	"POST /dashboards/:id/key":        "owner",
	"POST /dashboards/:id/check":      "owner",
	"POST /dashboards/:id/refresh":    "operator",
	"POST /dashboards/:id/pause":      "owner",
	"POST /dashboards/:id/confirm":    "owner",
	"GET /dashboards/:id/disconnect":  "owner",
	"POST /dashboards/:id/disconnect": "owner",
	"GET /settings":                   "staff",
	"POST /settings":                  "staff",
	"POST /settings/password":         "staff",
	"echo_route_not_found /*":         "guest",

	"GET /sites/add":         "operator",
	"POST /sites/add":        "operator",
	"GET /sites/:id/edit":    "operator",
	"POST /sites/:id/edit":   "operator",
	"GET /sites/:id/remove":  "operator",
	"POST /sites/:id/remove": "operator",

	"GET /clients/add":                        "operator",
	"POST /clients/add":                       "operator",
	"GET /clients/:dashboard/:client/edit":    "operator",
	"POST /clients/:dashboard/:client/edit":   "operator",
	"GET /clients/:dashboard/:client/remove":  "operator",
	"POST /clients/:dashboard/:client/remove": "operator",

	"GET /tags":                         "staff",
	"GET /tags/add":                     "operator",
	"POST /tags/add":                    "operator",
	"GET /tags/:dashboard/:tag/edit":    "operator",
	"POST /tags/:dashboard/:tag/edit":   "operator",
	"GET /tags/:dashboard/:tag/remove":  "operator",
	"POST /tags/:dashboard/:tag/remove": "operator",
}

func TestEveryRouteHasItsAccess(t *testing.T) {
	s := newSite(t)
	var seen []string
	for _, r := range s.echo.Routes() {
		route := r.Method + " " + r.Path
		if _, ok := accessTable[route]; !ok {
			t.Errorf("%s is not in the access table", route)
		}
		seen = append(seen, route)
	}
	for route := range accessTable {
		if !slices.Contains(seen, route) {
			t.Errorf("%s is in the access table, but no route", route)
		}
	}
}

// TestAccess asks every route as everybody. What a person may not do is answered before the handler is reached.
func TestAccess(t *testing.T) {
	s := newSite(t)
	people := map[string]*browser{"nobody": s.browser(), "owner": s.as(ownerEmail), "manager": s.as(managerEmail), "reader": s.as(readerEmail)}
	allowed := map[string][]string{
		"staff": {"owner", "manager", "reader"}, "operator": {"owner", "manager"}, "owner": {"owner"},
		"open": {"nobody", "owner", "manager", "reader"}, "guest": {"nobody", "owner", "manager", "reader"},
	}
	for route, access := range accessTable {
		method, path, _ := strings.Cut(route, " ")
		if access == "first run" || method == echo.RouteNotFound || path == "/signout" {
			continue // have tests of their own
		}
		path = strings.NewReplacer(":id", "1", ":dashboard", "1", ":client", "1", ":tag", "1", ":task", "1").Replace(path)
		for name, b := range people {
			var r response
			if method == http.MethodGet {
				r = b.get(path)
			} else {
				r = b.post(path, url.Values{})
			}
			switch {
			case slices.Contains(allowed[access], name):
				if r.code == http.StatusForbidden || r.code >= 500 || name != "nobody" && strings.HasPrefix(r.location(), "/signin") {
					t.Errorf("%s as %s: status %d to %q, want to be let through", route, name, r.code, r.location())
				}
			case name == "nobody":
				if r.code != http.StatusSeeOther || !strings.HasPrefix(r.location(), "/signin") {
					t.Errorf("%s as nobody: status %d to %q, want the sign-in page", route, r.code, r.location())
				}
			case r.code != http.StatusForbidden:
				t.Errorf("%s as %s: status %d, want 403", route, name, r.code)
			}
		}
	}
}

func TestSignInLeadsBackToLocalPagesOnly(t *testing.T) {
	for to, want := range map[string]string{
		"/sites?q=a&page=2":             "/sites?q=a&page=2",
		"/":                             "/",
		"":                              "/",
		"https://evil.example/":         "/",
		"//evil.example/":               "/",
		`/\evil.example`:                "/",
		"/%2F/evil.example":             "/",
		"javascript:alert(1)":           "/",
		"sites":                         "/",
		"/signin?next=/signin":          "/",
		"/a\r\nSet-Cookie: b=c":         "/",
		"/" + strings.Repeat("x", 3000): "/",
	} {
		if got := localPath(to); got != want {
			t.Errorf("localPath(%q) = %q, want %q", to, got, want)
		}
	}
}
