package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/db"
	"muster/static"
	"muster/views"
)

// The people of a test site; all have the same password.
const (
	ownerEmail   = "owner@example.com"
	managerEmail = "manager@example.com"
	readerEmail  = "reader@example.com"
	password     = "correct horse battery"
	code         = "AAAA-BBBB-CCCC"
)

// site is a server over a fresh store, with a clock that the test moves and a client whose check the test decides.
type site struct {
	*Server
	t       *testing.T
	store   *db.DB
	log     bytes.Buffer
	clock   atomic.Int64
	woken   atomic.Int64
	given   map[int64]string // passwords by task
	unique  string           // the security id that came last
	path    string           // of the store's file
	checked []Candidate
	found   Checked
}

func (s *site) now() time.Time { return time.Unix(s.clock.Load(), 0) }

func (s *site) pass(d time.Duration) { s.clock.Add(int64(d / time.Second)) }

// Wake makes the test its own syncer.
func (s *site) Wake() { s.woken.Add(1) }

// Reread and Password make the test its own engine.
func (s *site) Reread([]int64) {}

func (s *site) Password(task int64, password, uniqueID string) {
	s.given[task], s.unique = password, uniqueID
}

func (s *site) client() Client {
	return Client{
		Address: func(typed string) (string, error) {
			if !strings.HasPrefix(typed, "https://") {
				return "", sentence("The address must start with https://.")
			}
			return strings.TrimSuffix(typed, "/wp-admin"), nil
		},
		Key: func(typed string) (Key, error) {
			if !strings.HasPrefix(typed, "secret-") {
				return Key{}, sentence("This is not an API key.")
			}
			return Key{Auth: "bearer", Text: typed, Hint: typed[len(typed)-4:]}, nil
		},
		Check: func(_ context.Context, c Candidate, tell func(views.Step)) Checked {
			s.checked = append(s.checked, c)
			for _, step := range s.found.Steps {
				tell(step)
			}
			return s.found
		},
	}
}

// readable is what a check of a good Dashboard finds.
func readable() Checked {
	step := views.Step{State: "ok", Title: "Sites"}
	return Checked{Check: views.Check{Steps: []views.Step{step}, OK: true, Sites: 12}, KeyScope: "read_write", Title: "Northlight"}
}

// newEmptySite has no user yet.
func newEmptySite(t *testing.T, change ...func(*Options)) *site {
	t.Helper()
	s := &site{t: t, found: readable(), given: map[int64]string{}, path: filepath.Join(t.TempDir(), "muster.db")}
	s.clock.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Unix())
	store, err := db.Open(t.Context(), db.Options{Path: s.path, Key: db.NewKey(), Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.store = store
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		DB: store, Assets: assets, Syncer: s, Engine: s, Client: s.client(), Now: s.now, SetupCode: code, Version: "test",
		Log: slog.New(slog.NewJSONHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&opt)
	}
	if s.Server, err = New(opt); err != nil {
		t.Fatal(err)
	}
	return s
}

// newSite has the four people and one Dashboard, which has not been read.
func newSite(t *testing.T, change ...func(*Options)) *site {
	t.Helper()
	s := newEmptySite(t, change...)
	hash, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	for email, role := range map[string]db.Role{ownerEmail: db.Owner, managerEmail: db.Manager, readerEmail: db.Reader} {
		if _, err := s.store.CreateUser(t.Context(), db.NewUser{Email: email, Name: "Some " + string(role), PasswordHash: hash, Role: role}); err != nil {
			t.Fatal(err)
		}
	}
	s.addDashboard("First Agency", "https://first.example")
	return s
}

func (s *site) addDashboard(name, address string) int64 {
	s.t.Helper()
	id, err := s.store.CreateDashboard(s.t.Context(), db.Viewer{Role: db.Owner, All: true}, db.NewDashboard{
		DashboardEdit: db.DashboardEdit{Name: name, URL: address, Auth: "bearer"}, Key: "secret-stored-0001", KeyHint: "0001", KeyScope: "read_write",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// browser keeps cookies and does what a browser would with one server.
type browser struct {
	s       *site
	cookies map[string]*http.Cookie
	header  http.Header
}

func (s *site) browser() *browser {
	return &browser{s: s, cookies: map[string]*http.Cookie{}, header: http.Header{}}
}

// as is a browser in which somebody has signed in.
func (s *site) as(email string) *browser {
	s.t.Helper()
	b := s.browser()
	if r := b.post("/signin", url.Values{"email": {email}, "password": {password}}); r.code != http.StatusSeeOther {
		s.t.Fatalf("sign in as %s: status %d: %s", email, r.code, r.body)
	}
	return b
}

type response struct {
	code   int
	header http.Header
	body   string
}

func (r response) location() string { return r.header.Get("Location") }

func (b *browser) get(path string) response { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) response {
	return b.do(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (b *browser) do(method, path string, body io.Reader) response {
	req := httptest.NewRequest(method, "http://muster.test"+path, body)
	req.Header = b.header.Clone()
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.s.ServeHTTP(rec, req)
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c
	}
	return response{code: rec.Code, header: rec.Header(), body: rec.Body.String()}
}

func (r response) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Fatalf("status %d, want %d: %s", r.code, code, cut(r.body, 600))
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

func (r response) wantTo(t *testing.T, location string) {
	t.Helper()
	if r.code != http.StatusSeeOther || r.location() != location {
		t.Fatalf("status %d to %q, want 303 to %q: %s", r.code, r.location(), location, cut(r.body, 600))
	}
}
