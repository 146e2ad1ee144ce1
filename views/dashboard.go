package views

import (
	"muster/db"
)

// choices are the intervals that the form offers, in seconds, with the present one among them.
func choices(present string, labels []option) []option {
	for _, o := range labels {
		if o.value == present {
			return labels
		}
	}
	return append([]option{{present, present + " s"}}, labels...)
}

func intervalOptions(present string) []option {
	return choices(present, []option{
		{"300", "5 minutes"}, {"900", "15 minutes"}, {"1800", "30 minutes"}, {"3600", "1 hour"}, {"10800", "3 hours"}, {"21600", "6 hours"}, {"43200", "12 hours"}, {"86400", "1 day"},
	})
}

func probeOptions(present string) []option {
	return choices(present, []option{
		{"60", "1 minute"}, {"120", "2 minutes"}, {"300", "5 minutes"}, {"600", "10 minutes"}, {"1800", "30 minutes"}, {"3600", "1 hour"},
	})
}

func staleOptions(present string) []option {
	return choices(present, []option{{"0", "Never"}, {"6", "6 hours"}, {"12", "12 hours"}, {"24", "1 day"}, {"48", "2 days"}, {"72", "3 days"}, {"168", "1 week"}})
}

// authText says how the key travels.
func authText(d db.Dashboard) string {
	switch d.Auth {
	case "query":
		return "In the address, so it stands in that server’s access log"
	case "basic":
		return "As key and secret (HTTP Basic)"
	}
	return "In the Authorization header"
}

// dashFacts is what is known about a Dashboard.
func (s Shell) dashFacts(d db.Dashboard) []fact {
	out := []fact{{name: "Versions", value: platform(d)}}
	if d.Title != "" {
		out = append(out, fact{name: "Its name", value: d.Title})
	}
	out = append(out, fact{name: "Key allows", value: keyAllows(d), bad: !d.CanWrite(), why: "Muster sends no change to it"})
	if d.KeyHint != "" {
		out = append(out, fact{name: "Key ends in", value: "…" + d.KeyHint})
	}
	out = append(out, fact{name: "Key is sent", value: authText(d), bad: d.Auth == "query"})
	if d.IndexPHP {
		out = append(out, fact{name: "Address of the API", value: "below /index.php, since permalinks are plain"})
	}
	out = append(out, fact{name: "Monitors", value: offered(d, d.HasMonitors)}, fact{name: "Costs", value: offered(d, d.HasCosts)}, fact{name: "Connected", value: s.date(d.CreatedAt).text})
	return out
}

func offered(d db.Dashboard, has bool) string {
	switch {
	case d.CapabilitiesAt.IsZero():
		return dash
	case has:
		return "Read"
	}
	return "Not offered by its MainWP"
}

// lossLines names what disconnecting deletes.
func (s Shell) lossLines(p Disconnect) []string {
	l := p.Losses
	var out []string
	add := func(n int, one, many string) {
		if n > 0 {
			out = append(out, count(n, one, many))
		}
	}
	add(l.Sites, "site, with its plugins, themes and updates", "sites, with their plugins, themes and updates")
	add(l.Clients, "client", "clients")
	if l.Events > 0 {
		text := count(l.Events, "entry of the history", "entries of the history")
		if !l.OldestEvent.IsZero() {
			text += ", since " + s.day(l.OldestEvent)
		}
		out = append(out, text)
	}
	add(l.Changes, "change made outside MainWP", "changes made outside MainWP")
	add(l.MonitorDays, "day of uptime records", "days of uptime records")
	add(l.Incidents, "recorded outage", "recorded outages")
	add(l.Costs, "cost", "costs")
	return append(out, "the API key that Muster holds")
}
