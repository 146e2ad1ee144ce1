package db

import (
	"errors"
	"time"
)

// The error vocabulary of the store. Everything else is an internal error.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
	ErrInvalid  = errors.New("invalid")
)

// ItemKind is what an update or an installed item is.
type ItemKind string

// The kinds of items. Installed items are plugins and themes only.
const (
	Core        ItemKind = "core"
	Plugin      ItemKind = "plugin"
	Theme       ItemKind = "theme"
	Translation ItemKind = "translation"
)

// Offer says whether MainWP offers a pending update or someone had it ignored.
type Offer string

// An update ignored elsewhere is missing in updates/{id} although nothing on the site's own row hides it: a global ignore.
const (
	Offered          Offer = "offered"
	Ignored          Offer = "ignored"
	IgnoredElsewhere Offer = "ignored_elsewhere"
)

// SiteState is the one word a list shows for a site, worst first; it is stored as its rank.
type SiteState int

// StateStale is never stored: it depends on the clock and is derived when a row is read (OK, but no good sync for 24 hours).
const (
	StateDown         SiteState = 10 // a monitor or the last online check says so
	StateRolledBack   SiteState = 20
	StateDisconnected SiteState = 30 // the site answered MainWP with an error
	StateSyncFailing  SiteState = 40 // MainWP cannot reach or read the site
	StateStale        SiteState = 50
	StateUnknown      SiteState = 60 // never synced
	StateOK           SiteState = 70
	StateSuspended    SiteState = 80
)

// StaleAfter is the age of the last good sync from which a site counts as not synced.
const StaleAfter = 24 * time.Hour

// UpdateCounts counts offered updates by kind, and those that are ignored.
type UpdateCounts struct{ Core, Plugins, Themes, Translations, Ignored int }

// Total is the number of offered updates.
func (c UpdateCounts) Total() int { return c.Core + c.Plugins + c.Themes + c.Translations }

// Ref names a client or tag of one Dashboard by MainWP's id.
type Ref struct{ Dashboard, ID int64 }

// Tag is a MainWP tag. Color is "#rrggbb" or empty. Sites counts what the viewer may see.
type Tag struct {
	Ref
	Name, Color string
	Sites       int
}

// DashboardState says in one word how a Dashboard fares.
type DashboardState string

// States of a Dashboard, in the order in which they win.
const (
	DashPaused      DashboardState = "paused"
	DashDoubt       DashboardState = "doubt"       // identity guard
	DashKey         DashboardState = "key"         // key refused: stopped until it changes
	DashUnreachable DashboardState = "unreachable" // no or no useful answer
	DashTrouble     DashboardState = "trouble"     // answers, but not as it should
	DashReading     DashboardState = "reading"     // first pass under way
	DashWaiting     DashboardState = "waiting"     // never read yet
	DashOK          DashboardState = "ok"
)

// Dashboard is a connected MainWP Dashboard with its schedule and what the last passes found. The key is not in it.
type Dashboard struct {
	ID                 int64
	Name, URL          string
	Auth               string // bearer, basic, query
	KeyHint            string // last seven characters
	IndexPHP, ReadOnly bool
	KeyScope           string // unknown, read, read_write
	CreatedAt          time.Time
	PausedAt           time.Time
	Interval, Probe    time.Duration
	SyncStaleHours     int

	NextSyncAt               time.Time // zero: stopped
	Failures                 int
	ErrorKind, Error         string // kind as in mainwp.Kind, or "stripped": the key's header is lost on the way; foreign text
	ErrorAt                  time.Time
	PassStartedAt            time.Time
	PassDone, PassTotal      int
	LastPassAt, LastReadAt   time.Time
	Passes                   int
	DoubtAt                  time.Time
	Doubt                    string
	CapabilitiesAt           time.Time
	MainWPVersion, WPVersion string // "6.0.12 or newer"; empty unknown
	Title                    string
	HasMonitors, HasCosts    bool
	Abilities, FieldsKept    bool

	State        DashboardState
	Sites        int
	Updates      UpdateCounts
	NewestSyncAt time.Time // newest good sync of its sites
	OldestSyncAt time.Time // oldest good sync of its sites
}

// CanWrite reports whether Muster may send changes there, as far as is known.
func (d Dashboard) CanWrite() bool { return !d.ReadOnly && d.KeyScope != "read" }

// SiteRow is a site as lists show it.
type SiteRow struct {
	ID, RemoteID  int64
	DashboardID   int64
	DashboardName string
	DashState     DashboardState
	Name, URL     string
	Client        Ref
	ClientName    string
	Tags          []Tag
	State         SiteState
	SyncError     string
	DownSince     time.Time
	LastSyncAt    time.Time // last contact, good or bad
	GoodSyncAt    time.Time // last good sync; zero: none seen
	ReadAt        time.Time // when Muster last read it
	WPVersion     string
	PHPVersion    string
	PHPEnded      bool // this PHP gets no security fixes any more
	WPBehind      int  // major releases behind the newest one seen
	HealthScore   *int
	Updates       UpdateCounts
	UpdatesKnown  bool
	Uptime        *Uptime // nil: no monitor
	Abandoned     int     // plugins and themes that MainWP marks as abandoned
	TwinOn        string  // name of another Dashboard that has a site with this address; empty: none
}

// HourBar is one hour of a monitor, in minutes; what is neither up nor down is unknown.
type HourBar struct {
	At       time.Time
	Up, Down int
}

// Uptime sums monitor minutes over the hours shown.
type Uptime struct {
	Hours    []HourBar // oldest first
	Up, Down int       // minutes
	Ratio    float64   // up / (up+down), 0–100; only if Known
	Known    bool      // false: not one minute is known
}

// Site is one site with all facts.
type Site struct {
	SiteRow
	Note                                 string // HTML as MainWP sent it: clean before showing
	IP, ChildVersion, MySQLVersion       string
	MemoryLimit, ActiveTheme, HTTPStatus string
	DatabaseSize                         int64 // bytes
	HTTPCode, SecurityIssues             *int
	HealthStatus                         string // "0" good, "1" should be improved
	Staging                              bool
	LastPostAt, FirstSeenAt, GoneAt      time.Time
	IgnoreCore, IgnorePlugins            bool
	IgnoreThemes                         bool
	Plugins, PluginsActive, Themes       int
	Rollbacks                            int
	DetailsAt                            time.Time // last exact read of its updates; zero never
	DashboardURL                         string
}

// Installed is a plugin or theme on a site.
type Installed struct {
	Kind                   ItemKind
	Slug, Name, Version    string
	Active, MustUse, Child bool
	Parent                 string // of a child theme
	AbandonedAt            time.Time
	UpdateTo               string // pending version, offered or not; empty none
	UpdateOffer            Offer
}

// Update is one pending update of one site.
type Update struct {
	SiteID                  int64
	Kind                    ItemKind
	Slug, Language, Name    string
	From, To                string
	Offer                   Offer
	Rollback                string // version that was rolled back here
	Active                  bool
	RequiresWP, RequiresPHP string
	Tested, URL             string
	FirstSeenAt             time.Time // of this update on this site
	ReleasedAt              time.Time // the release was first seen anywhere
	SiteName, SiteURL       string
	SiteWP, SitePHP         string
	DashboardID             int64
	DashboardName           string
	ClientName              string
	SiteState               SiteState
	Chosen                  bool   // in the viewer's basket
	HeldBy                  string // why it may not be made now: the hold's reason, or until when the release is too fresh; empty: it may
}

// UpdateGroup is one line of the Updates page: an item, a site, a client or a Dashboard with what it has pending.
type UpdateGroup struct {
	Key                            string // opens the group again: "plugin:akismet/akismet.php", a site id, "dashboard.client", a Dashboard id
	Kind                           ItemKind
	Slug, Name                     string
	FromMin, FromMax, ToMin, ToMax string // item groups: range of versions
	Sites                          int
	Counts                         UpdateCounts // offered by kind; Ignored beside
	Sub                            string       // host, Dashboard name
	State                          SiteState
	Chosen                         int // in the viewer's basket
	Offered                        int // of the kind that is asked for
	Choosable                      int // of them, that can be chosen as things stand; without Exact at most so many
	Exact                          bool
	Left                           int // that came into the viewer's basket with the group, to be told as left out
}

// Client is a MainWP client. Sites and Updates count what the viewer may see.
type Client struct {
	Ref
	DashboardName          string
	Name, Email, Phone     string
	Address, Website, Note string
	Status                 string // active, suspended, lead, lost
	CreatedAt              time.Time
	Sites, Attention       int
	Updates                UpdateCounts
}

// Cost is a subscription or licence of MainWP's Cost Tracker.
type Cost struct {
	Ref
	Name, URL, Type, ProductType, Slug string
	LicenseType, Status, PaymentMethod string
	Price, RenewalType, Note           string // Price is decimal text; MainWP does not say the currency
	LastRenewal, NextRenewal           time.Time
}

// Monitor is an uptime monitor of MainWP; SiteID is a match by address or 0.
type Monitor struct {
	ID, RemoteID, SiteID, DashboardID int64
	URL, Type, Status                 string
	Every                             time.Duration
	LastCheckAt                       time.Time
	LastCode                          *int
	Ratio7d, Ratio30d                 *float64 // MainWP's own figures
	Incidents7d, Incidents30d         int
	AvgMS, MinMS, MaxMS               *int
	Day                               Uptime    // last 24 hours
	Month                             []HourBar // last 30 days, one bar a day
	MonthUptime                       Uptime
}

// Incident is one outage of a monitor; a zero EndedAt is still open.
type Incident struct {
	MonitorID          int64
	StartedAt, EndedAt time.Time
	DownCount          int
}

// Change is a change on a site that MainWP saw and did not make.
type Change struct {
	LogID            int64
	At               time.Time
	Action, Context  string // activate, deactivate, install, delete, update…; plugin, theme, core
	Item, Slug, User string
	From, To         string
}

// EventKind is a sort of history entry.
type EventKind string

// History entries.
const (
	EventUpdated      EventKind = "updated"
	EventDowngraded   EventKind = "downgraded"
	EventAdded        EventKind = "added"
	EventRemoved      EventKind = "removed"
	EventActivated    EventKind = "activated"
	EventDeactivated  EventKind = "deactivated"
	EventDown         EventKind = "down"
	EventUp           EventKind = "up"
	EventDisconnected EventKind = "disconnected"
	EventReconnected  EventKind = "reconnected"
	EventSuspended    EventKind = "suspended"
	EventUnsuspended  EventKind = "unsuspended"
	EventSiteAdded    EventKind = "site_added"
	EventSiteGone     EventKind = "site_gone"
	EventSiteBack     EventKind = "site_back"
	EventRenamed      EventKind = "renamed"
	EventUnreachable  EventKind = "unreachable" // a Dashboard
	EventReachable    EventKind = "reachable"
)

// Event is one entry of the history. SiteID 0: it is about the Dashboard. RunID is the run that made the change, and UserName its person; a
// change with RunID 0 was made outside Muster.
type Event struct {
	ID, DashboardID, SiteID int64
	At                      time.Time
	Kind                    EventKind
	ItemKind                ItemKind
	Slug, Name, From, To    string
	Detail                  string
	RunID                   int64
	UserName                string
	SiteName, DashboardName string
}
