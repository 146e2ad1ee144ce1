package views

import (
	"slices"
	"strconv"
	"strings"

	"muster/db"
)

// kindCount is a number of updates of one kind with its words.
type kindCount struct {
	kind      db.ItemKind
	n         int
	one, many string
}

// byKind lists the offered updates in the order in which all pages show them.
func byKind(c db.UpdateCounts) []kindCount {
	return []kindCount{
		{db.Plugin, c.Plugins, "plugin", "plugins"},
		{db.Theme, c.Themes, "theme", "themes"},
		{db.Core, c.Core, "WordPress", "WordPress"},
		{db.Translation, c.Translations, "translation", "translations"},
	}
}

// fleetStates counts Dashboards by the word of their state, worst first.
func fleetStates(list []db.Dashboard) []stateCount {
	order := []db.DashboardState{db.DashUnreachable, db.DashKey, db.DashTrouble, db.DashDoubt, db.DashPaused, db.DashReading, db.DashWaiting, db.DashOK}
	counts := map[db.DashboardState]int{}
	for _, d := range list {
		counts[d.State]++
	}
	var out []stateCount
	for _, state := range order {
		if n := counts[state]; n > 0 {
			m := dashMark(state)
			m.word = number(n) + " " + lowerFirst(m.word)
			out = append(out, stateCount{m})
		}
	}
	return out
}

type stateCount struct{ mark }

// attentionText says which sites, and what is known about the first of them.
func (s Shell) attentionText(a db.Attention) string {
	names := slices.Clone(a.Names)
	detail := clip(plainError(a.Detail), 140)
	if len(names) == 0 {
		return detail
	}
	names[0] = clip(names[0], 60)
	switch a.Status {
	case db.StatusDown:
		if !a.Since.IsZero() {
			names[0] += " since " + lowerFirst(s.clock(a.Since))
		}
		detail = ""
	case db.StatusStale:
		if !a.Since.IsZero() {
			names[0] += " for " + span(s.Now.Sub(a.Since))
		}
		detail = ""
	case db.StatusRolledBack, db.StatusPHPEnded, db.StatusWPBehind:
		if detail != "" {
			names[0] += " (" + detail + ")"
		}
		detail = ""
	}
	text := among(names, a.Sites)
	if detail != "" {
		text += ": " + detail
	}
	return text
}

// sitesOf is the list of sites of a reason for attention.
func sitesOf(status string) string { return SitesURL(db.SiteFilter{Status: status}) }

// sitesWith is the list of sites that have an update of a group by item pending.
func sitesWith(g db.UpdateGroup) string { return SitesURL(db.SiteFilter{Item: "update:" + g.Key}) }

// compact shortens the versions of a Dashboard for a table: "MainWP 6.0.12+ · WP 6.9+".
func compact(d db.Dashboard) string {
	var parts []string
	short := strings.NewReplacer(" or newer", "+", " to ", " – ")
	if d.MainWPVersion != "" {
		parts = append(parts, "MainWP "+short.Replace(d.MainWPVersion))
	}
	if d.WPVersion != "" {
		parts = append(parts, "WP "+short.Replace(d.WPVersion))
	}
	if len(parts) == 0 {
		return dash
	}
	return strings.Join(parts, " · ")
}

// today is the date at the top of the Overview.
func (s Shell) today() string { return s.Now.In(s.zone()).Format("Monday 2 January, 15:04") }

// filling reports whether a first pass runs, so that pages ask again by themselves.
func (s Shell) filling() bool { return s.reading() != "" }

// every is the trigger with which a part of a page asks for itself again: at once until the first rows are there, since
// whoever has just connected a Dashboard waits for them.
func (s Shell) every(calm string) string {
	switch s.reading() {
	case "":
		return calm
	case readBegins:
		return "every 1s"
	}
	return "every 2s"
}

func idText(prefix string, id int64) string { return prefix + strconv.FormatInt(id, 10) }
