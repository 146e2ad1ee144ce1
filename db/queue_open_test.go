package db

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// open sends the first task of a run and leaves its outcome open.
func (b *workbench) open(run int64, o Outcome) Task {
	b.t.Helper()
	task := b.tasks(run)[0]
	b.check(b.Queue().Sending(b.t.Context(), task.ID, 15*time.Minute))
	b.check(b.Queue().Unknown(b.t.Context(), task.ID, o, "", b.clock.Add(5*time.Minute)))
	return task
}

// What heals a site does not wait for a task that nobody works on any more; an update does, and everything waits for a call at work.
func TestHealingDoesNotWaitForWhatWasAnswered(t *testing.T) {
	for _, c := range []struct {
		outcome Outcome
		after   time.Duration
		ready   []string
	}{
		{OutTimeout, time.Minute, nil}, {OutCut, time.Minute, nil}, {OutQueued, time.Minute, nil}, {OutTimeout, 16 * time.Minute, []string{"Twin"}}, {OutUnreachable, time.Minute, []string{"Twin"}},
	} {
		b := newWorkbench(t)
		b.open(b.start(b.owner, forms(b.alpha), RunOptions{}), c.outcome)
		heal, err := b.StartActions(t.Context(), b.owner, "", []Choice{{Action: ActReconnect, Site: b.twin}})
		b.check(err)
		suspend := b.start(b.owner, []Choice{{Action: ActSuspend, Site: b.twin}}, RunOptions{})
		b.clock = b.clock.Add(c.after)
		if got := b.ready(); !slices.Equal(got, c.ready) {
			t.Errorf("%s after %s: ready %v, want %v", c.outcome, c.after, got, c.ready)
		}
		err = b.Queue().Sending(t.Context(), b.tasks(heal)[0].ID, time.Minute)
		if (err == nil) != (c.ready != nil) {
			t.Errorf("%s after %s: sent with %v", c.outcome, c.after, err)
		}
		if err := b.Queue().Sending(t.Context(), b.tasks(suspend)[0].ID, time.Minute); err == nil {
			t.Errorf("%s after %s: the site was suspended", c.outcome, c.after)
		}
	}
}

func TestAQueuedTaskSaysForWhichRunItWaits(t *testing.T) {
	b := newWorkbench(t)
	b.open(b.start(b.owner, forms(b.alpha), RunOptions{}), OutTimeout)
	other := b.start(b.owner, []Choice{{Action: ActSuspend, Site: b.twin}}, RunOptions{})
	b.clock = b.clock.Add(2 * time.Minute)
	task := b.tasks(other)[0]
	if !strings.Contains(task.Reason, "run 1") || !strings.Contains(task.Reason, "3 min") {
		t.Errorf("%q", task.Reason)
	}
	if one, err := b.Task(t.Context(), b.owner, task.ID); err != nil || one.Reason != task.Reason {
		t.Errorf("alone it says %q, %v", one.Reason, err)
	}
}

// Those of one site and run are due together, and what was being verified waits for a call to the site that was cut.
func TestLooksOfASiteGoTogether(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, append(forms(b.alpha, b.beta), Choice{Action: ActUpdate, Site: b.alpha, Kind: Theme, Slug: skySlug, To: "2.0"}), RunOptions{})
	tasks := b.tasks(run)
	b.check(q.Sending(ctx, tasks[0].ID, 15*time.Minute))
	b.check(q.Sent(ctx, tasks[0].ID, OutVerified, ""))
	b.check(q.Sending(ctx, tasks[1].ID, 15*time.Minute))
	b.check(q.Recover(ctx, b.clock))
	if due, err := q.Due(ctx); err != nil || len(due) != 0 {
		t.Errorf("due at once: %+v, %v", due, err)
	}
	b.check(q.LookAt(ctx, tasks[0].ID, b.clock.Add(time.Hour)))
	b.clock = b.clock.Add(30 * time.Second)
	if due, err := q.Due(ctx); err != nil || len(due) != 2 {
		t.Errorf("due: %+v, %v, want both of the site", due, err)
	}
}

// What a job left without verifying it is looked at.
func TestStrayTasksAreLookedAt(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, forms(b.alpha, b.beta), RunOptions{})
	for _, task := range b.tasks(run) {
		b.check(q.Sending(ctx, task.ID, time.Minute))
		b.check(q.Sent(ctx, task.ID, OutVerified, ""))
	}
	b.check(q.Stray(ctx, run, b.north, b.alpha))
	if due, err := q.Due(ctx); err != nil || len(due) != 1 || due[0].SiteID != b.alpha {
		t.Errorf("due: %+v, %v, want Alpha's alone", due, err)
	}
}

// A site is worked on once at a time also when its address changed since the first run was started.
func TestASiteThatMovedIsStillOneSite(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.open(b.start(b.owner, forms(b.beta), RunOptions{}), OutTimeout)
	b.exec("UPDATE sites SET url_key = 'moved.example' WHERE id = ?", b.beta)
	second := b.start(b.owner, []Choice{{Action: ActSuspend, Site: b.beta}}, RunOptions{})
	if got := b.ready(); len(got) != 0 {
		t.Errorf("ready: %v", got)
	}
	if err := b.Queue().Sending(ctx, b.tasks(second)[0].ID, time.Minute); err == nil {
		t.Error("it was sent")
	}
}
