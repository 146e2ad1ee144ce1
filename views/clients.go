package views

import (
	"strings"

	"muster/db"
)

// clientSort is the filter that sorts by a column: the other way round where it is sorted by it already.
func clientSort(f db.ClientFilter, column string) string {
	sorted := f.Sort
	if sorted == "" {
		sorted = "name"
	}
	if sorted == column {
		f.Desc = !f.Desc
	} else {
		f.Desc = column != "name"
	}
	f.Sort, f.Page = column, 0
	return ClientsURL(f)
}

func clientSorted(f db.ClientFilter, column string) string {
	sorted := f.Sort
	if sorted == "" {
		sorted = "name"
	}
	return sortState(column, sorted, f.Desc)
}

func clientPage(f db.ClientFilter, page int) db.ClientFilter {
	f.Page = page
	return f
}

// clientMark is the state of a client's sites.
func (s Shell) clientMark(c db.Client) mark {
	if d, ok := s.dashboard(c.Dashboard); ok && frozen(d.State) {
		return s.asOf(d.ID, d.LastReadAt)
	}
	switch {
	case c.Sites == 0:
		return mark{tone: "off", icon: "circle-dashed", word: "No sites", quiet: true}
	case c.Attention > 0:
		return mark{tone: "warn", icon: "triangle-alert", word: count(c.Attention, "site needs a look", "sites need a look")}
	}
	return stateMark(db.StateOK)
}

// clientStatus is what MainWP notes about a client, as a word.
func clientStatus(status string) string {
	if status == "" {
		return dash
	}
	return upperFirst(strings.ReplaceAll(status, "_", " "))
}

// clientFacts are the ways to reach a client, those that are known.
func clientFacts(s Shell, c db.Client) []fact {
	var out []fact
	add := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			out = append(out, fact{name: name, value: value})
		}
	}
	add("Status", upperFirst(c.Status))
	add("Email", c.Email)
	add("Phone", c.Phone)
	add("Address", strings.Join(strings.FieldsFunc(c.Address, func(r rune) bool { return r == '\n' || r == '\r' }), ", "))
	if !c.CreatedAt.IsZero() {
		add("Client since", s.date(c.CreatedAt).text)
	}
	return out
}
