package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPublic: only what may be a relay in public is dialed.
func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "::ffff:1.1.1.1": true, "2606:4700::1": true, "172.32.0.1": true, "11.0.0.1": true,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "127.9.9.9": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false,
		"255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.0.1": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"::ffff:10.0.0.1": false, "::ffff:127.0.0.1": false, "::7f00:1": false, "64:ff9b::a00:1": false,
		"2002:a00:1::": false, "2001:0:1::": false, "2001:db8::1": false, "fec0::1": false,
	} {
		if got := new(Dialer).allows(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	d := &Dialer{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for text, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false} {
		if got := d.allows(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s with 10.1.0.0/16 allowed: %v", text, got)
		}
	}
}

// TestHosts: onion hosts are for the SOCKS proxy, and come last.
func TestHosts(t *testing.T) {
	hosts := []string{"abc.onion", "a.example", "b.example"}
	if got := new(Dialer).usable(hosts); !slices.Equal(got, []string{"a.example", "b.example"}) {
		t.Errorf("without SOCKS: %v", got)
	}
	if got := (&Dialer{SOCKS: "x:1"}).usable(hosts); !slices.Equal(got, []string{"a.example", "b.example", "abc.onion"}) {
		t.Errorf("with SOCKS: %v", got)
	}
}

// TestRefused: nothing is sent to an address that is not public.
func TestRefused(t *testing.T) {
	l := listen(t)
	reached := make(chan struct{})
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Close()
			close(reached)
		}
	}()
	for _, host := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1", "abc.onion"} {
		_, err := new(Dialer).Dial(t.Context(), smp.Address{Fingerprint: make([]byte, 32), Hosts: []string{host}, Port: port(l)})
		if !errors.Is(err, relay.ErrHost) {
			t.Errorf("%s: %v", host, err)
		}
	}
	select {
	case <-reached:
		t.Error("the address was dialed")
	default:
	}
}

// TestDial connects to a relay on an address that is allowed, by its second
// host.
func TestDial(t *testing.T) {
	l := listen(t)
	address := serve(t, l)
	address.Hosts = []string{"abc.onion", "127.0.0.2", "127.0.0.1"}
	d := &Dialer{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	conn, err := d.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if s := conn.Session(); !s.Proxy || s.Encrypted() || s.Version != smp.VersionNotices {
		t.Errorf("session is %+v", s)
	}
}

// TestOnion reaches a relay by its onion name through a SOCKS5 proxy.
func TestOnion(t *testing.T) {
	l := listen(t)
	address := serve(t, l)
	address.Hosts = []string{"abc.onion"}
	socks := listen(t)
	asked := make(chan string, 1)
	go serveSOCKS(socks, l.Addr().String(), asked)
	conn, err := (&Dialer{SOCKS: socks.Addr().String()}).Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := <-asked; got != "abc.onion" {
		t.Errorf("the proxy was asked for %q", got)
	}
}

// TestAlways: by the proxy to public names and addresses, and to nothing else.
func TestAlways(t *testing.T) {
	l := listen(t)
	address := serve(t, l)
	d := &Dialer{Always: true}
	for _, host := range []string{"localhost", "127.0.0.1", "10.1.2.3", "::1", "printer", "nas.local", "a.internal", "x.localhost.", "1.0.0.127.in-addr.arpa", "127.1", "10.0x1", ".", ""} {
		address.Hosts = []string{host}
		if _, err := d.Dial(t.Context(), address); !errors.Is(err, relay.ErrHost) {
			t.Errorf("%s: %v", host, err)
		}
	}
	socks := listen(t)
	asked := make(chan string, 1)
	go serveSOCKS(socks, l.Addr().String(), asked)
	d.SOCKS, address.Hosts = socks.Addr().String(), []string{"relay.example.org"}
	conn, err := d.Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got := <-asked; got != "relay.example.org" {
		t.Errorf("the proxy was asked for %q", got)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func port(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// serve answers one handshake at l and returns the relay's address.
func serve(t *testing.T, l net.Listener) smp.Address {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	t.Cleanup(func() { l.Close(); <-served })
	go func() {
		nc, err := l.Accept()
		if err == nil {
			err = handshake(t.Context(), nc, chain, key)
		}
		served <- err
	}()
	id := authority.Fingerprint()
	return smp.Address{Fingerprint: id[:], Port: port(l)}
}

func handshake(ctx context.Context, nc net.Conn, chain transport.Chain, key smp.PrivateKey) error {
	secure, err := transport.ServerTLS(ctx, nc, transport.ServerTLSConfig(chain, key))
	if err != nil {
		return err
	}
	conn, err := transport.Server(ctx, secure, &transport.ServerConfig{
		Chain: chain, Key: key, Versions: smp.Versions, SessionID: secure.SessionID,
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.ReadBlock()
	return nil
}

// serveSOCKS is a SOCKS5 proxy (RFC 1928) for one connection, which always goes
// to the same address.
func serveSOCKS(l net.Listener, to string, asked chan<- string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	head := make([]byte, 2)
	io.ReadFull(c, head)
	io.ReadFull(c, make([]byte, head[1]))
	c.Write([]byte{5, 0})
	request := make([]byte, 5)
	io.ReadFull(c, request)
	host := make([]byte, int(request[4])+2)
	io.ReadFull(c, host)
	asked <- string(host[:len(host)-2])
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	target, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer target.Close()
	go io.Copy(target, c)
	io.Copy(c, target)
}
