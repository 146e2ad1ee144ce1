package views

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"

	"muster/db"
)

// mainwpURL is a site's own page in its Dashboard.
func mainwpURL(p db.Site) string {
	if webAddress(p.DashboardURL) == "" {
		return ""
	}
	return strings.TrimRight(p.DashboardURL, "/") + "/wp-admin/admin.php?page=managesites&dashboard=" + strconv.FormatInt(p.RemoteID, 10)
}

// tabOf is the tab to show; an unknown one is the first.
func (p Site) tabOf() string {
	switch p.Tab {
	case "plugins", "themes", "changes", "uptime", "history", "costs":
		return p.Tab
	}
	return "updates"
}

type tab struct {
	name, label string
	n           int
}

func siteSections(p Site) []tab {
	out := []tab{
		{"updates", "Updates", p.Site.Updates.Total()},
		{"plugins", "Plugins", p.Site.Plugins},
		{"themes", "Themes", p.Site.Themes},
		{"changes", "Changes", 0},
		{"uptime", "Uptime", 0},
		{"history", "History", 0},
	}
	if len(p.Costs) > 0 || p.Tab == "costs" {
		out = append(out, tab{"costs", "Costs", len(p.Costs)})
	}
	return out
}

// byOffer parts updates into those that MainWP offers and those that someone had it ignore.
func byOffer(list []db.Update) (offered, ignored []db.Update) {
	for _, u := range list {
		if u.Offer == db.Offered {
			offered = append(offered, u)
		} else {
			ignored = append(ignored, u)
		}
	}
	return offered, ignored
}

// rolledBack are the updates whose earlier try WordPress took back.
func rolledBack(list []db.Update) []db.Update {
	var out []db.Update
	for _, u := range list {
		if u.Rollback != "" {
			out = append(out, u)
		}
	}
	return out
}

// offerText says who ignores an update; "" when it is offered.
func offerText(o db.Offer) string {
	switch o {
	case db.Ignored:
		return "Ignored here"
	case db.IgnoredElsewhere:
		return "Ignored elsewhere"
	}
	return ""
}

// updateNotes are what the data says against or about an update.
func updateNotes(u db.Update) string {
	var notes []string
	if u.Rollback != "" {
		notes = append(notes, u.Rollback+" was rolled back here")
	}
	if u.RequiresPHP != "" && u.SitePHP != "" && older(u.SitePHP, u.RequiresPHP) {
		notes = append(notes, "needs PHP "+u.RequiresPHP+", the site has "+shortPHP(u.SitePHP))
	}
	if u.RequiresWP != "" && u.SiteWP != "" && older(u.SiteWP, u.RequiresWP) {
		notes = append(notes, "needs WordPress "+u.RequiresWP+", the site has "+u.SiteWP)
	}
	if u.Tested != "" && u.SiteWP != "" && older(u.Tested+".9999", u.SiteWP) {
		notes = append(notes, "tested up to WordPress "+u.Tested)
	}
	switch u.Offer {
	case db.Ignored:
		notes = append(notes, "MainWP ignores it on this site")
	case db.IgnoredElsewhere:
		notes = append(notes, "not ignored on this site, yet not offered: MainWP ignores it for all sites")
	}
	if !u.Active && u.Kind == db.Plugin {
		notes = append(notes, "not active")
	}
	if !u.Active && u.Kind == db.Theme {
		notes = append(notes, "not the active theme")
	}
	return upperFirst(strings.Join(notes, "; "))
}

// older compares the leading numbers of two versions; what is no number counts as 0.
func older(a, b string) bool {
	x, y := numbers(a), numbers(b)
	for i := range max(len(x), len(y)) {
		var m, n int
		if i < len(x) {
			m = x[i]
		}
		if i < len(y) {
			n = y[i]
		}
		if m != n {
			return m < n
		}
	}
	return false
}

func numbers(v string) []int {
	var out []int
	for _, part := range strings.Split(strings.TrimSpace(v), ".") {
		n, err := strconv.Atoi(firstNumber(part))
		if err != nil {
			return out
		}
		out = append(out, n)
	}
	return out
}

// slugText is what names an item beside its name: the folder of a plugin, the language of a translation.
func slugText(u db.Update) string {
	if u.Kind == db.Translation && u.Language != "" {
		return u.Language
	}
	return folder(u.Slug)
}

// folder is the first part of a plugin's file path: akismet of akismet/akismet.php.
func folder(slug string) string {
	name, _, _ := strings.Cut(slug, "/")
	return name
}

// noteLines is a note of MainWP, which is HTML, as lines of text.
func noteLines(note string) []string {
	breaks := strings.NewReplacer("<br>", "\n", "<br/>", "\n", "<br />", "\n", "</p>", "\n", "</li>", "\n", "</div>", "\n", "</h1>", "\n", "</h2>", "\n", "</h3>", "\n")
	text := html.UnescapeString(bluemonday.StrictPolicy().Sanitize(breaks.Replace(note)))
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" && len(lines) < 40 {
			lines = append(lines, clip(line, 1000))
		}
	}
	return lines
}

// fact is one line of what is known about a site. Bad marks it.
type fact struct {
	name, value, why string
	bad              bool
}

// siteFacts leaves out what is not known, save for the versions.
func (s Shell) siteFacts(p db.Site) []fact {
	out := []fact{wordpressFact(p), {name: "PHP", value: version(p.PHPVersion), bad: p.PHPEnded, why: "no security fixes any more"}}
	add := func(name, value string) {
		if value != "" && value != dash {
			out = append(out, fact{name: name, value: value})
		}
	}
	add("Database", joined(p.MySQLVersion, size(p.DatabaseSize)))
	add("Memory", p.MemoryLimit)
	add("Theme", p.ActiveTheme)
	if p.Plugins > 0 {
		add("Plugins", number(p.Plugins)+", "+number(p.PluginsActive)+" active")
	}
	if p.Abandoned > 0 {
		out = append(out, fact{name: "Abandoned", value: count(p.Abandoned, "plugin or theme", "plugins and themes"), bad: true})
	}
	if p.ChildVersion != "" {
		add("Child plugin", "MainWP Child "+p.ChildVersion)
	}
	if p.HealthScore != nil {
		out = append(out, fact{name: "Site Health", value: itoa(*p.HealthScore) + " of 100", bad: poor(*p.HealthScore), why: "should be improved"})
	}
	if p.SecurityIssues != nil && *p.SecurityIssues > 0 {
		out = append(out, fact{name: "Hardening", value: count(*p.SecurityIssues, "open point", "open points"), bad: true})
	}
	add("IP address", p.IP)
	if p.Staging {
		add("Staging", "Yes")
	}
	if !p.LastPostAt.IsZero() {
		add("Last post", s.date(p.LastPostAt).text)
	}
	if !p.FirstSeenAt.IsZero() {
		add("Known since", s.date(p.FirstSeenAt).text)
	}
	return out
}

func wordpressFact(p db.Site) fact {
	f := fact{name: "WordPress", value: version(p.WPVersion)}
	if p.WPBehind > 0 {
		f.why = count(p.WPBehind, "major release", "major releases") + " behind the newest seen"
		f.bad = p.WPBehind >= 2
		if !f.bad {
			f.value += ", " + f.why
		}
	}
	return f
}

func joined(parts ...string) string {
	var known []string
	for _, p := range parts {
		if p != "" && p != dash {
			known = append(known, p)
		}
	}
	return strings.Join(known, ", ")
}

// canRejoin reports whether two rows of one address are on one Dashboard, so that they are one site that came back.
func canRejoin(p Site, twin db.SiteRow) bool { return twin.DashboardID == p.Site.DashboardID }

// rejoinIDs are the row that is gone and the one that came.
func rejoinIDs(p Site, twin db.SiteRow) (gone, came int64) {
	if !p.Site.GoneAt.IsZero() {
		return p.Site.ID, twin.ID
	}
	return twin.ID, p.Site.ID
}

// abandonedText says since when an item has had no release.
func (s Shell) abandonedText(t time.Time) string {
	return "No release since " + strconv.Itoa(t.In(s.zone()).Year())
}
