package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// planner knows what a set of choices needs to be judged. It reads by sets: a review can hold thousands of choices.
type planner struct {
	viewer    Viewer
	now       time.Time
	asked     time.Time // data is read again for what was asked then; zero: data is taken as it is
	newer     bool      // a newer patch release than the chosen one is fine
	sites     map[int64]*siteFact
	dashes    map[int64]Dashboard
	updates   map[ItemRef]Update
	installed map[ItemRef]Installed
	parents   map[ItemRef]bool // themes whose child theme is active
	open      map[string][]openTask
	rules     rules
}

// openTask is a task on an address that is not over.
type openTask struct {
	address, slug string
	kind          ItemKind
	action        Action
	run           int64
}

// newPlanner reads what is known about choices. Sites that the viewer may not see do not exist for it.
func (d *DB) newPlanner(ctx context.Context, q querier, v Viewer, choices []Choice) (*planner, error) {
	p := &planner{viewer: v, now: d.now()}
	seen := map[int64]bool{}
	var ids []int64
	var items [][3]any
	for _, c := range choices {
		if c.Site != 0 && !seen[c.Site] {
			seen[c.Site] = true
			ids = append(ids, c.Site)
		}
		if c.Slug != "" {
			items = append(items, [3]any{c.Site, c.Kind, c.Slug})
		}
	}
	var err error
	if p.sites, err = readSites(ctx, q, v.sites("s"), ids); err != nil {
		return nil, err
	}
	if p.dashes, err = readDashboards(ctx, q); err != nil {
		return nil, err
	}
	if p.rules, err = readRules(ctx, q, p.now); err != nil {
		return nil, err
	}
	if err = p.readItems(ctx, q, items); err != nil {
		return nil, err
	}
	return p, p.readOpen(ctx, q)
}

func (p *planner) readItems(ctx context.Context, q querier, items [][3]any) error {
	const from = " FROM json_each(?) j CROSS JOIN "
	const on = " x ON x.site_id = j.value ->> 0 AND x.kind = j.value ->> 1 AND x.slug = j.value ->> 2 "
	updates, err := collect(ctx, q, func(row scanner, u *Update) error {
		return row.Scan(&u.SiteID, &u.Kind, &u.Slug, &u.Name, &u.From, &u.To, &u.Offer, &u.RequiresWP, &u.RequiresPHP, &u.Tested, &u.URL, at(&u.FirstSeenAt), at(&u.ReleasedAt))
	}, "SELECT x.site_id, x.kind, x.slug, x.name, x.from_version, x.to_version, x.offer, x.requires_wp, x.requires_php, x.tested, x.url, x.first_seen_at, r.first_seen_at"+from+"updates"+on+
		"LEFT JOIN releases r ON r.kind = x.kind AND r.slug = x.slug AND r.version = x.to_version", jsonText(items))
	if err != nil {
		return fmt.Errorf("read the updates of a plan: %w", err)
	}
	p.updates = make(map[ItemRef]Update, len(updates))
	for _, u := range updates {
		p.updates[ItemRef{u.SiteID, u.Kind, u.Slug}] = u
	}
	type there struct {
		site   int64
		parent bool
		i      Installed
	}
	installed, err := collect(ctx, q, func(row scanner, x *there) error {
		return row.Scan(&x.site, &x.i.Kind, &x.i.Slug, &x.i.Name, &x.i.Version, &x.i.Active, &x.i.MustUse, &x.i.Child, &x.parent)
	}, `SELECT x.site_id, x.kind, x.slug, x.name, x.version, x.active, x.must_use, x.child,
		x.kind = 'theme' AND EXISTS (SELECT 1 FROM installed c WHERE c.site_id = x.site_id AND c.kind = 'theme' AND c.active AND c.parent <> '' AND c.parent IN (x.slug, x.name))`+from+"installed"+on, jsonText(items))
	if err != nil {
		return fmt.Errorf("read the installed items of a plan: %w", err)
	}
	p.installed, p.parents = make(map[ItemRef]Installed, len(installed)), map[ItemRef]bool{}
	for _, x := range installed {
		ref := ItemRef{x.site, x.i.Kind, x.i.Slug}
		p.installed[ref] = x.i
		if x.parent {
			p.parents[ref] = true
		}
	}
	return nil
}

// readOpen reads the open tasks on the plan's addresses, whoever started them: a site is worked on once, on whichever Dashboards it stands.
func (p *planner) readOpen(ctx context.Context, q querier) error {
	var addresses []string
	for _, s := range p.sites {
		addresses = append(addresses, s.address)
	}
	list, err := collect(ctx, q, func(row scanner, o *openTask) error { return row.Scan(&o.address, &o.kind, &o.slug, &o.action, &o.run) },
		`SELECT o.address, o.kind, o.slug, o.action, o.run_id FROM json_each(?1) j CROSS JOIN tasks o ON o.address = j.value
		WHERE o.state IN ('queued', 'running', 'verifying', 'unknown') AND o.address <> '' AND (o.state <> 'unknown' OR o.look_at IS NOT NULL OR o.free_at > ?2) ORDER BY o.id`, jsonText(addresses), p.now.Unix())
	if err != nil {
		return fmt.Errorf("read the open tasks of sites: %w", err)
	}
	p.open = map[string][]openTask{}
	for _, o := range list {
		p.open[o.address] = append(p.open[o.address], o)
	}
	return nil
}

// plan judges choices and puts them in the order of work: by Dashboard, site, and core last. Choices twice count once; what the viewer may
// not see is dropped.
func (p *planner) plan(choices []Choice) []Planned {
	type same struct {
		action Action
		ref    ItemRef
	}
	seen := make(map[same]bool, len(choices))
	out := make([]Planned, 0, len(choices))
	for _, c := range choices {
		key := same{c.Action, ItemRef{c.Site, c.Kind, c.Slug}}
		if c.Site != 0 && seen[key] {
			continue
		}
		seen[key] = true
		if x, ok := p.judge(c); ok {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b Planned) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.DashboardName), strings.ToLower(b.DashboardName)), cmp.Compare(a.Dashboard, b.Dashboard),
			strings.Compare(strings.ToLower(a.SiteName), strings.ToLower(b.SiteName)), cmp.Compare(a.Site, b.Site), cmp.Compare(a.rank(), b.rank()))
	})
	return out
}

// rank is the order of a site's updates: WordPress itself last, as it may put the site into maintenance.
func (x *Planned) rank() int {
	if x.Action != ActUpdate {
		return 0
	}
	return map[ItemKind]int{Plugin: 1, Theme: 2, Translation: 3, Core: 4}[x.Kind]
}

// judge describes one choice and finds the first reason against it; false when the viewer may not see it.
func (p *planner) judge(c Choice) (Planned, bool) {
	if c.Site == 0 {
		return p.judgeDashboard(c)
	}
	s, ok := p.sites[c.Site]
	if !ok {
		return Planned{}, false
	}
	dash := p.dashes[s.dashboardID]
	c.Dashboard = s.dashboardID
	x := Planned{Choice: c, SiteName: s.name, SiteURL: s.url, DashboardName: dash.Name, Address: s.address, IP: s.ip, ReadAt: s.details, Disconnectable: dash.Abilities}
	ref := ItemRef{c.Site, c.Kind, c.Slug}
	if i, ok := p.installed[ref]; ok && x.Name == "" {
		x.Name = i.Name
	}
	if x.Name == "" {
		x.Name = cmp.Or(c.Slug, c.Params.Name)
	}
	x.Why, x.Detail = p.againstSite(&x, s, &dash)
	if c.Action != ActUpdate {
		if x.Why == "" {
			x.Why, x.Detail = p.againstAction(&x, s)
		}
		return x, true
	}
	u, offered := p.updates[ref]
	siteOK := x.Why == ""
	if offered {
		x.Name, x.From, x.Tested, x.URL = u.Name, u.From, u.Tested, u.URL
	}
	x.Step = StepOf(x.From, x.To)
	if siteOK {
		x.Why, x.Detail = p.againstUpdate(&x, s, u, offered)
		p.ageOf(&x, s)
	}
	return x, true
}

// ageOf marks what has to be read again before it can be judged, and leaves out what could not be.
func (p *planner) ageOf(x *Planned, s *siteFact) {
	if p.asked.IsZero() || !s.stale() {
		return
	}
	if !s.unreadSince(p.asked, p.now) {
		x.Stale = true
	} else if x.Why == "" {
		x.Why = WhyUnread
	}
}

// judgeDashboard is judge for what has no site: clients, tags, new sites. Only who sees the whole Dashboard may do that.
func (p *planner) judgeDashboard(c Choice) (Planned, bool) {
	if !p.viewer.whole(c.Dashboard) {
		return Planned{}, false
	}
	dash := p.dashes[c.Dashboard]
	x := Planned{Choice: c, DashboardName: dash.Name}
	if x.Name == "" {
		x.Name = c.Params.Name
	}
	if c.Action == ActAddSite {
		x.Address = urlKey(c.Params.URL)
		x.SiteName, x.SiteURL = cmp.Or(c.Params.Name, c.Params.URL), c.Params.URL
	}
	x.Why, x.Detail = dash.barred(true)
	return x, true
}
