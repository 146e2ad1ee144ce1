package mainwptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// answer is what a route gives: a status and a JSON object. body is encoded last, because `_fields` may cut it.
type answer struct {
	status int
	body   any  // obj, list or raw
	keep   bool // `_fields` was already honoured
}

func ok(body obj) answer { return answer{status: http.StatusOK, body: body} }

// fail is WordPress' shape of an error.
func fail(status int, code, message string) answer {
	return answer{status: status, body: obj{{"code", code}, {"message", message}, {"data", obj{{"status", status}}}}}
}

// failNull is a WP_Error that was made without a status: HTTP 500 and data null.
func failNull(code, message string) answer {
	return answer{status: http.StatusInternalServerError, body: obj{{"code", code}, {"message", message}, {"data", nil}}}
}

func abilityInput(ability, reason string) answer {
	return fail(http.StatusInternalServerError, "ability_invalid_input", `Ability "mainwp/`+ability+`-v1" has invalid input. Reason: `+reason)
}

func abilityPermission(ability string) answer {
	return fail(http.StatusInternalServerError, "ability_invalid_permissions", `Ability "mainwp/`+ability+`-v1" does not have necessary permission.`)
}

func noRoute() answer {
	return fail(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")
}

// query is a request to a route: its path below mainwp/v2, the id in it, and its parameters, which WordPress merges
// from JSON body, form body and query string.
type query struct {
	path, id string
	url.Values
}

func (q query) int(names ...string) int {
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimSpace(q.Get(name))); err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// list splits a parameter on commas and white space, as wp_parse_list does.
func (q query) list(name string) []string {
	text := strings.Join(append(slices.Clone(q.Values[name]), q.Values[name+"[]"]...), ",")
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}

// admits gives the filter that include and exclude make; words that are no ids match nothing.
func (q query) admits() func(id int64) bool {
	in, out := q.ids("include"), q.ids("exclude")
	return func(id int64) bool { return (in == nil || in[id]) && !out[id] }
}

func (q query) ids(name string) map[int64]bool {
	words := q.list(name)
	if len(words) == 0 {
		return nil
	}
	ids := make(map[int64]bool, len(words))
	for _, word := range words {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil {
			ids[id] = true
		}
	}
	return ids
}

func (q query) matches(texts ...string) bool {
	search := strings.ToLower(q.Get("search"))
	return search == "" || slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), search) })
}

// page cuts rows only when both page and per_page are given (MainWP REST API notes §0, point 7).
func page[T any](rows []T, q query) []T {
	n, per := q.int("page", "paged"), q.int("per_page")
	if n == 0 || per == 0 {
		return rows
	}
	return cut(rows, n, per)
}

func cut[T any](rows []T, n, per int) []T {
	from := min((n-1)*per, len(rows))
	return rows[from:min(from+per, len(rows))]
}

type route struct {
	methods string // "GET", "POST PUT PATCH" or "DELETE"
	pattern *regexp.Regexp
	serve   func(*Dashboard, query) answer
	six     bool // since 6.0
}

const editable = "POST PUT PATCH"

// routes is what this fake simulates, in the order in which it is tried.
func routes() []route {
	at := func(methods, pattern string, serve func(*Dashboard, query) answer) route {
		pattern = strings.ReplaceAll(pattern, "{id}", `([A-Za-z0-9._-]+)`)
		pattern = strings.ReplaceAll(pattern, "{n}", `(\d+)`)
		return route{methods: methods, pattern: regexp.MustCompile("^" + pattern + "/?$"), serve: serve}
	}
	six := func(r route) route { r.six = true; return r }
	return []route{
		at("GET", "/sites", (*Dashboard).serveSites),
		at("GET", "/sites/basic", (*Dashboard).serveSitesBasic),
		at("GET", "/sites/count", (*Dashboard).serveSitesCount),
		at("GET", "/sites/{n}", (*Dashboard).serveSite),
		at("GET", "/sites/{id}/plugins", (*Dashboard).serveSitePlugins),
		at("GET", "/sites/{id}/themes", (*Dashboard).serveSiteThemes),
		at("GET", "/sites/{id}/plugins/abandoned", (*Dashboard).serveAbandonedPlugins),
		at("GET", "/sites/{id}/themes/abandoned", (*Dashboard).serveAbandonedThemes),
		at("GET", "/sites/{id}/non-mainwp-changes", (*Dashboard).serveChanges),
		at(editable, "/sites/sync", (*Dashboard).syncAll),
		at(editable, "/sites/{id}/sync", (*Dashboard).syncSite),
		at(editable, "/sites/{id}/reconnect", (*Dashboard).reconnectSite),
		at(editable, "/sites/{id}/disconnect", (*Dashboard).disconnectSite),
		at(editable, "/sites/{id}/suspend", (*Dashboard).suspendSite),
		at(editable, "/sites/{id}/unsuspend", (*Dashboard).unsuspendSite),
		at(editable, "/sites/{id}/check", (*Dashboard).checkSite),
		at(editable, "/sites/{id}/edit", (*Dashboard).editSite),
		at("POST", "/sites/add", (*Dashboard).addSite),
		at("DELETE", "/sites/{id}/remove", (*Dashboard).removeSiteNow),
		at(editable, "/sites/{id}/plugins/activate", (*Dashboard).activatePlugins),
		at(editable, "/sites/{id}/plugins/deactivate", (*Dashboard).deactivatePlugins),
		at("DELETE", "/sites/{id}/plugins/delete", (*Dashboard).deletePlugins),
		at(editable, "/sites/{id}/themes/activate", (*Dashboard).activateTheme),
		at("DELETE", "/sites/{id}/themes/delete", (*Dashboard).deleteThemes),
		at("GET", "/updates", (*Dashboard).serveUpdates),
		at("GET", "/updates/ignored", (*Dashboard).serveIgnored),
		at("GET", "/updates/{n}", (*Dashboard).serveSiteUpdates),
		at("GET", "/updates/{id}/ignored", (*Dashboard).serveSiteIgnored),
		at(editable, "/updates/{id}/update/wp", (*Dashboard).updateCore),
		at(editable, "/updates/{id}/update/plugins", (*Dashboard).updatePlugins),
		at(editable, "/updates/{id}/update/themes", (*Dashboard).updateThemes),
		at(editable, "/updates/{id}/update/translations", (*Dashboard).updateTranslations),
		at(editable, "/updates/update", (*Dashboard).updateFleet),
		at(editable, "/updates/{id}/update", (*Dashboard).updateSite),
		at(editable, "/updates/{id}/ignore/wp", (*Dashboard).ignoreCore),
		at(editable, "/updates/{id}/ignore/plugins", (*Dashboard).ignorePlugins),
		at(editable, "/updates/{id}/ignore/themes", (*Dashboard).ignoreThemes),
		at("GET", "/clients", (*Dashboard).serveClients),
		at("GET", "/clients/count", (*Dashboard).serveClientsCount),
		at("GET", "/clients/([^/]+)", (*Dashboard).serveClient),
		at("POST", "/clients/add", (*Dashboard).addClient),
		at(editable, "/clients/([^/]+)/edit", (*Dashboard).editClient),
		at("DELETE", "/clients/([^/]+)/remove", (*Dashboard).removeClient),
		at(editable, "/clients/([^/]+)/suspend", (*Dashboard).suspendClient),
		at(editable, "/clients/([^/]+)/unsuspend", (*Dashboard).unsuspendClient),
		at("GET", "/tags", (*Dashboard).serveTags),
		at("POST", "/tags/add", (*Dashboard).addTag),
		at(editable, "/tags/{n}/edit", (*Dashboard).editTag),
		at("DELETE", "/tags/{n}/remove", (*Dashboard).removeTag),
		at("GET", "/tags/{n}", (*Dashboard).serveTag),
		at("GET", "/costs", (*Dashboard).serveCosts),
		six(at("GET", "/monitors", (*Dashboard).serveMonitors)),
		six(at("GET", "/monitors/basic", (*Dashboard).serveMonitorsBasic)),
		six(at("GET", "/monitors/count", (*Dashboard).serveMonitorsCount)),
		six(at("GET", "/monitors/{n}", (*Dashboard).serveMonitor)),
		six(at("GET", "/monitors/{n}/heartbeat", (*Dashboard).serveHeartbeats)),
		six(at("GET", "/monitors/{n}/incidents", (*Dashboard).serveIncidents)),
		six(at("GET", "/rest-api/keys", (*Dashboard).serveKeys)),
	}
}

// ServeHTTP answers one request: for the Dashboard below /wp-json/, and for the home page of each of its sites where
// host and path of the request are a site's address. State outlives every client, so an http.Server of another process
// can hold it too.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.serveHome(w, r) {
		return
	}
	r, leave, up := d.connect(r)
	defer leave()
	entry := d.begin(r)
	if !up {
		panic(http.ErrAbortHandler)
	}
	f := d.takeFaults(r)
	j := d.receive(r, f)
	if !f.wait(r.Context()) || f.Down {
		d.drop(j)
		panic(http.ErrAbortHandler)
	}
	if status, kind, body, spoiled := f.instead(r); spoiled {
		d.log.status(entry, status)
		f.head(w, r, status)
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return
	}
	out, answered := d.perform(r.Context(), j)
	if !answered {
		if inMemory, is := w.(*recorder); is {
			inMemory.sent = true
		}
		panic(http.ErrAbortHandler)
	}
	d.log.status(entry, out.status)
	d.deliver(w, j, out)
}

// topLevel is WordPress' own `_fields`: it keeps the named keys of the outermost object. What is left of nothing is [].
func topLevel(body any, fields string) any {
	o, isObject := body.(obj)
	if !isObject {
		return body
	}
	names := strings.FieldsFunc(fields, func(r rune) bool { return r == ',' || r == ' ' })
	return slices.DeleteFunc(slices.Clone(o), func(f field) bool { return !slices.Contains(names, f.key) })
}

// resolve finds the route of a request, or the answer that refuses it.
func (d *Dashboard) resolve(r *http.Request, values url.Values, f Faults) (route, query, *answer) {
	q := query{Values: values}
	always := func(a answer) (route, query, *answer) { return route{}, q, &a }
	_, rest, _ := strings.Cut(r.URL.Path, "/wp-json")
	rest = strings.TrimSuffix(rest, "/")
	if rest == "" {
		return always(d.serveIndex(f))
	}
	if rest == "/mainwp/v2" && !f.V1Only {
		return always(d.serveNamespace(r))
	}
	rest, isV2 := strings.CutPrefix(rest, "/mainwp/v2")
	if !isV2 || f.V1Only {
		return always(noRoute())
	}
	method := strings.Replace(r.Method, http.MethodHead, http.MethodGet, 1)
	for _, route := range d.table {
		m := route.pattern.FindStringSubmatch(rest)
		if m == nil || !slices.Contains(strings.Fields(route.methods), method) || route.six && !d.cfg.Personality.six() {
			continue
		}
		if refusal := d.authenticate(r, values, f); refusal != nil {
			return route, q, refusal
		}
		q.path = rest
		if len(m) > 1 {
			q.id = m[1]
		}
		return route, q, nil
	}
	return always(noRoute())
}

// parameters merges query, form body and JSON body; the body wins.
func parameters(r *http.Request) url.Values {
	v := r.URL.Query()
	if r.Body == nil {
		return v
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || len(body) == 0 {
		return v
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		mergeJSON(v, body)
		return v
	}
	form, err := url.ParseQuery(string(body))
	if err == nil {
		for k, values := range form {
			v[k] = values
		}
	}
	return v
}

func mergeJSON(v url.Values, body []byte) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var m map[string]any
	if dec.Decode(&m) != nil {
		return
	}
	for k, value := range m {
		switch value := value.(type) {
		case []any:
			v[k] = nil
			for _, item := range value {
				v.Add(k, scalar(item))
			}
		case map[string]any:
			delete(v, k)
			for inner, item := range value {
				v.Set(k+"["+inner+"]", scalar(item))
			}
		default:
			v.Set(k, scalar(value))
		}
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "1"
		}
	}
	return ""
}

// sizeOf guesses the size of an answer from the rows already written for it.
func sizeOf(body any) int {
	size := 512
	if o, isObject := body.(obj); isObject {
		for _, f := range o {
			if rows, written := f.value.(raw); written {
				size += len(rows)
			}
		}
	}
	return size
}
