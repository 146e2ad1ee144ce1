package syncer

import (
	"context"
	"fmt"
	"slices"

	"muster/db"
	"muster/mainwp"
)

// pluginAction activates, deactivates or deletes a plugin that the site has.
func (j *job) pluginAction(t db.Task) action {
	verb, method, send := "activate", "POST", j.client.ActivatePlugin
	switch t.Action {
	case db.ActDeactivatePlugin:
		verb, send = "deactivate", j.client.DeactivatePlugin
	case db.ActDeletePlugin:
		verb, method, send = "delete", "DELETE", j.client.DeletePlugin
	}
	find := func(s mainwp.Site) (p mainwp.Plugin, has bool) {
		i := slices.IndexFunc(s.Plugins, func(p mainwp.Plugin) bool { return p.Slug == t.Slug })
		if i < 0 {
			return p, false
		}
		return s.Plugins[i], true
	}
	a := j.itemAction(t, method, fmt.Sprintf("/sites/%d/plugins/%s", j.site.RemoteID, verb), send)
	a.before = j.rowBefore(t, func(s mainwp.Site) (*db.Result, error) {
		p, has := find(s)
		switch {
		case s.Plugins == nil:
			return unlisted()
		case !has && t.Action == db.ActDeletePlugin:
			return already("The site does not have this plugin any more.")
		case !has:
			return refuse(db.TaskSkipped, db.OutStale, "The site does not have this plugin any more.", "")
		case p.Child:
			return refuse(db.TaskSkipped, db.OutFailed, "MainWP Child connects the site: it is left as it is.", "")
		case p.MustUse:
			return refuse(db.TaskSkipped, db.OutFailed, "A must-use plugin cannot be switched or deleted from here.", "Change it in the site's files.")
		case t.Action == db.ActActivatePlugin && p.Active:
			return already("The plugin is active already.")
		case t.Action == db.ActDeactivatePlugin && !p.Active:
			return already("The plugin is inactive already.")
		}
		return nil, nil
	})
	a.row = func(s mainwp.Site) bool {
		p, has := find(s)
		switch t.Action {
		case db.ActActivatePlugin:
			return has && p.Active
		case db.ActDeactivatePlugin:
			return has && !p.Active
		}
		return s.Plugins != nil && !has
	}
	a.check = j.rowCheck(t, a.row)
	return a
}

// themeAction activates or deletes a theme that the site has. The slug is looked up in the row as it is now: an unknown theme would leave
// the site with a white page (MainWP REST API notes §4.6).
func (j *job) themeAction(t db.Task) action {
	verb, method, send := "activate", "POST", j.client.ActivateTheme
	if t.Action == db.ActDeleteTheme {
		verb, method, send = "delete", "DELETE", j.client.DeleteTheme
	}
	find := func(s mainwp.Site) (x mainwp.Theme, has bool) {
		i := slices.IndexFunc(s.Themes, func(x mainwp.Theme) bool { return x.Slug == t.Slug })
		if i < 0 {
			return x, false
		}
		return s.Themes[i], true
	}
	a := j.itemAction(t, method, fmt.Sprintf("/sites/%d/themes/%s", j.site.RemoteID, verb), send)
	a.before = j.rowBefore(t, func(s mainwp.Site) (*db.Result, error) {
		x, has := find(s)
		switch {
		case s.Themes == nil:
			return unlisted()
		case !has && t.Action == db.ActDeleteTheme:
			return already("The site does not have this theme any more.")
		case !has:
			return refuse(db.TaskSkipped, db.OutStale, "The site does not have this theme.", "Sync the site to see its themes.")
		case t.Action == db.ActActivateTheme && x.Active:
			return already("The theme is active already.")
		case t.Action == db.ActDeleteTheme && (x.Active || x.ParentActive):
			return refuse(db.TaskSkipped, db.OutFailed, "The active theme cannot be deleted.", "Activate another theme first.")
		}
		return nil, nil
	})
	a.row = func(s mainwp.Site) bool {
		x, has := find(s)
		if t.Action == db.ActActivateTheme {
			return has && x.Active
		}
		return s.Themes != nil && !has
	}
	a.check = j.rowCheck(t, a.row)
	return a
}

func unlisted() (*db.Result, error) {
	return refuse(db.TaskSkipped, db.OutUnreachable, "MainWP does not know what is on the site.", "Sync the site, then try again.")
}

func (j *job) itemAction(t db.Task, method, path string, send func(context.Context, int64, string) (mainwp.Acted, error)) action {
	return action{timeout: j.client.ActionTimeout(), again: true, reads: true, method: method, path: path,
		send: func(ctx context.Context) (mainwp.Answer, string, error) {
			acted, err := send(ctx, j.site.RemoteID, t.Slug)
			switch {
			case err != nil || acted.Success:
				return acted.Answer, "", err
			case acted.Failure == "":
				return acted.Answer, "The site did nothing and does not say why", nil
			}
			return acted.Answer, acted.Failure, nil
		}}
}

// rowBefore looks at the site's row as it is now before anything is sent.
func (j *job) rowBefore(t db.Task, look func(mainwp.Site) (*db.Result, error)) func(context.Context) (*db.Result, error) {
	return func(ctx context.Context) (*db.Result, error) {
		site, err := j.read(ctx, t, j.site.RemoteID)
		if err != nil {
			return nil, err
		}
		return look(site)
	}
}
