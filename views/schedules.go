package views

import (
	"time"

	"muster/db"
)

// Schedules is the list of runs that start by themselves.
type Schedules struct{ Rows []db.Schedule }

// whenText says when a schedule starts: "Every Tuesday at 22:00, Europe/Berlin", "On 24 Nov 2026 at 22:00, Europe/Berlin".
func whenText(w db.When) string {
	day, err := time.Parse(time.DateOnly, w.Day)
	text := "On " + w.Day
	switch {
	case err == nil && w.Weekly:
		text = "Every " + day.Weekday().String()
	case err == nil:
		text = "On " + day.Format("Monday 2 January 2006")
	}
	return text + " at " + clockText(w.Minute)
}

// windowText says until when tasks of it start, in its own zone.
func windowText(w db.When) string {
	if w.Window <= 0 {
		return clip(w.Zone, 60) + ", no end"
	}
	return clip(w.Zone, 60) + ", starting until " + clockText(w.Minute+int(w.Window/time.Minute))
}

func clockText(minute int) string {
	minute %= 24 * 60
	return time.Date(2000, 1, 1, minute/60, minute%60, 0, 0, time.UTC).Format("15:04")
}

// choiceText says how much a schedule holds.
func choiceText(s db.Schedule) string {
	return count(len(s.Choices), "update", "updates") + " on " + count(s.Sites, "site", "sites")
}

// scheduleMark is where a schedule stands.
func scheduleMark(r db.Schedule) mark {
	switch {
	case r.NextAt.IsZero():
		return mark{tone: "off", icon: "circle-check", word: "Over", quiet: true}
	case !r.PausedAt.IsZero():
		return mark{tone: "off", icon: "circle-pause", word: "Paused"}
	}
	return mark{tone: "ok", icon: "clock", word: "Waiting", quiet: true}
}

// nextText is when a schedule starts next, for the person who looks.
func (s Shell) nextText(t time.Time) moment {
	local := t.In(s.zone())
	if d := t.Sub(s.Now); d < 24*time.Hour {
		return s.moment(t, s.until(t))
	}
	return s.moment(t, local.Format("Mon 2 Jan 15:04"))
}
