package mainwptest

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// updateCore answers POST /updates/{id}/update/wp. The row keeps its pending update until the next sync. That core
// updates are ignored is not looked at.
func (d *Dashboard) updateCore(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	if s.Child.away() || s.Child.Refuses {
		return fail(http.StatusInternalServerError, "internal_server_error", "<p>There has been a critical error on this website.</p>")
	}
	const done = "WordPress was updated to the latest version."
	from, to := s.Child.WPVersion, d.latest[Core]["wordpress"]
	e := d.effectOn("")
	switch {
	case e.Outcome == Failed && e.Reason != "":
		return ok(obj{{"success", 0}, {"error", html.EscapeString(e.Reason)}})
	case e.Outcome == Failed || e.Outcome == RolledBack:
		return ok(obj{{"success", 0}})
	case e.Outcome == Nothing || !older(from, to):
		return ok(obj{{"success", 1}, {"message", done}})
	case e.Outcome != Unchanged:
		s.Child.WPVersion = to
	}
	return ok(obj{{"success", 1}, {"message", done}, {"data", obj{{"old_version", from}, {"version", to}}}})
}

func (d *Dashboard) updatePlugins(q query) answer {
	return d.updateItemsOf(q, Plugins, "Plugins", func(s *Site) ([]Update, bool) { return d.offered(s).plugins, s.IgnorePlugins })
}

// updateThemes refreshes the row at once: the child's answer carries sync data.
func (d *Dashboard) updateThemes(q query) answer {
	a := d.updateItemsOf(q, Themes, "Themes", func(s *Site) ([]Update, bool) { return d.offered(s).themes, s.IgnoreThemes })
	if s := d.site(q); s != nil && a.status == http.StatusOK && !s.Child.away() {
		d.readChild(s)
	}
	return a
}

// updateItemsOf updates those of the asked slugs that are offered; the others are passed over in silence.
func (d *Dashboard) updateItemsOf(q query, kind Kind, word string, offers func(*Site) ([]Update, bool)) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	pending, flagged := offers(s)
	asked := q.list("slug")
	pending = slices.DeleteFunc(slices.Clone(pending), func(u Update) bool { return !slices.Contains(asked, u.Slug) })
	switch {
	case flagged:
		return ok(obj{{"success", 0}, {"message", word + " ignored updates per site."}})
	case len(pending) == 0:
		return ok(obj{{"success", 0}, {"message", "No " + word + " to update."}})
	case s.Child.away() || s.Child.Refuses:
		return failNull("mainwp_rest_upgrade_"+string(kind)+"_of_site_error", "HTTPERROR")
	}
	var data obj
	for _, u := range pending {
		data = d.installOne(data, s, kind, u)
	}
	return ok(obj{{"success", 1}, {"data", data}})
}

// installOne updates one item and adds what the answer says of it. old_version is "" where the row was stale.
func (d *Dashboard) installOne(data obj, s *Site, kind Kind, u Update) obj {
	from := s.Child.version(kind, u.Slug)
	old := from
	if from == u.New {
		old = ""
	}
	e := d.effectOn(u.Slug)
	name := html.EscapeString(d.cat.find(kind, u.Slug).name)
	entry := func(success int, version string) obj {
		return obj{{"success", success}, {"name", name}, {"old_version", old}, {"version", version}}
	}
	switch e.Outcome {
	case Nothing:
		return data
	case Failed:
		return failedItem(data, u.Slug, e.Reason, entry(0, from))
	case RolledBack:
		mark := Update{Slug: u.Slug, Version: from, New: u.New}
		if kind == Plugins {
			s.RollbackPlugins = append(slices.Clone(s.RollbackPlugins), mark)
		} else {
			s.RollbackThemes = append(slices.Clone(s.RollbackThemes), mark)
		}
		return append(data, field{u.Slug, entry(0, u.New)})
	case Unchanged:
	default:
		s.Child.install(kind, u.Slug, u.New)
	}
	return append(data, field{u.Slug, entry(1, u.New)})
}

// failedItem tells of an item twice: its reason under the slug as rawurlencode writes it, then the rest under the slug
// itself. Where both are the same key, as with themes, the reason is lost.
func failedItem(data obj, slug, reason string, entry obj) obj {
	encoded := strings.ReplaceAll(url.QueryEscape(slug), "+", "%20")
	if encoded != slug {
		data = append(data, field{encoded, obj{{"success", 0}, {"error", html.EscapeString(reason)}}})
	}
	return append(data, field{slug, entry})
}

// updateTranslations answers POST …/update/translations; 5.x does the work and tells nothing of it.
func (d *Dashboard) updateTranslations(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	asked := q.list("slug")
	pending := slices.DeleteFunc(slices.Clone(s.Inventory.Translations), func(t Translation) bool { return !slices.Contains(asked, t.Slug) })
	switch {
	case len(pending) == 0:
		return ok(obj{{"success", 0}, {"message", "No Translations to update."}})
	case s.Child.away() || s.Child.Refuses:
		return failNull("mainwp_rest_upgrade_translations_of_site_error", "HTTPERROR")
	}
	var data obj
	for _, t := range pending {
		e := d.effectOn(t.Slug)
		entry := obj{{"success", bit(e.Outcome != Failed && e.Outcome != RolledBack)}, {"name", t.Name}, {"old_version", ""}, {"version", t.Version}}
		switch e.Outcome {
		case Nothing:
			continue
		case Failed:
			data = failedItem(data, t.Slug, e.Reason, entry)
			continue
		case Unchanged, RolledBack:
		default:
			s.Child.dropTranslation(t.Slug)
		}
		data = append(data, field{t.Slug, entry})
	}
	if !d.cfg.Personality.six() {
		data = nil
	}
	return ok(obj{{"success", 1}, {"data", data}})
}

// updateEverything installs all that is offered for a site, as updates/update does too.
func (d *Dashboard) updateEverything(s *Site) (updated int) {
	if s.Suspended || s.Child.away() || s.Child.Refuses {
		return 0
	}
	o := d.offered(s)
	if o.core != "" {
		s.Child.WPVersion = o.core
		updated++
	}
	for kind, updates := range map[Kind][]Update{Plugins: o.plugins, Themes: o.themes} {
		for _, u := range updates {
			s.Child.install(kind, u.Slug, u.New)
			updated++
		}
	}
	for _, t := range o.translations {
		s.Child.dropTranslation(t.Slug)
		updated++
	}
	return updated
}

// updateSite answers POST /updates/{id}/update: everything at once, or queued where abilities are not used.
func (d *Dashboard) updateSite(q query) answer {
	s := d.site(q)
	switch {
	case s == nil:
		return notFound("site")
	case s.Suspended:
		return fail(http.StatusBadRequest, "mainwp_rest_updates_site_error", "Website suspended. Please unsuspended the website and try again.")
	}
	d.updateEverything(s)
	tail := obj{{"last_time_start_batch_updates", stamp(d.now())}, {"site", s.simple()}}
	if d.cfg.Personality.abilities() {
		return ok(append(obj{{"success", 1}, {"message", "Batch updates for the site completed."}, {"summary", list{}}}, tail...))
	}
	return ok(append(obj{{"success", 1}, {"message", "Batch updates for the site started successfully. Please wait to completed."}}, tail...))
}

// updateFleet answers POST /updates/update: every update of every site, whatever was asked for.
func (d *Dashboard) updateFleet(query) answer {
	updated, sites := 0, 0
	for _, id := range d.order {
		n := d.updateEverything(d.sites[id])
		updated, sites = updated+n, sites+bit(n > 0)
	}
	at := field{"last_time_start_batch_updates", stamp(d.now())}
	if d.cfg.Personality.abilities() {
		return ok(obj{{"success", 1}, {"message", "Batch updates completed."}, {"summary", obj{{"total_updated", updated}, {"total_errors", 0}, {"sites_updated", sites}}}, at})
	}
	return ok(obj{{"success", 1}, {"message", "Batch updates all started successfully."}, at})
}

func jobID(kind string, n int) string {
	return fmt.Sprintf("%s_00000000-0000-4000-8000-%012d", kind, n)
}
