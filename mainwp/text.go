package mainwp

import (
	"html"
	"strings"
	"unicode"
)

// plainText is a foreign text for people: tags gone, entities resolved, white
// space folded. MainWP's messages are escaped HTML (API §2.3).
func plainText(s string) string {
	if s == "" {
		return ""
	}
	if strings.ContainsRune(s, '<') {
		s = stripTags(s)
	}
	if strings.ContainsRune(s, '&') {
		s = html.UnescapeString(s)
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// stripTags removes what a browser would take for a tag. A "<" that starts no
// tag stays.
func stripTags(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 || open+1 >= len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:open])
		if c := s[open+1]; c != '/' && c != '!' && c != '?' && (c|0x20 < 'a' || c|0x20 > 'z') {
			b.WriteByte('<')
			s = s[open+1:]
			continue
		}
		end := tagEnd(s[open:])
		if end < 0 {
			b.WriteString(s[open:])
			return b.String()
		}
		if !inline(s[open : open+end]) {
			b.WriteByte(' ')
		}
		s = s[open+end:]
	}
}

// inline holds for tags that stand inside a word or sentence, where a space in
// their place would show.
func inline(tag string) bool {
	name := strings.ToLower(strings.Trim(tag, "</>"))
	name, _, _ = strings.Cut(name, " ")
	switch name {
	case "a", "abbr", "b", "cite", "code", "em", "i", "small", "span", "strong", "u":
		return true
	}
	return false
}

// tagEnd is the length of the tag s starts with, -1 without an end; script and
// style end with their closing tag, so that their content does not count as text.
func tagEnd(s string) int {
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return -1
	}
	for _, name := range []string{"script", "style"} {
		if hasFold(s[1:], name) {
			return closingEnd(s, end, name)
		}
	}
	return end + 1
}

// closingEnd is the end of the first closing tag behind from, or of s.
func closingEnd(s string, from int, name string) int {
	for {
		next := strings.Index(s[from:], "</")
		if next < 0 {
			return len(s)
		}
		from += next + 2
		if !hasFold(s[from:], name) {
			continue
		}
		if end := strings.IndexByte(s[from:], '>'); end >= 0 {
			return from + end + 1
		}
		return len(s)
	}
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// cut shortens s to n runes, with an ellipsis as the last.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n-1 {
			if rest := s[i:]; len([]rune(rest)) > 1 {
				return strings.TrimRight(s[:i], " ") + "…"
			}
			return s
		}
		count++
	}
	return s
}

// excerpt is the beginning of a foreign answer as text, at most 200 runes.
func excerpt(body []byte) string {
	if len(body) > 64<<10 {
		body = body[:64<<10]
	}
	return cut(plainText(strings.ToValidUTF8(string(body), "�")), 200)
}
