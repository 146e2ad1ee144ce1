package mainwptest

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOverlapsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pendingDashboard(), New(Config{Personality: V61WP69, Seed: 9, Sites: 3})
		twin := b.AddSite(a.Site(1).URL)
		a.OnWrite("/sites/1/sync", Effect{Takes: time.Minute})
		a.OnUpdate(1, akismetSlug, Effect{Takes: time.Minute})
		var wg sync.WaitGroup
		wg.Go(func() { _, _, _ = update(a, time.Second) }) // goes on after its client left
		time.Sleep(30 * time.Second)
		wg.Go(func() { _, _, _ = send(b, time.Hour, "/sites/"+itoa(twin)+"/sync", "{}") })
		wg.Wait()
		if _, _, err := send(a, time.Hour, "/sites/2/sync", "{}"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, _, err := send(a, time.Hour, "/sites/1/sync", "{}"); err != nil {
			t.Fatal(err)
		}
		all := append(a.Writes(), b.Writes()...)
		pairs := Overlaps(all...)
		if len(all) != 4 || len(pairs) != 1 || pairs[0][0].Slug != akismetSlug || pairs[0][1].Site != twin {
			t.Errorf("%d writes, overlaps %+v", len(all), pairs)
		}
		if len(Overlaps(a.Writes()...)) != 0 {
			t.Error("writes one after the other overlap")
		}
		most := MostAtOnce(func(Write) string { return "all" }, all...)
		if diff := cmp.Diff(map[string]int{"all": 2}, most); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOneItemSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := pendingDashboard()
		d.OnUpdate(1, akismetSlug, Effect{Takes: time.Minute}, Effect{})
		_, _, _ = update(d, time.Second)
		if d.Writes()[0].Ended != (time.Time{}) {
			t.Error("the work ended with the connection")
		}
		_, _, _ = update(d, time.Second)
		time.Sleep(time.Hour)
		if n := len(Overlaps(d.Updates()...)); n != 1 {
			t.Errorf("%d overlaps", n)
		}
	})
}

func TestEverythingRunsAreCounted(t *testing.T) {
	d := pendingDashboard()
	for _, path := range []string{"/updates/update", "/updates/1/update", "/updates/1/update/wp"} {
		if _, _, err := send(d, time.Minute, path, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.EverythingRuns(); n != 2 {
		t.Errorf("%d runs of everything", n)
	}
}
