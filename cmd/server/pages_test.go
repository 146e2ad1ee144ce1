package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// shot is one page as a person meets it.
type shot struct {
	name, path string
	do         func(b *page) // what a person does there; nil: only looks
}

// demoPages are all pages of the program, as the demo fills them.
func demoPages() []shot {
	return []shot{
		{"overview", "/", nil},
		{"sites", "/sites", nil},
		{"sites-attention", "/sites?status=attention", nil},
		{"sites-nothing-found", "/sites?q=no+such+site", nil},
		{"site", "/sites/1", nil},
		{"site-plugins", "/sites/1?tab=plugins", nil},
		{"site-themes", "/sites/1?tab=themes", nil},
		{"site-changes", "/sites/1?tab=changes", nil},
		{"site-uptime", "/sites/1?tab=uptime", nil},
		{"site-history", "/sites/1?tab=history", nil},
		{"site-costs", "/sites/1?tab=costs", nil},
		{"updates", "/updates", nil},
		{"updates-open", "/updates", func(b *page) {
			b.click(".groups .group summary")
			b.wait(`document.querySelector(".group details[open] .g-site .row")`)
		}},
		{"updates-by-site", "/updates?group=site", nil},
		{"updates-by-client", "/updates?group=client", nil},
		{"updates-by-dashboard", "/updates?group=dashboard", nil},
		{"runs", "/runs", nil},
		{"run", "/runs/1", nil},
		{"run-answers", "/runs/1", func(b *page) { b.click(".answers summary"); b.wait(`document.querySelector(".answers .log")`) }},
		{"run-skipped", "/runs/1?show=skipped", nil},
		{"run-task", "/runs/1/tasks/1", nil},
		{"sites-selected", "/sites", func(b *page) { b.click("td.pick input"); b.click("#bulk-bar summary"); b.waitText("1 site selected") }},
		{"site-plugin-menu", "/sites/1?tab=plugins", func(b *page) { b.click("td .menu summary") }},
		{"clients", "/clients", nil},
		{"client", "/clients", func(b *page) { b.click("main .data .lead a"); b.wait(`/^.clients.\d+.\d+$/.test(location.pathname)`) }},
		{"history", "/history", nil},
		{"dashboards", "/dashboards", nil},
		{"dashboard", "/dashboards/1", nil},
		{"dashboard-down", "/dashboards/3", nil},
		{"dashboard-check", "/dashboards/1", func(b *page) { b.click("#check form button"); b.wait(`document.querySelector("#check .steps")`) }},
		{"connect", "/dashboards/connect", nil},
		{"connect-failed", "/dashboards/connect", func(b *page) {
			b.fill("url", "https://nobody.example")
			b.fill("key", strings.Repeat("ab", 20)+"=="+strings.Repeat("cd", 20))
			b.click("button[value=check]")
			b.wait(`document.querySelector("#connect li[data-s=bad]")`)
		}},
		{"disconnect", "/dashboards/3/disconnect", nil},
		{"settings", "/settings", nil},
		{"not-found", "/no/such/page", nil},
	}
}

// guestPages are those that are seen before signing in.
func guestPages() []shot {
	return []shot{
		{"signin", "/signin", nil},
		{"signin-wrong", "/signin", func(b *page) {
			b.fill("email", "demo@muster.test")
			b.fill("password", "not the password")
			b.click("main form button:not([type=button])")
			b.waitText("wrong")
		}},
	}
}

// emptyPages are those of a program without any Dashboard, signed in as its owner.
func emptyPages() []shot {
	return []shot{{"empty-overview", "/", nil}, {"empty-sites", "/sites", nil}, {"empty-updates", "/updates", nil}, {"empty-clients", "/clients", nil}, {"empty-history", "/history", nil}, {"empty-dashboards", "/dashboards", nil}}
}

// look is how a page is looked at.
type look struct {
	name, scheme  string
	width, height int64
}

func looks() []look {
	return []look{{"light", "light", 1440, 900}, {"dark", "dark", 1440, 900}, {"light-mobile", "light", 390, 844}, {"dark-mobile", "dark", 390, 844}}
}

// everyPage shows every page in every look to see.
func everyPage(t *testing.T, see func(b *page, name string)) {
	demo := start(t, []string{"demo", "-addr", "127.0.0.1:0"})
	b := demo.open(t)
	tour(b, guestPages(), see)
	b.signIn(demoEmail, demoPassword)
	tour(b, demoPages(), see)
	tour(b, editPages(), see)
	tour(b, runPages(), see)

	empty := start(t, nil, "MUSTER_DATA_DIR", t.TempDir())
	b.base = empty.url
	tour(b, []shot{{"setup", "/setup", nil}}, see)
	b.visit("/setup")
	for name, value := range map[string]string{"name": "Anna Berg", "email": "anna@example.com", "password": ownerPassword, "code": empty.code} {
		b.fill(name, value)
	}
	b.click("main form button")
	b.wait(`location.pathname === "/"`)
	tour(b, emptyPages(), see)
}

// tour opens each page once and looks at it in every way.
func tour(b *page, shots []shot, see func(b *page, name string)) {
	for _, s := range shots {
		for i, l := range looks() {
			b.theme(l.scheme)
			b.do(chromedp.EmulateViewport(l.width, l.height))
			if i == 0 {
				b.visit(s.path)
				if s.do != nil {
					s.do(b)
				}
			}
			see(b, s.name+"-"+l.name)
		}
	}
}

// widest names the innermost element that reaches furthest to the right.
const widest = `[...document.querySelectorAll("main *")].reduce((a, b) => b.getBoundingClientRect().right >= a.getBoundingClientRect().right ? b : a).outerHTML.slice(0, 300)`

// TestPagesAreAccessible holds every page in both themes, wide and narrow, against axe-core: WCAG 2.0 to 2.2, levels A and AA,
// and its best practices. No page may scroll sideways.
func TestPagesAreAccessible(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	everyPage(t, func(b *page, name string) {
		js[bool](b, string(axe)+";true") // by the debugger: the page's policy allows no script of others
		found := js[[]string](b, `axe.run().then((r) => r.passes.length < 10 ? ["axe looked at next to nothing"] :
			r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + " " + n.html.slice(0, 160))))`)
		for _, f := range found {
			t.Errorf("%s: %s", name, f)
		}
		if wide := js[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
			t.Errorf("%s scrolls %d px sideways: %s", name, wide, js[string](b, widest))
		}
	})
}

// TestShots writes a picture of every page to the folder MUSTER_SHOTS, for people to look at (`make shots`).
func TestShots(t *testing.T) {
	dir := os.Getenv("MUSTER_SHOTS")
	if dir == "" {
		t.Skip("MUSTER_SHOTS names no folder: `make shots` does")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	everyPage(t, func(b *page, name string) {
		picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatalf("picture of %s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.png", name)), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	})
}
