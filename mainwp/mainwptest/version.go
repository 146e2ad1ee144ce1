package mainwptest

import (
	"strconv"
	"strings"
)

// older says whether version a comes before b; versions of this package are dotted numbers.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := part(as, i), part(bs, i)
		if x != y {
			return x < y
		}
	}
	return false
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i])
	return n
}

// nextVersion is the release that follows v: mostly the last number grows, sometimes the one before it.
func nextVersion(v string, minor bool) string {
	parts := strings.Split(v, ".")
	i := len(parts) - 1
	if minor && i > 0 {
		parts[i] = "0"
		i--
	}
	n, _ := strconv.Atoi(parts[i])
	parts[i] = strconv.Itoa(n + 1)
	return strings.Join(parts, ".")
}
