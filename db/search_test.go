package db_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/db"
	"muster/db/dbtest"
)

// Whatever is looked for, the case of letters outside ASCII does not matter.
func TestSearchFoldsTheCaseOfAllLetters(t *testing.T) {
	d := dbtest.New(t, time.Now)
	id, err := d.CreateDashboard(t.Context(), dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: "ÜBERSICHT", URL: "https://d.example", Auth: "bearer"}, Key: "k"})
	check(t, err)
	m := d.Mirror()
	check(t, m.WriteClients(t.Context(), id, time.Now(), []db.ClientWrite{{ID: 7, Name: "ÄRZTEHAUS", Email: "post@client.example", Status: "active"}}))
	check(t, m.WriteSites(t.Context(), id, time.Now(), true, []db.SiteWrite{{RemoteID: 1, Hash: []byte{1}, Name: "Praxis", URL: "https://s.example", URLKey: "s.example", ClientID: 7, Status: "connected", LastSyncAt: time.Now(),
		Updates:      []db.Update{{Kind: db.Plugin, Slug: "a/a.php", Name: "ÖFFNUNGSZEITEN", From: "1.0", To: "1.1", Offer: db.Offered}},
		UpdatesKnown: map[db.ItemKind]bool{db.Plugin: true}}}))
	tagged := dbtest.Owner()
	tagged.All, tagged.Clients = false, []db.Ref{{Dashboard: id, ID: 7}}
	for name, v := range map[string]db.Viewer{"all": dbtest.Owner(), "limited": tagged} {
		for query, want := range map[string]int{"ärzte": 1, "HAUS client": 1, "praxis": 0} {
			if _, n, err := d.Clients(t.Context(), v, db.ClientFilter{Query: query}); err != nil || n != want {
				t.Errorf("%s: %d clients by %q, %v; want %d", name, n, query, err, want)
			}
		}
		for group, query := range map[string]string{"item": "öffnung", "client": "ärzte", "dashboard": "übersicht", "site": "ÄRZTE"} {
			list, n, err := d.UpdateGroups(t.Context(), v, db.UpdateFilter{Group: group, Query: query})
			if err != nil || n != 1 || len(list) != 1 || list[0].Counts.Plugins != 1 {
				t.Errorf("%s: updates by %s and %q: %+v, %v", name, group, query, list, err)
			}
			if _, n, err := d.UpdateGroups(t.Context(), v, db.UpdateFilter{Group: group, Query: query + " ßß"}); err != nil || n != 0 {
				t.Errorf("%s: %d updates by %s with a word that nothing has, %v", name, n, group, err)
			}
		}
		if u, err := d.UpdateKinds(t.Context(), v, db.UpdateFilter{Query: "öffnung"}); err != nil || u.Plugins != 1 {
			t.Errorf("%s: updates of each kind by name: %+v, %v", name, u, err)
		}
	}
}

// The totals that are kept beside the sites show what adding up the sites shows, whatever happens to them.
func TestTotalsAgreeWithTheSites(t *testing.T) {
	now := time.Now()
	d := dbtest.New(t, func() time.Time { return now })
	m, everyone := d.Mirror(), dbtest.Owner()
	adding := db.Viewer{UserID: 2, Role: db.Owner}
	for _, name := range []string{"one", "two"} {
		id, err := d.CreateDashboard(t.Context(), everyone, db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: name, URL: "https://" + name + ".example", Auth: "bearer"}, Key: "k"})
		check(t, err)
		adding.Dashboards = append(adding.Dashboards, id)
		check(t, m.WriteClients(t.Context(), id, now, []db.ClientWrite{{ID: 7, Name: "Seven"}, {ID: 8, Name: "Eight"}, {ID: 9, Name: "Nine"}}))
	}
	site := func(remote, client int64, versions ...string) db.SiteWrite {
		s := db.SiteWrite{RemoteID: remote, Hash: fmt.Append(nil, now, client, versions), Name: fmt.Sprint("Site ", remote), URL: "https://s.example", URLKey: "s.example", ClientID: client, Status: []string{"connected", "disconnected"}[map[int64]int{2: 1}[remote]], LastSyncAt: now.Add(-time.Duration(client) * 4 * time.Hour),
			PHPVersion: []string{"7.4", "8.4"}[remote%2], WPVersion: []string{"6.5", "6.9", "7.0"}[(remote+client)%3], Suspended: remote == 3 && client == 9,
			UpdatesKnown: map[db.ItemKind]bool{db.Plugin: true, db.Theme: true, db.Core: true, db.Translation: true}}
		for i, v := range versions {
			s.Updates = append(s.Updates, db.Update{Kind: []db.ItemKind{db.Plugin, db.Theme, db.Plugin}[i], Slug: fmt.Sprint("slug-", i), Name: "Item", From: "1.0", To: v, Offer: []db.Offer{db.Offered, db.Offered, db.Ignored}[i]})
		}
		return s
	}
	dash := adding.Dashboards
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"sites come", func() error {
			return errors.Join(m.WriteSites(t.Context(), dash[0], now, true, []db.SiteWrite{site(1, 7, "1.1", "2.0", "3.0"), site(2, 7, "1.1"), site(3, 8), site(4, 0, "1.2"), site(5, 99, "1.2", "2.0")}),
				m.WriteSites(t.Context(), dash[1], now, true, []db.SiteWrite{site(1, 7, "1.3", "2.0", "3.0")}))
		}},
		{"sites change", func() error {
			return m.WriteSites(t.Context(), dash[0], now, false, []db.SiteWrite{site(1, 8, "1.1", "2.1", "3.0"), site(2, 7), site(3, 9, "1.1"), site(4, 7, "1.2"), site(5, 0, "1.2")})
		}},
		{"a site is missing once", func() error { return m.Existence(t.Context(), dash[0], now, false, []int64{1, 2, 3, 5}) }},
		{"a site is gone", func() error { return m.Existence(t.Context(), dash[0], now, false, []int64{1, 2, 3, 5}) }},
		{"it comes back", func() error {
			return m.WriteSites(t.Context(), dash[0], now, false, []db.SiteWrite{site(4, 8, "1.4"), site(3, 8)})
		}},
		{"a client goes", func() error { return m.EndClients(t.Context(), dash[0], []int64{7, 9}) }},
		{"a Dashboard goes", func() error { return d.DisconnectDashboard(t.Context(), everyone, dash[0]) }},
	} {
		now = now.Add(time.Minute)
		check(t, step.do())
		for _, f := range []db.UpdateFilter{{Group: "item"}, {Group: "client"}, {Group: "dashboard"}, {Group: "item", Dashboard: dash[0]}, {Group: "client", Dashboard: dash[1]}, {Group: "dashboard", Query: "two"}, {Group: "item", Offer: "ignored"}, {Group: "item", Offer: "all"}} {
			kept, _, err := d.UpdateGroups(t.Context(), everyone, f)
			added, _, err2 := d.UpdateGroups(t.Context(), adding, f)
			check(t, errors.Join(err, err2))
			for _, list := range [][]db.UpdateGroup{kept, added} {
				for i := range list {
					list[i].Counts.Ignored = 0 // of which sites is not the same
				}
			}
			if diff := cmp.Diff(added, kept); diff != "" {
				t.Errorf("%s: updates by %+v (-added up +kept):\n%s", step.what, f, diff)
			}
		}
		counted, err := d.SiteStatusCounts(t.Context(), everyone)
		check(t, err)
		sums, err := d.SiteStatusCounts(t.Context(), adding)
		check(t, err)
		if diff := cmp.Diff(sums, counted); diff != "" {
			t.Errorf("%s: sites by status (-added up +kept):\n%s", step.what, diff)
		}
		for _, sort := range []string{"sites", "updates"} {
			kept, _, err := d.Clients(t.Context(), everyone, db.ClientFilter{Sort: sort, Desc: true})
			added, _, err2 := d.Clients(t.Context(), adding, db.ClientFilter{Sort: sort, Desc: true})
			check(t, errors.Join(err, err2))
			kept = slices.DeleteFunc(kept, func(c db.Client) bool { return c.Sites == 0 }) // a limited viewer does not see these
			added = slices.DeleteFunc(added, func(c db.Client) bool { return c.Sites == 0 })
			if diff := cmp.Diff(added, kept); diff != "" {
				t.Errorf("%s: clients by %s (-added up +kept):\n%s", step.what, sort, diff)
			}
		}
	}
}

// Sorted by client, sites without one come last, on whatever page.
func TestSitesWithoutAClientComeLast(t *testing.T) {
	d := dbtest.New(t, time.Now)
	id, err := d.CreateDashboard(t.Context(), dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: "one", URL: "https://one.example", Auth: "bearer"}, Key: "k"})
	check(t, err)
	check(t, d.Mirror().WriteClients(t.Context(), id, time.Now(), []db.ClientWrite{{ID: 7, Name: "Zed"}, {ID: 8, Name: "Abel"}}))
	var sites []db.SiteWrite
	for i, client := range []int64{0, 7, 8, 99, 7} {
		sites = append(sites, db.SiteWrite{RemoteID: int64(i + 1), Hash: []byte{1}, Name: fmt.Sprint(i), URL: "https://s.example", URLKey: fmt.Sprint(i), ClientID: client})
	}
	check(t, d.Mirror().WriteSites(t.Context(), id, time.Now(), true, sites))
	for desc, want := range map[bool]string{false: "21403", true: "14203"} {
		for perPage := 1; perPage <= 6; perPage++ {
			got := ""
			for page := 1; page <= 6; page++ {
				rows, total, err := d.Sites(t.Context(), dbtest.Owner(), db.SiteFilter{Sort: "client", Desc: desc, Paging: db.Paging{Page: page, PerPage: perPage}})
				if err != nil || total != 5 {
					t.Fatal(total, err)
				}
				for _, r := range rows {
					got += r.Name
				}
			}
			if got != want {
				t.Errorf("descending %v, %d a page: %s, want %s", desc, perPage, got, want)
			}
		}
	}
}
