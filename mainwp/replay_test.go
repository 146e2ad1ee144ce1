package mainwp_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"muster/mainwp"
)

// verbs are a write with each method in use.
func verbs(t *testing.T) map[string]func(mainwp.Options, string) error {
	return map[string]func(mainwp.Options, string) error{
		"POST": func(o mainwp.Options, base string) error {
			_, err := mainwp.New(base, bearer(t), o).Update(t.Context(), 4, mainwp.UpdateWP, "")
			return err
		},
		"POST, edit": func(o mainwp.Options, base string) error {
			_, err := mainwp.New(base, bearer(t), o).EditSite(t.Context(), 4, mainwp.SiteEdit{ClientID: 1})
			return err
		},
		"POST, form": func(o mainwp.Options, base string) error {
			_, err := mainwp.New(base, bearer(t).With(mainwp.KindQuery), o).SuspendSite(t.Context(), 4)
			return err
		},
		"DELETE": func(o mainwp.Options, base string) error {
			_, err := mainwp.New(base, bearer(t), o).RemoveSite(t.Context(), 4)
			return err
		},
	}
}

// TestNoWriteIsSentTwice cuts the connection of a write once it was read, on a
// fresh connection and on one that was used before, where net/http would repeat
// what it takes for safe.
func TestNoWriteIsSentTwice(t *testing.T) {
	for name, write := range verbs(t) {
		for _, reused := range []bool{false, true} {
			var writes, reads atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					reads.Add(1)
					_, _ = io.WriteString(w, `{"count":1}`)
					return
				}
				writes.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_ = conn.Close()
			}))
			transport := &http.Transport{}
			opt := mainwp.Options{HTTP: transport}
			if reused {
				_, err := mainwp.New(server.URL, bearer(t), opt).SitesCount(t.Context())
				must(t, err)
			}
			e := asError(t, write(opt, server.URL))
			if e.Kind != mainwp.KindTransport || e.NotSent() || writes.Load() != 1 {
				t.Errorf("%s, reused %v: got %v, not sent %v, after %d requests; want an unknown outcome after 1", name, reused, e, e.NotSent(), writes.Load())
			}
			transport.CloseIdleConnections()
			server.Close()
		}
	}
}

// TestIdleConnectionClosed lets the server close a kept connection without an
// answer just when a write comes in on it.
func TestIdleConnectionClosed(t *testing.T) {
	for name, write := range verbs(t) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		var requests atomic.Int32
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				serveOnce(conn, &requests)
			}
		}()
		transport := &http.Transport{}
		opt, base := mainwp.Options{HTTP: transport}, "http://"+listener.Addr().String()
		_, err = mainwp.New(base, bearer(t), opt).SitesCount(t.Context())
		must(t, err)
		e := asError(t, write(opt, base))
		if e.Kind != mainwp.KindTransport || requests.Load() != 2 {
			t.Errorf("%s: got %v after %d requests, want an unknown outcome after the read and one write", name, e, requests.Load())
		}
		_ = listener.Close()
		transport.CloseIdleConnections()
		<-done
	}
}

// serveOnce answers the first request of a connection and closes it on the second.
func serveOnce(conn net.Conn, requests *atomic.Int32) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for n := range 2 {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		requests.Add(1)
		if n == 1 {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"count\":1}")
	}
}

func TestNotSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	base := "http://" + listener.Addr().String()
	_ = listener.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	for _, base := range []string{base, secure.URL, "http://name.invalid"} {
		_, err := mainwp.New(base, bearer(t), mainwp.Options{HTTP: &http.Transport{}}).SuspendSite(t.Context(), 1)
		if e := asError(t, err); e.Kind != mainwp.KindTransport || !e.NotSent() {
			t.Errorf("%s: got %v, want it known that nothing was sent", base, e)
		}
	}
}
