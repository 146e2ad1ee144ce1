package mainwp

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
)

// Acted is what the Dashboard said to an action on a plugin or theme (API §4.6).
// Success without proof: an activation is reported as done also when it failed.
type Acted struct {
	Answer
	Success bool // false with no items: the site did nothing, or there was nothing to do
	Items   []ActedItem
	Failure string // the site's reason as text, "" without one
}

// ActedItem is a plugin or theme that was acted on, as the site names it; Name
// and Version are "" for one the site does not have.
type ActedItem struct{ Slug, Name, Version string }

// ActivatePlugin activates a plugin by its file path.
func (c *Client) ActivatePlugin(ctx context.Context, site int64, slug string) (Acted, error) {
	return c.act(ctx, "activate plugin", http.MethodPost, fmt.Sprintf("/sites/%d/plugins/activate", site), slug)
}

// DeactivatePlugin deactivates a plugin by its file path. MainWP Child leaves
// itself as it is.
func (c *Client) DeactivatePlugin(ctx context.Context, site int64, slug string) (Acted, error) {
	return c.act(ctx, "deactivate plugin", http.MethodPost, fmt.Sprintf("/sites/%d/plugins/deactivate", site), slug)
}

// DeletePlugin deactivates and deletes a plugin by its file path. One that is not
// there is Success false.
func (c *Client) DeletePlugin(ctx context.Context, site int64, slug string) (Acted, error) {
	return c.act(ctx, "delete plugin", http.MethodDelete, fmt.Sprintf("/sites/%d/plugins/delete", site), slug)
}

// ActivateTheme switches to a theme by its folder. The site does not look whether
// it has the theme: an unknown one leaves it with a white page, so the caller
// checks first (API §4.6).
func (c *Client) ActivateTheme(ctx context.Context, site int64, slug string) (Acted, error) {
	return c.act(ctx, "activate theme", http.MethodPost, fmt.Sprintf("/sites/%d/themes/activate", site), slug)
}

// DeleteTheme deletes a theme by its folder; the active one is refused with a Failure.
func (c *Client) DeleteTheme(ctx context.Context, site int64, slug string) (Acted, error) {
	return c.act(ctx, "delete theme", http.MethodDelete, fmt.Sprintf("/sites/%d/themes/delete", site), slug)
}

func (c *Client) act(ctx context.Context, op, method, path, slug string) (Acted, error) {
	if err := needSlug(slug); err != nil {
		return Acted{}, err
	}
	var acted Acted
	r := c.action(op, method, path, &acted.Answer)
	if method == http.MethodDelete {
		r.query = slugQuery(slug) // some proxies drop the body of a DELETE
	} else {
		r.params = params{"slug": slugParam(slug)}
	}
	err := c.call(ctx, r, func(body []byte) error {
		e, err := readEnvelope(body)
		if err != nil {
			return err
		}
		if !e.success.set {
			return shapeError("the answer does not say whether it was done")
		}
		acted.Success, acted.Failure = e.success.n != 0, ""
		failure := ""
		acted.Items, failure = actedItems(e.data)
		if failure != "" {
			acted.Success = false
		} else if !acted.Success {
			failure = e.message
		}
		acted.Failure = c.foreignText(r, failure)
		return nil
	})
	if err != nil {
		return Acted{}, err
	}
	return acted, nil
}

func slugQuery(slug string) url.Values {
	if list, ok := slugParam(slug).([]string); ok {
		return url.Values{"slug[]": list}
	}
	return url.Values{"slug": {slug}}
}

// actedItems reads the two forms of data: plugins are a list, themes an object
// with activate (and deactivate, the theme before), delete or error.
func actedItems(data []byte) (items []ActedItem, failure string) {
	type row struct {
		Slug    flexStr `json:"slug"`
		Name    flexStr `json:"name"`
		Version flexStr `json:"version"`
	}
	list, err := entries(data)
	if err != nil {
		return nil, ""
	}
	for _, e := range list {
		var r row
		switch {
		case e.key == "deactivate":
		case e.key == "error":
			failure = errorText(e.value)
		case json.Unmarshal(e.value, &r) == nil && (r.Slug != "" || r.Name != ""):
			items = append(items, ActedItem{string(r.Slug), html.UnescapeString(string(r.Name)), string(r.Version)})
		}
	}
	return items, failure
}

// errorText is the text of an error, or all of it where it is no text; "" for
// none.
func errorText(value []byte) string {
	if text := scalar(value); text != "" {
		return text
	}
	switch text := string(value); text {
	case "null", `""`, "[]", "{}":
		return ""
	default:
		return text
	}
}
