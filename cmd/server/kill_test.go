package main

import (
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"muster/mainwp/mainwptest"
)

const (
	killsInTheGate = 20
	killsOfARun    = 10 // kills of one data directory
	killedSites    = 6  // of each of two Dashboards
	killedItems    = 3  // of each site
	killedUpdate   = 4 * time.Second
	longestWork    = 1500 * time.Millisecond // ends in any case before an update may be sent again
	longestStart   = 400 * time.Millisecond  // how long a process may live that is killed as it starts
)

// TestKilledInTheMiddleOfRuns kills the process with -9 at random points of two runs that want the same sites, and starts it
// again: no update is sent while an earlier one may still be at work on that address, and in the end what each task says is
// true. MUSTER_TORTURE sets the number of kills, MUSTER_KILL_SEED repeats what failed.
func TestKilledInTheMiddleOfRuns(t *testing.T) {
	kills := killsInTheGate
	if n, err := strconv.Atoi(os.Getenv("MUSTER_TORTURE")); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MUSTER_KILL_SEED"), 10, 64); err == nil {
		seed = n
	}
	for i := range uint64(kills+killsOfARun-1) / killsOfARun {
		t.Run(fmt.Sprintf("seed %d", seed+i), func(t *testing.T) {
			t.Parallel()
			killedRuns(t, seed+i)
		})
	}
}

func killedRuns(t *testing.T, seed uint64) {
	w := newKillWorld(t, seed)
	v := spawn(t, w.dir, killedUpdate)
	c := v.signedIn("owner@example.com", ownerPassword)
	items := w.items(v, c)
	w.startRun(v, c, 1, items[0], items[1])
	w.startRun(v, c, 2, items[2])
	for n := range killsOfARun {
		w.until(v, c, n)
		v.kill()
		if n%5 == 4 { // once more, while it starts
			v, _ = launch(t, w.dir, killedUpdate)
			<-time.After(time.Duration(w.rng.Int64N(int64(longestStart))))
			v.kill()
		}
		v = spawn(t, w.dir, killedUpdate)
	}
	deadline := time.After(4 * patience)
	for !v.over(c) { // the person is still signed in
		select {
		case <-deadline:
			_, _, body := v.get(c, "/runs/1")
			t.Fatalf("the runs do not end: %s\n%s", body, v.log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	v.end()
	w.sentOnce()
	w.truth()
}

// killWorld are two Dashboards and a data directory.
type killWorld struct {
	t    *testing.T
	rng  *rand.Rand
	dir  string
	fake []*mainwptest.Dashboard
	want map[int64]int // tasks by run, as its review showed them

	mu    sync.Mutex
	rolls *rand.Rand // of what happens in the Dashboards, in the order in which requests come
	left  int        // requests until the trap goes off
	trap  chan struct{}
}

func newKillWorld(t *testing.T, seed uint64) *killWorld {
	w := &killWorld{t: t, rng: rand.New(rand.NewPCG(seed, 1)), rolls: rand.New(rand.NewPCG(seed, 2)), dir: t.TempDir(), want: map[int64]int{}}
	addOwner(t, w.dir)
	for i, p := range []mainwptest.Personality{mainwptest.V61WP69, mainwptest.V54} {
		d := mainwptest.New(mainwptest.Config{Personality: p, Seed: seed + uint64(i), Sites: killedSites - i, PluginsPerSite: 6, DescriptionsShort: true})
		if i > 0 {
			d.AddSite(w.fake[0].Site(w.fake[0].SiteIDs()[0]).URL) // one site is on both
		}
		w.script(d)
		server := httptest.NewServer(w.slow(d))
		t.Cleanup(server.Close)
		args := []string{"dashboard", "add", "-url", server.URL, "-name", fmt.Sprintf("Dashboard %d", i+1), "-key-file", keyFile(t, d.Token())}
		if out, err := muster(t, "", args, "MUSTER_DATA_DIR", w.dir); err != nil {
			t.Fatalf("connect: %v\n%s", err, out)
		}
		w.fake = append(w.fake, d)
	}
	return w
}

// script makes all sites of a Dashboard well, with many updates, of which some go wrong.
func (w *killWorld) script(d *mainwptest.Dashboard) {
	for _, id := range d.SiteIDs() {
		d.SetDown(id, false)
		d.EditSite(id, func(s *mainwptest.Site) {
			s.Suspended, s.Child.Refuses, s.IgnorePlugins, s.IgnoreThemes = false, false, false, false
			s.IgnoredPlugins, s.IgnoredThemes = nil, nil
		})
		s := d.Site(id)
		for _, p := range s.Child.Plugins {
			d.ReleaseUpdate("plugin", p.Slug, "99.0")
			d.OnUpdate(id, p.Slug, w.effects()...)
		}
		for _, p := range s.Child.Themes {
			d.ReleaseUpdate("theme", p.Slug, "99.0")
			d.OnUpdate(id, p.Slug, w.effects()...)
		}
	}
	d.Sync()
}

// effects are what becomes of the updates of an item.
func (w *killWorld) effects() []mainwptest.Effect {
	works := mainwptest.Effect{Takes: time.Duration(w.rng.Int64N(int64(longestWork)))}
	first := works
	switch w.rng.IntN(12) {
	case 0: // the connection is cut, the work goes on
		first.Delivery, first.After = mainwptest.Cut, works.Takes/4+1
	case 1: // it is cut, and nothing is done
		first.Delivery, first.Outcome = mainwptest.Cut, mainwptest.Unchanged
	case 2:
		first.Outcome, first.Reason = mainwptest.Failed, "Could not copy file."
		works = first
	case 3:
		first.Outcome = mainwptest.Unchanged
		works = first
	}
	return []mainwptest.Effect{first, works}
}

// slow puts the way to and from a Dashboard before it. A request that has left arrives, whoever is dead by then.
func (w *killWorld) slow(d *mainwptest.Dashboard) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer w.pass()
		there := w.pass()
		<-time.After(there)
		d.ServeHTTP(rw, r)
	})
}

// pass counts a request that comes or is answered, and says how long the way takes.
func (w *killWorld) pass() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left--; w.left == 0 {
		close(w.trap)
	}
	return 20*time.Millisecond + time.Duration(w.rolls.Int64N(int64(80*time.Millisecond)))
}

// until waits for the point at which the process is killed: some requests later, and often a little more.
func (w *killWorld) until(v *victim, c *http.Client, n int) {
	w.t.Helper()
	left, trap := 1+w.rng.IntN(12), make(chan struct{})
	w.mu.Lock()
	w.left, w.trap = left, trap
	w.mu.Unlock()
	more := time.Duration(max(0, w.rng.Int64N(int64(200*time.Millisecond))-int64(60*time.Millisecond)))
	w.t.Logf("kill %d: after %d requests and answers, and %s", n+1, left, more)
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		select {
		case <-trap:
			<-time.After(more)
			return
		case <-look.C:
			if v.over(c) {
				w.t.Fatalf("the runs were over before kill %d", n+1)
			}
		}
	}
}

var (
	groupValue  = regexp.MustCompile(`name="add-group" value="(\d+)"`)
	itemValue   = regexp.MustCompile(`name="(item|anyway)" value="(\+(?:plugin|theme):[^"]+)"`)
	reviewSum   = regexp.MustCompile(`(?s)Will run</dt><dd class="num">(\d+)</dd>.*Left out</dt><dd class="num">(\d+)</dd>`)
	digestValue = regexp.MustCompile(`name="digest" value="([^"]+)"`)
)

// items waits until the first pass has read everything, and gives the first, second and third update of every site, as the
// buttons of the Updates page name them.
func (w *killWorld) items(v *victim, c *http.Client) (items [killedItems][][2]string) {
	w.t.Helper()
	var sites [][]string
	for deadline := time.After(patience); len(sites) < 2*killedSites; {
		select {
		case <-deadline:
			w.t.Fatalf("%d sites with updates, want %d", len(sites), 2*killedSites)
		case <-time.After(50 * time.Millisecond):
		}
		_, _, body := v.get(c, "/updates?group=site")
		sites = groupValue.FindAllStringSubmatch(body, -1)
	}
	for _, s := range sites {
		_, _, body := v.get(c, "/updates?group=site&open="+s[1])
		found := itemValue.FindAllStringSubmatch(body, -1)
		if len(found) < killedItems {
			w.t.Fatalf("site %s has %d updates to choose: %s", s[1], len(found), body)
		}
		w.rng.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
		for i := range items {
			items[i] = append(items[i], [2]string{found[i][1], html.UnescapeString(found[i][2])})
		}
	}
	return items
}

// startRun chooses items, reviews them and starts the run, as forms do without scripts.
func (w *killWorld) startRun(v *victim, c *http.Client, run int64, items ...[][2]string) {
	w.t.Helper()
	chosen := 0
	for _, list := range items {
		chosen += len(list)
		for _, item := range list {
			v.post(c, "/basket", url.Values{item[0]: {item[1]}, "back": {"/updates?group=site"}})
		}
	}
	_, review, body := v.post(c, "/runs/review", nil)
	for deadline := time.After(patience); ; {
		digest := digestValue.FindStringSubmatch(body)
		sum := reviewSum.FindStringSubmatch(body)
		if digest == nil || sum == nil {
			w.t.Fatalf("no review at %s: %s", review, body)
		}
		form := url.Values{"digest": {html.UnescapeString(digest[1])}, "known": {"1"}, "stop_after": {"0"}, "when": {"now"}}
		status, at, page := v.post(c, review+"/start", form)
		if status == http.StatusOK && at == fmt.Sprintf("/runs/%d", run) {
			// of the site that is on both Dashboards an item may be in the other run already
			left, _ := strconv.Atoi(sum[2])
			if w.want[run], _ = strconv.Atoi(sum[1]); w.want[run]+left != chosen || left > 2 {
				w.t.Errorf("run %d would do %s of %d and leaves out %s", run, sum[1], chosen, sum[2])
			}
			return
		}
		if status != http.StatusUnprocessableEntity && status != http.StatusConflict {
			w.t.Fatalf("start: status %d at %s: %s", status, at, page)
		}
		select { // the run before has synced a site meanwhile: that is read again first
		case <-deadline:
			w.t.Fatalf("the run does not start: %s", page)
		case <-time.After(50 * time.Millisecond):
		}
		_, _, body = v.get(c, review)
	}
}

// sentOnce looks at what came to the Dashboards.
func (w *killWorld) sentOnce() {
	w.t.Helper()
	var updates []mainwptest.Write
	for i, d := range w.fake {
		sent := map[string]int{}
		for _, u := range d.Updates() {
			item := fmt.Sprintf("%s of site %d of Dashboard %d", u.Slug, u.Site, i+1)
			if sent[item]++; sent[item] > 2 {
				w.t.Errorf("%s was sent %d times", item, sent[item])
			}
		}
		if n := d.EverythingRuns(); n > 0 {
			w.t.Errorf("Dashboard %d was told %d times to update everything", i+1, n)
		}
		updates = append(updates, d.Updates()...)
	}
	for _, two := range mainwptest.Overlaps(updates...) {
		w.t.Errorf("two updates at once on %s: %s %s from %s to %s, %s %s from %s to %s", two[0].Address,
			two[0].Path, two[0].Slug, two[0].Started.Format(millis), two[0].Ended.Format(millis),
			two[1].Path, two[1].Slug, two[1].Started.Format(millis), two[1].Ended.Format(millis))
	}
}

const millis = "15:04:05.000"
