package static

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func newAssets(t *testing.T) *Assets {
	t.Helper()
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(t *testing.T, a *Assets, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, a *Assets, name string) string {
	t.Helper()
	body, err := io.ReadAll(get(t, a, a.URL(name)).Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestEveryAssetIsServedForever(t *testing.T) {
	a := newAssets(t)
	want := map[string]string{
		"app.css":                             "text/css; charset=utf-8",
		"app.js":                              "text/javascript; charset=utf-8",
		"icons.svg":                           "image/svg+xml",
		"favicon.svg":                         "image/svg+xml",
		"fonts/inter-latin-wght-normal.woff2": "font/woff2",
		"vendor/htmx.min.js":                  "text/javascript; charset=utf-8",
		"vendor/hx-sse.min.js":                "text/javascript; charset=utf-8",
		"fonts/inter-latin-ext-wght-normal.woff2": "font/woff2",
	}
	hashed := regexp.MustCompile(`^/static/.+\.[0-9a-f]{12}\.[a-z0-9]+$`)
	for name, contentType := range want {
		url := a.URL(name)
		if !hashed.MatchString(url) {
			t.Errorf("URL(%q) = %q, which carries no hash", name, url)
		}
		res := get(t, a, url)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != contentType {
			t.Errorf("GET %s: %d %q, want 200 %q", url, res.StatusCode, res.Header.Get("Content-Type"), contentType)
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("GET %s: Cache-Control %q", url, got)
		}
	}
}

func TestOnlyHashedPathsAreServed(t *testing.T) {
	a := newAssets(t)
	for _, path := range []string{"/static/", "/static/app.css", "/static/app.000000000000.css", "/static/static.go", a.URL("gone.css")} {
		if res := get(t, a, path); res.StatusCode != http.StatusNotFound || res.Header.Get("Cache-Control") != "" {
			t.Errorf("GET %s: %d, Cache-Control %q; want 404 without one", path, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, a.URL("app.css"), nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, want 405", w.Code)
	}
}

func TestTextIsCompressedForThoseWhoAcceptIt(t *testing.T) {
	a := newAssets(t)
	plain := text(t, a, "app.css")
	for header, want := range map[string]string{
		"": "", "br": "", "gzip;q=0": "", "gzip; q=0.0, br": "", "identity": "",
		"gzip": "gzip", "br, gzip": "gzip", "gzip;q=0.5": "gzip", "deflate, gzip;q=1.0": "gzip",
	} {
		res := get(t, a, a.URL("app.css"), "Accept-Encoding", header)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gave %q, want %q", header, got, want)
		}
		if res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: no Vary", header)
		}
	}
	res := get(t, a, a.URL("app.css"), "Accept-Encoding", "gzip")
	zr, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	if string(unpacked) != plain {
		t.Error("the compressed stylesheet is not the plain one")
	}
	if got := get(t, a, a.URL("fonts/inter-latin-wght-normal.woff2"), "Accept-Encoding", "gzip").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("a font came as %q, want it as it is", got)
	}
}

func TestKnownCopyIsNotSentAgain(t *testing.T) {
	a := newAssets(t)
	for _, encoding := range []string{"", "gzip"} {
		first := get(t, a, a.URL("app.js"), "Accept-Encoding", encoding)
		again := get(t, a, a.URL("app.js"), "Accept-Encoding", encoding, "If-None-Match", first.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("Accept-Encoding %q: %d on a known ETag, want 304", encoding, again.StatusCode)
		}
	}
	plain, zipped := get(t, a, a.URL("app.js")), get(t, a, a.URL("app.js"), "Accept-Encoding", "gzip")
	if plain.Header.Get("ETag") == zipped.Header.Get("ETag") {
		t.Error("two encodings share an ETag")
	}
}

func TestStylesheetNamesOnlyServedFiles(t *testing.T) {
	a := newAssets(t)
	refs := regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(text(t, a, "app.css"), -1)
	fonts := 0
	for _, ref := range refs {
		url := strings.Trim(ref[1], `"'`)
		if strings.HasPrefix(url, "data:image/svg+xml,") {
			continue
		}
		fonts++
		if res := get(t, a, url); res.StatusCode != http.StatusOK {
			t.Errorf("the stylesheet names %s, which answers %d", url, res.StatusCode)
		}
	}
	if fonts == 0 {
		t.Error("the stylesheet names no font")
	}
	if _, err := a.resolve([]byte(`a { background: url("gone.svg") }`)); err == nil || !strings.Contains(err.Error(), "gone.svg") {
		t.Errorf("a stylesheet with a dead link gave %v, want an error that names it", err)
	}
}

// The pages' Content-Security-Policy allows this origin alone, and neither inline code nor eval.
func TestAssetsKeepTheContentSecurityPolicy(t *testing.T) {
	a := newAssets(t)
	css := text(t, a, "app.css")
	for _, forbidden := range []string{"@import", `url("http`, "url(http", `url("//`, "url(//", "expression("} {
		if strings.Contains(css, forbidden) {
			t.Errorf("the stylesheet holds %q", forbidden)
		}
	}
	forbidden := regexp.MustCompile(`\beval\(|new Function|\bFunction\(|innerHTML|document\.write|\.style\b|setAttribute\("style|https?://`)
	if found := forbidden.FindString(text(t, a, "app.js")); found != "" {
		t.Errorf("app.js holds %q", found)
	}
	if icons := text(t, a, "icons.svg"); strings.Contains(icons, "<script") || strings.Contains(icons, "style=") {
		t.Error("the icon sprite holds a script or an inline style")
	}
}

func TestIconsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(text(t, newAssets(t), "icons.svg"), -1) {
		if seen[m[1]] {
			t.Errorf("icon %q is there twice", m[1])
		}
		seen[m[1]] = true
	}
	if !seen["muster"] || !seen["circle-check"] {
		t.Error("the sprite lacks the icons that every page needs")
	}
}
