package syncer_test

import (
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
)

// A second tag of a name would be called "… (1)": while the first may be being added, nothing more is sent to the Dashboard's lists.
func TestATagIsNotAddedTwiceAtOnce(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.OnWrite("/tags/add", mainwptest.Effect{Delivery: mainwptest.ProxyTimeout, After: time.Second, Takes: 20 * time.Second}, mainwptest.Effect{})
		tag := db.Choice{Action: db.ActAddTag, Dashboard: dash, Params: db.Params{Name: "Twice"}}
		first := w.act(tag)
		time.Sleep(4 * time.Second)
		second := w.act(tag)
		w.finished(first, time.Hour)
		w.finished(second, time.Hour)
		w.want(w.only(first), db.TaskVerified, db.OutVerified)
		w.want(w.only(second), db.TaskSkipped, db.OutAlready)
		if n := len(sent(fake, "/tags/add")); n != 1 {
			t.Errorf("it was sent %d times", n)
		}
	})
}

// A long run does not keep a short one of somebody else waiting.
func TestEachRunHasItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		w.opt.Workers = 1
		fake, dash := w.mirrored("northlight", mainwptest.V61WP68, 6)
		defer w.working()()
		choices := w.fleet(fake, dash, 5)
		for i, remote := range fake.SiteIDs()[:5] {
			fake.OnUpdate(remote, choices[i].Slug, mainwptest.Effect{Takes: 10 * time.Minute})
		}
		long := w.start(db.RunOptions{}, choices...)
		time.Sleep(time.Second)
		short := w.act(db.Choice{Action: db.ActSync, Site: w.site(dash, 6), Dashboard: dash})
		w.finished(short, 11*time.Minute)
		if c := w.run(long).Counts; c.Queued == 0 {
			t.Errorf("the long run stands at %+v", c)
		}
		w.finished(long, 2*time.Hour)
	})
}

// A key that is replaced while a job works with the old one is not taken for the old one.
func TestANewKeyIsNotJudgedByTheOld(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		two := w.plugins(fake, dash, 2, 2)
		fake.OnUpdate(2, two[0].Slug, mainwptest.Effect{Takes: 10 * time.Second})
		run := w.start(db.RunOptions{}, two...)
		time.Sleep(5 * time.Second)
		fake.SetKey(true, false) // what the old one may still do
		if err := w.db.SetDashboardKey(t.Context(), w.me, dash, "bearer", fake.Token()+"0", "", "read_write"); err != nil {
			t.Fatal(err)
		}
		w.until(time.Minute, "that it waits", func() bool { return len(w.run(run).Waits) > 0 })
		if d := w.dashboard(dash); d.KeyScope != "read_write" {
			t.Errorf("the new key counts as %s", d.KeyScope)
		}
		fake.SetKey(true, true)
		if err := w.db.SetDashboardKey(t.Context(), w.me, dash, "bearer", fake.Token(), "", "read_write"); err != nil {
			t.Fatal(err)
		}
		w.finished(run, time.Hour)
	})
}
