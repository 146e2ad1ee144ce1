package mainwptest

import "slices"

// version is what a child has installed, "" when it has not.
func (c *Child) version(kind Kind, slug string) string {
	if kind == Themes {
		for _, t := range c.Themes {
			if t.Slug == slug {
				return t.Version
			}
		}
		return ""
	}
	for _, p := range c.Plugins {
		if p.Slug == slug {
			return p.Version
		}
	}
	return ""
}

// install sets the version of an item the child has. The lists are shared with rows, so they are copied first.
func (c *Child) install(kind Kind, slug, version string) {
	if kind == Themes {
		c.Themes = slices.Clone(c.Themes)
		for i := range c.Themes {
			if c.Themes[i].Slug == slug {
				c.Themes[i].Version = version
			}
		}
		return
	}
	c.Plugins = slices.Clone(c.Plugins)
	for i := range c.Plugins {
		if c.Plugins[i].Slug == slug {
			c.Plugins[i].Version = version
		}
	}
	if slug == childSlug {
		c.ChildVersion = version
	}
}

func (c *Child) dropTranslation(domain string) {
	c.Translations = slices.DeleteFunc(slices.Clone(c.Translations), func(t Translation) bool { return t.Slug == domain })
}
