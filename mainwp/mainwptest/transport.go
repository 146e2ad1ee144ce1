package mainwptest

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
)

// Transport routes requests to Dashboards in memory, by host ("dash.example" or "dash.example:8443"). It uses no
// sockets, so it works inside a testing/synctest bubble, and it ends with the request's context. A host that is not
// there is a DNS error, a Dashboard with the fault Down refuses the connection. TLS is left out.
//
// The addresses of all sites that these Dashboards list are routed too: GET https://<site>/ is the child's home page (see
// Child.Home). Of two Dashboards that list the same address, the one with the first host name in order answers.
func Transport(hosts map[string]*Dashboard) http.RoundTripper {
	return roundTripper(hosts)
}

type roundTripper map[string]*Dashboard

func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	d := t[r.URL.Host]
	if d == nil {
		d = t[r.URL.Hostname()]
	}
	if d == nil {
		d = t.listing(r)
	}
	if d == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	}
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:49152"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	w := &recorder{header: http.Header{}}
	return w.response(r, serve(d, w, in))
}

// listing finds the Dashboard that has a site at the address of a request.
func (t roundTripper) listing(r *http.Request) *Dashboard {
	for _, host := range slices.Sorted(maps.Keys(t)) {
		if t[host].lists(r) {
			return t[host]
		}
	}
	return nil
}

// serve runs the handler; aborted says that it gave the connection up.
func serve(d *Dashboard, w *recorder, r *http.Request) (aborted bool) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		gaveUp, isError := p.(error)
		if !isError || !errors.Is(gaveUp, http.ErrAbortHandler) {
			panic(p)
		}
		aborted = true
	}()
	d.ServeHTTP(w, r)
	return false
}

// recorder keeps an answer in memory.
type recorder struct {
	sent   bool // the request was taken in before the connection ended
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// response gives what a connection would have given: without any answer an error, with a cut one a body that ends in
// io.ErrUnexpectedEOF.
func (w *recorder) response(r *http.Request, aborted bool) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if w.status == 0 && w.sent {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	if w.status == 0 {
		refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		return nil, refused
	}
	length := int64(w.body.Len())
	if text := w.header.Get("Content-Length"); text != "" {
		length, _ = strconv.ParseInt(text, 10, 64)
	}
	body := io.Reader(&w.body)
	if aborted {
		body = io.MultiReader(body, failingReader{})
	}
	if r.Method == http.MethodHead {
		body = bytes.NewReader(nil)
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}, nil
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
