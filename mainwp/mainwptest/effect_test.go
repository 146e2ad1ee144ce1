package mainwptest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const akismetSlug = "akismet/akismet.php"

// send posts a write with a time limit; err is that of the connection.
func send(d *Dashboard, limit time.Duration, path, body string) (status int, answer string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", "https://dash.example/wp-json/mainwp/v2"+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+d.Token())
	res, err := Transport(map[string]*Dashboard{"dash.example": d}).RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

func update(d *Dashboard, limit time.Duration) (int, string, error) {
	return send(d, limit, "/updates/1/update/plugins", `{"slug":"`+akismetSlug+`"}`)
}

func installed(d *Dashboard) string {
	s := d.Site(1)
	return s.Child.version(Plugins, akismetSlug)
}

func pendingDashboard() *Dashboard {
	d := New(Config{Personality: V61WP69, Seed: 7, Sites: 40})
	pending(d)
	return d
}

func TestOutcomesOfUpdates(t *testing.T) {
	for name, c := range map[string]struct {
		effect  Effect
		answer  string
		changed bool
	}{
		"done":        {Effect{}, `"akismet\/akismet.php":{"success":1,`, true},
		"unchanged":   {Effect{Outcome: Unchanged}, `"akismet\/akismet.php":{"success":1,`, false},
		"nothing":     {Effect{Outcome: Nothing}, `{"success":1,"data":[]}`, false},
		"failed":      {Effect{Outcome: Failed, Reason: "Disk <full>"}, `"akismet%2Fakismet.php":{"success":0,"error":"Disk &lt;full&gt;"},"akismet\/akismet.php":{"success":0,`, false},
		"rolled back": {Effect{Outcome: RolledBack}, `"akismet\/akismet.php":{"success":0,`, false},
		"queued":      {Effect{Outcome: Queued, Takes: time.Minute}, `"job_id":"update_`, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := pendingDashboard()
				before := installed(d)
				d.OnUpdate(1, akismetSlug, c.effect)
				status, answer, err := update(d, time.Hour)
				if err != nil || status != 200 || !strings.Contains(answer, c.answer) {
					t.Errorf("%d %s %v", status, answer, err)
				}
				if c.effect.Outcome == Queued && installed(d) != before {
					t.Error("the work was done at once")
				}
				time.Sleep(2 * time.Minute)
				if changed := installed(d) != before; changed != c.changed {
					t.Errorf("version %s, before %s", installed(d), before)
				}
				d.Sync(1)
				marked := strings.Contains(get(t, d, "/updates/1"), "rollback_plugins")
				if marked != (c.effect.Outcome == RolledBack) {
					t.Errorf("marked as rolled back: %v", marked)
				}
			})
		})
	}
}

func TestOutcomesOfCore(t *testing.T) {
	for name, c := range map[string]struct {
		effect  Effect
		answer  string
		changed bool
	}{
		"done":      {Effect{}, `"data":{"old_version":"6.9.4"`, true},
		"unchanged": {Effect{Outcome: Unchanged}, `"data":{"old_version":"6.9.4"`, false},
		"nothing":   {Effect{Outcome: Nothing}, `{"success":1,"message":"WordPress was updated to the latest version."}`, false},
		"failed":    {Effect{Outcome: Failed}, `{"success":0}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := pendingDashboard()
			d.OnUpdate(1, "", c.effect)
			_, answer, err := send(d, time.Minute, "/updates/1/update/wp", "{}")
			if err != nil || !strings.Contains(answer, c.answer) {
				t.Errorf("%s %v", answer, err)
			}
			if changed := d.Site(1).Child.WPVersion != "6.9.4"; changed != c.changed {
				t.Errorf("changed: %v", changed)
			}
		})
	}
}

// Whatever becomes of the connection, the work starts with the request and ends when it ends.
func TestWorkOutlivesTheConnection(t *testing.T) {
	type seen struct {
		Status   int
		Err      string
		Waited   time.Duration
		Early    bool // done when the connection ended
		Work     time.Duration
		Answered bool
	}
	const work, limit = 10 * time.Minute, 15 * time.Minute
	for name, c := range map[string]struct {
		effect Effect
		limit  time.Duration
		want   seen
	}{
		"answered":       {Effect{Takes: work}, limit, seen{Status: 200, Waited: work, Early: true, Work: work, Answered: true}},
		"timed out":      {Effect{Takes: work}, time.Minute, seen{Err: "deadline", Waited: time.Minute, Work: work}},
		"cut before":     {Effect{Takes: work, Delivery: Cut, After: time.Second}, limit, seen{Err: "reset", Waited: time.Second, Work: work}},
		"cut after":      {Effect{Takes: work, Delivery: Cut}, limit, seen{Err: "reset", Waited: work, Early: true, Work: work}},
		"proxy":          {Effect{Takes: work, Delivery: ProxyTimeout, After: time.Minute}, limit, seen{Status: 504, Waited: time.Minute, Work: work}},
		"cut at once":    {Effect{Delivery: Cut}, limit, seen{Err: "reset", Early: true}},
		"proxy too late": {Effect{Takes: work, Delivery: ProxyTimeout, After: 12 * time.Minute}, limit, seen{Status: 200, Waited: work, Early: true, Work: work, Answered: true}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := pendingDashboard()
				before := installed(d)
				d.OnUpdate(1, akismetSlug, c.effect)
				start := time.Now()
				status, _, err := update(d, c.limit)
				got := seen{Status: status, Waited: time.Since(start), Early: installed(d) != before}
				switch {
				case errors.Is(err, context.DeadlineExceeded):
					got.Err = "deadline"
				case errors.Is(err, syscall.ECONNRESET):
					got.Err = "reset"
				case err != nil:
					got.Err = err.Error()
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				w := d.Updates()[0]
				got.Work, got.Answered = w.Ended.Sub(w.Started), w.Answered
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
				if installed(d) == before {
					t.Error("the work was lost")
				}
			})
		})
	}
}

// Over real connections the work goes on just so when the client has gone.
func TestWorkOutlivesASocket(t *testing.T) {
	d := pendingDashboard()
	before := installed(d)
	d.OnUpdate(1, akismetSlug, Effect{Takes: 50 * time.Millisecond})
	server := httptest.NewServer(d)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/wp-json/mainwp/v2/updates/1/update/plugins", strings.NewReader(`{"slug":"`+akismetSlug+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+d.Token())
	gone := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(r)
		gone <- err
	}()
	for len(d.Writes()) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-gone; err == nil {
		t.Fatal("the request was answered though its client left")
	}
	for d.Writes()[0].open() {
		runtime.Gosched()
	}
	if installed(d) == before || d.Writes()[0].Answered {
		t.Errorf("version %s, %+v", installed(d), d.Writes()[0])
	}
}

func TestScriptsGoOn(t *testing.T) {
	d := pendingDashboard()
	d.OnUpdate(1, akismetSlug, Effect{Outcome: Failed, Reason: "Busy."}, Effect{})
	_, first, _ := update(d, time.Minute)
	_, second, _ := update(d, time.Minute)
	if !strings.Contains(first, "Busy.") || strings.Contains(second, `"success":0`) {
		t.Errorf("first %s\nsecond %s", first, second)
	}
}

func TestStoppedDashboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := pendingDashboard()
		before := installed(d)
		d.OnUpdate(1, akismetSlug, Effect{Takes: time.Minute})
		time.AfterFunc(time.Second, d.Stop)
		if _, _, err := update(d, time.Hour); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("in use: %v", err)
		}
		if _, _, err := update(d, time.Hour); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while stopped: %v", err)
		}
		time.Sleep(2 * time.Minute)
		d.Start()
		if _, _, err := send(d, time.Hour, "/sites/1/sync", "{}"); err != nil || installed(d) == before {
			t.Errorf("back: %v, version %s", err, installed(d))
		}
	})
}

func TestKeyLosesItsRights(t *testing.T) {
	d := pendingDashboard()
	d.SetKey(true, false)
	status, answer, _ := update(d, time.Minute)
	if status != 401 || !strings.Contains(answer, "write permissions") || len(d.Writes()) != 0 {
		t.Errorf("read only: %d %s, %v", status, answer, d.Writes())
	}
	d.SetKey(false, false)
	if status, answer, _ := update(d, time.Minute); status != 401 || !strings.Contains(answer, "disabled") {
		t.Errorf("revoked: %d %s", status, answer)
	}
	d.SetKey(true, true)
	if status, _, _ := update(d, time.Minute); status != 200 {
		t.Errorf("given back: %d", status)
	}
}

func TestFaultsSkipTheFirst(t *testing.T) {
	d := pendingDashboard()
	d.SetFaults(Faults{Status: 401, OnlyPath: "/update/", Skip: 1, Times: 1})
	var got []int
	for range 3 {
		status, _, _ := update(d, time.Minute)
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{200, 401, 200}, got); diff != "" {
		t.Error(diff)
	}
	if len(d.Writes()) != 2 {
		t.Errorf("%d writes", len(d.Writes()))
	}
}
