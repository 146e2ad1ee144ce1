package db

import (
	"context"
	"fmt"
	"time"
)

// explainWaits says of queued tasks that another run holds back, through a call to the same site whose outcome is open, for which run they
// wait and until when it looks again.
func (d *DB) explainWaits(ctx context.Context, tasks []Task) error {
	var addresses []string
	for _, t := range tasks {
		if t.State == TaskQueued && t.Reason == "" && t.Address != "" {
			addresses = append(addresses, t.Address)
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	type blocker struct {
		address string
		run     int64
		state   TaskState
		look    time.Time
		atWork  bool
	}
	now := d.now()
	list, err := collect(ctx, d.r, func(row scanner, b *blocker) error {
		return row.Scan(&b.address, &b.run, &b.state, at(&b.look), &b.atWork)
	}, "SELECT o.address, o.run_id, o.state, coalesce(o.look_at, o.free_at), coalesce("+atWork+", 0) FROM tasks o WHERE "+open+" AND o.address IN (SELECT value FROM json_each(?2)) ORDER BY o.run_id", now.Unix(), jsonText(addresses))
	if err != nil {
		return fmt.Errorf("find what holds tasks back: %w", err)
	}
	for i := range tasks {
		t := &tasks[i]
		if t.State != TaskQueued || t.Reason != "" {
			continue
		}
		for _, b := range list {
			heals := t.Action == ActRefresh || t.Action == ActSync || t.Action == ActReconnect || t.Action == ActCheck
			if b.address != t.Address || b.run == t.RunID || heals && !b.atWork {
				continue
			}
			t.Reason = fmt.Sprintf("Waits for run %d, which is at work on this site.", b.run)
			if b.state == TaskUnknown {
				t.Reason = fmt.Sprintf("Waits for run %d: what became of its call to this site is not known yet, and it looks again in %s.", b.run, inMinutes(b.look.Sub(now)))
			}
			break
		}
	}
	return nil
}

func inMinutes(d time.Duration) string {
	if d <= time.Minute {
		return "a minute at most"
	}
	return fmt.Sprintf("%d min", int((d+time.Minute-1)/time.Minute))
}
