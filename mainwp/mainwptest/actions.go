package mainwptest

import "strconv"

// sync reads the child into the row. On failure it says so in sync_errors; last_sync moves only when the child
// answered (MainWP REST API notes §4.4).
func (d *Dashboard) sync(s *Site) bool {
	now := d.now().Truncate(1e9)
	switch {
	case s.Child.Down:
		s.SyncErrors, s.ChildVersion0 = connectError(s), true
		return false
	case s.Child.away():
		s.SyncErrors, s.ChildVersion0 = notDetected, true
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
	if s.Child.away() {
		d.sync(s)
		return failNull("mainwp_rest_reconnect_site_error", notDetected)
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
		return ok(obj{{"success", 0}, {"data", s.simple()}, {"error", authFailed}})
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
	code := s.Child.homeStatus()
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
	if ids := tagIDs(q); len(ids) > 0 {
		s.TagIDs = ids
	}
	for name, flag := range map[string]*bool{
		"suspended": &s.Suspended, "ignore_core_updates": &s.IgnoreCore, "ignore_plugin_updates": &s.IgnorePlugins, "ignore_theme_updates": &s.IgnoreThemes,
	} {
		if q.Has(name) {
			*flag = q.Get(name) == "1"
		}
	}
}
