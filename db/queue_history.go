package db

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// How long a task explains what is seen on its site: after it ended, and when its outcome stayed unknown.
const (
	explainsEnded   = 2 * time.Minute
	explainsUnknown = 7 * 24 * time.Hour
)

// explained are the actions that explain a change of a kind.
var explained = map[EventKind][]Action{
	EventUpdated: {ActUpdate}, EventDowngraded: {ActUpdate},
	EventActivated: {ActActivatePlugin, ActActivateTheme}, EventDeactivated: {ActDeactivatePlugin, ActDeletePlugin, ActActivateTheme}, EventRemoved: {ActDeletePlugin, ActDeleteTheme},
	EventSuspended: {ActSuspend}, EventUnsuspended: {ActUnsuspend}, EventReconnected: {ActReconnect, ActSync}, EventRenamed: {ActEditSite}, EventSiteAdded: {ActAddSite}, EventSiteGone: {ActRemoveSite},
}

// cause finds the run whose task explains a change: one of the site that was sent, is open, unknown still, or ended a moment ago, and asked
// for this. A task that is unknown is looked at again at once.
func (w *eventWriter) cause(ctx context.Context, e Event) (run any, user string, err error) {
	actions := explained[e.Kind]
	if len(actions) == 0 {
		return nil, "", nil
	}
	type task struct {
		id, run        int64
		user           string
		state          TaskState
		action         Action
		kind           ItemKind
		slug, from, to string
		open           bool
	}
	where, key := "t.site_id = ?4", any(w.siteID)
	if e.Kind == EventSiteAdded {
		where = "t.site_id IS NULL AND t.action = 'add_site' AND t.address = (SELECT url_key FROM sites WHERE id = ?4)"
	}
	list, err := collect(ctx, w.tx, func(row scanner, t *task) error {
		return row.Scan(&t.id, &t.run, &t.user, &t.state, &t.action, &t.kind, &t.slug, &t.from, &t.to, &t.open)
	}, `SELECT t.id, t.run_id, r.user_name, t.state, t.action, t.kind, t.slug, t.from_version, t.to_version, t.ended_at IS NULL FROM tasks t JOIN runs r ON r.id = t.run_id
		WHERE `+where+` AND t.sends > 0 AND (t.state IN ('queued', 'running', 'verifying') OR t.state = 'unknown' AND coalesce(t.ended_at, ?1) >= ?2 OR t.ended_at >= ?3)
		ORDER BY t.state IN ('running', 'verifying', 'unknown') DESC, t.id DESC`, w.at.Unix(), w.at.Add(-explainsUnknown).Unix(), w.at.Add(-explainsEnded).Unix(), key)
	if err != nil {
		return nil, "", fmt.Errorf("look for the run behind a change: %w", err)
	}
	i := slices.IndexFunc(list, func(t task) bool {
		switch {
		case !slices.Contains(actions, t.action):
			return false
		case t.action == ActActivateTheme && e.Kind == EventDeactivated:
			return e.ItemKind == Theme
		case t.kind != e.ItemKind || e.ItemKind != "" && t.slug != e.Slug:
			return false
		}
		return t.action != ActUpdate || CompareVersions(e.To, t.to) >= 0 || t.open && e.From == t.from
	})
	if i < 0 {
		return nil, "", nil
	}
	t := list[i]
	if t.state == TaskUnknown {
		_, err = w.tx.ExecContext(ctx, "UPDATE tasks SET look_at = ?, ended_at = NULL WHERE id = ?", w.at.Unix(), t.id)
	}
	return t.run, t.user, err
}
