// Package outbound makes the relay's connections to other relays, for clients
// that name them. Since clients choose where it connects to, it goes to public
// addresses only: names are resolved here, and the address that a connection is
// made to is the one that was checked, whatever a second question to the name
// server would bring.
package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/net/proxy"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/transport"
)

// A Dialer connects to relays. The zero Dialer goes to public addresses.
type Dialer struct {
	// Allow are networks that are dialed though they are not public.
	Allow []netip.Prefix

	// SOCKS is the host:port of a SOCKS5 proxy, such as Tor's, for onion hosts;
	// "" if there is none. Other hosts are dialed directly.
	SOCKS string

	// Always says that all hosts are reached by the proxy, which then resolves
	// their names: that they lead to public addresses only is its business.
	Always bool
}

// versions are offered to other relays. The highest is that of the reference's
// stable branch: what 19 means differs between relays.
var versions = smp.Range[smp.Version]{Min: smp.MinVersion, Max: smp.VersionNotices}

// Dial connects to a relay as a proxy, and does the handshakes. It tries all
// hosts of the address, onion hosts last; relay.ErrHost if there is none that it
// may dial.
func (d *Dialer) Dial(ctx context.Context, to smp.Address) (*transport.Conn, error) {
	to.Hosts = d.usable(to.Hosts)
	if len(to.Hosts) == 0 {
		return nil, relay.ErrHost
	}
	return transport.DialRelay(ctx, to, &transport.ClientConfig{Versions: versions, Proxy: true, DialContext: d.dial})
}

// usable returns the hosts that can be dialed, in order of preference.
func (d *Dialer) usable(hosts []string) []string {
	var public, onion []string
	for _, host := range hosts {
		switch {
		case d.Always && !d.named(host):
		case !isOnion(host):
			public = append(public, host)
		case d.SOCKS != "":
			onion = append(onion, host)
		}
	}
	return append(public, onion...)
}

// named reports whether the proxy may be asked for a host: a name of the Internet,
// or an address that may be dialed.
func (d *Dialer) named(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return d.allows(addr)
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	top := name[strings.LastIndexByte(name, '.')+1:]
	if top == name || top == "" || top[0] >= '0' && top[0] <= '9' {
		return false // of this network, or an address in an odd form, as 127.1
	}
	return !slices.Contains(localNames, top)
}

// localNames are top-level names of networks that are not public: RFC 6761, RFC
// 6762, RFC 8375, and ICANN's internal.
var localNames = []string{"localhost", "local", "internal", "arpa", "test", "invalid"}

func isOnion(host string) bool { return strings.HasSuffix(strings.ToLower(host), ".onion") }

func (d *Dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if d.Always || isOnion(host) {
		return d.dialProxy(ctx, network, address)
	}
	checked := &net.Dialer{Control: d.check}
	return checked.DialContext(ctx, network, address)
}

func (d *Dialer) dialProxy(ctx context.Context, network, address string) (net.Conn, error) {
	socks, err := proxy.SOCKS5("tcp", d.SOCKS, nil, proxy.Direct)
	if err != nil {
		return nil, fmt.Errorf("outbound: socks: %w", err)
	}
	through, ok := socks.(proxy.ContextDialer)
	if !ok {
		return nil, errors.New("outbound: socks: cannot be cancelled")
	}
	return through.DialContext(ctx, network, address)
}

// check refuses an address that must not be dialed. The net package calls it
// with every address that it connects to, after the name was resolved.
func (d *Dialer) check(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !d.allows(to.Addr()) {
		return relay.ErrHost
	}
	return nil
}

func (d *Dialer) allows(addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, p := range d.Allow {
		if p.Contains(addr) {
			return true
		}
	}
	return isPublic(addr)
}

// isPublic reports whether addr may belong to a relay of the public network.
func isPublic(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// special are networks that look public: RFC 6890 and the IANA registries of
// special-purpose addresses. Those of IPv6 that carry an IPv4 address could lead
// to a private one.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // providers' own
	netip.MustParsePrefix("192.0.0.0/24"),    // protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // measurements
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved
	netip.MustParsePrefix("::/96"),           // IPv4, of old
	netip.MustParsePrefix("64:ff9b::/96"),    // IPv4, NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"),  // IPv4, NAT64
	netip.MustParsePrefix("100::/64"),        // discarded
	netip.MustParsePrefix("2001::/23"),       // protocols, Teredo
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // IPv4, 6to4
	netip.MustParsePrefix("3fff::/20"),       // documentation
	netip.MustParsePrefix("5f00::/16"),       // segment routing
	netip.MustParsePrefix("fec0::/10"),       // sites, of old
}
