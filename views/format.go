package views

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// dash stands for what is not known.
const dash = "–"

// number writes a count with thousands set apart: 1,214.
func number(n int) string { return humanize.Comma(int64(n)) }

// count writes a number with its noun: "1 site", "1,214 sites".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// plural picks the word for n of something.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// size writes bytes in the unit that fits: "214 MB"; 0 is unknown.
func size(bytes int64) string {
	if bytes <= 0 {
		return dash
	}
	return humanize.Bytes(uint64(bytes))
}

// percent writes minutes up of minutes known, rounded down to two places, so that 100% is said of a clean record only.
func percent(up, down int) string {
	if up+down <= 0 {
		return dash
	}
	return hundredths(up * 10000 / (up + down))
}

// percentOf writes a share of 100 that MainWP has worked out itself, rounded down.
func percentOf(share *float64) string {
	if share == nil {
		return dash
	}
	return hundredths(int(math.Floor(min(max(*share, 0), 100)*100 + 1e-6)))
}

func hundredths(n int) string {
	s := itoa(n/100) + "." + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}

// version writes a version, or a dash where it is unknown.
func version(v string) string {
	if v = strings.TrimSpace(v); v == "" {
		return dash
	}
	return v
}

// versions writes the range of a group: "24.1 – 24.8", or one version.
func versions(lowest, highest string) string {
	switch {
	case lowest == highest, highest == "":
		return version(lowest)
	case lowest == "":
		return version(highest)
	}
	return lowest + " – " + highest
}

// major reports whether the first number of a version changes, as from 6.9 to 7.0. Without two numbers it does not.
func major(from, to string) bool {
	a, b := firstNumber(from), firstNumber(to)
	return a != "" && b != "" && a != b
}

func firstNumber(v string) string {
	v = strings.TrimLeft(strings.TrimSpace(v), "vV")
	end := strings.IndexFunc(v, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(v)
	}
	return v[:end]
}

// host is an address without its scheme and last slash.
func host(address string) string {
	address = strings.TrimSpace(address)
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	return strings.TrimRight(address, "/")
}

// webAddress returns an address that a page may link to, or "" for anything but http and https.
func webAddress(address string) string {
	address = strings.TrimSpace(address)
	if lower := strings.ToLower(address); strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return address
	}
	return ""
}

// span writes a duration in its one or two largest units: "40 s", "6 min", "2 h 5 min", "3 d 4 h".
func span(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		return units(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	case d < 14*24*time.Hour:
		return units(int(d/(24*time.Hour)), "d", int(d%(24*time.Hour)/time.Hour), "h")
	}
	return number(int(d/(24*time.Hour))) + " d"
}

func units(n int, unit string, rest int, smaller string) string {
	if rest == 0 {
		return itoa(n) + " " + unit
	}
	return itoa(n) + " " + unit + " " + itoa(rest) + " " + smaller
}

// took writes how long a request lasted: "86 ms", "1.8 s", "1 min".
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return "1 ms"
	case d < time.Second:
		return itoa(int(d/time.Millisecond)) + " ms"
	case d < time.Minute:
		tenths := int(d / (100 * time.Millisecond))
		return itoa(tenths/10) + "." + itoa(tenths%10) + " s"
	}
	return span(d)
}

// clip cuts text after n characters, for a list of names; rows are cut by the stylesheet.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRightFunc(string([]rune(s)[:n-1]), unicode.IsSpace) + "…"
}

// initials are up to two letters for the round picture of a person.
func initials(name, email string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		words = []string{email}
	}
	out := ""
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLetter(r) || unicode.IsDigit(r) {
			out += string(unicode.ToUpper(r))
		}
		if utf8.RuneCountInString(out) == 2 {
			break
		}
	}
	return out
}

// among names the first of n: "Kestrel and Orchard", "Kestrel, Orchard and 21 more".
func among(names []string, n int) string {
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = clip(name, 100)
	}
	switch {
	case len(short) == 0:
		return ""
	case n > len(short):
		return strings.Join(short, ", ") + " and " + number(n-len(short)) + " more"
	case len(short) == 1:
		return short[0]
	}
	return strings.Join(short[:len(short)-1], ", ") + " and " + short[len(short)-1]
}

// isLong reports whether a name may be cut in a narrow cell, so that its title must tell the whole.
func isLong(s string) bool { return utf8.RuneCountInString(s) > 20 }

// upperFirst begins a sentence.
func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// lowerFirst puts a word into the middle of a sentence; a word of capitals, as OK, stays.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); n == 0 || unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// firstText is the first of two texts that says something.
func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
