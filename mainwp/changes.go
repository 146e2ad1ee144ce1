package mainwp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Change is something that was done on a site without MainWP (API §4.9).
type Change struct {
	LogID   int64 // grows with each change of a Dashboard; the action id on 5.2 and 5.3
	At      time.Time
	Item    string // "Lab Forms Plugin"; the summary on 5.2 and 5.3
	Action  string // activate, deactivate, install, delete, update, …
	Context string // plugin, theme, core, …
	User    string
	Name    string
	Slug    string

	OldVersion, NewVersion string // "" where the change has none
}

// changeRow is the row of 5.4 and newer, with the fields of 5.2 and 5.3 below.
type changeRow struct {
	LogID   flexInt         `json:"log_id"`
	Item    flexStr         `json:"item"`
	Action  flexStr         `json:"action"`
	Context flexStr         `json:"context"`
	Created flexStr         `json:"created"`
	User    flexStr         `json:"user_login"`
	Extra   json.RawMessage `json:"extra_info"`
	Meta    json.RawMessage `json:"user_meta_json"`

	ActionID   flexInt         `json:"action_id"`
	ActionUser flexStr         `json:"action_user"`
	Summary    flexStr         `json:"summary"`
	OldMeta    json.RawMessage `json:"meta_data"`
}

type changeExtra struct {
	Name       flexStr `json:"name"`
	Slug       flexStr `json:"slug"`
	OldVersion flexStr `json:"old_version"`
	Version    flexStr `json:"version"`
	NewVersion flexStr `json:"new_version"`
}

type changeUser struct {
	ActionUser  flexStr `json:"action_user"`
	Username    flexStr `json:"username"`
	DisplayName flexStr `json:"display_name"`
}

func (r changeRow) change() Change {
	var extra changeExtra
	var user changeUser
	inside(r.Extra, &extra)
	inside(r.Meta, &user)
	if old := embedded(r.OldMeta); old != nil {
		var meta struct {
			Extra json.RawMessage `json:"extra_info"`
			User  json.RawMessage `json:"user_meta"`
		}
		inside(old, &meta)
		inside(meta.Extra, &extra)
		inside(meta.User, &user)
	}
	id := r.LogID.n
	if !r.LogID.set {
		id = r.ActionID.n
	}
	return Change{
		LogID: id, At: parseTime(string(r.Created)), Item: plainText(firstOf(r.Item, r.Summary)),
		Action: verb(string(r.Action)), Context: singular(string(r.Context)),
		User: firstOf(r.User, r.ActionUser, user.ActionUser, user.Username, user.DisplayName),
		Name: plainText(string(extra.Name)), Slug: string(extra.Slug),
		OldVersion: string(extra.OldVersion), NewVersion: firstOf(extra.NewVersion, extra.Version),
	}
}

// inside decodes JSON that may stand in a string; what cannot be read stays empty.
func inside(raw []byte, v any) {
	if inner := embedded(raw); inner != nil && inner[0] == '{' {
		_ = json.Unmarshal(inner, v)
	}
}

// verb is the action in one form for all versions: 5.2 and 5.3 say "deactivated".
func verb(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, v := range []string{"activate", "deactivate", "delete", "update", "create", "restore"} {
		if s == v+"d" {
			return v
		}
	}
	for _, v := range []string{"install", "edit", "add", "trash"} {
		if s == v+"ed" {
			return v
		}
	}
	return s
}

func singular(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "plugins", "themes", "users", "posts", "pages", "comments", "menus", "widgets", "translations", "settings":
		return strings.TrimSuffix(s, "s")
	}
	return s
}

// Changes reads one page of what was done on a site without MainWP, newest first.
func (c *Client) Changes(ctx context.Context, siteID int64, page, perPage int) ([]Change, error) {
	changes := []Change{}
	r := request{op: fmt.Sprintf("read changes of site %d", siteID), path: fmt.Sprintf("/sites/%d/non-mainwp-changes", siteID), query: pageQuery(page, perPage)}
	if err := readRows(ctx, c, r, func(row changeRow) { changes = append(changes, row.change()) }); err != nil {
		return nil, err
	}
	return changes, nil
}
