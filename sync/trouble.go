package syncer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"muster/db"
	"muster/mainwp"
)

const (
	firstRetry = 30 * time.Second
	lastRetry  = 15 * time.Minute
	longestAsk = 6 * time.Hour // the longest Retry-After that is honoured
)

// end stores why a visit failed, if it did. A visit that was cut by a shutdown has not failed.
func (v *visit) end(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if errors.Is(err, db.ErrNotFound) {
		return // it was disconnected meanwhile
	}
	t := v.trouble(ctx, err)
	v.log.Warn("read a Dashboard", "error", err, "kind", t.Kind, "next", t.NextFull)
	if err := v.mirror.ReadFailed(ctx, v.job.ID, t); err != nil && !errors.Is(err, db.ErrNotFound) {
		v.log.Error("store why a Dashboard could not be read", "error", err)
	}
}

// trouble says what went wrong and when to try again: growing pauses, what the server asked for, or not before the key changes.
func (v *visit) trouble(ctx context.Context, err error) db.Trouble {
	t := db.Trouble{Started: v.started, At: v.now(), Kind: "internal", Text: err.Error()}
	pause := min(firstRetry<<min(v.job.Failures, 10), lastRetry)
	e, ok := errors.AsType[*mainwp.Error](err)
	if ok {
		t.Kind, t.Text = string(e.Kind), reason(e)
		pause = max(pause, min(e.RetryAfter, longestAsk))
	}
	switch {
	case t.Kind != string(mainwp.KindCredentials):
		t.NextFull = t.At.Add(jitter(pause))
	case v.job.Auth != string(mainwp.KindQuery) && v.client.AuthorizationStripped(ctx):
		// The key may be good: the web server loses it. Somebody may repair that without telling Muster.
		t.Kind, t.NextFull = stripped, t.At.Add(jitter(lastRetry))
	}
	return t
}

// stripped is the kind of trouble in which the web server takes the Authorization header away.
const stripped = "stripped"

// reason is the shortest text that tells a person what the Dashboard's server did.
func reason(e *mainwp.Error) string {
	switch {
	case e.Kind == mainwp.KindRedirect:
		return e.Location
	case e.Kind == mainwp.KindTransport && e.Status >= 500:
		return fmt.Sprintf("HTTP %d", e.Status)
	case e.Kind == mainwp.KindBlocked && e.Status != 0:
		return fmt.Sprintf("HTTP %d: %s", e.Status, e.Excerpt)
	}
	return e.Reason()
}

// fatal reports whether an error concerns the whole Dashboard. One route that a version lacks or answers oddly does not end a visit.
func fatal(err error) bool {
	switch mainwp.KindOf(err) {
	case mainwp.KindNoRoute, mainwp.KindNotFound, mainwp.KindApplication, mainwp.KindShape, mainwp.KindRemote, mainwp.KindRefused, mainwp.KindNoRight:
		return false
	}
	return err != nil
}

// tolerate lets a background read of one site or monitor fail without giving up on its Dashboard: a time-out or a server error there
// says nothing about the rest, which the next probe looks at. Only a refused key, or no connection at all, ends the visit.
func (v *visit) tolerate(what string, err error) error {
	e, ok := errors.AsType[*mainwp.Error](err)
	if !ok || e.Kind == mainwp.KindCredentials || (e.Kind == mainwp.KindTransport && e.Status == 0 && !e.Timeout) {
		return err
	}
	v.heed(err)
	v.log.Info("a background read did not succeed", "reading", what, "error", err)
	return nil
}

// optional lets errors of one route pass, with a note in the log. A 401 is one of them if the key still reads: a security plugin or an
// older version can refuse a single route.
func (v *visit) optional(ctx context.Context, what string, err error) error {
	if mainwp.KindOf(err) == mainwp.KindCredentials {
		if _, look := v.client.SitesCount(ctx); look != nil {
			return err
		}
	} else if err == nil || fatal(err) {
		return err
	}
	v.heed(err)
	v.log.Info("a route of the Dashboard does not answer as expected", "reading", what, "error", err)
	return nil
}

// wait is how long an answer asks to be left alone: 429 or 503 with a Retry-After.
func wait(err error) time.Duration {
	e, ok := errors.AsType[*mainwp.Error](err)
	if !ok || e.Status != http.StatusTooManyRequests && e.Status != http.StatusServiceUnavailable {
		return 0
	}
	return min(e.RetryAfter, longestAsk)
}

// heed leaves the Dashboard alone in the background for as long as its answer asks for.
func (v *visit) heed(err error) {
	if pause := wait(err); pause > 0 {
		v.asked = true
		v.leaveAlone(v.job.ID, pause)
	}
}

// unlessAsked is optional, but an answer that asks to wait stays an error: nothing more is asked then.
func (v *visit) unlessAsked(ctx context.Context, what string, err error) error {
	if wait(err) > 0 {
		return err
	}
	return v.optional(ctx, what, err)
}
