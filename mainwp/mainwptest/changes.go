package mainwptest

import (
	"cmp"
	"slices"
	"strings"
)

// serveChanges answers GET /sites/{id}/non-mainwp-changes, newest first. Before 6.0 the time is text and some keys differ.
func (d *Dashboard) serveChanges(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	rows := slices.Clone(d.changes[s.ID])
	slices.Reverse(rows)
	if q.Has("per_page") {
		rows = page(rows, q)
	} else {
		rows = rows[:min(len(rows), cmp.Or(q.int("limit"), 200))]
	}
	data := list{}
	for _, c := range rows {
		data = append(data, d.changeRow(s, c))
	}
	return withSite(s, len(data), data)
}

func (d *Dashboard) changeRow(s *Site, c Change) obj {
	log, at := itoa(c.LogID), itoa(c.At.Unix())
	item := c.Name + " " + strings.ToUpper(c.Context[:1]) + c.Context[1:]
	user := string(appendJSON(nil, obj{
		{"wp_user_id", 1}, {"display_name", c.User}, {"role", "administrator"}, {"user_role_label", "Administrator"}, {"agent", ""},
		{"full_name", ""}, {"username", c.User}, {"ip", "192.0.2.10"}, {"action_user", c.User},
	}))
	extra := string(appendJSON(nil, obj{{"name", c.Name}, {"slug", c.Slug}}))
	head := obj{{"log_id", log}, {"site_id", itoa(s.ID)}}
	tail := obj{{"meta_name", nil}, {"user_meta_json", user}, {"usermeta", nil}, {"extra_info", extra}, {"view_log_id", log}, {"log_site_name", s.Name}, {"url", s.URL}}
	if !d.cfg.Personality.six() {
		return slices.Concat(head, obj{
			{"item", item}, {"user_id", "1"}, {"action", c.Action}, {"context", c.Context}, {"connector", "non-mainwp-changes"}, {"state", "1"},
			{"created", at}, {"duration", "0.0137"}, {"object_id", at + "8816"}, {"dismiss", "0"},
		}, tail)
	}
	return slices.Concat(head, obj{
		{"log_type_id", "0"}, {"item", item}, {"user_id", "1"}, {"user_login", c.User}, {"action", c.Action}, {"context", c.Context}, {"connector", "non-mainwp-changes"}, {"state", "1"},
		{"created", c.At.Unix()}, {"duration", "0.0186"}, {"dismiss", "0"},
	}, tail)
}
