package views

import (
	"muster/db"
)

// HistoryURL is the address of the history with a filter; since and until are dates as typed.
func HistoryURL(f db.EventFilter, since, until string) string {
	return newQuery().id("dashboard", f.Dashboard).text("client", RefText(f.Client)).id("site", f.Site).text("kind", string(f.Kind)).
		text("item", f.ItemSlug).id("run", f.Run).text("since", since).text("until", until).page("page", f.Page).on("/history")
}

func (p History) pageURL(page int) string {
	f := p.Filter
	f.Page = page
	return HistoryURL(f, p.Since, p.Until)
}

// narrowed counts the filters that are on.
func (p History) narrowed() int {
	n := 0
	for _, on := range []bool{p.Filter.Dashboard != 0, p.Filter.Client != (db.Ref{}), p.Filter.Site != 0, p.Filter.Kind != "", p.Filter.ItemSlug != "", p.Filter.Run != 0, p.Since != "", p.Until != ""} {
		if on {
			n++
		}
	}
	return n
}

func eventOptions() []option {
	out := make([]option, len(eventKinds))
	for i, k := range eventKinds {
		out[i] = option{string(k), eventMark(k).word}
	}
	return out
}

// eventDay is one day of the history.
type eventDay struct {
	title string
	rows  []db.Event
}

// eventDays parts the history by the days of the viewer.
func (s Shell) eventDays(list []db.Event) []eventDay {
	var out []eventDay
	for _, e := range list {
		title := s.dayTitle(e.At)
		if len(out) == 0 || out[len(out)-1].title != title {
			out = append(out, eventDay{title: title})
		}
		out[len(out)-1].rows = append(out[len(out)-1].rows, e)
	}
	return out
}

type chipOf struct{ label, value, remove string }

// chips are the filters that no field holds; each can be removed.
func (p History) chips() []chipOf {
	var out []chipOf
	if p.Filter.Site != 0 {
		f := p.Filter
		f.Site, f.Page = 0, 0
		out = append(out, chipOf{"Site", clip(siteName(p.SiteName, "number "+idText("", p.Filter.Site)), 60), HistoryURL(f, p.Since, p.Until)})
	}
	if p.Filter.Client != (db.Ref{}) {
		f := p.Filter
		f.Client, f.Page = db.Ref{}, 0
		out = append(out, chipOf{"Client", clip(siteName(p.ClientName, RefText(p.Filter.Client)), 60), HistoryURL(f, p.Since, p.Until)})
	}
	if p.Filter.Run != 0 {
		f := p.Filter
		f.Run, f.Page = 0, 0
		out = append(out, chipOf{"Run", idText("", p.Filter.Run), HistoryURL(f, p.Since, p.Until)})
	}
	if p.Filter.ItemSlug != "" {
		f := p.Filter
		f.ItemSlug, f.Page = "", 0
		out = append(out, chipOf{"Item", clip(p.Filter.ItemSlug, 60), HistoryURL(f, p.Since, p.Until)})
	}
	return out
}
