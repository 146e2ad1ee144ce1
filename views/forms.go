package views

import (
	"strings"
	"time"
)

// field is one text field of a form.
type field struct {
	name, label, value, hint string
	kind                     string // text, password, email, search
	mode                     string // inputmode
	complete                 string // autocomplete
	mono, required           bool
}

// describedBy names the hint and the error of a field.
func describedBy(name, hint string, e Errors) string {
	var ids []string
	if e[name] != "" {
		ids = append(ids, name+"-e")
	}
	if hint != "" {
		ids = append(ids, name+"-h")
	}
	return strings.Join(ids, " ")
}

// zones are suggestions for the time zone; any IANA name can be typed.
var zones = []string{
	"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Bogota", "America/Chicago", "America/Denver", "America/Halifax",
	"America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Phoenix", "America/Sao_Paulo", "America/Toronto", "America/Vancouver",
	"Asia/Bangkok", "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Karachi", "Asia/Kolkata", "Asia/Manila",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide", "Australia/Brisbane", "Australia/Melbourne",
	"Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest", "Europe/Budapest",
	"Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Oslo",
	"Europe/Paris", "Europe/Prague", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland",
	"Pacific/Honolulu", "UTC",
}

// zoneName is a zone as its field shows it while empty; the server's own has no name of use.
func zoneName(zone *time.Location) string {
	if zone == time.Local {
		return "The server’s"
	}
	return zone.String()
}

// errorText is the title, the sentence and the icon of an error page.
func errorText(s Shell, p Error) (title, text, symbol string) {
	switch p.Status {
	case 404:
		title, text, symbol = "Nothing is here", "The page does not exist, or it is about something that you may not see.", "search"
	case 403:
		title, text, symbol = "You may not do this", "Your role is "+lowerFirst(roleName(s.User.Role))+". Ask an owner for it.", "lock"
		if s.User.ID == 0 {
			text = "Sign in first, or ask an owner for access."
		}
	case 405:
		title, text, symbol = "This address takes no such request", "Go back and use the form of the page.", "circle-slash"
	case 413:
		title, text, symbol = "That is too much", "What was sent is larger than Muster accepts.", "circle-slash"
	case 429:
		title, text, symbol = "Too many tries", "Wait a little, then try again.", "clock"
		if !p.Retry.IsZero() {
			text = "Try again " + s.until(p.Retry) + "."
		}
	case 400, 409, 422:
		title, text, symbol = "This cannot be done", "Go back, look at what was sent and try again.", "circle-alert"
	default:
		title, text, symbol = "Something went wrong in Muster", "It is in Muster’s log. Your data is safe; try again in a moment.", "circle-alert"
	}
	if p.Detail != "" {
		text = p.Detail
	}
	return title, text, symbol
}
