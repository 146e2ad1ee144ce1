package mainwptest

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// shape is the set of JSON types seen at each path of an answer. Elements of lists are "[]", keys that are data (ids,
// slugs) are "{}", and JSON inside a string continues after "json:".
type shape map[string]map[string]bool

func (s shape) add(path, kind string) {
	if s[path] == nil {
		s[path] = map[string]bool{}
	}
	s[path][kind] = true
}

// keyed are the objects whose keys are data.
var keyed = []string{"tags", "plugins", "themes", "plugin_upgrades", "theme_upgrades", "routes", "rollback_plugins", "rollback_themes", "ignored_plugins", "ignored_themes"}

func isKeyed(path string, m map[string]any) bool {
	for k := range m {
		if strings.Trim(k, "0123456789") == "" || strings.Contains(k, ".php") {
			return true
		}
	}
	last := strings.TrimSuffix(path[strings.LastIndex(path, ".")+1:], "json:")
	return slices.Contains(keyed, last) || last == "data" && hasKeys(m, "lab-classic", "lab-theme", "storefront", "lab-forms")
}

func hasKeys(m map[string]any, keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { _, has := m[k]; return has })
}

func (s shape) walk(path string, v any) {
	switch v := v.(type) {
	case nil:
		s.add(path, "null")
	case bool:
		s.add(path, "bool")
	case float64:
		s.add(path, "number")
	case string:
		s.add(path, "string")
		var inner any
		if (strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[")) && json.Unmarshal([]byte(v), &inner) == nil {
			s.walk(path+"json:", inner)
		}
	case []any:
		if len(v) == 0 {
			s.add(path, "nothing")
			return
		}
		s.add(path, "list")
		for _, item := range v {
			s.walk(path+"[]", item)
		}
	case map[string]any:
		s.add(path, "object")
		dynamic := isKeyed(path, v)
		for k, item := range v {
			if dynamic {
				k = "{}"
			}
			s.walk(path+"."+k, item)
		}
	}
}

func shapeOf(t *testing.T, body []byte) shape {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("no JSON: %v: %.200s", err, body)
	}
	s := shape{}
	s.walk("", v)
	return s
}

// differences lists what one shape has and the other has not. An empty list stands for an empty map or list.
func differences(got, want shape, excused []string) []string {
	var out []string
	excuse := func(path string) bool {
		return slices.ContainsFunc(excused, func(e string) bool { return strings.Contains(path, e) })
	}
	for path, kinds := range got {
		for kind := range kinds {
			known := want[path][kind] || kind == "nothing" && (want[path]["list"] || want[path]["object"])
			if !known && !excuse(path) {
				out = append(out, "not recorded: "+path+" "+kind)
			}
		}
	}
	for path, kinds := range want {
		if got[path] == nil && !excuse(path) && parentFilled(got, path) {
			out = append(out, "missing: "+path+" "+strings.Join(keysOf(kinds), "|"))
		}
	}
	slices.Sort(out)
	return out
}

// parentFilled: a path can only be asked for where what holds it is not empty.
func parentFilled(got shape, path string) bool {
	i := max(strings.LastIndex(path, "."), strings.LastIndex(path, "[]"), strings.LastIndex(path, "json:"))
	if i < 0 {
		return true
	}
	parent := got[path[:i]]
	return parent["object"] || parent["list"]
}

func keysOf(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Differences that are data, not shape: what the recorded sites happened to have none of.
var excusedEverywhere = []string{"ignored_pluginsjson:", "ignored_themesjson:", ".note", "[].mu", "recent_commentsjson:", "rollback_"}

type shapeCase struct {
	name    string // of the recording, without .json
	as      Personality
	method  string
	path    string
	body    string
	token   string // "": read and write; "none", "ro", "wo" or the text itself
	prepare func(d *Dashboard)
	excused []string
}

func (c shapeCase) run(t *testing.T) {
	want, err := os.ReadFile("testdata/" + c.name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := New(Config{Personality: c.as, Seed: 7, Sites: 40})
	d.EditSite(1, func(s *Site) { s.TagIDs = []int64{1, 2} })
	if c.prepare != nil {
		c.prepare(d)
	}
	status, got := ask(t, d, c.method, c.path, c.body, c.token)
	if recorded := recordedStatus(t, c.name); status != recorded {
		t.Errorf("status %d, recorded %d: %.300s", status, recorded, got)
	}
	for _, diff := range differences(shapeOf(t, got), shapeOf(t, want), append(c.excused, excusedEverywhere...)) {
		t.Error(diff)
	}
}

// ask sends a request below /wp-json and gives status and body.
func ask(t *testing.T, d *Dashboard, method, path, body, token string) (int, []byte) {
	t.Helper()
	r := newRequest(t, d, method, path, body)
	switch token {
	case "none":
		r.Header.Del("Authorization")
	case "":
	case "ro":
		r.Header.Set("Authorization", "Bearer "+d.ReadOnlyToken())
	case "wo":
		r.Header.Set("Authorization", "Bearer "+d.WriteOnlyToken())
	default:
		r.Header.Set("Authorization", token)
	}
	res, err := Transport(map[string]*Dashboard{"dash.example": d}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, readAll(t, res)
}

// newRequest makes a request below /wp-json with the key that may do everything.
func newRequest(t *testing.T, d *Dashboard, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "https://dash.example/wp-json"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+d.Token())
	return r
}

// recordedStatus reads the status of a recording from the table beside it.
func recordedStatus(t *testing.T, name string) int {
	t.Helper()
	table, err := os.ReadFile("testdata/status.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		if rest, found := strings.CutPrefix(line, name+"\t"); found {
			return int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0')
		}
	}
	t.Fatalf("no status of %s in testdata/status.tsv", name)
	return 0
}
