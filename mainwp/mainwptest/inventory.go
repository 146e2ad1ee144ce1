package mainwptest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

var (
	phpVersions   = []string{"8.1.33", "8.2.29", "8.2.29", "8.3.27", "8.3.27", "8.3.27", "8.4.14"}
	mysqlVersions = []string{"10.11.19-MariaDB-0+deb12u1", "10.6.22-MariaDB", "8.0.43", "11.4.8-MariaDB"}
	memoryLimits  = []string{"256M", "256M", "512M", "128M", "1G"}
	languages     = []string{"de_DE", "fr_FR", "nl_NL", "es_ES", "sv_SE", "it_IT"}
)

// makeInventory fills the child of a new site: most things current, some a release or two behind.
func (d *Dashboard) makeInventory(s *Site) {
	r := d.rng
	c := &s.Child
	c.WPVersion = coreVersions[len(coreVersions)-1]
	if r.IntN(4) == 0 {
		c.WPVersion = coreVersions[r.IntN(len(coreVersions)-1)]
	}
	c.PHPVersion = pick(r, phpVersions)
	c.MySQLVersion = pick(r, mysqlVersions)
	c.MemoryLimit = pick(r, memoryLimits)
	c.DatabaseSize = int64(20+r.IntN(4000)) * 65_536
	c.LastPost = d.now().Add(-time.Duration(r.IntN(9000)) * time.Hour).Truncate(time.Second)
	c.Plugins = d.makePlugins()
	c.Themes = d.makeThemes()
	for _, p := range c.Plugins {
		if p.Slug == childSlug {
			c.ChildVersion = p.Version
		}
	}
	d.makeTranslations(c)
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// installed is a version of p as sites have it.
func (d *Dashboard) installed(p *product) string {
	if len(p.versions) > 1 && d.rng.IntN(8) == 0 {
		return p.versions[d.rng.IntN(len(p.versions)-1)]
	}
	return p.current()
}

// makePlugins picks plugins by how common they are; MainWP Child is always there.
func (d *Dashboard) makePlugins() []Plugin {
	mean := d.cfg.PluginsPerSite
	n := max(2, mean/2+d.rng.IntN(mean+1))
	n = min(n, len(d.cat.plugins))
	have := map[string]bool{childSlug: true}
	child := d.cat.find(Plugins, childSlug)
	out := make([]Plugin, 0, n)
	out = append(out, Plugin{Slug: childSlug, Name: child.name, Version: d.installed(child), Active: true})
	for tries := 0; len(out) < n && tries < n*40; tries++ {
		p := d.cat.plugins[d.rng.IntN(len(d.cat.plugins))]
		if have[p.slug] || d.rng.IntN(9) >= p.weight && tries < n*20 {
			continue
		}
		have[p.slug] = true
		out = append(out, Plugin{Slug: p.slug, Name: p.name, Version: d.installed(p), Active: d.rng.IntN(8) > 0})
	}
	if d.rng.IntN(12) == 0 {
		out = append(out, Plugin{Slug: "host-cache.php", Name: "Host Cache (must-use)", Version: "", Active: true, MustUse: true})
	}
	sortPlugins(out)
	return out
}

// sortPlugins orders as the API does: by name, must-use plugins last.
func sortPlugins(p []Plugin) {
	slices.SortFunc(p, func(a, b Plugin) int {
		if a.MustUse != b.MustUse {
			if b.MustUse {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Slug, b.Slug))
	})
}

func (d *Dashboard) makeThemes() []Theme {
	n := 1 + d.rng.IntN(3)
	have := map[string]bool{}
	var out []Theme
	for tries := 0; len(out) < n && tries < 60; tries++ {
		t := d.cat.themes[d.rng.IntN(len(d.cat.themes))]
		if have[t.slug] || d.rng.IntN(9) >= t.weight {
			continue
		}
		have[t.slug] = true
		out = append(out, Theme{Slug: t.slug, Name: t.name, Version: d.installed(t), Active: len(out) == 0})
	}
	slices.SortFunc(out, func(a, b Theme) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (d *Dashboard) makeTranslations(c *Child) {
	for range d.rng.IntN(7) - 3 {
		p := pick(d.rng, c.Plugins)
		if p.MustUse || slices.ContainsFunc(c.Translations, func(t Translation) bool { return t.Slug == d.cat.find(Plugins, p.Slug).domain() }) {
			continue
		}
		c.Translations = append(c.Translations, Translation{Type: "plugin", Slug: d.cat.find(Plugins, p.Slug).domain(), Language: pick(d.rng, languages), Version: p.Version, Name: p.Name})
	}
}

// offer works out what a child reports as pending, from what publishers offer.
func (d *Dashboard) offer(c *Child) {
	c.CoreNew = ""
	if v := d.latest[Core]["wordpress"]; older(c.WPVersion, v) {
		c.CoreNew = v
	}
	c.PluginUpdates, c.ThemeUpdates = nil, nil
	for _, p := range c.Plugins {
		if v := d.latest[Plugins][p.Slug]; v != "" && older(p.Version, v) {
			c.PluginUpdates = append(c.PluginUpdates, Update{Slug: p.Slug, Version: p.Version, New: v})
		}
	}
	for _, t := range c.Themes {
		if v := d.latest[Themes][t.Slug]; v != "" && older(t.Version, v) {
			c.ThemeUpdates = append(c.ThemeUpdates, Update{Slug: t.Slug, Version: t.Version, New: v})
		}
	}
}

// readChild copies the child into the row, as a good sync does.
func (d *Dashboard) readChild(s *Site) {
	d.offer(&s.Child)
	s.Inventory = s.Child.Inventory
}
