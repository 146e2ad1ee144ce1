package views

import (
	"strconv"

	"muster/db"
)

// Tags is the list of tags. Edits are the Dashboards, by Muster's id, whose tags the viewer may change.
type Tags struct {
	Dashboard int64 // filter, 0 all
	Rows      []db.TagRow
	Edits     map[int64]bool
}

// TagForm is the form of a tag; a zero Tag is a new one. Name and Color are as typed.
type TagForm struct {
	Dashboard       db.Dashboard
	Tag             db.TagRow
	Name, Color     string
	Why             string
	Errors          Errors
	OtherDashboards bool
}

// TagRemove asks before a tag is deleted.
type TagRemove struct {
	Tag    db.TagRow
	Sites  []db.SiteChoice // that lose it
	Typed  string
	Why    string
	Errors Errors
}

// NewTagColor is what the form of a new tag begins with.
const NewTagColor = "#3b6fd4"

// losersShown is how many sites the page names that lose a tag.
const losersShown = 20

// IsNew reports whether the form is for a tag that does not exist yet.
func (p TagForm) IsNew() bool { return p.Tag.ID == 0 }

func (p TagForm) address() string {
	if p.IsNew() {
		return "/tags/add"
	}
	return TagURL(p.Tag.Ref, "edit")
}

// TagURL is the address of a page about changing a tag: "edit" or "remove".
func TagURL(r db.Ref, what string) string {
	return "/tags/" + strconv.FormatInt(r.Dashboard, 10) + "/" + strconv.FormatInt(r.ID, 10) + "/" + what
}

// TagsURL is the address of the list of tags; dashboard 0 is all.
func TagsURL(dashboard int64) string { return newQuery().id("dashboard", dashboard).on("/tags") }
