package views

import (
	"strings"

	"muster/db"
)

// groupOf is the grouping to show; an unknown one is by item.
func groupOf(f db.UpdateFilter) string {
	switch f.Group {
	case "site", "client", "dashboard":
		return f.Group
	}
	return "item"
}

type segment struct {
	label, url string
	current    bool
}

// groupings are the ways to group, with the filters kept.
func groupings(f db.UpdateFilter) []segment {
	var out []segment
	for _, g := range []struct{ value, label string }{{"item", "By item"}, {"site", "By site"}, {"client", "By client"}, {"dashboard", "By Dashboard"}} {
		to := f
		to.Group, to.Page = firstEmpty(g.value, "item"), 0
		out = append(out, segment{g.label, UpdatesURL(to), groupOf(f) == g.value})
	}
	return out
}

type kindTab struct {
	label, icon, url string
	n                int
	current          bool
}

// kindTabs are the kinds of updates with their numbers, with the filters kept.
func kindTabs(p Updates) []kindTab {
	total := p.Kinds.Total()
	if p.Filter.Offer == "ignored" {
		total = p.Kinds.Ignored
	}
	all := p.Filter
	all.Kind, all.Page = "", 0
	out := []kindTab{{label: "All", url: UpdatesURL(all), n: total, current: p.Filter.Kind == ""}}
	names := map[db.ItemKind]string{db.Plugin: "Plugins", db.Theme: "Themes", db.Core: "WordPress", db.Translation: "Translations"}
	for _, k := range byKind(p.Kinds) {
		to := p.Filter
		to.Kind, to.Page = k.kind, 0
		out = append(out, kindTab{names[k.kind], kindIcon(k.kind), UpdatesURL(to), k.n, p.Filter.Kind == k.kind})
	}
	return out
}

// updatesHeadline says how many updates the filters leave; a search of sites, clients or Dashboards leaves all of them.
func updatesHeadline(p Updates) string {
	shown := 0
	for _, t := range kindTabs(p) {
		if t.current {
			shown = t.n
		}
	}
	all := p.Totals.Updates.Total()
	switch {
	case p.Filter.Offer == "ignored":
		return count(shown, "update", "updates") + " ignored"
	case p.Filter.Offer == "all":
		return count(shown, "update", "updates") + " offered or ignored"
	case countsNarrowed(p.Filter):
		return number(shown) + " of " + count(all, "update", "updates") + " pending"
	}
	return count(all, "update", "updates") + " pending on " + count(p.Totals.SitesWithUpdates, "site", "sites")
}

// ignoredLabel has the number of all ignored updates as long as the filters would not narrow it.
func ignoredLabel(f db.UpdateFilter, n int) string {
	if countsNarrowed(f) || f.Offer == "all" {
		return "Ignored"
	}
	return "Ignored (" + number(n) + ")"
}

// countsNarrowed reports whether the counts of updates are of a part of them, ignored ones set aside.
func countsNarrowed(f db.UpdateFilter) bool {
	return f.Dashboard != 0 || f.Client != (db.Ref{}) || f.Tag != "" || f.Kind != "" || f.Query != "" && groupOf(f) == "item"
}

func kindWord(k db.ItemKind) string {
	switch k {
	case db.Core:
		return "WordPress"
	case db.Theme:
		return "Theme"
	case db.Translation:
		return "Translation"
	}
	return "Plugin"
}

func offerOptions() []option {
	return []option{{"ignored", "Ignored"}, {"all", "Offered and ignored"}}
}

// updatesNarrowed counts the filters that are on; grouping and kind are no filters.
func updatesNarrowed(f db.UpdateFilter) int {
	n := 0
	for _, on := range []bool{f.Dashboard != 0, f.Client != (db.Ref{}), f.Tag != "", f.Offer != "" && f.Offer != "offered"} {
		if on {
			n++
		}
	}
	return n
}

// withoutFilters keeps the grouping and the kind.
func withoutFilters(f db.UpdateFilter) db.UpdateFilter {
	return db.UpdateFilter{Group: f.Group, Kind: f.Kind}
}

func updatesPage(f db.UpdateFilter, page int) db.UpdateFilter {
	f.Page = page
	return f
}

func withOffer(f db.UpdateFilter, offer string) db.UpdateFilter {
	f.Offer, f.Page = offer, 0
	return f
}

// openURL is the page on which one group stands open; rowsURL is its rows alone.
func openURL(f db.UpdateFilter, key string, rows int) string {
	return updatesQuery(f).text("open", key).page("rows", rows).on("/updates")
}

func rowsURL(f db.UpdateFilter, key string, rows int) string {
	return updatesQuery(f).text("open", key).page("rows", rows).on("/updates/rows")
}

// groupHeads are the columns of a grouping.
func groupHeads(group string, choose bool) []string {
	heads := []string{"Item", "Version", "", "Sites", "Kind"}
	switch group {
	case "site":
		heads = []string{"Site", "By kind", "", "Updates", ""}
	case "client":
		heads = []string{"Client", "By kind", "", "Sites", "Updates"}
	case "dashboard":
		heads = []string{"Dashboard", "By kind", "", "Sites", "Updates"}
	}
	if choose {
		heads[4] = "In the run"
	}
	return heads
}

// readOnlyLast is the last column for someone who only reads.
func readOnlyLast(group string, g db.UpdateGroup) string {
	if group == "item" {
		return kindWord(g.Kind)
	}
	return count(g.Counts.Total(), "update", "updates")
}

// groupName is the name of a group; sites without a client have one, too.
func groupName(group string, g db.UpdateGroup) string {
	switch {
	case g.Name != "":
		return g.Name
	case group == "client":
		return "No client"
	case g.Slug != "":
		return g.Slug
	}
	return g.Key
}

// groupSub is the second line of a group; with kind it says what the item is.
func groupSub(group string, g db.UpdateGroup, kind bool) string {
	if group != "item" {
		return host(g.Sub)
	}
	var parts []string
	if kind && g.Kind != db.Core {
		parts = append(parts, kindWord(g.Kind))
	}
	if sub := folder(g.Slug); !strings.EqualFold(sub, groupName(group, g)) {
		parts = append(parts, sub)
	}
	return strings.Join(parts, " · ")
}

// groupSize says how much is in a group, for the link that opens it.
func groupSize(group string, g db.UpdateGroup) string {
	if group == "item" {
		return count(g.Sites, "site", "sites")
	}
	return count(g.Counts.Total()+g.Counts.Ignored, "update", "updates")
}

// more is how many rows of a group are not shown yet.
func (p GroupRows) more() int {
	shown := (max(p.Page, 1)-1)*db.DefaultPerPage + len(p.Rows)
	if len(p.Rows) == 0 {
		return 0
	}
	return max(p.Total-shown, 0)
}

// updateState is what keeps an update from being carried out, as far as the site's row tells; nothing for a healthy one.
func (s Shell) updateState(u db.Update) (mark, bool) {
	d, ok := s.dashboard(u.DashboardID)
	if ok && frozen(d.State) {
		return mark{tone: "off", icon: "cloud-off", word: dashMark(d.State).word, quiet: true}, true
	}
	m := stateMark(u.SiteState)
	return m, u.SiteState != db.StateOK && u.SiteState != db.StateRolledBack // the badge tells of a rollback
}

// frozenSentence tells how many of the updates stand on a Dashboard that is not being read.
func (s Shell) frozenSentence(d db.Dashboard) string {
	text := number(d.Updates.Total()) + " of them on " + clip(d.Name, 60)
	if !d.LastReadAt.IsZero() {
		text += ", as of " + lowerFirst(s.clock(d.LastReadAt))
	}
	return text
}

// upToDate says what stands behind "nothing pending": all sites, those not known yet, and what is ignored.
func upToDate(p Updates) string {
	text := "None of " + count(p.Totals.Sites, "site", "sites") + " has an update on offer, as far as Muster has read."
	if p.Totals.Unknown > 0 {
		text = strings.TrimSuffix(text, ".") + "; " + count(p.Totals.Unknown, "site was", "sites were") + " never synced."
	}
	if p.Totals.Updates.Ignored > 0 {
		text += " " + count(p.Totals.Updates.Ignored, "update is", "updates are") + " ignored."
	}
	return text
}

func groupNoun(group string) string {
	if group == "dashboard" {
		return "Dashboard"
	}
	return group
}

// someSites says how many of n sites are meant.
func someSites(can, n int) string {
	switch {
	case can < n:
		return number(can) + " of " + count(n, "site", "sites")
	case n == 1:
		return "its site"
	}
	return "all " + number(n) + " sites"
}

// updateSearch says what a search of each grouping looks at.
func updateSearch(group string) string {
	switch group {
	case "site":
		return "Site, client or tag"
	case "client":
		return "Client"
	case "dashboard":
		return "Dashboard"
	}
	return "Plugin or theme"
}
