package views

import (
	"strconv"

	"muster/db"
)

// Holds is what is kept from being updated. Form is set while an item is chosen; Found are the items that a search found.
type Holds struct {
	Rows   []db.Hold
	Query  string
	Found  []db.UpdateGroup
	Form   *HoldForm
	Delay  string // days, as typed
	May    bool   // may change the delay
	Errors Errors // of the delay
}

// HoldForm holds one item back. Sites are those that have an update of it, and those chosen.
type HoldForm struct {
	Kind       db.ItemKind
	Slug, Name string
	Everywhere bool
	All        bool // may hold an item on all sites
	Sites      []db.SiteName
	Total      int // sites that have an update of it
	Chosen     map[int64]bool
	Reason     string
	Errors     Errors
}

// HoldURL is the form that holds an item back, on one site or everywhere.
func HoldURL(kind db.ItemKind, slug string, site int64) string {
	return newQuery().text("kind", string(kind)).text("slug", slug).id("site", site).on("/holds")
}

// holdSites is how many sites of a hold its row names.
const holdSites = 3

// whereText says on which sites an item is held.
func whereText(h db.Hold) string {
	if h.Everywhere {
		return "All sites"
	}
	names := make([]string, 0, holdSites)
	for i, site := range h.Sites {
		if i < holdSites {
			names = append(names, site.Name)
		}
	}
	if len(names) == 0 {
		return "Sites you do not see"
	}
	return among(names, len(h.Sites))
}

func idValue(id int64) string { return strconv.FormatInt(id, 10) }
