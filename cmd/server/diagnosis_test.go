package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"muster/mainwp/mainwptest"
)

// TestConnectWithEachFault types the address and key of a Dashboard with one fault each and reads what the check says.
// The texts are those of the step that fails and of its fix.
func TestConnectWithEachFault(t *testing.T) {
	d, address := fakeDashboard(t, mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 4, Sites: 8, Name: "Northlight"})
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	elsewhere.Close() // nobody listens there any more
	dir := t.TempDir()
	addOwner(t, dir)
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	b := p.open(t)
	b.signIn("owner@example.com", ownerPassword)
	for _, c := range []struct {
		name, url, key string
		faults         mainwptest.Faults
		want           string // text of the page after the check
		failed         string // title of the failing step; "" none fails
	}{
		{"wrong scheme", "ftp://dash.example", d.Token(), mainwptest.Faults{}, "must start with https://", ""},
		{"plain http on the internet", "http://dash.example.com", d.Token(), mainwptest.Faults{}, "Plain http would send the key unprotected", ""},
		{"metadata address", "http://169.254.169.254", d.Token(), mainwptest.Faults{}, "169.254.169.254", ""},
		{"no key", address, "hello", mainwptest.Faults{}, "not an API key of MainWP", ""},
		{"nobody listens", elsewhere.URL, d.Token(), mainwptest.Faults{}, "Fix:", "Address"},
		{"down", address, d.Token(), mainwptest.Faults{Down: true}, "Fix:", "Address"},
		{"firewall page", address, d.Token(), mainwptest.Faults{HTML: true}, "Fix:", "REST API"},
		{"maintenance", address, d.Token(), mainwptest.Faults{Status: 503}, "Fix:", "REST API"},
		{"header stripped", address, d.Token(), mainwptest.Faults{StripAuthorization: true}, "SetEnvIf Authorization", "The key arrives"},
		{"key unknown", address, "0123456789012345678901234567890123456789==0123456789012345678901234567890123456789", mainwptest.Faults{}, "Fix:", "The key is valid"},
		{"key disabled", address, d.DisabledToken(), mainwptest.Faults{}, "Fix:", "The key is valid"},
		{"key may not read", address, d.WriteOnlyToken(), mainwptest.Faults{}, "Fix:", "Right to read"},
		{"too old", address, d.Token(), mainwptest.Faults{V1Only: true}, "5.1", "Versions"},
		{"plain permalinks", address, d.Token(), mainwptest.Faults{PlainPermalinks: true}, "Muster can read 8 sites here", ""},
		{"key reads only", address, d.ReadOnlyToken(), mainwptest.Faults{}, "Muster can read 8 sites here", ""},
		{"no administrator", address, d.Token(), mainwptest.Faults{NoAdmin: true}, "Fix:", "The key’s user is an administrator"},
		{"all well", address, d.Token(), mainwptest.Faults{}, "Muster can read 8 sites here", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.SetFaults(c.faults)
			b.t = t
			defer b.quiet()
			b.visit("/dashboards/connect")
			b.fill("url", c.url)
			b.fill("key", c.key)
			b.fill("name", "My name for it")
			b.click(`button[value=check]`)
			b.wait(fmt.Sprintf(`document.querySelector("#connect")?.innerText.includes(%q)`, c.want))
			if got := js[string](b, `document.querySelector("[name=name]").value`); got != "My name for it" {
				t.Errorf("the name typed is now %q", got)
			}
			if got := js[string](b, `document.querySelector(".steps li[data-s=bad] .c")?.innerText ?? ""`); got != c.failed {
				t.Errorf("the first failed step is %q, want %q", got, c.failed)
			}
		})
	}
	b.t = t
	d.SetFaults(mainwptest.Faults{})
	b.click(`button[value=connect]`)
	b.wait(`location.pathname === "/"`)
	b.waitText("My name for it")
}

// TestStepsAreShownAsTheyEnd: the Dashboard keeps the key's step waiting until the page shows those before it.
func TestStepsAreShownAsTheyEnd(t *testing.T) {
	d := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 8, Sites: 3, Name: "Slow"})
	seen := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			select {
			case <-seen:
			case <-r.Context().Done():
			}
		}
		d.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	addOwner(t, dir)
	b := start(t, nil, "MUSTER_DATA_DIR", dir).open(t)
	b.signIn("owner@example.com", ownerPassword)
	b.visit("/dashboards/connect")
	b.fill("url", server.URL)
	b.fill("key", d.Token())
	b.click(`button[value=check]`)
	b.wait(`[...document.querySelectorAll("#check-steps li[data-s=ok]")].some(li => li.innerText.includes("REST API"))`)
	if got := js[int](b, `document.querySelectorAll("#check-steps li").length`); got != 11 {
		t.Errorf("%d steps under way, want those to come as well: 11", got)
	}
	close(seen)
	b.waitText("Muster can read 3 sites here")
}

// TestKeyInTheAddressIsAgreedTo connects a Dashboard whose server drops the Authorization header.
func TestKeyInTheAddressIsAgreedTo(t *testing.T) {
	d, address := fakeDashboard(t, mainwptest.Config{Personality: mainwptest.V61WP68, Seed: 5, Sites: 4, Name: "Stripped"})
	d.SetFaults(mainwptest.Faults{StripAuthorization: true})
	dir := t.TempDir()
	addOwner(t, dir)
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	b := p.open(t)
	b.signIn("owner@example.com", ownerPassword)
	b.visit("/dashboards/connect")
	if js[bool](b, `!!document.querySelector("[name=query_auth]")`) {
		t.Error("the key in the address is offered before the check asked for it")
	}
	b.fill("url", address)
	b.fill("key", d.Token())
	b.click(`button[value=connect]`)
	b.wait(`document.querySelector("[name=query_auth]")`)
	b.click(`[name=query_auth]`)
	b.click(`button[value=connect]`)
	b.wait(`location.pathname === "/"`)
	b.visit("/dashboards/1")
	b.waitText("in the address")
}
