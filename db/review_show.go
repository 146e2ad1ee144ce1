package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Review is what a person sees before a run, computed from the rows as they stand now. ErrNotFound for an unknown token, for another
// person's, and after a day.
func (d *DB) Review(ctx context.Context, v Viewer, token string) (Review, error) {
	r, err := d.readReview(ctx, d.r, v, token)
	if err != nil {
		return Review{}, err
	}
	return d.showReview(ctx, d.r, v, r, false)
}

// showReview plans a review's choices and sums them up. newer: newer patch releases than the chosen ones are fine.
func (d *DB) showReview(ctx context.Context, q querier, v Viewer, r review, newer bool) (Review, error) {
	p, err := d.newPlanner(ctx, q, v, r.choices)
	if err != nil {
		return Review{}, err
	}
	p.asked, p.newer = r.created, newer
	out := Review{Token: r.token, Title: r.title, CreatedAt: r.created, RetryOf: r.retryOf, FromBasket: r.fromBasket, RunID: r.run, ScheduleID: r.scheduleID}
	reading := map[int64]bool{}
	for _, x := range p.plan(r.choices) {
		if x.Stale && !reading[x.Site] {
			reading[x.Site] = true
			out.Reading = append(out.Reading, x.Site)
		}
		if x.Why == "" {
			out.Tasks = append(out.Tasks, x)
		} else {
			out.LeftOut = append(out.LeftOut, x)
		}
	}
	out.sum()
	out.Digest = digest(out.Tasks)
	out.Expected, out.ExpectedMost, err = d.expected(ctx, q, out.Tasks)
	return out, err
}

// sum counts what stands in the tasks, and says what has to be typed.
func (r *Review) sum() {
	sites, dashes, removed := map[int64]bool{}, map[int64]bool{}, 0
	r.Schedulable = len(r.Tasks) > 0
	for _, x := range r.Tasks {
		if x.Site != 0 {
			sites[x.Site] = true
		}
		dashes[x.Dashboard] = true
		switch {
		case x.Action != ActUpdate:
			r.Schedulable = false
		case x.Kind == Core:
			r.Cores++
		}
		if x.Action == ActUpdate && x.Step == Major {
			r.Majors++
		}
		switch x.Action {
		case ActDeletePlugin, ActDeleteTheme:
			r.Deletes++
		case ActRemoveSite, ActRemoveClient, ActRemoveTag:
			removed++
		}
	}
	r.Sites, r.Dashboards = len(sites), len(dashes)
	r.ConfirmMajor = r.Majors+r.Cores > 0
	r.Networks = networks(r.Tasks)
	switch {
	case removed == 1 && len(r.Tasks) == 1:
		r.Confirm = cmp.Or(r.Tasks[0].SiteName, r.Tasks[0].Name, "1")
	case removed > 0, r.Deletes > 1, r.Sites > confirmSites:
		r.Confirm = strconv.Itoa(len(r.Tasks))
	}
}

// networks finds hosts with several sites that would update the same plugin or theme.
func networks(tasks []Planned) []Network {
	type shared struct {
		host string
		item itemKey
	}
	type place struct {
		shared
		address string
	}
	var order []shared
	found, had := map[shared]*Network{}, map[place]bool{} // a site that stands on two Dashboards is one
	for _, x := range tasks {
		if x.Action != ActUpdate || x.Kind != Plugin && x.Kind != Theme {
			continue
		}
		host, _, _ := strings.Cut(x.Address, "/")
		key := shared{host, itemKey{x.Kind, x.Slug}}
		n := found[key]
		if n == nil {
			n = &Network{Host: host, Item: x.Name}
			found[key] = n
			order = append(order, key)
		}
		if p := (place{key, x.Address}); !had[p] {
			had[p] = true
			n.Sites = append(n.Sites, x.SiteName)
		}
	}
	var out []Network
	for _, key := range order {
		if len(found[key].Sites) > 1 {
			out = append(out, *found[key])
		}
	}
	return out
}

// digest names a set of tasks: what they do, where, from and to which version, with which inputs, in which order.
func digest(tasks []Planned) string {
	sum := sha256.New()
	encode := json.NewEncoder(sum)
	for _, x := range tasks {
		c := x.Choice
		c.Name = ""
		_ = encode.Encode(c) // a hash takes everything, and choices were decoded from JSON
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// expectedWorkers is how many sites of a Dashboard are worked on side by side, for the guess only.
const expectedWorkers = 4

// expectedSites is how many sites earlier runs must have finished before a guess is made.
const expectedSites = 8

// expected guesses how long tasks take from what each took on the sites that were worked on last, reading, sync and all: by the quarter of them
// that was quicker, and by the quarter that was slower. Without enough of them, or for different actions at once, it does not guess.
func (d *DB) expected(ctx context.Context, q querier, tasks []Planned) (low, high time.Duration, err error) {
	site, lanes := 0, map[int64]int{}
	on := map[int64]int{}
	for _, x := range tasks {
		if x.Action != tasks[0].Action {
			return 0, 0, nil
		}
		on[x.Site]++
		lanes[x.Dashboard]++
		site = max(site, on[x.Site]) // tasks of a site follow each other
	}
	if len(tasks) == 0 {
		return 0, 0, nil
	}
	each, err := collect(ctx, q, func(row scanner, f *float64) error { return row.Scan(f) }, `SELECT max(max(ended_at) - min(started_at), 1) * 1.0 / count(*)
		FROM (SELECT run_id, site_id, started_at, ended_at FROM tasks WHERE state = 'verified' AND sends = 1 AND action = ? AND started_at IS NOT NULL AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 400)
		GROUP BY run_id, site_id ORDER BY 1`, tasks[0].Action)
	if err != nil {
		return 0, 0, fmt.Errorf("guess how long a run takes: %w", err)
	}
	if len(each) < expectedSites {
		return 0, 0, nil
	}
	for _, n := range lanes {
		site = max(site, (n+expectedWorkers-1)/expectedWorkers)
	}
	of := func(each float64) time.Duration {
		return time.Duration(each * float64(site) * float64(time.Second)).Round(time.Second)
	}
	return of(each[len(each)/4]), of(each[len(each)*3/4]), nil
}
