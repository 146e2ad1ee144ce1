package mainwptest

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Evolve lets a fleet live: each step is one thing that happens to one site or one product, all of them now. Updates
// are applied, new releases come out, people change plugins on their sites (which makes non-MainWP changes), a site is
// away for some minutes, MainWP syncs a part of the fleet.
func (d *Dashboard) Evolve(r *rand.Rand, steps int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for range steps {
		if len(d.order) == 0 {
			return
		}
		s := d.sites[pick(r, d.order)]
		switch n := r.IntN(100); {
		case n < 47:
			d.evolveUpdate(r, s)
		case n < 50:
			d.evolveRelease(r)
		case n < 65:
			d.evolvePlugin(r, s)
		case n < 72:
			d.evolveOutage(r, s)
		case n < 76:
			d.evolveConnection(s)
		case n < 80:
			s.Note = "Checked " + d.now().UTC().Format(time.DateOnly) + ".\n" + s.Note
			s.Note = s.Note[:min(len(s.Note), 300)]
		default:
			for range 1 + len(d.order)/50 {
				d.sync(d.sites[pick(r, d.order)])
			}
		}
	}
}

// evolveUpdate applies one of the site's pending updates and syncs it.
func (d *Dashboard) evolveUpdate(r *rand.Rand, s *Site) {
	o := d.offered(s)
	switch {
	case o.core != "" && r.IntN(3) == 0:
		d.applyUpdate(s, Core, "")
	case len(o.plugins) > 0:
		d.applyUpdate(s, Plugins, pick(r, o.plugins).Slug)
	case len(o.themes) > 0:
		d.applyUpdate(s, Themes, pick(r, o.themes).Slug)
	case len(o.translations) > 0:
		d.applyUpdate(s, Translations, pick(r, o.translations).Slug)
	}
	d.sync(s)
}

// evolveRelease brings out a new version of something living.
func (d *Dashboard) evolveRelease(r *rand.Rand) {
	kind, products := Plugins, d.cat.plugins
	if r.IntN(6) == 0 {
		kind, products = Themes, d.cat.themes
	}
	p := pick(r, products)
	if p.dead != "" || p.slug == childSlug {
		return
	}
	version := nextVersion(d.latest[kind][p.slug], r.IntN(4) == 0)
	d.latest[kind][p.slug] = version
	if kind == Plugins && r.IntN(3) == 0 {
		d.releaseTranslation(p.domain(), version)
	}
}

// evolvePlugin is somebody at work on the site itself.
func (d *Dashboard) evolvePlugin(r *rand.Rand, s *Site) {
	i := slices.IndexFunc(s.Child.Plugins, func(p Plugin) bool { return p.Slug != childSlug && !p.MustUse && r.IntN(3) == 0 })
	c := &s.Child
	now := d.now().Truncate(time.Second)
	if r.IntN(3) == 0 {
		d.evolveInstall(r, s)
	} else if i >= 0 {
		c.Plugins = slices.Clone(c.Plugins)
		p := c.Plugins[i]
		switch {
		case p.Active:
			c.Plugins[i].Active = false
			d.logChange(s.ID, now, "deactivate", "plugin", p.Slug, p.Name)
		case r.IntN(2) == 0:
			c.Plugins[i].Active = true
			d.logChange(s.ID, now, "activate", "plugin", p.Slug, p.Name)
		default:
			c.Plugins = slices.Delete(c.Plugins, i, i+1)
			c.dropTranslation(d.cat.find(Plugins, p.Slug).domain())
			d.logChange(s.ID, now, "delete", "plugin", p.Slug, p.Name)
		}
	}
	d.sync(s)
}

func (d *Dashboard) evolveInstall(r *rand.Rand, s *Site) {
	p := pick(r, d.cat.plugins)
	if s.Child.version(Plugins, p.slug) != "" {
		return
	}
	s.Child.Plugins = append(slices.Clone(s.Child.Plugins), Plugin{Slug: p.slug, Name: p.name, Version: d.latest[Plugins][p.slug], Active: true})
	sortPlugins(s.Child.Plugins)
	now := d.now().Truncate(time.Second)
	d.logChange(s.ID, now, "install", "plugin", p.slug, p.name)
	d.logChange(s.ID, now, "activate", "plugin", p.slug, p.name)
}

// evolveOutage is a short time away, over already; what was down for longer comes back.
func (d *Dashboard) evolveOutage(r *rand.Rand, s *Site) {
	m := d.watched[s.ID]
	if s.Child.Down {
		d.setDown(s, false)
		d.sync(s)
		return
	}
	to := d.now().Add(-time.Duration(1+r.IntN(10)) * time.Minute).Truncate(time.Second)
	from := to.Add(-time.Duration(4+r.IntN(20)) * time.Minute)
	if m == nil || m.unused || len(m.outages) > 0 && m.outages[len(m.outages)-1].end(d.now()).After(from) {
		return
	}
	m.outages = append(m.outages, outage{from, to})
}

// evolveConnection breaks a connection, rarely, or mends a broken one.
func (d *Dashboard) evolveConnection(s *Site) {
	s.Child.Refuses = !s.Child.Refuses && s.ID%5 == 0
	d.sync(s)
}
