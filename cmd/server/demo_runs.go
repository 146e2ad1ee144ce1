package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"muster/db"
	"muster/mainwp/mainwptest"
	syncer "muster/sync"
)

// What the runs of the demo are made of.
const (
	demoUpdates = 12 // sites of the run that updates
	demoSyncs   = 14
	demoRunEnds = 30 * time.Second // a run that takes longer goes on in the running demo
)

// runs has the engine carry out two runs over the made-up Dashboards, with one update that fails and one that is rolled
// back, so that their pages and the history have something to show.
func (d *demonstration) runs(ctx context.Context, mirror *syncer.Syncer, v db.Viewer, dashboards []int64) error {
	ctx, cancel := context.WithTimeout(ctx, demoRunEnds)
	defer cancel()
	changed := make(chan struct{}, 1)
	engine := mirror.Engine(syncer.EngineOptions{Changed: func(int64) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}})
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	for i, start := range []func(context.Context, db.Viewer, int64) (int64, error){d.startUpdates, d.startSyncs} {
		d.clock.set(time.Duration(i-2) * 20 * time.Minute)
		run, err := start(ctx, v, dashboards[i%len(dashboards)])
		if err != nil {
			return err
		}
		engine.Wake()
		for over := run == 0; !over; {
			select {
			case <-ctx.Done():
				over = true
			case <-changed:
				r, err := d.store.Run(ctx, v, run)
				over = err != nil || !r.EndedAt.IsZero()
			}
		}
	}
	cancel()
	return <-ended
}

// startUpdates starts a run with the plugin that most sites of a Dashboard can update; 0 when there is none.
func (d *demonstration) startUpdates(ctx context.Context, v db.Viewer, dashboard int64) (int64, error) {
	f := db.UpdateFilter{Group: "item", Kind: db.Plugin, Dashboard: dashboard, Paging: db.Paging{PerPage: 1}}
	groups, _, err := d.store.UpdateGroups(ctx, v, f)
	if err != nil || len(groups) == 0 {
		return 0, err
	}
	updates, _, err := d.store.UpdatesOf(ctx, v, f, groups[0].Key, db.Paging{PerPage: demoUpdates})
	if err != nil {
		return 0, err
	}
	var choices []db.Choice
	for i, u := range updates {
		site, err := d.store.Site(ctx, v, u.SiteID)
		if err != nil {
			return 0, err
		}
		switch i {
		case 3:
			d.fleet[0].OnUpdate(site.RemoteID, u.Slug, mainwptest.Effect{Outcome: mainwptest.Failed, Reason: "Could not copy file. There is no space left on the device."}, mainwptest.Effect{})
		case 7:
			d.fleet[0].OnUpdate(site.RemoteID, u.Slug, mainwptest.Effect{Outcome: mainwptest.RolledBack}, mainwptest.Effect{})
		}
		choices = append(choices, db.Choice{Action: db.ActUpdate, Site: u.SiteID, Kind: u.Kind, Slug: u.Slug, Name: u.Name, From: u.From, To: u.To, Anyway: true})
	}
	token, err := d.store.OpenReview(ctx, v, "Update "+groups[0].Name, choices)
	if err != nil {
		return 0, fmt.Errorf("review the demo's updates: %w", err)
	}
	review, err := d.store.Review(ctx, v, token)
	if err != nil || len(review.Tasks) == 0 || len(review.Reading) > 0 {
		return 0, err
	}
	run, err := d.store.StartRun(ctx, v, token, review.Digest, review.Confirm, true, db.RunOptions{StopAfter: 5, SkipRest: true, HomeCheck: true})
	if err != nil {
		return 0, fmt.Errorf("start the demo's updates: %w", err)
	}
	return run, nil
}

// startSyncs starts a run that syncs some sites of a Dashboard.
func (d *demonstration) startSyncs(ctx context.Context, v db.Viewer, dashboard int64) (int64, error) {
	rows, _, err := d.store.Sites(ctx, v, db.SiteFilter{Dashboard: dashboard, Paging: db.Paging{PerPage: demoSyncs}})
	if err != nil {
		return 0, err
	}
	var choices []db.Choice
	for _, r := range rows {
		choices = append(choices, db.Choice{Action: db.ActSync, Site: r.ID})
	}
	run, err := d.store.StartActions(ctx, v, fmt.Sprintf("Sync %d sites", len(choices)), choices)
	if err != nil {
		return 0, fmt.Errorf("start the demo's syncs: %w", err)
	}
	return run, nil
}

// unhurried takes its time over everything that is to be done, so that a person can watch a run.
type unhurried struct{ http.RoundTripper }

// RoundTrip holds back requests that change something.
func (u unhurried) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		wait := time.NewTimer(300*time.Millisecond + rand.N(500*time.Millisecond)) //nolint:gosec // no secret
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return u.RoundTripper.RoundTrip(r)
}
