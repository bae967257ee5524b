package relay

import (
	"net/netip"
	"sync"
)

// doors counts connections, all and by host. A host is an IPv4 address or an
// IPv6 /64, which is what one customer of a provider has.
type doors struct {
	max, maxPerHost int

	mu    sync.Mutex
	open  int
	hosts map[netip.Prefix]int
}

// Admit counts a connection from addr and reports whether there is room for it.
// Call it before any handshake, and leave when the connection is closed. An
// invalid addr, as behind a proxy, counts only among all.
func (r *Relay) Admit(addr netip.Addr) (leave func(), ok bool) {
	if leave, ok = r.doors.admit(hostOf(addr)); !ok {
		r.config.Metrics.ConnsRefused.Add(1)
	}
	return leave, ok
}

func hostOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	host, _ := addr.Prefix(bits)
	return host
}

func (d *doors) admit(host netip.Prefix) (leave func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open >= d.max || host.IsValid() && d.hosts[host] >= d.maxPerHost {
		return nil, false
	}
	d.open++
	if host.IsValid() {
		if d.hosts == nil {
			d.hosts = make(map[netip.Prefix]int)
		}
		d.hosts[host]++
	}
	return sync.OnceFunc(func() { d.leave(host) }), true
}

func (d *doors) leave(host netip.Prefix) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	if !host.IsValid() {
		return
	}
	if d.hosts[host]--; d.hosts[host] == 0 {
		delete(d.hosts, host)
	}
}
