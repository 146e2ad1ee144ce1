package views

import (
	"strings"

	"muster/db"
)

// tabURL gives the address of another page of a tab.
func (p Site) tabURL(tab string) func(page int) string {
	return func(page int) string {
		return newQuery().text("tab", tab).page("page", page).on(SiteURL(p.Site.ID, ""))
	}
}

// firstEmpty leaves out a value that is the default anyway.
func firstEmpty(value, usual string) string {
	if value == usual {
		return ""
	}
	return value
}

func downText(s Shell, p db.Site) string {
	if p.DownSince.IsZero() {
		return "The site is down."
	}
	return "Down since " + lowerFirst(s.clock(p.DownSince)) + ", for " + span(s.Now.Sub(p.DownSince)) + "."
}

func syncFailing(s Shell, p db.Site) string {
	text := "MainWP could not sync this site"
	// MainWP moves the time of the last contact only when the site answered something.
	if !p.LastSyncAt.IsZero() && !p.LastSyncAt.Equal(p.GoodSyncAt) {
		text += " (" + lowerFirst(s.ago(p.LastSyncAt).text) + ")"
	}
	if p.GoodSyncAt.IsZero() {
		return text + "; no good sync is known."
	}
	return text + "; the last good sync was " + lowerFirst(s.ago(p.GoodSyncAt).text) + "."
}

// ignoreText names what MainWP ignores on a site as a whole.
func ignoreText(p db.Site) string {
	var parts []string
	if p.IgnoreCore {
		parts = append(parts, "WordPress")
	}
	if p.IgnorePlugins {
		parts = append(parts, "plugins")
	}
	if p.IgnoreThemes {
		parts = append(parts, "themes")
	}
	if len(parts) == 0 {
		return ""
	}
	return "Updates of " + strings.Join(parts, ", ")
}

func changeIcon(c db.Change) string {
	switch c.Action {
	case "activate":
		return "plug"
	case "deactivate":
		return "circle-pause"
	case "install":
		return "plus"
	case "delete":
		return "trash-2"
	case "update":
		return "circle-arrow-up"
	}
	return "pencil"
}

// changeVerb is what was done, with the sort of thing it was done to: "Activated plugin".
func changeVerb(c db.Change) string {
	verbs := map[string]string{"activate": "Activated", "deactivate": "Deactivated", "install": "Installed", "delete": "Removed", "update": "Updated"}
	verb, ok := verbs[c.Action]
	if !ok {
		verb = upperFirst(clip(c.Action, 40))
	}
	if c.Context == "" {
		return verb
	}
	if c.Context == "core" {
		return verb + " WordPress"
	}
	return verb + " " + clip(c.Context, 40)
}

func noMonitorText(s Shell, p db.Site) string {
	if d, ok := s.dashboard(p.DashboardID); ok && !d.HasMonitors && !d.CapabilitiesAt.IsZero() {
		return "The MainWP of " + clip(d.Name, 60) + " does not offer its monitors to Muster; newer versions do."
	}
	return "Turn on uptime monitoring for the site in MainWP; Muster shows it from then on."
}

// monitorText is a monitor in one line: "up, every 5 min".
func monitorText(m db.Monitor) string {
	parts := []string{upperFirst(version(m.Status))}
	switch m.Type {
	case "":
	case "http":
		parts = append(parts, "HTTP")
	default:
		parts = append(parts, m.Type)
	}
	if m.Every > 0 {
		parts = append(parts, "every "+span(m.Every))
	}
	return strings.Join(parts, ", ")
}

func answerTimes(m db.Monitor) string {
	if m.AvgMS == nil {
		return ""
	}
	text := number(*m.AvgMS) + " ms on average"
	if m.MinMS != nil && m.MaxMS != nil {
		text += ", " + number(*m.MinMS) + " to " + number(*m.MaxMS)
	}
	return text
}

func costKind(c db.Cost) string {
	return upperFirst(strings.ReplaceAll(joined(c.Type, c.ProductType, c.PaymentMethod), "_", " "))
}
