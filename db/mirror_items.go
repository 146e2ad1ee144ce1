package db

import (
	"context"
	"time"
)

// items replaces the plugins or themes of a site by what was read, touching only rows that differ. nil or empty is unknown: a connected
// site has at least MainWP Child, so an empty list keeps the rows and makes no event.
func (w *siteWriter) items(ctx context.Context, events *eventWriter, siteID int64, kind ItemKind, items []Installed) error {
	if len(items) == 0 {
		return nil
	}
	list, err := collect(ctx, w.tx, func(row scanner, i *Installed) error {
		return row.Scan(&i.Slug, &i.Name, &i.Version, &i.Active, &i.MustUse, &i.Child, &i.Parent, at(&i.AbandonedAt))
	}, "SELECT slug, name, version, active, must_use, child, parent, abandoned_at FROM installed WHERE site_id = ? AND kind = ?", siteID, kind)
	if err != nil {
		return err
	}
	old := make(map[string]Installed, len(list))
	for _, i := range list {
		old[i.Slug] = i
	}
	quiet := events.quiet
	defer func() { events.quiet = quiet }()
	events.quiet = quiet || len(old) == 0 // the first inventory of a site is no news
	for _, i := range items {
		before, had := old[i.Slug]
		delete(old, i.Slug)
		i.Kind, i.AbandonedAt = "", before.AbandonedAt // which its details tell
		if had && i == before {
			continue
		}
		if _, err := w.installed.ExecContext(ctx, siteID, kind, i.Slug, i.Name, i.Version, i.Active, i.MustUse, i.Child, i.Parent, unix(i.AbandonedAt)); err != nil {
			return err
		}
		itemEvents(ctx, events, kind, had, before, i)
	}
	for slug, i := range old {
		if _, err := w.tx.ExecContext(ctx, "DELETE FROM installed WHERE site_id = ? AND kind = ? AND slug = ?", siteID, kind, slug); err != nil {
			return err
		}
		events.add(ctx, Event{Kind: EventRemoved, ItemKind: kind, Slug: slug, Name: i.Name, From: i.Version})
	}
	return nil
}

func itemEvents(ctx context.Context, events *eventWriter, kind ItemKind, had bool, before, i Installed) {
	e := Event{ItemKind: kind, Slug: i.Slug, Name: i.Name}
	if !had {
		e.Kind, e.To = EventAdded, i.Version
		events.add(ctx, e)
		return
	}
	if before.Version != i.Version {
		events.add(ctx, versionEvent(kind, i.Slug, i.Name, before.Version, i.Version))
	}
	switch {
	case i.Active && !before.Active:
		e.Kind = EventActivated
		events.add(ctx, e)
	case !i.Active && before.Active:
		e.Kind = EventDeactivated
		events.add(ctx, e)
	}
}

// pending stores the pending updates of the kinds that could be read. An update known to be ignored elsewhere stays so until its
// target changes or updates/{id} is read again.
func (w *siteWriter) pending(ctx context.Context, siteID int64, s *SiteWrite) error {
	if len(s.UpdatesKnown) == 0 {
		return nil
	}
	old, err := w.pendingNow(ctx, siteID)
	if err != nil {
		return err
	}
	for _, u := range s.Updates {
		if !s.UpdatesKnown[u.Kind] {
			continue
		}
		before, had := old[itemKey{u.Kind, u.Slug}]
		delete(old, itemKey{u.Kind, u.Slug})
		if had && before.To == u.To {
			u.FirstSeenAt, u.Rollback = before.FirstSeenAt, before.Rollback
			if before.Offer == IgnoredElsewhere && u.Offer == Offered {
				u.Offer = IgnoredElsewhere
			}
		}
		if err := w.putUpdate(ctx, siteID, u, before, had); err != nil {
			return err
		}
	}
	for key := range old {
		if s.UpdatesKnown[key.kind] {
			if err := w.dropUpdate(ctx, siteID, key); err != nil {
				return err
			}
		}
	}
	all := s.UpdatesKnown[Core] && s.UpdatesKnown[Plugin] && s.UpdatesKnown[Theme] && s.UpdatesKnown[Translation]
	if all {
		_, err = w.tx.ExecContext(ctx, "UPDATE sites SET updates_known = 1 WHERE id = ? AND updates_known = 0", siteID)
	}
	return err
}

type itemKey struct {
	kind ItemKind
	slug string
}

func (w *siteWriter) pendingNow(ctx context.Context, siteID int64) (map[itemKey]Update, error) {
	list, err := collect(ctx, w.tx, func(row scanner, u *Update) error {
		return row.Scan(&u.Kind, &u.Slug, &u.Language, &u.Name, &u.From, &u.To, &u.Offer, &u.Rollback, &u.Active, &u.RequiresWP, &u.RequiresPHP, &u.Tested, &u.URL, at(&u.FirstSeenAt))
	}, "SELECT kind, slug, language, name, from_version, to_version, offer, rollback, active, requires_wp, requires_php, tested, url, first_seen_at FROM updates WHERE site_id = ?", siteID)
	old := make(map[itemKey]Update, len(list))
	for _, u := range list {
		old[itemKey{u.Kind, u.Slug}] = u
	}
	return old, err
}

// putUpdate writes one pending update if it differs, and notes the release the first time it is seen anywhere.
func (w *siteWriter) putUpdate(ctx context.Context, siteID int64, u, before Update, had bool) error {
	if u.FirstSeenAt.IsZero() {
		u.FirstSeenAt = w.readAt.UTC().Truncate(time.Second)
	}
	u.SiteID = 0
	if had && u == before {
		return nil
	}
	if _, err := w.updates.ExecContext(ctx, siteID, w.dashboardID, u.Kind, u.Slug, u.Language, u.Name, u.From, u.To, u.Offer, u.Rollback, u.Active, u.RequiresWP, u.RequiresPHP, u.Tested, u.URL, u.FirstSeenAt.Unix()); err != nil {
		return err
	}
	if had && u.To == before.To {
		return nil
	}
	_, err := w.releases.ExecContext(ctx, u.Kind, u.Slug, u.To, VersionKey(u.To), w.readAt.Unix())
	return err
}

func (w *siteWriter) dropUpdate(ctx context.Context, siteID int64, key itemKey) error {
	_, err := w.tx.ExecContext(ctx, "DELETE FROM updates WHERE site_id = ? AND kind = ? AND slug = ?", siteID, key.kind, key.slug)
	return err
}
