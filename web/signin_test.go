package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFirstRunNeedsTheCode(t *testing.T) {
	s := newEmptySite(t)
	b := s.browser()
	for _, path := range []string{"/", "/sites", "/signin", "/no/such/page"} {
		b.get(path).wantTo(t, "/setup")
	}
	form := url.Values{"name": {"Anna"}, "email": {"Anna@Example.com"}, "password": {password}, "code": {"AAAA-BBBB-CCCD"}}
	r := b.post("/setup", form)
	r.want(t, http.StatusUnprocessableEntity)
	if has, err := s.store.HasUsers(t.Context()); err != nil || has {
		t.Fatalf("a wrong code made an owner (%v)", err)
	}
	if strings.Contains(r.body, password) {
		t.Error("the page carries the password back")
	}
	form.Set("password", "short")
	form.Set("code", code)
	b.post("/setup", form).want(t, http.StatusUnprocessableEntity)
	form.Set("password", password)
	form.Set("code", " aaaabbbb cccc") // as people type it
	b.post("/setup", form).wantTo(t, "/")
	b.get("/").want(t, http.StatusOK)
	b.get("/dashboards/connect").want(t, http.StatusOK) // an owner may
	b.get("/setup").wantTo(t, "/")
	s.browser().post("/setup", form).wantTo(t, "/") // the code is worth nothing any more
}

func TestSetupCodeCannotBeTriedWithoutEnd(t *testing.T) {
	s := newEmptySite(t)
	b := s.browser()
	form := url.Values{"name": {"Eve"}, "email": {"eve@example.com"}, "password": {password}, "code": {"guess"}}
	for range 6 {
		b.post("/setup", form)
	}
	form.Set("code", code)
	r := b.post("/setup", form)
	r.want(t, http.StatusTooManyRequests)
	if r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.pass(20 * time.Minute)
	b.post("/setup", form).wantTo(t, "/")
}

func TestSignInTellsNothingAboutWhoExists(t *testing.T) {
	s := newSite(t)
	wrong := s.browser().post("/signin", url.Values{"email": {ownerEmail}, "password": {"wrong password"}})
	unknown := s.browser().post("/signin", url.Values{"email": {"no" + ownerEmail}, "password": {"wrong password"}})
	wrong.want(t, http.StatusUnprocessableEntity)
	if got := strings.ReplaceAll(unknown.body, "no"+ownerEmail, ownerEmail); unknown.code != wrong.code || got != wrong.body {
		t.Error("an unknown person gets another answer than a known one")
	}
}

func TestSignInIsThrottled(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for range 6 {
		b.post("/signin", url.Values{"email": {ownerEmail}, "password": {"wrong password"}})
	}
	right := url.Values{"email": {strings.ToUpper(ownerEmail)}, "password": {password}, "next": {"/sites?q=x"}}
	b.post("/signin", right).want(t, http.StatusTooManyRequests)
	s.pass(20 * time.Minute)
	b.post("/signin", right).wantTo(t, "/sites?q=x")
}

// TestStrangerCannotKeepAPersonOut: whoever knows an e-mail address may fail at it from many addresses for hours; its
// owner signs in from another one within seconds.
func TestStrangerCannotKeepAPersonOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
		signIn := func(from, password string) response {
			b := s.browser()
			b.header.Set("X-Forwarded-For", from)
			return b.post("/signin", url.Values{"email": {ownerEmail}, "password": {password}})
		}
		for _, from := range []string{"203.0.113.9", "203.0.113.10", "2001:db8:0:1::5"} {
			for range 5 {
				signIn(from, "wrong password").want(t, http.StatusUnprocessableEntity)
			}
			signIn(from, password).want(t, http.StatusTooManyRequests)
		}
		signIn("2001:db8:0:1::6", password).want(t, http.StatusTooManyRequests) // the same network
		asked := time.Now()
		signIn("198.51.100.7", password).wantTo(t, "/")
		if took := time.Since(asked); took < slowTry || took > 5*time.Second {
			t.Errorf("signing in took %s, want a moment: guessing from many addresses is slowed", took)
		}
		asked = time.Now()
		signIn("198.51.100.8", password).wantTo(t, "/")
		if took := time.Since(asked); took >= slowTry {
			t.Errorf("signing in took %s although the right password came in between", took)
		}
	})
}

func TestSessionEnds(t *testing.T) {
	s := newSite(t)
	b := s.as(ownerEmail)
	stolen := s.browser()
	for name, c := range b.cookies {
		stolen.cookies[name] = c
	}
	b.post("/signout", nil).wantTo(t, "/signin")
	if len(b.cookies) != 0 {
		t.Error("signing out leaves the cookie")
	}
	stolen.get("/sites?q=a").wantTo(t, "/signin?next=%2Fsites%3Fq%3Da")

	idle := s.as(ownerEmail)
	s.pass(8 * 24 * time.Hour)
	idle.get("/").wantTo(t, "/signin")
}

func TestHtmxIsSentToTheSignInPage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.header.Set("HX-Request", "true")
	b.header.Set("HX-Current-URL", "http://muster.test/updates?kind=plugin")
	r := b.get("/updates/rows?open=x")
	if got, want := r.header.Get("HX-Redirect"), "/signin?next=%2Fupdates%3Fkind%3Dplugin"; r.code != http.StatusOK || got != want {
		t.Errorf("status %d, HX-Redirect %q, want %q", r.code, got, want)
	}
}

func TestCookieIsSafe(t *testing.T) {
	plain := newSite(t).as(ownerEmail).cookies["muster"]
	if plain == nil || !plain.HttpOnly || plain.SameSite != http.SameSiteLaxMode || plain.Secure || plain.Path != "/" {
		t.Errorf("cookie over http: %+v", plain)
	}
	secured := newSite(t, func(o *Options) { o.BaseURL = "https://muster.test" }).as(ownerEmail).cookies["__Host-muster"]
	if secured == nil || !secured.HttpOnly || !secured.Secure || secured.Domain != "" || secured.Path != "/" {
		t.Errorf("cookie over https: %+v", secured)
	}
}

func TestOnlyTrustedProxiesAreBelieved(t *testing.T) {
	trusting := func(network string) func(*Options) {
		return func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(network)} }
	}
	// httptest asks from 192.0.2.1
	for network, secure := range map[string]bool{"192.0.2.0/24": true, "10.0.0.0/8": false} {
		s := newSite(t, trusting(network))
		b := s.browser()
		b.header.Set("X-Forwarded-Proto", "https")
		b.header.Set("X-Forwarded-For", "203.0.113.9")
		r := b.post("/signin", url.Values{"email": {ownerEmail}, "password": {"wrong password"}})
		if got := r.header.Get("Strict-Transport-Security") != ""; got != secure {
			t.Errorf("proxies %s: taken for https: %v, want %v", network, got, secure)
		}
		account := "ip:192.0.2.1"
		if secure {
			account = "ip:203.0.113.9"
		}
		for range 5 {
			b.post("/signin", url.Values{"email": {ownerEmail}, "password": {"wrong password"}})
		}
		if until, err := s.store.SignInBlockedUntil(t.Context(), account); err != nil || until.IsZero() {
			t.Errorf("proxies %s: %s is not throttled (%v)", network, account, err)
		}
	}
}

func TestPasswordChange(t *testing.T) {
	s := newSite(t)
	b, other := s.as(readerEmail), s.as(readerEmail)
	const next = "another long password"
	b.post("/settings/password", url.Values{"current": {"wrong password"}, "password": {next}}).want(t, http.StatusUnprocessableEntity)
	b.post("/settings/password", url.Values{"current": {password}, "password": {"too short"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/settings/password", url.Values{"current": {password}, "password": {next}}).wantTo(t, "/settings?done=password")
	b.get("/settings").want(t, http.StatusOK)
	other.get("/settings").wantTo(t, "/signin?next=%2Fsettings")
	s.browser().post("/signin", url.Values{"email": {readerEmail}, "password": {next}}).wantTo(t, "/")
}
