package tunnel

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync/atomic"

	"sotto/smp"
	"sotto/smp/transport"
)

// A target is one of the relays.
type target struct {
	address smp.Address
	id      transport.Fingerprint
	log     *slog.Logger
	lost    atomic.Bool // the last attempt to reach it failed
}

// dial connects to the relay and returns its hello, checked.
func (t *target) dial(ctx context.Context) (*transport.TLSConn, *block, error) {
	config := &transport.ClientConfig{Relay: t.id, DialContext: dialBounded}
	secure, err := transport.DialTLS(ctx, t.address, config)
	if err != nil {
		return nil, nil, dialError(err)
	}
	defer context.AfterFunc(ctx, func() { secure.Close() })()
	hello := new(block)
	if _, err := io.ReadFull(secure, hello[:]); err != nil {
		secure.Close()
		return nil, nil, errors.Join(errRelayUnreachable, err)
	}
	if err := secure.CheckHello(hello, config); err != nil {
		secure.Close()
		return nil, nil, errors.Join(errRelayIdentity, err)
	}
	return secure, hello, nil
}

// dialBounded bounds what waits for the relay to be read, and to be taken by it.
func dialBounded(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := new(net.Dialer).DialContext(ctx, network, address)
	if tcp, ok := nc.(*net.TCPConn); ok {
		tcp.SetReadBuffer(queue)
		tcp.SetWriteBuffer(queue)
	}
	return nc, err
}

// dialError tells a relay that is not there from one that is another.
func dialError(err error) error {
	if errors.Is(err, transport.ErrIdentity) || errors.Is(err, transport.ErrCertificate) {
		return errors.Join(errRelayIdentity, err)
	}
	return errors.Join(errRelayUnreachable, err)
}

// reached logs when a relay is lost and when it is back, not every attempt:
// pages decide how many there are.
func (t *target) reached(err error) {
	switch was := t.lost.Swap(err != nil); {
	case err != nil && !was:
		t.log.Warn("relay not reached", "relay", t.address.Hosts, "error", err)
	case err == nil && was:
		t.log.Info("relay reached again", "relay", t.address.Hosts)
	}
}
