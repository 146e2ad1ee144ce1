package mainwp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"muster/mainwp"
)

// printed is v in every form that could reach a log or a page.
func printed(t *testing.T, v any) string {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	return fmt.Sprintf("%v %+v %#v %s %q ", v, v, v, v, v) + log.String()
}

func TestSecretPrintsRedacted(t *testing.T) {
	const password = "c0rrect-horse"
	secret := mainwp.NewSecret(password)
	values := []any{secret, &secret, mainwp.NewSite{Password: secret}, &mainwp.NewSite{Password: secret}, struct{ hidden mainwp.Secret }{secret}}
	for _, v := range values {
		if got := printed(t, v); strings.Contains(got, password) {
			t.Errorf("%T prints the secret: %s", v, got)
		}
	}
	if text, err := json.Marshal(mainwp.NewSite{Password: secret}); err != nil || strings.Contains(string(text), password) || secret.IsZero() || !mainwp.NewSecret("").IsZero() {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestPasswordStaysInTheRequest has a Dashboard repeat the password and the key in
// every way that MainWP, PHP and its error pages do.
func TestPasswordStaysInTheRequest(t *testing.T) {
	for _, password := range []string{"c0rrect-horse/battery", `<p&s"w'ö\ 7`, "x y  z", "<i>secret</i>77", "sör/ø-𝄞-long-enough-to-cut"} {
		for i, echo := range echoes(t, password) {
			for _, status := range []int{200, 401, 403, 500, 502} {
				body := []byte(echo)
				client := replay(t, status, body)
				got, err := client.AddSite(t.Context(), mainwp.NewSite{URL: "https://site.example", Admin: "admin", Password: mainwp.NewSecret(password)})
				text := printed(t, got) + printed(t, err)
				if e, ok := errors.AsType[*mainwp.Error](err); ok {
					text += e.Raw + e.Message + e.Excerpt + e.Error() + printed(t, *e)
				}
				bare := strings.NewReplacer("<i>", "", "</i>", "").Replace(password) // as text for people
				for _, secret := range []string{password, bare, html.EscapeString(password), url.QueryEscape(password), testKey, testSecret, testSecret[:15]} {
					if strings.Contains(text, secret) {
						t.Errorf("echo %d with %d repeats %q: %s", i, status, secret, text)
					}
				}
			}
		}
	}
}

func echoes(t *testing.T, password string) []string {
	t.Helper()
	inJSON := func(s string) string {
		b, err := json.Marshal(s)
		must(t, err)
		return string(b)
	}
	all := func(s string) string { return "Bad login admin:" + s + " with ck_" + testKey + " cs_" + testSecret }
	return []string{
		`{"success":0,"error":` + inJSON(all(password)) + `}`,
		`{"success":0,"error":` + inJSON(all(html.EscapeString(password))) + `}`,
		`{"success":0,"error":` + inJSON(all(url.QueryEscape(password))) + `}`,
		`{"code":"internal_server_error","message":` + inJSON("<p>"+all(html.EscapeString(password))+"</p>") + `}`,
		`{"code":"x","message":"y","data":{"error":` + inJSON("Uncaught Error: register('admin', '"+password+"', '"+testSecret[:15]+"...')") + `}}`,
		"<html><p>" + html.EscapeString(all(password)) + "</p></html>",
		"Warning: " + all(password),
	}
}

// TestCutArgument is what PHP shows of a long argument in a stack trace.
func TestCutArgument(t *testing.T) {
	body := []byte("Fatal error: register('admin', 'twelve-long-wor...')")
	_, err := replay(t, 500, body).AddSite(t.Context(), mainwp.NewSite{URL: "https://site.example", Admin: "admin", Password: mainwp.NewSecret("twelve-long-words-here")})
	if e := asError(t, err); strings.Contains(e.Raw+e.Excerpt, "twelve") {
		t.Errorf("got %q, %q", e.Raw, e.Excerpt)
	}
}

func TestRawMasks(t *testing.T) {
	tests := map[string]string{
		`{"success":1,"http_pass":"hunter2 \"x\" y","name":"A"}`:                                                     `{"success":1,"http_pass":"REDACTED","name":"A"}`,
		`{"success":1,"data":{"uniqueId":"abc","licence_key":99,"slug":"a\/password.php"}}`:                          `{"success":1,"data":{"uniqueId":"REDACTED","licence_key":"REDACTED","slug":"a\/password.php"}}`,
		`{"success":1,"plugin_upgrades":"{\"a\":{\"package\":\"https:\\\/\\\/s.example\\\/z?key=7&b=8\",\"v\":1}}"}`: `{"success":1,"plugin_upgrades":"{\"a\":{\"package\":"REDACTED",\"v\":1}}"}`,
		`{"success":1,"http_user":"jo","link":"https:\/\/s.example\/z?key=7"}`:                                       `{"success":1,"http_user":"REDACTED","link":"https:\/\/s.example\/z?REDACTED"}`,
		`{"success":1,"inner":"{\"api_key\":\"k-7\",\"b\":2}"}`:                                                      `{"success":1,"inner":"{\"api_key\":"REDACTED",\"b\":2}"}`,
		`{"success":1,"url":"https:\/\/bob:pw@site.example\/"}`:                                                      `{"success":1,"url":"https:\/\/REDACTED@site.example\/"}`,
		`{"success":1,"error":"token=abc123&x=1"}`:                                                                   `{"success":1,"error":"token=REDACTED&x=1"}`,
		`{"success":1,"Author":"Jo","AuthorURI":"https:\/\/a.example"}`:                                              `{"success":1,"Author":"Jo","AuthorURI":"https:\/\/a.example"}`,
	}
	for body, want := range tests {
		got, err := replay(t, 200, []byte(body)).SuspendSite(t.Context(), 1)
		must(t, err)
		if got.Raw != want {
			t.Errorf("got  %s\nwant %s", got.Raw, want)
		}
	}
}

// TestRawIsCut keeps 4,000 bytes of a long answer, whole characters only.
func TestRawIsCut(t *testing.T) {
	for _, fill := range []string{"ä", "a", "€", "𝄞"} {
		body := `{"success":1,"x":"` + strings.Repeat(fill, 30000) + `"}`
		got, err := replay(t, 200, []byte(body)).SuspendSite(t.Context(), 1)
		must(t, err)
		if len(got.Raw) > 4000 || len(got.Raw) < 3990 || !utf8.ValidString(got.Raw) || !strings.HasSuffix(got.Raw, fill+"…") {
			t.Errorf("%s: got %d bytes, ending in %q", fill, len(got.Raw), got.Raw[len(got.Raw)-10:])
		}
	}
	client := mainwp.New("https://dash.example", bearer(t), mainwp.Options{HTTP: roundTrip(func(*http.Request) (*http.Response, error) {
		return answer(500, []byte(`{"code":"x","message":"y"}`)), nil
	})})
	if _, err := client.SitesCount(t.Context()); asError(t, err).Raw != "" {
		t.Errorf("a read keeps its answer: %v", err)
	}
}
