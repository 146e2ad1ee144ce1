package web

import (
	"context"
	"fmt"
	"time"
)

// attempt is one try to prove something (a password, the set-up code) that is counted against accounts in the store,
// so that neither an account nor an address can be tried without end.
type attempt struct {
	blockedUntil time.Time // not zero: this try did not count, and none does before
	ok           bool
}

// try runs prove unless one of the accounts has to wait, and counts the outcome.
func (s *Server) try(ctx context.Context, accounts []string, prove func() (bool, error)) (attempt, error) {
	var a attempt
	err := s.passwords.inTurn(ctx, func() error {
		until, err := s.blockedUntil(ctx, accounts)
		if err != nil || !until.IsZero() {
			a.blockedUntil = until
			return err
		}
		if a.ok, err = prove(); err != nil {
			return err
		}
		return s.count(ctx, accounts, a.ok)
	})
	return a, err
}

func (s *Server) blockedUntil(ctx context.Context, accounts []string) (latest time.Time, err error) {
	for _, account := range accounts {
		until, err := s.opt.DB.SignInBlockedUntil(ctx, account)
		if err != nil {
			return latest, fmt.Errorf("look for failed tries: %w", err)
		}
		if until.After(latest) {
			latest = until
		}
	}
	return latest, nil
}

func (s *Server) count(ctx context.Context, accounts []string, ok bool) error {
	for _, account := range accounts {
		var err error
		if ok {
			err = s.opt.DB.SignInSucceeded(ctx, account)
		} else {
			_, _, err = s.opt.DB.SignInFailed(ctx, account)
		}
		if err != nil {
			return fmt.Errorf("count a try: %w", err)
		}
	}
	return nil
}
