package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Bounds of a schedule.
const (
	maxWindow = 24 * time.Hour
	lateStart = time.Hour // without a window, a start that Muster missed is made up for within this time
	dayFormat = "2006-01-02"
)

func (w When) check() error {
	if w.Zone == "" || w.Zone == "Local" {
		return fmt.Errorf("%w: a time needs a time zone; write it like Europe/Berlin", ErrInvalid)
	}
	if w.Minute < 0 || w.Minute >= 24*60 {
		return fmt.Errorf("%w: this is no time of a day", ErrInvalid)
	}
	if w.Window < 0 || w.Window > maxWindow || w.Window%time.Minute != 0 {
		return fmt.Errorf("%w: a window is whole minutes, a day at most", ErrInvalid)
	}
	_, err := w.Next(time.Time{})
	return err
}

// Next is the first start after a moment; zero when there is none. The time of day is that of the zone's clocks. Where clocks skip it, the start
// is as late as if they had not been put forward (02:30 becomes 03:30); where it comes twice, it is the first.
func (w When) Next(after time.Time) (time.Time, error) {
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %q is no time zone; write it like Europe/Berlin", ErrInvalid, w.Zone)
	}
	day, err := time.Parse(dayFormat, w.Day)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %q is no day", ErrInvalid, w.Day)
	}
	if w.Weekly && after.After(day) {
		// Whole weeks before the moment: at most two more are looked at, whatever clocks do.
		weeks := max(int(after.Sub(day).Hours()/(7*24))-1, 0)
		day = day.AddDate(0, 0, 7*weeks)
	}
	for range 4 {
		if start := w.on(day, zone); start.After(after) {
			return start, nil
		}
		if !w.Weekly {
			break
		}
		day = day.AddDate(0, 0, 7)
	}
	return time.Time{}, nil
}

// on is the start on a day.
func (w When) on(day time.Time, zone *time.Location) time.Time {
	start := time.Date(day.Year(), day.Month(), day.Day(), w.Minute/60, w.Minute%60, 0, 0, zone)
	if start.Hour()*60+start.Minute() != w.Minute {
		// The time does not exist. Go may give the moment before or after the gap; the one after is meant.
		_, before := start.Add(-3 * time.Hour).Zone()
		return time.Date(day.Year(), day.Month(), day.Day(), w.Minute/60, w.Minute%60, 0, 0, time.FixedZone("", before)).In(zone).UTC()
	}
	// Of two, the first: the same reading of the clock up to three hours before.
	for _, back := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour} {
		if earlier := start.Add(-back); earlier.Hour() == start.Hour() && earlier.Minute() == start.Minute() && earlier.Day() == start.Day() {
			return earlier.UTC()
		}
	}
	return start.UTC()
}

const scheduleColumns = `x.id, x.user_id, x.user_name, x.title, x.choices, x.options, x.zone, x.day, x.minute, x.weekly, x.window_min, x.created_at, x.next_at, x.paused_at, coalesce(x.last_run, 0),
	EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = x.last_run) AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = x.last_run AND t.outcome <> 'window')`

func scanSchedule(row scanner, s *Schedule) error {
	var choices, options []byte
	var window int64
	w := &s.When
	err := row.Scan(&s.ID, &s.UserID, &s.UserName, &s.Title, &choices, &options, &w.Zone, &w.Day, &w.Minute, &w.Weekly, &window, at(&s.CreatedAt), at(&s.NextAt), at(&s.PausedAt), &s.LastRun, &s.Missed)
	if err != nil {
		return err
	}
	w.Window = time.Duration(window) * time.Minute
	if err := json.Unmarshal(choices, &s.Choices); err != nil {
		return err
	}
	return json.Unmarshal(options, &s.Options)
}

// Schedules lists the schedules that work on a site the viewer may see, with the choices he may see: the next ones first, those that are over
// last.
func (d *DB) Schedules(ctx context.Context, v Viewer) ([]Schedule, error) {
	list, err := d.schedules(ctx, v, "1")
	if err != nil {
		return nil, fmt.Errorf("list the schedules: %w", err)
	}
	return list, nil
}

// Schedule is one of them; ErrNotFound.
func (d *DB) Schedule(ctx context.Context, v Viewer, id int64) (Schedule, error) {
	list, err := d.schedules(ctx, v, "x.id = ?", id)
	if err != nil {
		return Schedule{}, fmt.Errorf("read schedule %d: %w", id, err)
	}
	if len(list) == 0 {
		return Schedule{}, ErrNotFound
	}
	return list[0], nil
}

func (d *DB) schedules(ctx context.Context, v Viewer, where string, args ...any) ([]Schedule, error) {
	list, err := collect(ctx, d.r, scanSchedule, "SELECT "+scheduleColumns+" FROM schedules x WHERE "+where+" ORDER BY x.next_at IS NULL, x.next_at, x.id DESC", args...)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, s := range list {
		for _, c := range s.Choices {
			ids = append(ids, c.Site)
		}
	}
	sites, err := readSites(ctx, d.r, v.sites("s"), ids)
	if err != nil {
		return nil, err
	}
	var out []Schedule
	for _, s := range list {
		all := s.Choices
		s.Choices, s.SiteNames = nil, map[int64]string{}
		seen := map[int64]bool{}
		for _, c := range all {
			if site, ok := sites[c.Site]; ok {
				s.Choices = append(s.Choices, c)
				s.SiteNames[c.Site] = site.name
				seen[c.Site] = true
			}
		}
		s.Sites = len(seen)
		if len(s.Choices) > 0 || v.staff() && v.All {
			if s.Whole = len(s.Choices) == len(all) || v.staff() && v.All; !s.Whole {
				s.Title = titleOf(s.Choices) // the title that was given counts what he may not see
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// PauseSchedule keeps a schedule from starting, or lets it start again, next at its next time.
func (d *DB) PauseSchedule(ctx context.Context, v Viewer, id int64, pause bool) error {
	s, err := d.mayChange(ctx, v, id)
	if err != nil {
		return err
	}
	now := d.now()
	if pause {
		return affected(d.w.ExecContext(ctx, "UPDATE schedules SET paused_at = coalesce(paused_at, ?) WHERE id = ?", now.Unix(), id))
	}
	next, err := s.When.Next(now)
	if err != nil {
		return err
	}
	if next.IsZero() || s.NextAt.IsZero() {
		return fmt.Errorf("%w: the time of this schedule is over; choose its updates again and set another time", ErrConflict)
	}
	return affected(d.w.ExecContext(ctx, "UPDATE schedules SET paused_at = NULL, next_at = ? WHERE id = ?", unix(next), id))
}

// DeleteSchedule forgets a schedule; its runs stay.
func (d *DB) DeleteSchedule(ctx context.Context, v Viewer, id int64) error {
	if _, err := d.mayChange(ctx, v, id); err != nil {
		return err
	}
	return affected(d.w.ExecContext(ctx, "DELETE FROM schedules WHERE id = ?", id))
}

func (d *DB) mayChange(ctx context.Context, v Viewer, id int64) (Schedule, error) {
	if err := v.mayRun(); err != nil {
		return Schedule{}, err
	}
	s, err := d.Schedule(ctx, v, id)
	if err == nil && !s.Whole {
		err = fmt.Errorf("%w: this schedule also works on sites that you may not see", ErrForbidden)
	}
	return s, err
}
