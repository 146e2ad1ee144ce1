package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/db"
	"muster/views"
)

// Lengths of what can be typed, in characters.
const (
	maxLine = 200
	maxNote = 60_000
)

// typed reads the fields of a form; what cannot be used has its reason in errors, and what was typed stays as it is.
type typed struct {
	c      Context
	errors views.Errors
}

// line is a text without line breaks.
func (t typed) line(name string) string {
	value := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, t.lines(name, maxLine))
	return strings.TrimSpace(value)
}

// lines is a text of several lines, which end in "\n".
func (t typed) lines(name string, most int) string {
	value := plainLines(strings.ToValidUTF8(t.c.FormValue(name), ""))
	if utf8.RuneCountInString(value) > most {
		t.errors[name] = "At most " + strconv.Itoa(most) + " characters."
	}
	return value
}

func plainLines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// ids are the values of boxes, in the order of what can be ticked; others are told.
func (t typed) ids(name, gone string, known []int64) ([]int64, error) {
	form, err := t.c.FormParams()
	if err != nil {
		return nil, &failure{status: http.StatusBadRequest, text: "The form did not arrive whole. Go back and try again."}
	}
	var out []int64
	for _, value := range form[name] {
		id := parseID(value)
		if !slices.Contains(known, id) {
			t.errors[name] = gone
		} else if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b int64) int { return slices.Index(known, a) - slices.Index(known, b) })
	return out, nil
}

// sameSet reports whether two lists hold the same ids.
func sameSet(a, b []int64) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// sameName compares a typed name with the one that the page shows: case and white space do not count.
func sameName(typed, name string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(typed), " "), strings.Join(strings.Fields(name), " "))
}

// onePart is why a limited person may not change lists and add sites.
const onePart = "You see only a part of this Dashboard. Somebody who sees all of it can do this."

// whole lets through who sees everything of a Dashboard.
func whole(v db.Viewer, dashboard int64) error {
	if !v.Whole(dashboard) {
		return &failure{status: http.StatusForbidden, text: onePart}
	}
	return nil
}

// newOn finds the Dashboard on which something is to be added: the one that is named, or the only one. A zero Dashboard means that it has
// to be chosen; others tells whether there is a choice.
func (s *Server) newOn(c Context, id int64) (d db.Dashboard, others bool, err error) {
	v := who(c).viewer
	rows, err := s.opt.DB.Dashboards(c.Request().Context(), v)
	if err != nil {
		return d, false, err
	}
	others = len(rows) > 1
	if id == 0 && len(rows) == 1 && v.Whole(rows[0].ID) {
		return rows[0], false, nil
	}
	if id == 0 {
		return d, others, nil
	}
	i := slices.IndexFunc(rows, func(d db.Dashboard) bool { return d.ID == id })
	if i < 0 {
		return d, others, db.ErrNotFound
	}
	return rows[i], others, whole(v, id)
}

// chooseDashboard shows the Dashboards on which something may be added, and says beside the others why not.
func (s *Server) chooseDashboard(c Context, p views.ChooseDashboard) error {
	v := who(c).viewer
	rows, err := s.opt.DB.Dashboards(c.Request().Context(), v)
	if err != nil {
		return err
	}
	for _, d := range rows {
		why := views.Refusal(d)
		if !v.Whole(d.ID) {
			why = onePart
		}
		p.Rows = append(p.Rows, views.DashboardChoice{Dashboard: d, Why: why})
	}
	page, part := both(p, views.ChooseDashboardPage, nil)
	return s.show(c, http.StatusOK, page, part)
}

// refusal says why nothing can be changed on a Dashboard now.
func (s *Server) refusal(ctx context.Context, v db.Viewer, dashboard int64) (string, error) {
	d, err := s.opt.DB.Dashboard(ctx, v, dashboard)
	if err != nil {
		return "", err
	}
	return views.Refusal(d), nil
}

// startOne starts a run of one change that stands in full in its form, and goes back to a page that names the run.
func (s *Server) startOne(c Context, title string, choice db.Choice, back string) error {
	run, err := s.opt.DB.StartActions(c.Request().Context(), who(c).viewer, title, []db.Choice{choice})
	if err != nil {
		return fmt.Errorf("start a run: %w", err)
	}
	s.stir(run)
	return done(c, back, views.DoneRun+strconv.FormatInt(run, 10))
}

// startTyped starts a run that deletes one thing. Its page was the review, and the name has been typed there. A sentence says why it
// cannot be done.
func (s *Server) startTyped(c Context, title string, choice db.Choice) (run int64, sentence string, err error) {
	ctx, v := c.Request().Context(), who(c).viewer
	token, err := s.opt.DB.OpenReview(ctx, v, title, []db.Choice{choice})
	if err != nil {
		return 0, "", fmt.Errorf("open a review: %w", err)
	}
	review, err := s.opt.DB.Review(ctx, v, token)
	if err != nil {
		return 0, "", fmt.Errorf("read the review: %w", err)
	}
	if len(review.Tasks) == 0 {
		if len(review.LeftOut) == 0 {
			return 0, "", db.ErrNotFound
		}
		return 0, review.LeftOut[0].Because(), nil
	}
	if run, err = s.opt.DB.StartRun(ctx, v, token, review.Digest, review.Confirm, true, db.RunOptions{}); err != nil {
		return 0, "", fmt.Errorf("start a run: %w", err)
	}
	s.stir(run)
	return run, "", nil
}

// named is the title of a run about something with a name.
func named(verb, name string) string {
	return verb + " " + cut(strings.Join(strings.Fields(name), " "), 80)
}
