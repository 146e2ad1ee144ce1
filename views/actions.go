package views

import (
	"strings"

	"muster/db"
)

// DoneRun begins the code of ?done= that names a run which has just been started; its number follows.
const DoneRun = "run."

// childSlug is MainWP's own plugin on a site: without it MainWP, and so Muster, cannot reach the site.
const childSlug = "mainwp-child/mainwp-child.php"

// ActionTitle names a run of a site action: "Sync 14 sites", "Suspend Alder & Finch".
func ActionTitle(a db.Action, sites []db.SiteRow) string {
	if len(sites) == 1 {
		return taskVerbs[a] + " " + clip(siteName(sites[0].Name, sites[0].URL), 80)
	}
	return taskVerbs[a] + " " + count(len(sites), "site", "sites")
}

// ItemTitle names a run about one item of a site, or about its flag for a kind.
func ItemTitle(c db.Choice, site db.SiteRow) string {
	on := " on " + clip(siteName(site.Name, site.URL), 60)
	switch c.Action {
	case db.ActIgnoreKind:
		return "Ignore updates of " + lowerKind(c.Kind) + on
	case db.ActUnignoreKind:
		return "Stop ignoring updates of " + lowerKind(c.Kind) + on
	case db.ActIgnoreItem:
		return "Ignore updates of " + clip(itemName(c.Name, c.Slug), 60) + on
	}
	verb, _, _ := strings.Cut(taskVerbs[c.Action], " ")
	return verb + " " + clip(itemName(c.Name, c.Slug), 60) + on
}

// ItemsTitle names a run about one item on several sites.
func ItemsTitle(c db.Choice, sites int) string {
	verb, _, _ := strings.Cut(taskVerbs[c.Action], " ")
	return verb + " " + clip(itemName(c.Name, c.Slug), 60) + " on " + count(sites, "site", "sites")
}

// SiteItemsTitle names a run about several items of a site.
func SiteItemsTitle(a db.Action, n int, site db.SiteRow) string {
	w := reviewActions[a]
	return w.verb + " " + count(n, w.one, w.many) + " on " + clip(siteName(site.Name, site.URL), 60)
}

// bulkVerbs are what can be done to several items of a kind.
func bulkVerbs(k db.ItemKind) []itemVerb {
	ignore := itemVerb{"ignore", "Ignore updates…", "eye", false}
	remove := itemVerb{"delete", "Delete…", "trash-2", true}
	if k == db.Theme { // a site has one active theme
		return []itemVerb{remove, ignore}
	}
	return []itemVerb{{"activate", "Activate…", "play", false}, {"deactivate", "Deactivate…", "circle-pause", false}, remove, ignore}
}

// filteredItem is the kind of the plugin or theme by which a list of sites is narrowed.
func filteredItem(f db.SiteFilter) (db.ItemKind, bool) {
	kind, _, ok := ParseKind(strings.TrimPrefix(f.Item, "update:"))
	return kind, ok && (kind == db.Plugin || kind == db.Theme)
}

// siteItemVerbs are what can be done to the plugin or theme of such a list.
func siteItemVerbs(k db.ItemKind) []itemVerb {
	if k == db.Theme {
		return append([]itemVerb{{"activate", "Activate…", "play", false}}, bulkVerbs(k)...)
	}
	return bulkVerbs(k)
}

// lowerKind is a kind of items in the middle of a sentence.
func lowerKind(k db.ItemKind) string {
	if k == db.Core {
		return "WordPress"
	}
	return lowerFirst(kindsWord(k))
}

// ItemRefusal says why something cannot be done to an item, "" where it can. All are the items of its kind on the site.
func ItemRefusal(a db.Action, i db.Installed, all []db.Installed) string {
	name := clip(itemName(i.Name, i.Slug), 80)
	switch {
	case i.MustUse:
		return name + " is a must-use plugin: it can be changed on the server only."
	case i.Slug == childSlug && (a == db.ActDeactivatePlugin || a == db.ActDeletePlugin):
		return "MainWP Child connects the site with MainWP, so it can be neither deactivated nor deleted from here."
	case a == db.ActDeleteTheme && i.Active:
		return name + " is the active theme, so it cannot be deleted. Activate another theme first."
	case a == db.ActDeleteTheme && isParent(i, all):
		return name + " is the parent of the active theme, so it cannot be deleted."
	case (a == db.ActActivatePlugin || a == db.ActActivateTheme) && i.Active:
		return name + " is active already."
	case a == db.ActDeactivatePlugin && !i.Active:
		return name + " is not active."
	}
	return ""
}

func isParent(i db.Installed, all []db.Installed) bool {
	for _, other := range all {
		if other.Active && other.Parent != "" && other.Slug != i.Slug && (other.Parent == i.Slug || other.Parent == i.Name) {
			return true
		}
	}
	return false
}

// itemVerb is one button of an item's menu.
type itemVerb struct {
	do, label, icon string
	danger          bool
}

// itemVerbs are what can be done to an item, and why the rest cannot.
func itemVerbs(i db.Installed, all []db.Installed) (verbs []itemVerb, why string) {
	type candidate struct {
		itemVerb
		action db.Action
	}
	candidates := []candidate{
		{itemVerb{"activate", "Activate…", "play", false}, db.ActActivatePlugin},
		{itemVerb{"deactivate", "Deactivate…", "circle-pause", false}, db.ActDeactivatePlugin},
		{itemVerb{"delete", "Delete…", "trash-2", true}, db.ActDeletePlugin},
	}
	if i.Kind == db.Theme {
		candidates = []candidate{
			{itemVerb{"activate", "Activate…", "play", false}, db.ActActivateTheme},
			{itemVerb{"delete", "Delete…", "trash-2", true}, db.ActDeleteTheme},
		}
	}
	for _, c := range candidates {
		refusal := ItemRefusal(c.action, i, all)
		if refusal == "" {
			verbs = append(verbs, c.itemVerb)
		} else if c.do == "delete" || i.MustUse {
			why = refusal
		}
	}
	if !i.MustUse && i.UpdateOffer != db.Ignored {
		verbs = append(verbs, itemVerb{"ignore", "Ignore its updates…", "eye", false})
	}
	return verbs, why
}

// siteVerbs are what can be done to one site beside what has a button of its own.
func siteVerbs(p db.Site) []itemVerb {
	out := []itemVerb{
		{"reconnect", "Reconnect", "link", false},
		{"check", "Check the home page", "activity", false},
	}
	if p.State == db.StateSuspended {
		return append(out, itemVerb{"unsuspend", "Resume", "play", false})
	}
	return append(out, itemVerb{"suspend", "Suspend…", "circle-pause", false})
}

// flag is a kind of updates that MainWP ignores on a site as a whole, or could.
type flag struct {
	kind db.ItemKind
	on   bool
}

func siteFlags(p db.Site) []flag {
	return []flag{{db.Core, p.IgnoreCore}, {db.Plugin, p.IgnorePlugins}, {db.Theme, p.IgnoreThemes}}
}

// writable says whether a site can be changed, and if not, why.
func (s Shell) writable(p db.Site) (ok bool, why string) {
	if !s.CanRun {
		return false, ""
	}
	if !p.GoneAt.IsZero() {
		return false, "The site is no longer on its Dashboard, so nothing can be done to it."
	}
	if d, found := s.dashboard(p.DashboardID); found && !d.CanWrite() {
		return false, "Muster may only read " + clip(d.Name, 60) + ", so nothing on this site can be changed from here."
	}
	return true, ""
}

// actionsURL takes the filter of the list along, for "all that match".
func actionsURL(f db.SiteFilter) string {
	f.Page, f.Sort, f.Desc = 0, "", false
	return strings.Replace(SitesURL(f), "/sites", "/sites/actions", 1)
}

// openTasks are the tasks of a site that are not over, by kind and slug of their item.
func openTasks(list []db.Task) map[string]db.Task {
	out := map[string]db.Task{}
	for _, t := range list {
		if isOpenTask(t) {
			out[string(t.Kind)+":"+t.Slug] = t
		}
	}
	return out
}

func isOpenTask(t db.Task) bool {
	switch t.State {
	case db.TaskQueued, db.TaskRunning, db.TaskVerifying:
		return true
	}
	return looking(t)
}

// workingOn are the runs that have something to do on a site now.
func workingOn(list []db.Task) []int64 {
	var out []int64
	for _, t := range list {
		if isOpenTask(t) && (len(out) == 0 || out[len(out)-1] != t.RunID) {
			out = append(out, t.RunID)
		}
	}
	return out
}

func kindWordLower(k db.ItemKind) string {
	if k == db.Theme {
		return "theme"
	}
	return "plugin"
}

// chooseLabel names the button that takes an update into the next run, or out of it.
func chooseLabel(u db.Update) string {
	name := clip(itemName(u.Name, u.Slug), 80)
	if u.Chosen {
		return "Take out " + name
	}
	return "Choose " + name
}
