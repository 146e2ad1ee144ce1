package syncer

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/db"
	"muster/mainwp"
)

// rowVersion is part of a row's hash: a Muster that reads more of a row gives it another one, so that every row is read anew.
const rowVersion = 1

// rowHash names what a Dashboard answered for a site; equal hashes need no decoding and no write.
func rowHash(json []byte) []byte {
	h := sha256.New()
	h.Write([]byte{rowVersion})
	h.Write(json)
	return h.Sum(nil)[:16]
}

// siteWrite turns a decoded row into what the store keeps.
func siteWrite(s mainwp.Site, hash []byte) db.SiteWrite {
	w := db.SiteWrite{
		RemoteID: s.ID, Hash: hash, Name: nameOf(s), URL: s.URL, URLKey: mainwp.NormalURL(s.URL), ClientID: s.ClientID, Status: s.Status, SyncError: s.SyncError, Suspended: s.Suspended,
		LastSyncAt: s.LastSync, WPVersion: s.WPVersion, PHPVersion: s.PHPVersion, HealthScore: s.HealthScore, Tags: s.Tags,
		Facts: db.SiteFacts{Note: s.Note, IP: s.IP, ChildVersion: s.ChildVersion, MySQLVersion: s.MySQLVersion, MemoryLimit: s.MemoryLimit, ActiveTheme: s.ActiveTheme, HTTPStatus: s.HTTPStatus,
			HealthStatus: s.HealthStatus, Icon: s.Icon, VerifyCertificate: s.VerifyCertificate, ForceIPv4: s.ForceIPv4, SSLVersion: s.SSLVersion, DatabaseSize: s.DatabaseSize, HTTPCode: s.HTTPCode,
			SecurityIssues: s.SecurityIssues, OfflineCheck: s.OfflineCheck, LastPostAt: s.LastPost, Staging: s.Staging, IgnoreCore: s.IgnoreCore, IgnorePlugins: s.IgnorePlugins, IgnoreThemes: s.IgnoreThemes},
		UpdatesKnown: knownKinds(s.UpdatesKnown),
	}
	for _, p := range s.Plugins {
		w.Plugins = append(w.Plugins, db.Installed{Slug: p.Slug, Name: p.Name, Version: p.Version, Active: p.Active, MustUse: p.MustUse, Child: p.Child})
	}
	for _, t := range s.Themes {
		w.Themes = append(w.Themes, db.Installed{Slug: t.Slug, Name: t.Name, Version: t.Version, Active: t.Active, Parent: t.Parent})
	}
	w.Plugins, w.Themes = uniqueItems(w.Plugins), uniqueItems(w.Themes)
	w.Updates = pendingUpdates(s.Core, s.PluginUpdates, s.ThemeUpdates, s.TranslationUpdates)
	for i := range w.Updates {
		w.Updates[i].Offer = ignoredHere(s, w.Updates[i])
	}
	return w
}

// nameOf never leaves a site without a name to click on.
func nameOf(s mainwp.Site) string {
	if name := strings.TrimSpace(s.Name); name != "" {
		return name
	}
	return mainwp.NormalURL(s.URL)
}

func uniqueItems(items []db.Installed) []db.Installed {
	seen := make(map[string]bool, len(items))
	return slices.DeleteFunc(items, func(i db.Installed) bool {
		twice := seen[i.Slug]
		seen[i.Slug] = true
		return twice
	})
}

func knownKinds(k mainwp.UpdatesKnown) map[db.ItemKind]bool {
	return map[db.ItemKind]bool{db.Core: k.Core, db.Plugin: k.Plugins, db.Theme: k.Themes, db.Translation: k.Translations}
}

// pendingUpdates lists updates of all kinds; of a text domain with several languages there is one, as MainWP updates them together.
func pendingUpdates(core *mainwp.CoreUpdate, plugins, themes []mainwp.ItemUpdate, translations []mainwp.TranslationUpdate) []db.Update {
	var list []db.Update
	if core != nil {
		list = append(list, db.Update{Kind: db.Core, Slug: "wordpress", Name: "WordPress", From: core.From, To: core.To, Active: true})
	}
	for kind, items := range map[db.ItemKind][]mainwp.ItemUpdate{db.Plugin: plugins, db.Theme: themes} {
		for _, i := range items {
			list = append(list, db.Update{Kind: kind, Slug: i.Slug, Name: i.Name, From: i.From, To: i.To, URL: i.URL, RequiresWP: i.RequiresWP, RequiresPHP: i.RequiresPHP, Tested: i.Tested, Active: i.Active})
		}
	}
	bySlug := map[string]int{}
	for _, t := range translations {
		if i, ok := bySlug[t.Slug]; ok {
			list[i].Language += ", " + t.Language
			continue
		}
		bySlug[t.Slug] = len(list)
		list = append(list, db.Update{Kind: db.Translation, Slug: t.Slug, Name: t.Name, Language: t.Language, To: t.Version, Active: true})
	}
	return list
}

// ignoredHere says whether the site's own flags or lists hide an update (API §21.3). What hides it elsewhere is found by updates/{id}.
func ignoredHere(s mainwp.Site, u db.Update) db.Offer {
	var flag bool
	var list []mainwp.Ignore
	switch u.Kind {
	case db.Core:
		flag = s.IgnoreCore
	case db.Plugin:
		flag, list = s.IgnorePlugins, s.IgnoredPlugins
	case db.Theme:
		flag, list = s.IgnoreThemes, s.IgnoredThemes
	}
	hides := func(i mainwp.Ignore) bool {
		return i.Slug == u.Slug && (slices.Contains(i.Versions, "all_versions") || slices.Contains(i.Versions, u.To))
	}
	if flag || slices.ContainsFunc(list, hides) {
		return db.Ignored
	}
	return db.Offered
}

func clientWrite(c mainwp.ClientRow) db.ClientWrite {
	place := strings.TrimSpace(strings.TrimSpace(c.Zip) + " " + strings.TrimSpace(c.City))
	return db.ClientWrite{ID: c.ID, Name: c.Name, Email: c.Email, Phone: c.Phone, Address: lines(c.Address1, c.Address2, place, c.State, c.Country),
		Website: lines(c.Facebook, c.Twitter, c.Instagram, c.LinkedIn), Note: c.Note, Status: c.Status, CreatedAt: c.Created}
}

func lines(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return strings.TrimSpace(p) == "" }), "\n")
}

func costWrite(c mainwp.Cost) db.CostWrite {
	return db.CostWrite{Cost: db.Cost{Ref: db.Ref{ID: c.ID}, Name: c.Name, URL: c.URL, Type: c.Type, ProductType: c.ProductType, Slug: c.Slug, LicenseType: c.LicenseType, Status: c.Status,
		PaymentMethod: c.PaymentMethod, Price: c.Price, RenewalType: c.RenewalType, Note: c.Note, LastRenewal: c.LastRenewal, NextRenewal: c.NextRenewal}, Sites: c.Sites, Tags: c.Tags, Clients: c.Clients}
}

func monitorWrite(m mainwp.Monitor) db.MonitorWrite {
	w := db.MonitorWrite{RemoteID: m.ID, URL: m.URL, URLKey: mainwp.NormalURL(m.URL), Type: m.Type, Status: m.LastStatus, Every: m.CheckEvery, LastCheckAt: m.LastCheck, LastCode: m.LastCode,
		Ratio7d: m.Ratio7d, Ratio30d: m.Ratio30d, Incidents7d: m.Incidents7d, Incidents30d: m.Incidents30d, AvgMS: m.AvgMS, MinMS: m.MinMS, MaxMS: m.MaxMS}
	var hours strings.Builder
	for i, h := range m.Hours {
		if i == 0 {
			w.HoursFrom = h.At
		}
		hours.WriteString(strconv.Itoa(map[bool]int{true: 1}[h.Up]))
	}
	w.Hours = hours.String()
	return w
}

func change(c mainwp.Change) db.Change {
	name := c.Name
	if name == "" {
		name = c.Item
	}
	return db.Change{LogID: c.LogID, At: c.At, Action: c.Action, Context: c.Context, Item: name, Slug: c.Slug, User: c.User, From: c.OldVersion, To: c.NewVersion}
}

func incidents(monitorID int64, list []mainwp.Incident) []db.Incident {
	out := make([]db.Incident, len(list))
	for i, x := range list {
		out[i] = db.Incident{MonitorID: monitorID, StartedAt: x.StartedAt.Truncate(time.Second), EndedAt: x.EndedAt, DownCount: x.DownCount}
	}
	return out
}
