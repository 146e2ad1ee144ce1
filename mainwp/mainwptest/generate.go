package mainwptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// New makes a Dashboard from its configuration.
func New(cfg Config) *Dashboard { return newDashboard(cfg, int(cfg.Seed%6000)*10) }

func newDashboard(cfg Config, firstName int) *Dashboard {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.PluginsPerSite == 0 {
		cfg.PluginsPerSite = 20
	}
	if cfg.Personality.MainWP == "" {
		cfg.Personality = V61WP69
	}
	if cfg.Name == "" {
		cfg.Name = agencyNames[cfg.Seed%uint64(len(agencyNames))]
	}
	d := &Dashboard{
		cfg: cfg, now: cfg.Now, cat: newCatalogue(), names: nameSource{next: firstName},
		rng:   rand.New(rand.NewPCG(cfg.Seed, 0x6d61696e7770)),
		sites: make(map[int64]*Site, cfg.Sites), changes: map[int64][]Change{}, watched: map[int64]*monitor{}, nextSite: 1,
		latest: map[Kind]map[string]string{Core: {}, Plugins: {}, Themes: {}},
		global: map[Kind][]Ignore{}, frags: map[fragmentKey][]byte{},
		scripts: map[scriptKey][]Effect{}, connected: map[int]func(){}, strangers: map[string]NewChild{},
	}
	d.table = routes()
	d.keys = makeKeys(d.rng)
	d.gmt, d.zone = 1, "Europe/Berlin"
	if d.rng.IntN(3) == 0 {
		d.gmt, d.zone = -5, "America/New_York"
	}
	d.server = fmt.Sprintf("203.0.113.%d", 1+d.rng.IntN(250))
	d.stockCatalogue()
	d.makeTags()
	for range cfg.Sites {
		d.makeSite()
	}
	d.reorder()
	d.makeCosts()
	return d
}

// stockCatalogue sets what publishers offer at the beginning.
func (d *Dashboard) stockCatalogue() {
	d.latest[Core]["wordpress"] = coreVersions[len(coreVersions)-1]
	for _, p := range d.cat.plugins {
		d.latest[Plugins][p.slug] = p.current()
	}
	for _, t := range d.cat.themes {
		d.latest[Themes][t.slug] = t.current()
	}
}

var tagTable = []Tag{
	{Name: "Care Basic", Color: "#21ba45"}, {Name: "Care Gold", Color: "#fbbd08"}, {Name: "Shop", Color: "#f2711c"},
	{Name: "Staging", Color: "#767676"}, {Name: "Multilingual", Color: "#2185d0"}, {Name: "Needs relaunch", Color: "#db2828"}, {Name: "Internal"},
}

func (d *Dashboard) makeTags() {
	for i, t := range tagTable {
		t.ID = int64(i + 1)
		d.tags = append(d.tags, &t)
	}
}

func (d *Dashboard) tagsFor(s *Site) []int64 {
	var ids []int64
	switch n := d.rng.IntN(10); {
	case n < 5:
		ids = append(ids, 1)
	case n < 8:
		ids = append(ids, 2)
	}
	if slices.ContainsFunc(s.Child.Plugins, func(p Plugin) bool { return p.Slug == "woocommerce/woocommerce.php" }) {
		ids = append(ids, 3)
	}
	if d.rng.IntN(20) == 0 {
		ids = append(ids, int64(4+d.rng.IntN(3)))
	}
	return ids
}

// makeSite adds the next site; about a third of them belong to the client before them.
func (d *Dashboard) makeSite() *Site {
	s := &Site{ID: d.nextSite, IP: d.server, HealthScore: 100 - d.rng.IntN(25), HTTPStatus: "200 - OK", OfflineCheck: 1}
	d.nextSite++
	b := d.names.business()
	s.Name, s.URL = b.name, "https://"+b.host+"/"
	if n := len(d.clients); n > 0 && d.rng.IntN(3) == 0 {
		c := d.clients[n-1]
		s.ClientID = c.ID
		s.Name, s.URL = d.secondSite(c)
	} else if d.rng.IntN(25) > 0 {
		s.ClientID = d.makeClient(b)
	}
	if d.rng.IntN(4) == 0 {
		s.IP = fmt.Sprintf("198.51.100.%d", 1+d.rng.IntN(250))
	}
	if s.HealthScore < 80 {
		s.HealthStatus = 1
	}
	d.makeInventory(s)
	s.TagIDs = d.tagsFor(s)
	d.sites[s.ID] = s
	d.makeOdd(s, b)
	d.makeUptime(s)
	d.makePast(s)
	return s
}

var secondSites = []struct{ host, name string }{
	{"shop", "Shop"}, {"blog", "Blog"}, {"staging", "Staging"}, {"jobs", "Careers"}, {"events", "Events"}, {"press", "Press"},
}

// secondSite is another site of a client's domain; taken names are passed over.
func (d *Dashboard) secondSite(c *Client) (name, url string) {
	host := c.Email[len("office@"):]
	from := d.rng.IntN(len(secondSites))
	for i := range secondSites {
		w := secondSites[(from+i)%len(secondSites)]
		url = "https://" + w.host + "." + host + "/"
		if !d.addressTaken(url) {
			return clientShortName(c) + " " + w.name, url
		}
	}
	b := d.names.business()
	return b.name, "https://" + b.host + "/"
}

func (d *Dashboard) addressTaken(url string) bool {
	for id := max(1, d.nextSite-12); id < d.nextSite; id++ {
		if s := d.sites[id]; s != nil && s.URL == url {
			return true
		}
	}
	return false
}

// makeOdd gives the few sites that are not well their state, and some names and notes that test a page.
func (d *Dashboard) makeOdd(s *Site, b business) {
	if s.ID%67 == 23 {
		s.Name = oddName(int(s.ID/67), b)
	}
	if s.ID%9 == 4 {
		s.Note = oddNote(int(s.ID/9), b)
	}
	now := d.now()
	s.LastSync = now.Add(-time.Duration(20+d.rng.IntN(1300)) * time.Minute).Truncate(time.Second)
	if s.ID%41 == 11 { // not synced for days
		s.LastSync = now.AddDate(0, 0, -4-d.rng.IntN(40)).Truncate(time.Second)
	}
	if s.ID%199 == 101 { // added, never synced
		s.LastSync, s.HTTPStatus, s.OfflineCheck = time.Time{}, "0", 0
		s.SyncErrors = connectError(s)
		s.ChildVersion0 = true
		return
	}
	d.readChild(s)
	switch {
	case s.ID%47 == 19:
		s.Suspended = true
	case s.ID%53 == 29:
		s.Child.Refuses, s.ChildVersion0 = true, true
		s.SyncErrors = refusedText
	case s.ID%61 == 37:
		s.Child.Down, s.ChildVersion0, s.OfflineCheck = true, true, -1
		s.SyncErrors = connectError(s)
	case s.ID%211 == 107: // inventory unknown though connected
		s.Plugins, s.PluginUpdates = nil, nil
	}
	d.makeIgnores(s)
	if s.ID%13 == 6 {
		s.HTTPUser, s.HTTPPass = fmt.Sprintf("gate%d", s.ID), fmt.Sprintf("hp-%08x%04d", d.rng.Uint32(), s.ID)
	}
	if s.ID%17 == 8 {
		s.UniqueID = fmt.Sprintf("uid-%08x%04d", d.rng.Uint32(), s.ID)
	}
}

// makeIgnores ignores some updates in each way there is, and marks some as rolled back.
func (d *Dashboard) makeIgnores(s *Site) {
	if u := s.PluginUpdates; len(u) > 0 && s.ID%11 == 5 {
		versions := []string{"all_versions"}
		if s.ID%2 == 0 {
			versions = []string{u[0].New}
		}
		s.IgnoredPlugins = []Ignore{{Slug: u[0].Slug, Name: d.cat.find(Plugins, u[0].Slug).name, Versions: versions}}
	}
	if u := s.ThemeUpdates; len(u) > 0 && s.ID%19 == 9 {
		s.IgnoredThemes = []Ignore{{Slug: u[0].Slug, Name: d.cat.find(Themes, u[0].Slug).name, Versions: []string{"all_versions"}}}
	}
	s.IgnoreCore = s.ID%31 == 12
	s.IgnorePlugins = s.ID%59 == 33
	s.IgnoreThemes = s.ID%71 == 40
	if s.CoreNew != "" && s.ID%37 == 15 {
		s.IgnoredCore = []string{s.CoreNew}
	}
	if u := s.PluginUpdates; len(u) > 1 && s.ID%23 == 7 {
		s.RollbackPlugins = []Update{{Slug: u[1].Slug, Version: u[1].Version, New: u[1].New}}
	}
}

// makePast writes some changes that somebody made on the site itself.
func (d *Dashboard) makePast(s *Site) {
	if s.LastSync.IsZero() || len(s.Plugins) < 2 || d.rng.IntN(4) > 0 {
		return
	}
	at := s.LastSync
	for range 1 + d.rng.IntN(4) {
		at = at.Add(-time.Duration(1+d.rng.IntN(200)) * time.Hour)
	}
	for at.Before(s.LastSync) {
		p := s.Plugins[d.rng.IntN(len(s.Plugins))]
		action := "activate"
		if !p.Active {
			action = "deactivate"
		}
		d.logChange(s.ID, at, action, "plugin", p.Slug, p.Name)
		at = at.Add(time.Duration(30+d.rng.IntN(15000)) * time.Minute)
	}
}

var changeUsers = []string{"admin", "editor", "webmaster", "office", "intern"}

func (d *Dashboard) logChange(site int64, at time.Time, action, context, slug, name string) {
	d.lastLog++
	d.changes[site] = append(d.changes[site], Change{
		LogID: d.lastLog, At: at, Action: action, Context: context, Slug: slug, Name: name,
		User: changeUsers[d.rng.IntN(len(changeUsers))],
	})
}
