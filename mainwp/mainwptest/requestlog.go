package mainwptest

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Request is one request a Dashboard saw. Auth is the way its key came: "bearer", "basic", "query" or "none". Status is
// 0 when the connection ended without an answer.
type Request struct {
	Method, Path string
	Query        url.Values // without the key
	Auth         string
	At           time.Time
	Status       int
}

const keptRequests = 4096

// requestLog keeps the last requests.
type requestLog struct {
	mu    sync.Mutex
	ring  []Request
	total int
}

func (l *requestLog) add(r Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < keptRequests {
		l.ring = append(l.ring, r)
	} else {
		l.ring[l.total%keptRequests] = r
	}
	l.total++
	return l.total - 1
}

func (l *requestLog) status(entry, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if entry >= l.total-keptRequests {
		l.ring[entry%keptRequests].Status = status
	}
}

// begin writes a request into the log and gives its number.
func (d *Dashboard) begin(r *http.Request) int {
	q := r.URL.Query()
	_, _, sent := credentials(r, q, false)
	for _, secret := range []string{"oauth_mainwp_ck", "oauth_mainwp_cs", "consumer_key", "consumer_secret"} {
		q.Del(secret)
	}
	return d.log.add(Request{Method: r.Method, Path: r.URL.Path, Query: q, Auth: sent, At: d.now()})
}

// Requests gives the last requests, oldest first; at most 4096 are kept.
func (d *Dashboard) Requests() []Request {
	d.log.mu.Lock()
	defer d.log.mu.Unlock()
	n := len(d.log.ring)
	out := make([]Request, 0, n)
	for i := range n {
		out = append(out, d.log.ring[(d.log.total-n+i)%keptRequests])
	}
	return out
}

// RequestCount is the number of requests since the Dashboard was made.
func (d *Dashboard) RequestCount() int {
	d.log.mu.Lock()
	defer d.log.mu.Unlock()
	return d.log.total
}
