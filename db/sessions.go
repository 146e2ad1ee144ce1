package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Limits of a session. Use is written at most once in seenEvery, so that a page view is no database write.
const (
	SessionIdle = 7 * 24 * time.Hour
	seenEvery   = 5 * time.Minute
)

// Session is a sign-in of a person; Token is 32 random bytes, of which only a hash is stored.
type Session struct {
	Token         []byte
	UserID        int64
	IP, UserAgent string
	ExpiresAt     time.Time
}

func hashToken(token []byte) []byte {
	sum := sha256.Sum256(token)
	return sum[:]
}

// CreateSession stores a session and drops those that ended.
func (d *DB) CreateSession(ctx context.Context, s Session) error {
	now := d.now().Unix()
	return d.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE expires_at < ? OR last_seen_at < ?", now, now-int64(SessionIdle/time.Second)); err != nil {
			return fmt.Errorf("drop ended sessions: %w", err)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, ip, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?)",
			hashToken(s.Token), s.UserID, now, now, s.ExpiresAt.Unix(), s.IP, cut(s.UserAgent, 200))
		return err
	})
}

// SessionViewer finds who a token belongs to; ErrNotFound when it is unknown, has ended or the person is disabled.
func (d *DB) SessionViewer(ctx context.Context, token []byte) (User, Viewer, error) {
	var u User
	var seen, expires int64
	now := d.now().Unix()
	row := d.r.QueryRowContext(ctx, "SELECT "+userColumns+", s.last_seen_at, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ? AND u.disabled_at IS NULL", hashToken(token))
	if err := row.Scan(append(u.fields(), &seen, &expires)...); err != nil {
		return User{}, Viewer{}, noRows(err)
	}
	if now >= expires || now-seen > int64(SessionIdle/time.Second) {
		return User{}, Viewer{}, ErrNotFound
	}
	if now-seen > int64(seenEvery/time.Second) {
		// A page does not wait for the writer, and a full disk does not take it away.
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if _, err := d.w.ExecContext(short, "UPDATE sessions SET last_seen_at = ? WHERE token_hash = ?", now, hashToken(token)); err != nil {
			d.log.Warn("note the use of a session", "error", err)
		}
	}
	v, err := d.viewer(ctx, u)
	return u, v, err
}

// EndSession signs out; an unknown token is no error.
func (d *DB) EndSession(ctx context.Context, token []byte) error {
	_, err := d.w.ExecContext(ctx, "DELETE FROM sessions WHERE token_hash = ?", hashToken(token))
	return err
}

// Free tries before pauses begin, and their bounds: nobody is locked out for long.
const (
	freeTries  = 5
	firstPause = 15 * time.Second
	maxPause   = 15 * time.Minute
	forgetTime = 24 * time.Hour
)

// SignInBlockedUntil is the end of the present pause of an account ("mail@…" or "ip:…"); zero when there is none.
func (d *DB) SignInBlockedUntil(ctx context.Context, account string) (time.Time, error) {
	var until time.Time
	err := d.r.QueryRowContext(ctx, "SELECT blocked_until FROM sign_in_failures WHERE account = ?", account).Scan(at(&until))
	if errors.Is(err, sql.ErrNoRows) || !until.After(d.now()) {
		return time.Time{}, nil
	}
	return until, err
}

// SignInFailed counts a failed try; after freeTries each one doubles the pause. A restart does not forget it.
func (d *DB) SignInFailed(ctx context.Context, account string) (blockedUntil time.Time, failures int, err error) {
	now := d.now()
	err = d.tx(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `INSERT INTO sign_in_failures (account, failures, last_at, blocked_until) VALUES (?1, 1, ?2, 0)
			ON CONFLICT DO UPDATE SET failures = CASE WHEN last_at < ?3 THEN 1 ELSE failures + 1 END, last_at = ?2 RETURNING failures`,
			cut(account, 300), now.Unix(), now.Add(-forgetTime).Unix())
		if err := row.Scan(&failures); err != nil {
			return fmt.Errorf("count a failed sign-in: %w", err)
		}
		if over := failures - freeTries; over >= 0 {
			blockedUntil = now.Add(min(firstPause<<min(over, 10), maxPause))
		}
		_, err := tx.ExecContext(ctx, "UPDATE sign_in_failures SET blocked_until = ? WHERE account = ?", max(blockedUntil.Unix(), 0), cut(account, 300))
		return err
	})
	return blockedUntil, failures, err
}

// SignInSucceeded forgets the failures of an account.
func (d *DB) SignInSucceeded(ctx context.Context, account string) error {
	_, err := d.w.ExecContext(ctx, "DELETE FROM sign_in_failures WHERE account = ?", account)
	return err
}

// cut shortens foreign text to n runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
