package mainwp_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/mainwp"
)

func TestDiagnoseReach(t *testing.T) {
	dialer := func(err error) http.RoundTripper {
		return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
	}
	tlsServer := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsServer.Config.ErrorLog = log.New(io.Discard, "", 0) // it logs each refused certificate
	tlsServer.StartTLS()
	t.Cleanup(tlsServer.Close)
	plainServer := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plainServer.Close)
	trusting := tlsServer.Client().Transport.(*http.Transport).Clone()
	trusting.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, tlsServer.Listener.Addr().String())
	}
	t.Cleanup(trusting.CloseIdleConnections)
	guarded := mainwp.GuardedTransport(true)

	for name, tt := range map[string]struct {
		base, states, step, says string
		http                     http.RoundTripper
	}{
		"no address":        {"", "F----------", "address", "Enter the address", nil},
		"plain http":        {"http://dash.example.com", "F----------", "address", "unprotected", nil},
		"unknown host":      {"https://dash.example.com", "F----------", "address", "There is no host named dash.example.com", dialer(&net.DNSError{Err: "no such host", Name: "dash.example.com", IsNotFound: true})},
		"DNS out of order":  {"https://dash.example.com", "F----------", "address", "could not be looked up", dialer(&net.DNSError{Err: "server misbehaving", Name: "dash.example.com", IsTemporary: true})},
		"nothing listens":   {closedPort(), "F----------", "address", "refuses the connection", guarded},
		"metadata by name":  {"https://dash.example.com", "F----------", "address", "never connects to", leadsTo("169.254.169.254:443")},
		"self-signed":       {tlsServer.URL, "oF---------", "tls", "self-signed", guarded},
		"other name":        {"https://other.invalid", "oF---------", "tls", "not for other.invalid but for example.com", trusting},
		"http at this port": {strings.Replace(plainServer.URL, "http:", "https:", 1), "oF---------", "tls", "plain http", guarded},
		"http on loopback":  {plainServer.URL, "owF--------", "tls", "Plain http", guarded},
	} {
		t.Run(name, func(t *testing.T) {
			report, states := diagnose(t, tt.base, bearer(t), mainwp.Options{HTTP: tt.http})
			if got := step(report, tt.step); states != tt.states || !strings.Contains(got.Detail, tt.says) || report.OK {
				t.Errorf("got %s, want %s with %q: %+v", states, tt.states, tt.says, got)
			}
		})
	}
}

// closedPort is the address of a port nobody listens on any more.
func closedPort() string {
	server := httptest.NewServer(nil)
	server.Close()
	return server.URL
}

// leadsTo is a guarded transport for which every name resolves to one address.
func leadsTo(address string) http.RoundTripper {
	transport := mainwp.GuardedTransport(true)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, address) }
	return transport
}

func TestDiagnoseRedirect(t *testing.T) {
	report, states := diagnose(t, "https://dash.example.com", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		resp := answer(301, nil)
		resp.Request = r
		resp.Header.Set("Location", "https://www.dash.example.com/wp-json/?_fields=namespaces")
		return resp, nil
	})})
	if got := step(report, "address"); states != "F----------" || report.SuggestURL != "https://www.dash.example.com" || got.Fix != "Use https://www.dash.example.com as the address." {
		t.Errorf("got %s, %q: %+v", states, report.SuggestURL, got)
	}
}

// TestDiagnoseStops: a Dashboard that hangs, and a person who leaves.
func TestDiagnoseStops(t *testing.T) {
	hang := roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	synctest.Test(t, func(t *testing.T) {
		report, states := diagnose(t, "https://dash.example.com", bearer(t), mainwp.Options{HTTP: hang})
		if got := step(report, "address"); states != "F----------" || !strings.Contains(got.Detail, "did not answer in time") || got.Took != 20*time.Second {
			t.Errorf("hangs: got %s: %+v", states, got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		report = mainwp.Diagnose(ctx, "https://dash.example.com", bearer(t), mainwp.Options{HTTP: hang}, nil)
		for _, s := range report.Steps {
			if s.State != mainwp.StepNotTried || !strings.Contains(s.Detail, "stopped") {
				t.Errorf("stopped: got %+v", s)
			}
		}
	})
}

// With truly plain permalinks /index.php/wp-json leads nowhere, and MainWP takes no key at ?rest_route=.
func TestDiagnosePlainPermalinks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("rest_route") == "/" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"namespaces":["wp/v2","mainwp/v2"]}`)
			return
		}
		_, _ = io.WriteString(w, "<!doctype html><title>Home</title>")
	}))
	defer server.Close()
	report := mainwp.Diagnose(t.Context(), server.URL, bearer(t), mainwp.Options{}, nil)
	states := map[string]mainwp.Step{}
	for _, s := range report.Steps {
		states[s.ID] = s
	}
	if states["rest"].State != mainwp.StepOK || states["permalinks"].State != mainwp.StepFailed || !strings.Contains(states["permalinks"].Fix, "Settings, Permalinks") || report.OK {
		t.Errorf("rest %+v, permalinks %+v", states["rest"], states["permalinks"])
	}
	if states["key"].State != mainwp.StepNotTried || states["key"].Took != 0 {
		t.Errorf("key %+v", states["key"])
	}
}
