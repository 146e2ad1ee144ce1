package views

import (
	"strings"
	"testing"
	"time"

	"muster/db"
)

func planned(site int64, name, item, from, to string) db.Planned {
	return db.Planned{
		Choice:   db.Choice{Action: db.ActUpdate, Site: site, Dashboard: 1, Kind: db.Plugin, Slug: strings.ToLower(item) + "/x.php", Name: item, From: from, To: to},
		SiteName: name, SiteURL: "https://" + strings.ToLower(name) + ".example", DashboardName: "Northlight", Step: db.StepOf(from, to),
	}
}

func TestReviewTellsWhatIsLeftOutAndWhy(t *testing.T) {
	s := testShell(t)
	down, down2, old, held, changed := planned(2, "Beta", "Forms", "1.0", "1.1"), planned(3, "Gamma", "Forms", "1.0", "1.1"), planned(4, "Delta", "Shop", "1.0", "2.0"), planned(5, "Epsilon", "Mail", "1.0", "1.1"), planned(6, "Zeta", "Forms", "1.0", "1.1")
	down.Why, down.DashboardName, down2.Why, down2.DashboardName = db.WhyDashboardDown, "Harbour", db.WhyDashboardDown, "Brightfold"
	old.Why, old.Detail, held.Why, held.Detail, changed.Why, changed.Detail = db.WhyNeedsPHP, "8.9", db.WhyHeld, "breaks the shop", db.WhyChanged, "1.2"
	p := Review{Review: db.Review{
		Token: "abc", Digest: "d", Tasks: []db.Planned{planned(1, "Alpha", "Forms", "1.0", "1.1")}, LeftOut: []db.Planned{down, down2, old, held, changed},
		Sites: 1, Dashboards: 1, Networks: []db.Network{{Host: "net.example", Item: "Forms", Sites: []string{"Alpha", "Beta"}}}, Expected: 3 * time.Minute, ExpectedMost: 5 * time.Minute, Schedulable: true,
	}}
	doc := render(t, ReviewPage(s, p))
	doc.one(t, "#review").says(t, "Harbour does not answer", "Brightfold does not answer", "Needs a newer PHP", "Shop: Delta (needs PHP 8.9)", "Held back", "breaks the shop",
		"4 of what you chose cannot run now", "Changed since you chose", "Zeta, you chose 1.1", "Take 1.2", "2 sites on net.example may be one network", "3 min – 5 min")
	for _, b := range doc.all("button") {
		if b.attr("name") == "anyway" && b.attr("value") != string(db.WhyNeedsPHP) {
			t.Errorf("%q may be overruled", b.attr("value"))
		}
	}
	doc.one(t, "#go").says(t, "Run 1 update", "Schedule 1 update")
}

// A retry of what needs no review of its own speaks of it in words.
func TestRetriesOfFormsHaveWords(t *testing.T) {
	for action, want := range map[db.Action]string{db.ActEditSite: "Edit the site", db.ActAddTag: "Add the tag Gold", db.ActSync: "Sync the site"} {
		c := planned(1, "Alpha", "", "", "")
		c.Action, c.Slug, c.Kind, c.Params.Name = action, "", "", "Gold"
		render(t, ReviewPage(testShell(t), Review{Review: db.Review{Token: "abc", Tasks: []db.Planned{c}, Sites: 1}})).one(t, "table.review").says(t, want)
	}
}

func TestReviewWaitsForReads(t *testing.T) {
	p := Review{Review: db.Review{Token: "abc", Tasks: []db.Planned{planned(1, "Alpha", "Forms", "1.0", "1.1")}, Reading: []int64{1}, Sites: 1}}
	doc := render(t, ReviewPart(testShell(t), p))
	if got := doc.one(t, "#review").attr("hx-get"); got != "/runs/review/abc" {
		t.Errorf("the part asks %q again", got)
	}
	for _, b := range doc.one(t, "#go").all("button") {
		if !b.has("disabled") {
			t.Error("the run can be started before its data is read")
		}
	}
	p.Review.Reading = nil
	if doc := render(t, ReviewPart(testShell(t), p)); doc.one(t, "#review").has("hx-get") || doc.one(t, "#go").all("button")[0].has("disabled") {
		t.Error("it goes on waiting")
	}
}

func TestUpdateRowsSayWhyTheyCannotBeChosen(t *testing.T) {
	s := testShell(t)
	base := db.Update{SiteID: 1, Kind: db.Plugin, Slug: "akismet/akismet.php", Name: "Akismet", From: "5.4", To: "5.6", Offer: db.Offered, SiteName: "Alder", DashboardID: 1, SiteState: db.StateOK, SitePHP: "7.4.33", SiteWP: "6.9"}
	fine, old, held, lost, suspended, ignored := base, base, base, base, base, base
	old.RequiresPHP = "8.1"
	held.HeldBy = "It is on the hold list: it breaks the shop"
	lost.DashboardID, suspended.SiteState, ignored.Offer = 3, db.StateSuspended, db.Ignored
	for _, c := range []struct {
		name     string
		u        db.Update
		disabled bool
		box      string
		want     string
	}{
		{"fine", fine, false, "item", "5.6"},
		{"old", old, false, "anyway", "Needs PHP 8.1, the site has 7.4"},
		{"held", held, true, "item", "It is on the hold list: it breaks the shop."},
		{"lost", lost, true, "item", "Not reachable"},
		{"suspended", suspended, true, "item", "Suspended"},
		{"ignored", ignored, true, "item", "Ignored here"},
	} {
		doc := render(t, UpdateRows(s, GroupRows{Key: "plugin:akismet/akismet.php", Rows: []db.Update{c.u}, Total: 1, Page: 2, Choose: true}))
		doc.says(t, c.want)
		box := doc.one(t, "button.tick")
		if box.has("disabled") != c.disabled || box.attr("name") != c.box {
			t.Errorf("%s: disabled %v, name %q; want %v, %q", c.name, box.has("disabled"), box.attr("name"), c.disabled, c.box)
		}
		c.u.Chosen = true
		doc = render(t, UpdateRows(s, GroupRows{Rows: []db.Update{c.u}, Total: 1, Page: 2, Choose: true}))
		if box := doc.one(t, "button.tick"); box.has("disabled") || box.attr("aria-checked") != "true" {
			t.Errorf("%s: what is chosen cannot be taken out", c.name)
		}
	}
}

func TestGroupBoxesHaveThreeStates(t *testing.T) {
	for _, c := range []struct {
		chosen, choosable int
		checked, name     string
		disabled          bool
	}{{0, 3, "false", "add-group", false}, {1, 3, "mixed", "add-group", false}, {3, 3, "true", "remove-group", false}, {4, 3, "true", "remove-group", false}, {0, 0, "false", "add-group", true}} {
		g := db.UpdateGroup{Key: "plugin:a/a.php", Kind: db.Plugin, Slug: "a/a.php", Name: "A", Sites: 3, Chosen: c.chosen, Choosable: c.choosable}
		box := render(t, groupTick("item", g, false)).one(t, "button.tick")
		if box.attr("aria-checked") != c.checked || box.attr("name") != c.name || box.has("disabled") != c.disabled {
			t.Errorf("%d of %d: %q, %q, disabled %v", c.chosen, c.choosable, box.attr("aria-checked"), box.attr("name"), box.has("disabled"))
		}
	}
}
