package views

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"muster/db"
	"muster/static"
)

// now is the moment at which all pages of these tests are rendered.
var now = time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)

// testShell is an owner's page over three Dashboards, of which the third has not answered since 12:31.
func testShell(t *testing.T) Shell {
	t.Helper()
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	ok := db.Dashboard{
		ID: 1, Name: "Northlight Studio", URL: "https://dash.northlight.example", State: db.DashOK, Sites: 268, Interval: 15 * time.Minute, Probe: time.Minute,
		LastReadAt: now.Add(-2 * time.Minute), NewestSyncAt: now.Add(-11 * time.Minute), CreatedAt: now.AddDate(0, -3, 0), KeyScope: "read_write",
	}
	second, lost := ok, ok
	second.ID, second.Name = 2, "Brightfold Agency"
	lost.ID, lost.Name, lost.Sites, lost.State = 3, "Harbour Digital", 132, db.DashUnreachable
	lost.ErrorKind, lost.Error, lost.ErrorAt = "blocked", "522 <b>timed out</b>", now.Add(-121*time.Minute)
	lost.LastReadAt, lost.NextSyncAt = now.Add(-123*time.Minute), now.Add(4*time.Minute)
	return Shell{
		Assets: assets, User: db.User{ID: 1, Name: "Demo owner", Email: "demo@muster.test", Role: db.Owner}, Now: now, Zone: time.UTC, Path: "/", Version: "1.0.0",
		CanManage: true, CanRefresh: true, Nav: db.Nav{Sites: 612, Updates: 1214, Clients: 48, Dashboards: []db.Dashboard{ok, second, lost}},
	}
}

// node is a piece of a page as a reader finds it.
type node struct{ *html.Node }

func render(t *testing.T, c templ.Component) node {
	t.Helper()
	var buf bytes.Buffer
	if err := c.Render(t.Context(), &buf); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return node{root}
}

// attr is an attribute's value, "" where it is missing.
func (n node) attr(name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (n node) has(name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// matches understands "tag", ".class", "#id" and "tag.class".
func (n node) matches(selector string) bool {
	if n.Type != html.ElementNode {
		return false
	}
	if id, ok := strings.CutPrefix(selector, "#"); ok {
		return n.attr("id") == id
	}
	tag, class, _ := strings.Cut(selector, ".")
	if tag != "" && n.Data != tag {
		return false
	}
	return class == "" || strings.Contains(" "+n.attr("class")+" ", " "+class+" ")
}

// all finds every element below n that fits the last selector and lies in one of each before.
func (n node) all(selectors ...string) []node {
	var out []node
	for d := range n.Descendants() {
		if !(node{d}).matches(selectors[0]) {
			continue
		}
		if len(selectors) == 1 {
			out = append(out, node{d})
		} else {
			out = append(out, node{d}.all(selectors[1:]...)...)
		}
	}
	return out
}

// one is the only such element.
func (n node) one(t *testing.T, selectors ...string) node {
	t.Helper()
	list := n.all(selectors...)
	if len(list) != 1 {
		t.Fatalf("%d elements %v, want 1", len(list), selectors)
	}
	return list[0]
}

// text is what a reader reads, white space folded.
func (n node) text() string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (n node) says(t *testing.T, what ...string) {
	t.Helper()
	text := n.text()
	for _, w := range what {
		if !strings.Contains(text, w) {
			t.Errorf("nothing says %q in %q", w, text)
		}
	}
}

func (n node) saysNot(t *testing.T, what ...string) {
	t.Helper()
	text := n.text()
	for _, w := range what {
		if strings.Contains(text, w) {
			t.Errorf("something says %q in %q", w, text)
		}
	}
}

// row is the table row that holds a text.
func (n node) row(t *testing.T, text string) node {
	t.Helper()
	for _, r := range n.all("tbody", "tr") {
		if strings.Contains(r.text(), text) {
			return r
		}
	}
	t.Fatalf("no row says %q", text)
	return node{}
}

// links are the addresses of all links.
func (n node) links() []string {
	var out []string
	for _, a := range n.all("a") {
		out = append(out, a.attr("href"))
	}
	return out
}

func testSite(id int64, name string) db.SiteRow {
	score := 96
	return db.SiteRow{
		ID: id, RemoteID: id + 10, DashboardID: 1, DashboardName: "Northlight Studio", DashState: db.DashOK, Name: name, URL: "https://site.example/", State: db.StateOK,
		GoodSyncAt: now.Add(-11 * time.Minute), LastSyncAt: now.Add(-11 * time.Minute), ReadAt: now.Add(-2 * time.Minute), WPVersion: "7.0.2", PHPVersion: "8.4.14",
		HealthScore: &score, UpdatesKnown: true, Updates: db.UpdateCounts{Plugins: 6, Translations: 2}, Uptime: &db.Uptime{Hours: day(60, 0), Up: 1440, Known: true},
	}
}

// day is 24 hours with the same minutes up and down in each.
func day(up, down int) []db.HourBar {
	hours := make([]db.HourBar, 24)
	for i := range hours {
		hours[i] = db.HourBar{At: now.Add(time.Duration(i-24) * time.Hour), Up: up, Down: down}
	}
	return hours
}
