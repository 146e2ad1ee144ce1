package mainwptest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Faults is what goes wrong with a Dashboard's answers. The zero value is a healthy Dashboard.
type Faults struct {
	Down       bool          // connection closed without an answer; with Transport: a dial error
	Status     int           // e.g. 401, 500, 503, 522: HTML body for 403, 429 and 5xx, JSON for the others
	RetryAfter time.Duration // sent with Status
	HTML       bool          // 200 and an HTML page, as a firewall answers
	Hang       bool          // no answer until the request's context ends
	Delay      time.Duration // before each answer
	Junk       string        // bytes before the JSON, e.g. a PHP notice
	HalfPage   bool          // body cut in the middle
	Shrink     int           // lists of sites show only the first n
	Empty      bool          // lists are empty

	StripAuthorization bool   // the web server drops the Authorization header
	PlainPermalinks    bool   // /wp-json/ is a 404 page; only /index.php/wp-json/ answers
	ReadOnly           bool   // the key lost the right to write
	NoAdmin            bool   // the key's user lost manage_options: abilities-first routes answer 500
	Redirect           string // 301 to this base
	V1Only             bool   // MainWP 5.1 or older
	NoUpdateEffect     bool   // updates "succeed" without changing the version
	// RemoveAfterPage removes these sites after list page n was answered: the list shifts between two pages.
	RemoveAfterPage map[int][]int64

	OnlyPath string // apply the faults only to requests whose path or query contains this
	Skip     int    // leave the first n matching requests alone
	Times    int    // apply them only to the n matching requests after those; 0: always
}

// SetFaults replaces the faults.
func (d *Dashboard) SetFaults(f Faults) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults, d.matched = f, 0
}

// takeFaults gives the faults for one request and counts it.
func (d *Dashboard) takeFaults(r *http.Request) Faults {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.faults
	if f.OnlyPath != "" && !strings.Contains(r.URL.RequestURI(), f.OnlyPath) {
		return Faults{}
	}
	d.matched++
	if d.matched <= f.Skip || f.Times > 0 && d.matched > f.Skip+f.Times {
		return Faults{}
	}
	return f
}

// wait holds the answer back; false when the request ended before.
func (f Faults) wait(ctx context.Context) bool {
	if f.Hang {
		<-ctx.Done()
		return false
	}
	if f.Delay <= 0 {
		return true
	}
	t := time.NewTimer(f.Delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

const (
	htmlType = "text/html; charset=UTF-8"
	jsonType = "application/json; charset=UTF-8"
)

// instead gives the answer that comes in place of the Dashboard's own.
func (f Faults) instead(r *http.Request) (status int, kind, body string, spoiled bool) {
	switch {
	case f.Redirect != "":
		return http.StatusMovedPermanently, htmlType, "<html><body>Moved Permanently</body></html>", true
	case f.HTML:
		return http.StatusOK, htmlType, htmlPage("Checking your browser", "One moment, the firewall of this site is checking your request."), true
	case f.Status == http.StatusUnauthorized:
		return f.Status, jsonType, `{"code":"mainwp_rest_authentication_disabled_key","message":"The REST API Key are disabled.","data":{"status":401}}`, true
	case f.Status >= 500, f.Status == http.StatusForbidden, f.Status == http.StatusTooManyRequests:
		return f.Status, htmlType, htmlPage(strconv.Itoa(f.Status), "The server could not answer this request."), true
	case f.Status != 0:
		return f.Status, jsonType, fmt.Sprintf(`{"code":"rest_error","message":"Error","data":{"status":%d}}`, f.Status), true
	case f.PlainPermalinks && !strings.Contains(r.URL.Path, "/index.php/wp-json"):
		return http.StatusNotFound, htmlType, htmlPage("404 Not Found", "The requested address was not found."), true
	case !strings.Contains(r.URL.Path, "/wp-json"):
		return http.StatusNotFound, htmlType, htmlPage("Page not found", "Nothing was found at this location."), true
	}
	return 0, "", "", false
}

// spoils says that a request gets another answer than the Dashboard's own, or none.
func (f Faults) spoils(r *http.Request) bool {
	_, _, _, spoiled := f.instead(r)
	return spoiled || f.Down
}

func htmlPage(title, text string) string {
	return "<!DOCTYPE html>\n<html lang=\"en\"><head><title>" + title + "</title></head><body><h1>" + title + "</h1><p>" + text + "</p></body></html>\n"
}

// head sets the headers that belong to a spoiled answer.
func (f Faults) head(w http.ResponseWriter, r *http.Request, status int) {
	if f.Redirect != "" && status == http.StatusMovedPermanently {
		w.Header().Set("Location", strings.TrimSuffix(f.Redirect, "/")+r.URL.RequestURI())
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
}

// send writes the answer, with junk before it or cut in the middle where that is asked for.
func (f Faults) send(w http.ResponseWriter, status int, body []byte) {
	if f.HalfPage {
		w.Header().Set("Content-Length", strconv.Itoa(len(f.Junk)+len(body)))
		body = body[:len(body)/2]
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, f.Junk)
	_, _ = w.Write(body)
	if f.HalfPage {
		if flusher, can := w.(http.Flusher); can {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}
