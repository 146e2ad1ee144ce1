package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"muster/db"
	"muster/views"
)

// tagColor is the form of a colour that MainWP takes.
var tagColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (s *Server) tags(c Context) error {
	ctx, v := c.Request().Context(), who(c).viewer
	p := views.Tags{Dashboard: query{c}.id("dashboard"), Edits: map[int64]bool{}}
	var err error
	if p.Rows, err = s.opt.DB.TagList(ctx, v, p.Dashboard); err != nil {
		return err
	}
	for _, row := range p.Rows {
		p.Edits[row.Dashboard] = v.CanRun() && v.Whole(row.Dashboard)
	}
	page, part := both(p, views.TagsPage, nil)
	return s.show(c, http.StatusOK, page, part)
}

// tagToEdit reads the tag that the path names, for somebody who sees all of its Dashboard.
func (s *Server) tagToEdit(c Context) (db.TagRow, string, error) {
	ctx, v := c.Request().Context(), who(c).viewer
	tag, err := s.opt.DB.TagOf(ctx, v, views.ParseRef(c.Param("dashboard")+"."+c.Param("tag")))
	if err != nil {
		return tag, "", err
	}
	if err := whole(v, tag.Dashboard); err != nil {
		return tag, "", err
	}
	why, err := s.refusal(ctx, v, tag.Dashboard)
	return tag, why, err
}

func (s *Server) showTagForm(c Context, code int, p views.TagForm) error {
	page, part := both(p, views.TagFormPage, nil)
	return s.show(c, code, page, part)
}

// readTag reads what was typed into a tag's form. A second tag of one name is refused: MainWP would silently add " (1)" to it.
func (s *Server) readTag(c Context, form *views.TagForm) error {
	t := typed{c, views.Errors{}}
	form.Name, form.Color, form.Errors = t.line("name"), strings.ToLower(t.line("color")), t.errors
	if !tagColor.MatchString(form.Color) {
		t.errors["color"] = "Write the colour like #21ba45."
	}
	if form.Name == "" {
		t.errors["name"] = "Enter a name."
	}
	if t.errors["name"] != "" {
		return nil
	}
	taken, err := s.opt.DB.TagNameTaken(c.Request().Context(), who(c).viewer, form.Dashboard.ID, form.Name, form.Tag.ID)
	if taken {
		t.errors["name"] = "This Dashboard has a tag of this name already. MainWP would call the second one “" + cut(form.Name, 80) + " (1)”."
	}
	return err
}

func (s *Server) addTagForm(c Context) error {
	d, others, err := s.newOn(c, query{c}.id("dashboard"))
	if err != nil {
		return err
	}
	if d.ID == 0 {
		return s.chooseDashboard(c, views.ChooseDashboard{Title: "Add a tag", Sub: "To which Dashboard?", Path: "/tags/add", Back: "/tags", Label: "Tags"})
	}
	return s.showTagForm(c, http.StatusOK, views.TagForm{Dashboard: d, OtherDashboards: others, Color: views.NewTagColor, Why: views.Refusal(d)})
}

func (s *Server) addTag(c Context) error {
	d, others, err := s.newOn(c, parseID(c.FormValue("dashboard")))
	if err != nil {
		return err
	}
	if d.ID == 0 {
		return db.ErrNotFound
	}
	form := views.TagForm{Dashboard: d, OtherDashboards: others, Why: views.Refusal(d)}
	if err := s.readTag(c, &form); err != nil {
		return err
	}
	if len(form.Errors) > 0 || form.Why != "" {
		return s.showTagForm(c, http.StatusUnprocessableEntity, form)
	}
	choice := db.Choice{Action: db.ActAddTag, Dashboard: d.ID, Name: form.Name, Params: db.Params{Name: form.Name, Color: form.Color}}
	return s.startOne(c, named("Add the tag", form.Name), choice, "/tags")
}

func (s *Server) editTagForm(c Context) error {
	tag, why, err := s.tagToEdit(c)
	if err != nil {
		return err
	}
	color := tag.Color
	if color == "" {
		color = views.NewTagColor
	}
	return s.showTagForm(c, http.StatusOK, views.TagForm{Tag: tag, Name: tag.Name, Color: color, Why: why})
}

func (s *Server) editTag(c Context) error {
	tag, why, err := s.tagToEdit(c)
	if err != nil {
		return err
	}
	form := views.TagForm{Tag: tag, Why: why}
	form.Dashboard.ID = tag.Dashboard
	if err := s.readTag(c, &form); err != nil {
		return err
	}
	if len(form.Errors) == 0 && why == "" && form.Name == tag.Name && form.Color == strings.ToLower(tag.Color) {
		form.Errors[""] = "Nothing is changed yet."
	}
	if len(form.Errors) > 0 || why != "" {
		return s.showTagForm(c, http.StatusUnprocessableEntity, form)
	}
	// MainWP empties what an edit leaves out, so that both are sent.
	choice := db.Choice{Action: db.ActEditTag, Dashboard: tag.Dashboard, Name: form.Name, Params: db.Params{ID: tag.ID, Name: form.Name, Color: form.Color}}
	return s.startOne(c, named("Edit the tag", tag.Name), choice, "/tags")
}

func (s *Server) removeTagForm(c Context) error {
	tag, why, err := s.tagToEdit(c)
	if err != nil {
		return err
	}
	return s.showTagRemove(c, http.StatusOK, views.TagRemove{Tag: tag, Why: why})
}

func (s *Server) showTagRemove(c Context, code int, p views.TagRemove) error {
	var err error
	if p.Sites, err = s.opt.DB.TagSites(c.Request().Context(), who(c).viewer, p.Tag.Ref); err != nil {
		return err
	}
	page, part := both(p, views.TagRemovePage, nil)
	return s.show(c, code, page, part)
}

// removeTag has MainWP delete a tag, once its name has been typed.
func (s *Server) removeTag(c Context) error {
	tag, why, err := s.tagToEdit(c)
	if err != nil {
		return err
	}
	form := views.TagRemove{Tag: tag, Typed: text(c.FormValue("name")), Why: why, Errors: views.Errors{}}
	if !sameName(form.Typed, text(tag.Name)) {
		form.Errors["name"] = "Type the name of the tag as it stands below."
	}
	if len(form.Errors) == 0 && why == "" {
		choice := db.Choice{Action: db.ActRemoveTag, Dashboard: tag.Dashboard, Name: tag.Name, Params: db.Params{ID: tag.ID}}
		run, sentence, err := s.startTyped(c, named("Delete the tag", tag.Name), choice)
		if err != nil {
			return err
		}
		if sentence == "" {
			return done(c, "/tags", views.DoneRun+strconv.FormatInt(run, 10))
		}
		form.Errors[""] = sentence
	}
	return s.showTagRemove(c, http.StatusUnprocessableEntity, form)
}
