package views

import "muster/db"

// RunsURL is the address of the list of runs.
func RunsURL(f db.RunFilter) string {
	return newQuery().text("state", f.State).page("page", f.Page).on("/runs")
}

var runsViews = []struct{ state, label string }{{"", "All"}, {"open", "Open"}, {"done", "Done"}}

// runTook is how long a run lasted; "" while it goes on.
func runTook(r db.Run) string {
	if r.EndedAt.IsZero() {
		return ""
	}
	return span(r.EndedAt.Sub(r.CreatedAt))
}

// runReason is why a run does not go on, as its row in a list says it.
func runReason(r db.Run) string {
	switch {
	case r.State == db.RunCanary:
		return canaryText(r)
	case r.State == db.RunPaused, r.State == db.RunCancelled:
		return clip(r.Reason, 200)
	case len(r.Waits) == 1:
		return clip(r.Waits[0].DashboardName, 60) + " waits: " + clip(r.Waits[0].Reason, 160)
	case len(r.Waits) > 1:
		return count(len(r.Waits), "Dashboard waits", "Dashboards wait")
	}
	return ""
}

// openRunText is a run that is not over in one line: why it does not go on, else how far it is.
func openRunText(r db.Run) string {
	if why := runReason(r); why != "" {
		return why
	}
	return doneOf(r.Counts) + ": " + clip(r.Title, 80)
}

// waitText is why a Dashboard's part of a run waits, and when it is tried again.
func waitText(s Shell, w db.RunWait) string {
	text := upperFirst(clip(w.Reason, 200))
	if text != "" && text[len(text)-1] != '.' {
		text += "."
	}
	if w.LookAt.IsZero() {
		return text
	}
	return text + " Muster tries again " + s.until(w.LookAt) + "; its part of the run then goes on by itself."
}
