package mainwptest

import (
	"slices"
	"strings"
	"time"
)

// Outcome is what the work behind a write comes to.
type Outcome int

// The outcomes. Updates know all of them, other writes Done and Failed.
const (
	Done       Outcome = iota
	Unchanged          // the answer says success, the version stays
	Nothing            // success:1 without data: the child reported nothing
	Failed             // the item failed, with Effect.Reason; a core update loses the reason (MainWP REST API notes §5.5)
	RolledBack         // the item failed without a reason, the version stays, and GET /updates/{id} marks the item
	Queued             // answered at once with a job_id; the work ends Effect.Takes later
)

// Delivery is what becomes of the answer to a write.
type Delivery int

// The deliveries.
const (
	Answered     Delivery = iota
	Cut                   // the connection is closed without an answer
	ProxyTimeout          // 504 and an HTML page of a proxy
	SiteLost              // of an update: the Dashboard answers that it lost the site, whose work goes on behind its own proxy
)

// Effect scripts one write. The work starts when the request came and ends after Takes, also when its client is gone
// by then: PHP goes on (MainWP REST API notes §17). A child that hangs is an Effect with a long Takes.
type Effect struct {
	Takes   time.Duration
	Outcome Outcome
	Reason  string // the child's, of Failed

	Delivery Delivery
	After    time.Duration // when Delivery strikes, counted from the request; 0: once the work is done

	Kills bool  // from the end of the work on every page of the site is PHP's fatal error, MainWP Child's too
	Home  *Home // the site's home page from the end of the work on; nil: as it was
}

// OnUpdate scripts the updates of one item of a site: the first request for it gets the first effect, and so on; the
// last one stays. slug is the one of the request, "" stands for WordPress itself. No effect at all ends the script.
func (d *Dashboard) OnUpdate(site int64, slug string, effects ...Effect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.scripts[scriptKey{site: site, name: slug}] = effects
}

// OnWrite scripts any write by its path below mainwp/v2, e.g. "/sites/7/sync" or "/tags/add", as OnUpdate does.
func (d *Dashboard) OnWrite(path string, effects ...Effect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.scripts[scriptKey{name: path}] = effects
}

// scriptKey names what is scripted: an item of a site, or a path when site is 0.
type scriptKey struct {
	site int64
	name string
}

func (d *Dashboard) nextEffect(key scriptKey) (Effect, bool) {
	script := d.scripts[key]
	if len(script) == 0 {
		return Effect{}, false
	}
	if len(script) > 1 {
		d.scripts[key] = script[1:]
	}
	return script[0], true
}

// takeEffects gives the effects of a write by slug, and what they make of the whole request: the work of several items
// takes the sum of their times. The effect of the path is under "*".
func (d *Dashboard) takeEffects(w Write) (items map[string]Effect, whole Effect) {
	items = map[string]Effect{}
	whole, _ = d.nextEffect(scriptKey{name: w.Path})
	items["*"] = whole
	if w.Kind == "" {
		return items, whole
	}
	slugs := strings.Split(w.Slug, ",")
	slices.Sort(slugs)
	for _, slug := range slices.Compact(slugs) {
		e, scripted := d.nextEffect(scriptKey{site: w.Site, name: slug})
		if !scripted {
			continue
		}
		items[slug] = e
		whole.Takes += e.Takes
		if whole.Delivery == Answered {
			whole.Delivery, whole.After = e.Delivery, e.After
		}
		if e.Outcome == Queued {
			whole.Outcome = Queued
		}
	}
	return items, whole
}

// effectOn is the scripted effect of an item of the request being answered.
func (d *Dashboard) effectOn(slug string) Effect {
	if e, scripted := d.effects[slug]; scripted {
		return e
	}
	e := d.effects["*"]
	if d.active.NoUpdateEffect && e.Outcome == Done {
		e.Outcome = Unchanged
	}
	return e
}
