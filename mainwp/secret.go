package mainwp

import (
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// Secret is a text that travels to the Dashboard and nowhere else. All of its
// printed forms are "REDACTED"; the zero value is none.
type Secret struct {
	value func() string // a function, because fmt looks through a struct that holds a Secret
}

// NewSecret keeps a text secret.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// IsZero reports whether there is none, or an empty one.
func (s Secret) IsZero() bool { return s.reveal() == "" }

func (s Secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// String prints REDACTED.
func (s Secret) String() string { return redacted }

// GoString prints REDACTED.
func (s Secret) GoString() string { return redacted }

// Format prints REDACTED for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue logs REDACTED.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes "REDACTED".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// spellings are the ways in which an answer could repeat a secret, the longest
// first: plain, escaped as HTML or for an address, cut as in PHP's stack traces,
// and each of these inside JSON.
func spellings(secret string) []string {
	if secret == "" {
		return nil
	}
	plain := []string{secret}
	if cutTo := strings.ToValidUTF8(secret[:min(15, len(secret))], ""); cutTo != secret && cutTo != "" {
		plain = append(plain, cutTo)
	}
	var list []string
	for _, text := range plain {
		forPHP := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#039;").Replace(text)
		for _, s := range []string{text, html.EscapeString(text), forPHP, url.QueryEscape(text), url.PathEscape(text)} {
			list = append(list, s, jsonText(s), phpJSONText(s))
		}
	}
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(list)
}

// jsonText is s inside a JSON text as Go writes it.
func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil || len(b) < 2 {
		return s
	}
	return string(b[1 : len(b)-1])
}

// phpJSONText is s inside a JSON text as PHP writes it.
func phpJSONText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '/' || r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		case r > 0x7e:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
