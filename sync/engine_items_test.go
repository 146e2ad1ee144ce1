package syncer_test

import (
	"slices"
	"strings"
	"testing"

	"muster/db"
	"muster/mainwp/mainwptest"
)

func TestThemesAreActivatedAndDeleted(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		theme := mainwptest.Theme{Slug: "winter", Name: "Winter", Version: "1.0"}
		fake.EditSite(2, func(s *mainwptest.Site) { s.Child.Themes = append(s.Child.Themes, theme) })
		fake.Sync(2)
		w.pass(dash)
		was := fake.Site(2).Themes[slices.IndexFunc(fake.Site(2).Themes, func(x mainwptest.Theme) bool { return x.Active })]
		c := db.Choice{Action: db.ActActivateTheme, Site: w.site(dash, 2), Dashboard: dash, Kind: db.Theme, Slug: theme.Slug, Name: theme.Name}
		w.want(w.done(c), db.TaskVerified, db.OutVerified)
		c.Action, c.Slug, c.Name = db.ActDeleteTheme, was.Slug, was.Name
		w.want(w.done(c), db.TaskVerified, db.OutVerified)
		if has := fake.Site(2).Child.Themes; !slices.ContainsFunc(has, func(x mainwptest.Theme) bool { return x.Slug == "winter" && x.Active }) || slices.ContainsFunc(has, func(x mainwptest.Theme) bool { return x.Slug == was.Slug }) {
			t.Errorf("the site has %+v", has)
		}
		if events := strings.Join(w.events(dash), "\n"); !strings.Contains(events, ": activated theme winter") || !strings.Contains(events, ": removed theme "+was.Slug) {
			t.Errorf("history: %s", events)
		}
	})
}

func TestClientsAreChangedAndRemoved(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.EditClient(77, func(c *mainwptest.Client) { c.Name, c.Email, c.City = "Harbour Ltd", "office@harbour.example", "Kiel" })
		fake.EditSite(2, func(s *mainwptest.Site) { s.ClientID = 77 })
		w.pass(dash)
		row := func() (c db.Client, has bool) {
			list, _, err := w.db.Clients(t.Context(), w.me, db.ClientFilter{Paging: db.Paging{PerPage: db.MaxPerPage}})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(list, func(c db.Client) bool { return c.ID == 77 })
			if i < 0 {
				return c, false
			}
			return list[i], true
		}
		change := db.Choice{Action: db.ActEditClient, Dashboard: dash, Name: "Harbour Ltd", Params: db.Params{ID: 77, Fields: map[string]string{"name": "Harbour GmbH", "city": "Lübeck"}}}
		w.want(w.done(change), db.TaskVerified, db.OutVerified)
		if c, has := row(); !has || c.Name != "Harbour GmbH" {
			t.Errorf("the page says %+v", c)
		}
		w.want(w.done(db.Choice{Action: db.ActRemoveClient, Dashboard: dash, Name: "Harbour GmbH", Params: db.Params{ID: 77}}), db.TaskVerified, db.OutVerified)
		if c, has := row(); has {
			t.Errorf("it is still there: %+v", c)
		}
	})
}
