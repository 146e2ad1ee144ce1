package syncer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"muster/db"
)

// shortestPause keeps what is due but at work already from turning the engine.
const shortestPause = time.Second

// round starts what can start now and returns how long nothing else is due.
func (e *Engine) round(ctx context.Context, working *sync.WaitGroup) time.Duration {
	e.logged(ctx, "close windows", e.queue.ExpireWindow(ctx))
	e.logged(ctx, "look at canaries", e.queue.CanariesDone(ctx))
	e.schedules(ctx)
	e.dropPasswords(ctx)
	// What was busy before the lists were read may have changed since: it comes in the next round.
	busy := e.slots.busy()
	e.startWaits(ctx, working)
	e.startLooks(ctx, working, busy)
	e.startReady(ctx, working, busy)
	e.startRereads(ctx, working)
	next, err := e.queue.NextAt(ctx)
	e.logged(ctx, "find what is due next", err)
	if next.IsZero() || err != nil {
		return longestWait
	}
	return min(max(next.Sub(e.sync.now()), shortestPause), longestWait)
}

// start works at a place if the limits allow it.
func (e *Engine) start(working *sync.WaitGroup, limits *slots, p place, work func()) bool {
	if e.stopping() || !limits.take(p) {
		return false
	}
	working.Go(func() {
		defer e.Wake()
		defer limits.free(p)
		work()
	})
	return true
}

func (e *Engine) schedules(ctx context.Context) {
	due, err := e.queue.DueSchedules(ctx)
	e.logged(ctx, "find schedules that are due", err)
	for _, id := range due {
		if e.stopping() {
			return
		}
		run, err := e.queue.StartSchedule(ctx, id)
		if err != nil {
			e.sync.log.Error("start a schedule", "schedule", id, "error", err)
			continue
		}
		if run != 0 {
			e.opt.Changed(run)
		}
	}
}

func (e *Engine) startReady(ctx context.Context, working *sync.WaitGroup, busy map[string]bool) {
	ready, err := e.queue.Ready(ctx)
	e.logged(ctx, "find sites to work on", err)
	for _, head := range e.inTurn(ready) {
		if p := placeOf(head); !busy[p.address] && e.start(working, e.slots, p, func() { e.work(ctx, head) }) {
			e.started++
			e.turns[head.Run.ID] = e.started
		}
	}
}

// inTurn orders what is ready so that each run has its turn, the one that waited longest first: a long run does not keep a short one waiting.
func (e *Engine) inTurn(ready []db.SiteJob) []db.SiteJob {
	byRun := map[int64][]db.SiteJob{}
	for _, head := range ready {
		byRun[head.Run.ID] = append(byRun[head.Run.ID], head)
	}
	maps.DeleteFunc(e.turns, func(run int64, _ int) bool { return len(byRun[run]) == 0 })
	runs := slices.SortedFunc(maps.Keys(byRun), func(a, b int64) int { return cmp.Or(cmp.Compare(e.turns[a], e.turns[b]), cmp.Compare(a, b)) })
	out := make([]db.SiteJob, 0, len(ready))
	for turn := 0; len(out) < len(ready); turn++ {
		for _, run := range runs {
			if turn < len(byRun[run]) {
				out = append(out, byRun[run][turn])
			}
		}
	}
	return out
}

// startLooks looks after tasks whose outcome is open, those of one site and run together.
func (e *Engine) startLooks(ctx context.Context, working *sync.WaitGroup, busy map[string]bool) {
	due, err := e.queue.Due(ctx)
	e.logged(ctx, "find tasks to look after", err)
	for len(due) > 0 {
		first := due[0]
		same := func(t db.Task) bool {
			return t.RunID == first.RunID && t.DashboardID == first.DashboardID && t.SiteID == first.SiteID
		}
		var ids []int64
		for _, t := range due {
			if same(t) {
				ids = append(ids, t.ID)
			}
		}
		due = slices.DeleteFunc(due, same)
		site, err := e.queue.Job(ctx, ids...)
		if err != nil {
			e.logged(ctx, "read the tasks of a look", err)
			continue
		}
		if p := placeOf(*site); !busy[p.address] {
			e.start(working, e.slots, p, func() { e.look(ctx, *site) })
		}
	}
}

// placeOf is where a job works. What has no address, clients and tags, goes one after the other on each Dashboard.
func placeOf(j db.SiteJob) place {
	p := place{address: j.Address, server: j.IP, dashboard: j.Dashboard}
	if p.address == "" {
		p.address = fmt.Sprintf("dashboard %d", j.Dashboard)
	}
	return p
}
