package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/mainwp"
	syncer "muster/sync"
	"muster/web"
)

// quickTimeout is in the environment of a Muster that is there to be killed: how long an update may take. `muster serve`
// wants at least a minute, which is more than a test can wait for.
const quickTimeout = "MUSTER_KILLED_TIMEOUT"

// TestServeToBeKilled is that Muster, in a process of its own: what `muster serve` builds, but for that time. It ends by
// itself with its standard input.
func TestServeToBeKilled(t *testing.T) {
	timeout, err := time.ParseDuration(os.Getenv(quickTimeout))
	if err != nil {
		t.Skip("is started by TestKilledInTheMiddleOfRuns")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := serveQuick(ctx, timeout); err != nil {
		t.Fatal(err)
	}
}

func serveQuick(ctx context.Context, timeout time.Duration) error {
	cfg, err := loadConfig(os.Getenv)
	if err != nil {
		return err
	}
	log := (&app{stderr: os.Stderr}).logger(cfg.LogLevel)
	listener, err := listen(ctx, cfg.Addr)
	if err != nil {
		return err
	}
	unlock, err := lockData(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = unlock() }()
	store, err := openStore(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	fmt.Printf("Muster is at %s\n", cfg.address(listener))
	p := panel{
		store: store, listener: listener, log: log, transport: mainwp.GuardedTransport(cfg.AllowPrivate),
		syncer: syncer.Options{DB: store, AllowPrivate: cfg.AllowPrivate, Log: log, Now: time.Now, HistoryDays: cfg.HistoryDays},
		engine: syncer.EngineOptions{UpdateTimeout: timeout, Workers: cfg.RunWorkers},
		web:    web.Options{},
	}
	return p.run(ctx)
}

// victim is such a process. Its program is how a browser reaches it.
type victim struct {
	*program
	cmd    *exec.Cmd
	stdin  io.Closer
	exited chan struct{}
}

// spawn starts the process and returns when it serves.
func spawn(t *testing.T, dir string, timeout time.Duration) *victim {
	t.Helper()
	v, address := launch(t, dir, timeout)
	if v.url = <-address; v.url == "" {
		t.Fatalf("Muster did not start: %s", v.log.String())
	}
	return v
}

// launch starts the process. Its address comes when it serves.
func launch(t *testing.T, dir string, timeout time.Duration) (v *victim, address <-chan string) {
	t.Helper()
	v = &victim{program: &program{t: t}, exited: make(chan struct{})}
	v.cmd = exec.Command(os.Args[0], "-test.run", "^TestServeToBeKilled$")
	v.cmd.Env = append(os.Environ(), quickTimeout+"="+timeout.String(), "MUSTER_DATA_DIR="+dir, "MUSTER_ADDR=127.0.0.1:0")
	v.cmd.Stderr = &v.log
	var err error
	if v.stdin, err = v.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	v.cmd.Stdout = in
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	found := make(chan string, 1)
	go func() {
		defer close(v.exited)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := addressLine.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
		close(found)
		_ = v.cmd.Wait()
		_ = out.Close()
	}()
	t.Cleanup(v.kill)
	return v, found
}

// kill is kill -9.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill()
	<-v.exited
}

// end lets the process end by itself.
func (v *victim) end() {
	v.t.Helper()
	_ = v.stdin.Close()
	<-v.exited
	if !v.cmd.ProcessState.Success() {
		v.t.Errorf("Muster ended with %s: %s", v.cmd.ProcessState, v.log.String())
	}
}

// over reports whether no run is open any more.
func (v *victim) over(c *http.Client) bool {
	status, _, body := v.get(c, "/runs?state=open")
	if status != http.StatusOK {
		v.t.Fatalf("the open runs: status %d: %s", status, body)
	}
	return strings.Contains(body, "No run is open")
}

// keyFile writes a key where the command line reads it.
func keyFile(t *testing.T, key string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
