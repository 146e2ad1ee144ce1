package web

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/db"
	"muster/views"
)

// maxStop bounds after how many failures a run may stop.
const maxStop = 10_000

// readOptions reads how the run is to be carried out; what is wrong stands in the form's Errors.
func (s *Server) readOptions(c Context, r db.Review) (form views.ReviewForm, o db.RunOptions, when db.When) {
	form = views.ReviewForm{
		StopAfter: text(c.FormValue("stop_after")), SkipRest: c.FormValue("skip_rest") == "1", Home: c.FormValue("home") == "1",
		NewerPatch: c.FormValue("newer_patch") == "1", Canary: parseID(c.FormValue("canary")), Confirm: text(c.FormValue("confirm")),
		Known: c.FormValue("known") == "1", When: "now", Day: text(c.FormValue("day")), Time: text(c.FormValue("time")),
		Zone: text(c.FormValue("zone")), Window: text(c.FormValue("window")), Weekly: c.FormValue("weekly") == "1", Errors: views.Errors{},
	}
	if c.FormValue("when") == "later" {
		form.When = "later"
	}
	stop, err := strconv.Atoi(form.StopAfter)
	if form.StopAfter == "" {
		stop, err = 0, nil
	}
	if err != nil || stop < 0 || stop > maxStop {
		form.Errors["stop_after"] = "Write a number from 0 to 10,000."
	}
	o = db.RunOptions{StopAfter: stop, SkipRest: form.SkipRest, Canary: form.Canary, HomeCheck: form.Home, NewerPatch: form.NewerPatch}
	if form.Canary != 0 && !hasSite(r.Tasks, form.Canary) {
		form.Errors["canary"] = "This site is not in the run any more. Choose another one."
		form.Canary = 0
	}
	if r.ConfirmMajor && !form.Known {
		form.Errors["known"] = "Tick this if the run shall start with them, or leave them out above."
	}
	if r.Confirm != "" && !strings.EqualFold(form.Confirm, strings.TrimSpace(r.Confirm)) {
		form.Errors["confirm"] = "This is not what has to be typed. Compare it with the label above."
	}
	if form.When == "later" {
		when = s.readWhen(&form)
		if !r.Schedulable {
			form.Errors[""] = "Only updates can be scheduled. Start this one now."
		}
	}
	return form, o, when
}

func hasSite(tasks []db.Planned, site int64) bool {
	for _, t := range tasks {
		if t.Site == site {
			return true
		}
	}
	return false
}

// readWhen reads when a scheduled run starts.
func (s *Server) readWhen(form *views.ReviewForm) db.When {
	zone, err := time.LoadLocation(form.Zone)
	if err != nil || form.Zone == "" || form.Zone == "Local" {
		form.Errors["zone"] = "Write a time zone like Europe/Berlin."
		zone = time.UTC
	}
	day, ok := date(form.Day, zone)
	if !ok || day.IsZero() {
		form.Errors["day"] = "Choose a day."
	}
	clock, err := time.Parse("15:04", form.Time)
	if err != nil {
		form.Errors["time"] = "Write a time like 22:00."
	}
	hours, err := strconv.Atoi(form.Window)
	if err != nil || hours < 1 || hours > 24 {
		form.Errors["window"] = "Choose how long it may go on starting tasks."
	}
	w := db.When{Zone: form.Zone, Day: form.Day, Minute: clock.Hour()*60 + clock.Minute(), Weekly: form.Weekly, Window: time.Duration(hours) * time.Hour}
	if len(form.Errors) > 0 || form.Errors["day"] != "" {
		return w
	}
	if next, err := w.Next(s.opt.Now()); err != nil || next.IsZero() {
		form.Errors["day"] = "This is past. Choose a time to come."
	}
	return w
}

// maxSeen bounds how many sets are remembered.
const maxSeen = 40

// seen remembers what reviews showed, by token and digest, so that a set that has changed can be told by its differences. It is a
// courtesy: what is forgotten is refused all the same.
type seen struct {
	mu   sync.Mutex
	sets map[string]map[string]string // shown → choice → its name
	old  []string                     // what was shown, oldest first
}

func newSeen() *seen { return &seen{sets: map[string]map[string]string{}} }

// shown names one set of one review: a digest alone can be worked out by somebody else.
func shown(token, digest string) string { return token + " " + digest }

func planned(tasks []db.Planned) map[string]string {
	set := make(map[string]string, len(tasks))
	for _, t := range tasks {
		key := string(t.Action) + " " + views.ItemText(db.ItemRef{Site: t.Site, Kind: t.Kind, Slug: t.Slug}) + " " + t.To
		set[key] = strings.TrimSpace(t.Name+" "+t.To) + " on " + t.SiteName
	}
	return set
}

func (s *seen) remember(r db.Review) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := shown(r.Token, r.Digest)
	if _, ok := s.sets[key]; ok {
		return
	}
	if len(s.old) >= maxSeen {
		delete(s.sets, s.old[0])
		s.old = s.old[1:]
	}
	s.sets[key] = planned(r.Tasks)
	s.old = append(s.old, key)
}

func (s *seen) forget(r db.Review) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sets, shown(r.Token, r.Digest))
}

// diff says how a set differs from the one that the same review showed with that digest.
func (s *seen) diff(digest string, r db.Review) *views.ReviewDiff {
	s.mu.Lock()
	was, ok := s.sets[shown(r.Token, digest)]
	s.mu.Unlock()
	d := &views.ReviewDiff{}
	if !ok {
		return d
	}
	is := planned(r.Tasks)
	d.Gone, d.New = missing(was, is), missing(is, was)
	return d
}

// missing are the names of what is in a and not in b, in order.
func missing(a, b map[string]string) []string {
	var out []string
	for key, name := range a {
		if _, ok := b[key]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
