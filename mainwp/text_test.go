package mainwp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestMessages: what a Dashboard says is shown as plain text.
func TestMessages(t *testing.T) {
	for in, want := range map[string]string{
		"Reconnect Site &quot;3&quot; error:: Couldn&#039;t connect":                               `Reconnect Site "3" error:: Couldn't connect`,
		"check the <a href=\"https://x.example\" target=\"_blank\">MainWP Community</a> for help.": "check the MainWP Community for help.",
		"<p>One</p><p>Two</p>":                  "One Two",
		"2 < 3 <b and":                          "2 < 3 <b and",
		"<ScRiPt>alert('1')</sCrIpT >after":     "after",
		"<style>a{}":                            "",
		"&lt;script&gt;alert(1)&lt;/script&gt;": "<script>alert(1)</script>",
		"a\n\t b\u0000c":                        "a b c",
		strings.Repeat("ü", 300):                strings.Repeat("ü", 199) + "…",
		strings.Repeat("ü", 200):                strings.Repeat("ü", 200),
	} {
		_, err := replay(t, 500, fmt.Appendf(nil, `{"code":"x","message":%s}`, jsonText(t, in))).SitesCount(t.Context())
		if got := asError(t, err).Message; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func jsonText(t *testing.T, s string) []byte {
	t.Helper()
	b, err := json.Marshal(s)
	must(t, err)
	return b
}
