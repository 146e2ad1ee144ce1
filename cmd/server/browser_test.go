package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to become what a test waits for. It decides about failing only, never about
// passing.
const patience = 30 * time.Second

// page is a tab of a Chromium with a profile of its own. A message of an error in its console, which is also where
// Chromium says what a Content-Security-Policy refused, fails the test.
type page struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu     sync.Mutex
	errors []string
}

// open starts a browser on the program.
func (p *program) open(t *testing.T) *page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], // a fresh profile, headless, no background traffic
		chromedp.NoSandbox, // the pages are our own
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1440, 900),
	)
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &page{t: t, ctx: ctx, base: p.url}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start Chromium (`make chromium` installs it): %v", err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.hear(m)
		}
	}()
	t.Cleanup(b.quiet)
	return b
}

// hear keeps what tells of a mistake of ours. That a form answers 422 is meant, but Chromium calls it an error.
func (b *page) hear(m chromedp.ConsoleMessage) {
	if m.Type != chromedp.ConsoleError && m.Type != chromedp.ConsoleException && m.Type != chromedp.ConsoleWarning {
		return
	}
	if m.Source == "network" && (strings.Contains(m.Text, "422") || strings.Contains(m.Text, "404 (Not Found)")) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, fmt.Sprintf("%s (%s:%d)", m, m.URL, m.Line))
}

// quiet fails the test if the console has heard of a mistake.
func (b *page) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.t.Errorf("console: %s", e)
	}
	b.errors = nil
}

// do carries out steps within the patience of the test.
func (b *page) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\nat %s: %s", err, b.at(), b.text("body"))
	}
}

// visit opens a path of the program.
func (b *page) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// js evaluates an expression in the page.
func js[T any](b *page, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// at is the path and query of the page that is open.
func (b *page) at() string { return js[string](b, `location.pathname + location.search`) }

// text is what a person reads in the first element that a selector finds.
func (b *page) text(selector string) string {
	return js[string](b, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// wait waits until a JavaScript condition holds.
func (b *page) wait(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	// polled from here: a page that is left takes a poll inside it along
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(`+condition+`)`))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s (%v)\nat %s: %s", condition, err, b.at(), b.text("body"))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// waitText waits until the page says something.
func (b *page) waitText(text string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.body?.innerText.includes(%q)`, text))
}

// fill types a value into the field of that name, in the place of what was there.
func (b *page) fill(name, value string) {
	b.t.Helper()
	field := chromedp.CSS(fmt.Sprintf(`main [name=%q]`, name))
	b.do(chromedp.WaitVisible(field), chromedp.Clear(field), chromedp.SendKeys(field, value))
}

// click clicks what a selector finds.
func (b *page) click(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// signIn signs in by the form.
func (b *page) signIn(email, password string) {
	b.t.Helper()
	b.visit("/signin")
	b.fill("email", email)
	b.fill("password", password)
	b.click(`main form button:not([type=button])`)
	b.wait(`location.pathname === "/"`)
}

// theme makes the page believe that the person's system is light or dark.
func (b *page) theme(scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// quoted is a text as JavaScript writes it.
func quoted(text string) string { return fmt.Sprintf("%q", text) }
