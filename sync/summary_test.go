package syncer_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/db"
	"muster/db/dbtest"
	"muster/mainwp/mainwptest"
)

// The figures of a viewer without limits come from summaries that are kept as rows are written; those of a limited viewer are counted
// row by row. Through days of a fleet's life they must not part.
func TestSummariesAgreeWithTheRows(t *testing.T) {
	w := newWorld(t)
	one, oneID := w.connect("one", mainwptest.V61WP69, 20)
	two, twoID := w.connect("two", mainwptest.V61WP68, 14)
	all := dbtest.Owner()
	limited := db.Viewer{UserID: 1, Role: db.Owner, Dashboards: []int64{oneID, twoID}}
	r := rand.New(rand.NewPCG(1, 2))
	for day := range 4 {
		w.pass(oneID)
		w.pass(twoID)
		for _, id := range []int64{oneID, twoID} {
			if err := w.sync.Details(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		for name, read := range map[string]func(v db.Viewer) (any, error){
			"totals":        func(v db.Viewer) (any, error) { return w.db.Totals(t.Context(), v) },
			"status counts": func(v db.Viewer) (any, error) { return w.db.SiteStatusCounts(t.Context(), v) },
			"attention":     func(v db.Viewer) (any, error) { return w.db.Attention(t.Context(), v) },
			"Dashboards":    func(v db.Viewer) (any, error) { return w.db.Dashboards(t.Context(), v) },
			"tags":          func(v db.Viewer) (any, error) { return w.db.Tags(t.Context(), v) },
			"kinds":         func(v db.Viewer) (any, error) { return w.db.UpdateKinds(t.Context(), v, db.UpdateFilter{}) },
			"items": func(v db.Viewer) (any, error) {
				list, _, err := w.db.UpdateGroups(t.Context(), v, db.UpdateFilter{Offer: "all", Paging: db.Paging{PerPage: 200}})
				return list, err
			},
		} {
			kept, err := read(all)
			if err != nil {
				t.Fatal(err)
			}
			counted, err := read(limited)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(counted, kept); diff != "" {
				t.Errorf("day %d, %s: counted (-) and kept (+) part:\n%s", day, name, diff)
			}
		}
		totals, err := w.db.Totals(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range []string{"item", "site", "client", "dashboard"} {
			list, n, err := w.db.UpdateGroups(t.Context(), all, db.UpdateFilter{Group: group, Paging: db.Paging{PerPage: 200}})
			if err != nil || n != len(list) {
				t.Fatalf("by %s: %d of %d groups, %v", group, len(list), n, err)
			}
			sum := 0
			for _, g := range list {
				sum += g.Counts.Total()
			}
			if sum != totals.Updates.Total() {
				t.Errorf("day %d: the groups by %s have %d updates, the fleet %d", day, group, sum, totals.Updates.Total())
			}
			if found, n, err := w.db.UpdateGroups(t.Context(), all, db.UpdateFilter{Group: group, Query: list[0].Name}); err != nil || n == 0 || !slices.ContainsFunc(found, func(g db.UpdateGroup) bool { return g.Key == list[0].Key && g.Counts == list[0].Counts }) {
				t.Errorf("day %d: a search by %s for %q finds %d groups, %v", day, group, list[0].Name, n, err)
			}
		}
		w.later(20 * time.Hour)
		one.Evolve(r, 10)
		two.Evolve(r, 10)
		two.RemoveSite(int64(day + 1))
		two.AddSite()
		one.SetDown(int64(day+2), day%2 == 0)
		one.Sync()
	}
}
