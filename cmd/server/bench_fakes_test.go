package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"muster/mainwp/mainwptest"
)

// The bench keeps its made-up Dashboards in another process, so that its CPU time and memory are those of Muster alone:
// the test program runs itself again with these variables.
const (
	fakesDashboards = "MUSTER_BENCH_DASHBOARDS"
	fakesSites      = "MUSTER_BENCH_SITES"
)

// fake is how the bench reaches one made-up Dashboard; POST to Change lets one of its sites get another name, prepares it
// for a run, or makes its calls slow.
type fake struct{ Name, URL, Key, Change string }

// TestServeFakes is the other process: it prints where its Dashboards are and serves until its standard input ends.
func TestServeFakes(t *testing.T) {
	dashboards, errD := strconv.Atoi(os.Getenv(fakesDashboards))
	sites, errS := strconv.Atoi(os.Getenv(fakesSites))
	if errD != nil || errS != nil {
		t.Skip("is started by BenchmarkMuster")
	}
	var fakes []fake
	for n, f := range mainwptest.Fleet(1, dashboards, sites, time.Now) {
		api := httptest.NewServer(f)
		defer api.Close()
		change := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			switch delay, err := time.ParseDuration(r.FormValue("delay")); {
			case err == nil:
				f.SetFaults(mainwptest.Faults{Delay: delay})
			case r.FormValue("prepare") != "":
				prepare(n, f.Dashboard)
			default:
				id := f.SiteIDs()[0]
				f.EditSite(id, func(s *mainwptest.Site) { s.Name, s.LastSync = r.FormValue("name"), time.Now() })
			}
		}))
		defer change.Close()
		fakes = append(fakes, fake{Name: f.Name, URL: api.URL, Key: f.Token(), Change: change.URL})
	}
	line, err := json.Marshal(fakes)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s\n", line)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// serveFakes starts the other process.
func serveFakes(b *testing.B, dashboards, sites int) []fake {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestServeFakes$")
	cmd.Env = append(os.Environ(), fakesDashboards+"="+strconv.Itoa(dashboards), fakesSites+"="+strconv.Itoa(sites))
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var fakes []fake
	if err := json.Unmarshal(line, &fakes); err != nil {
		b.Fatal(err)
	}
	return fakes
}
