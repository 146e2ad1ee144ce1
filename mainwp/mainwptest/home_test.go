package mainwptest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func home(t *testing.T, d *Dashboard, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: Transport(map[string]*Dashboard{"dash.example": d})}
	res, err := client.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	return res.StatusCode, string(readAll(t, res))
}

func TestHomePages(t *testing.T) {
	d := pendingDashboard()
	id := d.AddSite("https://shop.example")
	d.EditSite(id, func(s *Site) { s.Name = "Shop & Sons" })
	if status, body := home(t, d, "https://www.shop.example/"); status != 200 || !strings.Contains(body, "<title>Shop &amp; Sons</title>") {
		t.Errorf("well: %d %s", status, body)
	}
	d.SetDown(id, true)
	if status, body := home(t, d, "https://shop.example/"); status != 0 {
		t.Errorf("down: %d %s", status, body)
	}
	if status, body := home(t, d, "https://other.example/"); status != 0 {
		t.Errorf("not a site: %d %s", status, body)
	}
}

func TestUpdateBreaksAHomePage(t *testing.T) {
	d := pendingDashboard()
	url := d.Site(1).URL
	d.OnUpdate(1, akismetSlug, Effect{Home: &Home{Status: 500, Title: "Error"}})
	if status, _ := home(t, d, url); status != 200 {
		t.Errorf("before: %d", status)
	}
	if _, _, err := update(d, time.Minute); err != nil {
		t.Fatal(err)
	}
	if status, body := home(t, d, url); status != 500 || !strings.Contains(body, "<title>Error</title>") {
		t.Errorf("after: %d %s", status, body)
	}
}

// One server can hold a Dashboard and the home pages of its sites, told apart by path.
func TestHomePagesOverSockets(t *testing.T) {
	d := pendingDashboard()
	server := httptest.NewServer(d)
	defer server.Close()
	d.AddSite(server.URL + "/site1/")
	for path, want := range map[string]int{"/site1/": 200, "/site2/": 404, "/wp-json/": 200} {
		res, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestUnknownThemeWhitensASite(t *testing.T) {
	d := pendingDashboard()
	_, answer, _ := send(d, time.Minute, "/sites/1/themes/activate", `{"slug":"nope"}`)
	if success(t, answer) != 1 {
		t.Errorf("activate: %s", answer)
	}
	if status, body := home(t, d, d.Site(1).URL); status != 200 || body != "" {
		t.Errorf("%d %q", status, body)
	}
	if _, body := ask(t, d, "DELETE", v2+"/sites/1/themes/delete?slug=astra", "", ""); success(t, string(body)) != 1 {
		t.Errorf("the theme that was active cannot be deleted: %s", body)
	}
}
