package web

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// slowTry is how much longer a try takes at an account that many addresses fail at.
const slowTry = time.Second

// counted are the accounts in the store that a try to prove something (a password, the set-up code) is counted against,
// so that nothing can be tried without end.
type counted struct {
	paused []string // nothing is tried while one of these has to wait
	slowed string   // while this one has to wait, a try only takes longer: strangers can bring that about; "" none
}

// signInCounts are those of a sign-in. Tries at a person's password pause only where they come from: whoever knows an
// e-mail address could otherwise keep its owner out.
func signInCounts(email, ip string) counted {
	from := addressOf(ip)
	return counted{paused: []string{from, email + " " + from}, slowed: email}
}

// addressOf is who asks from an address, in the store's words. One customer has a whole IPv6 network of 64 bits.
func addressOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err == nil && addr.Unmap().Is6() {
		if network, err := addr.WithZone("").Prefix(64); err == nil {
			return "ip:" + network.String()
		}
	}
	return "ip:" + ip
}

// attempt is the outcome of a try.
type attempt struct {
	blockedUntil time.Time // not zero: this try did not count, and none does before
	ok           bool
}

// try runs prove unless one of the accounts has to wait, and counts the outcome.
func (s *Server) try(ctx context.Context, of counted, prove func() (bool, error)) (attempt, error) {
	var a attempt
	if err := s.slow(ctx, of.slowed); err != nil {
		return a, err
	}
	err := s.passwords.inTurn(ctx, func() error {
		until, err := s.blockedUntil(ctx, of.paused)
		if err != nil || !until.IsZero() {
			a.blockedUntil = until
			return err
		}
		if a.ok, err = prove(); err != nil {
			return err
		}
		return s.count(ctx, of, a.ok)
	})
	return a, err
}

// slow waits a moment when the account is one that many fail at. Nobody else waits for that.
func (s *Server) slow(ctx context.Context, account string) error {
	if account == "" {
		return nil
	}
	until, err := s.blockedUntil(ctx, []string{account})
	if err != nil || until.IsZero() {
		return err
	}
	wait := time.NewTimer(slowTry)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return nil
	}
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

func (s *Server) count(ctx context.Context, of counted, ok bool) error {
	accounts := slices.Clone(of.paused)
	if of.slowed != "" {
		accounts = append(accounts, of.slowed)
	}
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
