package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/mainwp/mainwptest"
)

// TestRunOverTwoDashboards is the main way: choose, review, start, watch, and retry what failed.
func TestRunOverTwoDashboards(t *testing.T) {
	w := newWorkbench(t)
	for site := 1; site <= benchSites; site++ { // one after the other, so that there is something to watch
		w.onUpdate(0, site, akismet, mainwptest.Effect{Takes: time.Duration(site) * 700 * time.Millisecond})
	}
	w.onUpdate(0, 2, akismet, mainwptest.Effect{Outcome: mainwptest.Failed, Reason: noSpace})
	w.onUpdate(1, 3, akismet, mainwptest.Effect{Outcome: mainwptest.Unchanged, Delivery: mainwptest.Cut})

	w.click(tickOf(akismet))
	w.wait(`document.querySelector("#dock").innerText.includes("8 updates on 8 sites")`)
	w.click(`.group:has(.tick[value="plugin:` + yoast + `"]) summary`)
	w.click(`.group .g-site:has(a[title="Harbour site 1"]) .tick[value*="` + yoast + `"]`)
	w.wait(`document.querySelector("#dock .sum").innerText.replace(/\s+/g, " ") === "9 updates on 8 sites in 2 Dashboards"`)
	if got := js[string](w.page, `document.querySelector('`+tickOf(yoast)+`').ariaChecked`); got != "mixed" {
		t.Errorf("the box of a plugin that is chosen on one site is %q, want mixed", got)
	}

	w.click(`form[action="/signout"] button`)
	w.wait(`location.pathname === "/signin"`)
	w.signIn("owner@example.com", ownerPassword)
	w.visit("/updates?q=nothing+like+this")
	w.wait(`document.querySelector("#dock").innerText.includes("9 updates on 8 sites")`) // neither left by the filter nor by the sign-out

	w.review()
	if n := w.willRun(); n != 9 {
		t.Errorf("the review shows %d updates, want 9", n)
	}
	if text := w.text("main"); !strings.Contains(text, "Nothing has been sent yet") || w.sent(0, 1, akismet) != 0 {
		t.Errorf("the review: %s", text)
	}
	w.begin()
	w.wait(`document.querySelector("#run-sum").innerText === "8 of 9 done"`) // the outcome of one is open
	w.wait(row("Northlight site 2", "Failed", noSpace))
	w.wait(row("Harbour site 3", "Unknown", "The connection broke off", "Next:"))
	w.wait(row("Harbour site 1", "Yoast SEO", "26.3", "26.4", "Verified"))
	if sums := js[[]string](w.page, `window.sums`); len(sums) < 4 { // gone with the page if that was loaded again; without changes told there are 3
		t.Errorf("the page told of its progress: %q", sums)
	}
	if n := w.asked(); n != 0 {
		t.Errorf("the page asked %d times for what the stream brings", n)
	}
	if n := js[int](w.page, `[...document.querySelectorAll("#run-tasks .state")].filter((s) => s.innerText.includes("Verified")).length`); n != 7 {
		t.Errorf("%d tasks verified, want 7", n)
	}
	for i := range w.fake {
		for site := 1; site <= benchSites; site++ {
			want := "5.6"
			if i == 0 && site == 2 || i == 1 && site == 3 {
				want = "5.5"
			}
			if got := w.version(i, site, akismet); got != want {
				t.Errorf("site %d of Dashboard %d has Akismet %s, want %s", site, i, got, want)
			}
		}
	}

	w.onUpdate(0, 2, akismet, mainwptest.Effect{})
	if label := w.text("#run-retry button"); !strings.HasPrefix(strings.TrimSpace(label), "Retry 1 failed") {
		t.Errorf("the button says %q", label)
	}
	w.click("#run-retry button")
	w.reviewed()
	if n, text := w.willRun(), w.text("table.review tbody"); n != 1 || !strings.Contains(text, "Northlight site 2") || !strings.Contains(text, "Akismet") {
		t.Errorf("the review of the retry shows %d updates: %s", n, text)
	}
	w.begin()
	w.wait(row("Northlight site 2", "Akismet", "5.6", "Verified"))
	w.waitText("Retries run 1")
	if got := w.version(0, 2, akismet); got != "5.6" {
		t.Errorf("after the retry the site has %s", got)
	}
	if n := w.sent(1, 3, akismet); n != 1 {
		t.Errorf("the update whose outcome is not known was sent %d times", n)
	}
	w.visit("/runs")
	w.wait(`["Run 1", "Run 2"].every((r) => document.querySelector("#runs").innerText.includes(r))`)
	w.visit("/history?run=2")
	w.wait(`document.querySelector("main").innerText.includes("Northlight site 2") && !document.querySelector("main").innerText.includes("Harbour site")`)
}

// TestRunByPhone is the main way on a phone, where what is chosen stands in a bar at the bottom. Nothing scrolls sideways,
// not even on the smallest.
func TestRunByPhone(t *testing.T) {
	w := newWorkbench(t)
	phone, smallest := chromedp.EmulateViewport(390, 844), chromedp.EmulateViewport(320, 640)
	narrow := func(what string) {
		t.Helper()
		w.do(smallest)
		w.fits(what)
		w.do(phone)
		w.fits(what)
	}
	w.do(phone)
	w.visit("/updates")
	w.click(`.group:has(.tick[value="plugin:` + forms + `"]) summary`)
	w.wait(`document.querySelector(".group details[open] .g-site .tick")`)
	w.click(`.g-site:has(a[title="Northlight site 1"]) .tick`)
	w.click(`.g-site:has(a[title="Harbour site 2"]) .tick`)
	w.wait(`document.querySelector("#dock").innerText.includes("2 updates on 2 sites")`)
	if gap := js[float64](w.page, `innerHeight - document.querySelector("#dock").getBoundingClientRect().bottom`); gap < -1 || gap > 1 {
		t.Errorf("the dock ends %v px above the lower edge of the screen", gap)
	}
	if got := js[string](w.page, `(() => {
		const r = document.querySelector("#dock [data-key=r]").getBoundingClientRect();
		const there = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return r.height >= 36 && there.closest("[data-key=r]") ? "" : `+"`${r.width} × ${r.height}, ${there.outerHTML.slice(0, 200)}`"+`;
	})()`); got != "" {
		t.Errorf("the button to the review cannot be reached by a thumb: %s", got)
	}
	narrow("the updates")
	w.review()
	narrow("the review")
	w.begin()
	narrow("the run")
	w.wait(row("Northlight site 1", "Verified") + ` && ` + row("Harbour site 2", "Verified"))
	narrow("the run at its end")
	w.click("#run-tasks .answers summary")
	w.wait(`document.querySelector("#run-tasks .answers[open] .log.calls")`)
	narrow("the answers of a task")
	w.visit("/runs")
	narrow("the runs")
	if a, b := w.version(0, 1, forms), w.version(1, 2, forms); a != "6.1.3" || b != "6.1.3" {
		t.Errorf("the sites have %s and %s", a, b)
	}
}

// TestRunByKeyboard does it without a mouse. The focus always shows, and what the page puts in place leaves it where it was.
func TestRunByKeyboard(t *testing.T) {
	w := newWorkbench(t)
	w.visit("/updates")
	w.press("j")
	first := w.focused("j")
	w.press("x")
	w.wait(`document.querySelector("#dock").innerText.includes("8 updates on 8 sites")`)
	w.wait(`document.activeElement.closest(".group").querySelector(".tick").ariaChecked === "true"`) // still in the same row
	w.focused("x on " + first)
	w.press("x")
	w.wait(`document.querySelector("#dock").innerText.includes("Nothing chosen")`)
	w.wait(`document.activeElement.closest(".group").querySelector(".tick").ariaChecked === "false"`)
	w.press("e")
	w.wait(`document.querySelector(".group details[open] .g-site .tick")`)
	w.focused("e")
	w.press("j")
	w.focused("j in an open group")
	w.tabTo(".g-site .tick")
	w.press(" ")
	w.wait(`document.querySelector("#dock").innerText.includes("1 update on 1 site")`)
	w.wait(`document.activeElement.ariaChecked === "true"`)
	w.focused("space")
	w.press("r")
	w.reviewed()
	if n := w.willRun(); n != 1 {
		t.Errorf("the review shows %d updates, want 1", n)
	}
	w.tabTo("[name=home]")
	w.press(" ")
	w.tabTo("#go button")
	w.press(kb.Enter)
	w.watch()
	w.tabTo("#run-tasks .who a")
	w.wait(row("Verified"))
	if len(js[[]string](w.page, `window.sums`)) < 2 {
		t.Error("the page was not put in place anew")
	}
	if at := w.focused("the end of the run"); !strings.Contains(at, "/sites/") {
		t.Errorf("the focus went to %s", at)
	}
	n := 0
	for site := 1; site <= benchSites; site++ {
		n += w.sent(0, site, akismet) + w.sent(1, site, akismet)
	}
	if n != 1 {
		t.Errorf("%d updates were sent, want 1", n)
	}
}

// TestVulnerabilityDay: one plugin is updated on all its sites in two clicks.
func TestVulnerabilityDay(t *testing.T) {
	w := newWorkbench(t)
	w.visit("/updates")
	w.click(`.group button[name=now][value="plugin:` + yoast + `"]`) // one
	w.reviewed()
	if n, text := w.willRun(), w.text("table.review"); n != 2*benchSites || strings.Count(text, "Yoast SEO") != n {
		t.Errorf("the review shows %d updates, want %d of one plugin: %s", n, 2*benchSites, text)
	}
	w.click(`#go button`) // two
	w.watch()
	w.wait(`document.querySelector("#run-progress").innerText.includes("8 verified")`)
	for i := range w.fake {
		for site := 1; site <= benchSites; site++ {
			if got := w.version(i, site, yoast); got != "26.4" {
				t.Errorf("site %d of Dashboard %d has Yoast SEO %s", site, i, got)
			}
			if w.version(i, site, akismet) != "5.5" {
				t.Error("something else was updated too")
			}
		}
	}
}

// TestProgressWithoutAStream: where a proxy keeps the stream back, the page asks by itself.
func TestProgressWithoutAStream(t *testing.T) {
	w := newWorkbench(t)
	for site := 1; site <= benchSites; site++ { // still at work when the page asks for the first time
		w.onUpdate(0, site, akismet, mainwptest.Effect{Takes: 4 * time.Second})
	}
	w.visit("/updates")
	w.click(tickOf(akismet))
	w.wait(`document.querySelector("#dock").innerText.includes("8 updates")`)
	w.review()
	block := network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/runs/*/live*", Block: true}}}
	if _, err := chromedp.Call(w.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(w.ctx, network.SetBlockedURLs, block); err != nil {
		t.Fatal(err)
	}
	w.begin()
	w.wait(`document.querySelector("#run-sum").innerText === "8 of 8 done"`)
	w.wait(`document.querySelectorAll("#run-tasks tbody tr").length === 8 && document.querySelector("#run-progress").innerText.includes("8 verified")`)
	if sums := js[[]string](w.page, `window.sums`); len(sums) < 2 {
		t.Errorf("the page told of its progress: %q", sums)
	}
	if w.asked() == 0 {
		t.Error("the stream was not blocked: the page never had to ask")
	}
	w.forgive("ERR_BLOCKED_BY_CLIENT")
	w.forgive("Failed to fetch")
}

// forgive drops what the console heard of a fault that the test made itself.
func (b *page) forgive(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = slices.DeleteFunc(b.errors, func(e string) bool { return strings.Contains(e, text) })
}
