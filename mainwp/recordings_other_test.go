package mainwp_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"muster/mainwp"
)

func checkClients(t *testing.T, client *mainwp.Client, rec recording) {
	rows, last, err := client.Clients(t.Context(), 1, 100)
	must(t, err)
	want := plain(t, rec.body).rows()
	if len(rows) != len(want) || !last {
		t.Fatalf("got %d rows, last %v; want %d, true", len(rows), last, len(want))
	}
	status := map[string]string{"0": "active", "1": "suspended", "2": "lead", "3": "lost"}
	for _, c := range rows {
		row := want[c.ID]
		if c.Name != row.text("name") || c.Email != row.text("client_email") || c.Phone != row.text("client_phone") || c.City != row.text("city") ||
			c.Status != status[row.text("suspended")] || c.Created.Format("2006-01-02T15:04:05") != row.text("created") {
			t.Errorf("got %+v, want %v", c, row)
		}
	}
}

func checkTags(t *testing.T, client *mainwp.Client, rec recording) {
	tags, err := client.Tags(t.Context())
	if bytes.HasPrefix(rec.body, []byte("[")) {
		if mainwp.KindOf(err) != mainwp.KindShape {
			t.Fatalf("a bare list gave %v, want KindShape", err)
		}
		return
	}
	must(t, err)
	want := plain(t, rec.body).rows()
	if len(tags) != len(want) {
		t.Fatalf("got %d tags, want %d", len(tags), len(want))
	}
	for _, tag := range tags {
		row := want[tag.ID]
		if tag.Name != row.text("name") || tag.Color != row.text("color") || int64(len(tag.Sites)) != row.number("count_sites") {
			t.Errorf("got %+v, want %v", tag, row)
		}
	}
}

func checkCosts(t *testing.T, client *mainwp.Client, rec recording) {
	costs, err := client.Costs(t.Context())
	must(t, err)
	want := plain(t, rec.body).rows()
	if len(costs) != len(want) {
		t.Fatalf("got %d costs, want %d", len(costs), len(want))
	}
	for _, c := range costs {
		row := want[c.ID]
		if c.Name != row.text("name") || c.RenewalType != row.text("renewal_type") || c.NextRenewal.Format(time.DateTime) != row.text("next_renewal") {
			t.Errorf("got %+v, want %v", c, row)
		}
		if c.Price+"000000" != row.text("price") || len(c.Sites) != strings.Count(row.text("sites"), ",")+1 {
			t.Errorf("got price %s sites %v, want %v %v", c.Price, c.Sites, row["price"], row["sites"])
		}
	}
}

func checkMonitors(t *testing.T, client *mainwp.Client, rec recording) {
	rows, last, err := client.Monitors(t.Context(), 1, 1000)
	must(t, err)
	want := plain(t, rec.body).rows()
	delete(want, 0) // sites without a monitor
	if len(rows) != len(want) || !last {
		t.Fatalf("got %d rows, last %v; want %d, true", len(rows), last, len(want))
	}
	for _, m := range rows {
		row := want[m.ID]
		if m.URL != row.text("url") || m.LastStatus != row.text("last_status") || m.Type != row.text("type") || m.CheckFrequency != row.text("check_frequency") {
			t.Errorf("got %+v, want %v", m, row)
		}
		every, _ := time.ParseDuration(row.text("check_frequency"))
		if m.CheckEvery != every || *m.Ratio30d != row["uptime_ratio_30d"] || int64(m.Incidents30d) != row.number("incidents_count_30d") {
			t.Errorf("got every %v ratio %v incidents %d, want %v", m.CheckEvery, *m.Ratio30d, m.Incidents30d, row)
		}
		checked := ""
		if !m.LastCheck.IsZero() {
			checked = m.LastCheck.Format(time.DateTime)
		}
		if checked != row.text("last_check_at") || (m.LastCode == nil) != (row.text("last_status_code") == "") {
			t.Errorf("got last check %s code %v, want %v %v", checked, m.LastCode, row["last_check_at"], row["last_status_code"])
		}
		hours, _ := row["uptime_24h"].([]any)
		if len(m.Hours) != len(hours) {
			t.Fatalf("got %d hours, want %d", len(m.Hours), len(hours))
		}
		for i, v := range hours {
			hour := object(v.(map[string]any))
			if m.Hours[i].At.Unix() != hour.number("timestamp") || m.Hours[i].Up != (hour.number("status") == 1) {
				t.Errorf("hour %d: got %+v, want %v", i, m.Hours[i], hour)
			}
		}
	}
}

func checkMonitorsBasic(t *testing.T, client *mainwp.Client, rec recording) {
	rows, err := client.MonitorsBasic(t.Context())
	must(t, err)
	want := plain(t, rec.body).rows()
	delete(want, 0)
	if len(rows) != len(want) {
		t.Fatalf("got %d rows, want %d", len(rows), len(want))
	}
	for _, m := range rows {
		if row := want[m.ID]; m.URL != row.text("url") || m.LastStatus != row.text("last_status") {
			t.Errorf("got %+v, want %v", m, row)
		}
	}
}

func checkHeartbeats(t *testing.T, client *mainwp.Client, rec recording) {
	beats, err := client.Heartbeats(t.Context(), 1, time.Time{})
	must(t, err)
	sent, _ := plain(t, rec.body)["data"].([]any)
	if len(beats) != len(sent) {
		t.Fatalf("got %d heartbeats, want %d", len(beats), len(sent))
	}
	counts := map[string]int{}
	for i, beat := range beats {
		counts[beat.Status]++
		if i > 0 && beat.At.Before(beats[i-1].At) {
			t.Errorf("heartbeat %d at %v is older than the one before it", i, beat.At)
		}
	}
	names := map[float64]string{0: "down", 1: "up", 2: "pending"}
	for _, v := range sent {
		counts[names[v.(map[string]any)["status"].(float64)]]--
	}
	for status, n := range counts {
		if n != 0 {
			t.Errorf("%d heartbeats too many are %s", n, status)
		}
	}
	if newest := object(sent[0].(map[string]any)); beats[len(beats)-1].At.Format(time.RFC3339) != newest.text("time") {
		t.Errorf("the last heartbeat is %v, want %s", beats[len(beats)-1].At, newest.text("time"))
	}
}

func checkIncidents(t *testing.T, client *mainwp.Client, rec recording) {
	incidents, err := client.Incidents(t.Context(), 1)
	must(t, err)
	sent, _ := plain(t, rec.body)["data"].([]any)
	if len(incidents) != len(sent) {
		t.Fatalf("got %d incidents, want %d", len(incidents), len(sent))
	}
	for i, incident := range incidents {
		row := object(sent[len(sent)-1-i].(map[string]any))
		if incident.StartedAt.Format(time.RFC3339) != row.text("started_at") || incident.Duration != time.Duration(row.number("duration_sec"))*time.Second ||
			incident.EndedAt.Sub(incident.StartedAt) != incident.Duration {
			t.Errorf("got %+v, want %v", incident, row)
		}
	}
}

func checkChanges(t *testing.T, client *mainwp.Client, rec recording) {
	changes, err := client.Changes(t.Context(), 1, 1, 50)
	must(t, err)
	sent, _ := plain(t, rec.body)["data"].([]any)
	if len(changes) != len(sent) {
		t.Fatalf("got %d changes, want %d", len(changes), len(sent))
	}
	for i, c := range changes {
		row := object(sent[i].(map[string]any))
		if c.At.Unix() != row.number("created") || c.LogID != max(row.number("log_id"), row.number("action_id")) || c.LogID == 0 {
			t.Errorf("got change %d at %v, want %v", c.LogID, c.At, row)
		}
		// All recorded changes are plugins that the user admin switched off or on.
		if c.Action != strings.TrimSuffix(row.text("action"), "d") || c.Context != "plugin" || c.User != "admin" || !strings.HasSuffix(c.Slug, ".php") || !strings.HasPrefix(c.Name, "Lab ") {
			t.Errorf("got %+v", c)
		}
	}
}

func checkKeys(t *testing.T, client *mainwp.Client, _ recording) {
	keys, err := client.Keys(t.Context())
	must(t, err)
	want := map[string][2]bool{ // by description: read, write
		"lab RW": {true, true}, "lab RO": {true, false}, "lab WO": {false, true}, "lab DEL": {false, true}, "lab DIS": {true, true}, "by api": {true, false},
	}
	if len(keys) == 0 {
		t.Fatal("no keys")
	}
	for _, key := range keys {
		right, ok := want[key.Description]
		if !ok {
			continue
		}
		if key.Read != right[0] || key.Write != right[1] || len(key.TruncatedKey) != 7 || key.Active != (key.Description != "lab DIS") {
			t.Errorf("got %+v, want read and write %v", key, right)
		}
		if (key.ID == "") != (key.Version == "v1") {
			t.Errorf("key of API %s has id %q", key.Version, key.ID)
		}
	}
}

func checkIndex(t *testing.T, client *mainwp.Client, rec recording) {
	// The routes come from another request, which this answer does not fit.
	index, err := client.Index(t.Context())
	if mainwp.KindOf(err) != mainwp.KindShape {
		t.Errorf("got %v for the routes, want KindShape", err)
	}
	want := plain(t, rec.body)
	if index.Name != want.text("name") || index.TimeZone != want.text("timezone_string") || index.GMTOffset != want["gmt_offset"] || len(index.Namespaces) != len(want["namespaces"].([]any)) {
		t.Errorf("got %+v, want %v", index, want)
	}
}

func checkRoutes(t *testing.T, _ *mainwp.Client, rec recording) {
	client := dashboard(t, map[string]page{"/wp-json/": {200, load(t, "namespaces.json")}, "/wp-json/mainwp/v2": {200, rec.body}})
	index, err := client.Index(t.Context())
	must(t, err)
	if len(index.Routes) != 144 {
		t.Errorf("got %d routes, want 144", len(index.Routes))
	}
}
