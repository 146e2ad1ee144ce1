package web

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"muster/db"
)

// sessionLife is how long a sign-in lasts at most; the store ends an idle one earlier.
const sessionLife = 30 * 24 * time.Hour

// tokenBytes is the length of a session's random token.
const tokenBytes = 32

// person is who asks, as long as one request lasts.
type person struct {
	user   db.User
	viewer db.Viewer
	token  []byte
}

const personKey = "muster.person"

// who returns the person who asks, or nil.
func who(c Context) *person {
	p, _ := c.Get(personKey).(*person)
	return p
}

// identify finds the person behind the session cookie. A cookie that fits no session is dropped.
func (s *Server) identify(c Context) error {
	token := s.sessionToken(c)
	if token == nil {
		return nil
	}
	user, viewer, err := s.opt.DB.SessionViewer(c.Request().Context(), token)
	switch {
	case errors.Is(err, db.ErrNotFound):
		s.setCookie(c, "", -1)
		return nil
	case err != nil:
		return fmt.Errorf("find the session: %w", err)
	}
	c.Set(personKey, &person{user: user, viewer: viewer, token: token})
	return nil
}

// signIn starts a session for the user and ends the one the browser had.
func (s *Server) signIn(c Context, user db.User) error {
	ctx := c.Request().Context()
	if err := s.endSession(c); err != nil {
		return err
	}
	token := make([]byte, tokenBytes)
	_, _ = rand.Read(token) // never fails
	session := db.Session{Token: token, UserID: user.ID, IP: c.RealIP(), UserAgent: cut(c.Request().UserAgent(), 200), ExpiresAt: s.opt.Now().Add(sessionLife)}
	if err := s.opt.DB.CreateSession(ctx, session); err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	s.setCookie(c, base64.RawURLEncoding.EncodeToString(token), int(sessionLife/time.Second))
	return nil
}

// endSession ends the session of the browser, if it has one.
func (s *Server) endSession(c Context) error {
	token := s.sessionToken(c)
	if token == nil {
		return nil
	}
	s.kept.forget(token)
	if err := s.opt.DB.EndSession(c.Request().Context(), token); err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

func (s *Server) sessionToken(c Context) []byte {
	cookie, err := c.Cookie(s.cookieName(c))
	if err != nil {
		return nil
	}
	token, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(token) != tokenBytes {
		return nil
	}
	return token
}

// cookieName has the prefix that makes browsers refuse the cookie from other hosts and without TLS.
func (s *Server) cookieName(c Context) string {
	if s.secure(c) {
		return "__Host-muster"
	}
	return "muster"
}

func (s *Server) setCookie(c Context, value string, maxAge int) {
	c.SetCookie(&http.Cookie{ //nolint:gosec // Secure wherever the browser comes by TLS
		Name: s.cookieName(c), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure(c), SameSite: http.SameSiteLaxMode,
	})
}
