package views

import (
	"strings"
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

// past reports whether the time of a schedule went by while it was paused: it cannot be resumed.
func (s Shell) past(r db.Schedule) bool {
	return !r.PausedAt.IsZero() && !r.When.Weekly && !r.NextAt.After(s.Now)
}

// choiceLine is one update of a schedule: "Forms to 1.0.1 on Alpha".
func choiceLine(r db.Schedule, c db.Choice) string {
	text := clip(itemName(c.Name, c.Slug), 80)
	if c.To != "" {
		text += " to " + version(c.To)
	}
	return text + " on " + clip(firstText(r.SiteNames[c.Site], "a site"), 60)
}

// scheduleMost is how many updates of a schedule are listed.
const scheduleMost = 200

// scheduleOptions says how a schedule's run goes about it.
func scheduleOptions(o db.RunOptions) string {
	parts := []string{"Never stops by itself"}
	if o.StopAfter > 0 {
		parts[0] = "Stops after " + count(o.StopAfter, "failed call", "failed calls")
	}
	if o.Canary != 0 {
		parts = append(parts, "one site first")
	}
	if o.HomeCheck {
		parts = append(parts, "home pages are checked")
	}
	if o.NewerPatch {
		parts = append(parts, "newer patch releases are taken")
	}
	return strings.Join(parts, ", ") + "."
}

// scheduleMark is where a schedule stands.
func (s Shell) scheduleMark(r db.Schedule) mark {
	switch {
	case s.past(r):
		return mark{tone: "warn", icon: "circle-pause", word: "Its time passed while it was paused"}
	case r.NextAt.IsZero() && r.Missed:
		return mark{tone: "warn", icon: "clock-alert", word: "Missed"}
	case r.NextAt.IsZero() && r.LastRun == 0:
		return mark{tone: "warn", icon: "clock-alert", word: "Never started"}
	case r.NextAt.IsZero() && r.When.Weekly:
		return mark{tone: "off", icon: "circle-check", word: "Over: none of it is offered any more", quiet: true}
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
