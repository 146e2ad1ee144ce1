package mainwptest

import (
	"context"
	"net/http"
	"time"
)

// job is one request on its way through the Dashboard.
type job struct {
	refusal *answer // when it is not for a route, or not allowed
	route   route
	q       query
	page    *http.Request // of a read, for faults that follow a list's page
	faults  Faults
	write   *Write // nil for reads
	effects map[string]Effect
	whole   Effect
}

// reply is the Dashboard's own answer.
type reply struct {
	status int
	body   []byte
}

// receive takes a request in: it is authenticated and, as a write, logged.
func (d *Dashboard) receive(r *http.Request, f Faults) *job {
	values := parameters(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &job{faults: f, page: r}
	d.active = f
	j.route, j.q, j.refusal = d.resolve(r, values, f)
	if j.refusal == nil && j.route.serve != nil && !f.spoils(r) {
		j.write = d.openWrite(r.Method, j.q)
	}
	if j.write != nil {
		j.effects, j.whole = d.takeEffects(*j.write)
	}
	return j
}

// drop ends a request whose work never began.
func (d *Dashboard) drop(j *job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closeWrite(j.write, 0)
}

// perform does the work and waits for it, as long as the connection lasts. false: there is no answer.
func (d *Dashboard) perform(ctx context.Context, j *job) (reply, bool) {
	if j.write == nil || j.whole.Takes == 0 && j.whole.After == 0 {
		done := d.work(j)
		return done, j.whole.Delivery == Answered || d.proxyTimeout(j, &done)
	}
	d.maintain(j, 1)
	if j.whole.Outcome == Queued {
		go func() {
			time.Sleep(j.whole.Takes)
			d.maintain(j, -1)
			d.work(j)
		}()
		return d.accepted(j), true
	}
	done := make(chan reply, 1)
	go func() {
		time.Sleep(j.whole.Takes)
		d.maintain(j, -1)
		done <- d.work(j)
	}()
	var strike <-chan time.Time
	if j.whole.Delivery != Answered && j.whole.After > 0 {
		timer := time.NewTimer(j.whole.After)
		defer timer.Stop()
		strike = timer.C
	}
	var out reply
	select {
	case out = <-done:
		if j.whole.Delivery == Answered || strike != nil {
			return out, true
		}
	case <-strike:
	case <-ctx.Done():
		return reply{}, false
	}
	return out, d.proxyTimeout(j, &out)
}

// maintain puts a child into maintenance mode while a plugin or WordPress itself is being updated, and takes it out again.
func (d *Dashboard) maintain(j *job, change int) {
	if j.write.Kind != Plugins && j.write.Kind != Core || j.whole.Takes == 0 || j.whole.Outcome == Queued {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sites[j.write.Site]; s != nil {
		s.Child.maintenance += change
	}
}

// proxyTimeout puts what Delivery says in the place of the answer; false where the connection is cut instead.
func (d *Dashboard) proxyTimeout(j *job, out *reply) bool {
	switch {
	case j.whole.Delivery == SiteLost && j.write.Kind == Core: // MainWP crashes (MainWP REST API notes §5.5)
		*out = reply{status: http.StatusInternalServerError, body: []byte(`{"code":"internal_server_error","message":"<p>There has been a critical error on this website.</p>","data":{"status":500}}`)}
		return true
	case j.whole.Delivery == SiteLost:
		*out = reply{status: http.StatusInternalServerError, body: []byte(`{"code":"mainwp_rest_upgrade_` + string(j.write.Kind) + `_of_site_error","message":"HTTPERROR","data":null}`)}
		return true
	case j.whole.Delivery != ProxyTimeout:
		return false
	}
	*out = reply{status: http.StatusGatewayTimeout, body: []byte(htmlPage("504 Gateway Time-out", "The server did not answer in time."))}
	return true
}

// work answers a request; for a write it is what changes the state.
func (d *Dashboard) work(j *job) reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active, d.effects = j.faults, j.effects
	a := d.serveJob(j)
	if a.status < 400 && !a.keep && j.q.Get("_fields") != "" {
		a.body = topLevel(a.body, j.q.Get("_fields"))
	}
	if j.write == nil {
		d.removeAfter(j.page, j.faults)
	} else {
		j.write.Worked = true
		d.closeWrite(j.write, a.status)
	}
	return reply{status: a.status, body: appendJSON(make([]byte, 0, sizeOf(a.body)), a.body)}
}

func (d *Dashboard) serveJob(j *job) answer {
	if j.refusal != nil {
		return *j.refusal
	}
	if j.write == nil {
		return j.route.serve(d, j.q)
	}
	own := j.effects["*"]
	if j.write.Kind == "" && own.Outcome == Failed {
		return ok(obj{{"success", 0}, {"error", own.Reason}})
	}
	a := j.route.serve(d, j.q)
	for _, e := range j.effects {
		s := d.sites[j.write.Site]
		if s != nil && e.Home != nil {
			s.Child.Home = *e.Home
		}
		if s != nil && e.Kills {
			s.Child.Dead, s.Child.Home = true, Home{Status: http.StatusInternalServerError, Title: "Error"}
		}
	}
	return a
}

// accepted is the answer to a write that is only queued.
func (d *Dashboard) accepted(j *job) reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.jobs++
	body := obj{{"success", 1}, {"message", "Batch updates queued."}, {"job_id", jobID("update", d.jobs)}, {"queued_count", 0}}
	j.write.Answered = true
	return reply{status: http.StatusOK, body: appendJSON(nil, body)}
}

// connect gives a request a context that ends with Stop too; false while the Dashboard is stopped.
func (d *Dashboard) connect(r *http.Request) (in *http.Request, leave func(), up bool) {
	ctx, cancel := context.WithCancel(r.Context())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		cancel()
		return r, func() {}, false
	}
	d.connections++
	id := d.connections
	d.connected[id] = cancel
	return r.WithContext(ctx), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.connected, id)
		cancel()
	}, true
}

// Stop lets the Dashboard die: connections in use are cut, new ones refused, until Start. Work under way at the
// children goes on to its end.
func (d *Dashboard) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	for _, cut := range d.connected {
		cut()
	}
}

// Start lets a stopped Dashboard come back with all its state.
func (d *Dashboard) Start() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = false
}

// deliver writes an answer to the connection.
func (d *Dashboard) deliver(w http.ResponseWriter, j *job, out reply) {
	if j.write != nil && j.whole.Delivery == ProxyTimeout && out.status == http.StatusGatewayTimeout {
		w.Header().Set("Content-Type", htmlType)
		w.WriteHeader(out.status)
		_, _ = w.Write(out.body)
		return
	}
	if j.write != nil {
		d.mu.Lock()
		j.write.Answered = true
		d.mu.Unlock()
	}
	h := w.Header()
	h.Set("Content-Type", jsonType)
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
	j.faults.send(w, out.status, out.body)
}
