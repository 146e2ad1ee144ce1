package mainwptest

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEqualSeedsGiveEqualAnswers(t *testing.T) {
	paths := []string{"/sites?exclude=9&page=1&per_page=60", "/clients", "/tags", "/costs", "/monitors?page=1&per_page=99", "/updates/5"}
	a, b := small(V61WP69), small(V61WP69)
	other := New(Config{Personality: V61WP69, Seed: 4, Sites: 60, Now: fixed})
	for _, path := range paths {
		if diff := cmp.Diff(get(t, a, path), get(t, b, path)); diff != "" {
			t.Errorf("%s differs between equal seeds:\n%s", path, diff)
		}
	}
	if get(t, a, "/sites/basic") == get(t, other, "/sites/basic") {
		t.Error("another seed gives the same sites")
	}
}

func TestEvolveIsSeenAfterwards(t *testing.T) {
	c := &clock{noon}
	d := New(Config{Personality: V61WP69, Seed: 3, Sites: 40, Now: c.now})
	e := New(Config{Personality: V61WP69, Seed: 3, Sites: 40, Now: c.now})
	before := get(t, d, "/sites?exclude=9")
	c.t = noon.Add(6 * time.Hour)
	d.Evolve(rand.New(rand.NewPCG(1, 2)), 300)
	e.Evolve(rand.New(rand.NewPCG(1, 2)), 300)
	after := get(t, d, "/sites?exclude=9")
	if before == after {
		t.Error("nothing happened in 300 steps")
	}
	if after != get(t, e, "/sites?exclude=9") {
		t.Error("equal seeds evolved differently")
	}
	changes := 0
	for _, id := range d.SiteIDs() {
		changes += strings.Count(get(t, d, "/sites/"+itoa(id)+"/non-mainwp-changes"), `"created":1795456800`)
	}
	if changes < 10 {
		t.Errorf("%d changes were logged now", changes)
	}
}

func TestFleetSharesSitesOut(t *testing.T) {
	fleet := Fleet(1, 5, 400, fixed)
	hosts, total := Hosts(fleet), 0
	seen := map[string]bool{}
	for _, n := range fleet {
		ids := n.SiteIDs()
		total += len(ids)
		if hosts[strings.TrimPrefix(n.URL, "https://")] != n.Dashboard {
			t.Errorf("no host for %s", n.URL)
		}
		for _, id := range ids {
			url := n.Site(id).URL
			if seen[url] {
				t.Errorf("%s is there twice", url)
			}
			seen[url] = true
		}
	}
	if total != 400 || len(hosts) != 5 || len(fleet[0].SiteIDs()) <= len(fleet[4].SiteIDs()) {
		t.Errorf("%d sites on %d Dashboards, first %d, last %d", total, len(hosts), len(fleet[0].SiteIDs()), len(fleet[4].SiteIDs()))
	}
}

func TestFleetHasEverySortOfSite(t *testing.T) {
	d := New(Config{Personality: V61WP69, Seed: 1, Sites: 400, Now: fixed})
	found := map[string]int{}
	for _, id := range d.SiteIDs() {
		s := d.Site(id)
		for sort, is := range map[string]bool{
			"suspended": s.Status() == "suspended", "disconnected": s.Status() == "disconnected", "down": s.OfflineCheck < 0, "never synced": s.LastSync.IsZero(),
			"stale": !s.LastSync.IsZero() && s.LastSync.Before(noon.AddDate(0, 0, -3)), "core": s.CoreNew != "", "plugin": len(s.PluginUpdates) > 0,
			"theme": len(s.ThemeUpdates) > 0, "translation": len(s.Inventory.Translations) > 0, "ignored plugin": len(s.IgnoredPlugins) > 0, "ignored theme": len(s.IgnoredThemes) > 0,
			"ignored core": len(s.IgnoredCore) > 0, "flag": s.IgnorePlugins, "rollback": len(s.RollbackPlugins) > 0, "HTML": strings.Contains(s.Name, "<script>"),
			"emoji": strings.Contains(s.Name, "🚲"), "right to left": strings.Contains(s.Name, "مكتبة"), "long": len(s.Name) == 300, "no client": s.ClientID == 0,
			"lines": strings.Contains(s.Note, "\n"), "unknown": s.Status() == "connected" && s.Plugins == nil && !s.LastSync.IsZero(),
		} {
			if is {
				found[sort]++
			} else {
				found[sort] += 0
			}
		}
	}
	for sort, n := range found {
		if n == 0 {
			t.Errorf("no site: %s", sort)
		}
	}
}
