package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// after lets so much time pass in the bubble, and all that follows from it happen.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestStreamTellsWhatChangedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		run := s.syncRun(s.fill(1, 3)...)
		st := s.as(ownerEmail).watch("/runs/1/live")
		after(time.Second)
		if got := st.header.Get("X-Accel-Buffering"); got != "no" {
			t.Errorf("X-Accel-Buffering is %q: a proxy would keep events back", got)
		}
		names, texts := st.take()
		if !slices.Equal(names, []string{"beat"}) || len(texts) != 1 || !strings.Contains(texts[0], `id="run-tasks"`) {
			t.Fatalf("at first came events %q and %d pages, want a beat and the whole page", names, len(texts))
		}
		tasks := s.tasks(run)
		s.must(s.store.Queue().Start(t.Context(), tasks[0].ID))
		for range 3 { // three notices of one change
			s.Changed(run)
		}
		after(time.Second)
		_, texts = st.take()
		if len(texts) != 1 {
			t.Fatalf("%d messages about one change, want 1", len(texts))
		}
		if !strings.Contains(texts[0], `id="run-tasks"`) || strings.Contains(texts[0], `id="run-options"`) {
			t.Errorf("the message does not hold the tasks alone that changed: %s", cut(texts[0], 300))
		}
		after(5 * time.Second)
		if _, texts = st.take(); len(texts) != 0 {
			t.Errorf("%d messages without a change", len(texts))
		}
		for _, task := range tasks {
			s.finish(task, verified)
			s.Changed(run)
		}
		after(2 * time.Second)
		names, texts = st.take()
		if !slices.Equal(names, []string{"over"}) || !st.over() || !strings.Contains(strings.Join(texts, ""), "3 of 3 done") {
			t.Errorf("at the end came %q, over %t: want the last state, the event over, and the end", names, st.over())
		}
		if n := len(s.feeds.open); n != 0 {
			t.Errorf("%d feeds stay open after the end", n)
		}
	})
}

func TestManyWatchersAreRenderedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		run := s.syncRun(s.fill(1, 3)...)
		var renders atomic.Int64
		render := s.feeds.render
		s.feeds.render = func(ctx context.Context, w *watcher) (liveFrame, error) {
			renders.Add(1)
			return render(ctx, w)
		}
		var streams []*stream
		owner, manager := s.as(ownerEmail), s.as(managerEmail)
		for range 20 {
			streams = append(streams, owner.watch("/runs/1/live"), manager.watch("/runs/1/live"))
		}
		after(time.Second)
		if renders.Load() != 1 {
			t.Errorf("the page was rendered %d times for 40 watchers who see the same, want once", renders.Load())
		}
		reader := s.as(readerEmail).watch("/runs/1/live") // sees no buttons: another page
		after(time.Second)
		if renders.Load() != 2 {
			t.Errorf("rendered %d times with a reader among them, want twice", renders.Load())
		}
		s.must(s.store.Queue().Start(t.Context(), s.tasks(run)[0].ID))
		s.Changed(run)
		after(time.Second)
		for i, st := range append(streams, reader) {
			if _, texts := st.take(); len(texts) != 2 {
				t.Errorf("watcher %d got %d messages, want the page and the change", i, len(texts))
			}
		}
		s.EndStreams()
		synctest.Wait()
		for i, st := range append(streams, reader) {
			if !st.over() {
				t.Errorf("watcher %d goes on after the server's end", i)
			}
		}
	})
}

func TestSlowWatcherGetsTheWholePage(t *testing.T) {
	f := newFeeds(nil, nil)
	w := &watcher{next: make(chan []byte, 1)}
	feed := &feed{watchers: map[*watcher]bool{w: true}, stop: func() {}}
	parts := func(a, b string) liveFrame {
		return liveFrame{parts: []livePart{{"a", []byte(a)}, {"b", []byte(b)}}}
	}
	f.publish(liveKey{}, feed, parts("a1", "b1"))
	f.publish(liveKey{}, feed, parts("a2", "b1")) // nobody has taken the first one
	f.publish(liveKey{}, feed, parts("a2", "b2"))
	if got := string(<-w.next); !strings.Contains(got, "a2") || !strings.Contains(got, "b2") {
		t.Errorf("who missed two changes is told %q, want all of the page", got)
	}
	f.publish(liveKey{}, feed, parts("a2", "b3"))
	if got := string(<-w.next); strings.Contains(got, "a2") || !strings.Contains(got, "b3") {
		t.Errorf("who keeps up is told %q, want the change alone", got)
	}
}

func TestStreamEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.syncRun(s.fill(1, 1)...)
		b, other := s.as(ownerEmail), s.as(ownerEmail)
		st, stays := b.watch("/runs/1/live"), other.watch("/runs/1/live")
		after(time.Second)
		b.post("/signout", url.Values{})
		after(liveBeat)
		if names, _ := st.take(); !st.over() || names[len(names)-1] != "reload" {
			t.Errorf("after signing out: over %t, events %q; want the page to be asked for again, and the end", st.over(), names)
		}
		if stays.over() {
			t.Error("the other session's stream ended too")
		}
		s.EndStreams()
	})
}

func TestStreamForNobody(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.header.Set("HX-Request", "true")
	if r := b.get("/runs/1/live"); r.code != 401 {
		t.Errorf("status %d, want 401: a browser takes 200 for a stream that ended and asks again at once", r.code)
	}
}

func TestStreamOfUnknownRuns(t *testing.T) {
	s := newSite(t)
	if r := s.as(ownerEmail).get("/runs/77/live"); r.code != 404 {
		t.Errorf("status %d, want 404", r.code)
	}
}
