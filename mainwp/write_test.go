package mainwp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/mainwp"
)

// wire is a client whose requests are kept and answered with reply.
func wire(t *testing.T, cred mainwp.Credential, reply string) (*mainwp.Client, *sent) {
	t.Helper()
	var got sent
	return mainwp.New("https://dash.example", cred, mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		path := strings.TrimPrefix(r.URL.String(), "https://dash.example/wp-json/mainwp/v2")
		got = sent{Method: r.Method, URL: path, Type: r.Header.Get("Content-Type"), Body: string(body)}
		return answer(200, []byte(reply)), nil
	})}), &got
}

// writes are one call of each form.
func writes() map[string]func(context.Context, *mainwp.Client) error {
	ok := true
	name := "Harbor & Hotel"
	return map[string]func(context.Context, *mainwp.Client) error{
		"update": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.Update(ctx, 4, mainwp.UpdatePlugins, "a/b.php")
			return err
		},
		"update, odd slug": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.Update(ctx, 4, mainwp.UpdateThemes, "my theme,2")
			return err
		},
		"update WordPress": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.Update(ctx, 4, mainwp.UpdateWP, "")
			return err
		},
		"ignore": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.IgnoreItem(ctx, 4, mainwp.UpdatePlugins, "a/b.php", "A B")
			return err
		},
		"ignore kind": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.IgnoreKind(ctx, 4, mainwp.UpdateThemes)
			return err
		},
		"delete plugin": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.DeletePlugin(ctx, 4, "a/b.php")
			return err
		},
		"edit site": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.EditSite(ctx, 4, mainwp.SiteEdit{ClientID: 9, Name: &name, Tags: []int64{1, 2}, IgnorePlugins: &ok})
			return err
		},
		"edit site, no client": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.EditSite(ctx, 4, mainwp.SiteEdit{})
			return err
		},
		"add client": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.AddClient(ctx, mainwp.ClientEdit{Name: "A", City: "Oslo", Sites: []int64{3, 4}})
			return err
		},
		"remove tag": func(ctx context.Context, c *mainwp.Client) error { _, err := c.RemoveTag(ctx, 5); return err },
		"add site": func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.AddSite(ctx, mainwp.NewSite{URL: "https://site.example", Name: "S", Admin: "root", Password: mainwp.NewSecret("p&w"),
				UniqueID: "u1", VerifyCertificate: &ok, Tags: []int64{7}, ClientID: 9})
			return err
		},
	}
}

func TestWritesOnTheWire(t *testing.T) {
	const pair = "oauth_mainwp_ck=ck_" + testKey + "&oauth_mainwp_cs=cs_" + testSecret
	tests := map[string]struct {
		method, path, json, form string
	}{
		"update":               {"POST", "/updates/4/update/plugins", `{"slug":"a/b.php"}`, "slug=a/b.php"},
		"update, odd slug":     {"POST", "/updates/4/update/themes", `{"slug":["my theme,2"]}`, "slug[]=my theme,2"},
		"update WordPress":     {"POST", "/updates/4/update/wp", `{}`, ""},
		"ignore":               {"POST", "/updates/4/ignore/plugins", `{"slug":{"a/b.php":"A B"}}`, "slug[a/b.php]=A B"},
		"ignore kind":          {"POST", "/updates/4/ignore/themes", `{}`, ""},
		"delete plugin":        {"DELETE", "/sites/4/plugins/delete?slug=a%2Fb.php", `{}`, ""},
		"edit site":            {"POST", "/sites/4/edit", `{"client_id":9,"groupids":"1,2","ignore_plugin_updates":1,"name":"Harbor & Hotel"}`, "client_id=9&groupids=1,2&ignore_plugin_updates=1&name=Harbor %26 Hotel"},
		"edit site, no client": {"POST", "/sites/4/edit", `{"client_id":0}`, "client_id=0"},
		"add client":           {"POST", "/clients/add", `{"city":"Oslo","name":"A","selected_sites":[3,4]}`, "city=Oslo&name=A&selected_sites[]=3&selected_sites[]=4"},
		"remove tag":           {"DELETE", "/tags/5/remove", `{}`, ""},
		"add site": {"POST", "/sites/add",
			`{"admin":"root","adminname":"root","adminpassword":"p&w","client_id":9,"groupids":"7","name":"S","ssl_verify":1,"uniqueid":"u1","url":"https://site.example"}`,
			"admin=root&adminname=root&adminpassword=p%26w&client_id=9&groupids=7&name=S&ssl_verify=1&uniqueid=u1&url=https://site.example"},
	}
	calls := writes()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			const reply = `{"success":1,"data":{"id":"8"}}`
			client, got := wire(t, bearer(t), reply)
			must(t, calls[name](t.Context(), client))
			if got.Method != tt.method || got.URL != tt.path || got.Type != "application/json" || !sameJSON(t, got.Body, tt.json) {
				t.Errorf("got %+v, want %+v", *got, tt)
			}
			client, got = wire(t, bearer(t).With(mainwp.KindQuery), reply)
			must(t, calls[name](t.Context(), client))
			// PHP reads a form only with a POST: with DELETE the pair is in the address.
			path, query, _ := strings.Cut(got.URL, "?")
			wantPath, wantQuery, _ := strings.Cut(tt.path, "?")
			wantForm := tt.form
			if tt.method == "POST" {
				wantForm = strings.TrimPrefix(wantForm+"&"+pair, "&")
			} else {
				wantQuery = strings.TrimPrefix(wantQuery+"&"+pair, "&")
			}
			if got.Method != tt.method || path != wantPath || !sameForm(t, query, wantQuery) || !sameForm(t, got.Body, wantForm) || got.Type != "application/x-www-form-urlencoded" {
				t.Errorf("with the pair in the form: got %+v, want %s?%s with %q", *got, wantPath, wantQuery, wantForm)
			}
		})
	}
}

func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var a, b any
	must(t, json.Unmarshal([]byte(got), &a))
	must(t, json.Unmarshal([]byte(want), &b))
	return cmp.Equal(a, b)
}

func sameForm(t *testing.T, got, want string) bool {
	t.Helper()
	a, err := url.ParseQuery(got)
	must(t, err)
	b, err := url.ParseQuery(want)
	must(t, err)
	return cmp.Equal(a, b)
}

// TestWriteOutcomes tells apart what is known after an answer that is no JSON.
func TestWriteOutcomes(t *testing.T) {
	page := "<html><title>Just a moment</title><p>one &amp; two</p></html>"
	tests := []struct {
		status int
		body   string
		want   mainwp.Kind
		raw    string
	}{
		{403, page, mainwp.KindBlocked, "Just a moment one & two"},
		{429, page, mainwp.KindBlocked, "Just a moment one & two"},
		{200, page, mainwp.KindTransport, "Just a moment one & two"},
		{200, "", mainwp.KindTransport, ""},
		{200, "Allowed memory size exhausted", mainwp.KindTransport, "Allowed memory size exhausted"},
		{200, `{"success":1,"data":{"a/b.php":{"succ`, mainwp.KindTransport, `{"success":1,"data":{"a/b.php":{"succ`},
		{500, "", mainwp.KindTransport, ""},
		{502, page, mainwp.KindTransport, "Just a moment one & two"},
		{503, page, mainwp.KindTransport, "Just a moment one & two"},
		{524, page, mainwp.KindTransport, "Just a moment one & two"},
		{500, `{"code":"internal_server_error","message":"<p>Critical</p>","data":{"status":500}}`, mainwp.KindApplication, `{"code":"internal_server_error","message":"<p>Critical</p>","data":{"status":500}}`},
		{500, `{"code":"mainwp_rest_upgrade_plugins_of_site_error","message":"HTTPERROR","data":null}`, mainwp.KindRemote, `{"code":"mainwp_rest_upgrade_plugins_of_site_error","message":"HTTPERROR","data":null}`},
		{401, `{"code":"mainwp_rest_authentication_error","message":"no"}`, mainwp.KindCredentials, `{"code":"mainwp_rest_authentication_error","message":"no"}`},
		{200, `{"message":"?"}`, mainwp.KindShape, `{"message":"?"}`},
		{200, `[]`, mainwp.KindShape, `[]`},
		{200, `{"success":1,"data":{"a/b.php":"?"}}`, mainwp.KindShape, `{"success":1,"data":{"a/b.php":"?"}}`},
	}
	for _, tt := range tests {
		_, err := replay(t, tt.status, []byte(tt.body)).Update(t.Context(), 1, mainwp.UpdatePlugins, "a/b.php")
		if e := asError(t, err); e.Kind != tt.want || e.Raw != tt.raw || e.NotSent() || e.Status != tt.status {
			t.Errorf("%d %s: got %s with %q, want %s with %q", tt.status, tt.body, e.Kind, e.Raw, tt.want, tt.raw)
		}
	}
}

func TestUpdateAnswers(t *testing.T) {
	tests := map[string]struct {
		kind mainwp.UpdateKind
		body string
		want mainwp.Updated
	}{
		"job":                    {mainwp.UpdatePlugins, `{"success":1,"message":"Queued","job_id":"update_1"}`, mainwp.Updated{Queued: true, JobID: "update_1", Message: "Queued"}},
		"success 0 with items":   {mainwp.UpdatePlugins, `{"success":0,"data":{"a\/b.php":{"success":1,"version":"2"}}}`, mainwp.Updated{Done: true, Version: "2"}},
		"success 0, other items": {mainwp.UpdatePlugins, `{"success":0,"data":{"c\/d.php":{"success":1}}}`, mainwp.Updated{Failed: true}},
		"reason as HTML":         {mainwp.UpdatePlugins, `{"success":1,"data":{"a%2Fb.php":{"success":0,"error":"Can&#039;t <b>copy</b> from https:\/\/shop.example\/p.zip?licence=123&u=4"},"a\/b.php":{"success":1}}}`, mainwp.Updated{Failed: true, Failure: "Can't copy from https://shop.example/p.zip?REDACTED"}},
		"data null":              {mainwp.UpdateThemes, `{"success":1,"data":null}`, mainwp.Updated{Nothing: true}},
		"WordPress refused":      {mainwp.UpdateWP, `{"success":0}`, mainwp.Updated{Failed: true}},
		"WordPress with reason":  {mainwp.UpdateWP, `{"success":0,"error":"Disk &amp; all"}`, mainwp.Updated{Failed: true, Failure: "Disk & all"}},
		"WordPress, empty data":  {mainwp.UpdateWP, `{"success":1,"data":[]}`, mainwp.Updated{Nothing: true}},
	}
	for name, tt := range tests {
		got, err := replay(t, 200, []byte(tt.body)).Update(t.Context(), 1, tt.kind, "a/b.php")
		must(t, err)
		got.Answer = mainwp.Answer{}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestThemeActions reads an object where plugins have a list.
func TestThemeActions(t *testing.T) {
	got, err := replay(t, 200, []byte(`{"success":1,"data":{"error":{"is_activated_theme":"x"}}}`)).DeleteTheme(t.Context(), 1, "a")
	must(t, err)
	if got.Success || got.Failure != `{"is_activated_theme":"x"}` {
		t.Errorf("got %+v, want a failure", got)
	}
}

// TestWriteTimeouts lets a Dashboard hang: each write ends at its own time.
func TestWriteTimeouts(t *testing.T) {
	tests := map[string]struct {
		call func(context.Context, *mainwp.Client) error
		want time.Duration
	}{
		"plugin": {func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.Update(ctx, 1, mainwp.UpdatePlugins, "a")
			return err
		}, 15 * time.Minute},
		"WordPress": {func(ctx context.Context, c *mainwp.Client) error {
			_, err := c.Update(ctx, 1, mainwp.UpdateWP, "")
			return err
		}, 30 * time.Minute},
		"plugin action": {func(ctx context.Context, c *mainwp.Client) error { _, err := c.ActivatePlugin(ctx, 1, "a"); return err }, 5 * time.Minute},
		"edit":          {func(ctx context.Context, c *mainwp.Client) error { _, err := c.SuspendSite(ctx, 1); return err }, 30 * time.Second},
	}
	for name, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})})
			start := time.Now()
			err := tt.call(t.Context(), client)
			if e := asError(t, err); !e.Timeout || e.Kind != mainwp.KindTransport || time.Since(start) != tt.want {
				t.Errorf("%s: got %v after %v, want %v", name, e, time.Since(start), tt.want)
			}
		})
	}
}

// TestRefusedBeforeSending has the things that MainWP would do wrong.
func TestRefusedBeforeSending(t *testing.T) {
	empty := ""
	client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent", r.Method, r.URL)
		return nil, io.EOF
	})})
	ctx := t.Context()
	tests := map[string]func() error{
		"no slug":          func() error { _, err := client.Update(ctx, 1, mainwp.UpdatePlugins, ""); return err },
		"no plugin":        func() error { _, err := client.DeletePlugin(ctx, 1, ""); return err },
		"no tags":          func() error { _, err := client.EditSite(ctx, 1, mainwp.SiteEdit{Tags: []int64{}}); return err },
		"no name":          func() error { _, err := client.EditSite(ctx, 1, mainwp.SiteEdit{Name: &empty}); return err },
		"ignore core item": func() error { _, err := client.IgnoreItem(ctx, 1, mainwp.UpdateWP, "a", "A"); return err },
		"translations":     func() error { _, err := client.IgnoreKind(ctx, 1, mainwp.UpdateTranslations); return err },
		"no sites":         func() error { _, err := client.EditClient(ctx, 1, mainwp.ClientEdit{Sites: []int64{}}); return err },
		"nameless tag":     func() error { _, err := client.EditTag(ctx, 1, "", "#000000"); return err },
		"nameless client":  func() error { _, err := client.AddClient(ctx, mainwp.ClientEdit{}); return err },
		"no address":       func() error { _, err := client.AddSite(ctx, mainwp.NewSite{Admin: "root"}); return err },
	}
	for name, call := range tests {
		if _, ok := errors.AsType[mainwp.FormError](call()); !ok {
			t.Errorf("%s: want a FormError", name)
		}
	}
}

func TestSiteClient(t *testing.T) {
	body := []byte(`{"success":1,"total":2,"data":[{"id":"3","name":"A","url":"x","client_id":"8"},{"id":"4","name":"B","url":"y","client_id":"9"}]}`)
	if id, err := replay(t, 200, body).SiteClient(t.Context(), 4); err != nil || id != 9 {
		t.Errorf("got %d, %v; want 9", id, err)
	}
	if _, err := replay(t, 200, body).SiteClient(t.Context(), 5); mainwp.KindOf(err) != mainwp.KindNotFound {
		t.Errorf("got %v, want KindNotFound", err)
	}
	untold := []byte(`{"success":1,"total":1,"data":[{"id":"4","name":"B","url":"y"}]}`)
	if id, err := replay(t, 200, untold).SiteClient(t.Context(), 4); mainwp.KindOf(err) != mainwp.KindShape {
		t.Errorf("got %d, %v, want KindShape: the client is not known", id, err)
	}
	site, found, err := replay(t, 200, load(t, "sites-include-1.json")).Site(t.Context(), 1)
	if err != nil || !found || site.Name != "Bakery Weber" {
		t.Errorf("got %q, %v, %v; want the site", site.Name, found, err)
	}
	if _, found, err := replay(t, 200, []byte(`{"success":1,"total":0,"data":[]}`)).Site(t.Context(), 1); err != nil || found {
		t.Errorf("got %v, %v; want it not found", found, err)
	}
}
