package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"muster/db"
	"muster/mainwp"
)

const (
	capabilitiesEvery = 24 * time.Hour
	defaultPage       = 50
	smallestPage      = 5
	pageTries         = 4
)

// pass reads everything: the complete short list first, which says what exists and whether this is the Dashboard we know; then the
// sites page by page; then tags, clients, costs and monitors.
func (v *visit) pass(ctx context.Context) error {
	started := v.now()
	// On the very first read the sites come first: somebody waits for them.
	late := v.job.Passes == 0 && v.job.Failures == 0
	if !late {
		if err := v.capabilities(ctx); err != nil {
			return err
		}
	}
	known, err := v.mirror.KnownSites(ctx, v.job.ID)
	if err != nil {
		return err
	}
	listAt := v.now()
	basic, complete, err := v.basic(ctx)
	if err != nil {
		return err
	}
	if doubt := v.identity(known, basic, complete); doubt != "" {
		v.doubted = true
		v.log.Warn("the identity guard stopped a pass", "reason", doubt)
		return v.mirror.Doubt(ctx, v.job.ID, doubt, started, v.scheduleFull(started))
	}
	if err := v.mirror.BeginPass(ctx, v.job.ID, len(basic)); err != nil {
		return err
	}
	seen, err := v.pages(ctx, known)
	if err != nil {
		return err
	}
	if err := v.missed(ctx, known, basic, seen); err != nil {
		return err
	}
	if unread := v.unread(basic); 2*unread > len(basic) {
		return &mainwp.Error{Kind: mainwp.KindShape, Op: "read the sites", Message: fmt.Sprintf("the rows of %d of %d sites did not come", unread, len(basic))}
	}
	if complete {
		ids := make([]int64, len(basic))
		for i, b := range basic {
			ids[i] = b.ID
		}
		if err := v.mirror.Existence(ctx, v.job.ID, listAt, v.quiet(), ids); err != nil {
			return err
		}
	}
	if late {
		if err := v.capabilities(ctx); err != nil {
			return err
		}
	}
	if err := v.lists(ctx); err != nil {
		return err
	}
	return v.mirror.ReadOK(ctx, v.job.ID, db.ReadEnd{URL: v.job.URL, Started: started, Full: true, NextFull: v.scheduleFull(started), NextProbe: v.scheduleProbe(started)})
}

// capabilities looks once a day at what the Dashboard can do and what the key allows.
func (v *visit) capabilities(ctx context.Context) error {
	if v.now().Sub(v.job.CapabilitiesAt) < capabilitiesEvery {
		return nil
	}
	found, err := v.client.Capabilities(ctx)
	switch mainwp.KindOf(err) {
	case "":
	case mainwp.KindTransport, mainwp.KindRedirect, mainwp.KindTooLarge:
		return fmt.Errorf("find out what the Dashboard can do: %w", err)
	default: // the public index can be closed while the routes with a key are open: what was known stays, and the next pass looks again
		return v.optional(ctx, "index", err)
	}
	c := db.Capabilities{MainWPVersion: found.MainWPVersion(), WPVersion: found.WordPressVersion(), Title: found.Name, Monitors: found.Monitors, Costs: found.Costs,
		Keys: found.Keys, Abilities: found.Abilities, FieldsKept: found.FieldsKept, IndexPHP: found.IndexPHP}
	if err := v.mirror.SetCapabilities(ctx, v.job.ID, c); err != nil {
		return err
	}
	v.job.HasMonitors, v.job.HasCosts, v.job.HasKeys, v.job.Abilities, v.job.FieldsKept = c.Monitors, c.Costs, c.Keys, c.Abilities, c.FieldsKept
	v.job.PageSize = defaultPage // a server that was slow once gets another chance a day later
	if c.IndexPHP != v.job.IndexPHP {
		v.job.IndexPHP = c.IndexPHP
		if err := v.connect(); err != nil {
			return err
		}
	}
	return v.keyScope(ctx)
}

// keyScope finds the key's own row among the Dashboard's keys. Without such a route the scope stays unknown until the first write.
func (v *visit) keyScope(ctx context.Context) error {
	if !v.job.HasKeys {
		return nil
	}
	keys, err := v.client.Keys(ctx)
	if err != nil {
		return v.optional(ctx, "API keys", err)
	}
	for _, k := range keys {
		if k.Version != "v2" || k.TruncatedKey != v.job.KeyHint || !k.Active {
			continue
		}
		scope := "read"
		if k.Write {
			scope = "read_write"
		}
		v.job.KeyScope = scope
		return v.mirror.SetKeyScope(ctx, v.job.ID, scope)
	}
	return nil
}

// basic reads the unpaged list of sites. It is complete when its length is what sites/count says; one more try is made if not.
func (v *visit) basic(ctx context.Context) (sites []mainwp.BasicSite, complete bool, err error) {
	count := 0
	for range 2 {
		if sites, err = v.client.SitesBasic(ctx); err != nil {
			return nil, false, fmt.Errorf("list the sites: %w", err)
		}
		if count, err = v.client.SitesCount(ctx); err != nil {
			return nil, false, fmt.Errorf("count the sites: %w", err)
		}
		if count == len(sites) {
			return sites, true, nil
		}
	}
	if 2*len(sites) < count {
		return nil, false, &mainwp.Error{Kind: mainwp.KindShape, Op: "list the sites", Message: fmt.Sprintf("the list has %d of %d sites", len(sites), count)}
	}
	v.log.Warn("the list of sites and their number disagree; nothing is taken as gone", "listed", len(sites), "counted", count)
	return sites, false, nil
}

// identity is the guard against writing one Dashboard's sites over another's: the reason for doubt, or "".
func (v *visit) identity(known map[int64]db.KnownSite, basic []mainwp.BasicSite, complete bool) string {
	if v.job.TrustNext || len(known) == 0 {
		return ""
	}
	byID := make(map[int64]string, len(basic))
	for _, b := range basic {
		byID[b.ID] = mainwp.NormalURL(b.URL)
	}
	total, differ := 0, 0
	for id, k := range known {
		if k.Gone {
			continue
		}
		total++
		url, there := byID[id]
		if (there && url != k.URLKey) || (!there && complete) {
			differ++
		}
	}
	switch {
	case v.job.URLDoubt:
		return fmt.Sprintf("Its address was changed to %s. There, %d of the %d known sites stand under the same number and address.", v.job.URL, total-differ, total)
	case 2*differ > total:
		return fmt.Sprintf("Of the %d known sites, %d are missing or stand under another address.", total, differ)
	}
	return ""
}

// pages reads the full rows page by page and writes each page before the next is asked for.
func (v *visit) pages(ctx context.Context, known map[int64]db.KnownSite) (map[int64]bool, error) {
	seen := map[int64]bool{}
	size := min(max(v.job.PageSize, smallestPage), 4*defaultPage)
	for offset := 0; ; {
		page, err := v.page(ctx, offset, &size)
		if err != nil {
			return nil, err
		}
		if err := v.write(ctx, known, page.readAt, page.rows); err != nil {
			return nil, err
		}
		before := len(seen)
		for _, r := range page.rows {
			seen[r.ID] = true
		}
		if err := v.mirror.Progress(ctx, v.job.ID, len(seen), size); err != nil {
			return nil, err
		}
		// A page without one new site, or with more than was asked for, is a server that does not page.
		if page.last || len(seen) == before || len(page.rows) > size {
			return seen, nil
		}
		offset = page.next
	}
}

// sitesPage is one answer of the list of sites; next is the offset behind it.
type sitesPage struct {
	rows   []mainwp.RawSite
	last   bool
	next   int
	readAt time.Time
}

// page reads the page that holds offset. After a time-out, or a 5xx without JSON, it waits, halves the size and reads from the page that
// begins at or before the offset.
func (v *visit) page(ctx context.Context, offset int, size *int) (sitesPage, error) {
	return backoff.Retry(ctx, func() (sitesPage, error) {
		number := offset / *size + 1
		p := sitesPage{readAt: v.now(), next: number * *size}
		var err error
		p.rows, p.last, err = v.client.SitesPage(ctx, number, *size)
		if err == nil {
			return p, nil
		}
		e, ok := errors.AsType[*mainwp.Error](err)
		if !ok || e.Kind != mainwp.KindTransport || (!e.Timeout && e.Status == 0) || ctx.Err() != nil {
			return p, backoff.Permanent(err)
		}
		*size = max(*size/2, smallestPage)
		return p, err
	}, backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: time.Second, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 10 * time.Second}), backoff.WithMaxTries(pageTries))
}

// unread counts sites of the short list whose row did not come, or could not be read.
func (v *visit) unread(basic []mainwp.BasicSite) int {
	n := 0
	for _, b := range basic {
		if !v.received[b.ID] {
			n++
		}
	}
	return n
}

// missed reads sites that the short list has and the pages had not: the list is ordered by address and shifts while it is read.
func (v *visit) missed(ctx context.Context, known map[int64]db.KnownSite, basic []mainwp.BasicSite, seen map[int64]bool) error {
	var ids []int64
	for _, b := range basic {
		if !seen[b.ID] {
			ids = append(ids, b.ID)
		}
	}
	return v.include(ctx, known, ids)
}

// include reads the full rows of some sites and writes them.
func (v *visit) include(ctx context.Context, known map[int64]db.KnownSite, ids []int64) error {
	for chunk := range slices.Chunk(ids, defaultPage) {
		readAt := v.now()
		rows, err := v.client.SitesInclude(ctx, chunk...)
		if err != nil {
			return fmt.Errorf("read %d sites: %w", len(chunk), err)
		}
		if err := v.write(ctx, known, readAt, rows); err != nil {
			return err
		}
	}
	return nil
}

// write decodes the rows whose answer changed and stores them. A row that cannot be decoded keeps what is stored.
func (v *visit) write(ctx context.Context, known map[int64]db.KnownSite, readAt time.Time, rows []mainwp.RawSite) error {
	var changed []db.SiteWrite
	for _, r := range rows {
		hash := rowHash(r.JSON)
		if k, ok := known[r.ID]; ok && !k.Gone && string(k.Hash) == string(hash) {
			v.received[r.ID] = true
			continue
		}
		site, err := r.Decode()
		if err != nil {
			v.log.Warn("a site's row cannot be read; its last data stays", "site", r.ID, "error", err)
			continue
		}
		v.received[r.ID] = true
		changed = append(changed, siteWrite(site, hash))
	}
	if len(changed) == 0 {
		return nil
	}
	return v.mirror.WriteSites(ctx, v.job.ID, readAt, v.quiet(), changed)
}
