package db

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// CompareVersions orders two version texts as PHP's version_compare does: -1, 0 or 1.
// Parts are split at whatever is no letter or digit, and between letters and digits; any other word < dev < alpha < beta < RC < nothing or # < number < pl.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	for {
		var x, y string
		x, a = nextPart(a)
		y, b = nextPart(b)
		switch {
		case x == "" && y == "":
			return 0
		case y == "": // the longer one wins, unless what it has more makes it a pre-release
			return moreParts(x)
		case x == "":
			return -moreParts(y)
		}
		if c := compareParts(x, y); c != 0 {
			return c
		}
	}
}

func moreParts(part string) int {
	if isDigit(part[0]) {
		return 1
	}
	return compareParts(part, "#")
}

// nextPart cuts the first run of digits, or of letters, off a version; "" at its end.
func nextPart(v string) (part, rest string) {
	for len(v) > 0 && !isAlnum(v[0]) {
		v = v[1:]
	}
	n := 0
	for n < len(v) && isAlnum(v[n]) && isDigit(v[n]) == isDigit(v[0]) {
		n++
	}
	return v[:n], v[n:]
}

func isAlnum(c byte) bool { return isDigit(c) || (c|0x20 >= 'a' && c|0x20 <= 'z') }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func compareParts(a, b string) int {
	if isDigit(a[0]) && isDigit(b[0]) {
		x, _ := strconv.ParseInt(a, 10, 64) // too long: the largest number, as in PHP
		y, _ := strconv.ParseInt(b, 10, 64)
		return cmp.Compare(x, y)
	}
	return cmp.Compare(partOrder(a), partOrder(b))
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

// StepOf says how far an update goes: the first of major, minor and the rest in which the versions differ. A missing part counts as 0, and so
// does a word. It is StepNone when they are equal, or one does not begin with a number ("v" aside).
func StepOf(from, to string) Step {
	if CompareVersions(from, to) == 0 {
		return StepNone
	}
	x, a := stepPart(from)
	y, b := stepPart(to)
	if x == "" || y == "" || !isDigit(x[0]) || !isDigit(y[0]) {
		return StepNone
	}
	if compareParts(x, y) != 0 {
		return Major
	}
	if x, y = minorPart(a), minorPart(b); compareParts(x, y) != 0 {
		return Minor
	}
	return Patch
}

// stepPart is the first part of a version, without a "v" before it.
func stepPart(v string) (part, rest string) {
	part, rest = nextPart(v)
	if part == "v" || part == "V" {
		part, rest = nextPart(rest)
	}
	return part, rest
}

func minorPart(rest string) string {
	if part, _ := nextPart(rest); part != "" && isDigit(part[0]) {
		return part
	}
	return "0"
}

// VersionKey is a version as a number that sorts: major, minor and patch below 10,000 each; 0 unknown. It is for lists and
// thresholds; whether an update took place is told by CompareVersions.
func VersionKey(v string) int64 {
	var key int64
	for range 3 {
		var part string
		part, v = nextPart(v)
		key *= 10_000
		if part != "" && isDigit(part[0]) {
			n, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				n = 9_999 // more digits than a number holds
			}
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
