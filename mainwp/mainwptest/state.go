package mainwptest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is a sort of update.
type Kind string

// The kinds, as routes and `type=` of the API spell them.
const (
	Core         Kind = "wp"
	Plugins      Kind = "plugins"
	Themes       Kind = "themes"
	Translations Kind = "translations"
)

// kindOf accepts the words in use for a kind: core, wp, plugin, plugins, theme …
func kindOf(word string) Kind {
	switch {
	case word == "core" || word == "wp" || word == "wordpress":
		return Core
	case strings.HasPrefix(word, "theme"):
		return Themes
	case strings.HasPrefix(word, "translation"):
		return Translations
	}
	return Plugins
}

// Plugin is one installed plugin. Slug is its file path ("akismet/akismet.php").
type Plugin struct {
	Slug, Name, Version string
	Active, MustUse     bool
}

// Theme is one installed theme. Slug is its stylesheet.
type Theme struct {
	Slug, Name, Version string
	Active              bool
}

// Translation is a language pack that can be updated. Type is plugin, theme or core.
type Translation struct{ Type, Slug, Language, Version, Name string }

// Ignore is an entry of a site's ignored_plugins or ignored_themes; Versions holds "all_versions" or versions.
type Ignore struct {
	Slug, Name string
	Versions   []string
}

// Update is a pending update of a plugin or theme, as the last sync found it. Version is the one then installed.
type Update struct{ Slug, Version, New string }

// Inventory is what a sync reads from a child.
type Inventory struct {
	WPVersion, PHPVersion, ChildVersion, MySQLVersion, MemoryLimit string
	DatabaseSize                                                   int64 // bytes
	Plugins                                                        []Plugin
	Themes                                                         []Theme
	CoreNew                                                        string // version of WordPress on offer, "" none
	PluginUpdates, ThemeUpdates                                    []Update
	Translations                                                   []Translation // pending
	LastPost                                                       time.Time
}

// Site is a site as its Dashboard knows it. The embedded Inventory is what the last good sync read; Child is the site
// as it is now. Copies share their slices: only EditSite may write into them.
type Site struct {
	ID            int64
	Name, URL     string
	Note          string // HTML
	IP            string
	ClientID      int64
	TagIDs        []int64
	SyncErrors    string // HTML, "" after a good sync
	HTTPStatus    string // of the last HTTP check, stays "200 - OK" when the child dies
	HealthStatus  int    // 0 good, 1 should be improved
	HealthScore   int
	LastSync      time.Time // last contact, zero = never
	Suspended     bool
	OfflineCheck  int  // offline_check_result: 1 online, -1 offline, 0 unknown
	ChildVersion0 bool // a failed sync set the stored child version to 0 (MainWP REST API notes §4.4)

	IgnoreCore, IgnorePlugins, IgnoreThemes bool
	IgnoredPlugins, IgnoredThemes           []Ignore
	IgnoredCore                             []string // versions, not visible in the row
	RollbackPlugins, RollbackThemes         []Update // Version is what the site was rolled back to from New
	HTTPUser, HTTPPass, UniqueID            string   // in the answers of versions before 6.1 only
	Inventory

	Child Child
}

// Child is the real site behind a row.
type Child struct {
	Inventory
	Down    bool // does not answer
	Refuses bool // answers, but not to this Dashboard: was disconnected
	Dead    bool // PHP fails on every page; Home says with what
	Home    Home

	maintenance int // updates at work: WordPress answers 503 meanwhile
}

// away says that MainWP Child cannot be reached.
func (c *Child) away() bool { return c.Down || c.Dead || c.maintenance > 0 }

// Status is the row's status as the API derives it: connected, disconnected or suspended.
func (s *Site) Status() string {
	switch {
	case s.Suspended:
		return "suspended"
	case s.SyncErrors != "":
		return "disconnected"
	}
	return "connected"
}

// Client is a customer of the agency. Status is MainWP's number: 0 active, 1 suspended, 2 lead, 3 lost.
type Client struct {
	ID                                                                     int64
	Name, Email, Phone, Address, Address2, City, Zip, State, Country, Note string
	Created                                                                time.Time
	Status                                                                 int
}

// Tag is a tag; Color is "#rrggbb" or "".
type Tag struct {
	ID          int64
	Name, Color string
}

// Cost is an entry of the Cost Tracker. Price is decimal text; the times are days.
type Cost struct {
	ID                                                      int64
	Name, URL, Type, ProductType, Slug, LicenseType, Status string
	PaymentMethod, Price, RenewalType, Note                 string
	LastRenewal, NextRenewal                                time.Time
	Sites, Tags, Clients                                    []int64
}

// Change is something done on a site by somebody else than MainWP.
type Change struct {
	LogID                             int64
	At                                time.Time
	Action, Context, User, Name, Slug string
}

// Config describes a Dashboard to make.
type Config struct {
	Personality       Personality
	Seed              uint64
	Sites             int
	Name              string           // site title of the Dashboard; "": made from the seed
	PluginsPerSite    int              // mean; 0: about 20
	Now               func() time.Time // nil: time.Now
	DescriptionsShort bool             // small rows for big fleets
}

// Dashboard is a fake MainWP Dashboard. All its methods are safe for concurrent use.
type Dashboard struct {
	cfg    Config
	now    func() time.Time
	cat    *catalogue
	names  nameSource
	keys   []apiKey
	gmt    int
	zone   string
	server string // IP that most of its sites share
	table  []route

	mu          sync.Mutex
	rng         *rand.Rand
	sites       map[int64]*Site
	order       []int64 // site ids by address, as lists are ordered
	nextSite    int64
	lastMonitor int64
	clients     []*Client
	tags        []*Tag
	costs       []*Cost
	monitors    []*monitor
	watched     map[int64]*monitor // a site's own monitor
	changes     map[int64][]Change // by site, oldest first
	lastLog     int64
	latest      map[Kind]map[string]string // what the publishers offer
	global      map[Kind][]Ignore
	frags       map[fragmentKey][]byte
	rowSize     int // bytes of a row, as last seen
	faults      Faults
	matched     int    // requests the faults were applied to
	active      Faults // those of the request being answered
	log         requestLog

	scripts     map[scriptKey][]Effect
	effects     map[string]Effect // by slug, of the write being answered; "*" is the whole write's
	writes      []*Write
	jobs        int // queued so far
	lastClient  int64
	lastTag     int64
	stopped     bool
	connections int                 // so far
	connected   map[int]func()      // cuts each connection in use
	strangers   map[string]NewChild // by address: children that are on no Dashboard yet
}

// reorder sorts the list of sites by address without scheme and "www.".
func (d *Dashboard) reorder() {
	d.order = d.order[:0]
	for id := range d.sites {
		d.order = append(d.order, id)
	}
	slices.SortFunc(d.order, func(a, b int64) int {
		return cmp.Or(strings.Compare(bareURL(d.sites[a].URL), bareURL(d.sites[b].URL)), cmp.Compare(a, b))
	})
}

func bareURL(u string) string {
	_, rest, found := strings.Cut(u, "://")
	if !found {
		rest = u
	}
	return strings.TrimPrefix(rest, "www.")
}
