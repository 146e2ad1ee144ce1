package mainwptest

import (
	"html"
	"net/http"
	"slices"
)

// emptySlugs is a WP_Error whose status was given as its data: HTTP 500 and the number 400.
func emptySlugs(kind Kind, message string) answer {
	return answer{status: http.StatusInternalServerError, body: obj{{"code", "mainwp_rest_invalid_" + string(kind) + "_slugs"}, {"message", message}, {"data", 400}}}
}

// unreachable refuses an action on a child that cannot be reached; themes carry the code of plugins too.
func (s *Site) unreachable(action string) *answer {
	if !s.Child.away() && !s.Child.Refuses {
		return nil
	}
	reason := "HTTPERROR"
	if !s.Child.away() {
		reason = authFailed
	}
	a := failNull("mainwp_rest_"+action+"_plugins_action", reason)
	return &a
}

func itemRow(name, version, slug string) obj {
	return obj{{"name", name}, {"version", version}, {"slug", slug}}
}

func (d *Dashboard) activatePlugins(q query) answer {
	return d.actOnPlugins(q, "activate", func(c *Child, i int) { c.Plugins[i].Active = true })
}

func (d *Dashboard) deactivatePlugins(q query) answer {
	return d.actOnPlugins(q, "deactivate", func(c *Child, i int) { c.Plugins[i].Active = false })
}

// deletePlugins deletes active plugins as well. The sync data in the child's answer is older than the deletion, so the row lists them, inactive,
// until the next sync (seen on MainWP 6.1.2).
func (d *Dashboard) deletePlugins(q query) answer {
	return d.actOnPlugins(q, "delete", func(c *Child, i int) {
		c.dropTranslation(d.cat.find(Plugins, c.Plugins[i].Slug).domain())
		c.Plugins = slices.Delete(c.Plugins, i, i+1)
	})
}

// actOnPlugins changes plugins of a child and reads it into the row, because the child's answer carries sync data. What
// the child has not is reported as done without a name, except by delete, which leaves it out. The child passes over
// itself.
func (d *Dashboard) actOnPlugins(q query, action string, act func(c *Child, i int)) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	slugs := q.list("slug")
	if len(slugs) == 0 {
		return emptySlugs(Plugins, "Plugins slugs are empty or invalid.")
	}
	if refusal := s.unreachable(action); refusal != nil {
		return *refusal
	}
	data := list{}
	before := slices.Clone(s.Child.Plugins)
	s.Child.Plugins = slices.Clone(s.Child.Plugins)
	for _, slug := range slugs {
		i := slices.IndexFunc(s.Child.Plugins, func(p Plugin) bool { return p.Slug == slug })
		switch {
		case slug == childSlug:
		case i >= 0:
			p := s.Child.Plugins[i]
			act(&s.Child, i)
			data = append(data, itemRow(p.Name, p.Version, slug))
		case action != "delete":
			data = append(data, itemRow("", "", slug))
		}
	}
	d.readChild(s)
	if action == "delete" {
		s.Inventory.Plugins = before
		for i, p := range before {
			before[i].Active = p.Active && slices.Contains(s.Child.Plugins, p)
		}
	}
	return ok(obj{{"success", bit(len(data) > 0)}, {"data", data}, {"site", s.simple()}})
}

// activateTheme switches to any slug, also to one that is not there: the site is then a white page, and the theme that
// was active can be deleted (MainWP REST API notes §4.6).
func (d *Dashboard) activateTheme(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	slug := q.Get("slug")
	if slug == "" {
		return emptySlugs(Themes, "Theme slug is empty or invalid.")
	}
	if refusal := s.unreachable("activate"); refusal != nil {
		return *refusal
	}
	c := &s.Child
	from, to := itemRow("", "", ""), itemRow(slug, "", slug)
	c.Themes = slices.Clone(c.Themes)
	for i := range c.Themes {
		t := &c.Themes[i]
		if t.Active {
			from = itemRow(t.Name, t.Version, t.Slug)
		}
		t.Active = t.Slug == slug
		if t.Active {
			to = itemRow(t.Name, t.Version, t.Slug)
		}
	}
	d.readChild(s)
	return ok(obj{{"success", 1}, {"data", obj{{"deactivate", from}, {"activate", to}}}, {"site", s.simple()}})
}

// deleteThemes reports the last theme only; the active one is refused.
func (d *Dashboard) deleteThemes(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	slugs := q.list("slug")
	if len(slugs) == 0 {
		return emptySlugs(Themes, "Theme slug is empty or invalid.")
	}
	if refusal := s.unreachable("delete"); refusal != nil {
		return *refusal
	}
	var data obj
	success := 0
	s.Child.Themes = slices.Clone(s.Child.Themes)
	for _, slug := range slugs {
		i := slices.IndexFunc(s.Child.Themes, func(t Theme) bool { return t.Slug == slug })
		if i < 0 {
			continue
		}
		t := s.Child.Themes[i]
		if t.Active {
			data = obj{{"error", "The theme " + html.EscapeString(t.Name) + " is active."}}
			continue
		}
		s.Child.Themes = slices.Delete(s.Child.Themes, i, i+1)
		data, success = obj{{"delete", itemRow(t.Name, t.Version, slug)}}, 1
	}
	d.readChild(s)
	return ok(obj{{"success", success}, {"data", data}, {"site", s.simple()}})
}
