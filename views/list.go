package views

import (
	"muster/db"
)

// pager is the place in a list: rows first to last of total, and the addresses of the neighbours ("" where there is none).
type pager struct {
	first, last, total int
	previous, next     string
	target             string // id of what htmx swaps
}

// newPager works out the place of a page that shows n rows; url gives the address of another page.
func newPager(p db.Paging, n, total int, target string, url func(page int) string) pager {
	per, page := p.PerPage, max(p.Page, 1)
	if per <= 0 {
		per = db.DefaultPerPage
	}
	per = min(per, db.MaxPerPage)
	out := pager{total: total, target: target}
	if n > 0 {
		out.first, out.last = (page-1)*per+1, (page-1)*per+n
	}
	if page > 1 {
		out.previous = url(min(page-1, (total+per-1)/per))
	}
	if page*per < total {
		out.next = url(page + 1)
	}
	return out
}

// past reports whether the page asked for lies behind the last one.
func (p pager) past() bool { return p.first == 0 && p.total > 0 }

// option is one value of a select.
type option struct{ value, label string }

// sortState is a column's place in the order: "ascending", "descending" or "" for aria-sort.
func sortState(column, sorted string, desc bool) string {
	switch {
	case column != sorted:
		return ""
	case desc:
		return "descending"
	}
	return "ascending"
}

// dashboardOptions are the Dashboards of a filter.
func (s Shell) dashboardOptions() []option {
	out := make([]option, len(s.Nav.Dashboards))
	for i, d := range s.Nav.Dashboards {
		out[i] = option{idText("", d.ID), clip(d.Name, 60)}
	}
	return out
}

// clientOptions are the clients of a filter. The chosen one is among them, even where it is not among the first.
func clientOptions(c Choices, chosen db.Ref, name string) []option {
	var out []option
	found := chosen == (db.Ref{})
	if c.ClientTotal <= ClientChoices {
		for _, client := range c.Clients {
			found = found || client.Ref == chosen
			out = append(out, option{RefText(client.Ref), clip(client.Name, 60)})
		}
	}
	if !found {
		if name == "" {
			name = "Chosen client"
		}
		out = append(out, option{RefText(chosen), clip(name, 60)})
	}
	return out
}

// tagOptions are the names of tags, each once though several Dashboards have it.
func tagOptions(tags []db.Tag, chosen string) []option {
	seen := map[string]bool{}
	var out []option
	for _, t := range tags {
		if !seen[t.Name] && len(out) < ClientChoices {
			seen[t.Name] = true
			out = append(out, option{t.Name, clip(t.Name, 60)})
		}
	}
	if chosen != "" && !seen[chosen] {
		out = append(out, option{chosen, clip(chosen, 60)})
	}
	return out
}
