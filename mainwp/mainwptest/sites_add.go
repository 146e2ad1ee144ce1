package mainwptest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// NewChild is a site that is on no Dashboard yet, for POST /sites/add. Admin and Password are those of its WordPress;
// WithoutChild: MainWP Child is not installed; Taken: it is connected to another Dashboard.
type NewChild struct {
	Admin, Password     string
	WithoutChild, Taken bool
}

// OfferChild makes a site reachable at an address ("https://new.example/") so that it can be added. What was not
// offered cannot be reached. A child that was removed must be offered again.
func (d *Dashboard) OfferChild(url string, c NewChild) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.strangers[address(url)] = c
}

const (
	alreadyTaken  = "Public key already set. Please deactivate &amp; reactivate the MainWP Child plugin on the child site and try again."
	childNotFound = "MainWP Child plugin not detected or could not be reached! Ensure the MainWP Child plugin is installed and activated on the child site, and there are no security rules blocking requests.  If you continue experiencing this issue, check the MainWP Community for help."
	authFailed    = "Authentication failed! Please deactivate and re-activate the MainWP Child plugin on this site."
)

// addSite answers POST /sites/add. A wrong password reads as a child of another Dashboard.
func (d *Dashboard) addSite(q query) answer {
	url := strings.TrimSuffix(q.Get("url"), "/") + "/"
	if url == "/" {
		return refused("HTTP error - URL using bad/illegal format or missing URL")
	}
	for _, id := range d.order {
		if address(d.sites[id].URL) == address(url) {
			return ok(obj{{"success", 0}, {"error", "The site is already connected to your MainWP Dashboard"}, {"found_id", itoa(id)}})
		}
	}
	c, reachable := d.strangers[address(url)]
	switch {
	case !reachable:
		return refused(connectError(&Site{URL: url}))
	case c.WithoutChild:
		return refused(childNotFound)
	case c.Taken || q.Get("admin") != c.Admin || q.Get("adminpassword") != c.Password:
		return refused(alreadyTaken)
	}
	delete(d.strangers, address(url))
	s := d.connectSite(url)
	s.Name = cmp.Or(q.Get("name"), address(url))
	s.ClientID, _ = strconv.ParseInt(q.Get("client_id"), 10, 64)
	s.TagIDs = tagIDs(q)
	return ok(obj{{"success", 1}, {"data", s.simple()}, {"message", "Site successfully added - Visit the Site&#039;s Dashboard now."}})
}

// connectSite makes a healthy site; url "" leaves it the address it was made with.
func (d *Dashboard) connectSite(url string) *Site {
	s := d.makeSite()
	if url != "" {
		s.URL = url
		if m := d.watched[s.ID]; m != nil {
			m.url = url
		}
	}
	s.Suspended, s.Child.Refuses, s.Child.Down = false, false, false
	d.setDown(s, false)
	d.sync(s)
	d.reorder()
	return s
}

// removeSiteNow answers DELETE /sites/{id}/remove. The site goes in any case; a child that refuses makes the answer a
// failure all the same.
func (d *Dashboard) removeSiteNow(q query) answer {
	s := d.site(q)
	if s == nil {
		return notFound("site")
	}
	d.removeSite(s.ID)
	switch {
	case s.Child.Refuses:
		return ok(obj{{"success", 0}, {"error", authFailed}, {"data", s.simple()}})
	case s.Child.Down:
		return ok(obj{{"success", 1}, {"message", "The site has been removed. Please make sure that the MainWP Child plugin has been deactivated properly."}, {"data", s.simple()}})
	}
	return ok(obj{{"success", 1}, {"message", "The site has been removed and the MainWP Child plugin has been disabled."}, {"data", s.simple()}})
}

// tagIDs reads groupids; a tag that does not exist is kept as a dead relation.
func tagIDs(q query) []int64 {
	var ids []int64
	for _, text := range q.list("groupids") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
