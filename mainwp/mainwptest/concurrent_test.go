package mainwptest

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
)

// Tests change a Dashboard while it answers; under -race this shows whether they may.
func TestChangesWhileAnswering(t *testing.T) {
	d := New(Config{Personality: V601WP68, Seed: 3, Sites: 60, Now: fixed})
	client := &http.Client{Transport: Transport(map[string]*Dashboard{"dash.example": d})}
	var all sync.WaitGroup
	read := func(path string) {
		for range 20 {
			r, _ := http.NewRequest("GET", "https://dash.example/wp-json"+v2+path, nil)
			r.Header.Set("Authorization", "Bearer "+d.Token())
			res, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			if res.StatusCode != 200 {
				t.Errorf("%s: status %d", path, res.StatusCode)
			}
			res.Body.Close()
		}
	}
	for _, path := range []string{"/sites?exclude=9", "/monitors", "/tags", "/updates/1", "/sites/basic"} {
		all.Go(func() { read(path) })
	}
	all.Go(func() { d.Evolve(rand.New(rand.NewPCG(1, 1)), 300) })
	all.Go(func() {
		for range 50 {
			d.EditSite(2, func(s *Site) { s.Plugins[0].Version += "1"; s.TagIDs = append(s.TagIDs, 1) })
			if len(d.Site(2).Plugins) == 0 {
				t.Error("site 2 has no plugins")
			}
			d.SetDown(3, true)
			d.SetDown(3, false)
			d.SetFaults(Faults{Junk: " "})
			d.Leaks()
			d.RemoveSite(d.AddSite())
		}
	})
	all.Wait()
	if d.RequestCount() != 100 || len(d.Requests()) != 100 {
		t.Errorf("%d requests were counted", d.RequestCount())
	}
}
