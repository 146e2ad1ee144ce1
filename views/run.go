package views

import (
	"strconv"
	"strings"
	"time"

	"muster/db"
)

// RunURL is the address of a run, or of what is below it, as in "/pause".
func RunURL(id int64, below string) string { return "/runs/" + strconv.FormatInt(id, 10) + below }

// url is the address of a page of the run's tasks.
func (p Run) url(show string, page int) string {
	return newQuery().text("show", show).page("page", page).on(RunURL(p.Run.ID, ""))
}

// liveURL is the stream of what changes on this page.
func (p Run) liveURL() string {
	return newQuery().text("show", p.Show).page("page", p.Page).on(RunURL(p.Run.ID, "/live"))
}

// Over reports whether nothing of the run will change by itself any more.
func (p Run) Over() bool {
	r := p.Run
	return (r.State == db.RunDone || r.State == db.RunCancelled) && r.Counts.Running+r.Counts.Verifying+r.Counts.Looking == 0
}

// runShow is one of the views of a run's tasks.
type runShow struct {
	name, label string
	states      []db.TaskState
}

var runShows = []runShow{
	{"", "All", nil},
	{"look", "Needs a look", []db.TaskState{db.TaskFailed, db.TaskUnknown, db.TaskUnchanged}},
	{"progress", "In progress", []db.TaskState{db.TaskRunning, db.TaskVerifying}},
	{"queued", "Queued", []db.TaskState{db.TaskQueued}},
	{"verified", "Verified", []db.TaskState{db.TaskVerified}},
	{"skipped", "Skipped", []db.TaskState{db.TaskSkipped, db.TaskCancelled}},
}

// RunStates are the states of tasks that a view of a run's page shows; nil stands for all. ok is false for an unknown view.
func RunStates(show string) (states []db.TaskState, ok bool) {
	for _, s := range runShows {
		if s.name == show {
			return s.states, true
		}
	}
	return nil, false
}

func (t runShow) of(c db.TaskCounts) int {
	switch t.name {
	case "look":
		return c.Failed + c.Unknown + c.Unchanged
	case "progress":
		return c.Running + c.Verifying
	case "queued":
		return c.Queued
	case "verified":
		return c.Verified
	case "skipped":
		return c.Skipped + c.Cancelled
	}
	return c.Total()
}

// runMark is the state of a run.
func runMark(r db.Run) mark {
	switch r.State {
	case db.RunPaused:
		return mark{tone: "warn", icon: "circle-pause", word: "Paused"}
	case db.RunCanary:
		return mark{tone: "warn", icon: "eye", word: "Waits for you"}
	case db.RunCancelled:
		return mark{tone: "off", icon: "circle-stop", word: "Cancelled"}
	case db.RunDone:
		if n := r.Counts.Failed + r.Counts.Unknown + r.Counts.Unchanged; n > 0 {
			return mark{tone: "bad", icon: "circle-alert", word: "Done, " + count(n, "needs", "need") + " a look"}
		}
		return mark{tone: "ok", icon: "circle-check", word: "Done", quiet: true}
	}
	return mark{tone: "run", icon: "loader-circle", word: "Running"}
}

// taskMark is the state of a task.
func taskMark(t db.Task) mark {
	switch t.State {
	case db.TaskRunning:
		return mark{tone: "run", icon: "loader-circle", word: "Running"}
	case db.TaskVerifying:
		return mark{tone: "run", icon: "scan-search", word: "Verifying"}
	case db.TaskVerified:
		return mark{tone: "ok", icon: "circle-check", word: "Verified", quiet: true}
	case db.TaskUnchanged:
		return mark{tone: "warn", icon: "circle-alert", word: "Unchanged"}
	case db.TaskFailed:
		if t.Outcome == db.OutRolledBack {
			return mark{tone: "bad", icon: "undo-2", word: "Rolled back"}
		}
		return mark{tone: "bad", icon: "circle-x", word: "Failed"}
	case db.TaskUnknown:
		return mark{tone: "warn", icon: "circle-question-mark", word: "Unknown"}
	case db.TaskSkipped:
		return mark{tone: "off", icon: "circle-slash", word: "Skipped", quiet: true}
	case db.TaskCancelled:
		return mark{tone: "off", icon: "circle-stop", word: "Cancelled", quiet: true}
	}
	return mark{tone: "off", icon: "circle-dashed", word: "Queued", quiet: true}
}

// runShare is a number of tasks in one state, as the bar and its legend show it.
type runShare struct {
	mark
	n int
}

// runShares are the states of a run's tasks in the order of the bar; queued ones are the rest of it.
func runShares(c db.TaskCounts) []runShare {
	all := []runShare{
		{mark{tone: "ok", icon: "circle-check", word: "verified"}, c.Verified},
		{mark{tone: "bad", icon: "circle-x", word: "failed"}, c.Failed},
		{mark{tone: "warn", icon: "circle-alert", word: "unchanged"}, c.Unchanged},
		{mark{tone: "warn", icon: "circle-question-mark", word: "unknown"}, c.Unknown - c.Looking},
		{mark{tone: "off", icon: "circle-slash", word: "skipped"}, c.Skipped},
		{mark{tone: "off", icon: "circle-stop", word: "cancelled"}, c.Cancelled},
		{mark{tone: "warn", icon: "scan-search", word: "unknown, looked at again"}, c.Looking},
		{mark{tone: "run", icon: "scan-search", word: "verifying"}, c.Verifying},
		{mark{tone: "run", icon: "loader-circle", word: "running"}, c.Running},
		{mark{tone: "off", icon: "circle-dashed", word: "queued"}, c.Queued},
	}
	var out []runShare
	for _, p := range all {
		if p.n > 0 {
			out = append(out, p)
		}
	}
	return out
}

// barWidth is the width of the bar in its own units.
const barWidth = 1000

// runSegment is one coloured piece of the bar.
type runSegment struct {
	tone     string
	x, width string
}

// segments lay the parts side by side with a gap of 2; a part that is too small for the eye is still 4 wide.
func runSegments(c db.TaskCounts) []runSegment {
	total := c.Total()
	if total == 0 {
		return nil
	}
	var out []runSegment
	x := 0.0
	for _, p := range runShares(c) {
		width := float64(p.n) / float64(total) * barWidth
		if p.word != "queued" {
			out = append(out, runSegment{p.tone, decimal(x), decimal(max(width-2, min(width, 4)))})
		}
		x += width
	}
	return out
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// doneOf is "26 of 38 done". What Muster looks at again by itself is not done.
func doneOf(c db.TaskCounts) string { return number(c.Done()) + " of " + number(c.Total()) + " done" }

// resultText counts a run's tasks by state: "22 verified, 1 failed".
func resultText(c db.TaskCounts) string {
	var out []string
	for _, p := range runShares(c) {
		out = append(out, number(p.n)+" "+p.word)
	}
	if len(out) == 0 {
		return "Nothing to do"
	}
	return strings.Join(out, ", ")
}

// onSites says how far a run reaches: "on 21 sites in 2 Dashboards".
func onSites(r db.Run) string {
	if r.Sites == 0 {
		return "on " + count(r.Dashboards, "Dashboard", "Dashboards")
	}
	return "on " + count(r.Sites, "site", "sites") + " in " + count(r.Dashboards, "Dashboard", "Dashboards")
}

// progressNote stands beside the sum: what is still to come, or when it ended.
func (s Shell) progressNote(p Run) string {
	r := p.Run
	switch {
	case r.State == db.RunPaused, r.State == db.RunCanary:
		return ""
	case r.State == db.RunCancelled && !p.Over():
		return "What was sent already is still read back."
	case p.Over():
		if r.EndedAt.IsZero() {
			return ""
		}
		return "Ended " + lowerFirst(s.clock(r.EndedAt)) + ", after " + span(r.EndedAt.Sub(r.CreatedAt)) + "."
	case r.Counts.Looking > 0:
		text := count(r.Counts.Looking, "task is", "tasks are") + " looked at again, for up to 15 min."
		if p.Left > 0 {
			text = "About " + aboutSpan(p.Left) + " left for the rest. " + text
		}
		return text + " You can close this page."
	case p.Left > 0:
		return "About " + aboutSpan(p.Left) + " left. You can close this page; the run goes on."
	}
	return "You can close this page; the run goes on."
}

// aboutSpan writes a guess: never seconds.
func aboutSpan(d time.Duration) string {
	if d < time.Minute {
		return "1 min"
	}
	return span(d.Round(time.Minute))
}

// retryLabel says what a retry would take up; empty when there is nothing.
func retryLabel(r db.Retries) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{r.Failed, "failed"}, {r.Unknown, "unknown"}, {r.Late, "not started"}} {
		if p.n > 0 {
			parts = append(parts, number(p.n)+" "+p.word)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Retry " + among(parts, len(parts)) + "…"
}

// reach is how far a run goes, as far as its title does not say so: titles of many sites name their number.
func reach(r db.Run) string {
	n := r.Counts.Total()
	if r.Sites != 1 && !strings.Contains(r.Title, itoa(r.Sites)+" sites") {
		return count(n, "task", "tasks") + " " + onSites(r)
	}
	var parts []string
	if n > max(r.Sites, 1) && !strings.HasPrefix(r.Title, itoa(n)+" ") {
		parts = append(parts, count(n, "task", "tasks"))
	}
	if r.Dashboards > 1 {
		parts = append(parts, "on "+count(r.Dashboards, "Dashboard", "Dashboards"))
	}
	return strings.Join(parts, ", ")
}

// canPause reports whether there is something to hold back.
func (p Run) canPause() bool { return p.Run.State == db.RunRunning && p.Run.Counts.Queued > 0 }

// canGoOn reports whether the run waits for a person.
func (p Run) canGoOn() bool { return p.Run.State == db.RunPaused || p.Run.State == db.RunCanary }

// canCancel reports whether something of the run has not been started.
func (p Run) canCancel() bool {
	return (p.Run.State == db.RunRunning || p.canGoOn()) && p.Run.Counts.Queued > 0
}

// live reports whether the page follows the run by itself.
func (p Run) live() bool { return !p.Over() }

// pausedText says why a run is paused.
func pausedText(r db.Run) string {
	if r.Reason == "" {
		return "Paused."
	}
	return clip(r.Reason, 300)
}

// canaryText says what a run waits for after its first site.
func canaryText(r db.Run) string {
	rest := count(r.Counts.Queued, "task waits", "tasks wait")
	if r.CanaryName == "" {
		return upperFirst(rest) + "."
	}
	return clip(r.CanaryName, 80) + " went first; " + rest + "."
}

func (p Run) pageURL(page int) string { return p.url(p.Show, page) }

// emptyShow says why a view of a run's tasks is empty.
func emptyShow(show string) (title, why string) {
	switch show {
	case "look":
		return "Nothing needs a look", "No task of this run has failed or is unknown."
	case "progress":
		return "Nothing is in progress", "No task is being sent or read back right now."
	case "queued":
		return "Nothing is queued", "Every task of this run has been started."
	case "verified":
		return "Nothing is verified yet", "A task is verified when the site has been read again and shows the change."
	case "skipped":
		return "Nothing was skipped", "No task of this run was left out."
	}
	return "Nothing to see", "The tasks of this run are on sites that you may not see."
}
