package syncer_test

import (
	"slices"
	"testing"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
)

// Two reads at once, one call for each item, one sync and one read: nothing else, on the good path.
func TestUpdatesOfASiteAreVerified(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choices := w.plugins(fake, dash, 3, 3)
		before := fake.RequestCount()
		run := w.start(db.RunOptions{SkipRest: true}, choices...)
		w.finished(run, time.Minute)
		for _, task := range w.tasks(run) {
			w.want(task, db.TaskVerified, db.OutVerified)
			if task.Found != task.To || task.Sends != 1 {
				t.Errorf("%s: found %s after %d sends, want %s after one", task.Name, task.Found, task.Sends, task.To)
			}
		}
		var calls []string
		for _, r := range fake.Requests()[before:] {
			calls = append(calls, r.Method+" "+r.Path)
		}
		const v2 = "/wp-json/mainwp/v2"
		slices.Sort(calls[:min(2, len(calls))]) // the two at once
		want := []string{"GET " + v2 + "/sites", "GET " + v2 + "/updates/3", "POST " + v2 + "/updates/3/update/plugins", "POST " + v2 + "/updates/3/update/plugins", "POST " + v2 + "/updates/3/update/plugins",
			"POST " + v2 + "/sites/3/sync", "GET " + v2 + "/sites"}
		if !slices.Equal(calls, want) {
			t.Errorf("the Dashboard saw %v", calls)
		}
		if r := w.run(run); r.Counts.Verified != 3 || r.State != db.RunDone {
			t.Errorf("the run: %+v", r)
		}
		list, _, err := w.db.Events(t.Context(), w.me, db.EventFilter{Site: choices[0].Site})
		i := slices.IndexFunc(list, func(e db.Event) bool { return e.Slug == choices[0].Slug && e.Kind == db.EventUpdated })
		if err != nil || i < 0 || list[i].RunID != run || list[i].UserName != "Sam" || list[i].To != choices[0].To {
			t.Errorf("history: %+v, %v", list, err)
		}
		n, _, err := w.db.Calls(t.Context(), w.me, run, db.CallFilter{})
		if err != nil || len(n) != len(want) {
			t.Errorf("%d calls are kept, want %d: %v", len(n), len(want), err)
		}
	})
}
