package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// permissions switches off what the page has no use for; the camera reads QR codes.
const permissions = "camera=(self), clipboard-write=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(), " +
	"hid=(), midi=(), display-capture=(), accelerometer=(), gyroscope=(), magnetometer=(), browsing-topics=()"

// Plain adds what every answer carries to a handler whose answers are not pages: nothing in them is to be run,
// framed, or taken for what it does not say it is.
func Plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// secure sets the headers that hold for every answer, name being the file that is asked for. Workers take their
// policy from their own answer, so scripts carry it as well as the page.
func secure(h http.Header, r *http.Request, c Config, name string) {
	framed := name == frame
	h.Set("Content-Security-Policy", policy(r.Host, c, framed))
	if isDemo(name) {
		h.Set("Content-Security-Policy", demoPolicy)
	}
	if framed || name == worker {
		// Sites that are isolated from others show only frames that are so, too.
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	}
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if framed || public(name) {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if public(name) {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if !framed {
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", permissions)
	if c.HTTPS || r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// policy is the content security policy. Only WebAssembly needs more than 'self'. The widget's frame differs in
// who may show it.
func policy(host string, c Config, framed bool) string {
	connect := "'self'"
	for _, source := range sockets(host, c.URL) {
		connect += " " + source
	}
	ancestors := "'none'"
	if framed && len(c.Widget) > 0 {
		ancestors = "'self' " + strings.Join(c.Widget, " ") // 'self' is for the shop that shows the widget
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self'",
		"img-src 'self' data: blob:",
		"connect-src " + connect,
		"worker-src 'self'",
		"manifest-src 'self'",
		"frame-ancestors " + ancestors,
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types sotto",
	}, "; ")
}

// hostPattern is what a Host header may hold to be repeated in the policy.
var hostPattern = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// sockets returns where WebSockets may go: the page's own host, since older browsers do not count it as 'self',
// and the relay's URL if that is elsewhere.
func sockets(host, relayURL string) []string {
	var sources []string
	if hostPattern.MatchString(host) {
		sources = append(sources, "ws://"+host, "wss://"+host)
	}
	u, err := url.Parse(relayURL)
	if err == nil && (u.Scheme == "ws" || u.Scheme == "wss") && u.Host != host && hostPattern.MatchString(u.Host) {
		sources = append(sources, u.Scheme+"://"+u.Host)
	}
	return sources
}
