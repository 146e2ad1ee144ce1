package syncer

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"muster/db"
	"muster/mainwp"
)

const (
	grace          = 5 * time.Second // for a call in flight at shutdown
	defaultWorkers = 4               // per Dashboard (MainWP REST API notes §21.5: 2 to 4)
	perServer      = 2               // sites worked on at once behind one address of a server
	defaultUpdate  = 15 * time.Minute
)

// EngineOptions of Syncer.Engine.
type EngineOptions struct {
	UpdateTimeout time.Duration     // of an update, WordPress itself gets twice as much; 0: 15 min
	Workers       int               // sites worked on at once per Dashboard; 0: 4
	Changed       func(runID int64) // told after each stored change; must not block; nil: nobody
	HomePage      http.RoundTripper // asks for home pages of sites; nil: the Syncer's transport
}

// Engine carries out runs: it sends what a person chose, looks afterwards what became of it, and says so. Everything is written before
// it is sent, so that a killed engine loses nothing and sends nothing twice without looking.
type Engine struct {
	sync    *Syncer
	queue   *db.Queue
	opt     EngineOptions
	wakeup  chan struct{}
	ending  <-chan struct{} // closed when nothing new may be sent
	slots   *slots          // of runs
	readers *slots          // of rereads
	turns   map[int64]int   // by run: its latest start among all; only for round
	started int             // so far

	mu        sync.Mutex
	passwords map[int64]newSiteSecrets // by task; never stored
	missed    map[int64]time.Time      // tasks that were seen without their password
	rereads   map[int64]bool           // sites that a review waits for
}

// Engine makes the part that carries out runs. Nothing is sent before its Run.
func (s *Syncer) Engine(opt EngineOptions) *Engine {
	if opt.UpdateTimeout <= 0 {
		opt.UpdateTimeout = defaultUpdate
	}
	if opt.Workers <= 0 {
		opt.Workers = defaultWorkers
	}
	if opt.Changed == nil {
		opt.Changed = func(int64) {}
	}
	if opt.HomePage == nil {
		opt.HomePage = s.transport
	}
	return &Engine{sync: s, queue: s.db.Queue(), opt: opt, wakeup: make(chan struct{}, 1), slots: newSlots(opt.Workers), readers: newSlots(opt.Workers), turns: map[int64]int{},
		passwords: map[int64]newSiteSecrets{}, missed: map[int64]time.Time{}, rereads: map[int64]bool{}}
}

// Wake makes Run look now for what there is to do.
func (e *Engine) Wake() {
	select {
	case e.wakeup <- struct{}{}:
	default: // it will look anyway
	}
}

// Password gives what an add_site task needs and no row may hold: the administrator's password and the child's unique security id, "" for none.
// Both are kept in memory until that task has used them.
func (e *Engine) Password(taskID int64, password mainwp.Secret, uniqueID string) {
	e.mu.Lock()
	e.passwords[taskID] = newSiteSecrets{password, uniqueID}
	e.mu.Unlock()
	e.Wake()
}

// Run works until ctx ends, and returns only when all work has ended: nothing new is sent then, and a call in flight gets a few seconds
// before it is cut and its task becomes unknown.
func (e *Engine) Run(ctx context.Context) error {
	e.ending = ctx.Done()
	if err := e.keep(ctx, "recover the runs", func(ctx context.Context) error { return e.queue.Recover(ctx, e.sync.now()) }); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("recover the runs: %w", err)
	}
	calls, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cut()
		case <-calls.Done():
		}
	})
	defer stop()
	var working sync.WaitGroup
	defer working.Wait()
	for {
		pause := e.round(calls, &working)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-e.wakeup:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// stopping reports whether nothing new may be sent.
func (e *Engine) stopping() bool {
	select {
	case <-e.ending:
		return true
	default:
		return false
	}
}
