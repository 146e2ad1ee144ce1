package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/db"
	"muster/mainwp"
)

const (
	changesPage = 50
	firstBeats  = 48 * time.Hour // how far back the ledger begins
	longestRest = 10 * time.Second
	askAgain    = time.Hour // between two asks to sync one site
)

// background reads, one request after the other and with rests between them, what is due site by site: exact updates, changes and
// abandoned items after a sync, heartbeats every hour. It ends when nothing is left or the Dashboard's next probe or pass is due.
func (v *visit) background(ctx context.Context) error {
	for {
		job, err := v.mirror.Job(ctx, v.job.ID)
		if err != nil {
			return err
		}
		stop, err := v.mirror.Interrupted(ctx, v.job.ID)
		if err != nil || stop || !job.NextProbeAt.After(v.now()) {
			return err
		}
		started := v.now()
		more, err := v.backgroundStep(ctx)
		if err != nil || !more {
			return err
		}
		if err := v.rest(ctx, v.now().Sub(started)); err != nil {
			return err
		}
	}
}

// rest leaves the Dashboard alone for nine times as long as it was kept busy.
func (v *visit) rest(ctx context.Context, busy time.Duration) error {
	timer := time.NewTimer(min((share-1)*busy, longestRest))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// backgroundStep reads one site and one monitor; false when nothing is due.
func (v *visit) backgroundStep(ctx context.Context) (more bool, err error) {
	sites, err := v.mirror.DetailsDue(ctx, v.job.ID, 1)
	if err != nil {
		return false, err
	}
	for _, site := range sites {
		if err := v.mirror.DetailsTried(ctx, site.ID); err != nil {
			return false, err
		}
		if err := v.tolerate("details of a site", v.details(ctx, site)); err != nil {
			return false, err
		}
	}
	monitored, err := v.monitorStep(ctx)
	if err != nil {
		return false, err
	}
	asked, err := v.askToSync(ctx)
	return len(sites) > 0 || monitored || asked, v.tolerate("sync of a site", err)
}

// monitorStep reads the incidents of one monitor whose incidents moved, and the heartbeats of one.
func (v *visit) monitorStep(ctx context.Context) (more bool, err error) {
	if !v.job.HasMonitors {
		return false, nil
	}
	moved, err := v.mirror.IncidentsDue(ctx, v.job.ID, 1)
	if err != nil {
		return false, err
	}
	for _, ref := range moved {
		if err := v.tolerate("incidents", v.incidents(ctx, ref)); err != nil {
			return false, err
		}
	}
	due, err := v.mirror.BeatsDue(ctx, v.job.ID, 1)
	if err != nil {
		return false, err
	}
	for _, ref := range due {
		if err := v.tolerate("heartbeats", v.beats(ctx, ref)); err != nil {
			return false, err
		}
	}
	return len(moved)+len(due) > 0, nil
}

// details reads what updates/{id}, the abandoned lists and the change log say about a site.
func (v *visit) details(ctx context.Context, site db.SiteRef) error {
	x := db.Details{ReadAt: v.now()}
	updates, err := v.client.SiteUpdates(ctx, site.RemoteID)
	if err := v.optional(ctx, "updates of a site", err); err != nil {
		return fmt.Errorf("read the updates of site %d: %w", site.RemoteID, err)
	}
	if err == nil {
		x.Updates = true
		x.Known = knownKinds(updates.Known)
		x.Offered = pendingUpdates(updates.Core, updates.Plugins, updates.Themes, updates.Translations)
		x.Rollbacks = slices.Concat(rollbacks(db.Plugin, updates.RollbackPlugins), rollbacks(db.Theme, updates.RollbackThemes))
	}
	x.Plugins, x.Themes, err = v.client.Abandoned(ctx, site.RemoteID)
	if err := v.optional(ctx, "abandoned items", err); err != nil {
		return fmt.Errorf("read the abandoned items of site %d: %w", site.RemoteID, err)
	}
	changes, err := v.client.Changes(ctx, site.RemoteID, 1, changesPage)
	if err := v.optional(ctx, "changes", err); err != nil {
		return fmt.Errorf("read the changes of site %d: %w", site.RemoteID, err)
	}
	for _, c := range changes {
		x.Changes = append(x.Changes, change(c))
	}
	err = v.mirror.WriteDetails(ctx, v.job.ID, site, x)
	if errors.Is(err, db.ErrNotFound) {
		return nil // gone meanwhile
	}
	return err
}

func rollbacks(kind db.ItemKind, list []mainwp.Rollback) []db.Update {
	out := make([]db.Update, len(list))
	for i, r := range list {
		out[i] = db.Update{Kind: kind, Slug: r.Slug, Name: r.Name, Rollback: r.Version}
	}
	return out
}

// askToSync asks MainWP to sync the site whose last good sync is oldest, if a person wants that for sites older than some hours.
func (v *visit) askToSync(ctx context.Context) (asked bool, err error) {
	if v.job.SyncStaleHours == 0 || !v.job.CanWrite() {
		return false, nil
	}
	site, err := v.mirror.StaleSite(ctx, v.job.ID, v.job.SyncStaleHours, askAgain)
	if err != nil || site == nil {
		return false, err
	}
	if err := v.mirror.Asked(ctx, site.ID); err != nil {
		return false, err
	}
	_, err = v.client.SyncSite(ctx, site.RemoteID)
	switch mainwp.KindOf(err) {
	case mainwp.KindCredentials:
		return false, v.readOnly(ctx, err)
	case mainwp.KindRefused, mainwp.KindApplication, mainwp.KindRemote:
		// On WordPress 6.9 a site whose last sync failed does not sync again before it is reconnected (API §4.4, §21.9).
		if v.job.Abilities && !site.Suspended {
			err = v.client.Reconnect(ctx, site.RemoteID)
		}
	}
	if err := v.optional(ctx, "sync of a site", err); err != nil && mainwp.KindOf(err) != mainwp.KindTransport {
		return true, err
	}
	known, err := v.mirror.KnownSites(ctx, v.job.ID)
	if err != nil {
		return true, err
	}
	return true, v.include(ctx, known, []int64{site.RemoteID}) // also after a time-out: what is read tells how it went
}

// readOnly takes a second look after a 401 on a write: if the key still reads, it is a read-only key and the Dashboard goes on.
func (v *visit) readOnly(ctx context.Context, refused error) error {
	if _, err := v.client.SitesCount(ctx); err != nil {
		return errors.Join(refused, err)
	}
	v.job.KeyScope = "read"
	return v.mirror.SetKeyScope(ctx, v.job.ID, "read")
}
