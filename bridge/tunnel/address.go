package tunnel

import (
	"net/http"
	"net/netip"
	"strings"
)

// PeerAddr returns the address of the peer of the TCP connection, the zero Addr
// if there is none.
func PeerAddr(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

// ForwardedAddr returns the address of a client behind reverse proxies: the last
// one in X-Forwarded-For that is not a proxy's. The header is believed only of
// proxies in the given networks.
func ForwardedAddr(proxies []netip.Prefix) func(*http.Request) netip.Addr {
	return func(r *http.Request) netip.Addr {
		client := PeerAddr(r)
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for len(hops) > 0 && isProxy(proxies, client) {
			before, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1]))
			if err != nil {
				break
			}
			client, hops = before.Unmap(), hops[:len(hops)-1]
		}
		return client
	}
}

func isProxy(proxies []netip.Prefix, addr netip.Addr) bool {
	for _, p := range proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
