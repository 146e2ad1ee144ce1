package views

import (
	"strconv"
	"strings"
	"time"

	"muster/db"
)

// tagName is the name of a tag, as a row shows it.
type tagName string

func tagNames(list []db.Tag) []tagName {
	out := make([]tagName, len(list))
	for i, t := range list {
		out[i] = tagName(t.Name)
	}
	return out
}

func restOf(list []tagName, shown int) string {
	var rest []string
	for _, t := range list[shown:] {
		rest = append(rest, string(t))
	}
	return strings.Join(rest, ", ")
}

// siteTab is one of the views above the list of sites.
type siteTab struct {
	label   string
	filter  db.SiteFilter
	n       int
	current bool
}

// siteTabs are the views; those of trouble are left out while they are empty, unless one of them is looked at.
func siteTabs(p Sites) []siteTab {
	candidates := []struct {
		label, status, updates, count string
		always                        bool
	}{
		{"All sites", "", "", "", true},
		{"Needs attention", db.StatusAttention, "", db.StatusAttention, true},
		{"Updates pending", "", "any", "updates", true},
		{"Down", db.StatusDown, "", db.StatusDown, false},
		{"PHP end of life", db.StatusPHPEnded, "", db.StatusPHPEnded, false},
		{"Suspended", db.StatusSuspended, "", db.StatusSuspended, false},
		{"Gone", db.StatusGone, "", db.StatusGone, false},
	}
	var out []siteTab
	for _, c := range candidates {
		t := siteTab{label: c.label, filter: db.SiteFilter{Status: c.status, Updates: c.updates}, n: p.Counts[c.count]}
		t.current = p.Filter.Status == c.status && p.Filter.Updates == c.updates && p.Filter.Item == ""
		if c.always || t.n > 0 || t.current {
			out = append(out, t)
		}
	}
	return out
}

func statusOptions() []option {
	order := []string{
		db.StatusAttention, db.StatusDown, db.StatusRolledBack, db.StatusDisconnected, db.StatusSyncFailing, db.StatusStale, db.StatusUnknown,
		db.StatusPHPEnded, db.StatusWPBehind, db.StatusAbandoned, db.StatusOK, db.StatusSuspended, db.StatusGone,
	}
	out := make([]option, len(order))
	for i, status := range order {
		out[i] = option{status, attentionMark(status).word}
	}
	return out
}

func updateOptions() []option {
	return []option{
		{"any", "With updates"}, {"core", "WordPress update"}, {"plugin", "Plugin updates"}, {"theme", "Theme updates"},
		{"translation", "Translation updates"}, {"ignored", "With ignored updates"}, {"none", "No updates"},
	}
}

// siteSort is the filter that sorts by a column: the other way round where it is sorted by it already.
func siteSort(f db.SiteFilter, column string) string {
	sorted := f.Sort
	if sorted == "" {
		sorted = "name"
	}
	f.Desc = sorted == column && !f.Desc
	if sorted != column {
		f.Desc = column == "updates"
	}
	f.Sort, f.Page = column, 0
	return SitesURL(f)
}

func siteSorted(f db.SiteFilter, column string) string {
	sorted := f.Sort
	if sorted == "" {
		sorted = "name"
	}
	return sortState(column, sorted, f.Desc)
}

// narrowed counts the filters that are on, the search not among them.
func narrowed(f db.SiteFilter) int {
	n := 0
	for _, on := range []bool{f.Dashboard != 0, f.Status != "", f.Client != (db.Ref{}), f.Tag != "", f.Updates != "", f.Item != ""} {
		if on {
			n++
		}
	}
	return n
}

// searched says why a list is empty.
func searched(query, what, where string, filters int) (title, why string) {
	title = "No " + what + " matches the filters"
	if query != "" {
		title = "No " + what + " matches “" + clip(query, 60) + "”"
		why = "Searched " + lowerFirst(where) + ". "
	}
	if filters > 0 {
		why += count(filters, "filter is", "filters are") + " on."
	}
	return title, strings.TrimSpace(why)
}

// itemFilter puts SiteFilter.Item into words.
func itemFilter(item string) string {
	rest, pending := strings.CutPrefix(item, "update:")
	kind, slug, _ := strings.Cut(rest, ":")
	if kind == string(db.Core) {
		return "WordPress update pending"
	}
	if pending {
		return "Update pending: " + clip(slug, 80)
	}
	return "Installed: " + clip(slug, 80)
}

// bars are the hours of a monitor as path data, one path per colour, in a box of 4n-1 by 16: up 12 units tall, down 16,
// no data a tick of 3. A path runs along the floor and climbs at its bars, so that a day takes a few hundred bytes.
func bars(hours []db.HourBar) (up, down, none string) {
	var u, d, n strings.Builder
	for i, h := range hours {
		switch {
		case h.Down > 0:
			bar(&d, i, "0")
		case h.Up > 0:
			bar(&u, i, "4")
		default:
			bar(&n, i, "13")
		}
	}
	return u.String(), d.String(), n.String()
}

func bar(path *strings.Builder, i int, top string) {
	if path.Len() == 0 {
		path.WriteString("M" + strconv.Itoa(i*4) + " 16")
	} else {
		path.WriteString("H" + strconv.Itoa(i*4))
	}
	path.WriteString("V" + top + "h3V16")
}

func barBox(n int) string { return "0 0 " + strconv.Itoa(max(4*n-1, 1)) + " 16" }

// uptimeSentence says what the bars show, each of which stands for some minutes.
func uptimeSentence(u db.Uptime, what string, each int) string {
	unknown := len(u.Hours)*each - u.Up - u.Down
	switch {
	case !u.Known:
		return what + ": no data"
	case u.Down > 0 && unknown >= 60:
		return what + ": down " + minutes(u.Down) + ", no data for " + minutes(unknown)
	case u.Down > 0:
		return what + ": down " + minutes(u.Down)
	case unknown >= 60:
		return what + ": no outage seen, no data for " + minutes(unknown)
	}
	return what + ": no outage"
}

func minutes(n int) string { return span(time.Duration(n) * time.Minute) }

// uptimeText is the share of the known minutes that a site was up.
func uptimeText(u db.Uptime) string {
	if !u.Known {
		return dash
	}
	return percent(u.Up, u.Down)
}

// poor reports a health score that MainWP calls worth improving.
func poor(score int) bool { return score < 80 }

// siteName is the name of a site, or its host where MainWP sent no name.
func siteName(name, url string) string {
	if strings.TrimSpace(name) == "" {
		return host(url)
	}
	return name
}

// shortPHP cuts a PHP version to what decides about its support: 8.1.2-1ubuntu2 is 8.1.
func shortPHP(v string) string {
	parts := strings.SplitN(v, ".", 3)
	if len(parts) < 3 {
		return v
	}
	return parts[0] + "." + parts[1]
}

func sitePage(f db.SiteFilter, page int) db.SiteFilter {
	f.Page = page
	return f
}

func withoutItem(f db.SiteFilter) db.SiteFilter {
	f.Item, f.Page = "", 0
	return f
}

// zeroEmpty is an id as a form value; 0 is no choice.
func zeroEmpty(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// siteNotes says before a host what its status cannot: that the site is on another Dashboard as well, and, where the list shows sites
// that need attention, that they hold abandoned items.
func siteNotes(r db.SiteRow, status string) string {
	var notes []string
	if r.TwinOn != "" {
		notes = append(notes, "also on "+r.TwinOn)
	}
	if r.Abandoned > 0 && (status == db.StatusAttention || status == db.StatusAbandoned) {
		notes = append(notes, number(r.Abandoned)+" abandoned")
	}
	return strings.Join(notes, ", ")
}
