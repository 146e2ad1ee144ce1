package views

import "slices"

// notTried is the state of a step that waits for an earlier one.
const notTried = "not_tried"

// withoutEchoes leaves out a detail that a step not tried shares with the one before it: the first of them says it for all.
func withoutEchoes(list []Step) []Step {
	out := slices.Clone(list)
	for i := 1; i < len(out); i++ {
		if out[i].State == notTried && list[i].Detail == list[i-1].Detail {
			out[i].Detail = ""
		}
	}
	return out
}

// stepMark is the state of a step of a check.
func stepMark(state string) mark {
	switch state {
	case "ok":
		return mark{tone: "ok", icon: "circle-check", word: "Passed"}
	case "failed":
		return mark{tone: "bad", icon: "circle-x", word: "Failed"}
	case "warn":
		return mark{tone: "warn", icon: "triangle-alert", word: "Passed with a warning"}
	case "unknown":
		return mark{tone: "off", icon: "circle-question-mark", word: "Not known"}
	}
	return mark{tone: "off", icon: "circle-dashed", word: "Not tried"}
}

// summary says in one line how a check ended.
func (c Check) summary() string {
	text := "all " + count(len(c.Steps), "step", "steps") + " passed"
	for i, step := range c.Steps {
		if step.State == "failed" {
			text = "failed at step " + itoa(i+1) + " of " + itoa(len(c.Steps))
			break
		}
		if step.State != "ok" {
			text = "passed, with something to know"
		}
	}
	if t := took(c.Took); t != "" {
		text += ", " + t
	}
	return text
}

// expected is what a check will do, shown before the first one.
func expected() []Step {
	titles := []string{
		"Address", "Secure connection", "REST API", "Permalinks", "The key arrives", "The key is valid",
		"Right to read", "Right to write", "The key’s user is an administrator", "Versions", "Sites",
	}
	out := make([]Step, len(titles))
	for i, t := range titles {
		out[i] = Step{State: notTried, Title: t}
	}
	return out
}

// WithExpected is a check under way: what it has found, and the steps to come.
func WithExpected(found []Step) []Step {
	all := expected()
	return append(slices.Clone(found), all[min(len(found), len(all)):]...)
}

// connectVerb is the label of the button that goes on.
func connectVerb(c *Check) string {
	switch {
	case c == nil:
		return "Check and connect"
	case c.OK:
		return "Connect and read " + count(c.Sites, "site", "sites")
	}
	return "Check again and connect"
}
