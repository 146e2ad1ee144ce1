package db

import "time"

// Action is what a task does.
type Action string

// Actions of tasks.
const (
	ActUpdate           Action = "update" // Kind and Slug name the item
	ActRefresh          Action = "refresh"
	ActSync             Action = "sync"
	ActReconnect        Action = "reconnect"
	ActCheck            Action = "check"
	ActSuspend          Action = "suspend"
	ActUnsuspend        Action = "unsuspend"
	ActActivatePlugin   Action = "activate_plugin"
	ActDeactivatePlugin Action = "deactivate_plugin"
	ActDeletePlugin     Action = "delete_plugin"
	ActActivateTheme    Action = "activate_theme"
	ActDeleteTheme      Action = "delete_theme"
	ActIgnoreItem       Action = "ignore_item"   // one plugin or theme on one site; the API cannot take it back
	ActIgnoreKind       Action = "ignore_kind"   // the site's flag for a kind: core, plugin or theme
	ActUnignoreKind     Action = "unignore_kind" // clears it
	ActEditSite         Action = "edit_site"     // Params: Name, Tags, Client
	ActAddSite          Action = "add_site"      // Params: URL, Name, Admin, VerifyCertificate, Tags, Client; password and unique security id go by hand
	ActRemoveSite       Action = "remove_site"
	ActAddClient        Action = "add_client" // Params: ClientFields, Sites
	ActEditClient       Action = "edit_client"
	ActRemoveClient     Action = "remove_client"
	ActAddTag           Action = "add_tag" // Params: Name, Color
	ActEditTag          Action = "edit_tag"
	ActRemoveTag        Action = "remove_tag"
)

// NeedsReview reports whether a person sees the exact set before it is sent. Reading, checking, syncing, reconnecting and
// resuming need none, and neither do edits that stand in full in their own form.
func (a Action) NeedsReview() bool {
	switch a {
	case ActRefresh, ActSync, ActReconnect, ActCheck, ActUnsuspend, ActEditSite, ActAddSite, ActUnignoreKind, ActAddClient, ActEditClient, ActAddTag, ActEditTag:
		return false
	}
	return true
}

// Params are the inputs of actions that have some. Secrets are never among them.
type Params struct {
	URL, Name, Admin  string            `json:",omitempty"`
	Color             string            `json:",omitempty"`
	VerifyCertificate *bool             `json:",omitempty"`
	Client            *int64            `json:",omitempty"` // MainWP's id; 0: none
	Tags              []int64           `json:",omitempty"` // MainWP's ids; they replace the site's tags
	Sites             []int64           `json:",omitempty"` // MainWP's ids, of a client
	ID                int64             `json:",omitempty"` // MainWP's id of the client or tag
	Fields            map[string]string `json:",omitempty"` // of a client: name, email, phone, address_1, address_2, city, zip, state, country, note
}

// Choice is one thing that a person wants done.
type Choice struct {
	Action     Action
	Site       int64    `json:",omitempty"`
	Dashboard  int64    `json:",omitempty"` // where Site is 0
	Kind       ItemKind `json:",omitempty"`
	Slug, Name string   `json:",omitempty"`
	From, To   string   `json:",omitempty"` // of an update, as chosen
	Anyway     bool     `json:",omitempty"` // although the site's PHP or WordPress is too old for it
	Params     Params   `json:",omitzero"`
}

// ItemRef names an item on a site.
type ItemRef struct {
	Site int64
	Kind ItemKind
	Slug string
}

// Step is how far an update goes.
type Step string

// Steps of an update. WordPress counts like everything else: 6.9 to 7.0 is major, 6.8 to 6.9 minor.
const (
	StepNone Step = "" // a version is unknown or no number
	Major    Step = "major"
	Minor    Step = "minor"
	Patch    Step = "patch"
)

// Basket is what a person has chosen.
type Basket struct {
	Updates, Sites, Dashboards int
	Lines                      []BasketLine // by item, the widest first
	Majors, Cores              int
	Unrunnable                 int // chosen updates that a review would leave out as things stand
}

// BasketLine is one item of a basket over its sites.
type BasketLine struct {
	Kind         ItemKind
	Slug, Name   string
	ToMin, ToMax string
	Sites        int
	Majors       int
}

// Why is the reason for which a choice is left out of a run.
type Why string

// Reasons for leaving out a choice, in the order in which they win.
const (
	WhyGone          Why = "gone"           // the site is not on its Dashboard any more
	WhyReadOnly      Why = "read_only"      // the Dashboard, or its key, only reads
	WhyDashboardDown Why = "dashboard_down" // it does not answer, or its key is refused
	WhyPaused        Why = "paused"         // the Dashboard is paused in Muster
	WhyDoubt         Why = "doubt"          // identity guard
	WhySuspended     Why = "suspended"
	WhyDisconnected  Why = "disconnected"
	WhyRunning       Why = "running"     // an open run has it already
	WhyIgnored       Why = "ignored"     // on the site or elsewhere
	WhyNotOffered    Why = "not_offered" // vanished: updated or withdrawn since it was chosen
	WhyChanged       Why = "changed"     // another target than chosen: asks again
	WhyHeld          Why = "held"        // on the hold list
	WhyFresh         Why = "fresh"       // first seen fewer days ago than the delay
	WhyNeedsPHP      Why = "needs_php"
	WhyNeedsWP       Why = "needs_wp"
	WhyNotInstalled  Why = "not_installed" // only slugs that the mirror has
	WhyUnread        Why = "unread"        // could not be read again
	WhyForbidden     Why = "forbidden"     // of a schedule: its person may not do it any more
	WhyMissed        Why = "missed"        // of a schedule: Muster did not run in its window
	WhyNoSense       Why = "no_sense"      // nothing to do: already suspended, already active, the active theme cannot be deleted…
)

// Planned is a choice with what is known about it now.
type Planned struct {
	Choice
	SiteName, SiteURL string
	DashboardName     string
	Address, IP       string // as tasks have them
	Step              Step
	Why               Why    // empty: it will run
	Detail            string // of Why, for people: the run's number, the hold's reason, the present target, the needed version
	Tested            string
	URL               string    // changelog or home page of the item, where the data has one
	ReadAt            time.Time // when its update was last read exactly
	Stale             bool      // the site was synced after that: it is read again first
	Disconnectable    bool      // on this Dashboard a failed sync needs a reconnect (WordPress 6.9)
}

// Review is what a person sees before a run. Tasks and LeftOut are in the order of work: by Dashboard, site name, and core last.
type Review struct {
	Token, Digest, Title string
	CreatedAt            time.Time
	Tasks, LeftOut       []Planned
	Reading              []int64       // sites whose data is read again first
	Sites, Dashboards    int           // of Tasks
	Majors, Cores        int           // of Tasks
	Deletes              int           // plugins and themes
	Networks             []Network     // sites that may be one network and would update the same plugin
	Confirm              string        // what has to be typed: a number, or a name; empty: nothing
	ConfirmMajor         bool          // the person has to say that he knows of core and major steps
	Expected             time.Duration // a guess from what the quicker sites of past runs took; 0 unknown
	ExpectedMost         time.Duration // and from the slower ones
	RetryOf              int64
	FromBasket           bool
	Schedulable          bool  // only updates can wait
	RunID, ScheduleID    int64 // used already
}

// Network is a host with several sites on it that would update the same plugin: a multisite network shares its files.
type Network struct {
	Host, Item string
	Sites      []string
}

// RunOptions are what a person sets in the review.
type RunOptions struct {
	StopAfter  int // call failures; 0: never
	SkipRest   bool
	Canary     int64 // site id; 0: none
	HomeCheck  bool
	NewerPatch bool
}

// When is the time of a scheduled run.
type When struct {
	Zone   string // IANA name
	Day    string // 2006-01-02
	Minute int    // of the day
	Weekly bool
	Window time.Duration
}

// RunState is the state of a run.
type RunState string

// States of a run.
const (
	RunRunning   RunState = "running"
	RunPaused    RunState = "paused"
	RunCanary    RunState = "canary" // waits for a person after the first site
	RunDone      RunState = "done"
	RunCancelled RunState = "cancelled"
)

// TaskState is the state of a task.
type TaskState string

// States of a task.
const (
	TaskQueued    TaskState = "queued"
	TaskRunning   TaskState = "running"
	TaskVerifying TaskState = "verifying"
	TaskVerified  TaskState = "verified"
	TaskUnchanged TaskState = "unchanged"
	TaskFailed    TaskState = "failed"
	TaskUnknown   TaskState = "unknown"
	TaskSkipped   TaskState = "skipped"
	TaskCancelled TaskState = "cancelled"
)

// Outcome tells apart how a task ended, or where it stands, beyond its state.
type Outcome string

// Outcomes of tasks.
const (
	OutVerified    Outcome = "verified"    // verified: read back
	OutAlready     Outcome = "already"     // skipped: it has that version already
	OutNotChanged  Outcome = "not_changed" // unchanged: MainWP said done, but the version did not change
	OutStale       Outcome = "stale"       // skipped: not offered any more
	OutIgnored     Outcome = "ignored"     // skipped: ignored meanwhile, here or elsewhere
	OutSuspended   Outcome = "suspended"   // skipped
	OutChanged     Outcome = "changed"     // skipped: another target since the review
	OutRolledBack  Outcome = "rolled_back" // failed: the site put the old version back
	OutQueued      Outcome = "queued"      // unknown: accepted in the background, being looked up
	OutFailed      Outcome = "failed"      // failed: with the child's or the Dashboard's reason
	OutTimeout     Outcome = "timeout"     // unknown: being looked up at LookAt
	OutUnknown     Outcome = "unknown"     // unknown still, after the last look
	OutUnreachable Outcome = "unreachable" // skipped: the site does not answer MainWP
	OutReadOnly    Outcome = "read_only"   // skipped
	OutForbidden   Outcome = "forbidden"   // skipped: its person may not do it any more
	OutHeld        Outcome = "held"        // skipped: on the hold list, or too fresh
	OutWindow      Outcome = "window"      // skipped: the window ended
	OutRest        Outcome = "rest"        // skipped: an earlier task of this site failed
	OutHome        Outcome = "home"        // failed: the home page answered before and not after
	OutBusy        Outcome = "busy"        // skipped: an open run has it already
	OutNoSense     Outcome = "no_sense"    // skipped: there was nothing to do, or the site cannot take it
	OutCancelled   Outcome = "cancelled"
	OutLost        Outcome = "lost" // failed: it needed something that is not kept (a password)
)

// TaskCounts counts tasks by state.
type TaskCounts struct {
	Queued, Running, Verifying, Verified, Unchanged, Failed, Unknown, Skipped, Cancelled int
	Looking                                                                              int // of Unknown: those that Muster looks at again by itself
}

// Total is the number of tasks.
func (c TaskCounts) Total() int { return c.Ended() + c.Queued + c.Running + c.Verifying }

// Done is the number of tasks that will not change any more by themselves.
func (c TaskCounts) Done() int { return c.Ended() - c.Looking }

// Ended is the number of tasks with nothing more to send or to verify now; unknown ones are among them.
func (c TaskCounts) Ended() int {
	return c.Verified + c.Unchanged + c.Failed + c.Unknown + c.Skipped + c.Cancelled
}

// Run is a run as a viewer sees it: counts are of the tasks he may see, and so is the title where he does not see the whole run.
type Run struct {
	ID, UserID         int64
	UserName, Title    string
	State              RunState
	Reason             string
	CreatedAt, EndedAt time.Time
	NotAfter           time.Time
	Options            RunOptions
	Failures           int
	CanaryName         string
	CanaryDone         bool
	ScheduleID         int64
	RetryOf            int64
	Retry              Retries // set by Run alone
	Sites, Dashboards  int
	Counts             TaskCounts
	LastChangeAt       time.Time
	Waits              []RunWait
	Whole              bool // the viewer sees all of it, and may pause or cancel it
}

// Retries are the tasks of a run that ReviewRetry takes up: failed ones, those whose outcome stays unknown, and those whose window was over.
type Retries struct{ Failed, Unknown, Late int }

// RunWait is a Dashboard whose part of a run waits and goes on by itself.
type RunWait struct {
	DashboardID   int64
	DashboardName string
	Reason        string
	Since, LookAt time.Time
}

// Task is a task as its run's page shows it.
type Task struct {
	ID, RunID           int64
	Seq                 int
	DashboardID, SiteID int64
	DashboardName       string
	SiteName, SiteURL   string
	Address             string // one task at a time over all Dashboards
	Action              Action
	Kind                ItemKind
	Slug, Name          string
	From, To, Found     string
	Params              Params
	State               TaskState
	Outcome             Outcome
	Reason, NextStep    string
	Home                string
	Sends, Looks        int
	SentAt, FreeAt      time.Time
	LookAt              time.Time
	StartedAt, EndedAt  time.Time
}

// Call is one request that a run made.
type Call struct {
	ID                                 int64
	RunID, TaskID, SiteID, DashboardID int64
	DashboardName                      string
	At                                 time.Time
	Took                               time.Duration
	Method, Path                       string
	Status                             int
	Note, Raw                          string
}

// Schedule is a reviewed set that starts by itself.
type Schedule struct {
	ID, UserID       int64
	UserName, Title  string
	When             When
	Options          RunOptions
	Choices          []Choice         // on sites he sees
	SiteNames        map[int64]string // of their sites
	Sites            int
	CreatedAt        time.Time
	NextAt, PausedAt time.Time // a zero NextAt: over
	LastRun          int64
	Missed           bool // nothing of the last run was started within its window
	Whole            bool // the viewer sees all of it, and may pause or delete it; else Title names what he sees
}

// Hold keeps an item from being updated.
type Hold struct {
	ID               int64
	Kind             ItemKind
	Slug, Name       string
	Reason, UserName string
	Everywhere       bool
	May              bool       // the viewer may delete it
	Sites            []SiteName // visible ones
	CreatedAt        time.Time
}

// SiteName names a site.
type SiteName struct {
	ID   int64
	Name string
}
