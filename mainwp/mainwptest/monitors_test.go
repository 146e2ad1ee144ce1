package mainwptest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMonitorsFollowTheClock(t *testing.T) {
	c := &clock{noon}
	d := New(Config{Personality: V61WP69, Seed: 3, Sites: 5, Now: c.now})
	states := func() string {
		var b struct {
			Data []struct {
				URL    string
				Status string `json:"last_status"`
			}
		}
		decode(t, get(t, d, "/monitors/basic"), &b)
		for _, m := range b.Data {
			if m.URL == d.Site(1).URL {
				return m.Status
			}
		}
		return "none"
	}
	if states() != "up" {
		t.Fatalf("state %s", states())
	}
	c.t = noon.Add(10 * time.Minute)
	d.SetDown(1, true)
	if states() != "down" || row(t, d, 1).Offline != "-1" {
		t.Errorf("state %s, offline_check_result %s", states(), row(t, d, 1).Offline)
	}
	c.t = noon.Add(130 * time.Minute)
	d.SetDown(1, false)
	c.t = noon.Add(190 * time.Minute)
	var beats struct {
		Data []struct {
			Status     int
			Importance int
			Time       time.Time
		}
	}
	decode(t, get(t, d, "/monitors/101/heartbeat?since=2026-11-23T12:00:00"), &beats)
	var edges []string
	for _, b := range beats.Data {
		if b.Importance == 1 {
			edges = append(edges, b.Time.Format("15:04"))
		}
	}
	if diff := cmp.Diff([]string{"14:10", "12:10"}, edges); diff != "" {
		t.Error(diff)
	}
	var list struct {
		Data []struct {
			ID    int64
			Hours []struct{ Status int } `json:"uptime_24h"`
		}
	}
	decode(t, get(t, d, "/monitors?include=101"), &list)
	var last []int
	for _, h := range list.Data[0].Hours[21:] {
		last = append(last, h.Status)
	}
	if diff := cmp.Diff([]int{1, 0, 1}, last); diff != "" { // 12 h partly up, 13 h down, 14 h partly up
		t.Error(diff)
	}
	if got := get(t, d, "/monitors/101/incidents"); !strings.Contains(got, `"started_at":"2026-11-23T12:10:00Z","ended_at":"2026-11-23T14:10:00Z","duration_sec":7200,"resolved":true`) {
		t.Errorf("incidents %s", got)
	}
}
