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

func TestStepOf(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     Step
	}{
		{"6.4", "6.4.2", Patch}, {"6.3", "6.4", Minor}, {"6", "7", Major}, {"6.9", "7.0", Major}, {"6.8.3", "6.9", Minor}, {"1.0", "1.0.0.1", Patch},
		{"5", "5.1", Minor}, {"5", "5.0.1", Patch}, {"9.9", "10.0", Major}, {"1.9", "1.10", Minor}, {"v1.2", "1.3", Minor}, {"v2", "v3", Major},
		{"7.0-RC1", "7.0", Patch}, {"6.9", "7.0-beta2", Major}, {"6.9-beta1", "6.9-beta2", Patch}, {"1.0.0", "1.0.0-1", Patch}, {"1.2-3", "1.2-4", Patch}, {"20240101", "20250101", Major},
		{"6.4", "6.4", StepNone}, {"1.0-1", "1.0.1", StepNone}, {"", "6.4", StepNone}, {"6.4", "", StepNone}, {"trunk", "2.0", StepNone}, {"", "", StepNone}, {"1.x", "1.2", Minor},
		{"2.1", "2.0", Minor},
	} {
		if got := StepOf(c.from, c.to); got != c.want {
			t.Errorf("%q to %q is %q, want %q", c.from, c.to, got, c.want)
		}
	}
}
