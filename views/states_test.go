package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"muster/db"
)

func TestSitesOfAnUnreachableDashboardAreAsOfItsLastRead(t *testing.T) {
	lost, fine, down := testSite(1, "Dunmore Cycles"), testSite(2, "Alder & Finch"), testSite(3, "Kestrel Coffee")
	lost.DashboardID, lost.DashState, lost.State = 3, db.DashUnreachable, db.StateDown
	down.State = db.StateDown
	doc := render(t, SitesPage(testShell(t), Sites{Rows: []db.SiteRow{lost, fine, down}, Total: 3}))
	row := doc.row(t, "Dunmore Cycles")
	row.says(t, "As of 12:29")
	row.saysNot(t, "Down", "OK")
	doc.row(t, "Alder & Finch").says(t, "OK")
	doc.row(t, "Kestrel Coffee").says(t, "Down")
}

func TestWhatIsNotKnownIsADash(t *testing.T) {
	r := testSite(1, "Elm Street Vets")
	r.State, r.UpdatesKnown, r.Uptime, r.HealthScore, r.WPVersion, r.PHPVersion, r.GoodSyncAt = db.StateUnknown, false, nil, nil, "", "", time.Time{}
	r.Updates = db.UpdateCounts{}
	doc := render(t, SitesPage(testShell(t), Sites{Rows: []db.SiteRow{r, testSite(2, "Other")}, Total: 2}))
	row := doc.row(t, "Elm Street Vets")
	row.says(t, "Unknown", "not known yet")
	for i, cell := range row.all("td") {
		if text := cell.text(); strings.ContainsAny(text, "0123456789%") && !strings.Contains(text, "Elm") {
			t.Errorf("cell %d claims %q", i, text)
		}
	}
}

func TestZeroIsNotUnknown(t *testing.T) {
	r := testSite(1, "Up to date")
	r.Updates = db.UpdateCounts{}
	row := render(t, SitesPage(testShell(t), Sites{Rows: []db.SiteRow{r}, Total: 1})).row(t, "Up to date")
	if zeros := row.all("span.z"); len(zeros) != 4 || zeros[0].text() != "0" {
		t.Errorf("%d zeros in %q, want one for each kind", len(zeros), row.text())
	}
}

func TestTheHeadlineOfUpdatesFollowsTheFilters(t *testing.T) {
	all := db.UpdateCounts{Core: 4, Plugins: 1200, Ignored: 9}
	for want, p := range map[string]Updates{
		"1,204 updates pending on 87 sites": {Kinds: all},
		"4 of 1,204 updates pending":        {Kinds: all, Filter: db.UpdateFilter{Kind: db.Core}},
		"37 of 1,204 updates pending":       {Kinds: db.UpdateCounts{Plugins: 37}, Filter: db.UpdateFilter{Dashboard: 3}},
		"9 updates ignored":                 {Kinds: db.UpdateCounts{Plugins: 9, Ignored: 9}, Filter: db.UpdateFilter{Offer: "ignored"}},
		"2 updates offered or ignored":      {Kinds: db.UpdateCounts{Plugins: 2, Ignored: 1}, Filter: db.UpdateFilter{Offer: "all", Tag: "care"}},
	} {
		p.Totals = db.Totals{SitesWithUpdates: 87, Updates: all}
		render(t, UpdatesPage(testShell(t), p)).one(t, "#update-head").says(t, want)
		render(t, UpdatesPart(testShell(t), p)).one(t, "#update-head").says(t, want) // as filters are set
	}
}

func TestTheReasonStandsBelowTheDashboard(t *testing.T) {
	s := testShell(t)
	doc := render(t, DashboardsPage(s, Dashboards{Rows: s.Nav.Dashboards}))
	box := doc.one(t, "tr.sub-row")
	box.says(t, "web page in place of data", "since 12:31", "You see the data from 12:29 for its 132 sites", "Next try in 4 min", "522 <b>timed out</b>")
	if form := box.one(t, "form"); form.attr("action") != "/dashboards/3/refresh" || form.attr("method") != "post" {
		t.Errorf("Try now sends %q to %q", form.attr("method"), form.attr("action"))
	}
	if !slices.Contains(box.links(), "/dashboards/3#h-check") {
		t.Errorf("no way to the diagnosis in %v", box.links())
	}
	s.CanManage, s.CanRefresh = false, false
	box = render(t, DashboardsPage(s, Dashboards{Rows: s.Nav.Dashboards})).one(t, "tr.sub-row")
	if len(box.all("form")) > 0 || len(box.links()) > 0 {
		t.Error("someone who may not act is offered to")
	}
}

func TestEveryTroubleHasItsReasonAndNextStep(t *testing.T) {
	for _, c := range []struct {
		state db.DashboardState
		kind  string
		want  []string
	}{
		{db.DashUnreachable, "transport", []string{"The server refuses the connection, since 12:31.", "Next try in 4 min"}},
		{db.DashKey, "stripped", []string{"takes the API key’s header away", "Try now", "Diagnose"}},
		{db.DashTrouble, "blocked", []string{"web page in place of data", "Next try in 4 min"}},
		{db.DashTrouble, "shape", []string{"a form that this version of Muster does not know", "Try now"}},
		{db.DashTrouble, "no_route", []string{"REST API is not there"}},
		{db.DashTrouble, "redirect", []string{"leads elsewhere"}},
		{db.DashTrouble, "too_large", []string{"larger than 64 MB"}},
		{db.DashTrouble, "from a newer version", []string{"did not succeed"}},
		{db.DashKey, "credentials", []string{"refuses the API key", "stopped reading", "Replace the key…"}},
		{db.DashDoubt, "", []string{"another Dashboard than before", "71 of 132 sites are others", "Decide…"}},
		{db.DashPaused, "", []string{"Paused since 11:32", "Resume"}},
	} {
		s := testShell(t)
		d := s.Nav.Dashboards[2]
		d.State, d.ErrorKind, d.Error, d.Doubt, d.PausedAt = c.state, c.kind, "the server refuses the connection", "71 of 132 sites are others", now.Add(-3*time.Hour)
		render(t, DashboardsPage(s, Dashboards{Rows: []db.Dashboard{d}})).one(t, "tr.sub-row").says(t, c.want...)
	}
}

func TestTheFirstPassShowsItsProgressAndAsksAgain(t *testing.T) {
	s := testShell(t)
	d := &s.Nav.Dashboards[1]
	d.State, d.PassDone, d.PassTotal = db.DashReading, 182, 500
	doc := render(t, OverviewPage(s, Overview{Totals: db.Totals{Sites: 182}}))
	line := doc.one(t, "#progress")
	line.says(t, "182 of 500 sites read")
	if line.attr("aria-live") != "polite" {
		t.Error("a screen reader is not told")
	}
	if got := doc.one(t, "#overview").attr("hx-trigger"); got != "every 2s" {
		t.Errorf("the page asks again %q", got)
	}
	begins := s
	begins.Nav.Dashboards = []db.Dashboard{{ID: 1, State: db.DashWaiting}}
	for id, page := range map[string]templ.Component{"#overview": OverviewPage(begins, Overview{}), "#sites": SitesPage(begins, Sites{})} {
		if got := render(t, page).one(t, id).attr("hx-trigger"); got != "every 1s" {
			t.Errorf("before the first rows %s asks again %q", id, got)
		}
	}
	if got := render(t, SitesPage(s, Sites{Filter: db.SiteFilter{Status: db.StatusDown}})).one(t, "#sites").attr("hx-get"); got != "/sites?status=down" {
		t.Errorf("the list asks %q for its next rows", got)
	}
	d.State = db.DashOK
	doc = render(t, OverviewPart(s, Overview{Totals: db.Totals{Sites: 500}}))
	if text := doc.one(t, "#progress").text(); text != "" {
		t.Errorf("after the pass it still says %q", text)
	}
	if got := doc.one(t, "#overview").attr("hx-trigger"); got == "every 2s" {
		t.Error("after the pass the page still asks every 2 s")
	}
	if list := render(t, SitesPage(s, Sites{})).one(t, "#sites"); list.has("hx-get") {
		t.Error("after the pass the list still asks again")
	}
}

func TestBeforeTheFirstDashboard(t *testing.T) {
	s := testShell(t)
	s.Nav = db.Nav{}
	doc := render(t, OverviewPage(s, Overview{}))
	doc.says(t, "Connect your first MainWP Dashboard")
	if !slices.Contains(doc.one(t, "main").links(), "/dashboards/connect") {
		t.Error("no way to connect one")
	}
	s.CanManage = false
	doc = render(t, OverviewPage(s, Overview{}))
	doc.says(t, "An owner connects Dashboards")
	if slices.Contains(doc.links(), "/dashboards/connect") {
		t.Error("someone who may not connect a Dashboard is sent there")
	}
}

func TestNoMatchNamesSearchAndFilters(t *testing.T) {
	doc := render(t, SitesPage(testShell(t), Sites{Filter: db.SiteFilter{Query: "kestrl", Status: db.StatusDown, Dashboard: 1}, Counts: map[string]int{"": 612}}))
	empty := doc.one(t, "div.empty")
	empty.says(t, "No site matches “kestrl”", "in 612 sites", "2 filters are on")
	if got := empty.links(); !slices.Equal(got, []string{"/sites"}) {
		t.Errorf("the way out is %v", got)
	}
}

func TestUpToDateIsSaidOfWhatIsKnownOnly(t *testing.T) {
	doc := render(t, UpdatesPage(testShell(t), Updates{Totals: db.Totals{Sites: 612, Unknown: 4, Updates: db.UpdateCounts{Ignored: 31}}}))
	doc.one(t, "div.empty").says(t, "None of 612 sites", "4 sites were never synced", "31 updates are ignored")
}

func TestUpdatesTellWhoIgnoresThem(t *testing.T) {
	p := Site{Site: db.Site{SiteRow: testSite(1, "Alder & Finch")}, Updates: []db.Update{
		{Kind: db.Plugin, Name: "Offered one", From: "1.0", To: "2.0", Offer: db.Offered, Active: true, URL: "https://wordpress.org/plugins/x/"},
		{Kind: db.Plugin, Name: "Ignored one", From: "1.0", To: "1.1", Offer: db.Ignored, Active: true},
		{Kind: db.Plugin, Name: "Elsewhere one", From: "1.0", To: "1.1", Offer: db.IgnoredElsewhere, Active: true},
		{Kind: db.Plugin, Name: "WooCommerce", From: "10.2.2", To: "10.3.1", Offer: db.Offered, Rollback: "10.3.0", Active: true},
		{Kind: db.Plugin, Name: "Needs more", From: "1.0", To: "1.1", Offer: db.Offered, RequiresPHP: "8.5", SitePHP: "8.4.14"},
	}}
	doc := render(t, SitePage(testShell(t), p))
	tables := doc.all("table")
	if len(tables) != 2 {
		t.Fatalf("%d tables, want one of offered and one of ignored updates", len(tables))
	}
	tables[0].row(t, "Offered one").says(t, "Major", "Changelog")
	tables[0].row(t, "Needs more").says(t, "Needs PHP 8.5, the site has 8.4", "not active")
	tables[0].row(t, "Needs more").saysNot(t, "Changelog")
	tables[1].row(t, "Ignored one").says(t, "Ignored here")
	tables[1].row(t, "Elsewhere one").says(t, "Ignored elsewhere")
	doc.says(t, "WooCommerce 10.3.0 was rolled back.", "it runs 10.2.2")
}

func TestASiteLinksToItsPageInMainWP(t *testing.T) {
	p := Site{Site: db.Site{SiteRow: testSite(2, "Alder & Finch"), DashboardURL: "https://dash.northlight.example/sub/"}}
	want := "https://dash.northlight.example/sub/wp-admin/admin.php?page=managesites&dashboard=12"
	if links := render(t, SitePage(testShell(t), p)).links(); !slices.Contains(links, want) {
		t.Errorf("no link to %s in %v", want, links)
	}
}

func TestTwins(t *testing.T) {
	other, back := testSite(8, "Same address"), testSite(9, "Gone before")
	other.DashboardID, other.DashboardName = 2, "Brightfold Agency"
	p := Site{Site: db.Site{SiteRow: testSite(2, "Alder & Finch")}, Twins: []db.SiteRow{other, back}}
	doc := render(t, SitePage(testShell(t), p))
	doc.says(t, "The same address is also on Brightfold Agency", "This address was on the Dashboard before")
	var joins []node
	for _, form := range doc.all("form") {
		if strings.HasSuffix(form.attr("action"), "/rejoin") {
			joins = append(joins, form)
		}
	}
	if len(joins) != 1 || joins[0].attr("action") != "/sites/2/rejoin" || joins[0].one(t, "input").attr("value") != "9" {
		t.Errorf("joining is offered %d times, or for the wrong sites", len(joins))
	}
}

func TestUptimeBarsTellTheirStory(t *testing.T) {
	r := testSite(1, "Alder & Finch")
	hours := day(60, 0)
	hours[20].Up, hours[20].Down = 20, 40
	for i := range 3 {
		hours[i].Up = 0
	}
	r.Uptime = &db.Uptime{Hours: hours, Up: 20*60 + 20, Down: 40, Known: true}
	row := render(t, SitesPage(testShell(t), Sites{Rows: []db.SiteRow{r}, Total: 1})).row(t, "Alder")
	image := row.one(t, "svg.bars")
	if got := image.attr("aria-label"); got != "Last 24 hours: down 40 min, no data for 3 h" {
		t.Errorf("a screen reader hears %q", got)
	}
	if paths := image.all("path"); len(paths) != 3 || len(image.all("path.down")) != 1 || len(image.all("path.none")) != 1 {
		t.Errorf("%d paths, want one for up, down and no data", len(paths))
	}
	row.says(t, "96.82%")
}

func TestSortingTurnsRound(t *testing.T) {
	doc := render(t, SitesPage(testShell(t), Sites{Filter: db.SiteFilter{Sort: "php", Tag: "shop", Paging: db.Paging{Page: 3}}, Rows: []db.SiteRow{testSite(1, "A")}, Total: 200}))
	sorted := 0
	for _, head := range doc.all("th") {
		if head.attr("aria-sort") == "" {
			continue
		}
		sorted++
		if got := head.one(t, "a").attr("href"); got != "/sites?desc=1&sort=php&tag=shop" {
			t.Errorf("the sorted column leads to %q", got)
		}
	}
	if sorted != 1 {
		t.Errorf("%d columns say that they sort the list", sorted)
	}
}

func TestPaging(t *testing.T) {
	page := func(n, rows, total int) node {
		f := db.SiteFilter{Query: "x", Paging: db.Paging{Page: n}}
		p := Sites{Filter: f, Total: total}
		for i := range rows {
			p.Rows = append(p.Rows, testSite(int64(i+1), "A"))
		}
		return render(t, SitesPage(testShell(t), p)).one(t, "footer")
	}
	first := page(1, 50, 438)
	first.says(t, "1–50 of 438 sites")
	if got := first.links(); !slices.Equal(got, []string{"/sites?page=2&q=x"}) {
		t.Errorf("the first page leads to %v", got)
	}
	last := page(9, 38, 438)
	last.says(t, "401–438 of 438 sites")
	if got := last.links(); !slices.Equal(got, []string{"/sites?page=8&q=x"}) {
		t.Errorf("the last page leads to %v", got)
	}
	behind := page(40, 0, 438)
	behind.says(t, "behind the last")
	if got := behind.links(); !slices.Equal(got, []string{"/sites?page=9&q=x"}) {
		t.Errorf("a page behind the last leads to %v", got)
	}
	for _, n := range []int{12, db.DefaultPerPage} {
		if got := page(1, n, n).links(); len(got) > 0 {
			t.Errorf("the only page, of %d sites, leads to %v", n, got)
		}
	}
}

func TestAFailedCheckNamesTheFix(t *testing.T) {
	p := Connect{URL: "https://dash.example/wp-admin", Name: "Brightfold", Access: "read", Errors: Errors{"url": "Leave out /wp-admin."}, Check: &Check{
		Took: 1800 * time.Millisecond, SuggestQuery: true, Steps: []Step{
			{State: "ok", Title: "The address answers over HTTPS", Took: 86 * time.Millisecond},
			{State: "failed", Title: "The Authorization header gets lost", Fix: "Put this line at the top of .htaccess.", Code: `SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1`},
			{State: "not_tried", Title: "The key is valid"},
		},
	}}
	doc := render(t, ConnectPage(testShell(t), p))
	doc.says(t, "failed at step 2 of 3, 1.8 s")
	steps := doc.all("ol.steps", "li")
	if len(steps) != 3 {
		t.Fatalf("%d steps", len(steps))
	}
	steps[0].says(t, "Passed:", "86 ms")
	steps[1].says(t, "Failed:", "Fix: Put this line", `SetEnvIf Authorization "(.*)"`, "Copy")
	steps[2].says(t, "Not tried:")
	url := doc.one(t, "#url")
	if url.attr("value") != p.URL || url.attr("aria-invalid") != "true" || !strings.Contains(url.attr("aria-describedby"), "url-e") {
		t.Error("the address that was typed is lost, or its error is not tied to it")
	}
	doc.one(t, "#url-e").says(t, "Leave out /wp-admin.")
	asked := 0
	for _, box := range doc.all("input") {
		if box.attr("name") == "query_auth" {
			asked++
			if box.has("checked") {
				t.Error("the person agreed without being asked")
			}
		}
		if box.attr("value") == "read" && !box.has("checked") {
			t.Error("the choice of read only is lost")
		}
	}
	if asked != 1 {
		t.Error("sending the key in the address is not offered")
	}
}

func TestWhyStepsWereNotTriedIsSaidOnce(t *testing.T) {
	const why = "Not tried: nothing answers at the address."
	steps := render(t, CheckSteps(testShell(t), Check{Steps: []Step{
		{State: "failed", Title: "Address", Detail: "There is no such host.", Took: time.Millisecond},
		{State: "not_tried", Title: "REST API", Detail: why, Took: time.Millisecond},
		{State: "not_tried", Title: "Permalinks", Detail: why, Took: time.Millisecond},
	}})).all("li")
	steps[0].says(t, "1 ms")
	steps[1].says(t, why)
	steps[1].saysNot(t, "1 ms")
	steps[2].says(t, "Permalinks")
	steps[2].saysNot(t, why)
}

func TestASyncErrorIsReadableText(t *testing.T) {
	p := Site{Site: db.Site{SiteRow: testSite(2, "Alder & Finch")}}
	p.Site.SyncError = "ERROR: Authentication failed!"
	doc := render(t, SitePage(testShell(t), p))
	doc.says(t, "MainWP says: Authentication failed!")
	doc.saysNot(t, "ERROR:")
}

func TestDisconnectingSaysWhatIsLost(t *testing.T) {
	s := testShell(t)
	doc := render(t, DisconnectPage(s, Disconnect{Dashboard: s.Nav.Dashboards[0], Losses: db.Losses{Sites: 268, Events: 1211, OldestEvent: now.AddDate(0, -3, 0), MonitorDays: 77}}))
	doc.says(t, "268 sites", "1,211 entries of the history, since 23 August 2026", "77 days of uptime records", "MainWP is not touched", "Disconnect and delete 268 sites")
	doc.saysNot(t, "0 clients", "0 costs")
}

func TestNothingIsOfferedThatDoesNotExist(t *testing.T) {
	s := testShell(t)
	for name, page := range everyPage(s, "Alder & Finch") {
		doc := render(t, page)
		for _, field := range doc.all("td", "input") {
			if field.attr("type") == "hidden" {
				continue
			}
			t.Errorf("%s: a row can be chosen, but nothing can be done with it: %q", name, field.attr("name"))
		}
		for _, b := range doc.all("button") {
			form := false
			for p := b.Parent; p != nil; p = p.Parent {
				form = form || p.Data == "form"
			}
			if !form && !b.has("popovertarget") && !b.has("data-copy") && !b.has("data-dialog") {
				t.Errorf("%s: the button %q does nothing", name, b.text())
			}
		}
	}
}

func TestTheThemeIsTheServers(t *testing.T) {
	s := testShell(t)
	for theme, want := range map[string]string{"": "", "system": "", "dark": "dark", "light": "light"} {
		s.User.Theme = theme
		doc := render(t, SettingsPage(s, Settings{Theme: theme}))
		if got := doc.one(t, "html").attr("data-theme"); got != want {
			t.Errorf("theme %q renders data-theme %q", theme, got)
		}
	}
}

func TestWhereOneIsInTheMenu(t *testing.T) {
	s := testShell(t)
	for path, want := range map[string]string{"/": "Overview", "/sites": "Sites 612", "/sites/4": "Sites 612", "/dashboards/connect": "Dashboards 3", "/nowhere": ""} {
		s.Path = path
		var here []string
		for _, a := range render(t, ErrorPage(s, Error{Status: 404})).one(t, "#nav").all("a") {
			if a.has("aria-current") {
				here = append(here, a.text())
			}
		}
		if got := strings.Join(here, ", "); got != want {
			t.Errorf("at %s the menu marks %q, want %q", path, got, want)
		}
	}
}

func TestASiteOnTwoDashboardsSaysSo(t *testing.T) {
	r := testSite(1, "Twice")
	r.TwinOn, r.Abandoned = "Harbour Digital", 2
	row := render(t, SitesPage(testShell(t), Sites{Rows: []db.SiteRow{r}, Total: 1, Filter: db.SiteFilter{Status: db.StatusAttention}})).row(t, "Twice")
	row.says(t, "also on Harbour Digital", "2 abandoned")
}
