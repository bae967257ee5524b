// Package socket lets clients reach a relay through the web site's port: it
// answers a WebSocket upgrade and hands the connection to the relay as a
// net.Conn of blocks. Each block is one binary message of 16,384 bytes, not
// compressed, and the relay speaks first.
package socket

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/coder/websocket"

	"sotto/server/relay"
	"sotto/smp/transport"
)

// A Handler upgrades every request.
type Handler struct {
	Relay *relay.Relay

	// Origins are the sites whose pages may connect besides the one that they
	// come from: host patterns, as path.Match has them. Programs that are not
	// browsers send no origin, and may always connect.
	Origins []string

	// Proxies are who may say in X-Forwarded-For where a client is.
	Proxies []netip.Prefix
}

// IsUpgrade reports whether a request asks for a WebSocket.
func IsUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// ServeHTTP serves one client until it leaves.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from := h.client(r)
	leave, ok := h.Relay.Admit(from)
	if !ok {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	defer leave()
	hijacker := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(hijacker, r, &websocket.AcceptOptions{
		OriginPatterns:  h.Origins,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // and it has answered
	}
	o := relay.Options{WebSocket: true, Addr: from, Challenge: transport.ParseChallenge(r.URL.Query().Get("challenge"))}
	// The relay's Close ends the connection, not the end of the HTTP server.
	h.Relay.ServeConn(context.WithoutCancel(r.Context()), newConn(ws, hijacker.raw), o)
}

// client returns where a request comes from, as far as those who passed it on
// can be trusted. It is invalid if that is unknown.
func (h *Handler) client(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := from.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && h.trusts(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}
		}
		addr = next.Unmap()
	}
	return addr
}

func (h *Handler) trusts(addr netip.Addr) bool {
	for _, p := range h.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// A hijacker remembers the connection that was taken over, because deadlines are
// set on it.
type hijacker struct {
	http.ResponseWriter
	raw net.Conn
}
