package views

import (
	"time"
)

// A moment as a page writes it: text for the eye, exact for the title, machine for the datetime attribute.
type moment struct{ text, exact, machine string }

func (s Shell) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

func (s Shell) moment(t time.Time, text string) moment {
	local := t.In(s.zone())
	return moment{text: text, exact: local.Format("2 Jan 2006, 15:04:05 MST"), machine: local.Format(time.RFC3339)}
}

// ago is a moment of the past: "2 min ago", "3 h ago", then "Yesterday 22:47", "19 Nov 22:40", "19 Nov 2025".
func (s Shell) ago(t time.Time) moment {
	if text := s.age(t); text != "" {
		return s.moment(t, text+" ago")
	}
	return s.moment(t, s.calendar(t))
}

// old is the same for narrow columns: "2 min", "3 h", "2 d".
func (s Shell) old(t time.Time) moment {
	text := s.age(t)
	if text == "" {
		text = s.days(t)
	}
	return s.moment(t, text)
}

// at is a moment in a log, where the order is seen already: "14:18", "Yesterday 22:47", "19 Nov 22:40".
func (s Shell) at(t time.Time) moment { return s.moment(t, s.clock(t)) }

// age is how long ago t was if that is less than a day, else "" (and for a moment of this minute "").
func (s Shell) age(t time.Time) string {
	d := s.Now.Sub(t)
	switch {
	case d < time.Minute || d >= 24*time.Hour:
		return ""
	case d < time.Hour:
		return itoa(int(d/time.Minute)) + " min"
	}
	return itoa(int(d/time.Hour)) + " h"
}

// calendar writes a moment that is not "… ago": now, to come, or more than a day past.
func (s Shell) calendar(t time.Time) string {
	if d := s.Now.Sub(t); d > -time.Minute && d < time.Minute {
		return "just now"
	}
	return s.clock(t)
}

func (s Shell) days(t time.Time) string {
	d := s.Now.Sub(t)
	if d < 24*time.Hour {
		return s.calendar(t)
	}
	return number(int(d/(24*time.Hour))) + " d"
}

// clock is the time of day with as much of the date as is needed.
func (s Shell) clock(t time.Time) string {
	local, now := t.In(s.zone()), s.Now.In(s.zone())
	switch {
	case sameDay(local, now):
		return local.Format("15:04")
	case sameDay(local, now.AddDate(0, 0, -1)):
		return "Yesterday " + local.Format("15:04")
	case sameDay(local, now.AddDate(0, 0, 1)):
		return "tomorrow " + local.Format("15:04")
	case local.Year() == now.Year():
		return local.Format("2 Jan 15:04")
	}
	return local.Format("2 Jan 2006")
}

// short is clock for a narrow place: the time of today, else the day.
func (s Shell) short(t time.Time) string {
	local, now := t.In(s.zone()), s.Now.In(s.zone())
	switch {
	case sameDay(local, now):
		return local.Format("15:04")
	case local.Year() == now.Year():
		return local.Format("2 Jan")
	}
	return local.Format("2 Jan 2006")
}

// day is a date: "14 February 2027".
func (s Shell) day(t time.Time) string { return t.In(s.zone()).Format("2 January 2006") }

// date is a short date without a time, for what has none: "2 Nov 2026".
func (s Shell) date(t time.Time) moment {
	m := s.moment(t, t.In(s.zone()).Format("2 Jan 2006"))
	m.exact = m.text
	return m
}

// until says when something is due: "now", "in 4 min", "in 3 h", "tomorrow 06:30".
func (s Shell) until(t time.Time) string {
	d := t.Sub(s.Now)
	switch {
	case d <= 0:
		return "now"
	case d < time.Minute:
		return "in under a minute"
	case d < time.Hour:
		return "in " + itoa(int((d+time.Minute-1)/time.Minute)) + " min"
	case d < 24*time.Hour:
		return "in " + itoa(int((d+30*time.Minute)/time.Hour)) + " h"
	}
	return s.clock(t)
}

func sameDay(a, b time.Time) bool {
	ya, ma, da := a.Date()
	yb, mb, db := b.Date()
	return ya == yb && ma == mb && da == db
}

// dayTitle heads a day of the history: "Today", "Yesterday", "Thursday 19 November", "19 November 2025".
func (s Shell) dayTitle(t time.Time) string {
	local, now := t.In(s.zone()), s.Now.In(s.zone())
	switch {
	case sameDay(local, now):
		return "Today"
	case sameDay(local, now.AddDate(0, 0, -1)):
		return "Yesterday"
	case local.Year() == now.Year():
		return local.Format("Monday 2 January")
	}
	return local.Format("2 January 2006")
}

// hour is the time of day in a list that is parted by days.
func (s Shell) hour(t time.Time) moment { return s.moment(t, t.In(s.zone()).Format("15:04")) }
