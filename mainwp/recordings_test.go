package mainwp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"muster/mainwp"
)

const (
	testKey    = "1111222233334444555566667777888899990000"
	testSecret = "aaaabbbbccccddddeeeeffff0000111122223333"
)

func bearer(t testing.TB) mainwp.Credential {
	t.Helper()
	cred, err := mainwp.ParseCredential(testSecret + "==" + testKey)
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// roundTrip is an http.RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// replay is a client whose every request gets this answer.
func replay(t testing.TB, status int, body []byte) *mainwp.Client {
	t.Helper()
	return mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(status, body), nil
	})})
}

// recording is an answer of a real Dashboard.
type recording struct {
	name, method, path string
	status             int
	body               []byte
}

func recordings(t testing.TB) []recording {
	t.Helper()
	index, err := os.ReadFile("testdata/INDEX.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var list []recording
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		field := strings.Split(line, "\t")
		status, err := strconv.Atoi(field[3])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, recording{field[0], field[1], field[2], status, load(t, field[4])})
	}
	return list
}

func load(t testing.TB, file string) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// route is the path of a recording with N for numbers and without query.
func (r recording) route() string {
	path, _, _ := strings.Cut(r.path, "?")
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/index.php"), "/wp-json")
	return r.method + " " + regexp.MustCompile(`/\d+`).ReplaceAllString(strings.TrimPrefix(path, "/mainwp/v2"), "/N")
}

// wantKinds is the kind for each pair of status and code in the recordings.
var wantKinds = map[string]mainwp.Kind{
	"400 mainwp_child_outdated":                        mainwp.KindApplication,
	"400 mainwp_rest_authentication_bad_request":       mainwp.KindApplication,
	"400 mainwp_rest_invalid_param":                    mainwp.KindApplication,
	"400 mainwp_rest_updates_site_error":               mainwp.KindApplication,
	"400 rest_invalid_json":                            mainwp.KindApplication,
	"401 mainwp_rest_authentication_disabled_key":      mainwp.KindCredentials,
	"401 mainwp_rest_authentication_error":             mainwp.KindCredentials,
	"401 mainwp_rest_authentication_missing_parameter": mainwp.KindCredentials,
	"404 mainwp_rest_get_secure_site_error":            mainwp.KindRemote,
	"404 mainwp_rest_invalid_client_data":              mainwp.KindNotFound,
	"404 mainwp_rest_invalid_client_id":                mainwp.KindNotFound,
	"404 mainwp_rest_invalid_costs_id":                 mainwp.KindNotFound,
	"404 mainwp_rest_invalid_site_id":                  mainwp.KindNotFound,
	"404 mainwp_rest_invalid_tag_id":                   mainwp.KindNotFound,
	"404 rest_no_route":                                mainwp.KindNoRoute,
	"500 ability_invalid_input":                        mainwp.KindApplication,
	"500 ability_invalid_permissions":                  mainwp.KindApplication,
	"500 get_post_error":                               mainwp.KindApplication,
	"500 internal_server_error":                        mainwp.KindApplication,
	"500 mainwp_rest_activate_plugins_action":          mainwp.KindRemote,
	"500 mainwp_rest_invalid_plugins_slugs":            mainwp.KindApplication,
	"500 mainwp_rest_reconnect_site_error":             mainwp.KindRemote,
	"500 mainwp_rest_upgrade_plugins_of_site_error":    mainwp.KindRemote,
	"500 no_posts_found":                               mainwp.KindApplication,
	"500 no_website_found":                             mainwp.KindApplication,
	"500 website_not_found":                            mainwp.KindApplication,
}

// TestRecordings decodes every recorded answer through the client and holds the
// result against the plain JSON of the recording.
func TestRecordings(t *testing.T) {
	checks := map[string]func(*testing.T, *mainwp.Client, recording){
		"GET /sites":                      checkSites,
		"GET /sites/N":                    checkOneSite,
		"GET /sites/basic":                checkBasic,
		"GET /sites/count":                checkCount,
		"POST /sites/N/sync":              checkOneSite,
		"POST /sites/N/reconnect":         checkReconnect,
		"GET /sites/N/plugins/abandoned":  checkAbandoned,
		"GET /sites/N/themes/abandoned":   checkAbandoned,
		"GET /sites/N/non-mainwp-changes": checkChanges,
		"GET /updates/N":                  checkUpdates,
		"GET /clients":                    checkClients,
		"GET /tags":                       checkTags,
		"GET /costs":                      checkCosts,
		"GET /monitors":                   checkMonitors,
		"GET /monitors/basic":             checkMonitorsBasic,
		"GET /monitors/N/heartbeat":       checkHeartbeats,
		"GET /monitors/N/incidents":       checkIncidents,
		"GET /rest-api/keys":              checkKeys,
		"GET /":                           checkIndex,
		"GET ":                            checkRoutes,
	}
	used := map[string]int{}
	for _, rec := range recordings(t) {
		t.Run(rec.name, func(t *testing.T) {
			client := replay(t, rec.status, rec.body)
			if rec.status >= 400 {
				checkError(t, client, rec)
				return
			}
			check := checks[rec.route()]
			if check == nil && rec.method != http.MethodGet {
				check = checkWrite
			}
			if check == nil {
				t.Fatalf("no check for %s", rec.route())
			}
			used[rec.route()]++
			check(t, client, rec)
		})
	}
	for route := range checks {
		if used[route] == 0 {
			t.Errorf("no recording of %s", route)
		}
	}
}

func checkError(t *testing.T, client *mainwp.Client, rec recording) {
	var want struct{ Code, Message string }
	if err := json.Unmarshal(rec.body, &want); err != nil {
		t.Fatal(err)
	}
	kind, ok := wantKinds[fmt.Sprintf("%d %s", rec.status, want.Code)]
	if !ok {
		t.Fatalf("no kind for %d %s", rec.status, want.Code)
	}
	_, err := client.SitesCount(t.Context())
	got := asError(t, err)
	if got.Kind != kind || got.Code != want.Code || got.Status != rec.status {
		t.Errorf("got %s %d %s, want %s %d %s", got.Kind, got.Status, got.Code, kind, rec.status, want.Code)
	}
	if got.Message == "" || strings.ContainsAny(got.Message, "<>") || strings.Contains(got.Message, "&#") || len([]rune(got.Message)) > 200 {
		t.Errorf("message is not clean: %q", got.Message)
	}
}

func asError(t testing.TB, err error) *mainwp.Error {
	t.Helper()
	e, ok := errors.AsType[*mainwp.Error](err)
	if !ok {
		t.Fatalf("got %T %v, want a *mainwp.Error", err, err)
	}
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// object and its methods read the plain JSON of a recording.
type object map[string]any

func plain(t testing.TB, body []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// text is a field as a person would read it.
func (o object) text(key string) string {
	switch v := o[key].(type) {
	case nil:
		return ""
	case string:
		return html.UnescapeString(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

func (o object) number(key string) int64 {
	n, _ := strconv.ParseFloat(o.text(key), 64)
	return int64(n)
}

// rows are the objects in data, of a list or of a map.
func (o object) rows() map[int64]object {
	out := map[int64]object{}
	add := func(v any) {
		row := object(v.(map[string]any))
		out[row.number("id")] = row
	}
	switch data := o["data"].(type) {
	case []any:
		for _, v := range data {
			add(v)
		}
	case map[string]any:
		for _, v := range data {
			add(v)
		}
	}
	return out
}

// inner is the JSON in a text field; nil when there is none.
func (o object) inner(key string) any {
	text, ok := o[key].(string)
	if !ok {
		return o[key]
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	return v
}
