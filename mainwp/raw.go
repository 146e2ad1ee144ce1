package mainwp

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxRaw    = 4000
	maxRawIn  = 8 << 10 // what is looked at of a long answer
	secretish = `pass|pwd|secret|token|licen[cs]e|api_?key|unique_?id|priv_?key|nonce|auth_?key|auth_?token|authorization|http_?user|package`
)

// masker finds what is nobody's business in a foreign text.
type masker struct {
	find *regexp.Regexp
	with string
}

var maskers = []masker{
	// "http_pass":"…" at any depth of JSON in JSON, also cut off.
	{regexp.MustCompile(`(?i)(\\*"[^"\\]*(?:` + secretish + `)[^"\\]*\\*"\s*:\s*)(?:\\+"[^"]*"?|"(?:[^"\\]|\\.)*"?|[^\s"\\,\]\[{}]+)`), `${1}"` + redacted + `"`},
	// https://user:password@host
	{regexp.MustCompile(`(?i)(https?:(?:\\*/){2})[^\s"'<>/\\@?#]+@`), `${1}` + redacted + `@`},
	// https://host/package.zip?key=…
	{regexp.MustCompile(`(?i)(https?:(?:\\*/){2}[^\s"'<>?]*)\?(?:[^\s"'<>\\]|\\[^"])*`), `${1}?` + redacted},
	{regexp.MustCompile(`(?i)\b([a-z_]*(?:` + secretish + `)[a-z_]*)=[^&\s"'<>]+`), `${1}=` + redacted},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9+/=._-]{16,}`), `${1} ` + redacted},
	{regexp.MustCompile(`\bc[ks]_[0-9a-f]{12,}`), redacted},
}

// mask removes the key and the secrets of r from a foreign text.
func (c *Client) mask(r request, s string) string {
	if s == "" {
		return ""
	}
	s = c.cred.mask(s)
	for _, secret := range r.secrets {
		for _, spelling := range spellings(secret) {
			s = strings.ReplaceAll(s, spelling, redacted)
		}
	}
	return s
}

// foreignText is a Dashboard's own text for people: plain, masked, at most 200
// runes. It is masked before tags are taken out and entities resolved as well,
// because both could change a secret past recognition.
func (c *Client) foreignText(r request, s string) string {
	s = c.mask(r, plainText(c.mask(r, s)))
	if r.writes() {
		s = maskSecretish(s)
	}
	return cut(s, 200)
}

// rawText is Answer.Raw of body.
func (c *Client) rawText(r request, body []byte) string {
	body = body[:min(len(body), maxRawIn)]
	text := c.mask(r, strings.ToValidUTF8(string(body), "�"))
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		text = c.mask(r, plainText(text))
	}
	text = strings.ReplaceAll(maskSecretish(text), "\x00", "")
	if len(text) <= maxRaw {
		return text
	}
	end := maxRaw - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// maskSecretish replaces what looks like a secret, whoever's it is.
func maskSecretish(s string) string {
	for _, m := range maskers {
		s = m.find.ReplaceAllString(s, m.with)
	}
	return s
}
