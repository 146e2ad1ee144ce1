package mainwptest

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// apiKey is one REST API key. Key and secret are 40 hex digits, without ck_ and cs_.
type apiKey struct {
	id          int
	name        string
	key, secret string
	read, write bool
	active      bool
	lastAccess  string
}

func makeKeys(r *rand.Rand) []apiKey {
	token := func() string {
		var b [32]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		sum := sha256.Sum256(b[:])
		return hex.EncodeToString(sum[:20])
	}
	keys := []apiKey{
		{name: "Muster", read: true, write: true, active: true},
		{name: "Muster read only", read: true, active: true},
		{name: "Write only", write: true, active: true},
		{name: "Switched off", read: true, write: true},
	}
	for i := range keys {
		keys[i].id, keys[i].key, keys[i].secret = i+1, token(), token()
	}
	return keys
}

// token reads only what never changes, so it needs no lock.
func (k *apiKey) token() string { return k.secret + "==" + k.key }

// Token is the Bearer token of a key that may read and write, "<secret>==<key>".
func (d *Dashboard) Token() string { return d.keys[0].token() }

// ReadOnlyToken is the token of a key that may only read.
func (d *Dashboard) ReadOnlyToken() string { return d.keys[1].token() }

// WriteOnlyToken is the token of a key that may only write and delete.
func (d *Dashboard) WriteOnlyToken() string { return d.keys[2].token() }

// DisabledToken is the token of a key that is switched off.
func (d *Dashboard) DisabledToken() string { return d.keys[3].token() }

// KeyPair is the key of Token as consumer key and consumer secret.
func (d *Dashboard) KeyPair() (ck, cs string) {
	return "ck_" + d.keys[0].key, "cs_" + d.keys[0].secret
}

func unauthorized(code, message string) *answer {
	a := fail(http.StatusUnauthorized, "mainwp_rest_authentication_"+code, message)
	return &a
}

// credentials finds the pair a request carries, in the order of MainWP REST API notes §1.1. sent names the way.
func credentials(r *http.Request, values url.Values, stripped bool) (key, secret, sent string) {
	q := r.URL.Query()
	if q.Get("consumer_key") != "" && q.Get("consumer_secret") != "" {
		return q.Get("consumer_key"), q.Get("consumer_secret"), "query"
	}
	if !stripped {
		if user, password, isBasic := r.BasicAuth(); isBasic {
			return user, password, "basic"
		}
		// The word is case-sensitive.
		if token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); isBearer {
			s, k, found := strings.Cut(strings.TrimSpace(token), "==")
			if !found {
				return "", "", "bearer"
			}
			return "ck_" + k, "cs_" + s, "bearer"
		}
	}
	if values.Get("oauth_mainwp_ck") != "" {
		return values.Get("oauth_mainwp_ck"), values.Get("oauth_mainwp_cs"), "query"
	}
	return "", "", "none"
}

// authenticate gives the refusal of a request, nil when it may go on.
func (d *Dashboard) authenticate(r *http.Request, values url.Values, f Faults) *answer {
	ck, cs, sent := credentials(r, values, f.StripAuthorization)
	if sent == "none" {
		if d.cfg.Personality.six() || d.cfg.Personality.atLeast("5.5") {
			return unauthorized("error", "You are not authenticated.")
		}
		return unauthorized("error", "The API key provided does not have read permissions.")
	}
	if ck == "" {
		return unauthorized("missing_parameter", "Invalid OAuth parameter.")
	}
	i := slices.IndexFunc(d.keys, func(k apiKey) bool { return "ck_"+k.key == ck && k.active })
	if i < 0 {
		return unauthorized("disabled_key", "The REST API Key are disabled.")
	}
	k := &d.keys[i]
	if "cs_"+k.secret != cs {
		return unauthorized("error", "Consumer secret is invalid.")
	}
	k.lastAccess = d.now().UTC().Format("2006-01-02 15:04:05")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if !k.read {
			return unauthorized("error", "The API key provided does not have read permissions.")
		}
	default:
		if !k.write || f.ReadOnly {
			if r.Method == http.MethodDelete {
				return unauthorized("error", "The API key provided does not have delete permissions.")
			}
			return unauthorized("error", "The API key provided does not have write permissions.")
		}
	}
	return nil
}

// serveKeys answers GET /rest-api/keys. A key of API v1 is listed too; its id is its consumer key.
func (d *Dashboard) serveKeys(query) answer {
	rights := func(k apiKey) list {
		var l list
		if k.read {
			l = append(l, "Read")
		}
		if k.write && !d.active.ReadOnly {
			l = append(l, "Write &amp; Delete")
		}
		return l
	}
	first := d.keys[0]
	rows := list{obj{{"id", "ck_" + first.secret[:32] + "00000000"}, {"version", "v1"}, {"description", "Old panel"}, {"permissions", rights(first)}, {"truncated_key", "0000000"}, {"active", true}}}
	for _, k := range slices.Backward(d.keys) {
		rows = append(rows, obj{
			{"id", itoa(int64(k.id))}, {"user_id", "1"}, {"version", "v2"}, {"description", k.name}, {"permissions", rights(k)},
			{"truncated_key", k.key[33:]}, {"active", k.active}, {"last_access", k.lastAccess},
		})
	}
	return ok(obj{{"success", 1}, {"total", len(rows)}, {"pages", 1}, {"data", rows}})
}
