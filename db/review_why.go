package db

import (
	"slices"
	"strconv"
)

// Actions that a site takes although it is suspended, or although MainWP cannot reach it.
var (
	whileSuspended    = []Action{ActRefresh, ActCheck, ActSuspend, ActUnsuspend, ActEditSite, ActRemoveSite, ActIgnoreItem, ActIgnoreKind, ActUnignoreKind}
	whileDisconnected = append([]Action{ActSync, ActReconnect}, whileSuspended...)
)

// againstSite finds the first reason of a site, or of its Dashboard, against an action.
func (p *planner) againstSite(x *Planned, s *siteFact, dash *Dashboard) (Why, string) {
	if s.gone {
		return WhyGone, ""
	}
	if why, detail := dash.barred(x.Action != ActRefresh); why != "" {
		return why, detail
	}
	switch {
	case s.suspended && !slices.Contains(whileSuspended, x.Action):
		return WhySuspended, ""
	case (s.syncError != "" || s.status == "disconnected") && !slices.Contains(whileDisconnected, x.Action):
		return WhyDisconnected, cut(s.syncError, 300)
	}
	for _, o := range p.open[s.address] {
		if x.Kind != "" && o.kind == x.Kind && o.slug == x.Slug || x.Kind == "" && o.action == x.Action || x.Action == ActRemoveSite {
			return WhyRunning, strconv.FormatInt(o.run, 10)
		}
	}
	return "", ""
}

// againstUpdate finds the first reason against an update of a site that can take updates.
func (p *planner) againstUpdate(x *Planned, s *siteFact, u Update, offered bool) (Why, string) {
	switch {
	case offered && u.Offer != Offered, x.Kind == Core && s.ignoreCore: // update/wp itself does not respect the flag
		return WhyIgnored, ""
	case !offered:
		return WhyNotOffered, p.installed[ItemRef{x.Site, x.Kind, x.Slug}].Version
	}
	if x.To != u.To {
		if !p.newer || CompareVersions(u.To, x.To) <= 0 || StepOf(x.To, u.To) != Patch {
			return WhyChanged, u.To
		}
		x.To = u.To
		x.Step = StepOf(x.From, x.To)
	}
	u.SiteWP, u.SitePHP = s.wp, s.php
	if why, detail := p.rules.why(u); why != "" {
		return why, detail
	}
	switch {
	case x.Anyway:
	case u.NeedsPHP():
		return WhyNeedsPHP, u.RequiresPHP
	case u.NeedsWP():
		return WhyNeedsWP, u.RequiresWP
	}
	return "", ""
}

// againstAction finds the reason against an action that is no update.
func (p *planner) againstAction(x *Planned, s *siteFact) (Why, string) {
	ref := ItemRef{x.Site, x.Kind, x.Slug}
	i, here := p.installed[ref]
	switch x.Action {
	case ActActivatePlugin, ActDeactivatePlugin, ActDeletePlugin, ActActivateTheme, ActDeleteTheme:
		if !here {
			return WhyNotInstalled, ""
		}
		return p.againstItem(x, i, p.parents[ref])
	case ActIgnoreItem:
		if u, pending := p.updates[ref]; !here && !pending {
			return WhyNotInstalled, ""
		} else if pending && u.Offer != Offered {
			return WhyNoSense, "its updates are ignored already"
		}
	case ActSuspend:
		return noSense(s.suspended, "the site is suspended already")
	case ActUnsuspend:
		return noSense(!s.suspended, "the site is not suspended")
	case ActIgnoreKind:
		return noSense(s.ignores(x.Kind), "these updates are ignored already")
	case ActUnignoreKind:
		return noSense(!s.ignores(x.Kind), "these updates are not ignored")
	}
	return "", ""
}

func (p *planner) againstItem(x *Planned, i Installed, parent bool) (Why, string) {
	switch {
	case i.MustUse:
		return WhyNoSense, "a must-use plugin is always active"
	case i.Child && x.Action != ActActivatePlugin:
		return WhyNoSense, "MainWP reaches the site through MainWP Child"
	}
	switch x.Action {
	case ActActivatePlugin, ActActivateTheme:
		return noSense(i.Active, "it is active already")
	case ActDeactivatePlugin:
		return noSense(!i.Active, "it is not active")
	case ActDeleteTheme:
		if parent {
			return WhyNoSense, "the active theme is a child of it"
		}
		return noSense(i.Active, "it is the active theme")
	}
	return "", ""
}

func noSense(yes bool, detail string) (Why, string) {
	if yes {
		return WhyNoSense, detail
	}
	return "", ""
}

func (s *siteFact) ignores(kind ItemKind) bool {
	switch kind {
	case Core:
		return s.ignoreCore
	case Plugin:
		return s.ignorePlugins
	case Theme:
		return s.ignoreThemes
	}
	return false
}

// NeedsPHP reports whether an update needs a newer PHP than its site is known to have.
func (u *Update) NeedsPHP() bool { return tooOld(u.SitePHP, u.RequiresPHP) }

// NeedsWP reports whether an update needs a newer WordPress than its site is known to have.
func (u *Update) NeedsWP() bool { return u.Kind != Core && tooOld(u.SiteWP, u.RequiresWP) }

// tooNew reports whether an update needs more than its site has.
func (u *Update) tooNew() bool { return u.NeedsPHP() || u.NeedsWP() }

// Step is how far the update goes.
func (u *Update) Step() Step { return StepOf(u.From, u.To) }

func tooOld(has, needs string) bool {
	return has != "" && VersionKey(needs) > 0 && CompareVersions(has, needs) < 0
}

// outcomes are how a choice that is left out of a run ends as a task of it.
var outcomes = map[Why]Outcome{WhyGone: OutUnreachable, WhyReadOnly: OutReadOnly, WhyDashboardDown: OutUnreachable, WhyPaused: OutUnreachable, WhyDoubt: OutUnreachable, WhySuspended: OutSuspended,
	WhyDisconnected: OutUnreachable, WhyRunning: OutBusy, WhyIgnored: OutIgnored, WhyNotOffered: OutStale, WhyChanged: OutChanged, WhyHeld: OutHeld, WhyFresh: OutHeld,
	WhyForbidden: OutForbidden, WhyMissed: OutWindow}

// Outcome is how a choice that is left out ends as a task of a run.
func (w Why) Outcome() Outcome {
	if o, ok := outcomes[w]; ok {
		return o
	}
	return OutNoSense
}

// Because says in a sentence why a choice is left out; empty when it is not.
func (x *Planned) Because() string {
	switch x.Why {
	case "":
		return ""
	case WhyGone:
		return "The site is not on its Dashboard any more."
	case WhyReadOnly:
		return "The key of " + x.DashboardName + " only reads."
	case WhyDashboardDown:
		return x.DashboardName + " does not answer, or refuses its key."
	case WhyPaused:
		return x.DashboardName + " is paused in Muster."
	case WhyDoubt:
		return "It has to be confirmed first that " + x.DashboardName + " is still the same Dashboard."
	case WhySuspended:
		return "The site is suspended."
	case WhyDisconnected:
		return "The site does not answer MainWP."
	case WhyRunning:
		return "Run " + x.Detail + " is at it already."
	case WhyIgnored:
		return "This update is ignored."
	case WhyNotOffered:
		if x.Detail != "" && x.To != "" && CompareVersions(x.Detail, x.To) >= 0 {
			return "The site has " + x.Detail + " already."
		}
		return "It is not offered any more."
	case WhyChanged:
		return x.Detail + " is offered now."
	case WhyHeld:
		if x.Detail != "" {
			return "It is on the hold list: " + x.Detail
		}
		return "It is on the hold list."
	case WhyFresh:
		return "The release is too fresh: it may be installed from " + x.Detail + " on."
	case WhyNeedsPHP:
		return "It needs PHP " + x.Detail + "."
	case WhyNeedsWP:
		return "It needs WordPress " + x.Detail + "."
	case WhyNotInstalled:
		return "It is not installed there."
	case WhyForbidden:
		return "The person who set this up may not do it any more."
	case WhyMissed:
		return "Muster did not run when it was to start: " + x.Detail + "."
	case WhyUnread:
		return "The site's updates could not be read again."
	}
	return "There is nothing to do: " + x.Detail + "."
}
