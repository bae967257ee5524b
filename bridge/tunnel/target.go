package tunnel

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

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

// dial connects to the relay and returns its hello, checked. The lane is what is
// below TLS.
func (t *target) dial(ctx context.Context, timeout time.Duration) (*transport.TLSConn, *lane, *block, error) {
	var below *lane
	config := &transport.ClientConfig{Relay: t.id, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		below = newLane(nc, timeout)
		return below, nil
	}}
	secure, err := transport.DialTLS(ctx, t.address, config)
	if err != nil {
		return nil, nil, nil, dialError(err)
	}
	hello, err := readHello(ctx, secure, config)
	if err != nil {
		secure.Close()
		return nil, nil, nil, err
	}
	return secure, below, hello, nil
}

// readHello returns the relay's first block, checked.
func readHello(ctx context.Context, secure *transport.TLSConn, config *transport.ClientConfig) (*block, error) {
	defer context.AfterFunc(ctx, func() { secure.Close() })()
	hello := new(block)
	if _, err := io.ReadFull(secure, hello[:]); err != nil {
		return nil, errors.Join(errRelayUnreachable, err)
	}
	if err := secure.CheckHello(hello, config); err != nil {
		return nil, errors.Join(errRelayIdentity, err)
	}
	return hello, nil
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
