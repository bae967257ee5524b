// Package web serves the page of Sotto.
//
// The page is built by build.mjs into dist and embedded in the programs that serve it: index.html,
// the worker, the client as WebAssembly, and a list of their hashes. Every file lies there three times,
// plain and compressed with brotli and gzip, so that serving is copying bytes. Files below /assets/ carry
// their hash in their name and never change; the others are asked for again each time.
//
// The headers are part of the design: the page holds keys, so nothing may run in it but its own scripts.
package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Config is what the page must know of the place that serves it.
type Config struct {
	// Relay is the address of the relay on which the page creates its queues: smp://fingerprint@host:port.
	Relay string `json:"relay"`
	// URL is where that relay is reached by WebSocket: a path on the page's own origin, or a whole ws: or wss: URL.
	URL string `json:"url"`
	// Others are more relays that the page may choose to create its queues on.
	Others []Relay `json:"others,omitempty"`
	// Echo says that POST /echo/invitation answers with a link to a contact that repeats what it hears.
	Echo bool `json:"echo"`
	// HTTPS says that browsers reach the page by https only, though this program may sit behind a proxy that ends TLS.
	HTTPS bool `json:"-"`
	// Widget is the sites that may show the widget's frame, as ParseSites returns them. Empty: none.
	Widget []string `json:"-"`
}

// A Relay is one that the page reaches by WebSocket; the fields are like those of Config.
type Relay struct {
	Relay string `json:"relay"`
	URL   string `json:"url"`
}

// Handler serves the page, its files and /config.json. Paths it does not know are answered with 404.
// Without a built page it answers 503 and says how to build it.
func Handler(c Config) http.Handler {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a valid path: it is embedded above
	}
	return newHandler(sub, c)
}

type handler struct {
	config Config
	body   []byte // of /config.json
	files  map[string]*file
}

func newHandler(dist fs.FS, c Config) *handler {
	body, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and a bool always marshal
	}
	return &handler{config: c, body: body, files: load(dist)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header(), r, h.config, filePath(r.URL.Path))
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == "/config.json" {
		h.serveConfig(w, r)
		return
	}
	h.serveFile(w, r)
}

func (h *handler) serveConfig(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	w.Write(h.body)
}

func (h *handler) serveFile(w http.ResponseWriter, r *http.Request) {
	f, ok := h.files[filePath(r.URL.Path)]
	switch {
	case ok:
		f.serve(w, r)
	case h.files["index.html"] == nil:
		http.Error(w, "The page is not built yet: run make site, then start again.", http.StatusServiceUnavailable)
	default:
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
	}
}

// linkPaths are the paths of connection links, full and short; what they connect to is in the fragment, which
// browsers do not send. The page itself answers there.
var linkPaths = map[string]bool{
	"/invitation": true, "/contact": true,
	"/i": true, "/c": true, "/a": true, "/g": true, "/r": true,
}

// filePath turns the path of a URL into the name of a file of dist.
func filePath(path string) string {
	if path == "/" || linkPaths[strings.TrimSuffix(path, "/")] {
		return "index.html"
	}
	switch path {
	case "/widget/":
		return frame
	case "/demo", "/demo/":
		return "demo/index.html"
	}
	return strings.TrimPrefix(path, "/")
}
