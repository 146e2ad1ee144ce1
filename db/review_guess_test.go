package db

import (
	"fmt"
	"testing"
	"time"
)

// A guess of the time needs enough sites of earlier runs, counts what a site took as a whole, and tells its spread.
func TestExpectedTime(t *testing.T) {
	b := newWorkbench(t)
	finished := func(n, seconds int) {
		t.Helper()
		run := b.start(b.owner, forms(b.beta), RunOptions{})
		for i := range n {
			b.exec(`INSERT INTO tasks (run_id, seq, dashboard_id, dashboard_name, site_id, action, state, sends, started_at, ended_at) VALUES (?, ?, 1, 'North', ?, 'update', 'verified', 1, 1000, ?)`, run, 2+i, 100+i, 1000+seconds)
		}
		b.check(b.CancelRun(t.Context(), b.owner, run))
	}
	guess := func() string {
		t.Helper()
		r := b.review(b.owner, forms(b.alpha, b.gamma))
		return fmt.Sprint(r.Expected, " to ", r.ExpectedMost)
	}
	finished(4, 10)
	if got := guess(); got != "0s to 0s" {
		t.Errorf("after four sites: %s", got)
	}
	finished(4, 40)
	if got := guess(); got != "10s to 40s" {
		t.Errorf("after eight sites: %s", got)
	}
	actions := []Choice{{Action: ActSuspend, Site: b.alpha}}
	if r := b.review(b.owner, actions); r.Expected != 0*time.Second {
		t.Errorf("what was never done takes %s", r.Expected)
	}
}
