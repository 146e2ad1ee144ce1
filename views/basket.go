package views

import (
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"

	"muster/db"
)

// BasketChange is what a change of the basket does to the Updates page: the dock, the boxes of Groups and of Rows. Note
// says what could not be done.
type BasketChange struct {
	Filter db.UpdateFilter
	Basket db.Basket
	Groups []db.UpdateGroup
	Rows   []db.Update
	Note   string
}

// dockLines is how many items the dock lists at once, and dockMost how many at all.
const (
	dockLines = 8
	dockMost  = 60
)

// itemRef is how forms name an item on a site, as in "plugin:akismet/akismet.php@12". Actions on a site have no item.
var itemRef = regexp.MustCompile(`^(core|plugin|theme|translation|):(.{0,400})@([0-9]{1,18})$`)

// ItemText writes an item on a site for a form.
func ItemText(r db.ItemRef) string {
	return string(r.Kind) + ":" + r.Slug + "@" + strconv.FormatInt(r.Site, 10)
}

// ParseItem reads what ItemText wrote.
func ParseItem(s string) (r db.ItemRef, ok bool) {
	m := itemRef.FindStringSubmatch(s)
	if m == nil {
		return r, false
	}
	site, err := strconv.ParseInt(m[3], 10, 64)
	return db.ItemRef{Site: site, Kind: db.ItemKind(m[1]), Slug: m[2]}, err == nil
}

// ParseKind reads a line of the basket, as in "plugin:akismet/akismet.php".
func ParseKind(s string) (kind db.ItemKind, slug string, ok bool) {
	k, slug, found := strings.Cut(s, ":")
	switch kind = db.ItemKind(k); kind {
	case db.Core, db.Plugin, db.Theme, db.Translation:
		return kind, slug, found && slug != ""
	}
	return "", "", false
}

// RefOf names an update in forms and in ids.
func RefOf(u db.Update) string {
	return ItemText(db.ItemRef{Site: u.SiteID, Kind: u.Kind, Slug: u.Slug})
}

// domID makes an id of an element out of any text.
func domID(prefix, text string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return prefix + "-" + strconv.FormatUint(h.Sum64(), 36)
}

// GroupID is the id of a group's element on the Updates page.
func GroupID(key string) string { return domID("g", key) }

// back is the address to return to after a change that a browser without scripts sent.
func (p Updates) back() string {
	if p.Open == nil {
		return UpdatesURL(p.Filter)
	}
	return openURL(p.Filter, p.Open.Key, p.Open.Page)
}

// ticked is the value of aria-checked for a group.
func ticked(g db.UpdateGroup) string {
	switch {
	case g.Chosen == 0:
		return "false"
	case g.Chosen < g.Choosable, g.Chosen < g.Offered:
		return "mixed"
	}
	return "true"
}

// full reports whether all that can be chosen of a group is: its box then takes it out.
func full(g db.UpdateGroup) bool { return g.Chosen > 0 && g.Chosen >= g.Choosable }

// leftText says what of a chosen group cannot be updated; empty when all can.
func leftText(g db.UpdateGroup) string {
	if g.Chosen == 0 || g.Left == 0 {
		return ""
	}
	return number(g.Chosen) + " of " + number(g.Chosen+g.Left) + " chosen, " + number(g.Left) + " cannot run now:"
}

// groupLabel names the box of a group.
func groupLabel(group string, g db.UpdateGroup) string {
	name := clip(groupName(group, g), 80)
	switch {
	case g.Choosable == 0 && g.Chosen == 0:
		return "Nothing of " + name + " can be chosen now"
	case group == "item":
		return "Choose " + name + " on " + upTo(g) + count(max(g.Choosable, g.Chosen), "site", "sites")
	}
	return "Choose " + upTo(g) + count(max(g.Choosable, g.Chosen), "update", "updates") + " of " + name
}

// upTo stands before a number that may be too high, as in very large groups.
func upTo(g db.UpdateGroup) string {
	if g.Exact {
		return ""
	}
	return "up to "
}

// nowTitle is the button that reviews a group at once.
func nowTitle(group string, g db.UpdateGroup) string {
	name := clip(groupName(group, g), 80)
	if group == "item" {
		return "Update " + name + " on " + upTo(g) + count(g.Choosable, "site", "sites") + "…"
	}
	return "Update all of " + name + "…"
}

// rowValue is what a row's box sends: whether to add or to remove, and the item.
func rowValue(u db.Update) string {
	sign := "+"
	if u.Chosen {
		sign = "-"
	}
	return sign + RefOf(u)
}

// notNow is what stands beside an update, and whether it keeps it from being chosen. The state of the site and of its
// Dashboard stands in a column of its own unless state is set.
func (s Shell) notNow(u db.Update, state bool) (why string, off bool) {
	if text := s.barred(u); text != "" {
		if !state {
			text = ""
		}
		return text, true
	}
	d, known := s.dashboard(u.DashboardID)
	switch {
	case u.Offer != db.Offered:
		return "", true
	case known && (d.ReadOnly || d.KeyScope == "read"):
		return "Muster may only read " + clip(d.Name, 60) + ".", true
	case u.HeldBy != "":
		return strings.TrimSuffix(u.HeldBy, ".") + ".", true
	case u.NeedsPHP():
		return "Needs PHP " + u.RequiresPHP + ", the site has " + shortPHP(u.SitePHP) + ". Only chosen one by one.", false
	case u.NeedsWP():
		return "Needs WordPress " + u.RequiresWP + ", the site has " + u.SiteWP + ". Only chosen one by one.", false
	case u.Rollback != "":
		return u.Rollback + " was tried before, and WordPress put the old version back.", false
	}
	return "", false
}

// barred says why nothing can be done on a site now, as far as its own and its Dashboard's state tell.
func (s Shell) barred(u db.Update) string {
	d, known := s.dashboard(u.DashboardID)
	switch {
	case known && frozen(d.State):
		return clip(d.Name, 60) + ": " + lowerFirst(dashMark(d.State).word) + "."
	case u.SiteState == db.StateSuspended:
		return "Suspended in MainWP. Resume the site to update it."
	case u.SiteState == db.StateDisconnected:
		return "MainWP cannot reach the site. Reconnect it to update it."
	}
	return ""
}

// changelog is where the data says what is new; the pages of wordpress.org have a part for it.
func changelog(u db.Update) string {
	url := webAddress(u.URL)
	if u.Kind == db.Plugin && strings.Contains(url, "://wordpress.org/plugins/") && !strings.Contains(url, "#") {
		return url + "#developers"
	}
	return url
}

// basketSum is the sentence of the dock.
func basketSum(b db.Basket) string {
	return count(b.Updates, "update", "updates") + " on " + count(b.Sites, "site", "sites")
}

func lineText(l db.BasketLine) string {
	if l.Kind == db.Translation && l.ToMax == "" {
		return "on " + count(l.Sites, "site", "sites")
	}
	return "to " + versions(l.ToMin, l.ToMax) + " on " + count(l.Sites, "site", "sites")
}

// majorsText names where the big steps are.
func majorsText(lines []db.BasketLine) string {
	var names []string
	n := 0
	for _, l := range lines {
		if l.Majors > 0 {
			n++
			if len(names) < 3 {
				names = append(names, clip(itemName(l.Name, l.Slug), 60)+" "+versions(l.ToMin, l.ToMax)+" on "+count(l.Majors, "site", "sites"))
			}
		}
	}
	return among(names, n) + "."
}

// LeftNote says in the dock what of a group that was just chosen cannot be updated.
func LeftNote(g db.UpdateGroup) string {
	if g.Left == 0 {
		return ""
	}
	return number(g.Left) + " of " + number(g.Chosen+g.Left) + " cannot run now. The review says why."
}
