package mainwptest

import (
	"html"
	"net/http"
	"slices"
	"strconv"
)

// sync reads the child into the row. On failure it says so in sync_errors; last_sync moves only when the child
// answered (MainWP REST API notes §4.4).
func (d *Dashboard) sync(s *Site) bool {
	now := d.now().Truncate(1e9)
	switch {
	case s.Child.Down:
		s.SyncErrors, s.ChildVersion0 = connectError(s), true
		return false
	case s.Child.Refuses:
		s.SyncErrors, s.ChildVersion0, s.LastSync = refusedText, true, now
		return false
	}
	d.readChild(s)
	s.SyncErrors, s.ChildVersion0, s.LastSync, s.HTTPStatus = "", false, now, "200 - OK"
	if s.OfflineCheck == 0 {
		s.OfflineCheck = 1
	}
	return true
}

func (d *Dashboard) item(s *Site) raw { return d.appendRow(nil, s, rowView{}) }

// syncSite answers POST /sites/{id}/sync. On the abilities-first path a site whose last sync failed is refused without
// a try, until it is reconnected.
func (d *Dashboard) syncSite(q query) answer {
	s := d.site(q)
	p := d.cfg.Personality
	switch {
	case s == nil:
		return notFound("site")
	case p.brokenAbilities():
		return abilityInput("sync-sites", "site_ids is not a valid property of Object.")
	case p.abilities() && d.active.NoAdmin:
		return abilityPermission("sync-sites")
	}
	stuck := p.abilities() && (s.ChildVersion0 || s.OfflineCheck < 0)
	if stuck || !d.sync(s) {
		return ok(obj{{"success", 0}, {"data", list{}}})
	}
	return ok(obj{{"success", 1}, {"data", d.item(s)}})
}

// syncAll answers POST /sites/sync: all sites within the request.
func (d *Dashboard) syncAll(q query) answer {
	if d.cfg.Personality.brokenAbilities() && q.Has("include") {
		return abilityInput("sync-sites", "site_ids is not a valid property of Object.")
	}
	var data obj
	admits := q.admits()
	for _, id := range d.order {
		s := d.sites[id]
		if !admits(id) {
			continue
		}
		stuck := d.cfg.Personality.abilities() && (s.ChildVersion0 || s.OfflineCheck < 0)
		if stuck || !d.sync(s) {
			data = append(data, field{itoa(id), obj{{"result", "failed"}}})
			continue
		}
		item := append(raw(`{"result":"success",`), d.item(s)[1:]...)
		data = append(data, field{itoa(id), item})
	}
	return ok(obj{{"total", len(data)}, {"data", data}})
}

// reconnectSite answers POST /sites/{id}/reconnect: it syncs by force and registers anew where that fails.
func (d *Dashboard) reconnectSite(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	if s.Child.Down {
		d.sync(s)
		return failNull("mainwp_rest_reconnect_site_error", "Reconnect Site &quot;"+itoa(s.ID)+"&quot; error:: "+connectError(s))
	}
	s.Child.Refuses = false
	d.sync(s)
	return ok(obj{{"success", 1}, {"data", s.simple()}})
}

// disconnectSite answers POST /sites/{id}/disconnect; the row shows it after the next sync, which fails.
func (d *Dashboard) disconnectSite(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	if s.Child.Refuses || s.Child.Down {
		return ok(obj{{"success", 0}, {"data", s.simple()}, {"error", "Authentication failed! Please deactivate and re-activate the MainWP Child plugin on this site."}})
	}
	s.Child.Refuses = true
	return ok(obj{{"success", 1}, {"data", s.simple()}})
}

func (d *Dashboard) suspendSite(q query) answer   { return d.setSuspended(q, true) }
func (d *Dashboard) unsuspendSite(q query) answer { return d.setSuspended(q, false) }

func (d *Dashboard) setSuspended(q query, on bool) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	s.Suspended = on
	return ok(obj{{"success", 1}, {"suspended", bit(on)}, {"data", s.simple()}})
}

// checkSite answers POST /sites/{id}/check: an HTTP check, which leaves http_status alone when it fails.
func (d *Dashboard) checkSite(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	code := 200
	if s.Child.Down {
		code = 0
	}
	return ok(obj{{"success", 1}, {"data", append(s.simple(), field{"status", bit(code == 200)}, field{"http_code", code})}})
}

// editSite answers PUT /sites/{id}/edit. Since 6.0.4 a request without client_id detaches the client.
func (d *Dashboard) editSite(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	if !d.cfg.Personality.editIgnored() {
		d.applyEdit(s, q)
	}
	return ok(obj{{"success", 1}, {"data", d.item(s)}})
}

func (d *Dashboard) applyEdit(s *Site, q query) {
	if name := q.Get("name"); name != "" {
		s.Name = name
	}
	if q.Has("client_id") || d.cfg.Personality.atLeast("6.0.4") {
		s.ClientID, _ = strconv.ParseInt(q.Get("client_id"), 10, 64)
	}
	if ids := q.list("groupids"); len(ids) > 0 {
		s.TagIDs = nil
		for _, text := range ids {
			if id, err := strconv.ParseInt(text, 10, 64); err == nil {
				s.TagIDs = append(s.TagIDs, id)
			}
		}
	}
	for name, flag := range map[string]*bool{
		"suspended": &s.Suspended, "ignore_core_updates": &s.IgnoreCore, "ignore_plugin_updates": &s.IgnorePlugins, "ignore_theme_updates": &s.IgnoreThemes,
	} {
		if q.Has(name) {
			*flag = q.Get(name) == "1"
		}
	}
}

// updateCore answers POST /updates/{id}/update/wp. The row keeps its pending update until the next sync.
func (d *Dashboard) updateCore(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	if s.Child.Down {
		return fail(http.StatusInternalServerError, "internal_server_error", "<p>There has been a critical error on this website.</p>")
	}
	const done = "WordPress was updated to the latest version."
	from, to := s.Child.WPVersion, d.latest[Core]["wordpress"]
	if !older(from, to) {
		return ok(obj{{"success", 1}, {"message", done}})
	}
	if !d.active.NoUpdateEffect {
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
	if s := d.site(q); s != nil && a.status == http.StatusOK && !s.Child.Down {
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
	case s.Child.Down || s.Child.Refuses:
		return failNull("mainwp_rest_upgrade_"+string(kind)+"_of_site_error", "HTTPERROR")
	}
	var data obj
	for _, u := range pending {
		from := s.Child.version(kind, u.Slug)
		if from == u.New {
			from = ""
		}
		if !d.active.NoUpdateEffect {
			s.Child.install(kind, u.Slug, u.New)
		}
		name := html.EscapeString(d.cat.find(kind, u.Slug).name)
		data = append(data, field{u.Slug, obj{{"success", 1}, {"name", name}, {"old_version", from}, {"version", u.New}}})
	}
	return ok(obj{{"success", 1}, {"data", data}})
}

// updateTranslations answers POST …/update/translations; 5.x does the work and tells nothing of it.
func (d *Dashboard) updateTranslations(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	asked := q.list("slug")
	var data obj
	for _, t := range s.Inventory.Translations {
		if slices.Contains(asked, t.Slug) {
			data = append(data, field{t.Slug, obj{{"success", 1}, {"name", t.Name}, {"old_version", ""}, {"version", t.Version}}})
		}
	}
	switch {
	case len(data) == 0:
		return ok(obj{{"success", 0}, {"message", "No Translations to update."}})
	case s.Child.Down || s.Child.Refuses:
		return failNull("mainwp_rest_upgrade_translations_of_site_error", "HTTPERROR")
	}
	if !d.active.NoUpdateEffect {
		for _, slug := range asked {
			s.Child.dropTranslation(slug)
		}
	}
	if !d.cfg.Personality.six() {
		data = nil
	}
	return ok(obj{{"success", 1}, {"data", data}})
}
