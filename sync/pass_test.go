package syncer_test

import (
	"testing"
	"time"

	"muster/mainwp/mainwptest"
)

var personalities = map[string]mainwptest.Personality{
	"6.1 on WordPress 6.8":   mainwptest.V61WP68,
	"6.1 on WordPress 6.9":   mainwptest.V61WP69,
	"6.0.1 on WordPress 6.8": mainwptest.V601WP68,
	"6.0.1 on WordPress 6.9": mainwptest.V601WP69,
	"5.4.0.23":               mainwptest.V54,
}

func TestPassMirrorsEveryVersion(t *testing.T) {
	for name, p := range personalities {
		t.Run(name, func(t *testing.T) {
			w, sites := newWorld(t), 12
			if p == mainwptest.V61WP69 {
				sites = 60 // two pages
			}
			fake, id := w.connect("northlight", p, sites)
			w.pass(id)
			rows := w.sites(id, "")
			if len(rows) != sites {
				t.Fatalf("%d of %d sites mirrored", len(rows), sites)
			}
			for _, remote := range fake.SiteIDs() {
				want, got := fake.Site(remote), rows[remote]
				if got.URL != want.URL {
					t.Errorf("site %d: address %q, want %q", remote, got.URL, want.URL)
				}
			}
			d := w.dashboard(id)
			if d.State != "ok" || d.Sites != sites || d.Updates.Total() == 0 || !d.LastReadAt.Equal(w.clock) {
				t.Errorf("Dashboard: %+v", d)
			}
			if got := w.events(id); len(got) != 0 {
				t.Errorf("the first pass made history: %v", got)
			}
			w.later(15 * time.Minute)
			w.pass(id)
			if got := w.events(id); len(got) != 0 {
				t.Errorf("an unchanged pass made history: %v", got)
			}
		})
	}
}
