package mainwptest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Write is one authenticated request to a route that changes something. Started is when it came and Ended when its work
// was done, zero while it goes on, which it may do after the client has gone. Both are time.Now's, whatever Config.Now
// says, so that Writes of several Dashboards can be compared.
type Write struct {
	Method, Path  string // below mainwp/v2: "/updates/7/update/plugins"
	Site          int64  // 0: none
	Address, IP   string // the site's URL without scheme, "www." and last slash; its server
	Kind          Kind   // of an update, "" else
	Slug          string // as asked, several with commas; "" for WordPress itself
	Started       time.Time
	Ended         time.Time
	Worked        bool // false: spoiled or cut before the work began
	Answered      bool // false: cut, timed out, or answered by the proxy
	Status        int  // of the Dashboard's own answer
	EverythingRun bool // updates/update and updates/{id}/update, which no client should ever call
}

// open says that the work goes on.
func (w Write) open() bool { return w.Ended.IsZero() }

// Writes gives all writes, oldest first.
func (d *Dashboard) Writes() []Write {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]Write, len(d.writes))
	for i, w := range d.writes {
		out[i] = *w
	}
	return out
}

// Updates gives those writes that update items.
func (d *Dashboard) Updates() []Write {
	return slices.DeleteFunc(d.Writes(), func(w Write) bool { return w.Kind == "" || !w.Worked && !w.open() })
}

// EverythingRuns counts the calls of updates/update and updates/{id}/update.
func (d *Dashboard) EverythingRuns() int {
	return len(slices.DeleteFunc(d.Writes(), func(w Write) bool { return !w.EverythingRun }))
}

// Overlaps gives the pairs of writes on one site address whose work went on at the same time. Writes may come from
// several Dashboards; with those of Updates alone it tells whether an item was sent again too early.
func Overlaps(writes ...Write) [][2]Write {
	var out [][2]Write
	for i, a := range writes {
		for _, b := range writes[i+1:] {
			if a.Site != 0 && b.Site != 0 && a.Address == b.Address && a.meets(b) {
				out = append(out, [2]Write{a, b})
			}
		}
	}
	return out
}

func (w Write) meets(o Write) bool {
	before := func(a, b Write) bool { return !a.open() && !a.Ended.After(b.Started) }
	return !before(w, o) && !before(o, w)
}

// MostAtOnce gives the largest number of writes of each group whose work went on at the same time, e.g. by server:
// func(w Write) string { return w.IP }. A group "" is left out.
func MostAtOnce(by func(Write) string, writes ...Write) map[string]int {
	most := map[string]int{}
	for i, a := range writes {
		group, n := by(a), 1
		if group == "" {
			continue
		}
		for k, b := range writes {
			if k != i && by(b) == group && !b.Started.After(a.Started) && (b.open() || b.Ended.After(a.Started)) {
				n++
			}
		}
		most[group] = max(most[group], n)
	}
	return most
}

const keptWrites = 20_000

// openWrite writes a write into the log, nil for a read.
func (d *Dashboard) openWrite(method string, q query) *Write {
	if method == http.MethodGet || method == http.MethodHead {
		return nil
	}
	w := &Write{Method: method, Path: q.path, Started: time.Now()}
	parts := strings.Split(strings.Trim(q.path, "/"), "/")
	if parts[0] == "sites" || parts[0] == "updates" {
		w.Site, _ = strconv.ParseInt(q.id, 10, 64)
	}
	if s := d.sites[w.Site]; s != nil {
		w.Address, w.IP = address(s.URL), s.IP
	}
	if len(parts) == 4 && parts[0] == "updates" && parts[2] == "update" {
		w.Kind, w.Slug = kindOf(parts[3]), strings.Join(q.list("slug"), ",")
		if w.Kind == Core {
			w.Slug = ""
		}
	}
	w.EverythingRun = parts[0] == "updates" && parts[len(parts)-1] == "update"
	if len(d.writes) == keptWrites {
		d.writes = slices.Delete(d.writes, 0, keptWrites/2)
	}
	d.writes = append(d.writes, w)
	return w
}

func (d *Dashboard) closeWrite(w *Write, status int) {
	if w != nil {
		w.Ended, w.Status = time.Now(), status
	}
}

func address(url string) string { return strings.TrimSuffix(bareURL(url), "/") }
