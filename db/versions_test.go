package db

import "testing"

// The wanted orders are what PHP's version_compare answers.
func TestCompareVersionsAsPHP(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"6.9", "6.10", -1}, {"6.4", "6.4.0", -1}, {"6.4", "6.4", 0}, {"1.0", "1.0.0-beta", 1 - 2}, {"1.0-beta1", "1.0", -1}, {"1.0-beta1", "1.0-beta2", -1},
		{"1.0RC1", "1.0", -1}, {"1.0-rc.1", "1.0RC1", 0}, {"1.0-dev", "1.0-alpha", -1}, {"1.0-alpha", "1.0-beta", -1}, {"1.0pl1", "1.0", 1}, {"1.0", "1.0-p1", -1},
		{"5.0.1", "5.0.1a", 1}, {"2.0.1", "2.0-1", 0}, {"1.0.foo", "1.0.dev", -1}, {"10.3.1", "10.3", 1}, {"", "1", -1}, {"", "", 0}, {"7", "6.9.9", 1},
	} {
		if got := CompareVersions(c.a, c.b); got != c.want {
			t.Errorf("CompareVersions(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := CompareVersions(c.b, c.a); got != -c.want {
			t.Errorf("CompareVersions(%q, %q) = %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}
