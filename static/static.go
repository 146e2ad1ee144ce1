// Package static holds the stylesheet, scripts, icons and fonts that pages refer to, embedded in the binary and
// served under URLs that carry a hash of the content, so that a browser may keep them for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"
)

// Prefix is the path under which all assets are served.
const Prefix = "/static/"

// stylesheet is the name of all files of css/ together, joined in the order of their names.
const stylesheet = "app.css"

//go:embed css/*.css app.js icons.svg favicon.svg fonts/*.woff2 vendor/*.js
var embedded embed.FS

// cssURL finds the relative references of a stylesheet; data: URLs and fragments are left alone.
var cssURL = regexp.MustCompile(`url\("([^":#]+)"\)`)

var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

// Assets serves the embedded files. It is read-only after New and safe for concurrent use.
type Assets struct {
	urls  map[string]string // asset name → URL path
	files map[string]*file  // URL path → file
}

type file struct {
	contentType string
	etag        string
	plain       []byte
	gzipped     []byte // nil for what is compressed already
}

// New hashes and compresses every embedded file. An error means that a stylesheet names a file that does not exist
// or that a file is of a kind without a known content type.
func New() (*Assets, error) {
	a := &Assets{urls: map[string]string{}, files: map[string]*file{}}
	var css bytes.Buffer
	err := fs.WalkDir(embedded, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Dir(name) == "css" {
			css.Write(body)
			return nil
		}
		return a.add(name, body)
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	body, err := a.resolve(css.Bytes()) // last: the fonts that it names have their URLs by now
	if err != nil {
		return nil, err
	}
	return a, a.add(stylesheet, body)
}

// URL returns the path of an asset, as in URL("app.css") = "/static/app.0123456789ab.css". Names are those of this
// folder; the stylesheet is one asset, "app.css". An unknown name gives a path that answers 404.
func (a *Assets) URL(name string) string {
	if url, ok := a.urls[name]; ok {
		return url
	}
	return Prefix + name
}

// ServeHTTP answers GET and HEAD for the paths given out by URL. The answer may be kept for a year: another content
// has another URL.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h, body, etag := w.Header(), f.plain, f.etag
	if f.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body, etag = f.gzipped, f.etag+"-gz"
		}
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+etag+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// add stores body under its hashed URL: fonts/a.woff2 becomes /static/fonts/a.<hash>.woff2.
func (a *Assets) add(name string, body []byte) error {
	ext := path.Ext(name)
	contentType, ok := contentTypes[ext]
	if !ok {
		return fmt.Errorf("asset %s: no content type for %q", name, ext)
	}
	sum := sha256.Sum256(body)
	f := &file{contentType: contentType, etag: hex.EncodeToString(sum[:6]), plain: body}
	if ext != ".woff2" {
		zipped, err := compress(body)
		if err != nil {
			return fmt.Errorf("compress asset %s: %w", name, err)
		}
		f.gzipped = zipped
	}
	url := Prefix + strings.TrimSuffix(name, ext) + "." + f.etag + ext
	a.urls[name], a.files[url] = url, f
	return nil
}

// resolve replaces the relative URLs of a stylesheet by the hashed ones.
func (a *Assets) resolve(css []byte) ([]byte, error) {
	var unknown string
	out := cssURL.ReplaceAllFunc(css, func(ref []byte) []byte {
		name := string(cssURL.FindSubmatch(ref)[1])
		url, ok := a.urls[name]
		if !ok {
			unknown = name
		}
		return []byte(`url("` + url + `")`)
	})
	if unknown != "" {
		return nil, fmt.Errorf("stylesheet names %q, which is no asset", unknown)
	}
	return out, nil
}

func compress(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(body); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// acceptsGzip reads an Accept-Encoding header as far as gzip is concerned; "gzip;q=0" is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		return !found || strings.Trim(q, "0.") != ""
	}
	return false
}
