package views

import (
	"muster/db"
)

// actionWords say what an action does, to a thing of which there are one or many.
type actionWords struct {
	verb, one, many string
	lost, stays     string // of a dangerous one
}

var reviewActions = map[db.Action]actionWords{
	db.ActUpdate: {verb: "Run", one: "update", many: "updates"},
	db.ActSuspend: {verb: "Suspend", one: "site", many: "sites",
		lost:  "Runs leave a suspended site out until it is resumed.",
		stays: "The website itself stays online, and MainWP keeps its data. You can resume it at any time."},
	db.ActActivatePlugin: {verb: "Activate", one: "plugin", many: "plugins", stays: "You can deactivate it again."},
	db.ActDeactivatePlugin: {verb: "Deactivate", one: "plugin", many: "plugins",
		lost: "What the plugin does on the site stops at once.", stays: "Its files and settings stay. You can activate it again."},
	db.ActDeletePlugin: {verb: "Delete", one: "plugin", many: "plugins",
		lost:  "The plugin’s files on the site. Many plugins delete their settings and data as well. Muster cannot bring them back.",
		stays: "The site and everything else on it."},
	db.ActActivateTheme: {verb: "Activate", one: "theme", many: "themes",
		lost: "The look of the site changes at once; widgets and menus may have to be placed again.", stays: "The present theme stays installed."},
	db.ActDeleteTheme: {verb: "Delete", one: "theme", many: "themes",
		lost: "The theme’s files on the site. Muster cannot bring them back.", stays: "The site, its active theme and its content."},
	db.ActIgnoreItem: {verb: "Ignore", one: "item", many: "items",
		lost:  "MainWP offers no update of it on this site any more, security fixes included. It cannot be undone through MainWP’s API: only in MainWP itself.",
		stays: "The item stays installed and active."},
	db.ActIgnoreKind: {verb: "Ignore", one: "kind of updates", many: "kinds of updates",
		lost: "MainWP offers no updates of this kind on the site any more, security fixes included.", stays: "You can clear it again on the site’s page."},
	db.ActRemoveSite: {verb: "Remove", one: "site", many: "sites",
		lost:  "MainWP forgets the site with its settings, notes and records, and asks it to deactivate the MainWP Child plugin.",
		stays: "The website itself stays as it is. Muster keeps the site’s history."},
	db.ActRemoveClient: {verb: "Remove", one: "client", many: "clients",
		lost: "MainWP forgets the client with contacts and notes.", stays: "The client’s sites stay."},
	// Retries of what needs no review come through one.
	db.ActRefresh:      {verb: "Refresh", one: "site", many: "sites"},
	db.ActSync:         {verb: "Sync", one: "site", many: "sites"},
	db.ActReconnect:    {verb: "Reconnect", one: "site", many: "sites"},
	db.ActCheck:        {verb: "Check", one: "site", many: "sites"},
	db.ActUnsuspend:    {verb: "Resume", one: "site", many: "sites"},
	db.ActEditSite:     {verb: "Edit", one: "site", many: "sites"},
	db.ActUnignoreKind: {verb: "Stop ignoring", one: "kind of updates", many: "kinds of updates"},
	db.ActAddClient:    {verb: "Add", one: "client", many: "clients"},
	db.ActEditClient:   {verb: "Edit", one: "client", many: "clients"},
	db.ActAddTag:       {verb: "Add", one: "tag", many: "tags"},
	db.ActEditTag:      {verb: "Edit", one: "tag", many: "tags"},
	db.ActRemoveTag:    {verb: "Remove", one: "tag", many: "tags", lost: "The tag goes from all its sites.", stays: "The sites stay."},
}

// action is what a review is about; empty when it is about several things.
func (p Review) action() db.Action {
	var action db.Action
	for _, list := range [][]db.Planned{p.Review.Tasks, p.Review.LeftOut} {
		for _, t := range list {
			if action != "" && t.Action != action {
				return ""
			}
			action = t.Action
		}
	}
	return action
}

func (p Review) words() actionWords {
	if w, ok := reviewActions[p.action()]; ok {
		return w
	}
	return actionWords{verb: "Run", one: "action", many: "actions"}
}

// syncs reports whether MainWP syncs the sites afterwards.
func (p Review) syncs() bool {
	switch p.action() {
	case db.ActUpdate, db.ActActivatePlugin, db.ActDeactivatePlugin, db.ActDeletePlugin, db.ActActivateTheme, db.ActDeleteTheme:
		return true
	}
	return false
}

// title heads the page.
func (p Review) title() string {
	if a := p.action(); a != db.ActUpdate && a != "" {
		return p.words().verb + " " + count(len(p.Review.Tasks), p.words().one, p.words().many)
	}
	return "Review run"
}

// runLabel is what the button does.
func (p Review) runLabel() string {
	w := p.words()
	return w.verb + " " + count(len(p.Review.Tasks), w.one, w.many)
}

func (p Review) laterLabel() string {
	return "Schedule " + count(len(p.Review.Tasks), p.words().one, p.words().many)
}

// plannedText is what a task does, as in "Deactivate Akismet" or, of an update, "Akismet".
func plannedText(c db.Planned) string {
	name := clip(itemName(c.Name, c.Slug), 120)
	switch c.Action {
	case db.ActUpdate:
		return name
	case db.ActIgnoreKind:
		return "Ignore updates of " + map[db.ItemKind]string{db.Core: "WordPress", db.Plugin: "plugins", db.Theme: "themes"}[c.Kind]
	case db.ActUnignoreKind:
		return "Stop ignoring updates of " + lowerKind(c.Kind)
	case db.ActSuspend, db.ActRemoveSite, db.ActRefresh, db.ActSync, db.ActReconnect, db.ActCheck, db.ActUnsuspend, db.ActEditSite:
		return reviewActions[c.Action].verb + " the site"
	case db.ActRemoveClient, db.ActRemoveTag, db.ActAddClient, db.ActEditClient, db.ActAddTag, db.ActEditTag:
		w := reviewActions[c.Action]
		return w.verb + " the " + w.one + " " + clip(firstText(c.Params.Name, c.Name), 80)
	}
	if w, ok := reviewActions[c.Action]; ok {
		return w.verb + " " + name
	}
	return taskVerbs[c.Action] + " " + name
}

// ofDashboard reports whether a reason is about a Dashboard as a whole.
func ofDashboard(w db.Why) bool {
	return w == db.WhyReadOnly || w == db.WhyDashboardDown || w == db.WhyPaused || w == db.WhyDoubt
}

// whyWords are the reason for leaving something out, what to do about it, and its icon.
func whyWords(g leftGroup) (reason, next, symbol string) {
	dashboard := clip(g.planned[0].DashboardName, 60)
	switch g.why {
	case db.WhyGone:
		return "No longer on the Dashboard", "", "circle-slash"
	case db.WhyReadOnly:
		return "Muster may only read " + dashboard, "An owner gives it a key that may write.", "lock"
	case db.WhyDashboardDown:
		return dashboard + " does not answer", "Run them once it is back.", "cloud-off"
	case db.WhyPaused:
		return dashboard + " is paused in Muster", "Resume it to work on its sites.", "circle-pause"
	case db.WhyDoubt:
		return dashboard + " has to be confirmed first", "An owner says whether it is the same Dashboard as before.", "shield-alert"
	case db.WhySuspended:
		return plural(len(g.planned), "Site is suspended", "Sites are suspended"), "Resume a site to work on it.", "circle-pause"
	case db.WhyDisconnected:
		return "MainWP cannot reach the " + plural(len(g.planned), "site", "sites"), "Reconnect first.", "unplug"
	case db.WhyRunning:
		return "In another run already", "", "loader-circle"
	case db.WhyIgnored:
		return "Ignored in MainWP", "", "circle-slash"
	case db.WhyNotOffered:
		return "No longer offered", "Updated or withdrawn since you chose.", "circle-check"
	case db.WhyHeld:
		return "Held back", "", "pause"
	case db.WhyFresh:
		return "Released too recently", "", "clock"
	case db.WhyNeedsPHP:
		return "Needs a newer PHP than the site has", "", "triangle-alert"
	case db.WhyNeedsWP:
		return "Needs a newer WordPress than the site has", "", "triangle-alert"
	case db.WhyNotInstalled:
		return "Not installed there, as far as Muster has read", "", "circle-slash"
	case db.WhyUnread:
		return "Could not be read again just now", "What MainWP offers there is not known for sure. Open the review again later.", "circle-question-mark"
	case db.WhyForbidden:
		return "May not be done any more", "The person who set it up may not do it.", "lock"
	case db.WhyNoSense:
		return "Nothing to do", "", "circle-check"
	}
	return "Left out", "", "circle-slash"
}

// leftNames names what is left out for a reason: sites, with their items where these differ.
func leftNames(g leftGroup, most int) string {
	same := true
	for _, l := range g.planned {
		same = same && l.Slug == g.planned[0].Slug && l.Kind == g.planned[0].Kind
	}
	var names []string
	for i, l := range g.planned {
		if i == most {
			break
		}
		names = append(names, leftName(l, !same))
	}
	text := among(names, len(g.planned))
	if first := g.planned[0]; same && first.Site != 0 && first.Slug != "" {
		text = plannedText(first) + ": " + text
	}
	return text
}

func leftName(l db.Planned, item bool) string {
	name := clip(siteName(l.SiteName, l.SiteURL), 60)
	if item || l.Site == 0 {
		name = plannedText(l) + " on " + name
	}
	if detail := leftDetail(l); detail != "" {
		name += " (" + clip(detail, 120) + ")"
	}
	return name
}

// leftDetail is what differs from one to the other of those that are left out for one reason.
func leftDetail(l db.Planned) string {
	switch {
	case l.Detail == "" || ofDashboard(l.Why):
		return ""
	case l.Why == db.WhyNeedsPHP:
		return "needs PHP " + l.Detail
	case l.Why == db.WhyNeedsWP:
		return "needs WordPress " + l.Detail
	case l.Why == db.WhyRunning:
		return "run " + l.Detail
	case l.Why == db.WhyNotOffered:
		return "has " + l.Detail
	case l.Why == db.WhyFresh:
		return "from " + l.Detail + " on"
	}
	return l.Detail
}

// confirmLabel asks for what has to be typed.
func (p Review) confirmLabel() string {
	if p.Review.Confirm == itoa(len(p.Review.Tasks)) {
		return "Type " + p.Review.Confirm + " to confirm"
	}
	return "Type the name “" + clip(p.Review.Confirm, 120) + "” to confirm"
}

// knownText is what a person says to know.
func (p Review) knownText() string {
	m := majors(p.Review.Tasks)
	switch c := p.Review.Cores; {
	case c == 0:
		return "I know that this run contains " + count(max(m, p.Review.Majors), "major version", "major versions")
	case m == 0:
		return "I know that this run updates WordPress itself on " + count(c, "site", "sites")
	default:
		return "I know that this run contains " + count(m, "major version", "major versions") + " and updates WordPress itself on " + count(c, "site", "sites")
	}
}

// windows are how long a scheduled run may take to start its tasks.
var windows = []option{{"1", "1 hour"}, {"2", "2 hours"}, {"3", "3 hours"}, {"4", "4 hours"}, {"6", "6 hours"}, {"8", "8 hours"}, {"12", "12 hours"}}

func firstNames(names []string, n int) []string { return names[:min(n, len(names))] }

// lowerThe puts a sentence behind a colon.
func lowerThe(s string) string {
	if s == "" {
		return "everything else."
	}
	return lowerFirst(s)
}

func leftHeadline(groups []leftGroup) string {
	n := 0
	for _, g := range groups {
		n += len(g.planned)
	}
	return number(n) + " of what you chose cannot run now"
}

// emptyWhy says why nothing would run.
func emptyWhy(p Review) string {
	if len(p.Review.LeftOut) > 0 {
		return "Everything that was chosen is left out, for the reasons above."
	}
	return "Nothing is left of what was chosen."
}
