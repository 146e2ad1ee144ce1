package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// program is a run of the real program: run(ctx, …) as main calls it.
type program struct {
	t      *testing.T
	url    string // where it serves
	code   string // one-time code of the first run, "" when there is an owner
	log    lockedBuffer
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

// lockedBuffer can be written and read at the same time.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

var (
	addressLine = regexp.MustCompile(`^Muster is at (\S+)`)
	codeLine    = regexp.MustCompile(`one-time code: (\S+)`)
)

// start runs the program until the test ends, and returns when it has printed its address. The environment is pairs of
// name and value; the port is chosen by the system.
func start(t *testing.T, args []string, env ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	p := &program{t: t, cancel: cancel, ended: make(chan struct{})}
	out, in := io.Pipe()
	env = append([]string{"MUSTER_ADDR", "127.0.0.1:0"}, env...)
	go func() {
		defer close(p.ended)
		p.err = run(ctx, args, environment(env...), strings.NewReader(""), in, &p.log)
		in.CloseWithError(errors.Join(io.EOF, p.err))
	}()
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("the program ended with: %v", err)
		}
	})
	p.read(bufio.NewScanner(out))
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

// read takes what is printed up to the address.
func (p *program) read(lines *bufio.Scanner) {
	p.t.Helper()
	for lines.Scan() {
		if m := codeLine.FindStringSubmatch(lines.Text()); m != nil {
			p.code = m[1]
		}
		if m := addressLine.FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
			return
		}
	}
	p.t.Fatalf("the program did not start: %v\n%s", lines.Err(), p.log.String())
}

// stop ends the program as a signal does and returns what it ended with.
func (p *program) stop() error {
	p.cancel()
	<-p.ended
	return p.err
}

// client is somebody's browser without the page: it keeps cookies.
func (p *program) client() *http.Client {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// signedIn is a client after signing in.
func (p *program) signedIn(email, password string) *http.Client {
	p.t.Helper()
	c := p.client()
	if status, path, body := p.post(c, "/signin", url.Values{"email": {email}, "password": {password}}); status != http.StatusOK || path != "/" {
		p.t.Fatalf("sign in as %s: status %d at %s: %s", email, status, path, body)
	}
	return c
}

// post sends a form and follows to the page it leads to.
func (p *program) post(c *http.Client, path string, form url.Values) (status int, at, body string) {
	p.t.Helper()
	resp, err := c.PostForm(p.url+path, form)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(resp)
}

func (p *program) get(c *http.Client, path string) (status int, at, body string) {
	p.t.Helper()
	resp, err := c.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.answer(resp)
}

func (p *program) answer(resp *http.Response) (status int, at, body string) {
	p.t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, resp.Request.URL.Path, string(b)
}

// muster runs one command to its end.
func muster(t *testing.T, stdin string, args []string, env ...string) (stdout string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), args, environment(env...), strings.NewReader(stdin), &out, &log)
	if log.Len() > 0 {
		t.Logf("standard error: %s", log.String())
	}
	return out.String(), err
}
