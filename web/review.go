package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"muster/db"
	"muster/views"
)

// startReview opens the review of what the person has chosen on the Updates page.
func (s *Server) startReview(c Context) error {
	token, err := s.opt.DB.ReviewBasket(c.Request().Context(), who(c).viewer)
	switch {
	case errors.Is(err, db.ErrInvalid):
		return done(c, "/updates", "nothing")
	case err != nil:
		return fmt.Errorf("open the review: %w", err)
	}
	return redirect(c, views.ReviewURL(token, ""))
}

// openReview opens the review of a set and goes there.
func (s *Server) openReview(c Context, title string, choices []db.Choice) error {
	token, err := s.opt.DB.OpenReview(c.Request().Context(), who(c).viewer, title, choices)
	switch {
	case errors.Is(err, db.ErrInvalid):
		return &failure{status: http.StatusUnprocessableEntity, text: "There is nothing to review: it is empty, or more than 20,000 at once."}
	case err != nil:
		return fmt.Errorf("open the review: %w", err)
	}
	return redirect(c, views.ReviewURL(token, ""))
}

// review shows exactly what will run. Sites whose updates may have changed since are read again, and the page asks for the
// outcome until that is done.
func (s *Server) review(c Context) error {
	page := query{c}.page("page")
	return s.showReview(c, http.StatusOK, views.Review{Page: page, Form: s.freshOptions(c)})
}

// freshOptions are the options of a run as they are proposed.
func (s *Server) freshOptions(c Context) views.ReviewForm {
	zone := s.zone(who(c).user)
	if zone == time.Local { // has no name that could be stored
		zone = time.UTC
	}
	day := s.opt.Now().In(zone)
	if day.Hour() >= 21 {
		day = day.AddDate(0, 0, 1)
	}
	return views.ReviewForm{StopAfter: "3", SkipRest: true, Home: true, When: "now", Day: day.Format(time.DateOnly), Time: "22:00", Zone: zone.String(), Window: "4"}
}

func (s *Server) showReview(c Context, code int, p views.Review) error {
	r, err := s.opt.DB.Review(c.Request().Context(), who(c).viewer, c.Param("token"))
	switch {
	case errors.Is(err, db.ErrNotFound):
		return s.reviewGone(c)
	case err != nil:
		return fmt.Errorf("work out the review: %w", err)
	case r.RunID != 0 || r.ScheduleID != 0:
		return s.reviewUsed(c, http.StatusOK, views.ReviewUsed{Run: r.RunID, Schedule: r.ScheduleID})
	}
	if len(r.Reading) > 0 {
		s.opt.Engine.Reread(r.Reading)
	}
	s.seen.remember(r)
	p.Review = r
	page, part := both(p, views.ReviewPage, views.ReviewPart)
	return s.show(c, code, page, part)
}

func (s *Server) reviewGone(c Context) error {
	if partial(c) {
		return db.ErrNotFound
	}
	page, _ := both(struct{}{}, views.ReviewGonePage, nil)
	return s.show(c, http.StatusNotFound, page, nil)
}

func (s *Server) reviewUsed(c Context, code int, p views.ReviewUsed) error {
	if partial(c) { // a page that still asks goes on to what the review became
		if p.Run != 0 {
			return redirect(c, "/runs/"+strconv.FormatInt(p.Run, 10))
		}
		return redirect(c, "/schedules")
	}
	page, _ := both(p, views.ReviewUsedPage, nil)
	return s.show(c, code, page, nil)
}

// changeReview leaves things out, takes what has changed, or includes what needs more than a site has.
func (s *Server) changeReview(c Context) error {
	ctx, v, token := c.Request().Context(), who(c).viewer, c.Param("token")
	form, err := c.FormParams()
	if err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	items := func(name string) (list []db.ItemRef) {
		for _, value := range form[name] {
			if ref, ok := views.ParseItem(value); ok {
				list = append(list, ref)
			}
		}
		return list
	}
	switch {
	case len(items("leave")) > 0:
		err = s.opt.DB.ReviewLeaveOut(ctx, v, token, items("leave"), "")
	case form.Get("leave-all") == "core" || form.Get("leave-all") == "major":
		err = s.opt.DB.ReviewLeaveOut(ctx, v, token, nil, form.Get("leave-all"))
	case len(items("take")) > 0:
		err = s.opt.DB.ReviewTake(ctx, v, token, items("take"))
	case form.Get("take-all") != "":
		err = s.reviewAll(c, db.WhyChanged)
	case form.Get("anyway") != "":
		err = s.reviewAll(c, db.Why(form.Get("anyway")))
	}
	switch {
	case errors.Is(err, db.ErrNotFound):
		return s.reviewGone(c)
	case errors.Is(err, db.ErrInvalid), errors.Is(err, db.ErrConflict): // gone meanwhile: the review says what there is
	case err != nil:
		return fmt.Errorf("change the review: %w", err)
	}
	page, _ := strconv.Atoi(form.Get("page"))
	if !partial(c) {
		return redirect(c, views.ReviewURL(token, pageQuery(page)))
	}
	return s.showReview(c, http.StatusOK, views.Review{Page: page, Form: s.freshOptions(c)})
}

func pageQuery(page int) string {
	if page <= 1 {
		return ""
	}
	return "?" + url.Values{"page": {strconv.Itoa(page)}}.Encode()
}

// reviewAll takes everything that is left out for a reason that the person may overrule.
func (s *Server) reviewAll(c Context, why db.Why) error {
	ctx, v, token := c.Request().Context(), who(c).viewer, c.Param("token")
	r, err := s.opt.DB.Review(ctx, v, token)
	if err != nil {
		return err
	}
	var items []db.ItemRef
	for _, l := range r.LeftOut {
		if l.Why == why {
			items = append(items, db.ItemRef{Site: l.Site, Kind: l.Kind, Slug: l.Slug})
		}
	}
	switch {
	case len(items) == 0:
		return nil
	case why == db.WhyChanged:
		return s.opt.DB.ReviewTake(ctx, v, token, items)
	case why == db.WhyNeedsPHP, why == db.WhyNeedsWP:
		return s.opt.DB.ReviewAnyway(ctx, v, token, items)
	}
	return nil
}

// startRun starts what the page showed, now or later. Anything else than what was shown is refused, and told.
func (s *Server) startRun(c Context) error {
	ctx, v, token := c.Request().Context(), who(c).viewer, c.Param("token")
	r, err := s.opt.DB.Review(ctx, v, token)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return s.reviewGone(c)
	case err != nil:
		return fmt.Errorf("work out the review: %w", err)
	case r.RunID != 0 || r.ScheduleID != 0:
		return s.reviewUsed(c, http.StatusConflict, views.ReviewUsed{Run: r.RunID, Schedule: r.ScheduleID})
	}
	form, options, when := s.readOptions(c, r)
	page, _ := strconv.Atoi(c.FormValue("page"))
	p := views.Review{Page: page, Form: form}
	digest := c.FormValue("digest")
	if r.Digest != digest {
		p.Diff = s.seen.diff(digest, r)
		return s.showReview(c, http.StatusConflict, p)
	}
	if len(form.Errors) > 0 {
		return s.showReview(c, http.StatusUnprocessableEntity, p)
	}
	var run int64
	if form.When == "later" {
		_, err = s.opt.DB.ScheduleRun(ctx, v, token, digest, form.Confirm, form.Known, options, when)
	} else {
		run, err = s.opt.DB.StartRun(ctx, v, token, digest, form.Confirm, form.Known, options)
	}
	var started *db.StartedError
	switch {
	case errors.As(err, &started):
		return s.reviewUsed(c, http.StatusConflict, views.ReviewUsed{Run: started.Run})
	case errors.Is(err, db.ErrConflict):
		p.Diff = &views.ReviewDiff{}
		return s.showReview(c, http.StatusConflict, p)
	case errors.Is(err, db.ErrInvalid):
		p.Form.Errors = views.Errors{"": refusal(err)}
		return s.showReview(c, http.StatusUnprocessableEntity, p)
	case err != nil:
		return fmt.Errorf("start the run: %w", err)
	}
	s.seen.forget(r)
	s.opt.Engine.Wake()
	if form.When == "later" {
		return done(c, "/schedules", "scheduled")
	}
	return redirect(c, "/runs/"+strconv.FormatInt(run, 10))
}

// refusal is the sentence of the store for what it does not accept.
func refusal(err error) string {
	text := strings.TrimPrefix(err.Error(), db.ErrInvalid.Error()+": ")
	if text == "" || text == db.ErrInvalid.Error() {
		return "The run cannot start like this. Look through the page once more."
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
