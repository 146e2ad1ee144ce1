package views

import (
	"time"

	"muster/db"
)

// mark is a state as a page shows it: an icon, a word and a tone (ok, warn, bad, run, off). Quiet mutes the word.
type mark struct {
	tone, icon, word string
	quiet            bool
	at               time.Time // what "As of" refers to
}

// frozen reports whether a Dashboard is in a state in which its sites are not read, so that what they show is a copy of
// unknown truth.
func frozen(s db.DashboardState) bool {
	switch s {
	case db.DashPaused, db.DashDoubt, db.DashKey, db.DashUnreachable, db.DashTrouble:
		return true
	}
	return false
}

// dashboard finds a Dashboard of the navigation.
func (s Shell) dashboard(id int64) (db.Dashboard, bool) {
	for _, d := range s.Nav.Dashboards {
		if d.ID == id {
			return d, true
		}
	}
	return db.Dashboard{}, false
}

// siteMark is the state of a site in a list. Of a site whose Dashboard is not being read, only the age is known.
func (s Shell) siteMark(r db.SiteRow) mark {
	if frozen(r.DashState) {
		return s.asOf(r.DashboardID, r.ReadAt)
	}
	return stateMark(r.State)
}

func (s Shell) asOf(dashboardID int64, readAt time.Time) mark {
	if d, ok := s.dashboard(dashboardID); ok && !d.LastReadAt.IsZero() {
		readAt = d.LastReadAt
	}
	if readAt.IsZero() {
		return mark{tone: "off", icon: "cloud-off", word: "Not read yet"}
	}
	return mark{tone: "off", icon: "cloud-off", word: "As of " + s.short(readAt), at: readAt}
}

func stateMark(state db.SiteState) mark {
	switch state {
	case db.StateDown:
		return mark{tone: "bad", icon: "circle-x", word: "Down"}
	case db.StateRolledBack:
		return mark{tone: "bad", icon: "undo-2", word: "Rolled back"}
	case db.StateDisconnected:
		return mark{tone: "bad", icon: "unplug", word: "Disconnected"}
	case db.StateSyncFailing:
		return mark{tone: "warn", icon: "refresh-cw-off", word: "Sync failing"}
	case db.StateStale:
		return mark{tone: "warn", icon: "clock-alert", word: "Not synced"}
	case db.StateOK:
		return mark{tone: "ok", icon: "circle-check", word: "OK", quiet: true}
	case db.StateSuspended:
		return mark{tone: "off", icon: "circle-pause", word: "Suspended"}
	}
	return mark{tone: "off", icon: "circle-question-mark", word: "Unknown"}
}

// dashMark is the state of a Dashboard.
func dashMark(state db.DashboardState) mark {
	switch state {
	case db.DashPaused:
		return mark{tone: "off", icon: "circle-pause", word: "Paused"}
	case db.DashDoubt:
		return mark{tone: "warn", icon: "shield-alert", word: "To confirm"}
	case db.DashKey:
		return mark{tone: "bad", icon: "key-round", word: "Key refused"}
	case db.DashUnreachable:
		return mark{tone: "bad", icon: "cloud-off", word: "Not reachable"}
	case db.DashTrouble:
		return mark{tone: "warn", icon: "triangle-alert", word: "Not readable"}
	case db.DashReading:
		return mark{tone: "run", icon: "loader-circle", word: "Reading"}
	case db.DashWaiting:
		return mark{tone: "off", icon: "circle-dashed", word: "Not read yet"}
	}
	return mark{tone: "ok", icon: "circle-check", word: "OK", quiet: true}
}

// attention says what a group of sites needs: its sentence and its mark.
func attentionMark(status string) mark {
	switch status {
	case db.StatusDown:
		return mark{tone: "bad", icon: "circle-x", word: "Down"}
	case db.StatusRolledBack:
		return mark{tone: "bad", icon: "undo-2", word: "Rolled back after an update"}
	case db.StatusDisconnected:
		return mark{tone: "bad", icon: "unplug", word: "Disconnected from MainWP"}
	case db.StatusSyncFailing:
		return mark{tone: "warn", icon: "refresh-cw-off", word: "Sync failing"}
	case db.StatusStale:
		return mark{tone: "warn", icon: "clock-alert", word: "Not synced for more than 24 h"}
	case db.StatusUnknown:
		return mark{tone: "off", icon: "circle-question-mark", word: "Never synced"}
	case db.StatusPHPEnded:
		return mark{tone: "warn", icon: "shield-alert", word: "PHP without security fixes"}
	case db.StatusWPBehind:
		return mark{tone: "warn", icon: "wp", word: "WordPress behind"}
	case db.StatusAbandoned:
		return mark{tone: "warn", icon: "package", word: "Abandoned plugins or themes"}
	case db.StatusSuspended:
		return mark{tone: "off", icon: "circle-pause", word: "Suspended"}
	case db.StatusGone:
		return mark{tone: "off", icon: "circle-slash", word: "No longer on the Dashboard"}
	case db.StatusOK:
		return mark{tone: "ok", icon: "circle-check", word: "OK"}
	}
	return mark{tone: "warn", icon: "triangle-alert", word: "Needs attention"}
}

// kindIcon is the icon of an item's kind.
func kindIcon(k db.ItemKind) string {
	switch k {
	case db.Core:
		return "wp"
	case db.Theme:
		return "paintbrush"
	case db.Translation:
		return "languages"
	}
	return "plug"
}
