package views

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"muster/db"
)

// everyPage renders each page once over data that is as awkward as it gets.
func everyPage(s Shell, name string) map[string]templ.Component {
	row := testSite(4, name)
	row.ClientName, row.Client, row.DashboardName, row.SyncError = name, db.Ref{Dashboard: 1, ID: 7}, name, name
	row.Tags = []db.Tag{{Name: name}, {Name: name + "2"}}
	for i := range s.Nav.Dashboards {
		s.Nav.Dashboards[i].Name, s.Nav.Dashboards[i].Error = name, name
	}
	s.User.Name = name
	choices := Choices{Tags: row.Tags, Clients: []db.Client{{Ref: row.Client, Name: name}}, ClientTotal: 1}
	update := db.Update{
		SiteID: 4, Kind: db.Plugin, Slug: name, Name: name, From: name, To: name, Offer: db.Ignored, Rollback: name, RequiresPHP: name, SitePHP: "8.1", URL: name,
		SiteName: name, SiteURL: name, DashboardID: 3, DashboardName: name,
	}
	event := db.Event{DashboardID: 1, SiteID: 4, At: now, Kind: db.EventUpdated, Name: name, Slug: name, From: name, To: name, Detail: name, SiteName: name, DashboardName: name}
	cost := db.Cost{Name: name, Type: name, Price: name, Status: name, RenewalType: name}
	client := db.Client{Ref: row.Client, Name: name, Email: name, Phone: name, Address: name, Website: name, Note: name, Status: name, DashboardName: name, Sites: 1}
	site := db.Site{SiteRow: row, Note: name, IP: name, ActiveTheme: name, MySQLVersion: name, ChildVersion: name, DashboardURL: "https://dash.example"}
	monitor := db.Monitor{ID: 1, URL: name, Type: name, Status: name, Day: *row.Uptime, Month: day(1440, 0), MonthUptime: *row.Uptime}
	page := Site{
		Site: site, Updates: []db.Update{update}, Events: []db.Event{event}, EventTotal: 1, Costs: []db.Cost{cost}, Twins: []db.SiteRow{row},
		Plugins: []db.Installed{{Kind: db.Plugin, Slug: name, Name: name, Version: name, Parent: name, UpdateTo: name}}, Monitors: []db.Monitor{monitor},
		Changes: []db.Change{{At: now, Action: name, Context: name, Item: name, User: name, From: name, To: name}}, ChangeTotal: 1,
	}
	check := &Check{Steps: []Step{{State: "failed", Title: "The key is valid", Detail: name, Fix: name, Code: name, Excerpt: name}}, SuggestQuery: true, SuggestURL: name}
	group := db.UpdateGroup{Key: "plugin:" + name, Kind: db.Plugin, Slug: name, Name: name, FromMin: name, ToMax: name, Sites: 1, Sub: name}
	open := &GroupRows{Key: group.Key, Rows: []db.Update{update}, Total: 1, Page: 1}
	errors := Errors{"": name, "name": name, "url": name, "key": name, "code": name, "email": name, "zone": name, "since": name}
	pages := map[string]templ.Component{
		"overview": OverviewPage(s, Overview{
			Totals: db.Totals{Sites: 1, Attention: 1}, Attention: []db.Attention{{Status: db.StatusSyncFailing, Sites: 1, Names: []string{name}, Detail: name}},
			Reach: []db.UpdateGroup{group}, Events: []db.Event{event},
		}),
		"sites":      SitesPage(s, Sites{Filter: db.SiteFilter{Query: name, Tag: name, Item: name, Sort: name}, Rows: []db.SiteRow{row}, Total: 1, Choices: choices}),
		"no sites":   SitesPage(s, Sites{Filter: db.SiteFilter{Query: name}}),
		"updates":    UpdatesPage(s, Updates{Filter: db.UpdateFilter{Query: name, Tag: name, Group: name}, Groups: []db.UpdateGroup{group}, Total: 1, Open: open, Choices: choices}),
		"clients":    ClientsPage(s, Clients{Filter: db.ClientFilter{Query: name}, Rows: []db.Client{client}, Total: 1}),
		"client":     ClientPage(s, Client{Client: client, Sites: []db.SiteRow{row}, SiteTotal: 1, Costs: []db.Cost{cost}, Events: []db.Event{event}}),
		"dashboards": DashboardsPage(s, Dashboards{Rows: s.Nav.Dashboards}),
		"connect":    ConnectPage(s, Connect{URL: name, Key: name, Name: name, Errors: errors, Check: check, Twin: &s.Nav.Dashboards[0]}),
		"dashboard": DashboardPage(s, Dashboard{
			Dashboard: s.Nav.Dashboards[2], Form: DashboardForm{Name: name, URL: name, Interval: name, Probe: name, Stale: name, Errors: errors}, Check: check, Events: []db.Event{event},
		}),
		"disconnect": DisconnectPage(s, Disconnect{Dashboard: s.Nav.Dashboards[0], Typed: name, Errors: errors}),
		"history":    HistoryPage(s, History{Filter: db.EventFilter{Site: 4, ItemSlug: name}, SiteName: name, Since: name, Rows: []db.Event{event}, Total: 1, Errors: errors}),
		"settings":   SettingsPage(s, Settings{Zone: name, Theme: name, Errors: errors}),
		"setup":      SetupPage(s, Setup{Name: name, Email: name, Errors: errors}),
		"sign-in":    SignInPage(s, SignIn{Email: name, Next: name, Errors: errors, BlockedUntil: now.Add(time.Minute)}),
		"error":      ErrorPage(s, Error{Status: 422, Detail: name}),
	}
	for _, tab := range []string{"updates", "plugins", "changes", "uptime", "history", "costs"} {
		page.Tab = tab
		pages["site "+tab] = SitePage(s, page)
	}
	return pages
}

func TestForeignTextNeverBecomesMarkup(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>' javascript:alert(1)`
	for name, page := range everyPage(testShell(t), hostile) {
		doc := render(t, page)
		for _, script := range doc.all("script") {
			if !strings.HasPrefix(script.attr("src"), "/static/") || script.text() != "" {
				t.Errorf("%s: a script that is not ours: %q %q", name, script.attr("src"), script.text())
			}
		}
		if len(doc.all("img")) > 0 || len(doc.all("style")) > 0 {
			t.Errorf("%s: foreign text became an element", name)
		}
		for d := range doc.Descendants() {
			for _, a := range d.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(a.Key, "hx-on") {
					t.Errorf("%s: attribute %s=%q breaks the content policy", name, a.Key, a.Val)
				}
			}
		}
	}
}

func TestLinksLeadNowhereButToTheWeb(t *testing.T) {
	for _, foreign := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example", "https://fine.example/"} {
		for name, page := range everyPage(testShell(t), foreign) {
			for _, link := range render(t, page).links() {
				if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") || strings.HasPrefix(link, "#") || strings.HasPrefix(link, "https://") {
					continue
				}
				t.Errorf("%s with %q links to %q", name, foreign, link)
			}
		}
	}
}

func TestEveryPageIsOneDocument(t *testing.T) {
	for _, name := range []string{strings.Repeat("a long name that never ends ", 11), "مرحبا بالعالم", "🦊 Fox & Friends"} {
		for page, component := range everyPage(testShell(t), name) {
			doc := render(t, component)
			if n := len(doc.all("h1")); n != 1 {
				t.Errorf("%s has %d headings of the first rank", page, n)
			}
			if n := len(doc.all("main")); n != 1 {
				t.Errorf("%s has %d main parts", page, n)
			}
			seen := map[string]bool{}
			for d := range doc.Descendants() {
				if id := (node{d}).attr("id"); id != "" && seen[id] {
					t.Errorf("%s has two elements with id %q", page, id)
				} else {
					seen[id] = true
				}
			}
			for _, control := range slices.Concat(doc.all("input"), doc.all("select")) {
				if control.attr("type") == "hidden" || control.has("hidden") {
					continue
				}
				if id := control.attr("id"); !labelled(doc, control, id) {
					t.Errorf("%s: the field %q %q has no label", page, control.attr("name"), id)
				}
			}
		}
	}
}

func labelled(doc node, control node, id string) bool {
	for _, label := range doc.all("label") {
		if id != "" && label.attr("for") == id {
			return true
		}
		for d := range label.Descendants() {
			if d == control.Node {
				return true
			}
		}
	}
	return false
}

func TestPagesStaySmall(t *testing.T) {
	s := testShell(t)
	sites, groups, updates := Sites{Total: 10000}, Updates{Total: 4000}, GroupRows{Key: "plugin:p1", Total: 9000, Page: 1}
	for i := range ClientChoices {
		sites.Clients = append(sites.Clients, db.Client{Ref: db.Ref{Dashboard: 1, ID: int64(i + 1)}, Name: fmt.Sprintf("Client number %d Ltd", i)})
	}
	sites.ClientTotal = ClientChoices
	for i := range db.DefaultPerPage {
		row := testSite(int64(i+1), fmt.Sprintf("Alder & Finch Studio %d", i))
		row.ClientName, row.Client, row.Tags = "Alder & Finch Limited", db.Ref{Dashboard: 1, ID: 7}, []db.Tag{{Name: "shop"}, {Name: "care gold"}}
		sites.Rows = append(sites.Rows, row)
		groups.Groups = append(groups.Groups, db.UpdateGroup{Key: fmt.Sprintf("plugin:p%d", i), Kind: db.Plugin, Slug: "a-plugin/plugin.php", Name: "Advanced Custom Fields", FromMin: "6.2.4", FromMax: "6.3.12", ToMin: "6.4.2", ToMax: "6.4.2", Sites: 52})
		updates.Rows = append(updates.Rows, db.Update{SiteID: int64(i), Kind: db.Plugin, Name: "Advanced Custom Fields", From: "6.3.12", To: "6.4.2", Offer: db.Offered, SiteName: row.Name, SiteURL: row.URL, DashboardID: 1, DashboardName: "Northlight Studio", SiteState: db.StateOK})
	}
	groups.Open = &updates
	groups.Choices = sites.Choices
	for name, page := range map[string]templ.Component{"sites": SitesPage(s, sites), "updates": UpdatesPage(s, groups)} {
		var buf bytes.Buffer
		if err := page.Render(t.Context(), &buf); err != nil {
			t.Fatal(err)
		}
		if kB := buf.Len() / 1000; kB >= 150 {
			t.Errorf("%s is %d kB, want under 150", name, kB)
		}
	}
}
