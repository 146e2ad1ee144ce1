package web

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"
)

// minPassword is the shortest password that people may choose, in characters.
const minPassword = 12

// maxPassword keeps a posted password from being a load of its own, in bytes.
const maxPassword = 1024

// hashParams take about 50 ms and 19 MiB (the OWASP advice for argon2id).
var hashParams = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword returns the encoded argon2id hash that the store keeps.
func HashPassword(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, &hashParams)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return hash, nil
}

// CheckPassword says in one sentence why a person may not choose this password; nil when it will do.
func CheckPassword(password string) error {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return sentence(fmt.Sprintf("Use at least %d characters.", minPassword))
	case len(password) > maxPassword:
		return sentence(fmt.Sprintf("Use at most %d characters.", maxPassword))
	case strings.TrimSpace(password) == "":
		return sentence("Use more than spaces.")
	}
	return nil
}

// passwords compares at most two passwords at a time, so that a flood of sign-ins cannot take all memory and CPU.
type passwords struct {
	slots   *semaphore.Weighted
	unknown string // compared with when there is no such person, so that the answer takes as long
}

func newPasswords() (*passwords, error) {
	unknown, err := HashPassword("nobody has this password")
	return &passwords{slots: semaphore.NewWeighted(2), unknown: unknown}, err
}

// inTurn runs fn, which hashes, when one of the slots is free.
func (p *passwords) inTurn(ctx context.Context, fn func() error) error {
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	defer p.slots.Release(1)
	return fn()
}

// match reports whether the password fits the hash. An empty hash never matches and takes as long as any other.
func (p *passwords) match(password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = p.unknown
	}
	if len(password) > maxPassword {
		return false, nil
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare the password: %w", err)
	}
	return ok && known, nil
}
