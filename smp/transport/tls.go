//go:build !js

package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"sotto/smp"
	"sotto/smp/transport/tls13"
)

// ALPN is the application protocol of SMP in TLS. A relay speaks only version 6
// to clients that do not offer it.
const ALPN = "smp/1"

// A TLSConn is a TLS connection with what the hellos must repeat. It is a
// struct of facts, so that any implementation of TLS can make one.
type TLSConn struct {
	net.Conn
	SessionID  []byte // the client's Finished
	Chain      Chain  // the peer's certificates; a client has none unless it is a service
	ALPN       string // what was agreed, "" if nothing
	ServerName string // what the client asked for, "" if nothing, as SMP clients do
}

// Dial connects to a relay and does the handshakes of TLS and SMP. address is
// host:port. config's SessionID and Chain are taken from TLS.
func Dial(ctx context.Context, address string, config *ClientConfig) (*Conn, error) {
	secure, err := dialTLS(ctx, address, config)
	if err != nil {
		return nil, err
	}
	return secure.client(ctx, config)
}

// DialRelay is Dial for a relay's address: it tries its hosts in their order.
// config's Relay is taken from the address, too.
func DialRelay(ctx context.Context, relay smp.Address, config *ClientConfig) (*Conn, error) {
	secure, err := DialTLS(ctx, relay, config)
	if err != nil {
		return nil, err
	}
	bound := *config
	bound.Relay, _ = ParseFingerprint(relay.Fingerprint)
	return secure.client(ctx, &bound)
}

// DialTLS is the first part of DialRelay: TCP and TLS.
func DialTLS(ctx context.Context, relay smp.Address, config *ClientConfig) (*TLSConn, error) {
	bound := *config
	var err error
	if bound.Relay, err = ParseFingerprint(relay.Fingerprint); err != nil {
		return nil, err
	}
	var failures []error
	for _, address := range endpoints(relay) {
		secure, err := dialTLS(ctx, address, &bound)
		if err == nil {
			return secure, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// endpoints returns where a relay listens. Without a port in the address that is
// 5223, or 443, where networks let nothing else through. SMP: "SMP queue URI".
func endpoints(relay smp.Address) []string {
	ports := []string{relay.Port}
	if relay.Port == "" {
		ports = []string{"5223", "443"}
	}
	var all []string
	for _, port := range ports {
		for _, host := range relay.Hosts {
			all = append(all, net.JoinHostPort(host, port))
		}
	}
	return all
}

// dialTimeout bounds one attempt, so that a host that swallows packets leaves
// time for the next.
const dialTimeout = 10 * time.Second

func dialTLS(ctx context.Context, address string, config *ClientConfig) (*TLSConn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	dial := config.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	nc, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	return ClientTLS(ctx, nc, config)
}

// client does the handshake of SMP, bound to that of TLS.
func (c *TLSConn) client(ctx context.Context, config *ClientConfig) (*Conn, error) {
	return Client(ctx, c, c.bind(config))
}

func (c *TLSConn) bind(config *ClientConfig) *ClientConfig {
	bound := *config
	bound.SessionID, bound.Chain = c.SessionID, c.Chain
	return &bound
}

// CheckHello checks that the first block of a relay's, read from c, belongs to
// this TLS session and to the relay of config. A bridge asks before it passes
// the block on.
func (c *TLSConn) CheckHello(block *[BlockSize]byte, config *ClientConfig) error {
	content, err := unpad(block[:])
	if err != nil {
		return err
	}
	hello, err := ParseServerHello(content)
	if err != nil {
		return err
	}
	_, err = c.bind(config).accept(hello)
	return err
}

// ClientTLS does the client's TLS handshake over nc and checks that the peer is
// the relay of config. If it fails, it closes nc. It sends no server name, since
// on a shared port 443 relays know SMP by that.
func ClientTLS(ctx context.Context, nc net.Conn, config *ClientConfig) (*TLSConn, error) {
	secure := &tls13.Config{
		ALPN: []string{ALPN},
		Verify: func(raw [][]byte) (smp.PublicKey, error) {
			leaf, err := Chain(raw).Verify(config.Relay, now(config.Now))
			if err != nil {
				return smp.PublicKey{}, err
			}
			return leaf.PublicKey, nil
		},
		Rand: config.Rand,
	}
	if config.Service != nil {
		secure.Chain, secure.Key = config.Service.Chain, config.Service.Key
	}
	c, err := tls13.Client(ctx, nc, secure)
	if err != nil {
		return nil, fmt.Errorf("transport: tls with the relay: %w", err)
	}
	state := c.State()
	return &TLSConn{Conn: c, SessionID: state.Finished, Chain: state.Chain, ALPN: state.ALPN}, nil
}

func tlsCertificate(chain Chain, key smp.PrivateKey) tls.Certificate {
	return tls.Certificate{Certificate: chain, PrivateKey: signer(key)}
}

// ServerTLSConfig returns how a relay speaks TLS to SMP clients: TLS 1.3 with
// an Ed25519 key, and no resumption, because a resumed session would have no
// session id of its own. The application protocols are SMP's and the one that
// official clients offer on port 443.
func ServerTLSConfig(chain Chain, key smp.PrivateKey) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{tlsCertificate(chain, key)},
		NextProtos:             []string{ALPN, "http/1.1"},
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true,
	}
}

// ServerTLS does the server's TLS handshake over nc. The config may choose
// another for each client with GetConfigForClient. If it fails, it closes nc.
func ServerTLS(ctx context.Context, nc net.Conn, config *tls.Config) (*TLSConn, error) {
	recorder := &flightRecorder{Conn: nc, recording: true}
	c, err := recorder.handshake(ctx, tls.Server(recorder, logged(config, recorder)))
	if err != nil {
		return nil, fmt.Errorf("transport: tls with a client: %w", err)
	}
	return c, nil
}

// logged returns a config for one connection that tells the recorder its secret.
func logged(config *tls.Config, recorder *flightRecorder) *tls.Config {
	c := config.Clone()
	c.KeyLogWriter = secretLog{recorder}
	if choose := config.GetConfigForClient; choose != nil {
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			chosen, err := choose(hello)
			if err != nil || chosen == nil {
				return nil, err
			}
			chosen = chosen.Clone()
			chosen.KeyLogWriter = secretLog{recorder}
			return chosen, nil
		}
	}
	return c
}

// handshake ends the recording of one connection with its session id.
func (r *flightRecorder) handshake(ctx context.Context, c *tls.Conn) (*TLSConn, error) {
	if err := c.HandshakeContext(ctx); err != nil {
		r.Close()
		return nil, err
	}
	state := c.ConnectionState()
	id, err := r.finished(state)
	if err != nil {
		r.Close()
		return nil, err
	}
	secure := &TLSConn{Conn: c, SessionID: id, ALPN: state.NegotiatedProtocol, ServerName: state.ServerName}
	for _, cert := range state.PeerCertificates {
		secure.Chain = append(secure.Chain, cert.Raw)
	}
	return secure, nil
}
