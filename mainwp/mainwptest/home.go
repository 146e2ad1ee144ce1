package mainwptest

import (
	"html"
	"io"
	"net/http"
	"strings"
)

// Home is a site's home page. Status 0 means 200, Title "" the name of the site.
type Home struct {
	Status int
	Title  string
}

// homeOf finds the site whose home page a request asks for, by host and path; nil when it is not for a site.
func (d *Dashboard) homeOf(r *http.Request) *Site {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	asked := strings.TrimPrefix(host, "www.") + strings.TrimSuffix(r.URL.Path, "/")
	for _, id := range d.order {
		if address(d.sites[id].URL) == asked {
			return d.sites[id]
		}
	}
	return nil
}

// lists says whether this Dashboard has a site at the address of a request.
func (d *Dashboard) lists(r *http.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.homeOf(r) != nil
}

// serveHome answers for a child instead of the Dashboard; false when the request is not for a child's home page.
func (d *Dashboard) serveHome(w http.ResponseWriter, r *http.Request) bool {
	if strings.Contains(r.URL.Path, "/wp-json") {
		return false
	}
	d.mu.Lock()
	s := d.homeOf(r)
	if s == nil {
		d.mu.Unlock()
		return false
	}
	c, name := s.Child, s.Name
	d.mu.Unlock()
	if c.Down {
		panic(http.ErrAbortHandler)
	}
	status, title := c.homeStatus(), c.Home.Title
	if title == "" {
		title = name
	}
	w.Header().Set("Content-Type", htmlType)
	w.WriteHeader(status)
	if c.maintenance > 0 {
		_, _ = io.WriteString(w, `<title>Maintenance</title><div class="wp-die-message"><h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1></div>`)
		return true
	}
	if !c.white() {
		_, _ = io.WriteString(w, htmlPage(html.EscapeString(title), "Welcome."))
	}
	return true
}

func (c *Child) homeStatus() int {
	switch {
	case c.maintenance > 0:
		return http.StatusServiceUnavailable
	case c.Home.Status == 0:
		return http.StatusOK
	}
	return c.Home.Status
}

// white says that the active theme is not there: every page of the site is empty.
func (c *Child) white() bool {
	for _, t := range c.Themes {
		if t.Active {
			return false
		}
	}
	return len(c.Themes) > 0
}
