package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"muster/db"
)

// everything is what an owner without limits sees.
var everything = db.Viewer{UserID: 1, Role: db.Owner, All: true}

const childPlugin = "mainwp-child/mainwp-child.php"

// fill gives a Dashboard so many sites, each with an update of one plugin, and returns Muster's ids of them.
func (s *site) fill(dashboard int64, n int) []int64 {
	s.t.Helper()
	m, now := s.store.Mirror(), s.now()
	var sites []db.SiteWrite
	for i := 1; i <= n; i++ {
		host := fmt.Sprintf("site-%d-%d.example", dashboard, i)
		sites = append(sites, db.SiteWrite{
			RemoteID: int64(i), Hash: []byte{1}, Name: fmt.Sprintf("Site %d of %d", i, dashboard), URL: "https://" + host + "/", URLKey: host, Status: "connected", LastSyncAt: now,
			WPVersion: "6.9", PHPVersion: "8.3",
			Plugins: []db.Installed{
				{Kind: db.Plugin, Slug: "akismet/akismet.php", Name: "Akismet", Version: "5.4", Active: true},
				{Kind: db.Plugin, Slug: childPlugin, Name: "MainWP Child", Version: "5.4", Active: true},
			},
			Themes: []db.Installed{
				{Kind: db.Theme, Slug: "kid", Name: "Kid", Version: "1.0", Active: true, Child: true, Parent: "grown"},
				{Kind: db.Theme, Slug: "grown", Name: "Grown", Version: "1.0"}, {Kind: db.Theme, Slug: "spare", Name: "Spare", Version: "1.0"},
			},
			Updates:      []db.Update{{Kind: db.Plugin, Slug: "akismet/akismet.php", Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered}},
			UpdatesKnown: map[db.ItemKind]bool{db.Plugin: true, db.Theme: true, db.Core: true, db.Translation: true},
		})
	}
	s.must(m.WriteSites(s.t.Context(), dashboard, now, true, sites))
	s.must(m.ReadOK(s.t.Context(), dashboard, db.ReadEnd{URL: "https://x.example", Started: now, Full: true, NextFull: now.Add(time.Hour), NextProbe: now.Add(time.Hour)}))
	known, err := m.KnownSites(s.t.Context(), dashboard)
	s.must(err)
	ids := make([]int64, n)
	for remote, k := range known {
		ids[remote-1] = k.ID
	}
	return ids
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// sync starts a run that syncs the sites.
func (s *site) syncRun(sites ...int64) int64 {
	s.t.Helper()
	var choices []db.Choice
	for _, id := range sites {
		choices = append(choices, db.Choice{Action: db.ActSync, Site: id})
	}
	run, err := s.store.StartActions(s.t.Context(), everything, "Sync some sites", choices)
	s.must(err)
	return run
}

// tasks are those of a run in their order of work.
func (s *site) tasks(run int64) []db.Task {
	s.t.Helper()
	list, _, err := s.store.Tasks(s.t.Context(), everything, run, db.TaskFilter{Paging: db.Paging{PerPage: db.MaxPerPage}})
	s.must(err)
	return list
}

// finish ends a task as the engine does.
func (s *site) finish(task db.Task, r db.Result) {
	s.t.Helper()
	q := s.store.Queue()
	s.must(q.Start(s.t.Context(), task.ID))
	s.must(q.Sending(s.t.Context(), task.ID, time.Minute))
	s.must(q.Sent(s.t.Context(), task.ID, "", ""))
	s.must(q.Finish(s.t.Context(), task.ID, r))
	s.must(q.Settle(s.t.Context(), task.RunID))
}

var verified = db.Result{State: db.TaskVerified, Outcome: db.OutVerified, Reason: "Synced"}

// actAs has a handler answer a form of a viewer with limits, which no form of Muster gives yet.
func (s *site) actAs(v db.Viewer, handler echo.HandlerFunc, path string, form url.Values, params ...string) (*httptest.ResponseRecorder, error) {
	req := httptest.NewRequest(http.MethodPost, "http://muster.test"+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	c := s.echo.NewContext(req, rec)
	for i := 0; i+1 < len(params); i += 2 {
		c.SetParamNames(params[i])
		c.SetParamValues(params[i+1])
	}
	c.Set(personKey, &person{user: db.User{ID: v.UserID}, viewer: v})
	return rec, handler(c)
}

// stream is an answer that is read while it is being written.
type stream struct {
	header http.Header
	mu     sync.Mutex
	body   bytes.Buffer
	ended  chan struct{}
}

// watch asks for a stream; it ends with the server's or the test's.
func (b *browser) watch(path string) *stream {
	st := &stream{header: http.Header{}, ended: make(chan struct{})}
	req := httptest.NewRequestWithContext(b.s.t.Context(), http.MethodGet, "http://muster.test"+path, nil)
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	go func() {
		defer close(st.ended)
		b.s.ServeHTTP(st, req)
	}()
	return st
}

func (st *stream) Header() http.Header { return st.header }
func (st *stream) WriteHeader(int)     {}
func (st *stream) Flush()              {}
func (st *stream) Write(p []byte) (int, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.body.Write(p)
}

// take returns the messages that came since the last call: those with a name by their name, the others by their text.
func (st *stream) take() (names, texts []string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for message := range strings.SplitSeq(st.body.String(), "\n\n") {
		if name, ok := strings.CutPrefix(message, "event: "); ok {
			name, _, _ = strings.Cut(name, "\n")
			names = append(names, name)
		} else if message != "" {
			texts = append(texts, message)
		}
	}
	st.body.Reset()
	return names, texts
}

func (st *stream) over() bool {
	select {
	case <-st.ended:
		return true
	default:
		return false
	}
}
