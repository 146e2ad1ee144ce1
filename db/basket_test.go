package db

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A basket holds different items per site, over Dashboards, for its person alone, and only what can be updated.
func TestBasket(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.site(b.south, 1, "Gamma", "c.example", func(s *SiteWrite) { s.Updates[0].RequiresPHP = "8.2" })
	items := []ItemRef{{b.alpha, Plugin, formsSlug}, {b.alpha, Theme, skySlug}, {b.beta, Plugin, formsSlug}, {b.gamma, Plugin, formsSlug}, {b.beta, Theme, skySlug}}
	if n, err := b.BasketAdd(ctx, b.owner, items, false); err != nil || n != 3 {
		t.Fatalf("chose %d: %v", n, err)
	}
	if n, err := b.BasketAdd(ctx, b.owner, items, false); err != nil || n != 0 {
		t.Errorf("chose %d again: %v", n, err)
	}
	if n, err := b.BasketAdd(ctx, b.owner, items[3:4], true); err != nil || n != 1 {
		t.Errorf("chose %d anyway: %v", n, err)
	}
	got, err := b.Basket(ctx, b.owner)
	b.check(err)
	want := Basket{Updates: 4, Sites: 3, Dashboards: 2, Majors: 1, Lines: []BasketLine{
		{Kind: Plugin, Slug: formsSlug, Name: "Forms", ToMin: "1.0.1", ToMax: "1.0.1", Sites: 3}, {Kind: Theme, Slug: skySlug, Name: "Sky", ToMin: "2.0", ToMax: "2.0", Sites: 1, Majors: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if other, err := b.Basket(ctx, b.operator); err != nil || other.Updates != 0 {
		t.Errorf("another person's basket: %+v, %v", other, err)
	}
	b.changeBeta(func(s *SiteWrite) { s.Suspended = true })
	if got, err = b.Basket(ctx, b.owner); err != nil || got.Unrunnable != 1 {
		t.Errorf("after Beta was suspended: %+v, %v", got, err)
	}
	b.start(b.operator, forms(b.twin), RunOptions{})
	if got, err = b.Basket(ctx, b.owner); err != nil || got.Unrunnable != 2 {
		t.Errorf("while somebody else updates Forms at the address of Alpha: %+v, %v", got, err)
	}
	b.check(b.BasketRemoveItem(ctx, b.owner, Plugin, formsSlug))
	if got, err = b.Basket(ctx, b.owner); err != nil || got.Updates != 1 {
		t.Errorf("without Forms: %+v, %v", got, err)
	}
	b.check(b.BasketClear(ctx, b.owner))
	if _, err := b.ReviewBasket(ctx, b.owner); !errors.Is(err, ErrInvalid) {
		t.Errorf("a review of nothing: %v", err)
	}
	if _, err := b.BasketAdd(ctx, Viewer{UserID: b.owner.UserID, Role: Reader, All: true}, items, false); !errors.Is(err, ErrForbidden) {
		t.Errorf("a reader chose: %v", err)
	}
}

// The checkbox of a group is full when all that can be chosen is.
func TestGroupsKnowWhatIsChosen(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.site(b.south, 2, "Twin", "a.example", func(s *SiteWrite) { s.Suspended = true })
	b.site(b.south, 3, "Old", "old.example", func(s *SiteWrite) { s.PHPVersion, s.Updates[0].RequiresPHP = "7.4", "8.0" })
	marks := func(group, key string) [2]int {
		t.Helper()
		list, _, err := b.UpdateGroups(ctx, b.owner, UpdateFilter{Group: group, Kind: Plugin})
		b.check(err)
		for _, g := range list {
			if g.Key == key {
				return [2]int{g.Chosen, g.Choosable}
			}
		}
		t.Fatalf("no group %s", key)
		return [2]int{}
	}
	item := string(Plugin) + ":" + formsSlug
	if got := marks("item", item); got != [2]int{0, 3} { // Twin is suspended, and the PHP of Old is too old
		t.Errorf("nothing chosen: %v", got)
	}
	if n, err := b.BasketAddGroup(ctx, b.owner, UpdateFilter{Group: "dashboard", Kind: Plugin}, "1"); err != nil || n != 2 {
		t.Errorf("chose %d of North: %v", n, err)
	}
	for _, c := range []struct {
		group, key string
		want       [2]int
	}{{"item", item, [2]int{2, 3}}, {"dashboard", "1", [2]int{2, 2}}, {"dashboard", "2", [2]int{0, 1}}, {"site", "1", [2]int{1, 1}}, {"client", "1.0", [2]int{2, 2}}} {
		if got := marks(c.group, c.key); got != c.want {
			t.Errorf("%s %s: chosen and choosable %v, want %v", c.group, c.key, got, c.want)
		}
	}
	_, err := b.AddHold(ctx, b.owner, Hold{Kind: Plugin, Slug: formsSlug, Reason: "no", Sites: []SiteName{{ID: b.gamma}}})
	b.check(err)
	if n, err := b.BasketAddGroup(ctx, b.owner, UpdateFilter{}, item); err != nil || n != 0 {
		t.Errorf("chose %d more: Gamma is held, Twin suspended: %v", n, err)
	}
	updates, _, err := b.UpdatesOf(ctx, b.owner, UpdateFilter{}, item, Paging{})
	b.check(err)
	got := map[string][2]any{}
	for _, u := range updates {
		got[u.SiteName] = [2]any{u.Chosen, u.HeldBy}
	}
	want := map[string][2]any{"Alpha": {true, ""}, "Beta": {true, ""}, "Gamma": {false, "It is on the hold list: no"}, "Old": {false, ""}, "Twin": {false, ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b.check(b.BasketRemoveGroup(ctx, b.owner, UpdateFilter{Group: "site"}, "1"))
	if got := marks("item", item); got != [2]int{1, 2} {
		t.Errorf("after Alpha was taken out: %v", got)
	}
}

// What of a group cannot be updated comes into the review with its reason, and leaves the basket with the run.
func TestGroupsDropNothingSilently(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.changeBeta(func(s *SiteWrite) { s.Suspended = true })
	b.site(b.south, 1, "Gamma", "c.example", func(s *SiteWrite) { s.Updates[0].RequiresPHP = "8.9" })
	f, key := UpdateFilter{Group: "item", Kind: Plugin}, string(Plugin)+":"+formsSlug
	_, err := b.AddHold(ctx, b.owner, Hold{Kind: Plugin, Slug: formsSlug, Sites: []SiteName{{ID: b.twin}}})
	b.check(err)
	if n, err := b.BasketAddGroup(ctx, b.owner, f, key); err != nil || n != 1 {
		t.Fatalf("chose %d: %v", n, err)
	}
	list, _, err := b.UpdateGroups(ctx, b.owner, f)
	b.check(err)
	if g := list[0]; g.Chosen != 1 || g.Left != 3 || g.Offered != 4 || g.Choosable != 1 || !g.Exact {
		t.Errorf("the group: %+v", g)
	}
	if got, err := b.Basket(ctx, b.owner); err != nil || got.Updates != 1 || got.Unrunnable != 3 {
		t.Errorf("the basket: %+v, %v", got, err)
	}
	token, err := b.ReviewBasket(ctx, b.owner)
	b.check(err)
	r, err := b.DB.Review(ctx, b.owner, token)
	b.check(err)
	got := map[string]Why{}
	for _, x := range r.LeftOut {
		got[x.SiteName] = x.Why
	}
	if diff := cmp.Diff(map[string]Why{"Beta": WhySuspended, "Gamma": WhyNeedsPHP, "Twin": WhyHeld}, got); diff != "" || len(r.Tasks) != 1 {
		t.Errorf("%d would run; left out: %s", len(r.Tasks), diff)
	}
	run, err := b.StartRun(ctx, b.owner, token, r.Digest, "", true, RunOptions{})
	b.check(err)
	if title := b.run(run).Title; title != "Forms on one site" {
		t.Errorf("the run of one update is called %q", title)
	}
	if got, err := b.Basket(ctx, b.owner); err != nil || got.Updates+got.Unrunnable != 0 {
		t.Errorf("after the start: %+v, %v", got, err)
	}
	b.check(b.BasketClear(ctx, b.owner))
	b.site(b.north, 1, "Alpha", "a.example", func(s *SiteWrite) { s.Suspended = true })
	if n, err := b.BasketAddGroup(ctx, b.owner, f, key); err != nil || n != 0 {
		t.Errorf("chose %d of what cannot be updated at all: %v", n, err)
	}
	if got, err := b.Basket(ctx, b.owner); err != nil || got.Unrunnable != 0 {
		t.Errorf("a basket of nothing: %+v, %v", got, err)
	}
}

// Actions without a review tell of every site, also of those that cannot take them.
func TestStartActionsIsNeverSilent(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.changeBeta(func(s *SiteWrite) { s.Suspended = true })
	id, err := b.StartActions(ctx, b.operator, "Sync 2 sites", []Choice{{Action: ActSync, Site: b.alpha}, {Action: ActSync, Site: b.beta}})
	b.check(err)
	if x := b.tasks(id); len(x) != 2 || x[0].State != TaskQueued || x[1].State != TaskSkipped || x[1].Reason != "The site is suspended." {
		t.Errorf("%+v", x)
	}
	if _, err := b.StartActions(ctx, b.operator, "Suspend", []Choice{{Action: ActSuspend, Site: b.alpha}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("suspending without a review: %v", err)
	}
	limited := Viewer{UserID: b.operator.UserID, Role: Operator, Dashboards: []int64{b.north}}
	if _, err := b.StartActions(ctx, limited, "Sync", []Choice{{Action: ActSync, Site: b.gamma}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a foreign site: %v", err)
	}
	if _, err := b.StartActions(ctx, limited, "Tag", []Choice{{Action: ActAddTag, Dashboard: b.south, Params: Params{Name: "x"}}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a tag on a foreign Dashboard: %v", err)
	}
}

// Retrying takes what failed, and what is unknown still, at the target of today.
func TestRetry(t *testing.T) {
	b := newWorkbench(t)
	ctx, q := t.Context(), b.Queue()
	run := b.start(b.owner, forms(b.alpha, b.beta, b.gamma), RunOptions{})
	for i, r := range []Result{{State: TaskVerified, Outcome: OutVerified}, {State: TaskFailed, Outcome: OutFailed, Reason: "Download failed."}, {State: TaskUnknown, Outcome: OutUnknown}} {
		id := b.tasks(run)[i].ID
		b.check(q.Sending(ctx, id, 0))
		b.check(q.Finish(ctx, id, r))
	}
	b.check(q.Settle(ctx, run))
	if got := b.run(run); got.State != RunDone || got.Counts != (TaskCounts{Verified: 1, Failed: 1, Unknown: 1}) {
		t.Fatalf("%+v", got)
	}
	if got := b.run(run).Retry; got != (Retries{Failed: 1, Unknown: 1}) {
		t.Errorf("to retry: %+v", got)
	}
	for i := range 3 {
		b.check(q.Call(ctx, Call{RunID: run, DashboardID: b.north, At: b.clock, Method: "GET", Path: "/sites", Status: 200 + i}))
	}
	log, err := b.CallLog(ctx, b.owner, run, 0)
	if err != nil || len(log) != 3 || log[0].Status != 200 || log[2].Status != 202 {
		t.Fatalf("the log: %+v, %v", log, err)
	}
	if rest, err := b.CallLog(ctx, b.owner, run, log[1].ID); err != nil || len(rest) != 1 || rest[0].Status != 202 {
		t.Errorf("the log after its second line: %+v, %v", rest, err)
	}
	b.changeBeta(func(s *SiteWrite) { s.Updates[0].To = "1.2" })
	token, n, err := b.ReviewRetry(ctx, b.operator, run)
	if err != nil || n != 2 {
		t.Fatalf("%d again: %v", n, err)
	}
	r, err := b.Review(ctx, b.operator, token)
	if err != nil || len(r.Tasks) != 2 || r.Tasks[0].To != "1.2" || r.RetryOf != run {
		t.Errorf("%+v, %v", r, err)
	}
}
