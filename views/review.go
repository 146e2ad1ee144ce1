package views

import (
	"slices"
	"strings"

	"muster/db"
)

// Review is the page before a run. Form holds the options as typed; Diff is set when the set has changed since the person
// looked at it, so that nothing was started.
type Review struct {
	Review db.Review
	Page   int
	Form   ReviewForm
	Diff   *ReviewDiff
}

// ReviewForm are the options of a run as typed.
type ReviewForm struct {
	StopAfter                  string
	SkipRest, Home, NewerPatch bool
	Canary                     int64
	Confirm                    string
	Known                      bool
	When                       string // now or later
	Day, Time, Zone, Window    string
	Weekly                     bool
	Errors                     Errors
}

// ReviewDiff is how a set differs from the one that a person saw: names of what is in it no more, and of what is new.
type ReviewDiff struct{ Gone, New []string }

// ReviewUsed is a review that has been started already.
type ReviewUsed struct{ Run, Schedule int64 }

// reviewTasks is how many tasks a page of a review lists.
const reviewTasks = 100

// canaryChoices is how many sites can be chosen as the first.
const canaryChoices = 300

// ReviewURL is the address of a review, or of what is below it, as in "/start".
func ReviewURL(token, below string) string { return "/runs/review/" + token + below }

func (p Review) url(page int) string {
	return newQuery().page("page", page).on(ReviewURL(p.Review.Token, ""))
}

// wrong are the fields that need another look, by their id, in their order on the page.
func (p Review) wrong() []option {
	var out []option
	for _, f := range []option{{"stop_after", "the number of failures"}, {"canary", "the first site"}, {"day", "the day"}, {"time", "the time"},
		{"zone", "the time zone"}, {"window", "the window"}, {"known", "the tick for large steps"}, {"confirm", "what has to be typed"}} {
		if p.Form.Errors[f.value] != "" {
			out = append(out, f)
		}
	}
	return out
}

// reviewSite is a site with the tasks of it that a page shows.
type reviewSite struct {
	site  db.Planned
	tasks []db.Planned
}

// page is the part of the tasks that is shown, grouped by site.
func (p Review) page() (sites []reviewSite, place pager) {
	all := p.Review.Tasks
	last := max((len(all)+reviewTasks-1)/reviewTasks, 1)
	page := min(max(p.Page, 1), last)
	shown := all[min((page-1)*reviewTasks, len(all)):min(page*reviewTasks, len(all))]
	for _, t := range shown {
		if n := len(sites); n == 0 || sites[n-1].site.Site != t.Site || t.Site == 0 {
			sites = append(sites, reviewSite{site: t})
		}
		s := &sites[len(sites)-1]
		s.tasks = append(s.tasks, t)
	}
	place = newPager(db.Paging{Page: page, PerPage: reviewTasks}, len(shown), len(all), "review", p.url)
	return sites, place
}

// byDashboard says how many sites are on which Dashboard: "14 Northlight, 7 Brightfold".
func byDashboard(tasks []db.Planned) string {
	type line struct {
		name  string
		sites map[int64]bool
	}
	var lines []line
	for _, t := range tasks {
		i := slices.IndexFunc(lines, func(l line) bool { return l.name == t.DashboardName })
		if i < 0 {
			lines, i = append(lines, line{t.DashboardName, map[int64]bool{}}), len(lines)
		}
		lines[i].sites[t.Site] = true
	}
	slices.SortStableFunc(lines, func(a, b line) int { return len(b.sites) - len(a.sites) })
	var parts []string
	for i, l := range lines {
		if i < 3 {
			parts = append(parts, number(len(l.sites))+" "+clip(l.name, 30))
		}
	}
	text := strings.Join(parts, ", ")
	if len(lines) > 3 {
		text += " and " + number(len(lines)-3) + " more"
	}
	return text
}

// canaries are the sites of a review that can go first.
func (p Review) canaries() []option {
	var out []option
	seen := map[int64]bool{}
	for _, t := range p.Review.Tasks {
		if t.Site != 0 && !seen[t.Site] && (len(out) < canaryChoices || t.Site == p.Form.Canary) {
			seen[t.Site] = true
			out = append(out, option{idText("", t.Site), clip(siteName(t.SiteName, t.SiteURL), 60)})
		}
	}
	return out
}

// leftGroup are choices that are left out for one reason.
type leftGroup struct {
	why     db.Why
	planned []db.Planned
}

// leftOut groups what is left out by its reason, and by Dashboard where that is the reason. What has changed is told apart.
func (p Review) leftOut() []leftGroup {
	var out []leftGroup
	for _, l := range p.Review.LeftOut {
		if l.Why == db.WhyChanged {
			continue
		}
		i := slices.IndexFunc(out, func(g leftGroup) bool {
			return g.why == l.Why && (!ofDashboard(l.Why) || g.planned[0].DashboardName == l.DashboardName)
		})
		if i < 0 {
			out, i = append(out, leftGroup{why: l.Why}), len(out)
		}
		out[i].planned = append(out[i].planned, l)
	}
	return out
}

func (p Review) changed() []db.Planned {
	var out []db.Planned
	for _, l := range p.Review.LeftOut {
		if l.Why == db.WhyChanged {
			out = append(out, l)
		}
	}
	return out
}

// plannedRef names a choice in forms.
func plannedRef(c db.Planned) string {
	return ItemText(db.ItemRef{Site: c.Site, Kind: c.Kind, Slug: c.Slug})
}

// bigSteps names the items that make major steps: "Yoast SEO 26.0 on 14 sites".
func bigSteps(tasks []db.Planned, is func(db.Planned) bool) string {
	type item struct {
		name string
		n    int
	}
	var items []item
	for _, t := range tasks {
		if !is(t) {
			continue
		}
		name := clip(itemName(t.Name, t.Slug), 60) + " " + version(t.To)
		i := slices.IndexFunc(items, func(x item) bool { return x.name == name })
		if i < 0 {
			items, i = append(items, item{name: name}), len(items)
		}
		items[i].n++
	}
	slices.SortStableFunc(items, func(a, b item) int { return b.n - a.n })
	var names []string
	for i, x := range items {
		if i < 4 {
			names = append(names, x.name+" on "+count(x.n, "site", "sites"))
		}
	}
	return among(names, len(items))
}

func isCore(t db.Planned) bool  { return t.Action == db.ActUpdate && t.Kind == db.Core }
func isMajor(t db.Planned) bool { return t.Step == db.Major && t.Kind != db.Core }

// majors counts major steps of what is not WordPress itself.
func majors(tasks []db.Planned) int {
	n := 0
	for _, t := range tasks {
		if isMajor(t) {
			n++
		}
	}
	return n
}

// reconnects names the Dashboards on which a site whose sync fails has to be reconnected.
func reconnects(tasks []db.Planned) (text string, n int) {
	var names []string
	for _, t := range tasks {
		if t.Disconnectable && !slices.Contains(names, t.DashboardName) {
			names = append(names, t.DashboardName)
		}
	}
	return among(names[:min(len(names), 3)], len(names)), len(names)
}

// expectedTime is how long a run may take: from how quick sites often were, to how slow.
func expectedTime(r db.Review) string {
	if r.Expected <= 0 {
		return dash
	}
	if low, high := aboutSpan(r.Expected), aboutSpan(r.ExpectedMost); low != high {
		return low + " – " + high
	}
	return aboutSpan(r.Expected)
}
