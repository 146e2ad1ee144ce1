package mainwp

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// CredentialKind is the way a key travels to the Dashboard.
type CredentialKind string

// The ways a key travels (API §1.1).
const (
	KindBearer CredentialKind = "bearer" // Authorization: Bearer secret==key
	KindBasic  CredentialKind = "basic"  // Authorization: Basic ck_…:cs_…
	KindQuery  CredentialKind = "query"  // oauth_mainwp_ck and _cs in the form body of a POST, in the query of any other call
)

const redacted = "REDACTED"

// Credential is an API key of a Dashboard and the way it is sent. All of its
// printed forms are "REDACTED"; the zero value is no credential at all.
type Credential struct {
	kind CredentialKind
	pair func() keyPair // a function, because fmt looks through pointers in a struct that holds a Credential; nil: none
}

// keyPair is the key without the prefixes ck_ and cs_.
type keyPair struct{ key, secret string }

func newCredential(kind CredentialKind, pair keyPair) Credential {
	return Credential{kind: kind, pair: func() keyPair { return pair }}
}

// ParseCredential reads what a person pasted: "<secret>==<key>" (sent as Bearer),
// or a pair "ck_… cs_…" in any order, separated by space, line break, colon or
// comma (sent as Basic). White space, quotes and a leading "Bearer " are
// removed. The error is a sentence for the form.
func ParseCredential(s string) (Credential, error) {
	s = trimPasted(s)
	if s == "" {
		return Credential{}, sentence("Enter the API key that MainWP showed when it was created.")
	}
	if strings.Contains(s, "==") {
		return parseToken(s)
	}
	return parsePair(s)
}

func trimPasted(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\uFEFF' || r == '\u200B' || r == '\u00A0' {
			return ' '
		}
		return r
	}, s)
	s = strings.Trim(strings.TrimSpace(s), "\"'`“”„ \t\r\n")
	for _, prefix := range []string{"Authorization:", "Bearer "} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = strings.TrimSpace(s[len(prefix):])
		}
	}
	return strings.Trim(s, "\"'`“”„ \t\r\n")
}

func parseToken(s string) (Credential, error) {
	s = removeSpace(s)
	secret, key, _ := strings.Cut(s, "==")
	secret, key = strings.TrimPrefix(secret, "cs_"), strings.TrimPrefix(key, "ck_")
	if !wellFormed(secret) || !wellFormed(key) {
		return Credential{}, sentence("This key is not whole. Copy it again from MainWP: it has 40 characters, then ==, then 40 more.")
	}
	return newCredential(KindBearer, keyPair{key: key, secret: secret}), nil
}

func parsePair(s string) (Credential, error) {
	var pair keyPair
	s = strings.ReplaceAll(strings.ReplaceAll(s, "ck_", " ck_"), "cs_", " cs_")
	var into *string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(":,;|\"'", r) }) {
		if rest, ok := strings.CutPrefix(part, "ck_"); ok {
			into, part = &pair.key, rest
		} else if rest, ok := strings.CutPrefix(part, "cs_"); ok {
			into, part = &pair.secret, rest
		} else if into == nil || wellFormed(*into) {
			continue // a label such as "Consumer key"
		}
		*into += part
	}
	switch {
	case wellFormed(pair.key) && wellFormed(pair.secret):
		return newCredential(KindBasic, pair), nil
	case wellFormed(pair.key):
		return Credential{}, sentence("The consumer secret (cs_…) is missing. Enter both, or the API key that MainWP showed when it was created.")
	case wellFormed(pair.secret):
		return Credential{}, sentence("The consumer key (ck_…) is missing. Enter both, or the API key that MainWP showed when it was created.")
	}
	return Credential{}, sentence("This is not an API key of MainWP. In MainWP open API Access, add a key, and copy the whole key (it has == in the middle).")
}

// wellFormed accepts any plain word of at least 32 characters: today's halves
// are 40 hex digits, and a half that was cut is found out by the Dashboard.
func wellFormed(s string) bool {
	if len(s) < 32 || len(s) > 128 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

func removeSpace(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// With returns the same key sent another way.
func (c Credential) With(kind CredentialKind) Credential {
	c.kind = kind
	return c
}

// Kind says how the key is sent; "" for the zero Credential.
func (c Credential) Kind() CredentialKind { return c.kind }

// IsZero reports whether there is no key.
func (c Credential) IsZero() bool { return c.pair == nil }

// Hint is the end of the consumer key, 7 characters, as MainWP lists it in
// truncated_key. It is safe to show.
func (c Credential) Hint() string {
	if c.pair == nil {
		return ""
	}
	key := c.pair().key
	return key[len(key)-7:]
}

// Reveal is the key in clear, for sealing it into the store and nothing else.
// ParseCredential accepts it; the way of sending is not part of it, so whoever
// keeps a key keeps its Kind beside it.
func (c Credential) Reveal() string {
	if c.pair == nil {
		return ""
	}
	pair := c.pair()
	if c.kind == KindBearer {
		return pair.token()
	}
	return "ck_" + pair.key + " cs_" + pair.secret
}

// Equal reports whether both are the same key, sent the same way.
func (c Credential) Equal(o Credential) bool {
	if c.pair == nil || o.pair == nil {
		return c.pair == nil && o.pair == nil
	}
	return c.kind == o.kind && c.pair() == o.pair()
}

func (p keyPair) token() string { return p.secret + "==" + p.key }

// String prints REDACTED.
func (c Credential) String() string { return redacted }

// GoString prints REDACTED.
func (c Credential) GoString() string { return redacted }

// Format prints REDACTED for every verb.
func (c Credential) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue logs REDACTED.
func (c Credential) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes "REDACTED".
func (c Credential) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// header sets the Authorization header, where the key travels in one.
func (c Credential) header(h http.Header) {
	if c.pair == nil {
		return
	}
	switch c.kind {
	case KindBearer:
		h.Set("Authorization", "Bearer "+c.pair().token())
	case KindBasic:
		pair := "ck_" + c.pair().key + ":cs_" + c.pair().secret
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
}

// params adds the pair to a query or a form, where the key travels in one.
func (c Credential) params(q url.Values) {
	if c.pair != nil && c.kind == KindQuery {
		q.Set("oauth_mainwp_ck", "ck_"+c.pair().key)
		q.Set("oauth_mainwp_cs", "cs_"+c.pair().secret)
	}
}

// wrongSecret is the same key with a secret that cannot be right.
func (c Credential) wrongSecret() Credential {
	if c.pair == nil {
		return c
	}
	pair := c.pair()
	return newCredential(c.kind, keyPair{key: pair.key, secret: strings.Repeat("0", len(pair.secret))})
}

// mask replaces the key in a foreign text: a server may echo the address of a
// request, and PHP shows the first 15 characters of an argument in a stack trace.
func (c Credential) mask(s string) string {
	if c.pair == nil || s == "" {
		return s
	}
	pair := c.pair()
	return strings.NewReplacer(pair.key, redacted, pair.secret, redacted, pair.key[:12], redacted, pair.secret[:12], redacted).Replace(s)
}
