package views

import (
	"muster/db"
)

// eventMark is the icon and tone of a history entry; its word names the kind in a filter.
func eventMark(k db.EventKind) mark {
	switch k {
	case db.EventUpdated:
		return mark{tone: "ok", icon: "circle-arrow-up", word: "Updated"}
	case db.EventDowngraded:
		return mark{tone: "warn", icon: "undo-2", word: "Downgraded"}
	case db.EventAdded:
		return mark{icon: "plus", word: "Installed"}
	case db.EventRemoved:
		return mark{icon: "trash-2", word: "Removed"}
	case db.EventActivated:
		return mark{icon: "plug", word: "Activated"}
	case db.EventDeactivated:
		return mark{icon: "circle-pause", word: "Deactivated"}
	case db.EventDown:
		return mark{tone: "bad", icon: "circle-x", word: "Went down"}
	case db.EventUp:
		return mark{tone: "ok", icon: "circle-check", word: "Came back"}
	case db.EventDisconnected:
		return mark{tone: "bad", icon: "unplug", word: "Disconnected"}
	case db.EventReconnected:
		return mark{tone: "ok", icon: "link", word: "Connected again"}
	case db.EventSuspended:
		return mark{icon: "circle-pause", word: "Suspended"}
	case db.EventUnsuspended:
		return mark{icon: "play", word: "No longer suspended"}
	case db.EventSiteAdded:
		return mark{icon: "globe", word: "Site added"}
	case db.EventSiteGone:
		return mark{tone: "warn", icon: "circle-slash", word: "Site gone"}
	case db.EventSiteBack:
		return mark{icon: "globe", word: "Site back"}
	case db.EventRenamed:
		return mark{icon: "pencil", word: "Renamed"}
	case db.EventUnreachable:
		return mark{tone: "bad", icon: "cloud-off", word: "Dashboard stopped answering"}
	case db.EventReachable:
		return mark{tone: "ok", icon: "circle-check", word: "Dashboard answers again"}
	}
	return mark{icon: "info", word: string(k)}
}

// eventKinds is the order of the filter.
var eventKinds = []db.EventKind{
	db.EventUpdated, db.EventDowngraded, db.EventAdded, db.EventRemoved, db.EventActivated, db.EventDeactivated,
	db.EventDown, db.EventUp, db.EventDisconnected, db.EventReconnected, db.EventSuspended, db.EventUnsuspended,
	db.EventSiteAdded, db.EventSiteGone, db.EventSiteBack, db.EventRenamed, db.EventUnreachable, db.EventReachable,
}

// eventStyle is what an entry of a list says beside what happened: its site, that site's Dashboard, the day.
type eventStyle struct{ site, dashboard, dated bool }

// isAct reports whether an entry is about something that a person does, with Muster or without.
func isAct(e db.Event) bool {
	return isItem(e) || e.Kind == db.EventSuspended || e.Kind == db.EventUnsuspended
}

// isItem reports whether an entry is about a plugin, a theme, a translation or WordPress.
func isItem(e db.Event) bool {
	switch e.Kind {
	case db.EventUpdated, db.EventDowngraded, db.EventAdded, db.EventRemoved, db.EventActivated, db.EventDeactivated:
		return true
	}
	return false
}

// eventWords say what happened; to an item, its name follows. In a sentence that begins with the site they begin with a
// small letter.
func eventWords(e db.Event, named bool) string {
	switch {
	case isItem(e):
		return wordOf(named, eventMark(e.Kind).word)
	case e.Kind == db.EventRenamed && e.From != "":
		return wordOf(named, "Was renamed from “"+clip(e.From, 80)+"”")
	}
	return wordOf(named, plainWords[e.Kind])
}

func wordOf(named bool, text string) string {
	if named {
		return lowerFirst(text)
	}
	return text
}

var plainWords = map[db.EventKind]string{
	db.EventDown:         "Went down",
	db.EventUp:           "Came back",
	db.EventDisconnected: "Got disconnected from MainWP",
	db.EventReconnected:  "Is connected to MainWP again",
	db.EventSuspended:    "Was suspended",
	db.EventUnsuspended:  "Is no longer suspended",
	db.EventSiteAdded:    "Was added to the Dashboard",
	db.EventSiteGone:     "Is no longer on the Dashboard",
	db.EventSiteBack:     "Is back on the Dashboard",
	db.EventRenamed:      "Was renamed",
	db.EventUnreachable:  "Stopped answering",
	db.EventReachable:    "Answers again",
}

// itemName is the name of an item, or what stands for it where MainWP sent none.
func itemName(name, slug string) string {
	if name != "" {
		return name
	}
	return slug
}
