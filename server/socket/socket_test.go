package socket

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestClient: only who is trusted may say where a request comes from.
func TestClient(t *testing.T) {
	h := &Handler{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for _, test := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:5000", nil, "192.0.2.1"},
		{"192.0.2.1:5000", []string{"198.51.100.1"}, "192.0.2.1"},
		{"10.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"[::ffff:10.0.0.1]:5000", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:5000", []string{"203.0.113.9", "198.51.100.1, 10.2.3.4"}, "198.51.100.1"},
		{"[::1]:5000", []string{"2001:db8::1"}, "2001:db8::1"},
		{"10.0.0.1:5000", nil, ""},
		{"10.0.0.1:5000", []string{"unknown"}, ""},
		{"10.0.0.1:5000", []string{"10.0.0.2"}, "10.0.0.2"},
		{"pipe", nil, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.remote
		for _, v := range test.forwarded {
			r.Header.Add("X-Forwarded-For", v)
		}
		var want netip.Addr
		if test.want != "" {
			want = netip.MustParseAddr(test.want)
		}
		if got := h.client(r); got != want {
			t.Errorf("%s forwarded for %q is %v, want %v", test.remote, test.forwarded, got, want)
		}
	}
}

// TestUnix: who comes by a Unix socket is a proxy, whatever it is called.
func TestUnix(t *testing.T) {
	h := &Handler{}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Forwarded-For", "203.0.113.9, 198.51.100.1")
	r.Header.Set("X-Forwarded-Proto", "https")
	if h.Secure(r) {
		t.Error("anybody is believed that the connection is by TLS")
	}
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/x", Net: "unix"}))
	r.RemoteAddr = "@"
	if got := h.client(r); got != netip.MustParseAddr("198.51.100.1") {
		t.Errorf("client is %v", got)
	}
	if !h.Secure(r) {
		t.Error("the proxy is not believed")
	}
	r.Header.Del("X-Forwarded-For")
	if got := h.client(r); got.IsValid() {
		t.Errorf("client is %v", got)
	}
}
