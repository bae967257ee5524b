package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// A file is one file of the page in the encodings the build left beside it.
type file struct {
	kind      string
	immutable bool
	bodies    []body // best encoding first; the last one is plain
}

type body struct {
	encoding string // as in Content-Encoding; empty means plain
	bytes    []byte
	etag     string
}

// kinds are the media types of all files a build may hold. Others are not served.
var kinds = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".wasm":        "application/wasm",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".txt":         "text/plain; charset=utf-8",
}

var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// load reads all files of a build. An embedded file system does not fail to read what it lists;
// what cannot be read is left out and answered with 404.
func load(dist fs.FS) map[string]*file {
	files := map[string]*file{}
	fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			return nil
		}
		if f := loadFile(dist, name, kind); f != nil {
			files[name] = f
		}
		return nil
	})
	return files
}

func loadFile(dist fs.FS, name, kind string) *file {
	plain, err := fs.ReadFile(dist, name)
	if err != nil {
		return nil
	}
	f := &file{kind: kind, immutable: strings.HasPrefix(name, "assets/")}
	sum := sha256.Sum256(plain)
	tag := hex.EncodeToString(sum[:12])
	for _, e := range encodings {
		if b, err := fs.ReadFile(dist, name+e.suffix); err == nil {
			f.bodies = append(f.bodies, body{e.name, b, `"` + tag + "-" + e.name + `"`})
		}
	}
	f.bodies = append(f.bodies, body{"", plain, `"` + tag + `"`})
	return f
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	b := f.choose(r.Header.Get("Accept-Encoding"))
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", b.etag)
	h.Set("Vary", "Accept-Encoding")
	if matches(r.Header.Get("If-None-Match"), b.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	if b.encoding != "" {
		h.Set("Content-Encoding", b.encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(b.bytes)))
	if r.Method != http.MethodHead {
		w.Write(b.bytes)
	}
}

// choose returns the first body whose encoding the header allows.
func (f *file) choose(accept string) body {
	for _, b := range f.bodies {
		if b.encoding == "" || accepts(accept, b.encoding) {
			return b
		}
	}
	return f.bodies[len(f.bodies)-1]
}

// accepts reports whether an Accept-Encoding header allows an encoding by its name. A weight of zero forbids;
// other weights are not compared, since the smallest body is right for everybody who can read it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			return !isZero(weight)
		}
	}
	return false
}

// isZero reports whether a parameter like " q=0.000" is a weight of zero.
func isZero(param string) bool {
	name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return false
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && q == 0
}

// matches reports whether an If-None-Match header names a tag, by weak comparison.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}
