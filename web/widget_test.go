package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestWidget: other sites may load the script and show the frame, if they are listed, and nothing else.
func TestWidget(t *testing.T) {
	files := build()
	files["widget.js"], files["assets/widget-0123.js"], files["widget/frame.html"] = text("script"), text("script"), text("frame")
	for _, test := range []struct {
		target            string
		sites             []string
		ancestors         string
		cors, corp, other string
	}{
		{"/widget.js", nil, "'none'", "*", "cross-origin", "same-origin"},
		{"/assets/widget-0123.js", nil, "'none'", "*", "cross-origin", "same-origin"},
		{"/integrity.json", nil, "'none'", "*", "cross-origin", "same-origin"},
		{"/widget/frame.html", nil, "'none'", "", "cross-origin", ""},
		{"/widget/frame.html", []string{"*"}, "'self' *", "", "cross-origin", ""},
		{"/widget/", []string{"https://a.example", "https://*.b.example"}, "'self' https://a.example https://*.b.example", "", "cross-origin", ""},
		{"/", []string{"*"}, "'none'", "", "same-origin", "same-origin"},
		{"/assets/app-0123.js", []string{"*"}, "'none'", "", "same-origin", "same-origin"},
		{"/config.json", []string{"*"}, "'none'", "", "same-origin", "same-origin"},
		{"/assets/widget-0123.css", []string{"*"}, "'none'", "", "same-origin", "same-origin"},
	} {
		h := get(t, newHandler(files, Config{Widget: test.sites}), test.target).Header()
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors "+test.ancestors+";") {
			t.Errorf("%s: policy %s", test.target, h.Get("Content-Security-Policy"))
		}
		got := []string{h.Get("Access-Control-Allow-Origin"), h.Get("Cross-Origin-Resource-Policy"), h.Get("Cross-Origin-Opener-Policy")}
		if want := []string{test.cors, test.corp, test.other}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", test.target, got, want)
		}
	}
	if w := get(t, newHandler(files, Config{}), "/widget/"); w.Body.String() != "frame" {
		t.Errorf("/widget/ is %d %q", w.Code, w.Body)
	}
}

// TestDemo: the shop has a strict policy of its own, and the widget's frame fits into sites that are isolated.
func TestDemo(t *testing.T) {
	files := build()
	files["demo/index.html"], files["demo/shop.js"], files["widget/frame.html"] = text("shop"), text("script"), text("frame")
	h := newHandler(files, Config{})
	for _, path := range []string{"/demo", "/demo/", "/demo/shop.js"} {
		w := get(t, h, path)
		if policy := w.Header().Get("Content-Security-Policy"); w.Code != 200 || policy != demoPolicy {
			t.Errorf("%s: %d, policy %s", path, w.Code, policy)
		}
	}
	for path, want := range map[string]string{"/widget/": "require-corp", "/worker.js": "require-corp", "/": ""} {
		if got := get(t, h, path).Header().Get("Cross-Origin-Embedder-Policy"); got != want {
			t.Errorf("%s: embedder policy %q", path, got)
		}
	}
}

func TestParseSites(t *testing.T) {
	for list, want := range map[string][]string{
		"":                        nil,
		"*":                       {"*"},
		"https://a.example":       {"https://a.example"},
		" https://a.example/ , *": {"https://a.example", "*"},
		"https://*.a.example":     {"https://*.a.example"},
		"http://localhost:8000":   {"http://localhost:8000"},
	} {
		if got, err := ParseSites(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
	for _, list := range []string{
		"a.example", "ftp://a.example", "https://", "https://a.example/path", "https://a.example;", "https://a b", "https://*", "'none'",
		"https://a.example:x", "https://user@a.example", "https://a.example?q", "https://a.*.example", "https://a.example; script-src *",
	} {
		if got, err := ParseSites(list); err == nil {
			t.Errorf("%q is %q", list, got)
		}
	}
}

func TestPlain(t *testing.T) {
	h := get(t, Plain(newHandler(build(), Config{})), "/").Header()
	if !strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Error("the page's own policy is lost")
	}
	h = get(t, Plain(http.NotFoundHandler()), "/").Header()
	if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("headers %v", h)
	}
}
