// Package syncer mirrors MainWP Dashboards into the store: it asks the schedule in the database what is due, reads the Dashboards side
// by side, and writes what changed. It is the only part that talks to them in the background.
package syncer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"muster/db"
	"muster/mainwp"
)

const (
	lease          = 3 * time.Minute // of a claimed Dashboard; renewed while its visit lasts
	longestWait    = 5 * time.Second // the command line can make a Dashboard due as well
	housekeeping   = time.Hour
	defaultHistory = 400 // days
	// share is Muster's share of a Dashboard's time: after work of some length it leaves it alone for nine times as long (design: the mirror).
	share = 10
)

// Options of New.
type Options struct {
	DB           *db.DB
	Transport    http.RoundTripper // nil: mainwp.GuardedTransport
	AllowPrivate bool              // Dashboards in private networks may be read; only with a nil Transport
	Log          *slog.Logger      // nil: discard
	Now          func() time.Time  // nil: time.Now
	HistoryDays  int               // 0: 400
}

// Syncer reads Dashboards. Its zero value is not usable; see New.
type Syncer struct {
	db          *db.DB
	mirror      *db.Mirror
	transport   http.RoundTripper
	log         *slog.Logger
	now         func() time.Time
	historyDays int
	wake        chan struct{}

	mu        sync.Mutex
	woken     chan struct{}       // closed by the next Wake: visits that rest look whether they are still wanted
	restUntil map[int64]time.Time // by Dashboard: no background reads before
}

// New makes a Syncer. Nothing runs before Run.
func New(opt Options) *Syncer {
	s := &Syncer{db: opt.DB, mirror: opt.DB.Mirror(), transport: opt.Transport, log: opt.Log, now: opt.Now, historyDays: opt.HistoryDays, wake: make(chan struct{}, 1), woken: make(chan struct{}), restUntil: map[int64]time.Time{}}
	if s.transport == nil {
		s.transport = mainwp.GuardedTransport(opt.AllowPrivate)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.historyDays <= 0 {
		s.historyDays = defaultHistory
	}
	return s
}

// Wake makes Run, and visits that rest, look at the schedule now.
func (s *Syncer) Wake() {
	s.mu.Lock()
	close(s.woken)
	s.woken = make(chan struct{})
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run works until ctx ends, and returns only when all work has ended. A pass that is cut leaves whole pages and starts anew next time.
func (s *Syncer) Run(ctx context.Context) error {
	if err := s.mirror.ReleaseLeases(ctx); err != nil {
		return fmt.Errorf("free the Dashboards of the last run: %w", err)
	}
	var working sync.WaitGroup
	defer working.Wait()
	var keptHouse time.Time
	for {
		if now := s.now(); now.Sub(keptHouse) >= housekeeping {
			s.keepHouse(ctx)
			keptHouse = now
		}
		failed := false
		for {
			job, err := s.mirror.Claim(ctx, lease)
			if err != nil {
				if ctx.Err() == nil {
					s.log.Error("claim a Dashboard", "error", err)
				}
				failed = true
				break
			}
			if job == nil {
				break
			}
			working.Go(func() {
				s.work(ctx, job)
				s.Wake() // its next turn may be the next thing due
			})
		}
		if !s.wait(ctx, failed) {
			return nil
		}
	}
}

// wait sleeps until something is due or Wake is called; false when ctx has ended.
func (s *Syncer) wait(ctx context.Context, failed bool) bool {
	pause := longestWait // also after a failed claim: something is due, but the database cannot be written now
	if due, err := s.mirror.NextDue(ctx); err == nil && !due.IsZero() && !failed {
		pause = min(max(due.Sub(s.now()), 100*time.Millisecond), longestWait)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-s.wake:
	case <-timer.C:
	}
	return ctx.Err() == nil
}

func (s *Syncer) keepHouse(ctx context.Context) {
	if err := errors.Join(s.mirror.Prune(ctx, s.historyDays), s.db.Checkpoint(ctx)); err != nil && ctx.Err() == nil {
		s.log.Error("keep house", "error", err)
	}
}

// work does what is due for a claimed Dashboard, then goes on with its background reads until it is due again.
func (s *Syncer) work(ctx context.Context, job *db.Job) {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := s.mirror.Release(ctx, job.ID); err != nil {
			s.log.Error("release a Dashboard", "dashboard", job.ID, "error", err)
		}
	}()
	v := &visit{Syncer: s, job: job, started: s.now(), received: map[int64]bool{}, log: s.log.With("dashboard", job.ID, "name", job.Name)}
	defer v.hold(ctx)()
	err := v.connect()
	switch {
	case err != nil:
	case job.FullDue:
		err = v.pass(ctx)
	default:
		err = v.probe(ctx)
	}
	if err == nil && !v.doubted {
		err = v.background(ctx)
	}
	v.end(ctx, err)
}

// Pass makes one full pass of a Dashboard in the foreground, without the background reads; its error is stored as well.
func (s *Syncer) Pass(ctx context.Context, dashboardID int64) error {
	return s.foreground(ctx, dashboardID, (*visit).pass)
}

// Details reads in the foreground, unhurried by any pacing, what the background reads of a Dashboard would.
func (s *Syncer) Details(ctx context.Context, dashboardID int64) error {
	return s.foreground(ctx, dashboardID, func(v *visit, ctx context.Context) error {
		for {
			more, err := v.backgroundStep(ctx)
			if err != nil || !more {
				return err
			}
		}
	})
}

func (s *Syncer) foreground(ctx context.Context, dashboardID int64, do func(*visit, context.Context) error) error {
	job, err := s.mirror.Job(ctx, dashboardID)
	if err != nil {
		return err
	}
	v := &visit{Syncer: s, job: job, started: s.now(), received: map[int64]bool{}, log: s.log.With("dashboard", job.ID, "name", job.Name), unpaced: true}
	if err = v.connect(); err == nil {
		err = do(v, ctx)
	}
	v.end(ctx, err)
	return err
}

// visit is one turn with one Dashboard.
type visit struct {
	*Syncer
	job     *db.Job
	client  *mainwp.Client
	log     *slog.Logger
	started time.Time
	// received are the sites whose row came and could be read.
	received map[int64]bool
	doubted  bool // the identity guard stopped the pass
	asked    bool // the Dashboard asked to be left alone
	unpaced  bool
}

// hold renews the lease until the returned function is called.
func (v *visit) hold(ctx context.Context) (release func()) {
	ctx, cancel := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		tick := time.NewTicker(lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := v.mirror.Renew(ctx, v.job.ID, lease); err != nil && ctx.Err() == nil {
					v.log.Error("renew the lease", "error", err)
				}
			}
		}
	})
	return func() { cancel(); renewing.Wait() }
}

// quiet holds for the first pass: it makes no history.
func (v *visit) quiet() bool { return v.job.Passes == 0 }

func (v *visit) connect() error {
	cred, err := mainwp.ParseCredential(v.job.Key)
	if err != nil {
		return fmt.Errorf("read the API key: %w", err)
	}
	v.client = mainwp.New(v.job.URL, cred.With(mainwp.CredentialKind(v.job.Auth)), mainwp.Options{HTTP: v.transport, IndexPHP: v.job.IndexPHP})
	return nil
}

// jitter spreads a duration by a tenth, so that Dashboards do not come due together.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()-0.5)*0.2*float64(d)) //nolint:gosec // spreads load, guards nothing
}

// scheduleFull is when the next full pass is due after one that took so long.
func (v *visit) scheduleFull(started time.Time) time.Time {
	took := v.now().Sub(started)
	return v.now().Add(max(jitter(v.job.Interval), (share-1)*took))
}

func (v *visit) scheduleProbe(started time.Time) time.Time {
	took := v.now().Sub(started)
	return v.now().Add(max(jitter(v.job.Probe), min((share-1)*took, time.Hour)))
}
