package views

import (
	"slices"
	"strconv"
	"strings"

	"muster/db"
)

// DashboardChoice is a Dashboard that a form may be for. Why says why it cannot be; "" where it can.
type DashboardChoice struct {
	Dashboard db.Dashboard
	Why       string
}

// ChooseDashboard asks on which Dashboard something is to be added.
type ChooseDashboard struct {
	Title, Sub  string
	Path        string // of the form, which takes ?dashboard
	Back, Label string // the page that it belongs to
	Rows        []DashboardChoice
}

// SiteFields are the tags and the client that a form gives to a site, by MainWP's ids, with what can be chosen.
type SiteFields struct {
	Tags     []db.TagRow
	Chosen   []int64 // of Tags
	Clients  []db.ClientName
	ClientID int64 // 0: none
}

// SiteEdit is the form that changes a site. Why says why it cannot be sent now.
type SiteEdit struct {
	SiteFields
	Site   db.Site
	Name   string // as typed
	Why    string
	Errors Errors
}

// SiteAdd is the form that adds a site to a Dashboard. The password is never rendered.
type SiteAdd struct {
	SiteFields
	Dashboard                db.Dashboard
	URL, Name, Admin, Unique string
	Verify                   string // 1, 0; empty: as the Dashboard does
	Why                      string
	Errors                   Errors
	OtherDashboards          bool // there is another one to choose
}

// SiteRemove asks before a site is removed from its Dashboard.
type SiteRemove struct {
	Site   db.Site
	Typed  string
	Why    string
	Errors Errors
}

// Refusal says why nothing can be changed on a Dashboard now, and what to do about it; "" where it can.
func Refusal(d db.Dashboard) string {
	switch {
	case d.ReadOnly:
		return "Muster only reads this Dashboard: that is how it is set on its page in Muster. An owner can allow changes there."
	case d.KeyScope == "read":
		return "Its API key allows reading only. An owner can replace it with one that allows Read and Write."
	case d.State == db.DashKey:
		return "MainWP refuses the API key of this Dashboard. An owner has to replace it first."
	case d.State == db.DashUnreachable, d.ErrorKind == "blocked":
		return "This Dashboard does not answer. Try again when it does."
	case d.State == db.DashPaused:
		return "This Dashboard is paused in Muster. An owner has to resume it first."
	case d.State == db.DashDoubt:
		return "This may be another Dashboard than before. An owner has to confirm on its page that it is the same one."
	case d.State == db.DashWaiting, d.State == db.DashReading:
		return "Muster has not read this Dashboard yet. Try again in a minute."
	}
	return ""
}

// SiteName is what a person types to remove a site: its name, or its address where it has none.
func SiteName(s db.SiteRow) string { return siteName(s.Name, s.URL) }

// checkRow is one box of a list of boxes.
type checkRow struct {
	id                 int64
	label, note, color string
	on                 bool
}

func tagChecks(f SiteFields) []checkRow {
	out := make([]checkRow, len(f.Tags))
	for i, t := range f.Tags {
		out[i] = checkRow{id: t.ID, label: t.Name, color: t.Color, on: slices.Contains(f.Chosen, t.ID)}
	}
	return out
}

// clientChoices are the clients that a site can have; none is one of them.
func clientChoices(f SiteFields) []option {
	out := make([]option, 0, len(f.Clients)+1)
	out = append(out, option{"0", "None"})
	for _, c := range f.Clients {
		out = append(out, option{strconv.FormatInt(c.ID, 10), clip(c.Name, 60)})
	}
	return out
}

// isColor reports whether a colour can be painted: foreign text never becomes more than "#rrggbb".
func isColor(c string) bool {
	return len(c) == 7 && c[0] == '#' && strings.Trim(c[1:], "0123456789abcdefABCDEF") == ""
}

// EditSiteURL is the address of a page about changing a site: "edit" or "remove".
func EditSiteURL(id int64, what string) string { return SiteURL(id, "") + "/" + what }
