package syncer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
)

// 100 sites with four updates each over four Dashboards with four workers, at 0.2 s a call: 25 sites of seven calls are 9.8 s of calls one
// after the other, as a site stays with its worker. Muster adds nothing to that. The clock is the bubble's.
func TestARunTakesLittleMoreThanItsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRunWorld(t)
		var choices []db.Choice
		for i := range 4 {
			fake, dash := w.connect(fmt.Sprintf("dash%d", i), mainwptest.V61WP69, 32)
			for j, remote := range fake.SiteIDs() {
				fake.SetDown(remote, false)
				fake.EditSite(remote, func(s *mainwptest.Site) {
					s.Suspended, s.Child.Refuses, s.IgnorePlugins, s.IgnoredPlugins = false, false, false, nil
					s.IP, s.URL = fmt.Sprintf("203.0.%d.%d", i, j), fmt.Sprintf("https://site%d-%d.example/", i, j)
				})
				for _, p := range fake.Site(remote).Plugins {
					if p.Slug != "mainwp-child/mainwp-child.php" {
						fake.ReleaseUpdate("plugin", p.Slug, "99.0")
					}
				}
			}
			fake.Sync()
			w.read(dash)
			sites := 0
			for _, remote := range fake.SiteIDs() {
				s := fake.Site(remote)
				if four := w.updates(dash, remote); sites < 25 && s.Status() == "connected" && len(four) >= 4 && four[3].Kind == db.Plugin {
					choices = append(choices, four[:4]...)
					sites++
				}
			}
			fake.SetFaults(mainwptest.Faults{Delay: 200 * time.Millisecond})
		}
		defer w.working()()
		began := time.Now()
		run := w.start(db.RunOptions{SkipRest: true}, choices...)
		r := w.finished(run, time.Minute)
		took := r.EndedAt.Sub(began)
		if r.Counts.Verified != 400 || took > 10*time.Second {
			t.Errorf("%d of 400 verified after %s", r.Counts.Verified, took)
		}
		t.Logf("%s", took)
	})
}
