package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Queue is the side of the store that carries out runs. Pages do not hold one. Times are kept in whole seconds: until when something must
// not happen is rounded up.
type Queue struct{ d *DB }

// Queue gives the engine its side of the store.
func (d *DB) Queue() *Queue { return &Queue{d: d} }

// RunInfo is what the engine needs of a run. HasCanary: the canary's site comes first and is not through yet.
type RunInfo struct {
	ID, UserID int64
	Options    RunOptions
	HasCanary  bool
	NotAfter   time.Time
}

// SiteJob is what one worker does in one go: the queued tasks of one site of one run, in order. Site 0: tasks of a Dashboard without a site.
// From Ready it carries no tasks and no facts.
type SiteJob struct {
	Run               RunInfo
	Dashboard, Site   int64
	RemoteID          int64 // MainWP's id of the site
	Address, IP       string
	SiteName, SiteURL string
	Tasks             []Task
	Facts             JobFacts
}

// JobFacts are what the mirror knows of a job's site and Dashboard when the job is taken.
type JobFacts struct {
	Connected           bool // the Dashboard is still connected to Muster
	DashboardName       string
	DashboardState      DashboardState
	CanWrite, Abilities bool // Abilities: a site whose sync failed must be reconnected first
	Gone, Suspended     bool
	Status, SyncError   string
	IgnoreCore          bool
	LastSyncAt          time.Time
	DetailsAt           time.Time // last exact read of its updates
	AskedAt             time.Time // MainWP was last asked to sync or reconnect it
	ClientID            int64     // MainWP's id, as mirrored
}

// Recover puts right what a killed process left: what was sent is unknown and looked up from its first look on, what was not is queued again,
// what was being verified is verified now, or with the first look at a call that may be at work on the same site. Call it once, before the first Ready.
func (q *Queue) Recover(ctx context.Context, now time.Time) error {
	_, err := q.d.w.ExecContext(ctx, `UPDATE tasks SET
			state = CASE WHEN state = 'verifying' THEN 'verifying' WHEN sent_at IS NULL THEN 'queued' ELSE 'unknown' END,
			outcome = CASE WHEN state = 'running' AND sent_at IS NOT NULL THEN 'timeout' ELSE outcome END,
			reason = CASE WHEN state = 'running' AND sent_at IS NOT NULL THEN 'Muster was stopped while the Dashboard was at work.' ELSE reason END,
			look_at = CASE WHEN state = 'verifying' THEN coalesce((SELECT max(CASE o.state WHEN 'running' THEN max(?1, o.sent_at + (o.free_at - o.sent_at + 29) / 30) ELSE o.look_at END) FROM tasks o
				WHERE o.address = tasks.address AND o.address <> '' AND (o.state = 'running' AND o.sent_at IS NOT NULL OR o.state = 'unknown' AND o.look_at >= ?1)), ?1) WHEN sent_at IS NOT NULL THEN max(?1, sent_at + (free_at - sent_at + 29) / 30) END
		WHERE state IN ('running', 'verifying')`, now.Unix())
	if err != nil {
		return fmt.Errorf("recover the tasks: %w", err)
	}
	return nil
}

// The outcome of the alias o (tasks) is not known at the time ?1. The list of states is that of an index.
const open = "o.state IN ('running', 'verifying', 'unknown') AND (o.state = 'running' AND o.sent_at IS NOT NULL OR o.state = 'unknown' AND (o.look_at IS NOT NULL OR o.free_at > ?1))"

// atWork: its call may still be at work then. What was answered is not, but its site may not be readable.
const atWork = "(o.state = 'running' OR o.free_at > ?1 AND o.outcome NOT IN ('unreachable', 'failed', 'stale', 'not_changed'))"

// harmless are the actions that may be sent to a site with an open outcome once no call is at work there: they can heal it.
const harmless = "('refresh', 'sync', 'reconnect', 'check')"

// Ready lists what can be taken now, in the order of runs and tasks: sites with queued tasks of running runs, only the canary's site until it
// is through, without Dashboards that the run waits for, and without addresses on which an earlier call may still be at work.
func (q *Queue) Ready(ctx context.Context) ([]SiteJob, error) {
	runs, err := q.running(ctx)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	busy, err := q.busyPlaces(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(runs))
	for id := range runs {
		ids = append(ids, id)
	}
	type group struct {
		SiteJob
		harmless bool
	}
	list, err := collect(ctx, q.d.r, func(row scanner, j *group) error {
		var seq int
		return row.Scan(&j.Run.ID, &j.Dashboard, &j.Site, &seq, &j.Address, &j.IP, &j.harmless)
	}, `SELECT t.run_id, t.dashboard_id, coalesce(t.site_id, 0), min(t.seq), t.address, t.ip, min(t.action IN `+harmless+`) FROM tasks t WHERE t.state = 'queued' AND t.run_id IN (SELECT value FROM json_each(?))
		AND NOT EXISTS (SELECT 1 FROM run_waits w WHERE w.run_id = t.run_id AND w.dashboard_id = t.dashboard_id)
		GROUP BY t.run_id, t.dashboard_id, t.site_id ORDER BY 1, 4`, jsonText(ids))
	if err != nil {
		return nil, fmt.Errorf("list the queued tasks: %w", err)
	}
	ready := make([]SiteJob, 0, len(list))
	for _, g := range list {
		j := g.SiteJob
		j.Run = runs[j.Run.ID]
		if barred(busy, j, g.harmless) || j.Run.HasCanary && j.Site != j.Run.Options.Canary {
			continue
		}
		ready = append(ready, j)
	}
	return ready, nil
}

// running reads the runs that send.
func (q *Queue) running(ctx context.Context) (map[int64]RunInfo, error) {
	list, err := collect(ctx, q.d.r, scanRunInfo, "SELECT "+runInfoColumns+" FROM runs r WHERE r.state = 'running' AND coalesce(r.not_after, ?1) >= ?1", q.d.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list the running runs: %w", err)
	}
	runs := make(map[int64]RunInfo, len(list))
	for _, r := range list {
		runs[r.ID] = r
	}
	return runs, nil
}

const runInfoColumns = "r.id, r.user_id, r.stop_after, r.skip_rest, coalesce(r.canary_site, 0), r.home_check, r.newer_patch, r.canary_site IS NOT NULL AND r.canary_done = 0, r.not_after"

func scanRunInfo(row scanner, r *RunInfo) error {
	o := &r.Options
	return row.Scan(&r.ID, &r.UserID, &o.StopAfter, &o.SkipRest, &o.Canary, &o.HomeCheck, &o.NewerPatch, &r.HasCanary, at(&r.NotAfter))
}

// placesOf are the names under which a task keeps others away: its address, and its site, whose address may have changed since. What has no
// address, clients and tags, goes one after the other on each Dashboard.
func placesOf(dashboard, site int64, address string) []string {
	switch {
	case address == "":
		return []string{fmt.Sprintf("dashboard %d", dashboard)}
	case site == 0:
		return []string{address}
	}
	return []string{address, fmt.Sprintf("site %d", site)}
}

// busyPlaces are those with an open outcome; true: a call may still be at work there.
func (q *Queue) busyPlaces(ctx context.Context) (map[string]bool, error) {
	type place struct {
		dashboard, site int64
		address         string
		atWork          bool
	}
	list, err := collect(ctx, q.d.r, func(row scanner, p *place) error { return row.Scan(&p.dashboard, &p.site, &p.address, &p.atWork) },
		"SELECT o.dashboard_id, coalesce(o.site_id, 0), o.address, coalesce("+atWork+", 0) FROM tasks o WHERE "+open, q.d.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list the sites that may be at work: %w", err)
	}
	busy := make(map[string]bool, len(list))
	for _, p := range list {
		for _, name := range placesOf(p.dashboard, p.site, p.address) {
			busy[name] = busy[name] || p.atWork
		}
	}
	return busy, nil
}

// barred reports whether an open outcome keeps a job away.
func barred(busy map[string]bool, j SiteJob, harmless bool) bool {
	for _, name := range placesOf(j.Dashboard, j.Site, j.Address) {
		if atWork, isOpen := busy[name]; isOpen && (atWork || !harmless) {
			return true
		}
	}
	return false
}

// Take reads a job as it stands now; nil when nothing of it is queued any more or its run does not send.
func (q *Queue) Take(ctx context.Context, run, dashboard, site int64) (*SiteJob, error) {
	runs, err := q.running(ctx)
	if err != nil {
		return nil, err
	}
	info, ok := runs[run]
	if !ok || info.HasCanary && info.Options.Canary != site {
		return nil, nil
	}
	tasks, err := collect(ctx, q.d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t WHERE t.state = 'queued' AND t.run_id = ? AND t.dashboard_id = ? AND t.site_id IS nullif(?, 0) ORDER BY t.seq", run, dashboard, site)
	if err != nil {
		return nil, fmt.Errorf("take the tasks of site %d: %w", site, err)
	}
	if len(tasks) == 0 {
		return nil, nil
	}
	return q.job(ctx, info, tasks)
}

// Job gives tasks of one site of one run, in any state, the facts of their site: for looks. ErrNotFound when a task is unknown.
func (q *Queue) Job(ctx context.Context, taskIDs ...int64) (*SiteJob, error) {
	tasks, err := collect(ctx, q.d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t WHERE t.id IN (SELECT value FROM json_each(?)) ORDER BY t.seq", jsonText(taskIDs))
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	if len(tasks) == 0 || len(tasks) != len(taskIDs) {
		return nil, ErrNotFound
	}
	list, err := collect(ctx, q.d.r, scanRunInfo, "SELECT "+runInfoColumns+" FROM runs r WHERE r.id = ?", tasks[0].RunID)
	if err != nil || len(list) == 0 {
		return nil, fmt.Errorf("read run %d: %w", tasks[0].RunID, err)
	}
	return q.job(ctx, list[0], tasks)
}

func (q *Queue) job(ctx context.Context, run RunInfo, tasks []Task) (*SiteJob, error) {
	first := tasks[0]
	j := &SiteJob{Run: run, Dashboard: first.DashboardID, Site: first.SiteID, Address: first.Address, SiteName: first.SiteName, SiteURL: first.SiteURL, Tasks: tasks}
	dashes, err := readDashboards(ctx, q.d.r)
	if err != nil {
		return nil, err
	}
	f := &j.Facts
	dash, ok := dashes[j.Dashboard]
	f.Connected, f.DashboardName, f.DashboardState, f.CanWrite, f.Abilities = ok, first.DashboardName, dash.State, dash.CanWrite(), dash.Abilities
	if j.Site == 0 {
		return j, nil
	}
	sites, err := readSites(ctx, q.d.r, cond{sql: "1"}, []int64{j.Site})
	if err != nil {
		return nil, err
	}
	s, ok := sites[j.Site]
	if !ok {
		f.Gone = true
		return j, nil
	}
	j.RemoteID, j.IP, j.SiteName, j.SiteURL = s.remoteID, s.ip, s.name, s.url
	f.Gone, f.Suspended, f.Status, f.SyncError, f.IgnoreCore, f.LastSyncAt, f.DetailsAt, f.AskedAt, f.ClientID = s.gone, s.suspended, s.status, s.syncError, s.ignoreCore, s.lastSync, s.details, s.asked, s.client
	return j, nil
}

// Due lists unknown and verifying tasks that are to be looked at now, and with each the others of its site and run that are to be looked at
// some time, grouped by site.
func (q *Queue) Due(ctx context.Context) ([]Task, error) {
	list, err := collect(ctx, q.d.r, scanTask, "SELECT "+taskColumns+` FROM tasks t WHERE t.look_at IS NOT NULL AND t.state IN ('unknown', 'verifying') AND (t.look_at <= ?1 OR t.site_id IS NOT NULL AND EXISTS
		(SELECT 1 FROM tasks o WHERE o.site_id = t.site_id AND o.run_id = t.run_id AND o.look_at <= ?1 AND o.state IN ('unknown', 'verifying'))) ORDER BY t.dashboard_id, t.site_id, t.run_id, t.seq`, q.d.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list the tasks to be looked at: %w", err)
	}
	return list, nil
}

// NextAt is when something becomes due by itself: a look, a Dashboard that is tried again, a schedule, the end of a window or of a call's
// time. Zero: nothing.
func (q *Queue) NextAt(ctx context.Context) (time.Time, error) {
	var next time.Time
	row := q.d.r.QueryRowContext(ctx, `SELECT min(x) FROM (SELECT min(look_at) AS x FROM tasks WHERE look_at IS NOT NULL UNION ALL SELECT min(look_at) FROM run_waits UNION ALL
		SELECT min(next_at) FROM schedules WHERE next_at IS NOT NULL AND paused_at IS NULL UNION ALL SELECT min(not_after) FROM runs WHERE state IN ('running', 'paused', 'canary') AND not_after > ?1 UNION ALL
		SELECT min(free_at) FROM tasks WHERE state IN ('running', 'verifying', 'unknown') AND state = 'unknown' AND free_at > ?1)`, q.d.now().Unix())
	if err := row.Scan(at(&next)); err != nil {
		return time.Time{}, fmt.Errorf("find what is due next: %w", err)
	}
	return next, nil
}

// Orphaned reports whether a write failed because what it belongs to is gone, as when a Dashboard is disconnected while it is read: to try it
// again makes no sense.
func Orphaned(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// up is a moment as seconds, rounded up.
func up(t time.Time) int64 { return t.Add(time.Second - time.Nanosecond).Unix() }
