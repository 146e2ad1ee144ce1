package views

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
		"The address answers, over HTTPS", "The REST API is reachable", "Permalinks are on", "The Authorization header arrives", "The key is valid",
		"The key may read", "The key may write", "Versions are supported", "Sites can be read",
	}
	out := make([]Step, len(titles))
	for i, t := range titles {
		out[i] = Step{State: "not_tried", Title: t}
	}
	return out
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
