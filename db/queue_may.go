package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// May judges at send time whether a queued task may still be sent: its run sends and is within its window, its person is still there, may do
// it and sees the site, the Dashboard takes changes, and the hold list and the delay do not name its update.
func (q *Queue) May(ctx context.Context, taskID int64) (Verdict, error) {
	var t Task
	var state RunState
	var user int64
	var over bool
	list, err := collect(ctx, q.d.r, scanTask, "SELECT "+taskColumns+" FROM tasks t WHERE t.id = ?", taskID)
	if err != nil || len(list) == 0 {
		return Verdict{}, fmt.Errorf("read task %d: %w", taskID, errors.Join(err, notFoundIf(err == nil)))
	}
	t = list[0]
	row := q.d.r.QueryRowContext(ctx, "SELECT r.state, r.user_id, coalesce(r.not_after < ?, 0) FROM runs r WHERE r.id = ?", q.d.now().Unix(), t.RunID)
	if err := row.Scan(&state, &user, &over); err != nil {
		return Verdict{}, fmt.Errorf("read run %d: %w", t.RunID, err)
	}
	verdict, err := q.may(ctx, t, state, user, over)
	if err == nil && verdict.Stop.State == TaskSkipped && t.Sends > 0 && t.State == TaskQueued {
		verdict.Stop = Result{State: TaskUnknown, Outcome: OutUnknown, Reason: sentBefore + " " + verdict.Stop.Reason, Next: lookThere}
	}
	return verdict, err
}

func (q *Queue) may(ctx context.Context, t Task, state RunState, user int64, over bool) (Verdict, error) {
	if state != RunRunning || t.State != TaskQueued && t.State != TaskRunning {
		return Verdict{Later: true}, nil
	}
	if over {
		return stop(OutWindow, "Its window was over before it could start.", "Start it again, or choose a longer window."), nil
	}
	v, err := q.d.personNow(ctx, user)
	if err != nil {
		return Verdict{}, err
	}
	if !v.CanRun() {
		return stop(OutForbidden, "The person who started this may not do it any more.", "Somebody else can start it again."), nil
	}
	return q.mayTask(ctx, v, t)
}

func (q *Queue) mayTask(ctx context.Context, v Viewer, t Task) (Verdict, error) {
	dashes, err := readDashboards(ctx, q.d.r)
	if err != nil {
		return Verdict{}, err
	}
	dash := dashes[t.DashboardID]
	sees := v.whole(t.DashboardID)
	if t.SiteID != 0 {
		sites, err := readSites(ctx, q.d.r, v.sites("s"), []int64{t.SiteID})
		if err != nil {
			return Verdict{}, err
		}
		if s, ok := sites[t.SiteID]; ok && s.gone {
			return stop(OutUnreachable, "The site is not on its Dashboard any more.", ""), nil
		}
		_, sees = sites[t.SiteID]
	}
	why, _ := dash.barred(t.Action != ActRefresh)
	x := Planned{DashboardName: t.DashboardName, Why: why}
	switch {
	case why == WhyGone:
		return stop(OutUnreachable, "Its Dashboard is not connected to Muster any more.", ""), nil
	case !sees:
		return stop(OutForbidden, "The person who started this may not work on this site any more.", "Somebody else can start it again."), nil
	case why != "":
		return Verdict{Wait: true, Stop: Result{Reason: x.Because()}}, nil
	case t.Action != ActUpdate:
		return Verdict{Go: true}, nil
	}
	return q.mayUpdate(ctx, t)
}

// mayUpdate asks the hold list and the delay, for the target that is offered now.
func (q *Queue) mayUpdate(ctx context.Context, t Task) (Verdict, error) {
	rules, err := readRules(ctx, q.d.r, q.d.now())
	if err != nil {
		return Verdict{}, err
	}
	u := Update{SiteID: t.SiteID, Kind: t.Kind, Slug: t.Slug}
	row := q.d.r.QueryRowContext(ctx, `SELECT u.first_seen_at, r.first_seen_at FROM updates u LEFT JOIN releases r ON r.kind = u.kind AND r.slug = u.slug AND r.version = u.to_version
		WHERE u.site_id = ? AND u.kind = ? AND u.slug = ?`, t.SiteID, t.Kind, t.Slug)
	err = row.Scan(at(&u.FirstSeenAt), at(&u.ReleasedAt))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Verdict{}, fmt.Errorf("read the update of task %d: %w", t.ID, err)
	}
	if errors.Is(err, sql.ErrNoRows) {
		rules.delay = 0 // nothing is offered: what is read before sending tells
	}
	x := Planned{}
	if x.Why, x.Detail = rules.why(u); x.Why != "" {
		return stop(OutHeld, x.Because(), ""), nil
	}
	return Verdict{Go: true}, nil
}

func stop(o Outcome, reason, next string) Verdict {
	return Verdict{Stop: Result{State: TaskSkipped, Outcome: o, Reason: reason, Next: next}}
}

// personNow is what a person may see and do now; the zero Viewer when he is disabled or gone.
func (d *DB) personNow(ctx context.Context, id int64) (Viewer, error) {
	var u User
	row := d.r.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users u WHERE u.id = ? AND u.disabled_at IS NULL", id)
	err := row.Scan(u.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return Viewer{}, nil
	}
	if err != nil {
		return Viewer{}, fmt.Errorf("read the person of a run: %w", err)
	}
	return d.viewer(ctx, u)
}
