package views

import (
	"strings"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	check := func(name, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	check("number of 0", number(0), "0")
	check("number with thousands", number(1214), "1,214")
	check("one of a thing", count(1, "site", "sites"), "1 site")
	check("none of a thing", count(0, "site", "sites"), "0 sites")
	check("many of a thing", count(12345, "site", "sites"), "12,345 sites")
	check("size", size(224395264), "224 MB")
	check("unknown size", size(0), dash)
	check("version", version(" 6.9.1 "), "6.9.1")
	check("unknown version", version(""), dash)
	check("range of versions", versions("24.1", "24.8"), "24.1 – 24.8")
	check("range of one version", versions("24.1", "24.1"), "24.1")
	check("range without a lowest version", versions("", "24.8"), "24.8")
	check("host", host("https://www.shop.example/blog/"), "www.shop.example/blog")
	check("host of what is no address", host("shop.example"), "shop.example")
	check("PHP as distributions name it", shortPHP("8.1.2-1ubuntu2.14"), "8.1")
	check("PHP without a patch", shortPHP("8.3"), "8.3")
	check("clipped text", clip("Ærlig talt", 6), "Ærlig…")
	check("short text", clip("kort", 4), "kort")
	check("initials", initials("Demo Owner Third", ""), "DO")
	check("initials of an address", initials("", "øyvind@x.test"), "Ø")
	check("initials of signs", initials("🦊 fox", ""), "F")
	check("capital", upperFirst("éclair"), "Éclair")
	check("a dash stays whole", upperFirst(dash), dash)
	check("small letter", lowerFirst("Not reachable"), "not reachable")
	check("a word of capitals", lowerFirst("OK"), "OK")
}

func TestUptimeIsNeverRoundedUp(t *testing.T) {
	share := func(f float64) *float64 { return &f }
	for _, c := range []struct{ got, want string }{
		{percent(1440, 0), "100%"},
		{percent(43199, 1), "99.99%"},
		{percent(999999, 1), "99.99%"},
		{percent(1360, 80), "94.44%"},
		{percent(996, 4), "99.6%"},
		{percent(0, 60), "0%"},
		{percent(0, 0), dash},
		{percentOf(nil), dash},
		{percentOf(share(100)), "100%"},
		{percentOf(share(99.999)), "99.99%"},
		{percentOf(share(97.58)), "97.58%"},
		{percentOf(share(-3)), "0%"},
		{percentOf(share(250)), "100%"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestMajorIsAnotherFirstNumber(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"6.9", "7.0", true}, {"24.8", "26.0", true}, {"9.9.1", "10.0", true}, {"v1.2", "2.0", true},
		{"6.8", "6.9", false}, {"6.3.12", "6.4.2", false}, {"", "2.0", false}, {"1.0", "", false}, {"trunk", "2.0", false},
	} {
		if got := major(c.from, c.to); got != c.want {
			t.Errorf("major(%q, %q) = %v", c.from, c.to, got)
		}
	}
}

func TestOlderComparesNumbers(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"8.1.2", "8.2", true}, {"8.9", "8.10", true}, {"8.2-1ubuntu", "8.2", false}, {"7.4", "7.4.0", false}, {"8.2", "8.1.99", false}, {"", "8", true},
	} {
		if got := older(c.a, c.b); got != c.want {
			t.Errorf("older(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		got, want string
	}{
		{span(-time.Second), "0 s"}, {span(40 * time.Second), "40 s"}, {span(6*time.Minute + 59*time.Second), "6 min"}, {span(125 * time.Minute), "2 h 5 min"},
		{span(2 * time.Hour), "2 h"}, {span(76 * time.Hour), "3 d 4 h"}, {span(40 * 24 * time.Hour), "40 d"},
		{took(0), ""}, {took(300 * time.Microsecond), "1 ms"}, {took(86 * time.Millisecond), "86 ms"}, {took(1849 * time.Millisecond), "1.8 s"}, {took(2 * time.Minute), "2 min"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAmongNamesTheFirst(t *testing.T) {
	for _, c := range []struct {
		names []string
		n     int
		want  string
	}{
		{nil, 0, ""},
		{[]string{"Kestrel"}, 1, "Kestrel"},
		{[]string{"Kestrel", "Orchard"}, 2, "Kestrel and Orchard"},
		{[]string{"Kestrel", "Orchard", "Tern"}, 23, "Kestrel, Orchard, Tern and 20 more"},
	} {
		if got := among(c.names, c.n); got != c.want {
			t.Errorf("among(%v, %d) = %q, want %q", c.names, c.n, got, c.want)
		}
	}
}

func TestTimesInTheViewersZone(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	s := Shell{Now: time.Date(2026, 11, 23, 0, 30, 0, 0, oslo), Zone: oslo}
	before := func(d time.Duration) time.Time { return s.Now.Add(-d) }
	for _, c := range []struct{ name, got, want string }{
		{"this moment", s.ago(before(20 * time.Second)).text, "just now"},
		{"a clock that runs ahead", s.ago(before(-20 * time.Second)).text, "just now"},
		{"minutes", s.ago(before(2 * time.Minute)).text, "2 min ago"},
		{"hours over midnight", s.ago(before(23*time.Hour + 59*time.Minute)).text, "23 h ago"},
		{"yesterday by the calendar", s.ago(before(24*time.Hour + 10*time.Minute)).text, "Yesterday 00:20"},
		{"two calendar days", s.ago(before(25 * time.Hour)).text, "21 Nov 23:30"},
		{"this year", s.ago(time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)).text, "4 Mar 13:00"},
		{"another year", s.ago(time.Date(2025, 11, 19, 12, 0, 0, 0, time.UTC)).text, "19 Nov 2025"},
		{"narrow hours", s.old(before(3 * time.Hour)).text, "3 h"},
		{"narrow days", s.old(before(50 * time.Hour)).text, "2 d"},
		{"in a log, today", s.at(before(10 * time.Minute)).text, "00:20"},
		{"in a log, yesterday", s.at(before(time.Hour)).text, "Yesterday 23:30"},
		{"short today", s.short(before(time.Minute)), "00:29"},
		{"short earlier", s.short(before(time.Hour)), "22 Nov"},
		{"exact", s.ago(before(2 * time.Minute)).exact, "23 Nov 2026, 00:28:00 CET"},
		{"machine", s.ago(before(2 * time.Minute)).machine, "2026-11-23T00:28:00+01:00"},
		{"due", s.until(s.Now), "now"},
		{"due soon", s.until(s.Now.Add(3*time.Minute + time.Second)), "in 4 min"},
		{"due in seconds", s.until(s.Now.Add(20 * time.Second)), "in under a minute"},
		{"due in hours", s.until(s.Now.Add(3 * time.Hour)), "in 3 h"},
		{"due another day", s.until(s.Now.Add(30 * time.Hour)), "tomorrow 06:30"},
		{"day of the history", s.dayTitle(before(time.Hour)), "Yesterday"},
		{"older day of the history", s.dayTitle(before(100 * time.Hour)), "Wednesday 18 November"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestWithoutAZoneTimesAreUTC(t *testing.T) {
	s := Shell{Now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	if got := s.ago(s.Now.Add(-time.Hour)).exact; !strings.HasSuffix(got, "11:00:00 UTC") {
		t.Errorf("exact time %q", got)
	}
}

func TestNotesBecomeLinesOfText(t *testing.T) {
	note := "<p>Hello <b>you</b></p><script>alert(1)</script>Fish &amp; chips<br><img src=x onerror=alert(1)>&lt;b&gt; is a tag<style>p{}</style>"
	got := strings.Join(noteLines(note), "|")
	if want := "Hello you|Fish & chips|<b> is a tag"; got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
}
