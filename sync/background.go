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
	askAgain    = time.Hour      // between two asks to sync one site
)

// background reads, one request after the other and with rests between them, what is due site by site: exact updates, changes and
// abandoned items after a sync, heartbeats every hour. It ends when nothing is left or the Dashboard's next probe or pass is due.
func (v *visit) background(ctx context.Context) error {
	for {
		if stop, err := v.rest(ctx); err != nil || stop {
			return err
		}
		started := v.now()
		more, err := v.backgroundStep(ctx)
		v.leaveAlone(v.job.ID, (share-1)*v.now().Sub(started))
		if err != nil || !more {
			return err
		}
	}
}

// leaveAlone keeps background reads off a Dashboard for so long, over the end of a visit as well: a probe does not shorten a rest.
func (s *Syncer) leaveAlone(dashboardID int64, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.now().Add(pause); until.After(s.restUntil[dashboardID]) {
		s.restUntil[dashboardID] = until
	}
}

// rest waits until the Dashboard may be asked again: nine times as long as it was kept busy, or what it asked for itself. stop is true,
// at once, when a person or the schedule wants something else.
func (v *visit) rest(ctx context.Context) (stop bool, err error) {
	for {
		v.mu.Lock()
		left, woken := v.restUntil[v.job.ID].Sub(v.now()), v.woken
		v.mu.Unlock()
		due, err := v.mirror.Interrupted(ctx, v.job.ID)
		switch {
		case err != nil:
			return false, err
		case due.IsZero() || !due.After(v.now()):
			return true, nil
		case left <= 0:
			return false, nil
		}
		timer := time.NewTimer(min(left, due.Sub(v.now()), longestWait))
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-woken:
		case <-timer.C:
		}
		timer.Stop()
		if err != nil {
			return false, err
		}
	}
}

// backgroundStep reads one site and one monitor; false when nothing is due.
func (v *visit) backgroundStep(ctx context.Context) (more bool, err error) {
	v.asked = false
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
	if v.asked {
		return true, nil
	}
	monitored, err := v.monitorStep(ctx)
	if err != nil || v.asked {
		return v.asked, err
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
		if err := v.mirror.IncidentsTried(ctx, ref.ID); err != nil {
			return false, err
		}
		if err := v.tolerate("incidents", v.incidents(ctx, ref)); err != nil {
			return false, err
		}
	}
	if v.asked {
		return true, nil
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
	if err := v.unlessAsked(ctx, "updates of a site", err); err != nil {
		return fmt.Errorf("read the updates of site %d: %w", site.RemoteID, err)
	}
	if err == nil {
		x.Updates = true
		x.Known = knownKinds(updates.Known)
		x.Offered = pendingUpdates(updates.Core, updates.Plugins, updates.Themes, updates.Translations)
		x.Rollbacks = slices.Concat(rollbacks(db.Plugin, updates.RollbackPlugins), rollbacks(db.Theme, updates.RollbackThemes))
	}
	x.Plugins, x.Themes, err = v.client.Abandoned(ctx, site.RemoteID)
	if err := v.unlessAsked(ctx, "abandoned items", err); err != nil {
		return fmt.Errorf("read the abandoned items of site %d: %w", site.RemoteID, err)
	}
	if x.Changes, err = v.changes(ctx, site); err != nil {
		return fmt.Errorf("read the changes of site %d: %w", site.RemoteID, err)
	}
	err = v.mirror.WriteDetails(ctx, v.job.ID, site, x)
	if errors.Is(err, db.ErrNotFound) {
		return nil // gone meanwhile
	}
	return err
}

// changes reads what was changed on a site, newest first, back to what is stored already or too old to be kept. It is all or nothing:
// a newer part alone would hide, at the next read, that an older one is missing.
func (v *visit) changes(ctx context.Context, site db.SiteRef) ([]db.Change, error) {
	oldest := v.now().AddDate(0, 0, -v.historyDays)
	var list []db.Change
	seen := map[int64]bool{}
	for page := 1; ; page++ {
		rows, err := v.client.Changes(ctx, site.RemoteID, page, changesPage)
		if err != nil {
			return nil, v.unlessAsked(ctx, "changes", err)
		}
		fresh, old := false, false
		ids := make([]int64, len(rows))
		for i, c := range rows {
			ids[i] = c.LogID
			switch {
			case c.At.IsZero():
			case c.At.Before(oldest):
				old = true
			case !seen[c.LogID]:
				fresh = true
				list = append(list, change(c))
			}
			seen[c.LogID] = true
		}
		if !fresh || old || len(rows) < changesPage {
			return list, nil
		}
		if known, err := v.mirror.KnowsChange(ctx, v.job.ID, ids); err != nil || known {
			return list, err
		}
	}
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
