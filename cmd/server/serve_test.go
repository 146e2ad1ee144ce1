package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"muster/mainwp/mainwptest"
)

// hanging is a made-up Dashboard that stops answering when it is told to, and tells of each request it keeps waiting.
func hanging(t *testing.T) (d *mainwptest.Dashboard, address string, hang *atomic.Bool, asked <-chan struct{}) {
	t.Helper()
	d = mainwptest.New(mainwptest.Config{Personality: mainwptest.V61WP69, Seed: 6, Sites: 30, Name: "Hanging"})
	hang = new(atomic.Bool)
	waiting := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hang.Load() {
			waiting <- struct{}{}
			<-r.Context().Done()
			return
		}
		d.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return d, server.URL, hang, waiting
}

// TestShutdownCutsASync ends the program while a Dashboard does not answer; a program that waited for it would never end.
func TestShutdownCutsASync(t *testing.T) {
	d, address, hang, asked := hanging(t)
	dir := t.TempDir()
	addOwner(t, dir)
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	c := p.signedIn("owner@example.com", ownerPassword)
	form := url.Values{"url": {address}, "key": {d.Token()}, "do": {"connect"}}
	if status, at, body := p.post(c, "/dashboards/connect", form); status != http.StatusOK || at != "/" {
		t.Fatalf("connect: status %d at %s: %s", status, at, body)
	}
	hang.Store(true)
	p.post(c, "/dashboards/1/refresh", nil)
	<-asked
	if err := p.stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
	again := start(t, nil, "MUSTER_DATA_DIR", dir)
	if status, _, _ := again.get(again.client(), "/readyz"); status != http.StatusOK {
		t.Errorf("after the next start: status %d", status)
	}
}

// TestShutdownStopsACheck: nobody has to wait for a check until its Dashboard answers.
func TestShutdownStopsACheck(t *testing.T) {
	d, address, hang, asked := hanging(t)
	hang.Store(true)
	dir := t.TempDir()
	addOwner(t, dir)
	p := start(t, nil, "MUSTER_DATA_DIR", dir)
	c := p.signedIn("owner@example.com", ownerPassword)
	answered := make(chan int, 1)
	go func() {
		status, _, _ := p.post(c, "/dashboards/connect", url.Values{"url": {address}, "key": {d.Token()}, "do": {"check"}})
		answered <- status
	}()
	<-asked
	if err := p.stop(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if status := <-answered; status != http.StatusServiceUnavailable {
		t.Errorf("the check was answered with %d, want 503", status)
	}
}

// TestDirectoryThatCannotBeWritten: /sys takes no directories, not even root's.
func TestDirectoryThatCannotBeWritten(t *testing.T) {
	if _, err := os.Stat("/sys/kernel"); err != nil {
		t.Skip("this system has no /sys")
	}
	_, err := muster(t, "", nil, "MUSTER_ADDR", "127.0.0.1:0", "MUSTER_DATA_DIR", "/sys/muster")
	if exitCode(err) != 1 || !strings.Contains(err.Error(), "cannot write in the data directory /sys/muster") {
		t.Errorf("%v; want one sentence", err)
	}
}
