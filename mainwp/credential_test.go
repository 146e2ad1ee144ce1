package mainwp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"muster/mainwp"
)

func TestParseCredential(t *testing.T) {
	token := testSecret + "==" + testKey
	good := map[string]struct {
		in   string
		kind mainwp.CredentialKind
	}{
		"token":                    {token, mainwp.KindBearer},
		"token with Bearer":        {"Bearer " + token, mainwp.KindBearer},
		"token with bearer":        {"bearer " + token, mainwp.KindBearer},
		"whole header":             {"Authorization: Bearer " + token, mainwp.KindBearer},
		"token in quotes":          {" \"" + token + "\"\n", mainwp.KindBearer},
		"token in a broken line":   {testSecret[:20] + "\r\n" + testSecret[20:] + "==\n" + testKey, mainwp.KindBearer},
		"token with no-break":      {"\u00a0" + token + "\ufeff", mainwp.KindBearer},
		"token with prefixes":      {"cs_" + testSecret + "==ck_" + testKey, mainwp.KindBearer},
		"pair":                     {"ck_" + testKey + " cs_" + testSecret, mainwp.KindBasic},
		"pair, secret first":       {"cs_" + testSecret + "\nck_" + testKey, mainwp.KindBasic},
		"pair with colon":          {"ck_" + testKey + ":cs_" + testSecret, mainwp.KindBasic},
		"pair with comma":          {"ck_" + testKey + ", cs_" + testSecret, mainwp.KindBasic},
		"pair with labels":         {"Consumer key: ck_" + testKey + "\nConsumer secret: cs_" + testSecret, mainwp.KindBasic},
		"pair without a separator": {"ck_" + testKey + "cs_" + testSecret, mainwp.KindBasic},
		"pair in broken lines":     {"ck_" + testKey[:12] + "\n" + testKey[12:] + "\ncs_" + testSecret[:9] + " " + testSecret[9:], mainwp.KindBasic},
	}
	want := bearer(t)
	for name, tt := range good {
		t.Run(name, func(t *testing.T) {
			got, err := mainwp.ParseCredential(tt.in)
			must(t, err)
			if !got.Equal(want.With(tt.kind)) || got.Kind() != tt.kind || got.Hint() != "9990000" {
				t.Errorf("got kind %s hint %s", got.Kind(), got.Hint())
			}
			again, err := mainwp.ParseCredential(got.Reveal())
			must(t, err)
			if !again.Equal(got) {
				t.Error("what Reveal gives is another key")
			}
		})
	}
	for in, wantText := range map[string]string{
		"":                               "Enter the API key",
		" \n":                            "Enter the API key",
		"ck_" + testKey:                  "consumer secret",
		"cs_" + testSecret:               "consumer key (ck_…) is missing",
		"admin:abcd efgh ijkl":           "not an API key of MainWP",
		testSecret + "==" + testKey[:20]: "not whole",
		"==":                             "not whole",
		"ck_short cs_short":              "not an API key of MainWP",
	} {
		_, err := mainwp.ParseCredential(in)
		if err == nil || !strings.Contains(err.Error(), wantText) {
			t.Errorf("%q: got %v, want a sentence with %q", in, err, wantText)
		}
		if len(in) > 30 && err != nil && strings.Contains(err.Error(), in[5:25]) {
			t.Errorf("the error repeats the key: %v", err)
		}
	}
}

// TestCredentialIsRedacted prints a key in every way a program may print one by
// mistake.
func TestCredentialIsRedacted(t *testing.T) {
	cred := bearer(t)
	client := mainwp.New("https://dash.example", cred, mainwp.Options{})
	type holder struct {
		Cred   mainwp.Credential
		hidden mainwp.Credential
		Ptr    *mainwp.Credential
	}
	h := holder{cred, cred, &cred}
	var out bytes.Buffer
	for _, v := range []any{cred, &cred, h, &h, client, []mainwp.Credential{cred}, map[string]any{"key": cred}} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d\n", v, v, v, v, v, v, v)
		fmt.Fprintln(&out, v)
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("connect", "cred", cred, "holder", h, "client", client)
	}
	must(t, json.NewEncoder(&out).Encode(map[string]any{"cred": cred, "holder": h}))
	for _, part := range []string{testKey, testSecret, testKey[5:25], fmt.Sprintf("%x", testSecret)[:30]} {
		if strings.Contains(out.String(), part) {
			t.Fatalf("the key was printed: %s", out.String())
		}
	}
	if !strings.Contains(out.String(), "REDACTED") {
		t.Error("REDACTED was not printed")
	}
}

// TestErrorsHideTheKey: with the key in the query, addresses in errors and pages
// that repeat the request would show it.
func TestErrorsHideTheKey(t *testing.T) {
	echo := func(r *http.Request) []byte { return []byte("<html>You asked for " + r.URL.String() + "</html>") }
	for name, rt := range map[string]roundTrip{
		"page": func(r *http.Request) (*http.Response, error) { return answer(403, echo(r)), nil },
		"code": func(r *http.Request) (*http.Response, error) {
			return answer(400, fmt.Appendf(nil, `{"code":"x","message":%q}`, r.URL)), nil
		},
		"transport": func(r *http.Request) (*http.Response, error) { return nil, errors.New("no route to " + r.URL.String()) },
		"redirect": func(r *http.Request) (*http.Response, error) {
			resp := answer(301, nil)
			resp.Header.Set("Location", "https://www.dash.example"+r.URL.RequestURI())
			resp.Request = r
			return resp, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := mainwp.New("https://dash.example", bearer(t).With(mainwp.KindQuery), mainwp.Options{HTTP: rt})
			_, err := client.SitesCount(t.Context())
			printed := fmt.Sprintf("%v %+v %#v", err, asError(t, err), asError(t, err))
			for unwrapped := err; unwrapped != nil; unwrapped = errors.Unwrap(unwrapped) {
				printed += unwrapped.Error()
			}
			if strings.Contains(printed, testKey) || strings.Contains(printed, testSecret) {
				t.Errorf("the error shows the key: %s", printed)
			}
		})
	}
}
