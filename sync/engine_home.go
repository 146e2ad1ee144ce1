package syncer

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"muster/db"
	"muster/mainwp"
)

const (
	homeTimeout   = 20 * time.Second
	homeMost      = 1 << 20
	homeRedirects = 5
	brokenWords   = ", with an error of WordPress"
)

// homePage is what a site's own address said before and after its updates. Its zero value was not asked for.
type homePage struct {
	asked         bool
	fine          bool // before
	before, after string
}

// words are kept with tasks; "" where it was not asked for. See homeBefore.
func (h *homePage) words() string {
	switch {
	case !h.asked:
		return ""
	case h.after == "":
		return "Before: " + h.before + "."
	}
	return "Before: " + h.before + ". After: " + h.after + "."
}

// homePage asks for the home page before the first update of a site, if the run wants that.
func (j *job) homePage(ctx context.Context, t db.Task) homePage {
	if !j.site.Run.Options.HomeCheck {
		return homePage{}
	}
	page := j.visitHome(ctx, t)
	return homePage{asked: true, fine: page.fine, before: page.words}
}

// homeBefore is what tasks keep of the home page before their updates, for looks.
func homeBefore(tasks []db.Task) homePage {
	for _, t := range tasks {
		if words, ok := strings.CutPrefix(t.Home, "Before: "); ok {
			words, _, _ = strings.Cut(words, ". After: ")
			words = strings.TrimSuffix(words, ".")
			return homePage{asked: true, fine: strings.HasPrefix(words, "HTTP ") && words[len("HTTP ")] < '4' && !strings.HasSuffix(words, brokenWords), before: words}
		}
	}
	return homePage{}
}

// homeAfter asks again; true when the page was fine and is not any more.
func (j *job) homeAfter(ctx context.Context, t db.Task, h *homePage) (broken bool) {
	if !h.asked {
		return false
	}
	page := j.visitHome(ctx, t)
	h.after = page.words
	j.maintenance = page.maintenance
	return h.fine && !page.fine
}

// visited is what an address answered. Status 0: nothing.
type visited struct {
	status      int
	fine        bool
	maintenance bool // WordPress is being updated
	words       string
}

// visitHome asks for the site's address as a visitor does.
func (j *job) visitHome(ctx context.Context, t db.Task) (page visited) {
	_ = j.call(ctx, t, "GET", j.site.SiteURL, "ask for the home page", func(ctx context.Context) (_ mainwp.Answer, err error) {
		page, err = j.engine.fetchHome(ctx, j.site.SiteURL)
		return mainwp.Answer{Status: page.status}, err
	})
	return page
}

func (e *Engine) fetchHome(ctx context.Context, address string) (visited, error) {
	ctx, cancel := context.WithTimeout(ctx, homeTimeout)
	defer cancel()
	client := http.Client{Transport: e.opt.HomePage, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > homeRedirects {
			return fmt.Errorf("more than %d redirects", homeRedirects)
		}
		return nil
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return visited{words: "no usable address"}, err
	}
	req.Header.Set("User-Agent", "Muster")
	resp, err := client.Do(req)
	if err != nil {
		return visited{words: "no answer"}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, homeMost))
	if err != nil {
		return visited{status: resp.StatusCode, words: "half an answer"}, err
	}
	words := fmt.Sprintf("HTTP %d", resp.StatusCode)
	if title := titleOf(body); title != "" {
		words += " “" + title + "”"
	}
	// A coming-soon page says 503 too. WordPress' own names the time and has its usual frame.
	away := resp.StatusCode == http.StatusServiceUnavailable && (resp.Header.Get("Retry-After") == "600" || bytes.Contains(body, []byte("wp-die-message")))
	if fatalError(body) {
		return visited{status: resp.StatusCode, maintenance: away, words: words + brokenWords}, nil
	}
	return visited{status: resp.StatusCode, fine: resp.StatusCode < 400, maintenance: away, words: words}, nil
}

// titlePattern finds the first title of a page.
var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

func titleOf(body []byte) string {
	m := titlePattern.FindSubmatch(body)
	if m == nil {
		return ""
	}
	title := []rune(strings.Join(strings.Fields(html.UnescapeString(string(m[1]))), " "))
	return strings.ToValidUTF8(string(title[:min(len(title), 80)]), "")
}

// fatalError finds what WordPress and PHP print when a page breaks. WordPress marks its own with a class that is not translated.
func fatalError(body []byte) bool {
	for _, mark := range []string{"<b>Fatal error</b>:", "PHP Fatal error:", "wp-die-message", "There has been a critical error on this website"} {
		if bytes.Contains(body, []byte(mark)) {
			return true
		}
	}
	return false
}
