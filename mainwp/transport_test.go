package mainwp_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"code.dny.dev/ssrf"

	"muster/mainwp"
)

func TestGuardedTransportRefuses(t *testing.T) {
	always := []string{
		"169.254.169.254:80", "[fd00:ec2::254]:80", "[fe80::1]:80", "224.0.0.1:80", "0.0.0.0:80", "[::]:80",
		"[::ffff:169.254.169.254]:80", "[ff02::1]:80", "240.0.0.1:80", "255.255.255.255:80", "100.100.100.200:80", "[64:ff9b::a9fe:a9fe]:80",
	}
	private := []string{"127.0.0.1:1", "10.1.2.3:1", "172.16.0.9:1", "192.168.1.1:1", "[::1]:1", "[fd12::1]:1", "[::ffff:127.0.0.1]:1"}
	for _, allow := range []bool{false, true} {
		list := always
		if !allow {
			list = append(list, private...)
		}
		for _, address := range list {
			conn, err := mainwp.GuardedTransport(allow).DialContext(t.Context(), "tcp", address)
			if !errors.Is(err, ssrf.ErrProhibitedIP) {
				t.Errorf("private allowed %v: dialing %s gave %v, %v; want it refused", allow, address, conn, err)
			}
		}
	}
}

// TestGuardedTransportCompresses reads a Dashboard on loopback, compressed.
func TestGuardedTransportCompresses(t *testing.T) {
	var accepted string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted = r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gzipped(t, `{"count":7}`))
	}))
	defer server.Close()
	transport := mainwp.GuardedTransport(true)
	defer transport.CloseIdleConnections()
	n, err := mainwp.New(server.URL, bearer(t), mainwp.Options{HTTP: transport}).SitesCount(t.Context())
	if err != nil || n != 7 || accepted != "gzip" {
		t.Errorf("got %d, %v with Accept-Encoding %q; want 7 with gzip", n, err, accepted)
	}
}
