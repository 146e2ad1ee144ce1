package web

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"

	"muster/db"
	"muster/views"
)

// choicesFor is how long the values that filters offer are kept: they are half of the work of a list page, and a client
// that is a quarter of a minute late in a drop-down harms nobody. Rows and counts are never kept.
const choicesFor = 15 * time.Second

// maxChoices bounds for how many people they are kept.
const maxChoices = 200

// choices keeps the values that filters offer, for each person apart.
type choices struct {
	store  *db.DB
	now    func() time.Time
	mu     sync.Mutex
	byUser map[int64]keptChoices
}

type keptChoices struct {
	viewer db.Viewer // whose limits they were read with; other limits make them useless
	until  time.Time
	values views.Choices
}

func newChoices(store *db.DB, now func() time.Time) *choices {
	return &choices{store: store, now: now, byUser: map[int64]keptChoices{}}
}

// of returns the tags and clients a viewer may filter by.
func (c *choices) of(ctx context.Context, v db.Viewer) (views.Choices, error) {
	c.mu.Lock()
	kept, ok := c.byUser[v.UserID]
	c.mu.Unlock()
	if ok && c.now().Before(kept.until) && reflect.DeepEqual(kept.viewer, v) {
		return kept.values, nil
	}
	values, err := c.read(ctx, v)
	if err != nil {
		return values, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byUser) >= maxChoices {
		clear(c.byUser)
	}
	c.byUser[v.UserID] = keptChoices{viewer: v, until: c.now().Add(choicesFor), values: values}
	return values, nil
}

func (c *choices) read(ctx context.Context, v db.Viewer) (values views.Choices, err error) {
	if values.Tags, err = c.store.Tags(ctx, v); err != nil {
		return values, fmt.Errorf("read the tags to filter by: %w", err)
	}
	first := db.ClientFilter{Sort: "name", Paging: db.Paging{Page: 1, PerPage: views.ClientChoices}}
	if values.Clients, values.ClientTotal, err = c.store.Clients(ctx, v, first); err != nil {
		return values, fmt.Errorf("read the clients to filter by: %w", err)
	}
	return values, nil
}
