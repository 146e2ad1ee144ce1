package syncer

import (
	"context"
	"fmt"
	"slices"

	"muster/db"
	"muster/mainwp"
)

// wholeAction is for what ends with its own answer and read.
func (j *job) wholeAction(t db.Task) action {
	a := action{timeout: j.client.ActionTimeout()}
	switch t.Action {
	case db.ActRefresh:
		a.reads = true
		a.whole = func(ctx context.Context) (db.Result, error) { return j.refresh(ctx, t) }
	case db.ActSync:
		a.whole = func(ctx context.Context) (db.Result, error) { return j.syncTask(ctx, t) }
		a.done = func(ctx context.Context) (bool, error) {
			site, err := j.read(ctx, t, j.site.RemoteID)
			return err == nil && site.SyncError == "" && site.LastSync.After(t.SentAt), err
		}
	case db.ActReconnect:
		a.whole = func(ctx context.Context) (db.Result, error) { return j.reconnectTask(ctx, t) }
		a.done = func(ctx context.Context) (bool, error) {
			site, err := j.read(ctx, t, j.site.RemoteID)
			return err == nil && site.SyncError == "" && site.Status == "connected", err
		}
		a.before = func(context.Context) (*db.Result, error) {
			if j.site.Facts.Suspended {
				return refuse(db.TaskSkipped, db.OutSuspended, "The site is suspended.", "Resume it, then reconnect it.")
			}
			return nil, nil
		}
	default:
		a.whole = func(ctx context.Context) (db.Result, error) { return j.checkTask(ctx, t) }
	}
	return a
}

func verified(reason string) db.Result {
	return db.Result{State: db.TaskVerified, Outcome: db.OutVerified, Reason: reason}
}

// refresh reads what the Dashboard has of the site.
func (j *job) refresh(ctx context.Context, t db.Task) (db.Result, error) {
	site, err := j.read(ctx, t, j.site.RemoteID)
	if gone(err) {
		return db.Result{State: db.TaskSkipped, Outcome: db.OutUnreachable, Reason: "The site is not on its Dashboard any more."}, nil
	}
	if err != nil {
		return db.Result{}, err
	}
	readAt := j.now()
	var list mainwp.SiteUpdates
	err = j.call(ctx, t, "GET", fmt.Sprintf("/updates/%d", j.site.RemoteID), "read what is offered", func(ctx context.Context) (a mainwp.Answer, err error) {
		list, err = j.client.SiteUpdates(ctx, j.site.RemoteID)
		return a, err
	})
	if err != nil {
		return db.Result{}, err
	}
	x := db.Details{ReadAt: readAt, Updates: true, Known: knownKinds(list.Known), Offered: pendingUpdates(list.Core, list.Plugins, list.Themes, list.Translations),
		Rollbacks: slices.Concat(rollbacks(db.Plugin, list.RollbackPlugins), rollbacks(db.Theme, list.RollbackThemes))}
	ref := db.SiteRef{ID: j.site.Site, RemoteID: j.site.RemoteID, LastSyncAt: site.LastSync, Suspended: site.Suspended, First: j.site.Facts.DetailsAt.IsZero()}
	return verified(""), j.engine.keep(ctx, "store what is offered", func(ctx context.Context) error { return j.mirror.WriteDetails(ctx, j.job.ID, ref, x) })
}

func (j *job) syncTask(ctx context.Context, t db.Task) (db.Result, error) {
	switch seen := j.syncAndRead(ctx, t); {
	case seen.err != nil:
		return db.Result{}, seen.err
	case seen.unreadable != "":
		r := db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: "MainWP could not sync it: " + sentenceOf(seen.unreadable), Next: "Look whether the site answers and MainWP Child is active there, then reconnect it."}
		if !seen.again.IsZero() {
			r.Reason += fmt.Sprintf(" It has to be reconnected first; by itself Muster may do that again in %d min.", int(seen.again.Sub(j.now()).Minutes())+1)
		}
		return r, nil
	}
	return verified(""), nil
}

func (j *job) reconnectTask(ctx context.Context, t db.Task) (db.Result, error) {
	if err := j.engine.keep(ctx, "note that a site is reconnected", func(ctx context.Context) error { return j.mirror.Asked(ctx, j.site.Site) }); err != nil {
		return db.Result{}, err
	}
	j.site.Facts.AskedAt = j.now()
	err := j.reconnect(ctx, t)
	if err != nil && silent(err) {
		return db.Result{}, err
	}
	site, readErr := j.read(ctx, t, j.site.RemoteID)
	if readErr != nil {
		return db.Result{}, readErr
	}
	if err == nil && site.SyncError == "" {
		return verified(""), nil
	}
	reason := site.SyncError
	if err != nil {
		reason = reasonOf(err)
	}
	return db.Result{State: db.TaskFailed, Outcome: db.OutFailed, Reason: "MainWP could not reconnect it: " + sentenceOf(reason), Next: "Look whether the site answers and MainWP Child is active there, then try again."}, nil
}

func (j *job) checkTask(ctx context.Context, t db.Task) (db.Result, error) {
	var seen mainwp.CheckResult
	err := j.call(ctx, t, "POST", fmt.Sprintf("/sites/%d/check", j.site.RemoteID), "check the site", func(ctx context.Context) (mainwp.Answer, error) {
		var err error
		seen, err = j.client.CheckSite(ctx, j.site.RemoteID)
		return seen.Answer, err
	})
	switch {
	case err != nil:
		return db.Result{}, err
	case seen.Online:
		return verified(fmt.Sprintf("The site answers (HTTP %d).", seen.Code)), nil
	case seen.Code != 0:
		r := verified(fmt.Sprintf("The site does not answer as it should (HTTP %d).", seen.Code))
		r.Next = "Open the site and look at its error log."
		return r, nil
	}
	r := verified("The site does not answer the Dashboard.")
	r.Next = "Look whether its server runs and its name still leads there."
	return r, nil
}

func (j *job) suspendAction(t db.Task) action {
	on := t.Action == db.ActSuspend
	path := "/sites/%d/unsuspend"
	if on {
		path = "/sites/%d/suspend"
	}
	return action{timeout: j.client.EditTimeout(), again: true, method: "POST", path: fmt.Sprintf(path, j.site.RemoteID),
		send: func(ctx context.Context) (a mainwp.Answer, refused string, err error) {
			if on {
				a, err = j.client.SuspendSite(ctx, j.site.RemoteID)
			} else {
				a, err = j.client.UnsuspendSite(ctx, j.site.RemoteID)
			}
			return a, "", err
		},
		check: j.rowCheck(t, func(s mainwp.Site) bool { return s.Suspended == on }),
	}
}

// ignoreAction sets or clears what a site ignores.
func (j *job) ignoreAction(t db.Task) action {
	kind := updateKind(t.Kind)
	a := action{timeout: j.client.EditTimeout(), again: true, method: "POST", path: fmt.Sprintf("/updates/%d/ignore/%s", j.site.RemoteID, kind)}
	flag := func(s mainwp.Site) bool {
		return t.Kind == db.Core && s.IgnoreCore || t.Kind == db.Plugin && s.IgnorePlugins || t.Kind == db.Theme && s.IgnoreThemes
	}
	switch t.Action {
	case db.ActIgnoreItem:
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			answer, err := j.client.IgnoreItem(ctx, j.site.RemoteID, kind, t.Slug, t.Name)
			return answer, "", err
		}
		a.check = j.rowCheck(t, func(s mainwp.Site) bool {
			return slices.ContainsFunc(slices.Concat(s.IgnoredPlugins, s.IgnoredThemes), func(i mainwp.Ignore) bool { return i.Slug == t.Slug })
		})
	case db.ActIgnoreKind:
		a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
			answer, err := j.client.IgnoreKind(ctx, j.site.RemoteID, kind)
			return answer, "", err
		}
		a.check = j.rowCheck(t, flag)
	default:
		var edit mainwp.SiteEdit
		off := false
		switch t.Kind {
		case db.Core:
			edit.IgnoreCore = &off
		case db.Plugin:
			edit.IgnorePlugins = &off
		default:
			edit.IgnoreThemes = &off
		}
		a = j.siteEdit(t, edit)
		a.check = j.rowCheck(t, func(s mainwp.Site) bool { return !flag(s) })
	}
	return a
}

// siteEdit sends an edit with the client that the site has right now: without it MainWP would take the client away (MainWP REST API notes §4.7).
func (j *job) siteEdit(t db.Task, edit mainwp.SiteEdit) action {
	a := action{timeout: j.client.EditTimeout(), again: true, method: "POST", path: fmt.Sprintf("/sites/%d/edit", j.site.RemoteID)}
	a.before = func(ctx context.Context) (*db.Result, error) {
		if t.Params.Client != nil {
			edit.ClientID = *t.Params.Client
			return nil, nil
		}
		return nil, j.call(ctx, t, "GET", fmt.Sprintf("/sites/basic?include=%d", j.site.RemoteID), "read the site's client", func(ctx context.Context) (answer mainwp.Answer, err error) {
			edit.ClientID, err = j.client.SiteClient(ctx, j.site.RemoteID)
			return answer, err
		})
	}
	a.send = func(ctx context.Context) (mainwp.Answer, string, error) {
		answer, err := j.client.EditSite(ctx, j.site.RemoteID, edit)
		return answer, "", err
	}
	return a
}

// editAction changes a site's name, tags or client.
func (j *job) editAction(t db.Task) action {
	p := t.Params
	edit := mainwp.SiteEdit{Tags: p.Tags}
	if p.Name != "" {
		edit.Name = &p.Name
	}
	a := j.siteEdit(t, edit)
	client := a.before
	a.before = func(ctx context.Context) (*db.Result, error) {
		if p.Tags != nil && len(p.Tags) == 0 {
			return refuse(db.TaskSkipped, db.OutFailed, "MainWP cannot take the last tag off a site.", "Leave one tag, or take the last one off in MainWP itself.")
		}
		if r, err := j.unknownTag(ctx, t); r != nil || err != nil {
			return r, err
		}
		return client(ctx)
	}
	a.check = j.rowCheck(t, func(s mainwp.Site) bool {
		if p.Name != "" && s.Name != p.Name || p.Client != nil && s.ClientID != *p.Client || len(p.Tags) > 0 && len(s.Tags) != len(p.Tags) {
			return false
		}
		return !slices.ContainsFunc(p.Tags, func(tag int64) bool { _, has := s.Tags[tag]; return !has })
	})
	return a
}

// unknownTag refuses tags that the Dashboard does not have: they would wipe the site's tags (MainWP REST API notes §4.7).
func (j *job) unknownTag(ctx context.Context, t db.Task) (*db.Result, error) {
	if len(t.Params.Tags) == 0 {
		return nil, nil
	}
	tags, err := j.readTags(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, id := range t.Params.Tags {
		if !slices.ContainsFunc(tags, func(tag mainwp.Tag) bool { return tag.ID == id }) {
			return refuse(db.TaskSkipped, db.OutStale, "One of the tags is not on the Dashboard any more.", "Choose the tags again.")
		}
	}
	return nil, nil
}
