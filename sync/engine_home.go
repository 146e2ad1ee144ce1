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
)

// homePage is what a site's own address said before and after its updates. Its zero value was not asked for.
type homePage struct {
	asked         bool
	fine          bool // before
	before, after string
}

func (h *homePage) words() string {
	if !h.asked || h.after == "" {
		return ""
	}
	return "Before: " + h.before + ". After: " + h.after + "."
}

// homePage asks for the home page before the first update of a site, if the run wants that.
func (j *job) homePage(ctx context.Context, t db.Task) homePage {
	if !j.site.Run.Options.HomeCheck {
		return homePage{}
	}
	fine, words := j.visitHome(ctx, t)
	return homePage{asked: true, fine: fine, before: words}
}

// homeAfter asks again; true when the page was fine and is not any more.
func (j *job) homeAfter(ctx context.Context, t db.Task, h *homePage) (broken bool) {
	if !h.asked {
		return false
	}
	fine, words := j.visitHome(ctx, t)
	h.after = words
	return h.fine && !fine
}

// visitHome asks for the site's address as a visitor does.
func (j *job) visitHome(ctx context.Context, t db.Task) (fine bool, words string) {
	_ = j.call(ctx, t, "GET", j.site.SiteURL, "ask for the home page", func(ctx context.Context) (mainwp.Answer, error) {
		status, err := 0, error(nil)
		status, fine, words, err = j.engine.fetchHome(ctx, j.site.SiteURL)
		return mainwp.Answer{Status: status}, err
	})
	return fine, words
}

func (e *Engine) fetchHome(ctx context.Context, address string) (status int, fine bool, words string, err error) {
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
		return 0, false, "no usable address", err
	}
	req.Header.Set("User-Agent", "Muster")
	resp, err := client.Do(req)
	if err != nil {
		return 0, false, "no answer", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, homeMost))
	if err != nil {
		return resp.StatusCode, false, "half an answer", err
	}
	words = fmt.Sprintf("HTTP %d", resp.StatusCode)
	if title := titleOf(body); title != "" {
		words += " “" + title + "”"
	}
	if fatalError(body) {
		return resp.StatusCode, false, words + ", with an error of WordPress", nil
	}
	return resp.StatusCode, resp.StatusCode < 400, words, nil
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
