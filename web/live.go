package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	"muster/db"
	"muster/views"
)

// The pace of live pages.
const (
	liveEvery = 500 * time.Millisecond // changes are gathered for so long
	liveAgain = 20 * time.Second       // without a change a page is rendered again after so long: it names times
	liveBeat  = 15 * time.Second       // a silent stream shows that it lives, and whether its person is still signed in
	liveWrite = 20 * time.Second       // a browser that takes no more for so long is given up
)

// livePath is the route of streams.
const livePath = "/runs/:id/live"

// liveKey is what people share who see the same page of a run.
type liveKey struct {
	run    int64
	limits string // what the viewer may see
	canRun bool
	zone   string
	show   string
	page   int
}

// livePart is a rendered piece of a page.
type livePart struct {
	id   string
	html []byte
}

// liveFrame is a page as it is now.
type liveFrame struct {
	parts []livePart
	over  bool // nothing will change any more
}

// feeds renders the pages of runs that are being watched: once for each change and key, however many watch.
type feeds struct {
	log    *slog.Logger
	render func(ctx context.Context, w *watcher) (liveFrame, error)
	ended  chan struct{} // closed when the server ends
	mu     sync.Mutex
	open   map[liveKey]*feed
}

// feed is one page of a run with those who watch it.
type feed struct {
	dirty    chan struct{} // holds one token while there is a change to render
	stop     context.CancelFunc
	last     liveFrame
	watchers map[*watcher]bool
}

// watcher is one stream.
type watcher struct {
	key    liveKey
	viewer db.Viewer
	zone   *time.Location
	next   chan []byte   // what to send; a slow stream gets the whole page in place of what it missed
	over   chan struct{} // closed after the last message
}

func newFeeds(log *slog.Logger, render func(context.Context, *watcher) (liveFrame, error)) *feeds {
	return &feeds{log: log, render: render, ended: make(chan struct{}), open: map[liveKey]*feed{}}
}

// changed marks what shows the run; it does not wait for anybody.
func (f *feeds) changed(run int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, feed := range f.open {
		if key.run == run {
			select {
			case feed.dirty <- struct{}{}:
			default:
			}
		}
	}
}

// end closes all streams.
func (f *feeds) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.ended:
	default:
		close(f.ended)
	}
}

// join adds a stream to the feed of its key, and starts that if it is the first.
func (f *feeds) join(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.next, w.over = make(chan []byte, 1), make(chan struct{})
	if feed, ok := f.open[w.key]; ok {
		feed.watchers[w] = true
		if len(feed.last.parts) > 0 {
			w.next <- encode(feed.last.parts)
		}
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	feed := &feed{dirty: make(chan struct{}, 1), stop: cancel, watchers: map[*watcher]bool{w: true}}
	f.open[w.key] = feed
	go f.follow(ctx, feed, w)
}

// leave ends the feed with its last watcher.
func (f *feeds) leave(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	feed, ok := f.open[w.key]
	if !ok || !feed.watchers[w] {
		return
	}
	delete(feed.watchers, w)
	if len(feed.watchers) == 0 {
		feed.stop()
		delete(f.open, w.key)
	}
}

// follow renders the feed's page at once, then at each change, until nobody watches or nothing will change any more.
func (f *feeds) follow(ctx context.Context, feed *feed, like *watcher) {
	for {
		frame, err := f.render(ctx, like)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil: // the store is in trouble: what is shown stays, and the next look may do better
			f.log.Warn("render a live page", "run", like.key.run, "error", err)
		default:
			f.publish(like.key, feed, frame) // the last one ends ctx
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(liveEvery):
		}
		select {
		case <-ctx.Done():
			return
		case <-feed.dirty:
		case <-time.After(liveAgain):
		}
	}
}

// publish hands what changed to all who watch.
func (f *feeds) publish(key liveKey, feed *feed, frame liveFrame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	news := frame.since(feed.last)
	feed.last = frame
	if len(news) > 0 {
		message, whole := encode(news), []byte(nil)
		for w := range feed.watchers {
			select {
			case w.next <- message:
			default:
				if whole == nil {
					whole = encode(frame.parts)
				}
				select {
				case <-w.next:
				default:
				}
				w.next <- whole // only this function sends, and it holds the lock
			}
		}
	}
	if !frame.over {
		return
	}
	for w := range feed.watchers {
		close(w.over)
	}
	feed.stop()
	if f.open[key] == feed {
		delete(f.open, key)
	}
}

// since are the pieces that differ from those of an earlier frame.
func (f liveFrame) since(earlier liveFrame) []livePart {
	if len(earlier.parts) != len(f.parts) {
		return f.parts
	}
	var out []livePart
	for i, p := range f.parts {
		if !bytes.Equal(p.html, earlier.parts[i].html) {
			out = append(out, p)
		}
	}
	return out
}

// encode writes pieces as one event.
func encode(parts []livePart) []byte {
	var out bytes.Buffer
	for _, p := range parts {
		html := bytes.ReplaceAll(bytes.ReplaceAll(p.html, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		for line := range bytes.SplitSeq(html, []byte("\n")) {
			out.WriteString("data: ")
			out.Write(line)
			out.WriteByte('\n')
		}
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// event is a message with a name and nothing in it.
func event(name string) []byte { return []byte("event: " + name + "\ndata:\n\n") }

// Changed tells live pages that something of a run has changed. It does not block.
func (s *Server) Changed(runID int64) { s.feeds.changed(runID) }

// EndStreams ends all live pages, which would otherwise hold up the end of the server.
func (s *Server) EndStreams() { s.feeds.end() }

// live streams what changes on a page of a run.
func (s *Server) live(c Context) error {
	id, show, page, err := runQuery(c)
	if err != nil {
		return err
	}
	p := who(c)
	if _, err := s.opt.DB.Run(c.Request().Context(), p.viewer, id); err != nil {
		return err
	}
	w := &watcher{
		key:    liveKey{run: id, limits: limitsOf(p.viewer), canRun: p.viewer.CanRun(), zone: p.user.TimeZone, show: show, page: page},
		viewer: p.viewer, zone: s.zone(p.user),
	}
	s.feeds.join(w)
	defer s.feeds.leave(w)
	return s.stream(c, w)
}

// stream sends a watcher's messages until the run is over, the browser leaves, its person may not see it any more, or
// the server ends.
func (s *Server) stream(c Context, w *watcher) error {
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep the events back
	out := http.NewResponseController(c.Response())
	if err := out.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	c.Response().WriteHeader(http.StatusOK)
	send := func(message []byte) bool {
		if err := out.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return false
		}
		if _, err := c.Response().Write(message); err != nil {
			return false // the browser has gone
		}
		return out.Flush() == nil
	}
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	for ok := send(event("beat")); ok; {
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-s.feeds.ended:
			return nil
		case message := <-w.next:
			ok = send(message)
		case <-w.over:
			select {
			case message := <-w.next:
				send(message)
			default:
			}
			send(event("over"))
			return nil
		case <-beat.C:
			if !s.stillMay(c, w) {
				send(event("reload"))
				return nil
			}
			ok = send(event("beat"))
		}
	}
	return nil
}

// stillMay reports whether the person behind a stream is still signed in and sees what he saw.
func (s *Server) stillMay(c Context, w *watcher) bool {
	_, viewer, err := s.opt.DB.SessionViewer(c.Request().Context(), who(c).token)
	if err != nil {
		return !errors.Is(err, db.ErrNotFound) // a store in trouble says nothing about the person
	}
	return reflect.DeepEqual(viewer, w.viewer)
}

// renderLive renders the pieces of a page of a run.
func (s *Server) renderLive(ctx context.Context, w *watcher) (liveFrame, error) {
	page, err := s.readRun(ctx, w.viewer, w.key.run, w.key.show, w.key.page)
	if err != nil {
		return liveFrame{}, err
	}
	shell := views.Shell{Assets: s.opt.Assets, Now: s.opt.Now(), Zone: w.zone, CanRun: w.key.canRun}
	frame := liveFrame{over: page.Over()}
	for _, part := range views.RunParts(shell, page) {
		var html bytes.Buffer
		if err := views.LivePiece(part).Render(ctx, &html); err != nil {
			return liveFrame{}, err
		}
		frame.parts = append(frame.parts, livePart{part.ID, html.Bytes()})
	}
	return frame, nil
}
