package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// StartedError says which run, or schedule, a review became already; it is an ErrConflict.
type StartedError struct{ Run, Schedule int64 }

func (e *StartedError) Error() string { return "it has started already" }

// Is makes a StartedError an ErrConflict.
func (e *StartedError) Is(target error) bool { return target == ErrConflict }

// StartRun starts what the review's page showed, and nothing else: the set is computed again and has to have the same digest. ErrConflict when
// it changed, *StartedError when it was started already, ErrInvalid with a sentence when something is missing. What it starts leaves the basket.
func (d *DB) StartRun(ctx context.Context, v Viewer, token, seen, confirm string, majorKnown bool, o RunOptions) (runID int64, err error) {
	err = d.tx(ctx, func(tx *sql.Tx) error {
		r, shown, err := d.useReview(ctx, tx, v, token, seen, confirm, majorKnown, o)
		if err != nil {
			return err
		}
		name, err := personName(ctx, tx, v.UserID)
		if err != nil {
			return err
		}
		runID, err = d.insertRun(ctx, tx, runSeed{user: v.UserID, userName: name, title: r.titleNow(shown.Tasks), options: o, retryOf: r.retryOf}, shown.Tasks)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE reviews SET run_id = ? WHERE token = ?", runID, token); err != nil {
			return fmt.Errorf("mark the review as used: %w", err)
		}
		return d.emptyBasket(ctx, tx, v, r, shown)
	})
	return runID, err
}

// ScheduleRun keeps what the review's page showed to be started at a time; the same checks as StartRun. Only updates can wait.
func (d *DB) ScheduleRun(ctx context.Context, v Viewer, token, seen, confirm string, majorKnown bool, o RunOptions, when When) (scheduleID int64, err error) {
	now := d.now()
	if err := when.check(); err != nil {
		return 0, err
	}
	next, err := when.Next(now)
	if err != nil {
		return 0, err
	}
	if next.IsZero() {
		return 0, fmt.Errorf("%w: this time is over", ErrInvalid)
	}
	err = d.tx(ctx, func(tx *sql.Tx) error {
		r, shown, err := d.useReview(ctx, tx, v, token, seen, confirm, majorKnown, o)
		if err != nil {
			return err
		}
		if !shown.Schedulable {
			return fmt.Errorf("%w: only updates can wait", ErrInvalid)
		}
		name, err := personName(ctx, tx, v.UserID)
		if err != nil {
			return err
		}
		choices := make([]Choice, len(shown.Tasks))
		for i, x := range shown.Tasks {
			choices[i] = x.Choice
		}
		text, err := json.Marshal(choices)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, "INSERT INTO schedules (user_id, user_name, title, choices, options, zone, day, minute, weekly, window_min, created_at, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			v.UserID, name, r.titleNow(shown.Tasks), string(text), jsonText(o), when.Zone, when.Day, when.Minute, when.Weekly, int64(when.Window/time.Minute), now.Unix(), next.Unix())
		if err != nil {
			return fmt.Errorf("keep the schedule: %w", err)
		}
		if scheduleID, err = res.LastInsertId(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE reviews SET schedule_id = ? WHERE token = ?", scheduleID, token); err != nil {
			return fmt.Errorf("mark the review as used: %w", err)
		}
		return d.emptyBasket(ctx, tx, v, r, shown)
	})
	return scheduleID, err
}

// useReview checks, in the transaction that uses it, that a review still is what its person saw and confirmed.
func (d *DB) useReview(ctx context.Context, tx *sql.Tx, v Viewer, token, seen, confirm string, majorKnown bool, o RunOptions) (review, Review, error) {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrInvalid, what) }
	r, err := d.readReview(ctx, tx, v, token)
	if err != nil {
		return r, Review{}, err
	}
	if r.run != 0 || r.scheduleID != 0 {
		return r, Review{}, &StartedError{r.run, r.scheduleID}
	}
	shown, err := d.showReview(ctx, tx, v, r, false)
	switch {
	case err != nil:
	case len(shown.Reading) > 0:
		err = bad("some sites are being read again; wait a moment")
	case shown.Digest != seen:
		err = fmt.Errorf("%w: the set has changed since you looked", ErrConflict)
	case len(shown.Tasks) == 0:
		err = bad("nothing is left to do")
	case shown.Confirm != "" && !strings.EqualFold(strings.TrimSpace(confirm), strings.TrimSpace(shown.Confirm)):
		err = bad("type " + shown.Confirm + " to confirm")
	case shown.ConfirmMajor && !majorKnown:
		err = bad("confirm that you know of the major steps and of WordPress itself")
	case o.StopAfter < 0 || o.StopAfter > MaxChoices:
		err = bad("the number of failures is 0 or more")
	case o.Canary != 0 && !slices.ContainsFunc(shown.Tasks, func(x Planned) bool { return x.Site == o.Canary }):
		err = bad("the first site has to be one of those that are worked on")
	}
	return r, shown, err
}

// emptyBasket takes out of the basket what started, and, where the review was of the basket, what vanished or only came along.
func (d *DB) emptyBasket(ctx context.Context, tx *sql.Tx, v Viewer, r review, shown Review) error {
	var refs []ItemRef
	for _, x := range shown.Tasks {
		refs = append(refs, x.ref())
	}
	for _, x := range shown.LeftOut {
		if r.fromBasket && (x.Why == WhyNotOffered || x.Why == WhyGone) {
			refs = append(refs, x.ref())
		}
	}
	if err := removeFromBasket(ctx, tx, v, refs); err != nil || !r.fromBasket {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM basket WHERE user_id = ? AND along = 1", v.UserID); err != nil {
		return fmt.Errorf("take what came along out of the basket: %w", err)
	}
	return nil
}

// StartActions starts actions that need no review. Sites that cannot take one become skipped tasks with the reason, so that nothing is silent.
func (d *DB) StartActions(ctx context.Context, v Viewer, title string, choices []Choice) (runID int64, err error) {
	if err := v.mayRun(); err != nil {
		return 0, err
	}
	if err := checkChoices(choices); err != nil {
		return 0, err
	}
	for _, c := range choices {
		if c.Action.NeedsReview() {
			return 0, fmt.Errorf("%w: %s has to be looked at before it starts", ErrInvalid, c.Action)
		}
	}
	err = d.tx(ctx, func(tx *sql.Tx) error {
		p, err := d.newPlanner(ctx, tx, v, choices)
		if err != nil {
			return err
		}
		tasks := p.plan(choices)
		if len(tasks) == 0 {
			return ErrNotFound
		}
		name, err := personName(ctx, tx, v.UserID)
		if err != nil {
			return err
		}
		runID, err = d.insertRun(ctx, tx, runSeed{user: v.UserID, userName: name, title: cut(strings.TrimSpace(title), 200)}, tasks)
		return err
	})
	return runID, err
}

// runSeed is what a run starts with.
type runSeed struct {
	user, schedule, retryOf int64
	userName, title         string
	options                 RunOptions
	notAfter                time.Time
}

// insertRun writes a run with its tasks, before anything is sent. Those with a reason against them are skipped from the start.
func (d *DB) insertRun(ctx context.Context, tx *sql.Tx, s runSeed, tasks []Planned) (int64, error) {
	now, o := d.now().Unix(), s.options
	res, err := tx.ExecContext(ctx, `INSERT INTO runs (user_id, user_name, title, state, created_at, changed_at, stop_after, skip_rest, canary_site, home_check, newer_patch, not_after, schedule_id, retry_of)
		VALUES (?, ?, ?, 'running', ?4, ?4, ?, ?, nullif(?, 0), ?, ?, ?, nullif(?, 0), nullif(?, 0))`, s.user, s.userName, s.title, now, o.StopAfter, o.SkipRest, o.Canary, o.HomeCheck, o.NewerPatch, unix(s.notAfter), s.schedule, s.retryOf)
	if err != nil {
		return 0, fmt.Errorf("write the run: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO tasks (run_id, seq, dashboard_id, dashboard_name, site_id, site_name, site_url, address, ip, action, kind, slug, name, from_version, to_version, params, state, outcome, reason, ended_at)
		VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = insert.Close() }() // it ends with the transaction anyway
	for i, x := range tasks {
		state, outcome, ended := TaskQueued, Outcome(""), any(nil)
		if x.Why != "" {
			state, outcome, ended = TaskSkipped, x.Why.Outcome(), now
		}
		_, err := insert.ExecContext(ctx, id, i+1, x.Dashboard, x.DashboardName, x.Site, x.SiteName, x.SiteURL, x.Address, x.IP, x.Action, x.Kind, x.Slug, x.Name, x.From, x.To, jsonText(x.Params), state, outcome, x.Because(), ended)
		if err != nil {
			return 0, fmt.Errorf("write the tasks of run %d: %w", id, err)
		}
	}
	return id, settle(ctx, tx, id, now)
}
