// Package views renders Muster's pages: templ components, the structs that they show, and the formatting of times and
// numbers. It reads row types of db and asset URLs of static, and decides nothing: what a person may do is said by the
// Shell, what is shown by the page's struct.
//
// # Routes
//
// These are the addresses, query parameters and form fields that the pages link to and send. A page is rendered by its
// …Page component. Where a …Part is named, a request with the header HX-Request-Type: partial gets that instead: the
// part of the page that htmx swaps, so the same handler fills the same struct. Numbers and flags of query strings: page
// counts from 1, desc is "1", a client is "dashboard.client" (RefText, ParseRef), dashboard and site are Muster's ids.
//
//	GET  /setup                          SetupPage
//	POST /setup                          name, email, password, code
//	GET  /signin?next=                   SignInPage
//	POST /signin                         email, password, next
//	POST /signout
//	GET  /                               OverviewPage, OverviewPart
//	GET  /sites?q&dashboard&status&client&tag&updates&item&sort&desc&page     SitesPage, SitesPart
//	GET  /sites/{id}?tab&page            SitePage; tab: updates (default), plugins, themes, changes, uptime, history, costs
//	POST /sites/{id}/rejoin              gone (id of the twin that is gone)
//	POST /sites/actions                  do (ActionsOffered), site (ids, repeated) or all=1 with the filter of /sites, back (path to return
//	                                     to). What needs no review starts a run and goes back with ?done=run.<id>; the rest opens a review
//	POST /sites/{id}/items               do (activate, deactivate, delete, ignore; ignore_kind, unignore_kind), kind, slug, back
//	GET  /runs?state&page                RunsPage, RunsPart; state: open, done
//	GET  /runs/{id}?show&page            RunPage, RunPart; show: look, progress, queued, verified, skipped
//	GET  /runs/{id}/live?show&page       server-sent events: messages are the RunParts that changed, "beat" tells that the stream
//	                                     is alive, "over" that the run is, "reload" that the page should be asked for again
//	GET  /runs/{id}/log.txt              what was sent, as text
//	GET  /runs/{id}/tasks/{task}         TaskPage, TaskPart: the calls of a task with the raw answers
//	POST /runs/{id}/pause, resume, cancel, retry
//	POST /tasks/{id}/look                an unknown task is looked up now
//	GET  /updates?group&kind&q&dashboard&client&tag&offer&open&rows&page      UpdatesPage, UpdatesPart; open is the key of
//	                                     the group that stands open and rows the page of its rows
//	GET  /updates/rows?…the same         UpdateRows alone: the rows of the group named by open
//	POST /basket                         one change of what is chosen, by the button that was pressed: item or anyway ("+" or
//	                                     "-" with an item as ItemText writes it; anyway: although the site is too old for it),
//	                                     add-group, remove-group (key of a group), drop (kind:slug, on all sites), clear, or now
//	                                     (key of a group whose review is opened at once); back is the page's address, shown (page
//	                                     and key, repeated) which rows it shows. BasketPart, or back to the page
//	POST /runs/review                    opens the review of what is chosen
//	GET  /runs/review/{token}?page       ReviewPage, ReviewPart; ReviewUsedPage, ReviewGonePage
//	POST /runs/review/{token}/change     leave, take (items), leave-all (core, major), take-all (1), anyway (needs_php, needs_wp),
//	                                     page; ReviewPart, or back to the page
//	POST /runs/review/{token}/start      digest (of the set that was seen), confirm, known, stop_after, skip_rest, canary (site),
//	                                     home, newer_patch, when (now, later), day, time, zone, weekly, window (hours), page
//	GET  /schedules                      SchedulesPage
//	POST /schedules/{id}/pause           pause (1 or 0)
//	POST /schedules/{id}/delete
//	GET  /holds?q&kind&slug&site         HoldsPage: the form where kind and slug name an item, what a search found where q is set
//	POST /holds                          kind, slug, where (all, some), site (ids, repeated), reason
//	POST /holds/delay                    days
//	POST /holds/{id}/delete
//	GET  /clients?q&dashboard&sort&desc&page                                  ClientsPage, ClientsPart
//	GET  /clients/{dashboard}/{client}   ClientPage
//	GET  /sites/add?dashboard            SiteAddPage; without dashboard, where there are several: ChooseDashboardPage
//	POST /sites/add                      dashboard, url, name, admin, password, unique, verify (1, 0), tags and client (MainWP's ids)
//	GET  /sites/{id}/edit                SiteEditPage
//	POST /sites/{id}/edit                name, tags and client (MainWP's ids; client 0: none)
//	GET  /sites/{id}/remove              SiteRemovePage
//	POST /sites/{id}/remove              name (typed, must equal the site's)
//	GET  /clients/add?dashboard          ClientFormPage, or ChooseDashboardPage
//	POST /clients/add                    dashboard, ClientFieldNames, sites (MainWP's ids)
//	GET  /clients/{dashboard}/{client}/edit     ClientFormPage
//	POST /clients/{dashboard}/{client}/edit     ClientFieldNames, sites
//	GET  /clients/{dashboard}/{client}/remove   ClientRemovePage
//	POST /clients/{dashboard}/{client}/remove   name (typed)
//	GET  /tags?dashboard                 TagsPage
//	GET  /tags/add?dashboard             TagFormPage, or ChooseDashboardPage
//	POST /tags/add                       dashboard, name, color
//	GET  /tags/{dashboard}/{tag}/edit    TagFormPage
//	POST /tags/{dashboard}/{tag}/edit    name, color
//	GET  /tags/{dashboard}/{tag}/remove  TagRemovePage
//	POST /tags/{dashboard}/{tag}/remove  name (typed)
//	GET  /dashboards                     DashboardsPage, DashboardsPart
//	GET  /dashboards/connect             ConnectPage
//	POST /dashboards/connect             url, key, name, access (write or read), query_auth (1), do (check or connect);
//	                                     a failed check: ConnectPage, ConnectPart
//	GET  /dashboards/{id}                DashboardPage
//	POST /dashboards/{id}                name, url, access, interval, probe (seconds), stale (hours, 0 off)
//	POST /dashboards/{id}/key            key, query_auth (1)
//	POST /dashboards/{id}/check          DashboardPage with Check; part: CheckPart
//	POST /dashboards/{id}/refresh        back (path to return to)
//	POST /dashboards/{id}/pause          pause (1 or 0)
//	POST /dashboards/{id}/confirm        it is the same Dashboard (identity guard)
//	GET  /dashboards/{id}/disconnect     DisconnectPage
//	POST /dashboards/{id}/disconnect     name (typed, must equal the Dashboard's)
//	GET  /history?dashboard&client&site&kind&item&run&since&until&page            HistoryPage, HistoryPart; since and until are
//	                                     dates, 2006-01-02, in the viewer's zone, until inclusive
//	GET  /settings                       SettingsPage
//	POST /settings                       theme (system, light, dark), zone (IANA name, empty: the server's)
//	POST /settings/password              current, password
//
// The filters of a list send all their fields, empty ones too; an answer to them with HX-Push-Url (SitesURL, UpdatesURL,
// ClientsURL, HistoryURL) keeps the address short.
//
// A POST that worked answers 303 with ?done=<code> added to the page it goes back to; Shell.Done turns the code into a
// sentence. Codes: connected, saved, key, refresh, paused, resumed, confirmed, disconnected, rejoined, password, nothing,
// scheduled, sched-paused, sched-resumed, sched-deleted, held, unheld, delay.
package views

import (
	"time"

	"muster/db"
	"muster/static"
)

// Shell is what every page needs around its content.
type Shell struct {
	Assets  *static.Assets
	User    db.User // the zero User: nobody is signed in
	Nav     db.Nav
	Now     time.Time
	Zone    *time.Location // the viewer's
	Path    string         // of the request, as in "/sites"
	Version string
	Done    string // code of what has just been done, from ?done=
	// CanManage: may connect, change, check and disconnect Dashboards (db.Viewer.CanManageDashboards).
	CanManage bool
	// CanRefresh: may ask Muster to read a Dashboard again.
	CanRefresh bool
	// CanRun: may start runs and have work done on sites (db.Viewer.CanRun).
	CanRun   bool
	OpenRuns int // runs that are not over
}

// Errors holds the sentence to show beside a form field, by the name of the field; "" is for the form as a whole.
type Errors map[string]string

// Setup is the first-run form. The password and the code are never rendered again.
type Setup struct {
	Name, Email string
	Errors      Errors
}

// SignIn is the sign-in form. Next is the path to go on to. A non-zero BlockedUntil says that no try counts before.
type SignIn struct {
	Email, Next  string
	Errors       Errors
	BlockedUntil time.Time
}

// Overview is the first page. Its Dashboards are those of Shell.Nav.
type Overview struct {
	Totals    db.Totals
	Attention []db.Attention
	Runs      []db.Run         // open ones
	Reach     []db.UpdateGroup // the first 7 by item
	Events    []db.Event       // the newest 8
}

// Choices are the values that filters offer. More clients than ClientChoices are searched by name instead, so Clients
// may hold the first of them only; ClientTotal is their number.
type Choices struct {
	Tags        []db.Tag
	Clients     []db.Client
	ClientTotal int
}

// ClientChoices is how many clients a filter lists at most.
const ClientChoices = 200

// Sites is the list of sites.
type Sites struct {
	Filter     db.SiteFilter
	Rows       []db.SiteRow
	Total      int
	Counts     map[string]int // of db.SiteStatusCounts
	ClientName string         // of Filter.Client, if set
	Choices
}

// Site is the page of one site. A list is needed for its own tab only, save Updates, Costs, Twins and Tasks, which every
// tab shows or counts, and the newest 5 Events, which the tab updates shows.
type Site struct {
	Site        db.Site
	Tab         string
	Page        int // of changes and history
	Updates     []db.Update
	Plugins     []db.Installed
	Themes      []db.Installed
	Changes     []db.Change
	ChangeTotal int
	Monitors    []db.Monitor
	Incidents   []db.Incident
	Events      []db.Event
	EventTotal  int
	Costs       []db.Cost
	Twins       []db.SiteRow
	Tasks       []db.Task // the newest of its runs, of which the tab updates lists 5
}

// Runs is the list of runs.
type Runs struct {
	Filter db.RunFilter
	Rows   []db.Run
	Total  int
}

// Run is the page of one run. Calls are its newest.
type Run struct {
	Run       db.Run
	Show      string // a view of its tasks: "", look, progress, queued, verified, skipped
	Page      int
	Tasks     []db.Task
	Total     int // tasks of the view
	Calls     []db.Call
	CallTotal int
	Left      time.Duration // a guess from the pace so far; 0 unknown
}

// Task is one task with its calls.
type Task struct {
	Task  db.Task
	Calls []db.Call
}

// Updates is the list of pending updates in groups. Open is the group that stands open when the page is rendered.
type Updates struct {
	Filter     db.UpdateFilter
	Groups     []db.UpdateGroup
	Total      int             // groups
	Kinds      db.UpdateCounts // of db.UpdateKinds
	Totals     db.Totals
	Open       *GroupRows
	Basket     *db.Basket // nil: the viewer starts no runs
	ClientName string
	Choices
}

// GroupRows are the updates of one group, a page of them.
type GroupRows struct {
	Filter db.UpdateFilter // of the Updates page; its Paging is that of the groups
	Key    string
	Rows   []db.Update
	Total  int
	Page   int
	Choose bool // the viewer may choose
	// Choosable is how many of them can be chosen; of an item's first page only.
	Choosable int
}

// Clients is the list of clients.
type Clients struct {
	Filter db.ClientFilter
	Rows   []db.Client
	Total  int
}

// Client is the page of one client.
type Client struct {
	Client    db.Client
	Sites     []db.SiteRow
	SiteTotal int
	Costs     []db.Cost
	Events    []db.Event // the newest 8
	CanEdit   bool       // the viewer may change and delete it
}

// Dashboards is the list of connected Dashboards.
type Dashboards struct{ Rows []db.Dashboard }

// Step is one step of a diagnosis, as mainwp.Step.
type Step struct {
	State   string // ok, failed, not_tried, unknown, warn
	Title   string
	Detail  string // may hold foreign text
	Fix     string // the exact next step; empty: none
	Code    string // a line to paste
	Excerpt string // of a foreign answer
	Took    time.Duration
}

// Check is what a diagnosis found.
type Check struct {
	Steps        []Step
	OK           bool // the Dashboard can be read
	Sites        int
	Took         time.Duration
	SuggestQuery bool   // offer to send the key in the address
	SuggestURL   string // the address that a redirect named
}

// Connect is the form that connects a Dashboard. Key is what the field holds when it is shown again after a check: a
// handle that stands for the key that was typed, so that the key itself is never rendered.
type Connect struct {
	URL, Key, Name string
	Access         string // write or read; empty counts as write
	QueryAuth      bool
	Errors         Errors
	Check          *Check        // nil: not checked yet
	Twin           *db.Dashboard // the Dashboard that has this address already
}

// DashboardForm is the form that changes a Dashboard, as typed.
type DashboardForm struct {
	Name, URL       string
	Access          string // write or read
	Interval, Probe string // seconds
	Stale           string // hours, "0" off
	Errors          Errors
}

// NewDashboardForm fills the form with what is stored.
func NewDashboardForm(d db.Dashboard) DashboardForm {
	access := "write"
	if d.ReadOnly {
		access = "read"
	}
	return DashboardForm{
		Name: d.Name, URL: d.URL, Access: access, Interval: seconds(d.Interval), Probe: seconds(d.Probe), Stale: itoa(d.SyncStaleHours),
	}
}

// Dashboard is the page of one Dashboard. Key, KeyErrors, QueryAuth and SuggestQuery belong to the form that replaces the
// key; Key is a handle as in Connect.
type Dashboard struct {
	Dashboard    db.Dashboard
	Form         DashboardForm
	Key          string
	KeyErrors    Errors
	QueryAuth    bool       // the box is ticked
	SuggestQuery bool       // the form offers to send the key in the address
	Check        *Check     // nil: not checked now
	Events       []db.Event // the newest 8
}

// Disconnect asks before a Dashboard is disconnected.
type Disconnect struct {
	Dashboard db.Dashboard
	Losses    db.Losses
	Typed     string
	Errors    Errors
}

// History is the list of what happened. Since and Until are as typed; SiteName and ClientName name what the filter
// holds.
type History struct {
	Filter               db.EventFilter
	Since, Until         string
	SiteName, ClientName string
	Rows                 []db.Event
	Total                int
	Errors               Errors
}

// Settings is the page of a person's own settings. Theme and Zone are as typed; PasswordErrors belong to the password's
// form.
type Settings struct {
	Theme, Zone    string
	Errors         Errors
	PasswordErrors Errors
}

// Error is a page that says why there is no other. Status is the HTTP status. Detail replaces the usual sentence; Retry
// is when to try again, for 429.
type Error struct {
	Status int
	Detail string
	Retry  time.Time
}
