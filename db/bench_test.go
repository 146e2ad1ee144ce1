package db

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// workbench is two Dashboards with a few sites that have updates, whose exact updates were read, and a clock.
//
//	North: Alpha (a.example), Beta (b.example)    South: Gamma (c.example), Twin (a.example, the address of Alpha)
//
// Each site has the plugin Forms 1.0 -> 1.0.1; Alpha also the theme Sky 1.0 -> 2.0 and WordPress 6.8 -> 6.9.
type workbench struct {
	*DB
	t                        *testing.T
	clock                    time.Time
	north, south             int64
	alpha, beta, gamma, twin int64
	owner, operator          Viewer
}

const (
	formsSlug = "forms/forms.php"
	skySlug   = "sky"
)

func newWorkbench(t *testing.T) *workbench {
	t.Helper()
	b := &workbench{t: t, clock: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	var err error
	b.DB, err = Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "muster.db"), Key: make([]byte, 32), Now: func() time.Time { return b.clock }})
	b.check(err)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range []struct {
		v    *Viewer
		name string
		role Role
	}{{&b.owner, "Olga", Owner}, {&b.operator, "Otto", Operator}} {
		u, err := b.CreateUser(t.Context(), NewUser{Email: p.name + "@example.test", Name: p.name, PasswordHash: "x", Role: p.role})
		b.check(err)
		*p.v = Viewer{UserID: u.ID, Role: p.role, All: true}
	}
	b.north, b.south = b.connect("North"), b.connect("South")
	b.alpha = b.site(b.north, 1, "Alpha", "a.example", nil)
	b.beta = b.site(b.north, 2, "Beta", "b.example", nil)
	b.gamma = b.site(b.south, 1, "Gamma", "c.example", nil)
	b.twin = b.site(b.south, 2, "Twin", "a.example", nil)
	b.site(b.north, 1, "Alpha", "a.example", func(s *SiteWrite) {
		s.Themes = append(s.Themes, Installed{Slug: skySlug, Name: "Sky", Version: "1.0", Active: true})
		s.Updates = append(s.Updates, Update{Kind: Theme, Slug: skySlug, Name: "Sky", From: "1.0", To: "2.0", Offer: Offered}, Update{Kind: Core, Slug: "wordpress", Name: "WordPress", From: "6.8", To: "6.9", Offer: Offered})
	})
	return b
}

func (b *workbench) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *workbench) connect(name string) int64 {
	b.t.Helper()
	id, err := b.CreateDashboard(b.t.Context(), b.owner, NewDashboard{DashboardEdit: DashboardEdit{Name: name, URL: "https://" + name + ".example"}, Key: "k"})
	b.check(err)
	b.check(b.Mirror().ReadOK(b.t.Context(), id, ReadEnd{URL: "https://" + name + ".example", Started: b.clock, Full: true, NextFull: b.clock.Add(time.Hour)}))
	return id
}

// site writes a site as its Dashboard tells it now, and reads its updates exactly.
func (b *workbench) site(dash, remote int64, name, address string, change func(*SiteWrite)) int64 {
	b.t.Helper()
	b.clock = b.clock.Add(time.Second)
	s := SiteWrite{
		RemoteID: remote, Hash: []byte(b.clock.String()), Name: name, URL: "https://" + address + "/", URLKey: address, Status: "connected", LastSyncAt: b.clock, WPVersion: "6.8", PHPVersion: "8.1",
		Plugins: []Installed{{Slug: formsSlug, Name: "Forms", Version: "1.0", Active: true}, {Slug: "mainwp-child/mainwp-child.php", Name: "MainWP Child", Version: "5", Active: true, Child: true}},
		Themes:  []Installed{{Slug: "base", Name: "Base", Version: "1"}},
		Updates: []Update{{Kind: Plugin, Slug: formsSlug, Name: "Forms", From: "1.0", To: "1.0.1", Offer: Offered}}, UpdatesKnown: map[ItemKind]bool{Core: true, Plugin: true, Theme: true, Translation: true},
	}
	if change != nil {
		change(&s)
	}
	ctx, m := b.t.Context(), b.Mirror()
	b.check(m.WriteSites(ctx, dash, b.clock, false, []SiteWrite{s}))
	known, err := m.KnownSites(ctx, dash)
	b.check(err)
	id := known[remote].ID
	b.exact(dash, id)
	return id
}

// exact reads a site's updates exactly; they are what its row said.
func (b *workbench) exact(dash, id int64) {
	b.t.Helper()
	ctx, m := b.t.Context(), b.Mirror()
	ref, err := m.SiteRef(ctx, id)
	b.check(err)
	pending, err := b.SiteUpdates(ctx, b.owner, id)
	b.check(err)
	pending = slices.DeleteFunc(pending, func(u Update) bool { return u.Offer != Offered })
	for i, u := range pending {
		pending[i] = Update{Kind: u.Kind, Slug: u.Slug, Name: u.Name, From: u.From, To: u.To, RequiresPHP: u.RequiresPHP, RequiresWP: u.RequiresWP}
	}
	b.check(m.WriteDetails(ctx, dash, ref, Details{ReadAt: b.clock, Updates: true, Known: map[ItemKind]bool{Core: true, Plugin: true, Theme: true, Translation: true}, Offered: pending}))
}

func forms(sites ...int64) []Choice {
	var list []Choice
	for _, id := range sites {
		list = append(list, Choice{Action: ActUpdate, Site: id, Kind: Plugin, Slug: formsSlug, Name: "Forms", From: "1.0", To: "1.0.1"})
	}
	return list
}

func (b *workbench) review(v Viewer, choices []Choice) Review {
	b.t.Helper()
	token, err := b.OpenReview(b.t.Context(), v, "Forms", choices)
	b.check(err)
	r, err := b.DB.Review(b.t.Context(), v, token)
	b.check(err)
	return r
}

// start starts what a review shows.
func (b *workbench) start(v Viewer, choices []Choice, o RunOptions) int64 {
	b.t.Helper()
	r := b.review(v, choices)
	id, err := b.StartRun(b.t.Context(), v, r.Token, r.Digest, r.Confirm, r.ConfirmMajor, o)
	b.check(err)
	return id
}

func (b *workbench) tasks(run int64) []Task {
	b.t.Helper()
	list, _, err := b.Tasks(b.t.Context(), b.owner, run, TaskFilter{})
	b.check(err)
	slices.SortFunc(list, func(x, y Task) int { return x.Seq - y.Seq })
	return list
}

func (b *workbench) run(id int64) Run {
	b.t.Helper()
	r, err := b.Run(b.t.Context(), b.owner, id)
	b.check(err)
	return r
}

func (b *workbench) exec(query string, args ...any) {
	b.t.Helper()
	_, err := b.w.ExecContext(b.t.Context(), query, args...)
	b.check(err)
}

// ready names the sites that can be taken now.
func (b *workbench) ready() []string {
	b.t.Helper()
	list, err := b.Queue().Ready(b.t.Context())
	b.check(err)
	var names []string
	for _, j := range list {
		site, err := b.Site(b.t.Context(), b.owner, j.Site)
		b.check(err)
		names = append(names, site.Name)
	}
	return names
}
