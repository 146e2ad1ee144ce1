package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// DueSchedules lists the schedules whose time has come.
func (q *Queue) DueSchedules(ctx context.Context) ([]int64, error) {
	ids, err := collect(ctx, q.d.r, func(row scanner, id *int64) error { return row.Scan(id) }, "SELECT id FROM schedules WHERE next_at <= ? AND paused_at IS NULL ORDER BY next_at, id", q.d.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("list the schedules that are due: %w", err)
	}
	return ids, nil
}

// StartSchedule starts the run of a schedule that is due, and sets its next time. Its choices are judged as they stand now, with what its
// person may do now: what cannot be done becomes skipped tasks. A time that Muster missed is made up for within the window; else its run has
// skipped tasks alone, so that nothing is lost silently. A weekly schedule of which nothing is offered any more ends: runID is then 0, unless
// it never ran.
func (q *Queue) StartSchedule(ctx context.Context, id int64) (runID int64, err error) {
	list, err := collect(ctx, q.d.r, scanSchedule, "SELECT "+scheduleColumns+" FROM schedules x WHERE x.id = ?", id)
	if err != nil {
		return 0, fmt.Errorf("read schedule %d: %w", id, err)
	}
	now := q.d.now()
	if len(list) == 0 || list[0].NextAt.IsZero() || list[0].NextAt.After(now) || !list[0].PausedAt.IsZero() {
		return 0, nil
	}
	s := list[0]
	v, err := q.d.personNow(ctx, s.UserID)
	if err != nil {
		return 0, err
	}
	next := time.Time{}
	if s.When.Weekly {
		if next, err = s.When.Next(now); err != nil {
			return 0, err
		}
	}
	window := s.When.Window
	if window == 0 {
		window = lateStart
	}
	missed := now.After(s.NextAt.Add(window))
	err = q.d.tx(ctx, func(tx *sql.Tx) error {
		tasks, err := q.scheduled(ctx, tx, v, s)
		if err != nil {
			return err
		}
		over := s.When.Weekly && withdrawn(tasks)
		if over {
			next = time.Time{}
		}
		// The schedule moves on in the same transaction: a kill between the two would start it twice.
		err = conflictIfNone(tx.ExecContext(ctx, "UPDATE schedules SET next_at = ? WHERE id = ? AND next_at = ?", unix(next), id, s.NextAt.Unix()))("it has started already")
		if err != nil || len(tasks) == 0 || over && s.LastRun != 0 {
			return err
		}
		if missed && !over {
			s.miss(tasks)
		}
		seed := runSeed{user: s.UserID, schedule: id, userName: s.UserName, title: s.Title, options: s.Options}
		if s.When.Window > 0 {
			seed.notAfter = s.NextAt.Add(s.When.Window)
		}
		seed.options.Canary = keepCanary(tasks, s.Options.Canary)
		if runID, err = q.d.insertRun(ctx, tx, seed, tasks); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE schedules SET last_run = ? WHERE id = ?", runID, id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("start schedule %d: %w", id, err)
	}
	return runID, nil
}

// scheduled judges the choices of a schedule. What its person may not do or see any more is planned as everybody and skipped as forbidden, so
// that the run tells of it.
func (q *Queue) scheduled(ctx context.Context, tx *sql.Tx, v Viewer, s Schedule) ([]Planned, error) {
	all, err := q.d.newPlanner(ctx, tx, Viewer{Role: Owner, All: true}, s.Choices)
	if err != nil {
		return nil, err
	}
	all.newer = s.Options.NewerPatch
	var ids []int64
	for id := range all.sites {
		ids = append(ids, id)
	}
	seen, err := readSites(ctx, tx, v.sites("s"), ids)
	if err != nil {
		return nil, err
	}
	tasks := all.plan(s.Choices)
	for i := range tasks {
		if _, ok := seen[tasks[i].Site]; !ok || !v.CanRun() {
			tasks[i].Why, tasks[i].Detail = WhyForbidden, ""
		}
	}
	return tasks, nil
}

// withdrawn reports whether nothing of a set is offered any more as it was reviewed: it never will be again.
func withdrawn(tasks []Planned) bool {
	for _, x := range tasks {
		if x.Why != WhyNotOffered && x.Why != WhyChanged && x.Why != WhyGone {
			return false
		}
	}
	return true
}

// miss leaves out everything of a start that is too late.
func (s *Schedule) miss(tasks []Planned) {
	start := s.NextAt.UTC()
	if zone, err := time.LoadLocation(s.When.Zone); err == nil {
		start = s.NextAt.In(zone)
	}
	for i := range tasks {
		tasks[i].Why, tasks[i].Detail = WhyMissed, start.Format("2 January 2006, 15:04 MST")
	}
}

// keepCanary is the canary site if it still has something to do; 0 else: another site is not chosen for a person.
func keepCanary(tasks []Planned, canary int64) int64 {
	for _, x := range tasks {
		if x.Site == canary && x.Why == "" {
			return canary
		}
	}
	return 0
}
