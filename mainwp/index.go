package mainwp

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Index is what a WordPress tells everybody about itself (API §18).
type Index struct {
	Name       string
	GMTOffset  float64 // hours
	TimeZone   string  // "Europe/Berlin", "" when only the offset is set
	Namespaces []string
	Routes     []string // of mainwp/v2, e.g. "/mainwp/v2/monitors"; nil without the namespace
}

// Capabilities is what can be known about a Dashboard's version: there is no
// version endpoint.
type Capabilities struct {
	V2, V1Only            bool
	Monitors, Costs, Keys bool // the routes are there
	Abilities             bool // WordPress 6.9 or newer
	FieldsKept            bool // 6.0.12 or newer: _fields cuts rows and keeps the envelope
	FieldsUnknown         bool // FieldsKept could not be found out
	IndexPHP              bool // answers only below /index.php/wp-json

	Name      string
	GMTOffset float64
	TimeZone  string
}

// MainWPVersion is the version as far as it can be told, e.g. "6.0.12 or newer";
// "" when nothing is known.
func (c Capabilities) MainWPVersion() string {
	switch {
	case c.V1Only:
		return "5.1 or older"
	case !c.V2:
		return ""
	case !c.Monitors && !c.Keys:
		return "5.2 to 5.4"
	case c.FieldsKept:
		return "6.0.12 or newer"
	case c.FieldsUnknown:
		return "6.0 or newer"
	}
	return "6.0 to 6.0.11"
}

// WordPressVersion is "6.9 or newer", "older than 6.9", or "" when nothing is known.
func (c Capabilities) WordPressVersion() string {
	switch {
	case c.Abilities:
		return "6.9 or newer"
	case c.V2 || c.V1Only:
		return "older than 6.9"
	}
	return ""
}

func (i Index) capabilities() Capabilities {
	has := func(route string) bool { return slices.Contains(i.Routes, "/mainwp/v2"+route) }
	v2 := slices.Contains(i.Namespaces, "mainwp/v2")
	return Capabilities{
		V2: v2, V1Only: !v2 && slices.Contains(i.Namespaces, "mainwp/v1"),
		Monitors: has("/monitors"), Costs: has("/costs"), Keys: has("/rest-api/keys"),
		Abilities: slices.Contains(i.Namespaces, "wp-abilities/v1"),
		Name:      i.Name, GMTOffset: i.GMTOffset, TimeZone: i.TimeZone, FieldsUnknown: true,
	}
}

// Capabilities finds out what the Dashboard can: its public index, the routes of
// the API, and with the key whether _fields works. Where /wp-json does not
// answer, /index.php/wp-json is tried. When only the part with the key fails,
// the rest is returned beside the error.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	index, err := c.Index(ctx)
	viaIndexPHP := c.opt.IndexPHP
	if kind := KindOf(err); !viaIndexPHP && (kind == KindBlocked || kind == KindNoRoute || kind == KindNotFound) {
		if other, otherErr := c.withIndexPHP().Index(ctx); otherErr == nil {
			index, err, viaIndexPHP = other, nil, true
			c = c.withIndexPHP()
		}
	}
	if err != nil {
		return Capabilities{}, err
	}
	caps := index.capabilities()
	caps.IndexPHP = viaIndexPHP
	if !caps.V2 {
		caps.FieldsUnknown = false
		return caps, nil
	}
	if caps.FieldsKept, err = c.fieldsKept(ctx); err != nil {
		return caps, err
	}
	caps.FieldsUnknown = false
	return caps, nil
}

// Index reads the two public lists of namespaces and routes, without the key.
func (c *Client) Index(ctx context.Context) (Index, error) {
	var root struct {
		Name       flexStr   `json:"name"`
		GMTOffset  flexFloat `json:"gmt_offset"`
		TimeZone   flexStr   `json:"timezone_string"`
		Namespaces []string  `json:"namespaces"`
	}
	query := url.Values{"_fields": {"namespaces,name,gmt_offset,timezone_string"}}
	r := request{op: "read the index of WordPress", root: true, path: "/", query: query, noKey: true}
	if err := c.call(ctx, r, func(body []byte) error {
		if err := decodeObject(body, &root); err != nil {
			return err
		}
		if root.Namespaces == nil {
			return shapeError("this is not the index of a WordPress")
		}
		return nil
	}); err != nil {
		return Index{}, err
	}
	index := Index{Name: siteName(root.Name), GMTOffset: root.GMTOffset.f, TimeZone: string(root.TimeZone), Namespaces: root.Namespaces}
	if !slices.Contains(index.Namespaces, "mainwp/v2") {
		return index, nil
	}
	routes, err := c.routes(ctx)
	index.Routes = routes
	return index, err
}

func (c *Client) routes(ctx context.Context) (routes []string, err error) {
	r := request{op: "read the routes of MainWP", noKey: true}
	err = c.call(ctx, r, func(body []byte) error {
		var answer struct {
			Routes json.RawMessage `json:"routes"`
		}
		if err := decodeObject(body, &answer); err != nil {
			return err
		}
		list, err := entries(answer.Routes)
		for _, e := range list {
			if strings.HasPrefix(e.key, "/mainwp/v2") {
				routes = append(routes, e.key)
			}
		}
		if err != nil || len(routes) == 0 {
			return shapeError("the answer has no routes")
		}
		return nil
	})
	return routes, err
}

// fieldsKept asks for one row with _fields: up to 6.0.11 the answer loses its
// envelope and is a bare [] (API §2.1).
func (c *Client) fieldsKept(ctx context.Context) (bool, error) {
	query := pageQuery(1, 1)
	query.Set("exclude", noSite)
	query.Set("_fields", "id")
	err := c.readData(ctx, request{op: "find out the version of MainWP", path: "/sites", query: query}, func([]byte) error { return nil })
	if KindOf(err) == KindShape {
		return false, nil
	}
	return err == nil, err
}

// decodeObject decodes the first object of body, whatever follows it.
func decodeObject(body []byte, v any) error {
	end, err := skipValue(body, 0)
	if err != nil {
		return err
	}
	if body[0] != '{' || json.Unmarshal(body[:end], v) != nil {
		return shapeError("the answer is of another kind")
	}
	return nil
}
