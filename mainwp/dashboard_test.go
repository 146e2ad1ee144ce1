package mainwp_test

import (
	"net/http"
	"testing"

	"muster/mainwp"
)

// page is one answer of a dashboard.
type page struct {
	status int
	body   []byte
}

// dashboard is a client of a Dashboard that answers by path; 404 elsewhere.
func dashboard(t testing.TB, pages map[string]page) *mainwp.Client {
	t.Helper()
	return mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
		if p, ok := pages[r.URL.Path]; ok {
			return answer(p.status, p.body), nil
		}
		return answer(404, []byte(`<!DOCTYPE html><html><body><h1>Not found</h1></body></html>`)), nil
	})})
}
