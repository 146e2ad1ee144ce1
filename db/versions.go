package db

import (
	"strconv"
	"strings"
	"time"
)

// CompareVersions orders two version texts as PHP's version_compare does: -1, 0 or 1.
// Parts are split at whatever is no letter or digit, and between letters and digits; any other word < dev < alpha < beta < RC < nothing or # < number < pl.
func CompareVersions(a, b string) int {
	x, y := versionParts(a), versionParts(b)
	for i := range min(len(x), len(y)) {
		if c := compareParts(x[i], y[i]); c != 0 {
			return c
		}
	}
	// The longer one wins, unless what it has more makes it a pre-release.
	switch {
	case len(x) > len(y):
		return moreParts(x[len(y)])
	case len(y) > len(x):
		return -moreParts(y[len(x)])
	}
	return 0
}

func moreParts(part string) int {
	if isDigit(part[0]) {
		return 1
	}
	return compareParts(part, "#")
}

func versionParts(v string) []string {
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		if !isAlnum(c) {
			b.WriteByte('.')
			continue
		}
		if i > 0 && isDigit(c) != isDigit(v[i-1]) {
			b.WriteByte('.')
		}
		b.WriteByte(c)
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return r == '.' })
}

func isAlnum(c byte) bool { return isDigit(c) || (c|0x20 >= 'a' && c|0x20 <= 'z') }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func compareParts(a, b string) int {
	if isDigit(a[0]) && isDigit(b[0]) {
		x, _ := strconv.ParseUint(a, 10, 63)
		y, _ := strconv.ParseUint(b, 10, 63)
		return sign(int64(x) - int64(y))
	}
	return sign(int64(partOrder(a) - partOrder(b)))
}

func partOrder(p string) int {
	switch {
	case isDigit(p[0]):
		return 5
	case strings.HasPrefix(p, "dev"):
		return 0
	case strings.HasPrefix(p, "a"):
		return 1
	case strings.HasPrefix(p, "b"):
		return 2
	case strings.HasPrefix(p, "RC"), strings.HasPrefix(p, "rc"):
		return 3
	case p == "#":
		return 4
	case strings.HasPrefix(p, "pl"), strings.HasPrefix(p, "p"):
		return 6
	}
	return -1
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// VersionKey is a version as a number that sorts: major, minor and patch below 10,000 each; 0 unknown. It is for lists and
// thresholds; whether an update took place is told by CompareVersions.
func VersionKey(v string) int64 {
	var key int64
	parts := versionParts(v)
	for i := range 3 {
		key *= 10_000
		if i < len(parts) && isDigit(parts[i][0]) {
			n, _ := strconv.ParseInt(parts[i], 10, 64)
			key += min(n, 9_999)
		}
	}
	return key
}

// phpEnds lists when PHP releases got their last security fix (php.net/supported-versions).
var phpEnds = []struct {
	below int64 // VersionKey of the next release
	end   time.Time
}{
	{VersionKey("8.0"), time.Date(2022, 11, 28, 0, 0, 0, 0, time.UTC)},
	{VersionKey("8.1"), time.Date(2023, 11, 26, 0, 0, 0, 0, time.UTC)},
	{VersionKey("8.2"), time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)},
	{VersionKey("8.3"), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)},
	{VersionKey("8.4"), time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC)},
	{VersionKey("8.5"), time.Date(2028, 12, 31, 0, 0, 0, 0, time.UTC)},
}

// phpSupportedFrom is the VersionKey of the oldest PHP that still gets security fixes at a time.
func phpSupportedFrom(now time.Time) int64 {
	var from int64
	for _, p := range phpEnds {
		if now.After(p.end) {
			from = p.below
		}
	}
	return from
}

// wpRelease numbers WordPress' major releases in a row: 6.8 is 68, 6.9 is 69, 7.0 is 70.
func wpRelease(key int64) int { return int(key/100_000_000)*10 + int(key/10_000%10_000) }
