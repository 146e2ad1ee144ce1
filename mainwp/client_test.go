package mainwp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/mainwp"
)

func gzipped(t testing.TB, s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sent is what a client puts on the wire.
type sent struct{ Method, URL, Auth, Type, Body string }

func TestRequests(t *testing.T) {
	cred := bearer(t)
	count := func(c *mainwp.Client) error { _, err := c.SitesCount(t.Context()); return err }
	tests := map[string]struct {
		cred  mainwp.Credential
		opt   mainwp.Options
		call  func(*mainwp.Client) error
		want  sent
		reply string
	}{
		"bearer": {cred, mainwp.Options{}, count, sent{Method: "GET", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites/count", Auth: "Bearer " + testSecret + "==" + testKey}, `{"count":1}`},
		"basic": {cred.With(mainwp.KindBasic), mainwp.Options{}, count, sent{Method: "GET", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites/count",
			Auth: "Basic Y2tfMTExMTIyMjIzMzMzNDQ0NDU1NTU2NjY2Nzc3Nzg4ODg5OTk5MDAwMDpjc19hYWFhYmJiYmNjY2NkZGRkZWVlZWZmZmYwMDAwMTExMTIyMjIzMzMz"}, `{"count":1}`},
		"query": {cred.With(mainwp.KindQuery), mainwp.Options{}, count, sent{Method: "GET", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites/count?oauth_mainwp_ck=ck_" + testKey + "&oauth_mainwp_cs=cs_" + testSecret}, `{"count":1}`},
		"query, write": {cred.With(mainwp.KindQuery), mainwp.Options{}, func(c *mainwp.Client) error { return c.Reconnect(t.Context(), 4) },
			sent{Method: "POST", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites/4/reconnect", Type: "application/x-www-form-urlencoded", Body: "oauth_mainwp_ck=ck_" + testKey + "&oauth_mainwp_cs=cs_" + testSecret}, `{"success":1,"data":{"id":"4"}}`},
		"write": {cred, mainwp.Options{}, func(c *mainwp.Client) error { _, err := c.SyncSite(t.Context(), 4); return err },
			sent{Method: "POST", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites/4/sync", Auth: "Bearer " + testSecret + "==" + testKey, Type: "application/json", Body: "{}"}, `{"success":1,"data":{"id":"4"}}`},
		"plain permalinks": {cred, mainwp.Options{IndexPHP: true}, count, sent{Method: "GET", URL: "https://dash.example/sub/index.php/wp-json/mainwp/v2/sites/count", Auth: "Bearer " + testSecret + "==" + testKey}, `{"count":1}`},
		"sites page": {cred, mainwp.Options{}, func(c *mainwp.Client) error { _, _, err := c.SitesPage(t.Context(), 3, 50); return err },
			sent{Method: "GET", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites?custom_fields=offline_check_result,http_response_code,securityIssues&exclude=999999999&page=3&paged=3&per_page=50", Auth: "Bearer " + testSecret + "==" + testKey}, `{"success":1,"data":[]}`},
		"sites by id": {cred, mainwp.Options{}, func(c *mainwp.Client) error { _, err := c.SitesInclude(t.Context(), 7, 9); return err },
			sent{Method: "GET", URL: "https://dash.example/sub/wp-json/mainwp/v2/sites?custom_fields=offline_check_result,http_response_code,securityIssues&include=7,9", Auth: "Bearer " + testSecret + "==" + testKey}, `{"success":1,"data":[]}`},
		"heartbeats": {cred, mainwp.Options{}, func(c *mainwp.Client) error {
			_, err := c.Heartbeats(t.Context(), 2, time.Date(2026, 11, 23, 3, 0, 0, 0, time.FixedZone("", 3600)))
			return err
		}, sent{Method: "GET", URL: "https://dash.example/sub/wp-json/mainwp/v2/monitors/2/heartbeat?period=30d&since=2026-11-23T02%3A00%3A00", Auth: "Bearer " + testSecret + "==" + testKey}, `{"success":0,"message":"No heartbeats found."}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got sent
			tt.opt.HTTP = roundTrip(func(r *http.Request) (*http.Response, error) {
				got = sent{Method: r.Method, URL: r.URL.String(), Auth: r.Header.Get("Authorization"), Type: r.Header.Get("Content-Type")}
				if r.Body != nil {
					body, _ := io.ReadAll(r.Body)
					got.Body = string(body)
				}
				if r.Header.Get("Accept") != "application/json" || r.Header.Get("User-Agent") != "Muster" {
					t.Errorf("got headers %v", r.Header)
				}
				return answer(200, []byte(tt.reply)), nil
			})
			must(t, tt.call(mainwp.New("https://dash.example/sub", tt.cred, tt.opt)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestIndexSendsNoKey: the public routes are asked without the key.
func TestIndexSendsNoKey(t *testing.T) {
	client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" || strings.Contains(r.URL.RawQuery, "oauth") {
			t.Errorf("%s carries the key", r.URL)
		}
		if r.URL.Path == "/wp-json/" {
			return answer(200, load(t, "namespaces.json")), nil
		}
		return answer(200, load(t, "index-mainwp-v2.json")), nil
	})})
	index, err := client.Index(t.Context())
	if err != nil || index.Name != "Northlight Studio (Agency A)" {
		t.Errorf("got %q, %v", index.Name, err)
	}
}

func TestRedirects(t *testing.T) {
	tests := map[string]struct {
		location string
		want     mainwp.Kind // "" followed
		wantURL  string
	}{
		"other host":        {"https://www.dash.example/wp-json/mainwp/v2/sites/count", mainwp.KindRedirect, "https://www.dash.example"},
		"other scheme":      {"http://dash.example/wp-json/mainwp/v2/sites/count", mainwp.KindRedirect, "http://dash.example"},
		"other port":        {"https://dash.example:8443/wp-json/mainwp/v2/sites/count", mainwp.KindRedirect, "https://dash.example:8443"},
		"other host, login": {"https://new.example/dash/wp-login.php?redirect_to=x", mainwp.KindRedirect, "https://new.example/dash"},
		"login of the same": {"/wp-login.php?redirect_to=x", mainwp.KindBlocked, ""},
		"same origin":       {"/wp-json/mainwp/v2/sites/count/", "", ""},
		"no address":        {"", mainwp.KindBlocked, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var hosts []string
			client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				hosts = append(hosts, r.URL.Host)
				if strings.HasSuffix(r.URL.Path, "/count/") {
					return answer(200, []byte(`{"count":5}`)), nil
				}
				resp := answer(301, nil)
				resp.Request = r
				if tt.location != "" {
					resp.Header.Set("Location", tt.location)
				}
				return resp, nil
			})})
			n, err := client.SitesCount(t.Context())
			if tt.want == "" {
				if err != nil || n != 5 {
					t.Errorf("got %d, %v; want 5", n, err)
				}
				return
			}
			e := asError(t, err)
			if e.Kind != tt.want || e.Location != tt.wantURL || e.Status != 301 || len(hosts) != 1 {
				t.Errorf("got %s to %q after requests to %v; want %s to %q", e.Kind, e.Location, hosts, tt.want, tt.wantURL)
			}
		})
	}
}

// TestBodies is about answers that no Dashboard means to give.
func TestBodies(t *testing.T) {
	count := `{"count":3}`
	page := "<!DOCTYPE html><html><head><title>Sorry</title><script>var a={\"count\":9};</script></head><body>Just a moment…</body></html>"
	tests := map[string]struct {
		status int
		body   string
		want   mainwp.Kind // "": 3 sites
	}{
		"byte order mark":         {200, "\ufeff" + count, ""},
		"space":                   {200, "\r\n\t " + count + "\n", ""},
		"notice":                  {200, "<br />\n<b>Warning</b>: Undefined array key [0] in {closure} on line <b>2128</b><br />\n" + count, ""},
		"plain notice":            {200, "PHP Warning:  Undefined variable $result in x.php:2133\n" + count, ""},
		"comment behind":          {200, count + "\n<!-- Performance optimized by a cache -->", ""},
		"count as text":           {200, `{"count":"3"}`, ""},
		"page":                    {200, page, mainwp.KindBlocked},
		"page, 404":               {404, page, mainwp.KindBlocked},
		"page, 403":               {403, page, mainwp.KindBlocked},
		"page, 401":               {401, page, mainwp.KindBlocked},
		"maintenance":             {503, page, mainwp.KindBlocked},
		"text":                    {200, "Forbidden", mainwp.KindBlocked},
		"cut":                     {200, `{"success":1,"total":3,"da`, mainwp.KindTransport},
		"cut in text":             {200, `{"success":1,"data":"abc`, mainwp.KindTransport},
		"empty":                   {200, "", mainwp.KindTransport},
		"500 without JSON":        {500, page, mainwp.KindTransport},
		"500, nothing":            {500, "", mainwp.KindTransport},
		"502":                     {502, "<html>Bad Gateway</html>", mainwp.KindTransport},
		"504":                     {504, "upstream timed out", mainwp.KindTransport},
		"500 with code":           {500, `{"code":"ability_invalid_input","message":"x","data":null}`, mainwp.KindApplication},
		"500 with number in data": {500, `{"code":"mainwp_rest_invalid_plugins_slugs","message":"x","data":400}`, mainwp.KindApplication},
		"500 internal":            {500, `{"code":"internal_server_error","message":"<p>There has been a critical error</p>"}`, mainwp.KindApplication},
		"500 JSON without code":   {500, `{"error":"x"}`, mainwp.KindTransport},
		"403 with code":           {403, `{"code":"rest_forbidden","message":"x"}`, mainwp.KindNoRight},
		"429 with code":           {429, `{"code":"too_many","message":"x"}`, mainwp.KindApplication},
		"success 0":               {200, `{"success":0,"error":"No."}`, mainwp.KindRefused},
		"success false":           {200, `{"success":false}`, mainwp.KindRefused},
		"bare list":               {200, `[]`, mainwp.KindShape},
		"another object":          {200, `{"success":1,"data":[]}`, mainwp.KindShape},
		"broken":                  {200, `{"count" 3}`, mainwp.KindShape},
		"null":                    {200, `null`, mainwp.KindBlocked},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n, err := replay(t, tt.status, []byte(tt.body)).SitesCount(t.Context())
			if kind := mainwp.KindOf(err); kind != tt.want || tt.want == "" && n != 3 {
				t.Fatalf("got %d, %q %v; want %q", n, kind, err, tt.want)
			}
			if tt.want == mainwp.KindBlocked && strings.HasPrefix(tt.body, "<!") {
				if e := asError(t, err); e.Excerpt != "Sorry Just a moment…" {
					t.Errorf("got excerpt %q", e.Excerpt)
				}
			}
		})
	}
}

func TestSitesPageShapes(t *testing.T) {
	for body, want := range map[string]mainwp.Kind{
		`[]`:                                  mainwp.KindShape,
		`[{"id":"1"}]`:                        mainwp.KindShape,
		`{}`:                                  mainwp.KindShape,
		`{"success":1,"total":0}`:             mainwp.KindShape,
		`{"success":1,"data":{}}`:             mainwp.KindShape,
		`{"success":1,"data":{"1":{}}}`:       mainwp.KindShape,
		`{"success":1,"data":null}`:           mainwp.KindShape,
		`{"success":1,"data":[{"name":"x"}]}`: mainwp.KindShape,
		`{"success":1,"data":["1"]}`:          mainwp.KindShape,
		`{"success":0,"data":[]}`:             mainwp.KindRefused,
		`{"success":1,"data":[{"id":"1"},{"i`: mainwp.KindTransport,
		`{"success":1,"data":[{"id":"1"}]`:    mainwp.KindTransport,
		`{"success":1,"total":0,"data":[]}`:   "",
	} {
		rows, _, err := replay(t, 200, []byte(body)).SitesPage(t.Context(), 1, 50)
		if mainwp.KindOf(err) != want || err != nil && rows != nil {
			t.Errorf("%s: got %d rows and %v, want %q", body, len(rows), err, want)
		}
	}
	rows, last, err := replay(t, 200, []byte(`{"data":[{"id":"1"},{"id":2}]}`)).SitesPage(t.Context(), 1, 2)
	if err != nil || last || len(rows) != 2 || rows[1].ID != 2 || string(rows[1].JSON) != `{"id":2}` {
		t.Errorf("a full page: got %+v, last %v, %v", rows, last, err)
	}
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
func (endless) Close() error { return nil }

func TestTooLarge(t *testing.T) {
	for name, length := range map[string]int64{"announced": 65 << 20, "endless": -1} {
		client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: endless{}, ContentLength: length}, nil
		})})
		if _, _, err := client.SitesPage(t.Context(), 1, 50); mainwp.KindOf(err) != mainwp.KindTooLarge {
			t.Errorf("%s: got %v, want KindTooLarge", name, err)
		}
	}
}

func TestTimeouts(t *testing.T) {
	hang := roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	synctest.Test(t, func(t *testing.T) {
		client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: hang, Timeout: 20 * time.Second})
		start := time.Now()
		_, err := client.SitesCount(t.Context())
		if e := asError(t, err); e.Kind != mainwp.KindTransport || !e.Timeout || time.Since(start) != 20*time.Second {
			t.Errorf("read: got %+v after %v, want a timeout after 20 s", e, time.Since(start))
		}
		start = time.Now()
		if e := asError(t, client.Reconnect(t.Context(), 1)); !e.Timeout || time.Since(start) != 5*time.Minute {
			t.Errorf("action: got %+v after %v, want a timeout after 5 min", e, time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = client.SitesCount(ctx)
		if e := asError(t, err); !errors.Is(err, context.Canceled) || e.Timeout {
			t.Errorf("canceled: got %+v, want context.Canceled", e)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(*http.Request) (*http.Response, error) {
		resp := answer(503, []byte("<html>Briefly unavailable for scheduled maintenance.</html>"))
		resp.Header.Set("Retry-After", "120")
		return resp, nil
	})})
	_, err := client.SitesCount(t.Context())
	if e := asError(t, err); e.RetryAfter != 2*time.Minute {
		t.Errorf("got %v, want 2 min", e.RetryAfter)
	}
}

// Half a key is no whole one: what is cut must be masked before.
func TestKeyAtTheCutOfAnExcerptIsMasked(t *testing.T) {
	for before := 150; before < 200; before++ {
		page := "<p>" + strings.Repeat("x", before) + " " + testSecret + " more</p>"
		_, err := replay(t, 200, []byte(page)).SitesCount(t.Context())
		if text := err.Error(); strings.Contains(text, testSecret[:8]) {
			t.Fatalf("%d letters before it, a part of the key stands in %q", before, text)
		}
	}
}
