package mainwptest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// SiteIDs gives the ids of all sites, ascending.
func (d *Dashboard) SiteIDs() []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.sites))
}

// Site gives a copy of a site, the zero Site when there is none.
func (d *Dashboard) Site(id int64) Site {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sites[id]; s != nil {
		return *s
	}
	return Site{}
}

// EditSite changes what the Dashboard knows of a site. last_sync moves only if f moves it, and the next Sync reads the
// inventory from the child again: change s.Child where it shall last. f may write into slices.
func (d *Dashboard) EditSite(id int64, f func(*Site)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sites[id]
	if s == nil {
		return
	}
	for _, i := range []*Inventory{&s.Inventory, &s.Child.Inventory} {
		i.Plugins, i.Themes, i.Translations = slices.Clone(i.Plugins), slices.Clone(i.Themes), slices.Clone(i.Translations)
		i.PluginUpdates, i.ThemeUpdates = slices.Clone(i.PluginUpdates), slices.Clone(i.ThemeUpdates)
	}
	f(s)
	s.ID = id
	d.reorder()
}

// AddSite connects one more site, synced now, and gives its id. With an address ("https://shop.example/") it is that
// site, so that several Dashboards can list the same one; each of them has its own Child for it.
func (d *Dashboard) AddSite(url ...string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(url) == 0 {
		return d.connectSite("").ID
	}
	return d.connectSite(strings.TrimSuffix(url[0], "/") + "/").ID
}

// RemoveSite takes a site out of the Dashboard, with its monitors.
func (d *Dashboard) RemoveSite(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.removeSite(id)
}

func (d *Dashboard) removeSite(id int64) {
	delete(d.sites, id)
	delete(d.watched, id)
	d.monitors = slices.DeleteFunc(d.monitors, func(m *monitor) bool { return m.site == id })
	d.order = slices.DeleteFunc(slices.Clone(d.order), func(other int64) bool { return other == id })
}

// Sync lets MainWP's own cron sync these sites; none means all. It also heals sites that the API refuses to sync.
func (d *Dashboard) Sync(ids ...int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(ids) == 0 {
		ids = d.order
	}
	for _, id := range ids {
		if s := d.sites[id]; s != nil {
			d.sync(s)
		}
	}
}

// ApplyUpdate installs the newest release on the child; the Dashboard sees it with the next Sync. kind is core, plugin,
// theme or translation, in the words of any route; slug of a translation is its text domain.
func (d *Dashboard) ApplyUpdate(id int64, kind, slug string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sites[id]; s != nil {
		d.applyUpdate(s, kindOf(kind), slug)
	}
}

func (d *Dashboard) applyUpdate(s *Site, kind Kind, slug string) {
	switch kind {
	case Core:
		s.Child.WPVersion = d.latest[Core]["wordpress"]
	case Translations:
		s.Child.dropTranslation(slug)
	default:
		if v := d.latest[kind][slug]; v != "" {
			s.Child.install(kind, slug, v)
		}
	}
}

// ReleaseUpdate is a new release: sites that have the item get a pending update with their next Sync.
func (d *Dashboard) ReleaseUpdate(kind, slug, newVersion string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch k := kindOf(kind); k {
	case Core:
		d.latest[Core]["wordpress"] = newVersion
	case Translations:
		d.releaseTranslation(slug, newVersion)
	default:
		d.latest[k][slug] = newVersion
	}
}

func (d *Dashboard) releaseTranslation(domain, version string) {
	for _, s := range d.sites {
		for _, p := range s.Child.Plugins {
			if d.cat.find(Plugins, p.Slug).domain() != domain {
				continue
			}
			s.Child.dropTranslation(domain)
			s.Child.Translations = append(slices.Clone(s.Child.Translations), Translation{Type: "plugin", Slug: domain, Language: "de_DE", Version: version, Name: p.Name})
		}
	}
}

// IgnoreGlobally ignores all versions of an item on all sites. Only GET /updates/{id} shows it, by leaving the item
// out, and on WordPress before 6.9 GET /updates/ignored.
func (d *Dashboard) IgnoreGlobally(kind, slug string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := kindOf(kind)
	if k == Core {
		slug = "wordpress"
	}
	d.global[k] = append(d.global[k], Ignore{Slug: slug, Name: d.cat.find(k, slug).name, Versions: []string{"all_versions"}})
}

// SetDown stops or starts a child. Its monitors notice at once; its row does with the next Sync.
func (d *Dashboard) SetDown(id int64, down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sites[id]; s != nil {
		d.setDown(s, down)
	}
}

func (d *Dashboard) setDown(s *Site, down bool) {
	s.Child.Down, s.OfflineCheck = down, 1
	if down {
		s.OfflineCheck = -1
	}
	for _, m := range d.monitors {
		if m.site != s.ID {
			continue
		}
		now := d.now().Truncate(time.Second)
		open := len(m.outages) > 0 && m.outages[len(m.outages)-1].to.IsZero()
		switch {
		case down && !open:
			m.outages = append(m.outages, outage{from: now})
		case !down && open:
			m.outages[len(m.outages)-1].to = now
		}
	}
}

// SetKey says what the key of Token may do from now on; without any right it is switched off.
func (d *Dashboard) SetKey(read, write bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := &d.keys[0]
	k.read, k.write, k.active = read, write, read || write
}

// Disconnect lets the child refuse this Dashboard and a sync notice it: sync_errors is set and last_sync moves.
func (d *Dashboard) Disconnect(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sites[id]; s != nil {
		s.Child.Refuses = true
		d.sync(s)
	}
}

// EditClient changes a client; a new id adds one.
func (d *Dashboard) EditClient(id int64, f func(*Client)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients = edit(d.clients, func(c *Client) bool { return c.ID == id }, f, func(c *Client) { c.ID = id })
}

// EditTag changes a tag; a new id adds one.
func (d *Dashboard) EditTag(id int64, f func(*Tag)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tags = edit(d.tags, func(t *Tag) bool { return t.ID == id }, f, func(t *Tag) { t.ID = id })
}

// EditCost changes a cost; a new id adds one.
func (d *Dashboard) EditCost(id int64, f func(*Cost)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.costs = edit(d.costs, func(c *Cost) bool { return c.ID == id }, f, func(c *Cost) { c.ID = id })
}

func edit[T any](rows []*T, is func(*T) bool, change, identify func(*T)) []*T {
	i := slices.IndexFunc(rows, is)
	if i < 0 {
		i = len(rows)
		rows = append(rows, new(T))
	}
	change(rows[i])
	identify(rows[i])
	return rows
}

// AddChange logs something that somebody did on the site itself, e.g. "deactivate", "plugin".
func (d *Dashboard) AddChange(id int64, action, context, slug, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sites[id] != nil {
		d.logChange(id, d.now().Truncate(time.Second), action, context, slug, name)
	}
}

// Advance brings monitors up to Now. Answers follow the clock by themselves, so nothing needs to be done.
func (d *Dashboard) Advance() {}

// Leaks gives the secret values that this Dashboard's answers carry now: HTTP credentials and unique ids of sites in
// versions before 6.1, package addresses of updates, and the licence keys in them.
func (d *Dashboard) Leaks() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := map[string]bool{}
	for _, s := range d.sites {
		if d.cfg.Personality.leaksCredentials() {
			found[s.HTTPUser], found[s.HTTPPass], found[s.UniqueID] = true, true, true
		}
		for kind, updates := range map[Kind][]Update{Plugins: s.PluginUpdates, Themes: s.ThemeUpdates} {
			for _, u := range updates {
				p := d.cat.find(kind, u.Slug)
				found[d.packageURL(kind, p, u.New)] = true
				if p.premium {
					found[d.licence(p)] = true
				}
			}
		}
	}
	delete(found, "")
	return slices.Sorted(maps.Keys(found))
}

// RemoveMonitor leaves a site without a monitor.
func (d *Dashboard) RemoveMonitor(site int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.monitors = slices.DeleteFunc(d.monitors, func(m *monitor) bool { return m.site == site })
}
