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

// secure sets the headers that hold for every answer. Workers take their policy from their own answer,
// so scripts carry it as well as the page.
func secure(h http.Header, r *http.Request, c Config) {
	h.Set("Content-Security-Policy", policy(r.Host, c.URL))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", permissions)
	if c.HTTPS || r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// policy is the content security policy. Only WebAssembly needs more than 'self'.
func policy(host, relayURL string) string {
	connect := "'self'"
	for _, source := range sockets(host, relayURL) {
		connect += " " + source
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self'",
		"img-src 'self' data: blob:",
		"connect-src " + connect,
		"worker-src 'self'",
		"manifest-src 'self'",
		"frame-ancestors 'none'",
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
