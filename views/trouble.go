package views

import (
	"strings"

	"muster/db"
)

// trouble says in plain words why a Dashboard is not read, what is shown meanwhile and what comes next.
type trouble struct {
	tone, icon string
	fact       string // what is wrong
	shown      string // what the person sees now
	next       string // the next step
	excerpt    string // what the Dashboard answered; foreign text
	canTry     bool
}

// troubleOf returns what to say about a Dashboard; false when there is nothing wrong with it.
func (s Shell) troubleOf(d db.Dashboard) (trouble, bool) {
	m := dashMark(d.State)
	t := trouble{tone: m.tone, icon: m.icon, shown: s.dataShown(d)}
	switch d.State {
	case db.DashPaused:
		t.fact = "Paused since " + s.clock(d.PausedAt) + "."
		t.next = "Muster does not read it until someone resumes it."
		return t, true
	case db.DashDoubt:
		t.fact = "This may be another Dashboard than before."
		t.next = "Nothing is written until someone confirms that it is the same one."
		t.excerpt = d.Doubt
		return t, true
	case db.DashKey:
		t.fact = reason(d.ErrorKind) + s.since(d) + "."
		t.next = "Muster has stopped reading. If the key was switched off in MainWP under API Access, switch it on and try again; otherwise make a new key and replace it here."
		if d.ErrorKind == "stripped" {
			t.next = "The key itself may be good. Diagnose shows the line the web server needs. " + s.nextTry(d)
		}
		t.excerpt, t.canTry = d.Error, true
		return t, true
	case db.DashUnreachable, db.DashTrouble:
		t.fact = reason(d.ErrorKind) + s.since(d) + "."
		t.next = s.nextTry(d)
		t.excerpt, t.canTry = d.Error, true
		if d.ErrorKind == "transport" && d.Error != "" { // these words are ours: the server said nothing
			t.fact, t.excerpt = noAnswer(d.Error)+s.since(d)+".", ""
		}
		return t, true
	}
	return trouble{}, false
}

// noAnswer begins a sentence with what was seen of a server that gave no answer.
func noAnswer(seen string) string {
	if strings.HasPrefix(seen, "HTTP ") {
		return "The server breaks off with " + seen
	}
	return strings.ToUpper(seen[:1]) + seen[1:]
}

// reason puts a kind of error into words, without a full stop.
func reason(kind string) string {
	switch kind {
	case "credentials":
		return "MainWP refuses the API key"
	case "stripped":
		return "The web server takes the API key’s header away before MainWP sees it"
	case "no_right":
		return "The API key may not read this Dashboard"
	case "no_route", "not_found":
		return "The server answers, but MainWP’s REST API is not there"
	case "application":
		return "MainWP answers with an error"
	case "refused":
		return "MainWP refuses the request"
	case "remote":
		return "MainWP passes on an error of a site"
	case "blocked":
		return "The server answers with a web page in place of data: a firewall, a maintenance page or plain permalinks"
	case "transport":
		return "The server does not answer, or breaks off"
	case "shape":
		return "MainWP answers in a form that this version of Muster does not know"
	case "redirect":
		return "The address leads elsewhere, and the key would get lost on the way"
	case "too_large":
		return "The answer is larger than 64 MB"
	}
	return "The last read did not succeed"
}

func (s Shell) since(d db.Dashboard) string {
	if d.ErrorAt.IsZero() {
		return ""
	}
	return ", since " + s.clock(d.ErrorAt)
}

func (s Shell) dataShown(d db.Dashboard) string {
	switch {
	case d.LastReadAt.IsZero():
		return "Nothing could be read since it was added."
	case d.Sites == 0:
		return "It was last read " + lowerFirst(s.ago(d.LastReadAt).text) + "."
	}
	return "You see the data from " + lowerFirst(s.clock(d.LastReadAt)) + " for its " + count(d.Sites, "site", "sites") + "."
}

func (s Shell) nextTry(d db.Dashboard) string {
	if d.NextSyncAt.IsZero() {
		return "Muster has stopped trying."
	}
	return "Next try " + s.until(d.NextSyncAt) + "."
}

// plainError is an error as MainWP notes it, without the word "ERROR:" that it sets before some.
func plainError(text string) string {
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "ERROR:"))
}

// keyAllows says what Muster may do on a Dashboard.
func keyAllows(d db.Dashboard) string {
	switch {
	case d.KeyScope == "read":
		return "Read only, by its key"
	case d.ReadOnly:
		return "Read only, chosen here"
	case d.KeyScope == "read_write":
		return "Read and write"
	}
	return "Read; write not known yet"
}

// platform says which versions run, as far as they can be known.
func platform(d db.Dashboard) string {
	var parts []string
	if d.MainWPVersion != "" {
		parts = append(parts, "MainWP "+d.MainWPVersion)
	}
	if d.WPVersion != "" {
		parts = append(parts, "WordPress "+d.WPVersion)
	}
	if len(parts) == 0 {
		return dash
	}
	return strings.Join(parts, ", ")
}

// readBegins is what reading says before the number of sites is known.
const readBegins = "The first read begins"

// reading is the progress of first passes in one sentence; "" when none runs.
func (s Shell) reading() string {
	done, total, n, waiting := 0, 0, 0, 0
	for _, d := range s.Nav.Dashboards {
		switch d.State {
		case db.DashReading:
			n++
			done += d.PassDone
			total += max(d.PassTotal, d.PassDone)
		case db.DashWaiting:
			waiting++
		}
	}
	switch {
	case n > 0 && total > 0:
		return number(done) + " of " + count(total, "site", "sites") + " read"
	case n+waiting > 0:
		return readBegins
	}
	return ""
}
