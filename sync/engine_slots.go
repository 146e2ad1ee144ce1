package syncer

import (
	"maps"
	"sync"
)

// place is where one piece of work happens.
type place struct {
	address   string // of the site, over all Dashboards
	server    string // IP; "" unknown
	dashboard int64
}

// slots are the limits of work at once: one per address, two per server, some per Dashboard.
type slots struct {
	mu         sync.Mutex
	each       int // per Dashboard
	addresses  map[string]bool
	servers    map[string]int
	dashboards map[int64]int
}

func newSlots(perDashboard int) *slots {
	return &slots{each: perDashboard, addresses: map[string]bool{}, servers: map[string]int{}, dashboards: map[int64]int{}}
}

// take occupies a place; false when a limit is reached.
func (s *slots) take(p place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addresses[p.address] || s.dashboards[p.dashboard] >= s.each || (p.server != "" && s.servers[p.server] >= perServer) {
		return false
	}
	s.addresses[p.address] = true
	s.dashboards[p.dashboard]++
	s.servers[p.server]++
	return true
}

func (s *slots) free(p place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.addresses, p.address)
	if s.dashboards[p.dashboard]--; s.dashboards[p.dashboard] == 0 {
		delete(s.dashboards, p.dashboard)
	}
	if s.servers[p.server]--; s.servers[p.server] == 0 {
		delete(s.servers, p.server)
	}
}

// busy are the addresses that are occupied now.
func (s *slots) busy() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.addresses)
}
