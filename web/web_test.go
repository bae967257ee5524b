package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

// build is a small page as build.mjs leaves it.
func build() fstest.MapFS {
	return fstest.MapFS{
		".keep":                    text("kept"),
		"index.html":               text("<!doctype html>plain"),
		"index.html.br":            text("br page"),
		"index.html.gz":            text("gz page"),
		"worker.js":                text("worker"),
		"assets/app-0123.js":       text("app"),
		"assets/app-0123.js.br":    text("br app"),
		"assets/client-0123.wasm":  text("\x00asm"),
		"manifest.webmanifest":     text("{}"),
		"icon.svg":                 text("<svg/>"),
		"assets/secret.unknown":    text("not served"),
		"assets/app-0123.js.map":   text("not served"),
		"nested/assets/style.css":  text("css"),
		"integrity.json":           text("{}"),
		"assets/style-0123.css":    text("body{}"),
		"assets/style-0123.css.gz": text("gz css"),
	}
}

func get(t *testing.T, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestFiles(t *testing.T) {
	h := newHandler(build(), Config{})
	tests := []struct {
		target, accept       string
		status               int
		body, kind, encoding string
		cache                string
	}{
		{"/", "", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/", "gzip, deflate, br, zstd", 200, "br page", "text/html; charset=utf-8", "br", "no-cache"},
		{"/", "gzip", 200, "gz page", "text/html; charset=utf-8", "gzip", "no-cache"},
		{"/", "br;q=0, gzip;q=0.5", 200, "gz page", "text/html; charset=utf-8", "gzip", "no-cache"},
		{"/", "BR ; q=0.000, identity", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/invitation", "", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/invitation/", "", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/contact", "", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/i", "", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/index.html", "", 200, "<!doctype html>plain", "text/html; charset=utf-8", "", "no-cache"},
		{"/worker.js", "br", 200, "worker", "text/javascript; charset=utf-8", "", "no-cache"},
		{"/assets/app-0123.js", "br", 200, "br app", "text/javascript; charset=utf-8", "br", "public, max-age=31536000, immutable"},
		{"/assets/app-0123.js", "gzip", 200, "app", "text/javascript; charset=utf-8", "", "public, max-age=31536000, immutable"},
		{"/assets/client-0123.wasm", "", 200, "\x00asm", "application/wasm", "", "public, max-age=31536000, immutable"},
		{"/manifest.webmanifest", "", 200, "{}", "application/manifest+json", "", "no-cache"},
		{"/icon.svg", "", 200, "<svg/>", "image/svg+xml", "", "no-cache"},
		{"/nested/assets/style.css", "", 200, "css", "text/css; charset=utf-8", "", "no-cache"},
	}
	for _, tt := range tests {
		t.Run(tt.target+" "+tt.accept, func(t *testing.T) {
			w := get(t, h, tt.target, "Accept-Encoding", tt.accept)
			got := []any{w.Code, w.Body.String(), w.Header().Get("Content-Type"), w.Header().Get("Content-Encoding"), w.Header().Get("Cache-Control")}
			want := []any{tt.status, tt.body, tt.kind, tt.encoding, tt.cache}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("got %q, want %q", got[i], want[i])
				}
			}
			if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("ETag") == "" {
				t.Errorf("Vary %q, ETag %q", w.Header().Get("Vary"), w.Header().Get("ETag"))
			}
		})
	}
}

func TestNotFound(t *testing.T) {
	h := newHandler(build(), Config{})
	for _, target := range []string{
		"/nothing", "/.keep", "/index.html.br", "/assets", "/assets/", "//", "/assets/app-0123.js.map", "/assets/secret.unknown",
		"/../web.go", "/assets/../../web.go", "/%2e%2e/web.go", "/assets/..%2f..%2fweb.go", "/./index.html", "/assets/../index.html",
		"/..%5cweb.go", "/index.html/", "/index.html%00", "/invitation/x", "/web.go", "/C:/windows",
	} {
		t.Run(target, func(t *testing.T) {
			w := get(t, h, target)
			if w.Code != http.StatusNotFound {
				t.Errorf("status %d: %q", w.Code, w.Body)
			}
			if w.Header().Get("Content-Security-Policy") == "" {
				t.Error("an error page without a policy")
			}
		})
	}
}

func TestNotBuilt(t *testing.T) {
	h := newHandler(fstest.MapFS{".keep": text("")}, Config{})
	if w := get(t, h, "/"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make site") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if w := get(t, h, "/config.json"); w.Code != http.StatusOK {
		t.Errorf("config: status %d", w.Code)
	}
}

func TestNotModified(t *testing.T) {
	h := newHandler(build(), Config{})
	tag := get(t, h, "/", "Accept-Encoding", "br").Header().Get("ETag")
	plain := get(t, h, "/").Header().Get("ETag")
	if tag == plain {
		t.Error("two encodings share a tag")
	}
	tests := []struct {
		sent   string
		status int
	}{
		{tag, 304}, {"W/" + tag, 304}, {`"other", ` + tag, 304}, {"*", 304}, {plain, 200}, {`"other"`, 200}, {"", 200},
	}
	for _, tt := range tests {
		w := get(t, h, "/", "Accept-Encoding", "br", "If-None-Match", tt.sent)
		if w.Code != tt.status || (tt.status == 304 && w.Body.Len() > 0) {
			t.Errorf("%s: status %d, %d bytes; want %d", tt.sent, w.Code, w.Body.Len(), tt.status)
		}
	}
}

func TestMethods(t *testing.T) {
	h := newHandler(build(), Config{})
	for _, target := range []string{"/", "/config.json", "/nothing"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: status %d, Allow %q", target, w.Code, w.Header().Get("Allow"))
		}
	}
	for target, length := range map[string]string{"/": "20", "/config.json": ""} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodHead, target, nil))
		if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != length {
			t.Errorf("HEAD %s: status %d, %d bytes, Content-Length %q", target, w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
		}
	}
}

func TestConfig(t *testing.T) {
	h := newHandler(build(), Config{Relay: "smp://key@host:5223", URL: "/smp", Echo: true, HTTPS: true})
	w := get(t, h, "/config.json")
	if got, want := w.Body.String(), `{"relay":"smp://key@host:5223","url":"/smp","echo":true}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestHeaders(t *testing.T) {
	h := newHandler(build(), Config{URL: "/smp"})
	for _, target := range []string{"/", "/worker.js", "/assets/app-0123.js", "/config.json", "/nothing"} {
		header := get(t, h, target).Header()
		want := map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
				"connect-src 'self' ws://example.com wss://example.com; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; " +
				"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types sotto",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Permissions-Policy":           permissions,
			"Strict-Transport-Security":    "",
		}
		for name, value := range want {
			if header.Get(name) != value {
				t.Errorf("%s: %s: got %q, want %q", target, name, header.Get(name), value)
			}
		}
	}
}

func TestHSTS(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, tt := range []struct {
		config Config
		tls    *tls.ConnectionState
		want   bool
	}{{Config{}, nil, false}, {Config{HTTPS: true}, nil, true}, {Config{}, &tls.ConnectionState{}, true}} {
		r.TLS = tt.tls
		w := httptest.NewRecorder()
		newHandler(build(), tt.config).ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != tt.want {
			t.Errorf("%+v, TLS %v: sent %v", tt.config, tt.tls != nil, got)
		}
	}
}

func TestSockets(t *testing.T) {
	for _, tt := range []struct{ host, url, want string }{
		{"chat.example:8080", "/smp", "ws://chat.example:8080 wss://chat.example:8080"},
		{"[::1]:80", "", "ws://[::1]:80 wss://[::1]:80"},
		{"a.b", "wss://relay.example/smp", "ws://a.b wss://a.b wss://relay.example"},
		{"a.b", "wss://a.b/smp", "ws://a.b wss://a.b"},
		{"a.b", "https://relay.example/", "ws://a.b wss://a.b"},
		{"a.b; script-src *", "", ""},
		{"a b", "wss://x y/", ""},
		{"", "", ""},
		{"a.b:123456", "", ""},
	} {
		if got := strings.Join(sockets(tt.host, tt.url), " "); got != tt.want {
			t.Errorf("%q, %q: got %q, want %q", tt.host, tt.url, got, tt.want)
		}
	}
}

// TestBuild checks the pages that are embedded, if they are: every file as the list of hashes says, gzip the
// same bytes, the pages without inline scripts, no file that nothing uses.
func TestBuild(t *testing.T) {
	if _, err := fs.Stat(dist, "dist/index.html"); err != nil {
		t.Skip("the page is not built")
	}
	h := Handler(Config{})
	var list map[string]struct {
		SHA256 string
		Bytes  int
	}
	if err := json.Unmarshal(get(t, h, "/integrity.json").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	var users [][]byte // what may name a file: pages and scripts
	for name, want := range list {
		for _, encoding := range []string{"", "gzip"} {
			w := get(t, h, "/"+name, "Accept-Encoding", encoding)
			body := decode(t, w)
			sum := sha256.Sum256(body)
			if w.Code != 200 || len(body) != want.Bytes || base64.StdEncoding.EncodeToString(sum[:]) != want.SHA256 {
				t.Errorf("%s %s: status %d, %d bytes, other hash or length than listed", name, encoding, w.Code, len(body))
			}
		}
		if ext := path.Ext(name); ext == ".html" || ext == ".js" {
			users = append(users, decode(t, get(t, h, "/"+name)))
		}
	}
	for name := range list {
		used := func(user []byte) bool { return bytes.Contains(user, []byte(path.Base(name))) }
		if path.Dir(name) == "assets" && !slices.ContainsFunc(users, used) {
			t.Errorf("nothing uses %s", name)
		}
	}
	for _, name := range []string{"index.html", "worker.js", "widget/frame.html", "widget.js"} {
		if _, ok := list[name]; !ok {
			t.Errorf("%s is not listed", name)
		}
	}
}

// TestNoInline checks the same pages for what their policy forbids.
func TestNoInline(t *testing.T) {
	for _, name := range []string{"index.html", "widget/frame.html", "demo/index.html"} {
		page, err := fs.ReadFile(dist, "dist/"+name)
		if err != nil {
			t.Skip("the page is not built")
		}
		for _, inline := range []string{"<script>", "<style", "style=", "onload=", "onclick="} {
			if bytes.Contains(page, []byte(inline)) {
				t.Errorf("%s contains %s, which the policy forbids", name, inline)
			}
		}
	}
}

func decode(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	if w.Header().Get("Content-Encoding") == "" {
		return w.Body.Bytes()
	}
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
