// Package native lets SMP clients reach a relay by TLS, on a port of its own.
package native

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"sotto/server/gate"
	"sotto/server/relay"
	"sotto/smp/transport"
)

const (
	// handshakeTimeout is how long TLS may take.
	handshakeTimeout = 15 * time.Second
	// maxHandshakes is how many clients do the TLS handshake at the same time;
	// others wait. It bounds the memory of many clients that come at once, and
	// has room for many that stop in the middle of it.
	maxHandshakes = 512
	// acceptPause is how long to wait when no connection can be accepted,
	// because files have run out.
	acceptPause = 100 * time.Millisecond
)

// A Server serves the clients of a relay that come to a listener.
type Server struct {
	Relay *relay.Relay
	Gate  *gate.Gate  // nil: open until Serve's context ends
	TLS   *tls.Config // of transport.ServerTLSConfig
}

// Serve accepts connections until ctx ends, and closes l. It returns when all
// have ended, which the gate tells them to do, after the block they are at.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	handshakes := make(chan struct{}, maxHandshakes)
	entrance := s.Gate
	if entrance == nil {
		entrance = gate.New(ctx)
	}
	for {
		nc, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				nc.Close()
			}
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("native: accept: %w", err)
		}
		if err != nil {
			time.Sleep(acceptPause)
			continue
		}
		serving.Go(func() { s.serve(nc, entrance, handshakes) })
	}
}

// serve serves one client. What goes wrong with it is its own affair.
func (s *Server) serve(nc net.Conn, entrance *gate.Gate, handshakes chan struct{}) {
	inside, open := entrance.Enter()
	if !open {
		nc.Close()
		return
	}
	leave, ok := s.Relay.Admit(addrOf(nc))
	if !ok {
		nc.Close()
		return
	}
	defer leave()
	secure, err := s.handshake(inside, nc, handshakes)
	if err != nil {
		return
	}
	s.Relay.ServeConn(inside, secure, relay.Options{
		SessionID: secure.SessionID,
		ALPN:      secure.ALPN,
		PeerChain: secure.Chain,
		Addr:      addrOf(nc),
	})
}

func (s *Server) handshake(ctx context.Context, nc net.Conn, handshakes chan struct{}) (*transport.TLSConn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	select {
	case handshakes <- struct{}{}:
	case <-ctx.Done():
		nc.Close()
		return nil, ctx.Err()
	}
	defer func() { <-handshakes }()
	return transport.ServerTLS(ctx, nc, s.TLS)
}

func addrOf(nc net.Conn) netip.Addr {
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr()
	}
	return netip.Addr{}
}
