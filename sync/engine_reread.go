package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"muster/db"
)

// Reread reads in the background what Dashboards offer for these sites, for a review that waits for it. It does not block.
func (e *Engine) Reread(siteIDs []int64) {
	e.mu.Lock()
	for _, id := range siteIDs {
		e.rereads[id] = true
	}
	e.mu.Unlock()
	e.Wake()
}

func (e *Engine) startRereads(ctx context.Context, working *sync.WaitGroup) {
	e.mu.Lock()
	ids := slices.Sorted(maps.Keys(e.rereads))
	e.mu.Unlock()
	for _, id := range ids {
		site, err := e.sync.db.Site(ctx, db.Viewer{Role: db.Owner, All: true}, id)
		if err != nil {
			e.reread(id)
			continue
		}
		p := place{address: fmt.Sprintf("site %d", id), dashboard: site.DashboardID}
		if e.start(working, e.readers, p, func() { e.rereadSite(ctx, site) }) {
			e.reread(id)
		}
	}
}

// reread takes a site off the list.
func (e *Engine) reread(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.rereads, id)
}

func (e *Engine) rereadSite(ctx context.Context, site db.Site) {
	if err := e.readOffers(ctx, site); err != nil && ctx.Err() == nil {
		e.sync.log.Info("read for a review what is offered for a site", "site", site.ID, "error", err)
		// A review that waits sees that it was tried.
		e.logged(ctx, "note that a site was tried", e.sync.mirror.DetailsTried(ctx, site.ID))
	}
}

// readOffers stores the exact updates of a site. Its abandoned items and changes are left to the background, which reads them after its next
// sync, or within a day.
func (e *Engine) readOffers(ctx context.Context, site db.Site) error {
	j, err := e.open(ctx, db.SiteJob{Dashboard: site.DashboardID, Site: site.ID, RemoteID: site.RemoteID})
	if err != nil {
		return err
	}
	x := db.Details{ReadAt: e.sync.now(), Updates: true}
	updates, err := j.client.SiteUpdates(ctx, site.RemoteID)
	if err != nil {
		return err
	}
	x.Known = knownKinds(updates.Known)
	x.Offered = pendingUpdates(updates.Core, updates.Plugins, updates.Themes, updates.Translations)
	x.Rollbacks = slices.Concat(rollbacks(db.Plugin, updates.RollbackPlugins), rollbacks(db.Theme, updates.RollbackThemes))
	ref := db.SiteRef{ID: site.ID, RemoteID: site.RemoteID, LastSyncAt: site.LastSyncAt, First: site.DetailsAt.IsZero()}
	err = e.sync.mirror.WriteDetails(ctx, site.DashboardID, ref, x)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}
