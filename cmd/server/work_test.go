package main

import "testing"

// TestADayAtThePanel does in Chromium what staff do with a filled panel.
func TestADayAtThePanel(t *testing.T) {
	p := start(t, []string{"demo", "-addr", "127.0.0.1:0", "-sites", "90"})
	b := p.open(t)
	b.visit("/sites?updates=any")
	b.wait(`location.pathname === "/signin"`)
	b.fill("email", demoEmail)
	b.fill("password", demoPassword)
	b.click(`main form button:not([type=button])`)
	b.wait(`location.pathname + location.search === "/sites?updates=any"`) // where the person wanted to go

	b.visit("/sites")
	name := js[string](b, `document.querySelector("#sites tbody tr .who a").innerText`)
	js[bool](b, `window.sameDocument = true`)
	b.fill("q", name)
	b.wait(`document.querySelectorAll("#sites tbody tr").length < 10 && location.search.startsWith("?q=")`)
	if got := js[string](b, `[...new URLSearchParams(location.search).keys()].join()`); got != "q" {
		t.Errorf("the address carries %q, want q alone", got)
	}
	if !js[bool](b, `window.sameDocument === true`) {
		t.Error("the search loaded the whole page")
	}
	b.click("#sites tbody tr .who a")
	b.wait(`/^.sites.\d+$/.test(location.pathname)`)
	if got := b.text("h1"); got == "" {
		t.Error("the site's page has no heading")
	}

	b.visit("/settings")
	b.click(`input[name=theme][value=dark]`)
	b.click(`main form[action="/settings"] button`)
	b.wait(`document.documentElement.dataset.theme === "dark" && location.search === "?done=saved"`)

	b.visit("/dashboards/1")
	b.click(`form[action="/dashboards/1/pause"] button`)
	b.wait(`location.search === "?done=paused"`)
	b.click(`form[action="/dashboards/1/pause"] button`)
	b.wait(`location.search === "?done=resumed"`)

	b.visit("/dashboards/2/disconnect")
	b.fill("name", "something else")
	b.click(`main form button`)
	b.wait(`document.querySelector("main [name=name]").value === "something else" && document.querySelector("[aria-invalid=true], .error, [role=alert]")`)
	b.visit("/dashboards/2")
	title := js[string](b, `document.querySelector("h1 bdi").innerText`)
	b.visit("/dashboards/2/disconnect")
	b.fill("name", title)
	b.click(`main form button`)
	b.wait(`location.pathname + location.search === "/dashboards?done=disconnected"`)
	if js[bool](b, `[...document.querySelectorAll("#dashboards .who a")].some((a) => a.innerText === `+quoted(title)+`)`) {
		t.Errorf("%s is still listed", title)
	}

	b.click(`form[action="/signout"] button`)
	b.wait(`location.pathname === "/signin"`)
	b.visit("/sites")
	b.wait(`location.pathname === "/signin"`)
}
