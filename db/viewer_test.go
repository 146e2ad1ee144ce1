package db_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/db"
	"muster/db/dbtest"
)

// fleet is two Dashboards: "own" with the one site a limited viewer may see beside others he may not, and a foreign one. Everything
// he must not see carries the word FOREIGN.
type fleet struct {
	db                              *db.DB
	ownDash, foreignDash            int64
	ownSite, neighbour, foreignSite int64
	ownClient, foreignClient        db.Ref
	run, task, schedule, hold       int64 // over sites of both sides; the task is a foreign one
	tokens                          []string
}

const foreign = "FOREIGN"

func newFleet(t *testing.T) fleet {
	t.Helper()
	ctx := t.Context()
	f := fleet{db: dbtest.New(t, nil)}
	if _, err := f.db.CreateFirstOwner(ctx, db.NewUser{Email: "owner@example.test", Name: "Owner", PasswordHash: "x"}); err != nil {
		t.Fatal(err)
	}
	connect := func(name string) int64 {
		id, err := f.db.CreateDashboard(ctx, dbtest.Owner(), db.NewDashboard{DashboardEdit: db.DashboardEdit{Name: name, URL: "https://" + strings.ToLower(name) + ".example", Auth: "bearer"}, Key: "k"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	f.ownDash, f.foreignDash = connect("Own"), connect(foreign)
	fill(t, f.db, f.ownDash, map[int64]string{1: "Own", 2: foreign + " neighbour"})
	fill(t, f.db, f.foreignDash, map[int64]string{1: foreign})
	for _, s := range []struct {
		dash, remote int64
		id           *int64
	}{{f.ownDash, 1, &f.ownSite}, {f.ownDash, 2, &f.neighbour}, {f.foreignDash, 1, &f.foreignSite}} {
		known, err := f.db.Mirror().KnownSites(ctx, s.dash)
		if err != nil {
			t.Fatal(err)
		}
		*s.id = known[s.remote].ID
	}
	f.ownClient, f.foreignClient = db.Ref{Dashboard: f.ownDash, ID: 1}, db.Ref{Dashboard: f.foreignDash, ID: 1}
	f.work(t)
	return f
}

// work gives the fleet a basket, a review, runs with tasks and calls, a schedule and a hold, each over all sites. The limited person's own
// basket and review are of a time when he saw everything.
func (f *fleet) work(t *testing.T) {
	t.Helper()
	ctx, q, owner := t.Context(), f.db.Queue(), dbtest.Owner()
	if _, err := f.db.CreateUser(ctx, db.NewUser{Email: "limited@example.test", Name: "Limited", PasswordHash: "x", Role: db.Manager}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{f.ownDash, f.foreignDash} { // they answer again
		check(t, f.db.Mirror().ReadOK(ctx, id, db.ReadEnd{URL: "https://x.example", Started: time.Now(), NextProbe: time.Now()}))
	}
	items := []db.ItemRef{{Site: f.ownSite, Kind: db.Plugin, Slug: "Own"}, {Site: f.neighbour, Kind: db.Plugin, Slug: foreign + " neighbour"}, {Site: f.foreignSite, Kind: db.Plugin, Slug: foreign}}
	for _, i := range items {
		ref, err := f.db.Mirror().SiteRef(ctx, i.Site)
		check(t, err)
		check(t, f.db.Mirror().WriteDetails(ctx, f.ownDash, ref, db.Details{ReadAt: time.Now().Add(time.Hour), Updates: true, Known: map[db.ItemKind]bool{db.Plugin: true}, Offered: []db.Update{{Kind: db.Plugin, Slug: i.Slug, Name: i.Slug, From: "1.1", To: "2.0"}}}))
	}
	review := func(v db.Viewer) db.Review {
		t.Helper()
		n, err := f.db.BasketAdd(ctx, v, items, false)
		check(t, err)
		token, err := f.db.ReviewBasket(ctx, v)
		check(t, err)
		r, err := f.db.Review(ctx, v, token)
		check(t, err)
		if n != 3 || len(r.Tasks) != 3 {
			t.Fatalf("chose %d, would start %+v, not %+v", n, r.Tasks, r.LeftOut)
		}
		return r
	}
	once := db.When{Zone: "UTC", Day: time.Now().AddDate(0, 0, 2).Format("2006-01-02")}
	r := review(owner)
	var err error
	f.schedule, err = f.db.ScheduleRun(ctx, owner, r.Token, r.Digest, r.Confirm, true, db.RunOptions{}, once)
	check(t, err)
	f.tokens = []string{r.Token, review(db.Viewer{UserID: 2, Role: db.Manager, All: true}).Token}
	r = review(owner)
	f.run, err = f.db.StartRun(ctx, owner, r.Token, r.Digest, r.Confirm, true, db.RunOptions{Canary: f.foreignSite})
	check(t, err)
	_, err = f.db.StartActions(ctx, owner, "Tags", []db.Choice{{Action: db.ActAddTag, Dashboard: f.ownDash, Params: db.Params{Name: foreign}}, {Action: db.ActSync, Site: f.foreignSite}})
	check(t, err)
	tasks, _, err := f.db.Tasks(ctx, owner, f.run, db.TaskFilter{})
	check(t, err)
	for _, x := range tasks {
		check(t, q.Call(ctx, db.Call{RunID: f.run, TaskID: x.ID, SiteID: x.SiteID, DashboardID: x.DashboardID, At: time.Now(), Method: "POST", Path: "/" + x.SiteName, Raw: x.SiteName}))
		if x.SiteID == f.foreignSite {
			f.task = x.ID
		}
	}
	check(t, q.Wait(ctx, f.run, f.foreignDash, foreign+" does not answer.", time.Now()))
	f.hold, err = f.db.AddHold(ctx, owner, db.Hold{Kind: db.Plugin, Slug: "Own", Sites: []db.SiteName{{ID: f.ownSite}, {ID: f.foreignSite}}})
	check(t, err)
	_, err = f.db.AddHold(ctx, owner, db.Hold{Kind: db.Plugin, Slug: foreign, Sites: []db.SiteName{{ID: f.foreignSite}}})
	check(t, err)
}

// fill gives each site one of everything that is mirrored, and a second pass with history.
func fill(t *testing.T, d *db.DB, dash int64, sites map[int64]string) {
	t.Helper()
	ctx, m, now := t.Context(), d.Mirror(), time.Now()
	for pass, version := range []string{"1.0", "1.1"} {
		at := now.Add(time.Duration(pass) * time.Minute)
		for remote, name := range sites {
			tag := name + " tag"
			check(t, m.WriteSites(ctx, dash, at, pass == 0, []db.SiteWrite{{
				RemoteID: remote, Hash: []byte(version), Name: name, URL: "https://" + strings.ReplaceAll(name, " ", "-") + ".example/", URLKey: strings.ToLower(strings.ReplaceAll(name, " ", "-")) + ".example",
				ClientID: remote, Status: "connected", LastSyncAt: now, WPVersion: "6.9", PHPVersion: "8.3", Facts: db.SiteFacts{Note: name},
				Tags: map[int64]string{remote: tag}, Plugins: []db.Installed{{Slug: name, Name: name, Version: version, Active: true}},
				Updates: []db.Update{{Kind: db.Plugin, Slug: name, Name: name, From: version, To: "2.0", Offer: db.Offered}}, UpdatesKnown: map[db.ItemKind]bool{db.Plugin: true},
			}}))
			check(t, m.WriteClients(ctx, dash, at, []db.ClientWrite{{ID: remote, Name: name + " client"}}))
			known, err := m.KnownSites(ctx, dash)
			check(t, err)
			check(t, m.WriteDetails(ctx, dash, db.SiteRef{ID: known[remote].ID}, db.Details{ReadAt: at, Updates: true, Changes: []db.Change{{LogID: remote, At: at, Item: name}}}))
			check(t, m.WriteMonitors(ctx, dash, at, true, []db.MonitorWrite{{RemoteID: remote, URL: name, URLKey: known[remote].URLKey, Status: "up", Incidents30d: 1 + pass}}))
			refs, err := m.IncidentsDue(ctx, dash, 10)
			check(t, err)
			for _, ref := range refs {
				check(t, m.WriteIncidents(ctx, ref.ID, []db.Incident{{StartedAt: at}}))
			}
		}
		var costs []db.CostWrite
		for remote, name := range sites {
			costs = append(costs, db.CostWrite{Cost: db.Cost{Ref: db.Ref{ID: remote}, Name: name}, Sites: []int64{remote}, Clients: []int64{remote}})
		}
		check(t, m.WriteCosts(ctx, dash, at, costs))
		check(t, m.RefreshSearch(ctx, dash))
		check(t, m.ReadOK(ctx, dash, db.ReadEnd{URL: "https://x.example", Started: at, Full: true, NextFull: at, NextProbe: at}))
	}
	check(t, m.ReadFailed(ctx, dash, db.Trouble{Started: now.Add(time.Hour), At: now, Kind: "transport", Text: "away"}))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// limited are viewers who may see the one own site only, each limited in another way. The Dashboard is not one: it would show the neighbour.
func (f fleet) limited() map[string]db.Viewer {
	return map[string]db.Viewer{
		"by client": {UserID: 2, Role: db.Operator, Clients: []db.Ref{f.ownClient}},
		"by tag":    {UserID: 2, Role: db.Manager, Tags: []db.Ref{{Dashboard: f.ownDash, ID: 1}}},
	}
}

// withoutViewer are the methods of DB that do not show data of the mirror, or run where nobody is signed in.
var withoutViewer = []string{"Backup", "Check", "Checkpoint", "Close", "CreateFirstOwner", "CreateSession", "CreateUser", "EndSession", "HasUsers", "Mirror", "Ping", "Queue",
	"SessionViewer", "SetPassword", "SignInBlockedUntil", "SignInFailed", "SignInSucceeded", "SignInUser"}

// TestViewerInEverySignature calls every method that a page can reach as a viewer of one site, with every identifier of what he may not see.
func TestViewerInEverySignature(t *testing.T) {
	f := newFleet(t)
	typ := reflect.TypeFor[*db.DB]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if slices.Contains(withoutViewer, m.Name) {
			continue
		}
		if m.Type.NumIn() < 3 || m.Type.In(1) != reflect.TypeFor[context.Context]() || m.Type.In(2) != reflect.TypeFor[db.Viewer]() {
			t.Errorf("%s takes no viewer", m.Name)
			continue
		}
		for name, v := range f.limited() {
			for _, args := range f.arguments(m.Type) {
				out := m.Func.Call(append([]reflect.Value{reflect.ValueOf(f.db), reflect.ValueOf(t.Context()), reflect.ValueOf(v)}, args...))
				if text := shown(out, args); strings.Contains(text, foreign) {
					t.Errorf("%s as a viewer limited %s with %v shows %s", m.Name, name, values(args), text)
				}
			}
			var nobody db.Viewer
			for _, args := range f.arguments(m.Type)[:1] {
				out := m.Func.Call(append([]reflect.Value{reflect.ValueOf(f.db), reflect.ValueOf(t.Context()), reflect.ValueOf(nobody)}, args...))
				if text := shown(out, args); strings.Contains(text, foreign) || strings.Contains(text, "Own") {
					t.Errorf("%s as nobody shows %s", m.Name, text)
				}
			}
		}
	}
}

// shown is what a method gave back, without the caller's own words in an error.
func shown(out, args []reflect.Value) string {
	text := fmt.Sprintf("%+v", values(out))
	for _, a := range args {
		if a.Kind() == reflect.String && a.Len() > 0 {
			text = strings.ReplaceAll(text, a.String(), "")
		}
	}
	return text
}

func values(list []reflect.Value) []any {
	var out []any
	for _, v := range list {
		out = append(out, v.Interface())
	}
	return out
}

// arguments makes the argument lists behind ctx and viewer: every foreign number for each number, and filters with and without them.
func (f fleet) arguments(m reflect.Type) [][]reflect.Value {
	lists := [][]reflect.Value{nil}
	for i := 3; i < m.NumIn(); i++ {
		var next [][]reflect.Value
		for _, list := range lists {
			for _, v := range f.samples(m.In(i)) {
				next = append(next, append(slices.Clone(list), reflect.ValueOf(v)))
			}
		}
		lists = next
	}
	return lists
}

func (f fleet) samples(t reflect.Type) []any {
	switch t {
	case reflect.TypeFor[int64]():
		return []any{f.foreignDash, f.neighbour, f.foreignSite, f.run, f.task, f.schedule, f.hold}
	case reflect.TypeFor[db.Ref]():
		return []any{f.foreignClient, db.Ref{Dashboard: f.ownDash, ID: 2}}
	case reflect.TypeFor[db.ItemKind]():
		return []any{db.Plugin, db.Theme}
	case reflect.TypeFor[string]():
		return []any{"plugin:" + foreign, fmt.Sprint(f.foreignSite), fmt.Sprintf("%d.1", f.foreignDash), fmt.Sprint(f.foreignDash), fmt.Sprint(f.neighbour), f.tokens[0], f.tokens[1]}
	case reflect.TypeFor[[]db.ItemRef]():
		return []any{[]db.ItemRef{{Site: f.foreignSite, Kind: db.Plugin, Slug: foreign}, {Site: f.neighbour, Kind: db.Plugin, Slug: foreign + " neighbour"}}}
	case reflect.TypeFor[[]db.Choice]():
		return []any{
			[]db.Choice{{Action: db.ActSync, Site: f.foreignSite}, {Action: db.ActSync, Site: f.neighbour}, {Action: db.ActAddTag, Dashboard: f.foreignDash}, {Action: db.ActAddTag, Dashboard: f.ownDash}},
			[]db.Choice{{Action: db.ActRemoveSite, Site: f.foreignSite}, {Action: db.ActRemoveTag, Dashboard: f.foreignDash}},
		}
	case reflect.TypeFor[db.Hold]():
		return []any{db.Hold{Kind: db.Plugin, Slug: "x", Sites: []db.SiteName{{ID: f.foreignSite}}}, db.Hold{Kind: db.Plugin, Slug: "x", Everywhere: true}}
	case reflect.TypeFor[db.When]():
		return []any{db.When{Zone: "UTC", Day: "2199-01-01"}}
	case reflect.TypeFor[db.TaskFilter]():
		return []any{db.TaskFilter{}, db.TaskFilter{Site: f.foreignSite}}
	case reflect.TypeFor[db.CallFilter]():
		return []any{db.CallFilter{}, db.CallFilter{Task: f.task}}
	case reflect.TypeFor[bool]():
		return []any{true}
	case reflect.TypeFor[db.SiteFilter]():
		return []any{db.SiteFilter{}, db.SiteFilter{Query: "foreign"}, db.SiteFilter{Dashboard: f.foreignDash}, db.SiteFilter{Client: f.foreignClient}, db.SiteFilter{Tag: foreign + " tag"}, db.SiteFilter{Status: db.StatusGone}, db.SiteFilter{Item: "plugin:" + foreign}}
	case reflect.TypeFor[db.UpdateFilter]():
		var out []any
		for _, group := range []string{"item", "site", "client", "dashboard"} {
			out = append(out, db.UpdateFilter{Group: group}, db.UpdateFilter{Group: group, Dashboard: f.foreignDash, Offer: "all"}, db.UpdateFilter{Group: group, Client: f.foreignClient})
		}
		return out
	case reflect.TypeFor[db.ClientFilter]():
		return []any{db.ClientFilter{}, db.ClientFilter{Dashboard: f.foreignDash}}
	case reflect.TypeFor[db.EventFilter]():
		return []any{db.EventFilter{}, db.EventFilter{Dashboard: f.foreignDash}, db.EventFilter{Site: f.neighbour}, db.EventFilter{Client: f.foreignClient}, db.EventFilter{Run: f.run}}
	}
	return []any{reflect.Zero(t).Interface()}
}

// TestLimitedViewerSeesTheOwnSite shows that the test above does not pass because nothing is seen at all, and that counts are cut too.
func TestLimitedViewerSeesTheOwnSite(t *testing.T) {
	f := newFleet(t)
	for name, v := range f.limited() {
		t.Run(name, func(t *testing.T) {
			rows, total, err := f.db.Sites(t.Context(), v, db.SiteFilter{})
			if err != nil || total != 1 || len(rows) != 1 || rows[0].ID != f.ownSite {
				t.Fatalf("sites: %v, %d, %v", rows, total, err)
			}
			nav, err := f.db.Nav(t.Context(), v)
			if err != nil || nav.Sites != 1 || nav.Updates != 1 || nav.Clients != 1 || len(nav.Dashboards) != 1 {
				t.Errorf("counts: %+v, %v", nav, err)
			}
			groups, _, err := f.db.UpdateGroups(t.Context(), v, db.UpdateFilter{})
			if err != nil || len(groups) != 1 || groups[0].Sites != 1 || groups[0].Name != "Own" {
				t.Errorf("updates: %+v, %v", groups, err)
			}
			events, n, err := f.db.Events(t.Context(), v, db.EventFilter{})
			if err != nil || n != 1 || events[0].Kind != db.EventUpdated || events[0].From != "1.0" || events[0].To != "1.1" {
				t.Errorf("history: %+v, %v", events, err)
			}
			if _, err := f.db.Site(t.Context(), v, f.neighbour); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("the neighbour's site: %v, want not found", err)
			}
		})
	}
}

// TestLimitedViewerAndRuns shows what a limited viewer sees of work that goes over sites of both sides, and that he cannot change it.
func TestLimitedViewerAndRuns(t *testing.T) {
	f := newFleet(t)
	ctx := t.Context()
	for name, v := range f.limited() {
		t.Run(name, func(t *testing.T) {
			runs, n, err := f.db.Runs(ctx, v, db.RunFilter{})
			if err != nil || n != 1 || len(runs) != 1 || runs[0].ID != f.run || runs[0].Sites != 1 || runs[0].Counts.Total() != 1 || runs[0].Whole || runs[0].CanaryName != "" {
				t.Errorf("runs: %+v, %v", runs, err)
			}
			if open, err := f.db.OpenRuns(ctx, v); err != nil || open != 1 {
				t.Errorf("%d open runs: %v", open, err)
			}
			if run, err := f.db.Run(ctx, v, f.run); err != nil || len(run.Waits) != 0 {
				t.Errorf("the run: %+v, %v", run, err)
			}
			if tasks, n, err := f.db.Tasks(ctx, v, f.run, db.TaskFilter{}); err != nil || n != 1 || tasks[0].SiteID != f.ownSite {
				t.Errorf("tasks: %+v, %v", tasks, err)
			}
			if calls, n, err := f.db.Calls(ctx, v, f.run, db.CallFilter{}); err != nil || n != 1 || calls[0].SiteID != f.ownSite {
				t.Errorf("calls: %+v, %v", calls, err)
			}
			if _, err := f.db.Task(ctx, v, f.task); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("a foreign task: %v", err)
			}
			if r, err := f.db.Review(ctx, v, f.tokens[1]); err != nil || len(r.Tasks)+len(r.LeftOut) != 1 {
				t.Errorf("the review: %+v, %v", r, err)
			}
			if basket, err := f.db.Basket(ctx, v); err != nil || basket.Updates != 1 || len(basket.Lines) != 1 {
				t.Errorf("the basket: %+v, %v", basket, err)
			}
			if list, err := f.db.Schedules(ctx, v); err != nil || len(list) != 1 || len(list[0].Choices) != 1 || list[0].Whole {
				t.Errorf("schedules: %+v, %v", list, err)
			}
			if holds, err := f.db.Holds(ctx, v); err != nil || len(holds) != 1 || len(holds[0].Sites) != 1 || holds[0].May {
				t.Errorf("holds: %+v, %v", holds, err)
			}
			for what, err := range map[string]error{"cancel": f.db.CancelRun(ctx, v, f.run), "pause": f.db.PauseRun(ctx, v, f.run), "resume": f.db.ResumeRun(ctx, v, f.run), "delete the schedule": f.db.DeleteSchedule(ctx, v, f.schedule),
				"pause the schedule": f.db.PauseSchedule(ctx, v, f.schedule, true), "delay": f.db.SetUpdateDelay(ctx, v, 3)} {
				if !errors.Is(err, db.ErrForbidden) {
					t.Errorf("%s: %v, want a refusal", what, err)
				}
			}
			if err := f.db.DeleteHold(ctx, v, f.hold); !errors.Is(err, db.ErrForbidden) {
				t.Errorf("delete a hold that also names a foreign site: %v", err)
			}
		})
	}
}
