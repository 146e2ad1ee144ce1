package main

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/mainwp/mainwptest"
)

// The items that every site of a workbench can update, by a minor step each.
const (
	akismet = "akismet/akismet.php"
	yoast   = "wordpress-seo/wp-seo.php"
	forms   = "contact-form-7/wp-contact-form-7.php"

	benchSites = 4 // of each of two Dashboards
	noSpace    = "Could not copy file. There is no space left on the device."
)

// workbench is a panel over two Dashboards with three plugins to update on each site, and its owner at a browser.
type workbench struct {
	*page
	fake [2]*mainwptest.Dashboard
}

// newWorkbench starts the program, signs in, and waits until all updates are there. Each update takes a while.
func newWorkbench(t *testing.T) *workbench {
	t.Helper()
	dir := t.TempDir()
	addOwner(t, dir)
	w := new(workbench)
	for i, name := range []string{"Northlight", "Harbour"} {
		d := mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: uint64(31 + i), Sites: benchSites, Name: name, DescriptionsShort: true})
		for n, id := range d.SiteIDs() {
			furnish(d, id, fmt.Sprintf("%s site %d", name, n+1))
		}
		d.Sync()
		server := httptest.NewServer(d)
		t.Cleanup(server.Close)
		args := []string{"dashboard", "add", "-url", server.URL, "-name", name, "-key-file", keyFile(t, d.Token())}
		if out, err := muster(t, "", args, "MUSTER_DATA_DIR", dir); err != nil {
			t.Fatalf("connect: %v\n%s", err, out)
		}
		w.fake[i] = d
	}
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	w.page = p.open(t)
	w.signIn("owner@example.com", ownerPassword)
	for deadline := time.Now().Add(patience); ; {
		w.visit("/updates")
		if js[bool](w.page, `[...document.querySelectorAll(".group summary")].filter((s) => s.innerText.includes("8")).length === 3`) {
			return w
		}
		if time.Now().After(deadline) {
			t.Fatalf("the updates do not come: %s", w.text("main"))
		}
	}
}

// furnish gives a site its name and the three plugins, all behind.
func furnish(d *mainwptest.Dashboard, id int64, name string) {
	d.SetDown(id, false)
	d.EditSite(id, func(s *mainwptest.Site) {
		s.Name, s.Suspended, s.IgnoreCore, s.IgnorePlugins, s.IgnoreThemes = name, false, false, false, false
		s.IgnoredPlugins, s.IgnoredThemes, s.IgnoredCore, s.RollbackPlugins, s.RollbackThemes = nil, nil, nil, nil, nil
		c := &s.Child
		c.Refuses, c.WPVersion, c.PHPVersion, c.Translations = false, "7.0", "8.3.27", nil
		c.Plugins = slices.DeleteFunc(c.Plugins, func(p mainwptest.Plugin) bool { return p.Slug != "mainwp-child/mainwp-child.php" })
		c.Plugins = append(c.Plugins,
			mainwptest.Plugin{Slug: akismet, Name: "Akismet Anti-spam: Spam Protection", Version: "5.5", Active: true},
			mainwptest.Plugin{Slug: forms, Name: "Contact Form 7", Version: "6.1", Active: true},
			mainwptest.Plugin{Slug: yoast, Name: "Yoast SEO", Version: "26.3", Active: true})
		c.Themes = []mainwptest.Theme{{Slug: "twentytwentyfive", Name: "Twenty Twenty-Five", Version: "1.4", Active: true}}
	})
	d.ApplyUpdate(id, "plugin", "mainwp-child/mainwp-child.php")
	for _, slug := range []string{akismet, yoast, forms} {
		d.OnUpdate(id, slug, mainwptest.Effect{Takes: 300 * time.Millisecond})
	}
}

// version is what a site really has; the sites of a Dashboard are counted from 1.
func (w *workbench) version(dashboard, site int, slug string) string {
	for _, p := range w.fake[dashboard].Site(w.fake[dashboard].SiteIDs()[site-1]).Child.Plugins {
		if p.Slug == slug {
			return p.Version
		}
	}
	return ""
}

// onUpdate scripts an update of a site.
func (w *workbench) onUpdate(dashboard, site int, slug string, e mainwptest.Effect) {
	w.fake[dashboard].OnUpdate(w.fake[dashboard].SiteIDs()[site-1], slug, e)
}

// sent counts the updates of a plugin that a site was sent.
func (w *workbench) sent(dashboard, site int, slug string) (n int) {
	for _, u := range w.fake[dashboard].Writes() {
		if u.Site == w.fake[dashboard].SiteIDs()[site-1] && u.Slug == slug {
			n++
		}
	}
	return n
}

// tickOf is the box of a plugin on all its sites.
func tickOf(slug string) string { return fmt.Sprintf(`.group > .pick .tick[value="plugin:%s"]`, slug) }

// row is the row of the run's table that holds all these texts, as an expression of the page.
func row(texts ...string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = fmt.Sprintf("tr.innerText.includes(%q)", text)
	}
	return fmt.Sprintf(`[...document.querySelectorAll("#run-tasks tbody tr")].some((tr) => %s)`, strings.Join(all, " && "))
}

// review goes from the dock to the review, once everything is read.
func (w *workbench) review() {
	w.t.Helper()
	w.click(`#dock [data-key=r]`)
	w.reviewed()
}

func (w *workbench) reviewed() {
	w.t.Helper()
	w.wait(`location.pathname.startsWith("/runs/review/") && document.querySelector("#go button:not([disabled])")`)
}

// choices is how many tasks the review would start.
func (w *workbench) willRun() int {
	w.t.Helper()
	return js[int](w.page, `document.querySelectorAll("table.review tbody tr").length`)
}

// begin starts the reviewed run without looking at home pages, which these sites do not have, and watches its page.
func (w *workbench) begin() {
	w.t.Helper()
	if js[bool](w.page, `document.querySelector("[name=home]").checked`) {
		w.click(`[name=home]`)
	}
	w.click(`#go button`)
	w.watch()
}

// watch notes what the page of a run says of its progress from now on, whether it is loaded again, and what it asks for.
func (w *workbench) watch() {
	w.t.Helper()
	w.wait(`/^.runs.\d+$/.test(location.pathname) && document.querySelector("#run-sum")`)
	js[bool](w.page, `(() => {
		window.sums = [document.querySelector("#run-sum").innerText];
		new MutationObserver(() => {
			const now = document.querySelector("#run-sum").innerText;
			if (sums.at(-1) !== now) sums.push(now);
		}).observe(document.body, { subtree: true, childList: true, characterData: true });
		return true;
	})()`)
}

// asked counts how often the page has asked for itself since it was loaded.
func (w *workbench) asked() int {
	w.t.Helper()
	return js[int](w.page, `performance.getEntriesByType("resource").filter((e) => new URL(e.name).pathname === location.pathname).length`)
}

// fits fails the test if the page scrolls sideways.
func (w *workbench) fits(what string) {
	w.t.Helper()
	if wide := js[int](w.page, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		w.t.Errorf("%s scrolls %d px sideways: %s", what, wide, js[string](w.page, widest))
	}
}

// press presses keys, as a person does who has no mouse.
func (w *workbench) press(keys ...string) {
	w.t.Helper()
	for _, k := range keys {
		w.do(chromedp.KeyEvent(k))
	}
}

// focused describes what has the focus; the test fails if nothing has, or if it does not show.
func (w *workbench) focused(after string) string {
	w.t.Helper()
	has := js[string](w.page, `(() => {
		const el = document.activeElement;
		if (!el || el === document.body) return "";
		const style = getComputedStyle(el);
		const shows = el.matches(":focus-visible") && (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none");
		return (shows ? "" : "hidden: ") + el.outerHTML.slice(0, 200);
	})()`)
	switch {
	case has == "":
		w.t.Errorf("nothing has the focus after %s", after)
	case strings.HasPrefix(has, "hidden: "):
		w.t.Errorf("the focus does not show after %s: %s", after, has)
	}
	return has
}

// tabTo presses Tab until an element that matches has the focus.
func (w *workbench) tabTo(selector string) {
	w.t.Helper()
	for range 200 {
		if js[bool](w.page, fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) {
			w.focused("Tab to " + selector)
			return
		}
		w.press(kb.Tab)
	}
	w.t.Fatalf("Tab does not lead to %s at %s", selector, w.at())
}
