package mainwp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/mainwp"
)

// fakeServer answers a diagnosis from recordings. Each fault changes one thing.
type fakeServer struct {
	t        *testing.T
	index    page
	routes   page
	sites    page // with _fields
	stripped bool // the Authorization header is lost
	noQuery  bool // the pair in the query is refused
	secret   page // for a wrong secret
	count    page // for the right key
	keys     page
	one      page // for one site
	every    page // for each request with a header, when set
	prefix   string
	seen     []string
}

func newServer(t *testing.T) *fakeServer {
	return &fakeServer{
		t: t, index: page{200, load(t, "namespaces.json")}, routes: page{200, load(t, "index-mainwp-v2.json")}, sites: page{200, load(t, "c-sites-include.json")},
		secret: page{401, load(t, "err-bad-secret.json")}, count: page{200, []byte(`{"count":3}`)},
		keys: page{200, fmt.Appendf(nil, `{"success":1,"data":[{"id":"1","version":"v2","permissions":["Lesen","Schreiben"],"truncated_key":"9990000","active":true}]}`)},
		one:  page{200, load(t, "site-1.json")},
	}
}

func (s *fakeServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		s.t.Errorf("a diagnosis sent %s %s", r.Method, r.URL)
	}
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix+"/wp-json")
	s.seen = append(s.seen, path)
	p := page{404, []byte("<!DOCTYPE html><title>Page not found</title>")}
	switch {
	case !ok:
	case path == "/":
		p = s.index
	case path == "/mainwp/v2":
		p = s.routes
	default:
		p = s.withKey(r, strings.TrimPrefix(path, "/mainwp/v2"))
	}
	return answer(p.status, p.body), nil
}

func (s *fakeServer) withKey(r *http.Request, path string) page {
	auth := r.Header.Get("Authorization")
	if s.stripped {
		auth = ""
	}
	query := r.URL.Query()
	if s.every.status != 0 {
		return s.every
	}
	switch {
	case query.Get("oauth_mainwp_cs") == "cs_"+testSecret && !s.noQuery, auth == "Bearer "+testSecret+"=="+testKey, strings.HasPrefix(auth, "Basic "):
	case auth == "":
		return page{401, load(s.t, "err-no-token.json")}
	case !strings.Contains(auth, "=="):
		return page{401, load(s.t, "err-token-no-sep.json")}
	default:
		return s.secret
	}
	switch {
	case s.count.status != 200:
		return s.count
	case path == "/sites/count":
		return s.count
	case path == "/sites" && query.Has("_fields"):
		return s.sites
	case path == "/sites":
		return page{200, []byte(`{"success":1,"total":1,"data":[{"id":"4","name":"A"}]}`)}
	case path == "/rest-api/keys":
		return s.keys
	case path == "/sites/4":
		return s.one
	}
	return page{404, load(s.t, "err-unknown-route.json")}
}

var stepIDs = []string{"address", "tls", "rest", "permalinks", "authorization", "key", "read", "write", "admin", "versions", "sites"}

// diagnose runs a diagnosis and returns the states as one line: o ok, F failed,
// - not tried, ? unknown, w warn, in the order of stepIDs.
func diagnose(t *testing.T, base string, cred mainwp.Credential, opt mainwp.Options) (mainwp.Report, string) {
	t.Helper()
	var emitted []mainwp.Step
	report := mainwp.Diagnose(t.Context(), base, cred, opt, func(s mainwp.Step) { emitted = append(emitted, s) })
	if diff := cmp.Diff(report.Steps, emitted); diff != "" {
		t.Errorf("the report differs from what was emitted: %s", diff)
	}
	states, ids := "", []string{}
	for _, s := range report.Steps {
		ids = append(ids, s.ID)
		states += map[mainwp.StepState]string{"ok": "o", "failed": "F", "not_tried": "-", "unknown": "?", "warn": "w"}[s.State]
		if s.Detail == "" || s.Title == "" || s.State == mainwp.StepFailed && s.Fix == "" {
			t.Errorf("step %s says too little: %+v", s.ID, s)
		}
		if strings.Contains(fmt.Sprintf("%+v", s), testSecret) || strings.Contains(fmt.Sprintf("%+v", s), testKey) {
			t.Errorf("step %s shows the key: %+v", s.ID, s)
		}
	}
	if diff := cmp.Diff(stepIDs, ids); diff != "" {
		t.Error(diff)
	}
	return report, states
}

func step(r mainwp.Report, id string) mainwp.Step {
	for _, s := range r.Steps {
		if s.ID == id {
			return s
		}
	}
	return mainwp.Step{}
}

func TestDiagnose(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  func(*fakeServer)
		kind   mainwp.CredentialKind
		states string
		step   string // the step that tells, and a word it must hold
		says   string
		check  func(mainwp.Report) bool
	}{
		"all good, WordPress 6.9": {states: "ooooooooooo", step: "versions", says: "MainWP 6.0.12 or newer, WordPress 6.9 or newer",
			check: func(r mainwp.Report) bool { return r.OK && r.Sites == 3 && r.KeyScope == mainwp.ScopeReadWrite }},
		"all good, WordPress 6.8": {fault: func(s *fakeServer) { s.index.body = load(s.t, "wp68-namespaces.json") }, states: "oooooooo-oo", step: "versions", says: "older than 6.9",
			check: func(r mainwp.Report) bool { return r.OK && !r.Capabilities.Abilities }},
		"Basic": {kind: mainwp.KindBasic, states: "ooooooooooo", step: "key", says: "9990000", check: func(r mainwp.Report) bool { return r.OK }},
		"MainWP 6.0.1": {fault: func(s *fakeServer) { s.sites = page{200, []byte("[]")} }, states: "ooooooooowo", step: "versions", says: "6.0 to 6.0.11",
			check: func(r mainwp.Report) bool { return r.OK }},
		"MainWP 5.2": {fault: func(s *fakeServer) {
			s.index.body, s.routes, s.sites = load(s.t, "wp68-namespaces.json"), routes(s.t, "old/5.2.2-routes.txt"), page{200, []byte("[]")}
		}, states: "ooooooo?-wo", step: "write", says: "first time", check: func(r mainwp.Report) bool { return r.OK && r.KeyScope == mainwp.ScopeUnknown }},
		"only API v1": {fault: func(s *fakeServer) { s.index.body = []byte(`{"name":"Old","namespaces":["wp/v2","mainwp/v1"]}`) }, states: "oooo-----F-", step: "versions", says: "5.1 or older",
			check: func(r mainwp.Report) bool { return !r.OK && r.Capabilities.V1Only }},
		"no MainWP": {fault: func(s *fakeServer) { s.index.body = []byte(`{"name":"Blog","namespaces":["wp/v2"]}`) }, states: "ooF--------", step: "rest", says: "without the MainWP Dashboard plugin",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"no REST API": {fault: func(s *fakeServer) { s.prefix = "/elsewhere" }, states: "ooF--------", step: "rest", says: "Page not found",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"plain permalinks": {fault: func(s *fakeServer) { s.prefix = "/index.php" }, states: "ooowooooooo", step: "permalinks", says: "Settings, Permalinks",
			check: func(r mainwp.Report) bool { return r.OK && r.IndexPHP && r.Capabilities.IndexPHP }},
		"header stripped": {fault: func(s *fakeServer) { s.stripped = true }, states: "ooooF------", step: "authorization", says: "CGIPassAuth On",
			check: func(r mainwp.Report) bool { return !r.OK && r.SuggestQuery && !r.QueryAuthWorks }},
		"header stripped, agreed": {fault: func(s *fakeServer) { s.stripped = true }, kind: mainwp.KindQuery, states: "oooowoooooo", step: "authorization", says: "As agreed",
			check: func(r mainwp.Report) bool { return r.OK && r.QueryAuthWorks && !r.SuggestQuery }},
		"header stripped, agreed, refused": {fault: func(s *fakeServer) { s.stripped, s.noQuery = true, true }, kind: mainwp.KindQuery, states: "ooooFF-----", step: "authorization", says: "fails too",
			check: func(r mainwp.Report) bool { return !r.OK && !r.QueryAuthWorks }},
		"unknown key": {fault: func(s *fakeServer) { s.count = page{401, load(s.t, "err-bad-token.json")} }, states: "oooooF-----", step: "key", says: "does not know this key, or it is disabled",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"wrong secret": {fault: func(s *fakeServer) { s.count = s.secret }, states: "oooooF-----", step: "key", says: "secret half is wrong", check: func(r mainwp.Report) bool { return !r.OK }},
		"write-only key": {fault: func(s *fakeServer) { s.count = page{401, load(s.t, "err-wo-key-get.json")} }, states: "oooooo" + "F----", step: "read", says: "may write, but not read",
			check: func(r mainwp.Report) bool { return !r.OK && r.KeyScope == mainwp.ScopeUnknown }},
		"read-only key": {fault: func(s *fakeServer) { s.keys.body = []byte(strings.Replace(string(s.keys.body), `,"Schreiben"`, "", 1)) }, states: "ooooooowooo", step: "write", says: "read-only in Muster",
			check: func(r mainwp.Report) bool { return r.OK && r.KeyScope == mainwp.ScopeRead }},
		"key not in the list": {fault: func(s *fakeServer) {
			s.keys.body = []byte(strings.Replace(string(s.keys.body), "9990000", "1234567", 1))
		}, states: "ooooooo?ooo", step: "write", says: "does not show this key",
			check: func(r mainwp.Report) bool { return r.OK && r.KeyScope == mainwp.ScopeUnknown }},
		"user no longer administrator": {fault: func(s *fakeServer) { s.one = page{500, load(s.t, "empty-sites-1.json")} }, states: "ooooooooFoo", step: "admin", says: "no longer an administrator",
			check: func(r mainwp.Report) bool { return r.OK }},
		"https not seen": {fault: func(s *fakeServer) { s.every = page{400, load(s.t, "http-other-ip-xfp.json")} }, states: "ooooF------", step: "authorization", says: "HTTP_X_FORWARDED_PROTO",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"no sites": {fault: func(s *fakeServer) { s.count.body = []byte(`{"count":0}`) }, states: "oooooooooo" + "w", step: "sites", says: "no sites yet", check: func(r mainwp.Report) bool { return r.OK }},
		"firewall dislikes keys": {fault: func(s *fakeServer) { s.every = page{403, []byte("<html>Blocked by the firewall</html>")} }, states: "ooooF------", step: "authorization", says: "Blocked by the firewall",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"firewall": {fault: func(s *fakeServer) { s.index = page{403, []byte("<html>Blocked by the firewall</html>")} }, states: "ooF--------", step: "rest", says: "Allow /wp-json/mainwp/",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"maintenance": {fault: func(s *fakeServer) { s.index = page{503, []byte("<html>Briefly unavailable</html>")} }, states: "ooF--------", step: "rest", says: ".maintenance",
			check: func(r mainwp.Report) bool { return !r.OK }},
		"index closed to visitors": {fault: func(s *fakeServer) { s.index = page{401, []byte(`{"code":"rest_not_logged_in","message":"x"}`)} }, states: "oow?ooooo?o", step: "rest", says: "closed to visitors",
			check: func(r mainwp.Report) bool { return r.OK }},
		"server error": {fault: func(s *fakeServer) { s.count = page{500, []byte("<html>Critical error</html>")} }, states: "oooooF-----", step: "key", says: "HTTP 500", check: func(r mainwp.Report) bool { return !r.OK }},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			if tt.fault != nil {
				tt.fault(server)
			}
			cred := bearer(t)
			if tt.kind != "" {
				cred = cred.With(tt.kind)
			}
			report, states := diagnose(t, "https://dash.example/wp-admin/", cred, mainwp.Options{HTTP: server})
			if states != tt.states {
				t.Errorf("got %s, want %s: %+v", states, tt.states, report.Steps)
			}
			if told := fmt.Sprintf("%+v", step(report, tt.step)); !strings.Contains(told, tt.says) {
				t.Errorf("%s does not say %q: %s", tt.step, tt.says, told)
			}
			if !tt.check(report) {
				t.Errorf("got %+v", report)
			}
			if tt.kind != mainwp.KindQuery && server.stripped && len(server.seen) > 3 {
				t.Errorf("the key was sent although nobody agreed: %v", server.seen)
			}
		})
	}
}
