package tunnel

import (
	"net/netip"
	"sync"
)

// limits counts connections, in total and for each network of one client.
type limits struct {
	total, each int

	mu    sync.Mutex
	count int
	by    map[netip.Prefix]int
}

func newLimits(total, each int) limits {
	return limits{total: total, each: each, by: make(map[netip.Prefix]int)}
}

// enter counts one more connection of a client until leave is called, or
// refuses it with errTooMany.
func (l *limits) enter(client netip.Addr) (leave func(), err error) {
	network := networkOf(client)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= l.total || l.by[network] >= l.each {
		return nil, errTooMany
	}
	l.count++
	l.by[network]++
	return func() { l.leave(network) }, nil
}

func (l *limits) leave(network netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if l.by[network]--; l.by[network] == 0 {
		delete(l.by, network)
	}
}

// networkOf returns what belongs to one client: an IPv4 address, or the /64 in
// which an IPv6 client can choose its addresses. Unknown addresses are one
// client.
func networkOf(client netip.Addr) netip.Prefix {
	client = client.Unmap().WithZone("")
	bits := client.BitLen()
	if client.Is6() {
		bits = 64
	}
	network, err := client.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}
