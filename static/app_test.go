package static

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

const keysPage = `<!doctype html><html lang="en"><title>Keys</title><link rel="stylesheet" href="%s"><script src="%s" defer></script>
<nav><a href="#sites" data-go="s">Sites</a></nav>
<main><input type="search" id="q"><select id="pick"><option>one<option>two</select>
<table class="data"><tbody><tr><td class="lead"><a id="r1" href="#r1">One</a></td></tr><tr hidden><td><a href="#no">Hidden</a></td></tr>
<tr><td><a id="r2" href="#r2">Two</a></td></tr></tbody></table>
<input type="checkbox" id="some" data-some><time id="t1">59 min ago</time><time id="t2">3 h</time><time id="t3">Yesterday 22:47</time><time>just now</time>
<code id="fix">SetEnvIf</code><button id="copy" data-copy="#fix">Copy</button></main>
<dialog id="keys"><label>Single keys <input type="checkbox" id="switch" data-keys-switch></label></dialog></html>`

// openPage shows a page that holds all that app.js looks for, under the policy that pages of the program have.
func openPage(t *testing.T) context.Context {
	t.Helper()
	a := newAssets(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			a.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:")
		fmt.Fprintf(w, keysPage, a.URL("app.css"), a.URL("app.js"))
	}))
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox) // the page is our own
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatalf("open a page in Chromium (make chromium installs it): %v", err)
	}
	return ctx
}

// press sends a key as one event, so that the page may keep its text from being typed, as it may with a person's keys.
func press(t *testing.T, ctx context.Context, key string) {
	t.Helper()
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key}
	switch key {
	case "\r":
		down.Key, down.WindowsVirtualKeyCode = "Enter", 13
	case "\x1b":
		down.Key, down.WindowsVirtualKeyCode, down.Text = "Escape", 27, ""
	}
	up := down
	up.Type, up.Text = input.DispatchKeyEventTypeKeyUp, ""
	for _, event := range []input.DispatchKeyEventParams{down, up} {
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, event); err != nil {
			t.Fatal(err)
		}
	}
}

// say types keys at the page and then reads what the expression gives.
func say(t *testing.T, ctx context.Context, keys, expression string) string {
	t.Helper()
	for _, key := range keys {
		press(t, ctx, string(key))
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`String(`+expression+`)`))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestKeysMoveAboutThePage(t *testing.T) {
	ctx := openPage(t)
	const focus = `document.activeElement.id`
	steps := []struct{ name, keys, expression, want string }{
		{"j goes to the first row", "j", focus, "r1"},
		{"j skips hidden rows", "j", focus, "r2"},
		{"j stays on the last row", "j", focus, "r2"},
		{"k goes back", "k", focus, "r1"},
		{"Enter opens the row", "\r", `location.hash`, "#r1"},
		{"g s follows its link", "gs", `location.hash`, "#sites"},
		{"s alone does not", "k", `(location.hash = "", document.activeElement.blur(), location.hash)`, ""},
		{"an unknown second key does nothing", "gzs", `location.hash`, ""},
		{"/ goes to the search field without typing itself", "/", focus + ` + document.querySelector("#q").value`, "q"},
		{"keys are text while typing", "gs?j", `document.querySelector("#q").value + location.hash`, "gs?j"},
		{"Esc leaves the field", "\x1b", focus, ""},
		{"? opens the list of keys", "?", `document.querySelector("#keys").open`, "true"},
		{"keys rest while a dialog is open", "gs", `location.hash`, ""},
	}
	for _, step := range steps {
		if got := say(t, ctx, step.keys, step.expression); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}

func TestKeysCanBeSwitchedOff(t *testing.T) {
	ctx := openPage(t)
	if got := say(t, ctx, "", `(document.querySelector("#switch").click(), localStorage.length)`); got != "1" {
		t.Fatalf("switching keys off left %s notes in the browser, want 1", got)
	}
	if got := say(t, ctx, "gs?", `location.hash + document.querySelector("#keys").open`); got != "false" {
		t.Errorf("keys still did something: %q", got)
	}
	say(t, ctx, "", `document.querySelector("#switch").click()`)
	if got := say(t, ctx, "gs", `location.hash`); got != "#sites" {
		t.Errorf("after switching on again g s gave %q", got)
	}
}

func TestTimesGoOnCounting(t *testing.T) {
	ctx := openPage(t)
	texts := `[...document.querySelectorAll("time")].map((el) => el.textContent).join()`
	if got := say(t, ctx, "", texts); got != "59 min ago,3 h,Yesterday 22:47,just now" {
		t.Fatalf("times changed at once: %q", got)
	}
	later := `(Date.now = ((now) => () => now() + 62 * 60000)(Date.now), document.dispatchEvent(new Event("htmx:after:swap")), ` + texts + `)`
	if got := say(t, ctx, "", later); got != "2 h ago,4 h,Yesterday 22:47,1 h ago" {
		t.Errorf("an hour later: %q", got)
	}
}

func TestHalfChosenGroupsAndCopying(t *testing.T) {
	ctx := openPage(t)
	if got := say(t, ctx, "", `document.querySelector("#some").indeterminate`); got != "true" {
		t.Error("data-some is not shown as half chosen")
	}
	// A browser may forbid the clipboard to a page without a person; then the text must be selected for copying.
	copied := `new Promise((done) => { document.querySelector("#copy").click();
		setInterval(() => { if ("copied" in document.querySelector("#copy").dataset || String(getSelection()) === "SetEnvIf") done("yes"); }, 10); })`
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](copied, chromedp.EvalAwaitPromise))
	if err != nil || got != "yes" {
		t.Errorf("copying neither worked nor selected the text: %q %v", got, err)
	}
}
