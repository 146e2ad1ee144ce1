// Package web is Muster's HTTP side: routes and who may use them, sign-in, pages rendered from the store, and errors.
// It knows nothing of MainWP: what it needs of the client comes as plain functions in Options.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"muster/db"
	"muster/static"
	"muster/views"
)

// Context is the one place that names Echo's context type.
type Context = echo.Context

// Waker is told when something in the schedule may be due now.
type Waker interface{ Wake() }

// Engine carries out runs. No method blocks.
type Engine interface {
	Wake()                                            // a run may have something to do
	Reread(siteIDs []int64)                           // reads the updates of sites again
	Password(taskID int64, password, uniqueID string) // of a site that a task adds; kept in memory until they are used
}

// Client is what pages need of the MainWP client.
type Client struct {
	// Address cleans a typed address. Its error is a sentence for the form.
	Address func(typed string) (base string, err error)
	// Key cleans a typed key. Its error is a sentence for the form.
	Key func(typed string) (Key, error)
	// Check diagnoses the connection to a Dashboard and tells each step as it ends; it ends with ctx.
	Check func(ctx context.Context, c Candidate, tell func(views.Step)) Checked
}

// Key is a cleaned API key of a Dashboard. Text is the secret itself, for the store and for Check only; Hint may be shown.
type Key struct{ Auth, Text, Hint string }

// Candidate is a Dashboard to check. With Auth "query" the person agreed that the key travels in addresses.
type Candidate struct {
	Base, Auth, Key string
	IndexPHP        bool
}

// Checked is what Check found: what to show, and what to store when it is OK.
type Checked struct {
	views.Check
	KeyScope string // read, read_write, unknown
	IndexPHP bool
	Title    string // of the Dashboard, "" unknown
}

// Options is everything a Server works with; all but BaseURL, TrustedProxies, SetupCode and Version is needed.
type Options struct {
	DB             *db.DB
	Assets         *static.Assets
	Syncer         Waker
	Engine         Engine
	Client         Client
	Log            *slog.Logger
	Now            func() time.Time
	BaseURL        string         // as people reach Muster; https makes cookies Secure
	TrustedProxies []netip.Prefix // whose forwarding headers are believed
	SetupCode      string         // what the first visitor must enter; "" refuses to set up
	Version        string
}

// Server is the http.Handler of all pages.
type Server struct {
	opt       Options
	echo      *echo.Echo
	origins   *http.CrossOriginProtection
	passwords *passwords
	kept      *keptKeys
	choices   *choices
	seen      *seen
	feeds     *feeds
	setUp     atomic.Bool // there is an owner; never false again
	zones     sync.Map    // zone name → *time.Location
}

// maxBody is the largest form that is read.
const maxBody = "256K"

// New builds the server. Its error names what in the options cannot be used.
func New(opt Options) (*Server, error) {
	pw, err := newPasswords()
	if err != nil {
		return nil, err
	}
	s := &Server{opt: opt, echo: echo.New(), origins: http.NewCrossOriginProtection(), passwords: pw, kept: newKeptKeys(opt.Now), choices: newChoices(opt.DB, opt.Now), seen: newSeen()}
	if opt.BaseURL != "" {
		if err := s.origins.AddTrustedOrigin(opt.BaseURL); err != nil {
			return nil, fmt.Errorf("use the base URL: %w", err)
		}
	}
	s.feeds = newFeeds(opt.Log, s.renderLive)
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	believe(e, opt.TrustedProxies)
	e.HTTPErrorHandler = s.handleError
	e.Use(
		middleware.RecoverWithConfig(middleware.RecoverConfig{StackSize: 8 << 10, DisableStackAll: true, LogErrorFunc: panicError}),
		s.secureHeaders,
		s.crossOrigin,
		middleware.BodyLimit(maxBody),
		middleware.GzipWithConfig(middleware.GzipConfig{Level: 1, MinLength: 1024, Skipper: s.sendsPlain}),
	)
	s.routes(e)
	return s, nil
}

// ServeHTTP answers one request. HEAD is answered like GET: net/http leaves the body away by itself.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		asked := *r
		asked.Method, r = http.MethodGet, &asked
	}
	s.echo.ServeHTTP(w, r)
}

// sendsPlain: assets compress themselves, once; of a stream each event has to leave at once.
func (s *Server) sendsPlain(c Context) bool {
	return isAssetPath(c.Request().URL.Path) || c.Path() == livePath
}

func panicError(_ Context, err error, stack []byte) error {
	return fmt.Errorf("panic: %w\n%s", err, stack)
}
