package views

import (
	"strconv"
	"strings"
	"time"

	"muster/db"
)

// timeOf is time.Time under a name that templates can use without an import of their own.
type timeOf = time.Time

// fleetShown is how many Dashboards the side bar lists.
const fleetShown = 12

// theme is the value of data-theme, or "" to follow the system.
func (s Shell) theme() string {
	if s.User.Theme == "light" || s.User.Theme == "dark" {
		return s.User.Theme
	}
	return ""
}

// below reports whether the present page lies below path in the navigation.
func (s Shell) below(path string) bool { return path != "/" && strings.HasPrefix(s.Path, path+"/") }

func (s Shell) iconURL(name string) string { return s.Assets.URL("icons.svg") + "#" + name }

func roleName(r db.Role) string {
	switch r {
	case db.Owner:
		return "Owner"
	case db.Manager:
		return "Manager"
	case db.Operator:
		return "Operator"
	case db.Reader:
		return "Viewer"
	}
	return ""
}

// startedRun is the run that the code of ?done= names; 0 for another code.
func startedRun(code string) int64 {
	number, ok := strings.CutPrefix(code, DoneRun)
	if !ok {
		return 0
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}

// doneText turns the code of ?done= into a sentence; an unknown code says nothing.
func doneText(code string) string {
	switch code {
	case "connected":
		return "Connected. Muster is reading its sites now."
	case "saved":
		return "Saved."
	case "key":
		return "The key is replaced. Muster is reading the Dashboard now."
	case "refresh":
		return "Muster reads the Dashboard again now. New data shows up here in a moment."
	case "paused":
		return "Paused. What Muster has read stays."
	case "resumed":
		return "Resumed. Muster is reading the Dashboard now."
	case "confirmed":
		return "Confirmed. Muster goes on reading this Dashboard."
	case "disconnected":
		return "Disconnected. Muster has forgotten the Dashboard and its key."
	case "rejoined":
		return "Joined. The site has one history again."
	case "nothing":
		return "Nothing is chosen yet. Tick updates first."
	case "scheduled":
		return "Scheduled. It starts by itself."
	case "sched-paused":
		return "Paused. It does not start until it is resumed."
	case "sched-resumed":
		return "Resumed."
	case "sched-deleted":
		return "The schedule is deleted. Runs that it started stay."
	case "held":
		return "Held back. Runs and reviews leave it out from now on."
	case "unheld":
		return "It may be updated again."
	case "delay":
		return "Saved. It holds from now on, for scheduled runs as well."
	case "password":
		return "The password is changed. Other sessions are signed out."
	}
	return ""
}

// keyList is what the dialog of keys says.
var keyList = []struct {
	what string
	keys []string
}{
	{"Search on the page", []string{"/"}},
	{"Overview", []string{"g", "o"}},
	{"Sites", []string{"g", "s"}},
	{"Updates", []string{"g", "u"}},
	{"Runs", []string{"g", "r"}},
	{"Clients", []string{"g", "c"}},
	{"Dashboards", []string{"g", "d"}},
	{"History", []string{"g", "h"}},
	{"Next, previous row", []string{"j", "k"}},
	{"Open the row", []string{"Enter"}},
	{"Select the row", []string{"x"}},
	{"Expand the group", []string{"e"}},
	{"Review the run", []string{"r"}},
	{"Select up to this row", []string{"Shift", "x"}},
	{"Sync the selected sites", []string{"s"}},
	{"Clear the selection", []string{"Esc"}},
	{"This list", []string{"?"}},
}
