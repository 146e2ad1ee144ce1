package db

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What starts is what the page showed, by the person it showed it to, once.
func TestOnlyWhatWasSeenStarts(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	r := b.review(b.operator, forms(b.beta, b.gamma))
	other := b.review(b.operator, forms(b.alpha))
	refused := func(what string, want error, v Viewer, token, digest string) {
		t.Helper()
		if _, err := b.StartRun(ctx, v, token, digest, "", true, RunOptions{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	refused("no review", ErrNotFound, b.operator, "", r.Digest)
	refused("an invented review", ErrNotFound, b.operator, strings.Repeat("a", 32), r.Digest)
	refused("another person's review", ErrNotFound, b.owner, r.Token, r.Digest)
	refused("another review's digest", ErrConflict, b.operator, r.Token, other.Digest)
	refused("no digest", ErrConflict, b.operator, r.Token, "")
	refused("a person who only reads", ErrForbidden, Viewer{UserID: b.operator.UserID, Role: Reader, All: true}, r.Token, r.Digest)
	if _, n, err := b.Runs(ctx, b.owner, RunFilter{}); err != nil || n != 0 {
		t.Fatalf("%d runs were started: %v", n, err)
	}

	id, err := b.StartRun(ctx, b.operator, r.Token, r.Digest, "", false, RunOptions{StopAfter: 3})
	b.check(err)
	var started *StartedError
	if _, err := b.StartRun(ctx, b.operator, r.Token, r.Digest, "", false, RunOptions{}); !errors.As(err, &started) || started.Run != id {
		t.Errorf("a second start: %v, want that run %d has it", err, id)
	}
	var got []string
	for _, x := range b.tasks(id) {
		got = append(got, x.DashboardName+" "+x.SiteName+" "+x.Name+" "+x.From+" "+x.To+" "+string(x.State))
	}
	if diff := cmp.Diff([]string{"North Beta Forms 1.0 1.0.1 queued", "South Gamma Forms 1.0 1.0.1 queued"}, got); diff != "" {
		t.Error(diff)
	}

	b.clock = b.clock.Add(25 * time.Hour)
	refused("a review of yesterday", ErrNotFound, b.operator, other.Token, other.Digest)
}

func TestAChangedSetAsksAgain(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	added, err := b.BasketAdd(ctx, b.owner, []ItemRef{{b.beta, Plugin, formsSlug}, {b.gamma, Plugin, formsSlug}}, false)
	if err != nil || added != 2 {
		t.Fatalf("chose %d: %v", added, err)
	}
	token, err := b.ReviewBasket(ctx, b.owner)
	b.check(err)
	seen, err := b.Review(ctx, b.owner, token)
	b.check(err)
	b.site(b.north, 2, "Beta", "b.example", func(s *SiteWrite) { s.Updates[0].To = "1.1" })
	if _, err := b.StartRun(ctx, b.owner, token, seen.Digest, "", false, RunOptions{NewerPatch: true}); !errors.Is(err, ErrConflict) {
		t.Fatalf("another target since the page: %v", err)
	}
	now, err := b.Review(ctx, b.owner, token)
	b.check(err)
	if len(now.Tasks) != 1 || len(now.LeftOut) != 1 || now.LeftOut[0].Why != WhyChanged || now.LeftOut[0].Detail != "1.1" {
		t.Fatalf("left out %+v", now.LeftOut)
	}
	b.check(b.ReviewTake(ctx, b.owner, token, nil))
	now, err = b.Review(ctx, b.owner, token)
	b.check(err)
	if len(now.Tasks) != 2 || now.Tasks[0].To != "1.1" || now.Tasks[0].Step != Minor {
		t.Fatalf("after taking the new target: %+v", now.Tasks)
	}
	// The site that was updated meanwhile drops out, is told, and leaves the basket.
	b.site(b.south, 1, "Gamma", "c.example", func(s *SiteWrite) { s.Updates, s.Plugins[0].Version = nil, "1.0.1" })
	now, err = b.Review(ctx, b.owner, token)
	b.check(err)
	if len(now.LeftOut) != 1 || now.LeftOut[0].Because() != "The site has 1.0.1 already." {
		t.Fatalf("left out: %+v", now.LeftOut)
	}
	if _, err := b.StartRun(ctx, b.owner, token, now.Digest, "", false, RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if basket, err := b.Basket(ctx, b.owner); err != nil || basket.Updates != 0 {
		t.Errorf("still in the basket: %+v, %v", basket, err)
	}
}

func TestWhyLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *workbench)
		want   Why
	}{
		"read-only key":    {func(b *workbench) { b.exec("UPDATE dashboards SET key_scope = 'read'") }, WhyReadOnly},
		"own read-only":    {func(b *workbench) { b.exec("UPDATE dashboards SET read_only = 1") }, WhyReadOnly},
		"Dashboard down":   {func(b *workbench) { b.exec("UPDATE dashboards SET error_kind = 'transport'") }, WhyDashboardDown},
		"key refused":      {func(b *workbench) { b.exec("UPDATE dashboards SET error_kind = 'credentials'") }, WhyDashboardDown},
		"Dashboard paused": {func(b *workbench) { b.exec("UPDATE dashboards SET paused_at = 1") }, WhyPaused},
		"identity guard":   {func(b *workbench) { b.exec("UPDATE dashboards SET doubt_at = 1") }, WhyDoubt},
		"gone":             {func(b *workbench) { b.exec("UPDATE sites SET gone_at = 1") }, WhyGone},
		"suspended":        {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Suspended = true }) }, WhySuspended},
		"disconnected":     {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.SyncError = "no answer" }) }, WhyDisconnected},
		"ignored":          {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Updates[0].Offer = Ignored }) }, WhyIgnored},
		"vanished":         {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Updates = nil }) }, WhyNotOffered},
		"changed":          {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Updates[0].To = "2.0" }) }, WhyChanged},
		"newer PHP":        {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Updates[0].RequiresPHP = "8.2" }) }, WhyNeedsPHP},
		"newer WordPress":  {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Updates[0].RequiresWP = "6.9" }) }, WhyNeedsWP},
		"held": {func(b *workbench) {
			_, err := b.AddHold(b.t.Context(), b.owner, Hold{Kind: Plugin, Slug: formsSlug, Reason: "breaks checkout", Sites: []SiteName{{ID: b.beta}}})
			b.check(err)
		}, WhyHeld},
		"too fresh": {func(b *workbench) { b.check(b.SetUpdateDelay(b.t.Context(), b.owner, 3)) }, WhyFresh},
		"running":   {func(b *workbench) { b.start(b.operator, forms(b.beta), RunOptions{}) }, WhyRunning},
		"fine":      {func(*workbench) {}, ""},
		"held elsewhere": {func(b *workbench) {
			_, err := b.AddHold(b.t.Context(), b.owner, Hold{Kind: Plugin, Slug: formsSlug, Sites: []SiteName{{ID: b.gamma}}})
			b.check(err)
		}, ""},
		"old enough": {func(b *workbench) {
			b.check(b.SetUpdateDelay(b.t.Context(), b.owner, 3))
			b.clock = b.clock.AddDate(0, 0, 3)
		}, ""},
		"PHP is new enough": {func(b *workbench) { b.changeBeta(func(s *SiteWrite) { s.Updates[0].RequiresPHP = "8.1" }) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWorkbench(t)
			c.change(b)
			r := b.review(b.owner, forms(b.beta))
			all := slices.Concat(r.Tasks, r.LeftOut)
			if len(all) != 1 || all[0].Why != c.want || len(r.Tasks) != map[bool]int{true: 1}[c.want == ""] {
				t.Fatalf("%+v, want %q", all, c.want)
			}
			if (c.want == "") != (all[0].Because() == "") {
				t.Errorf("it says %q", all[0].Because())
			}
		})
	}
}

func (b *workbench) changeBeta(change func(*SiteWrite)) {
	b.site(b.north, 2, "Beta", "b.example", change)
}

// Whoever started it, on whichever Dashboard it stands: the address is busy.
func TestOverlapIsShownByAddress(t *testing.T) {
	b := newWorkbench(t)
	run := b.start(b.operator, forms(b.twin), RunOptions{})
	r := b.review(b.owner, forms(b.alpha, b.beta))
	if len(r.LeftOut) != 1 || r.LeftOut[0].Site != b.alpha || r.LeftOut[0].Why != WhyRunning || r.LeftOut[0].Detail != strconv.FormatInt(run, 10) {
		t.Fatalf("left out %+v", r.LeftOut)
	}
	b.check(b.CancelRun(t.Context(), b.owner, run))
	if r = b.review(b.owner, forms(b.alpha, b.beta)); len(r.Tasks) != 2 {
		t.Errorf("after the first run was cancelled: %+v", r.LeftOut)
	}
}

// Data older than the site's last sync is read again first, and left out when that fails.
func TestOldDataIsReadAgain(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	b.exec("UPDATE sites SET last_sync_at = last_sync_at + 60 WHERE id = ?", b.beta)
	r := b.review(b.owner, forms(b.beta, b.gamma))
	if diff := cmp.Diff([]int64{b.beta}, r.Reading); diff != "" {
		t.Fatal(diff)
	}
	if _, err := b.StartRun(ctx, b.owner, r.Token, r.Digest, "", false, RunOptions{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a start before it was read: %v", err)
	}
	b.check(b.Mirror().DetailsTried(ctx, b.beta))
	b.clock = b.clock.Add(time.Minute)
	failed, err := b.Review(ctx, b.owner, r.Token)
	b.check(err)
	if len(failed.Reading) != 0 || len(failed.LeftOut) != 1 || failed.LeftOut[0].Why != WhyUnread {
		t.Errorf("after a try that failed: reading %v, left out %+v", failed.Reading, failed.LeftOut)
	}
	b.exact(b.north, b.beta)
	if r, err = b.Review(ctx, b.owner, r.Token); err != nil || len(r.Tasks) != 2 {
		t.Errorf("after it was read: %+v, %v", r.LeftOut, err)
	}
}

func TestWhatHasToBeTyped(t *testing.T) {
	b := newWorkbench(t)
	ctx := t.Context()
	major := b.review(b.owner, []Choice{{Action: ActUpdate, Site: b.alpha, Kind: Theme, Slug: skySlug, To: "2.0"}, {Action: ActUpdate, Site: b.alpha, Kind: Core, Slug: "wordpress", To: "6.9"}, forms(b.alpha)[0]})
	if !major.ConfirmMajor || major.Majors != 1 || major.Cores != 1 || major.Confirm != "" {
		t.Errorf("major steps: %+v", major)
	}
	if kinds := []ItemKind{major.Tasks[0].Kind, major.Tasks[1].Kind, major.Tasks[2].Kind}; !slices.Equal(kinds, []ItemKind{Plugin, Theme, Core}) {
		t.Errorf("order %v: WordPress itself comes last", kinds)
	}
	if _, err := b.StartRun(ctx, b.owner, major.Token, major.Digest, "", false, RunOptions{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a start without knowing of major steps: %v", err)
	}
	remove := b.review(b.owner, []Choice{{Action: ActRemoveSite, Site: b.beta}})
	if remove.Confirm != "Beta" {
		t.Errorf("to remove a site, %q has to be typed", remove.Confirm)
	}
	if _, err := b.StartRun(ctx, b.owner, remove.Token, remove.Digest, "Alpha", false, RunOptions{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("the wrong name: %v", err)
	}
	deletes := b.review(b.owner, []Choice{{Action: ActDeletePlugin, Site: b.beta, Kind: Plugin, Slug: formsSlug}, {Action: ActDeletePlugin, Site: b.gamma, Kind: Plugin, Slug: formsSlug}})
	if deletes.Confirm != "2" || deletes.Deletes != 2 {
		t.Errorf("to delete two plugins, %q has to be typed", deletes.Confirm)
	}
	var many []int64
	for i := range int64(21) {
		n := strconv.FormatInt(i, 10)
		many = append(many, b.site(b.south, 100+i, "Site "+n, "net.example/"+n, nil))
	}
	if twins := b.review(b.owner, forms(b.alpha, b.twin)); twins.Networks != nil {
		t.Errorf("one site on two Dashboards is no network: %+v", twins.Networks)
	}
	wide := b.review(b.owner, forms(many...))
	if wide.Confirm != "21" {
		t.Errorf("for 21 sites, %q has to be typed", wide.Confirm)
	}
	if len(wide.Networks) != 1 || wide.Networks[0].Host != "net.example" || wide.Networks[0].Item != "Forms" || len(wide.Networks[0].Sites) != 21 {
		t.Errorf("sites of one host: %+v", wide.Networks)
	}
}

// An unknown theme slug white-pages a site; the child plugin is how MainWP reaches it.
func TestActionsThatMakeNoSense(t *testing.T) {
	b := newWorkbench(t)
	for want, list := range map[Why][]Choice{
		WhyNotInstalled: {{Action: ActActivateTheme, Kind: Theme, Slug: "unknown"}, {Action: ActDeletePlugin, Kind: Plugin, Slug: "unknown"}},
		WhyNoSense: {{Action: ActDeleteTheme, Kind: Theme, Slug: skySlug}, {Action: ActActivateTheme, Kind: Theme, Slug: skySlug}, {Action: ActDeactivatePlugin, Kind: Plugin, Slug: "mainwp-child/mainwp-child.php"},
			{Action: ActUnsuspend}},
		"": {{Action: ActActivateTheme, Kind: Theme, Slug: "base"}, {Action: ActDeactivatePlugin, Kind: Plugin, Slug: formsSlug}, {Action: ActSuspend}, {Action: ActSync}},
	} {
		for _, c := range list {
			c.Site = b.alpha
			r := b.review(b.owner, []Choice{c})
			if got := slices.Concat(r.Tasks, r.LeftOut); len(got) != 1 || got[0].Why != want {
				t.Errorf("%s %s: %+v, want %q", c.Action, c.Slug, got, want)
			}
		}
	}
}

func TestDigestCoversEverything(t *testing.T) {
	base := func() []Planned {
		return []Planned{{Choice: Choice{Action: ActUpdate, Site: 1, Kind: Plugin, Slug: "a", From: "1", To: "2"}}, {Choice: Choice{Action: ActUpdate, Site: 2, Kind: Plugin, Slug: "a", From: "1", To: "2"}}}
	}
	seen := map[string]string{digest(base()): "the set itself"}
	for name, change := range map[string]func(p []Planned) []Planned{
		"action": func(p []Planned) []Planned { p[0].Action = ActSuspend; return p },
		"site":   func(p []Planned) []Planned { p[0].Site = 9; return p },
		"kind":   func(p []Planned) []Planned { p[0].Kind = Theme; return p },
		"slug":   func(p []Planned) []Planned { p[0].Slug = "b"; return p },
		"from":   func(p []Planned) []Planned { p[0].From = "0"; return p },
		"to":     func(p []Planned) []Planned { p[0].To = "3"; return p },
		"params": func(p []Planned) []Planned { p[0].Params.Name = "x"; return p },
		"order":  func(p []Planned) []Planned { return []Planned{p[1], p[0]} },
		"less":   func(p []Planned) []Planned { return p[:1] },
		"more":   func(p []Planned) []Planned { return append(p, p[0]) },
	} {
		d := digest(change(base()))
		if had, twice := seen[d]; twice {
			t.Errorf("another %s has the digest of %s", name, had)
		}
		seen[d] = name
	}
}
