package web

import (
	"fmt"
	"net/http"
	"strings"

	"muster/views"
)

const streamKey = "muster.stream"

// startStream makes the answer a stream of server-sent events where htmx takes one: each message is shown like a whole
// answer, as it comes. It reports whether it did; elsewhere the answer comes as a whole at the end.
func startStream(c Context) bool {
	if !partial(c) || !strings.Contains(c.Request().Header.Get("Accept"), "text/event-stream") {
		return false
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would collect it
	c.Response().WriteHeader(http.StatusOK)
	c.Response().Flush()
	c.Set(streamKey, true)
	return true
}

func streaming(c Context) bool { return c.Get(streamKey) != nil }

// send writes a message: HTML to swap when the event has no name, else what app.js does at that event.
func send(c Context, event, data string) error {
	var b strings.Builder
	if event != "" {
		b.WriteString("event: " + event + "\n")
	}
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data), "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
	if _, err := c.Response().Write([]byte(b.String())); err != nil {
		return fmt.Errorf("send a part of the answer: %w", err)
	}
	c.Response().Flush()
	return nil
}

// sendSteps shows the steps of a check in the place where its outcome will stand.
func (s *Server) sendSteps(c Context, steps []views.Step) error {
	shell := s.bareShell(c)
	var b strings.Builder
	if err := views.CheckProgress(shell, steps).Render(c.Request().Context(), &b); err != nil {
		return fmt.Errorf("render the steps: %w", err)
	}
	return send(c, "", b.String())
}
