package mainwptest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTransportInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Personality: V61WP69, Seed: 3, Sites: 5})
		client := &http.Client{Transport: Transport(map[string]*Dashboard{"dash.example": d}), Timeout: 30 * time.Second}
		try := func(f Faults, host string) (time.Duration, error) {
			d.SetFaults(f)
			start := time.Now()
			res, err := client.Get("https://" + host + "/wp-json/")
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			return time.Since(start), err
		}
		if took, err := try(Faults{Delay: 5 * time.Second}, "dash.example"); err != nil || took != 5*time.Second {
			t.Errorf("slow: %v, %v", took, err)
		}
		var timeout net.Error
		if took, err := try(Faults{Hang: true}, "dash.example"); took != 30*time.Second || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("hang: %v, %v", took, err)
		}
		var dial *net.OpError
		if _, err := try(Faults{Down: true}, "dash.example"); !errors.As(err, &dial) || dial.Op != "dial" {
			t.Errorf("down: %v", err)
		}
		var dns *net.DNSError
		if _, err := try(Faults{}, "nowhere.example"); !errors.As(err, &dns) {
			t.Errorf("unknown host: %v", err)
		}
		if _, err := try(Faults{HalfPage: true}, "dash.example"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("half a page: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, _ := http.NewRequestWithContext(ctx, "GET", "https://dash.example/wp-json/", nil)
		if _, err := client.Do(r); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

func TestFaults(t *testing.T) {
	list := v2 + "/sites?exclude=999999999&page=1&paged=1&per_page=10"
	for name, c := range map[string]struct {
		f      Faults
		path   string
		status int
		body   string
	}{
		"503":                 {Faults{Status: 503}, list, 503, "<!DOCTYPE html>"},
		"401":                 {Faults{Status: 401}, list, 401, `{"code":"mainwp_rest_authentication_disabled_key"`},
		"firewall":            {Faults{HTML: true}, list, 200, "<!DOCTYPE html>"},
		"notice":              {Faults{Junk: "Notice: x\n"}, v2 + "/sites/count", 200, "Notice: x\n" + `{"count":60}`},
		"shrunk":              {Faults{Shrink: 4}, v2 + "/sites/count", 200, `{"count":4}`},
		"empty":               {Faults{Empty: true}, list, 200, `{"success":1,"total":0,"data":[]}`},
		"plain permalinks":    {Faults{PlainPermalinks: true}, list, 404, "<!DOCTYPE html>"},
		"v1 only":             {Faults{V1Only: true}, v2 + "/sites/count", 404, `{"code":"rest_no_route"`},
		"v1 only, index":      {Faults{V1Only: true}, "/?_fields=namespaces", 200, `{"namespaces":["oembed\/1.0","mainwp\/v1","wp\/v2"`},
		"no administrator":    {Faults{NoAdmin: true}, v2 + "/sites/1", 500, `{"code":"ability_invalid_permissions"`},
		"list without rights": {Faults{NoAdmin: true}, v2 + "/sites/count", 200, `{"count":60}`},
		"another path":        {Faults{Status: 500, OnlyPath: "/monitors"}, v2 + "/sites/count", 200, `{"count":60}`},
		"redirect":            {Faults{Redirect: "https://www.dash.example"}, v2 + "/sites/count", 301, "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			d := small(V61WP69)
			d.SetFaults(c.f)
			status, body := ask(t, d, "GET", c.path, "", "")
			if status != c.status || !strings.HasPrefix(string(body), c.body) {
				t.Errorf("status %d, body %.120s", status, body)
			}
		})
	}
}

func TestFaultsEndAfterTimes(t *testing.T) {
	d := small(V61WP69)
	d.SetFaults(Faults{Status: 500, Times: 2, OnlyPath: "/count"})
	var got []int
	for _, path := range []string{"/sites/count", "/tags", "/sites/count", "/sites/count"} {
		status, _ := ask(t, d, "GET", v2+path, "", "")
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{500, 200, 500, 200}, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadOnlyFaultShowsInKeys(t *testing.T) {
	d := small(V61WP69)
	d.SetFaults(Faults{ReadOnly: true})
	status, _ := ask(t, d, "POST", v2+"/sites/1/sync", "{}", "")
	if status != 401 {
		t.Errorf("write: status %d", status)
	}
	if strings.Contains(get(t, d, "/rest-api/keys"), "Write &amp;") {
		t.Error("the key still shows the right to write")
	}
}

func TestSitesLeaveBetweenPages(t *testing.T) {
	d := small(V61WP69)
	first := d.order[0]
	d.SetFaults(Faults{RemoveAfterPage: map[int][]int64{1: {first}}})
	page1 := get(t, d, "/sites?exclude=999999999&page=1&paged=1&per_page=30")
	page2 := get(t, d, "/sites?exclude=999999999&page=2&paged=2&per_page=30")
	if !strings.Contains(page1, `{"id":"`+itoa(first)+`",`) {
		t.Error("the site left too early")
	}
	var a struct{ Data []siteRow }
	decode(t, page2, &a)
	if len(a.Data) != 29 || strings.Contains(get(t, d, "/sites/basic"), `"id":"`+itoa(first)+`",`) {
		t.Errorf("page 2 has %d rows", len(a.Data))
	}
}

func TestDownOverSockets(t *testing.T) {
	d := small(V61WP69)
	server := httptest.NewUnstartedServer(d)
	server.Config.ErrorLog = nil
	server.Start()
	defer server.Close()
	d.SetFaults(Faults{Down: true})
	if _, err := http.Get(server.URL + "/wp-json/"); err == nil {
		t.Error("a Dashboard that is down answered")
	}
	d.SetFaults(Faults{HalfPage: true})
	res, err := http.Get(server.URL + "/wp-json/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a page: %v", err)
	}
}
