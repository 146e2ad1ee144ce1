package syncer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/mainwp"
	"muster/mainwp/mainwptest"
)

// done runs one action to its end and gives its task.
func (w *runWorld) done(c db.Choice) db.Task {
	w.t.Helper()
	var run int64
	if c.Action.NeedsReview() {
		run = w.start(db.RunOptions{}, c)
	} else {
		run = w.act(c)
	}
	w.finished(run, 3*time.Hour)
	return w.only(run)
}

func TestActionsOnASite(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		site := w.site(dash, 2)
		on := func(a db.Action) db.Choice { return db.Choice{Action: a, Site: site, Dashboard: dash} }
		for _, a := range []db.Action{db.ActRefresh, db.ActSync, db.ActReconnect, db.ActCheck, db.ActSuspend, db.ActUnsuspend} {
			w.want(w.done(on(a)), db.TaskVerified, db.OutVerified)
			if a == db.ActSuspend && (!fake.Site(2).Suspended || w.sites(dash, "")[2].State != db.StateSuspended) {
				t.Error("it is not suspended on the page")
			}
		}
		kind := on(db.ActIgnoreKind)
		kind.Kind = db.Plugin
		w.want(w.done(kind), db.TaskVerified, db.OutVerified)
		client := fake.Site(2).ClientID
		kind.Action = db.ActUnignoreKind
		w.want(w.done(kind), db.TaskVerified, db.OutVerified)
		if s := fake.Site(2); s.IgnorePlugins || s.ClientID != client {
			t.Errorf("after clearing the flag: ignores %v, client %d instead of %d", s.IgnorePlugins, s.ClientID, client)
		}
		item := on(db.ActIgnoreItem)
		item.Kind, item.Slug, item.Name = db.Plugin, fake.Site(2).Plugins[1].Slug, "Thing"
		w.want(w.done(item), db.TaskVerified, db.OutVerified)
		if !slices.ContainsFunc(fake.Site(2).IgnoredPlugins, func(i mainwptest.Ignore) bool { return i.Slug == item.Slug }) {
			t.Error("it is not ignored")
		}
	})
}

// The client that a site has now is always sent: one that Muster read long ago would undo what was done in MainWP.
func TestEditingASiteKeepsItsClient(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.EditSite(2, func(s *mainwptest.Site) { s.ClientID = 2 })
		c := db.Choice{Action: db.ActEditSite, Site: w.site(dash, 2), Dashboard: dash, Params: db.Params{Name: "Renamed", Tags: []int64{1}}}
		w.want(w.done(c), db.TaskVerified, db.OutVerified)
		if s := fake.Site(2); s.ClientID != 2 || s.Name != "Renamed" || !slices.Equal(s.TagIDs, []int64{1}) {
			t.Errorf("client %d, name %q, tags %v", s.ClientID, s.Name, s.TagIDs)
		}
		if name := w.sites(dash, "")[2].Name; name != "Renamed" {
			t.Errorf("the page says %q", name)
		}
		c.Params = db.Params{Tags: []int64{4711}}
		w.want(w.done(c), db.TaskSkipped, db.OutStale)
		if s := fake.Site(2); !slices.Equal(s.TagIDs, []int64{1}) {
			t.Errorf("an unknown tag wiped the others: %v", s.TagIDs)
		}
	})
}

func TestPluginsAreSwitchedAndDeleted(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		var p mainwptest.Plugin
		for _, x := range fake.Site(2).Plugins {
			if x.Active && !x.MustUse && !strings.HasPrefix(x.Slug, "mainwp-child") {
				p = x
			}
		}
		c := db.Choice{Site: w.site(dash, 2), Dashboard: dash, Kind: db.Plugin, Slug: p.Slug, Name: p.Name}
		for _, a := range []db.Action{db.ActDeactivatePlugin, db.ActActivatePlugin, db.ActDeletePlugin} {
			c.Action = a
			w.want(w.done(c), db.TaskVerified, db.OutVerified)
		}
		if slices.ContainsFunc(fake.Site(2).Child.Plugins, func(x mainwptest.Plugin) bool { return x.Slug == p.Slug }) {
			t.Error("it is still there")
		}
		events := strings.Join(w.events(dash), "\n")
		for _, kind := range []string{"deactivated", "activated", "removed"} {
			if !strings.Contains(events, ": "+kind+" plugin "+p.Slug) {
				t.Errorf("history lacks %s: %s", kind, events)
			}
		}
	})
}

// A theme that vanished between the review and the call would leave the site with a white page.
func TestAnUnknownThemeIsNeverSent(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		theme := mainwptest.Theme{Slug: "winter", Name: "Winter", Version: "1.0"}
		fake.EditSite(2, func(s *mainwptest.Site) { s.Child.Themes = append(s.Child.Themes, theme) })
		fake.Sync(2)
		w.pass(dash)
		c := db.Choice{Action: db.ActActivateTheme, Site: w.site(dash, 2), Dashboard: dash, Kind: db.Theme, Slug: theme.Slug, Name: theme.Name}
		fake.EditSite(2, func(s *mainwptest.Site) {
			gone := func(x mainwptest.Theme) bool { return x.Slug == theme.Slug }
			s.Child.Themes, s.Themes = slices.DeleteFunc(s.Child.Themes, gone), slices.DeleteFunc(s.Themes, gone)
		})
		w.want(w.done(c), db.TaskSkipped, db.OutStale)
		for _, x := range fake.Writes() {
			if strings.HasSuffix(x.Path, "/themes/activate") {
				t.Error("it was sent")
			}
		}
	})
}

func TestASiteIsAddedAdoptedAndRemoved(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.OfferChild("https://new.example/", mainwptest.NewChild{Admin: "admin", Password: "correct horse"})
		add := db.Choice{Action: db.ActAddSite, Dashboard: dash, Params: db.Params{URL: "https://new.example/", Name: "New", Admin: "admin"}}
		try := func(password string) db.Task {
			run := w.act(add)
			w.engine.Password(w.only(run).ID, mainwp.NewSecret(password), "")
			w.finished(run, time.Hour)
			calls, _, err := w.db.Calls(t.Context(), w.me, run, db.CallFilter{})
			for _, c := range calls {
				if strings.Contains(c.Raw+c.Path+c.Note, password) {
					t.Errorf("the password stands in the log: %+v, %v", c, err)
				}
			}
			return w.only(run)
		}
		w.want(try("wrong one"), db.TaskFailed, db.OutFailed)
		w.want(try("correct horse"), db.TaskVerified, db.OutVerified)
		row := w.sites(dash, "")[7]
		if row.Name != "New" {
			t.Fatalf("the new site is not on the page: %+v", row)
		}
		if again := try("correct horse"); again.State != db.TaskVerified || !strings.Contains(again.Reason, "connected already as") {
			t.Errorf("a second time: %s %q", again.State, again.Reason)
		}
		removed := w.done(db.Choice{Action: db.ActRemoveSite, Site: row.ID, Dashboard: dash})
		w.want(removed, db.TaskVerified, db.OutVerified)
		history, _, err := w.db.Events(t.Context(), w.me, db.EventFilter{Run: removed.RunID})
		if err != nil || len(history) != 1 || history[0].Kind != db.EventSiteGone || history[0].UserName != "Sam" {
			t.Errorf("history of the removal: %+v, %v", history, err)
		}
		if _, still := w.sites(dash, "")[7]; still || len(fake.SiteIDs()) != 6 {
			t.Error("it is still there")
		}
		lost := w.act(add)
		w.finished(lost, time.Hour) // nobody gives the password
		w.want(w.only(lost), db.TaskFailed, db.OutLost)
	})
}

func TestClientsAndTags(t *testing.T) {
	inRunWorld(t, func(_ *testing.T, w *runWorld, _ *mainwptest.Dashboard, dash int64) {
		tag := db.Choice{Action: db.ActAddTag, Dashboard: dash, Params: db.Params{Name: "Care plan", Color: "#112233"}}
		w.want(w.done(tag), db.TaskVerified, db.OutVerified)
		w.want(w.done(tag), db.TaskSkipped, db.OutAlready) // a second one would be "Care plan (1)"
		tag.Action, tag.Params.ID, tag.Params.Name = db.ActEditTag, 3, "Care"
		w.want(w.done(tag), db.TaskVerified, db.OutVerified)
		tag.Action = db.ActRemoveTag
		tag.Name = "Care"
		w.want(w.done(tag), db.TaskVerified, db.OutVerified)

		client := db.Choice{Action: db.ActAddClient, Dashboard: dash, Params: db.Params{Fields: map[string]string{"name": "Harbour Ltd", "email": "office@harbour.example"}}}
		w.want(w.done(client), db.TaskVerified, db.OutVerified)
		w.want(w.done(client), db.TaskSkipped, db.OutAlready)
	})
}

// A tag that was added although the connection broke is not added again.
func TestACutAdditionIsLookedUp(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		fake.OnWrite("/tags/add", mainwptest.Effect{Takes: 8 * time.Second, Delivery: mainwptest.Cut, After: time.Second}, mainwptest.Effect{})
		w.want(w.done(db.Choice{Action: db.ActAddTag, Dashboard: dash, Params: db.Params{Name: "Care plan"}}), db.TaskVerified, db.OutVerified)
		n := 0
		for _, x := range fake.Writes() {
			if x.Path == "/tags/add" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("it was sent %d times", n)
		}
	})
}

// A review waits for what is offered now; the engine reads it.
func TestRereadBringsAReviewUpToDate(t *testing.T) {
	inRunWorld(t, func(t *testing.T, w *runWorld, fake *mainwptest.Dashboard, dash int64) {
		choice := w.plugins(fake, dash, 2, 1)[0]
		fake.Sync(2)
		time.Sleep(time.Second)
		fake.Sync(2)
		w.pass(dash) // the site was synced after its updates were read
		token, err := w.db.OpenReview(t.Context(), w.me, "Updates", []db.Choice{choice})
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.db.Review(t.Context(), w.me, token)
		if err != nil || len(r.Reading) != 1 {
			t.Fatalf("reading %v, %v", r.Reading, err)
		}
		w.engine.Reread(r.Reading)
		time.Sleep(2 * time.Second)
		if r, err = w.db.Review(t.Context(), w.me, token); err != nil || len(r.Reading) != 0 || len(r.Tasks) != 1 {
			t.Errorf("after reading: %d tasks, still reading %v, %v", len(r.Tasks), r.Reading, err)
		}
	})
}
