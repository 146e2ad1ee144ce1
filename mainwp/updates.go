package mainwp

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// SiteUpdates is what a Dashboard would offer for one site now: complete, and
// with the ignores of the site and of the Dashboard applied (API §5.3).
//
// Known says which lists were sent in a readable form. 5.2 and 5.3 send empty
// lists for a site whose last sync failed.
type SiteUpdates struct {
	Core                            *CoreUpdate
	Plugins, Themes                 []ItemUpdate
	Translations                    []TranslationUpdate
	RollbackPlugins, RollbackThemes []Rollback
	Known                           UpdatesKnown
}

// Rollback marks a pending version that WordPress has tried on this site and
// rolled back.
type Rollback struct {
	Slug    string
	Name    string
	Version string // the version that failed
}

// SiteUpdates reads GET /updates/{id}. An unknown id is an Error of KindNotFound.
func (c *Client) SiteUpdates(ctx context.Context, siteID int64) (SiteUpdates, error) {
	var updates SiteUpdates
	r := request{op: fmt.Sprintf("read updates of site %d", siteID), path: fmt.Sprintf("/updates/%d", siteID)}
	err := c.readData(ctx, r, func(data []byte) error {
		var row struct {
			WP              json.RawMessage `json:"wp"`
			Plugins         json.RawMessage `json:"plugins"`
			Themes          json.RawMessage `json:"themes"`
			Translations    json.RawMessage `json:"translations"`
			RollbackPlugins json.RawMessage `json:"rollback_plugins"`
			RollbackThemes  json.RawMessage `json:"rollback_themes"`
		}
		if data[0] != '{' || json.Unmarshal(data, &row) != nil {
			return shapeError("the answer has no updates of a site")
		}
		updates.Core, updates.Known.Core = coreUpdate(embedded(row.WP))
		updates.Plugins, updates.Known.Plugins = itemUpdates(embedded(row.Plugins))
		updates.Themes, updates.Known.Themes = itemUpdates(embedded(row.Themes))
		updates.Translations, updates.Known.Translations = translationUpdates(embedded(row.Translations))
		updates.RollbackPlugins = rollbacks(embedded(row.RollbackPlugins))
		updates.RollbackThemes = rollbacks(embedded(row.RollbackThemes))
		return nil
	})
	if err != nil {
		return SiteUpdates{}, err
	}
	return updates, nil
}

// rollbacks decodes a map of slug to {name, old_version, version}.
func rollbacks(inner []byte) []Rollback {
	type row struct {
		Name    flexStr `json:"name"`
		Version flexStr `json:"version"`
		Slug    flexStr `json:"slug"`
	}
	var list []Rollback
	if decodeEach(inner, func(key string, r row) {
		list = append(list, Rollback{slugOf(key, offer{Plugin: r.Slug}), plainText(string(r.Name)), string(r.Version)})
	}) != nil {
		return nil
	}
	return list
}

// Abandoned reads the plugins and themes of a site whose last release is long
// ago: slug to the time of that release, zero when it is not known.
func (c *Client) Abandoned(ctx context.Context, siteID int64) (plugins, themes map[string]time.Time, err error) {
	if plugins, err = c.abandoned(ctx, siteID, "plugins"); err != nil {
		return nil, nil, err
	}
	if themes, err = c.abandoned(ctx, siteID, "themes"); err != nil {
		return nil, nil, err
	}
	return plugins, themes, nil
}

func (c *Client) abandoned(ctx context.Context, siteID int64, what string) (items map[string]time.Time, err error) {
	r := request{op: fmt.Sprintf("read abandoned %s of site %d", what, siteID), path: fmt.Sprintf("/sites/%d/%s/abandoned", siteID, what)}
	err = c.readData(ctx, r, func(data []byte) error {
		if items = abandoned(data); items == nil {
			return shapeError("the list cannot be read")
		}
		return nil
	})
	return items, err
}
