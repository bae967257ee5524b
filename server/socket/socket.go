// Package socket lets clients reach a relay through the web site's port: it
// answers a WebSocket upgrade and hands the connection to the relay as a
// net.Conn of blocks. Each block is one binary message of 16,384 bytes, not
// compressed, and the relay speaks first.
package socket

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/coder/websocket"

	"sotto/server/gate"
	"sotto/server/relay"
	"sotto/smp/transport"
)

// A Handler upgrades every request.
type Handler struct {
	Relay *relay.Relay
	Gate  *gate.Gate // nil: open until the relay closes

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
	inside, open := h.Gate.Enter()
	if !open {
		refuse(w, "the relay is suspended")
		return
	}
	from := h.client(r)
	leave, ok := h.Relay.Admit(from)
	if !ok {
		refuse(w, "too many connections")
		return
	}
	hijacker := &hijacker{ResponseWriter: w}
	ws, err := websocket.Accept(hijacker, r, &websocket.AcceptOptions{
		OriginPatterns:  h.Origins,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		leave()
		return // and it has answered
	}
	o := relay.Options{WebSocket: true, Addr: from, Challenge: transport.ParseChallenge(r.URL.Query().Get("challenge"))}
	// Not here, where the request and all that the HTTP server has with it would
	// stay in memory until the client leaves.
	go func() {
		defer leave()
		h.Relay.ServeConn(inside, newConn(ws, hijacker.raw), o)
	}()
}

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "60")
	http.Error(w, why, http.StatusServiceUnavailable)
}

// client returns where a request comes from, as far as those who passed it on
// can be trusted. It is invalid if that is unknown.
func (h *Handler) client(r *http.Request) netip.Addr {
	addr, trusted := h.peer(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted; i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}
		}
		addr = next.Unmap()
		trusted = h.trusts(addr)
	}
	return addr
}

// peer returns who sent a request here, and whether that is a proxy. Who comes
// by a Unix socket is one: nobody else can open it.
func (h *Handler) peer(r *http.Request) (addr netip.Addr, proxy bool) {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return netip.Addr{}, true
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	addr = from.Addr().Unmap()
	return addr, h.trusts(addr)
}

// Secure reports whether the browser's own connection is by TLS, as a trusted
// proxy says.
func (h *Handler) Secure(r *http.Request) bool {
	_, proxy := h.peer(r)
	return r.TLS != nil || proxy && r.Header.Get("X-Forwarded-Proto") == "https"
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
