package web

import (
	"testing"
	"time"

	"muster/db"
	"muster/views"
)

// TestChoicesFollowTheLimits: a person whose limits change must not go on seeing names of others, not for a moment.
func TestChoicesFollowTheLimits(t *testing.T) {
	s := newSite(t)
	all := db.Viewer{UserID: 7, Role: db.Manager, All: true}
	s.choices.byUser[7] = keptChoices{viewer: all, until: s.now().Add(time.Minute), values: views.Choices{Clients: []db.Client{{Name: "Somebody else's"}}}}
	if got, err := s.choices.of(t.Context(), all); err != nil || len(got.Clients) != 1 {
		t.Fatalf("the same limits: %v, %v; want what is kept", got.Clients, err)
	}
	if got, err := s.choices.of(t.Context(), db.Viewer{UserID: 7, Role: db.Manager, Dashboards: []int64{1}}); err != nil || len(got.Clients) != 0 {
		t.Errorf("narrower limits: %v, %v; want nothing of before", got.Clients, err)
	}
	s.pass(2 * time.Minute)
	if got, err := s.choices.of(t.Context(), all); err != nil || len(got.Clients) != 0 {
		t.Errorf("later: %v, %v; want what the store has now", got.Clients, err)
	}
}
