package views

import (
	"strings"

	"muster/db"
)

// taskVerbs name an action: on a button, and as what a task does.
var taskVerbs = map[db.Action]string{
	db.ActUpdate:           "Update",
	db.ActRefresh:          "Refresh",
	db.ActSync:             "Sync",
	db.ActReconnect:        "Reconnect",
	db.ActCheck:            "Check",
	db.ActSuspend:          "Suspend",
	db.ActUnsuspend:        "Resume",
	db.ActActivatePlugin:   "Activate plugin",
	db.ActDeactivatePlugin: "Deactivate plugin",
	db.ActDeletePlugin:     "Delete plugin",
	db.ActActivateTheme:    "Activate theme",
	db.ActDeleteTheme:      "Delete theme",
	db.ActIgnoreItem:       "Ignore updates",
	db.ActIgnoreKind:       "Ignore updates",
	db.ActUnignoreKind:     "Stop ignoring updates",
	db.ActEditSite:         "Edit site",
	db.ActAddSite:          "Add site",
	db.ActRemoveSite:       "Remove site",
	db.ActAddClient:        "Add client",
	db.ActEditClient:       "Edit client",
	db.ActRemoveClient:     "Remove client",
	db.ActAddTag:           "Add tag",
	db.ActEditTag:          "Edit tag",
	db.ActRemoveTag:        "Remove tag",
}

// taskWhat is what a task is about, in two lines: the item over its versions, or the action over what it acts on.
func taskWhat(t db.Task) (first, second string) {
	if t.Action == db.ActUpdate {
		return taskItem(t), ""
	}
	first = taskVerbs[t.Action]
	if first == "" {
		first = upperFirst(strings.ReplaceAll(string(t.Action), "_", " "))
	}
	switch t.Action {
	case db.ActIgnoreKind, db.ActUnignoreKind:
		return first, kindsWord(t.Kind)
	case db.ActAddSite:
		return first, host(t.Params.URL)
	}
	if t.Name != "" || t.Slug != "" {
		return first, clip(itemName(t.Name, t.Slug), 80)
	}
	return first, clip(t.Params.Name, 80)
}

func taskItem(t db.Task) string {
	if t.Name == "" && t.Slug == "" && t.Kind == db.Core {
		return "WordPress"
	}
	return clip(itemName(t.Name, t.Slug), 80)
}

// kindsWord is a kind of items as a sentence names it.
func kindsWord(k db.ItemKind) string {
	switch k {
	case db.Core:
		return "WordPress"
	case db.Theme:
		return "Themes"
	case db.Translation:
		return "Translations"
	}
	return "Plugins"
}

// taskStory is what happened to a task. Where the run noted nothing, its state says what is going on.
func (s Shell) taskStory(t db.Task, state db.RunState) string {
	if t.Reason != "" {
		return clip(t.Reason, 400)
	}
	switch t.State {
	case db.TaskQueued:
		if state == db.RunPaused || state == db.RunCanary {
			return "Waits until the run goes on"
		}
		return "Waits for its turn"
	case db.TaskRunning:
		if t.SentAt.IsZero() {
			return "Reading what the site has, before anything is sent"
		}
		return "Sent to " + clip(t.DashboardName, 60) + " at " + t.SentAt.In(s.zone()).Format("15:04:05")
	case db.TaskVerifying:
		return "Done, says MainWP. Reading it back from the site."
	case db.TaskVerified:
		switch {
		case t.Action == db.ActUpdate && t.Kind == db.Translation:
			return "It is not pending any more"
		case t.Found != "":
			return "The site reports " + t.Found
		case ofMainWP(t.Action):
			return "Read back from MainWP"
		}
		return "Read back from the site"
	case db.TaskCancelled:
		return "Cancelled before it was sent"
	}
	return ""
}

// ofMainWP reports whether what an action changes stands in MainWP alone, so that the site itself cannot tell.
func ofMainWP(a db.Action) bool {
	switch a {
	case db.ActSuspend, db.ActUnsuspend, db.ActEditSite, db.ActRemoveSite, db.ActIgnoreItem, db.ActIgnoreKind, db.ActUnignoreKind,
		db.ActAddClient, db.ActEditClient, db.ActRemoveClient, db.ActAddTag, db.ActEditTag, db.ActRemoveTag:
		return true
	}
	return false
}

// addAgainURL leads to the form of a new site, filled as it was: what its connection needs is kept nowhere, so that it cannot be retried.
func addAgainURL(t db.Task) string {
	if t.Action != db.ActAddSite || t.State != db.TaskFailed && t.State != db.TaskUnchanged && (t.State != db.TaskUnknown || looking(t)) {
		return ""
	}
	q := newQuery().text("dashboard", itoa(int(t.DashboardID))).text("url", t.Params.URL).text("name", t.Params.Name).text("admin", t.Params.Admin)
	if t.Params.VerifyCertificate != nil {
		q = q.text("verify", map[bool]string{true: "1", false: "0"}[*t.Params.VerifyCertificate])
	}
	if t.Params.Client != nil && *t.Params.Client != 0 {
		q = q.text("client", itoa(int(*t.Params.Client)))
	}
	var tags []string
	for _, id := range t.Params.Tags {
		tags = append(tags, itoa(int(id)))
	}
	return q.text("tags", strings.Join(tags, ",")).on("/sites/add")
}

// taskNext is the next step of a task; "" where none is needed. Words without a full stop get one.
func (s Shell) taskNext(t db.Task) string {
	if t.State == db.TaskUnknown && !t.LookAt.IsZero() {
		if !t.LookAt.After(s.Now) {
			return "Muster looks again now."
		}
		return "Muster looks again at " + s.clock(t.LookAt) + "."
	}
	next := clip(strings.TrimSpace(t.NextStep), 300)
	if next != "" && !strings.HasSuffix(next, ".") && !strings.HasSuffix(next, "…") {
		next += "."
	}
	return next
}

// looking reports whether an unknown task will be looked up again.
func looking(t db.Task) bool { return t.State == db.TaskUnknown && !t.LookAt.IsZero() }

// taskAt is the time of a task's row: its end, else when it was sent.
func taskAt(t db.Task) timeOf {
	switch {
	case t.State == db.TaskUnknown && !t.SentAt.IsZero():
		return t.SentAt
	case !t.EndedAt.IsZero():
		return t.EndedAt
	case !t.SentAt.IsZero():
		return t.SentAt
	}
	return t.StartedAt
}

// taskSite is the name that a task's row begins with; a task about a client or a tag has its Dashboard's.
func taskSite(t db.Task) string {
	if t.SiteName == "" && t.SiteURL == "" {
		return clip(t.DashboardName, 64)
	}
	return clip(siteName(t.SiteName, t.SiteURL), 64)
}

// optionFacts are what was chosen in the review.
func optionFacts(r db.Run) []fact {
	o := r.Options
	stop := "Never"
	if o.StopAfter > 0 {
		stop = count(o.StopAfter, "failed call", "failed calls")
		if r.Whole {
			stop += ", " + number(r.Failures) + " so far"
		}
	}
	verify := "What the site reports"
	if o.HomeCheck {
		verify = "What the site reports, and its home page"
	}
	out := []fact{{name: "Stop after", value: stop}, {name: "Verify", value: verify}}
	if o.Canary != 0 {
		name := clip(r.CanaryName, 60)
		if r.CanaryDone {
			name += ", done"
		}
		out = append(out, fact{name: "First", value: name})
	}
	rest := "The site’s other tasks go on"
	if o.SkipRest {
		rest = "The site’s other tasks are skipped"
	}
	out = append(out, fact{name: "On failure", value: rest})
	if o.NewerPatch {
		out = append(out, fact{name: "Newer", value: "Patch releases newer than reviewed are taken"})
	}
	return out
}

// callWords are a call in the log: what was asked, and what came of it.
func callWords(c db.Call) string {
	parts := []string{clip(c.DashboardName, 40)}
	if c.Status != 0 {
		parts = append(parts, itoa(c.Status))
	}
	if text := took(c.Took); text != "" {
		parts = append(parts, text)
	}
	if c.Note != "" {
		parts = append(parts, clip(c.Note, 160))
	}
	return strings.Join(parts, " · ")
}

// logTime is the exact time of a call.
func (s Shell) logTime(t timeOf) moment { return s.moment(t, t.In(s.zone()).Format("15:04:05")) }

// LogLine is a call as a line of the log that can be downloaded.
func (s Shell) LogLine(c db.Call) string {
	line := c.At.In(s.zone()).Format("2006-01-02 15:04:05 MST") + "  " + c.Method + " " + oneLine(c.Path)
	if c.Status != 0 {
		line += "  " + itoa(c.Status)
	} else {
		line += "  no answer"
	}
	if text := took(c.Took); text != "" {
		line += "  " + text
	}
	line += "  " + oneLine(c.DashboardName)
	if c.Note != "" {
		line += "  " + oneLine(c.Note)
	}
	return line + "\n"
}

// oneLine keeps foreign text from looking like lines of a log.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
