package mainwptest

import "strings"

// fragmentKey names a piece of JSON that many sites share: an installed item, or an update of it.
type fragmentKey struct {
	kind               Kind
	slug, version, new string
	active, mustUse    bool
}

// fragment gives the piece, written once and escaped for a place inside a JSON string. Sharing it makes a page of 50
// sites a matter of copying.
func (d *Dashboard) fragment(key fragmentKey, write func() []byte) []byte {
	if b, have := d.frags[key]; have {
		return b
	}
	b := appendEscaped(nil, string(write()))
	d.frags[key] = b
	return b
}

func (d *Dashboard) about(p *product) string {
	if d.cfg.DescriptionsShort {
		return ""
	}
	return p.about
}

func (d *Dashboard) pluginFragment(p Plugin) []byte {
	return d.fragment(fragmentKey{kind: Plugins, slug: p.Slug, version: p.Version, active: p.Active, mustUse: p.MustUse}, func() []byte {
		return appendJSON(nil, d.pluginItem(p))
	})
}

// pluginItem is a plugin as syncs report it; the same object stands in GET /sites/{id}/plugins.
func (d *Dashboard) pluginItem(p Plugin) obj {
	child := "F"
	if p.Slug == childSlug {
		child = "T"
	}
	o := obj{{"mainwp", child}, {"name", p.Name}, {"slug", p.Slug}, {"description", d.about(d.cat.find(Plugins, p.Slug))}, {"version", p.Version}, {"active", bit(p.Active)}}
	if p.MustUse {
		o = append(o, field{"mu", 1})
	}
	return o
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

func (d *Dashboard) themeFragment(t Theme) []byte {
	return d.fragment(fragmentKey{kind: Themes, slug: t.Slug, version: t.Version, active: t.Active}, func() []byte {
		return appendJSON(nil, d.themeItem(t))
	})
}

func (d *Dashboard) themeItem(t Theme) obj {
	return obj{
		{"name", t.Name}, {"title", t.Name}, {"description", d.about(d.cat.find(Themes, t.Slug))}, {"version", t.Version},
		{"active", bit(t.Active)}, {"slug", t.Slug}, {"parent_active", 0},
	}
}

// updateFragment is "slug":{…} of plugin_upgrades or theme_upgrades.
func (d *Dashboard) updateFragment(kind Kind, u Update, active bool) []byte {
	key := fragmentKey{kind: "update " + kind, slug: u.Slug, version: u.Version, new: u.New, active: active}
	return d.fragment(key, func() []byte {
		b := appendString(nil, u.Slug)
		b = append(b, ':')
		return appendJSON(b, d.updateItem(kind, u, active))
	})
}

func (d *Dashboard) updateItem(kind Kind, u Update, active bool) obj {
	p := d.cat.find(kind, u.Slug)
	if kind == Themes {
		return obj{
			{"update", obj{
				{"theme", u.Slug}, {"new_version", u.New}, {"url", "https://wordpress.org/themes/" + u.Slug + "/"}, {"package", d.packageURL(kind, p, u.New)},
				{"requires", "6.0"}, {"requires_php", p.php},
			}},
			{"Name", p.name}, {"Version", u.Version}, {"active", bit(active)},
		}
	}
	name := p.domain()
	home := "https://wordpress.org/plugins/" + name + "/"
	id := "w.org/plugins/" + name
	if p.premium {
		home, id = "https://"+name+".example/changelog/", name
	}
	return obj{
		{"Name", p.name}, {"PluginURI", home}, {"Version", u.Version}, {"Description", d.about(p)}, {"Author", p.author}, {"AuthorURI", "https://profiles.example/" + name},
		{"TextDomain", name}, {"DomainPath", ""}, {"Network", false}, {"RequiresWP", "6.0"}, {"RequiresPHP", ""}, {"UpdateURI", ""}, {"RequiresPlugins", ""},
		{"Title", p.name}, {"AuthorName", p.author},
		{"update", obj{
			{"id", id}, {"slug", name}, {"plugin", u.Slug}, {"new_version", u.New}, {"url", home}, {"package", d.packageURL(kind, p, u.New)},
			{"icons", list{}}, {"banners", list{}}, {"banners_rtl", list{}}, {"requires", "6.0"}, {"tested", "6.9"}, {"requires_php", p.php}, {"requires_plugins", list{}},
		}},
		{"active", bit(active)}, {"wp_compatible", true}, {"php_compatible", true},
	}
}

// packageURL is where an update is loaded from. A premium product's carries the agency's licence key.
func (d *Dashboard) packageURL(kind Kind, p *product, version string) string {
	if p.premium {
		return "https://updates.example/" + p.domain() + "." + version + ".zip?license=" + d.licence(p)
	}
	return "https://downloads.wordpress.org/" + strings.TrimSuffix(string(kind), "s") + "/" + p.domain() + "." + version + ".zip"
}

func (d *Dashboard) licence(p *product) string {
	return "LK-" + strings.ToUpper(d.keys[3].key[:12]) + "-" + strings.ToUpper(p.domain())
}
