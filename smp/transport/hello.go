package transport

import (
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/smp/wire"
)

// ErrHello is returned for a hello that cannot be parsed.
var ErrHello = errors.New("transport: invalid hello")

// A CertKey is the key of a session with the certificates that vouch for it.
type CertKey struct {
	Chain     Chain
	SignedKey []byte // DER, what SignKey makes with the leaf's key
}

// A ServerHello is the first block of a connection. SMP: "Transport handshake".
// Both hellos may go on with bytes that today's versions ignore.
type ServerHello struct {
	Versions  smp.Range[smp.Version]
	SessionID []byte   // the client's Finished in TLS, 12 to 48 bytes
	Key       *CertKey // X25519; nil if the relay speaks version 6 only
	Proof     []byte   // version 19: answers the challenge of a WebSocket client; nil if none
}

// A ClientHello answers a ServerHello.
type ClientHello struct {
	Version smp.Version
	Relay   []byte        // the fingerprint of the relay that the client wants
	Key     smp.PublicKey // X25519; zero if the client wants no encryption of blocks
	Proxy   bool          // version 14: the client is a relay that forwards
	Service *ServiceHello // version 16; nil if the client is none
}

// A ServiceHello says that the client is a service. SMP: "Client services".
type ServiceHello struct {
	Role Role
	Key  CertKey // Ed25519; the chain is the same as in TLS
}

// A Role is what a service does.
type Role byte

// The roles of services.
const (
	RoleMessaging Role = 'M'
	RoleNotifier  Role = 'N'
	RoleProxy     Role = 'P'
)

// webProofVersion is the first whose hello has a place for a proof.
const webProofVersion = smp.VersionServiceQueues

// Append appends the encoding of h.
func (h *ServerHello) Append(b []byte) []byte {
	b = smp.AppendRange(b, h.Versions)
	b = wire.AppendShort(b, h.SessionID)
	if h.Versions.Max >= smp.VersionAuthenticators && h.Key != nil {
		b = appendCertKey(b, *h.Key)
		if h.Versions.Max >= webProofVersion && h.Proof != nil {
			b = wire.AppendShort(b, h.Proof)
		}
	}
	return b
}

// ParseServerHello decodes the content of the first block. What it returns
// aliases b.
func ParseServerHello(b []byte) (*ServerHello, error) {
	p := wire.NewParser(b)
	h := &ServerHello{Versions: smp.ReadRange[smp.Version](p), SessionID: p.Short()}
	if h.Versions.Max >= smp.VersionAuthenticators && p.Len() > 0 {
		key := readCertKey(p)
		h.Key = &key
	}
	if h.Versions.Max >= webProofVersion && p.Len() > 0 {
		h.Proof = p.Short()
	}
	return h, parsed(p)
}

// Append appends the encoding of h.
func (h *ClientHello) Append(b []byte) []byte {
	b = wire.AppendUint16(b, uint16(h.Version))
	b = wire.AppendShort(b, h.Relay)
	if h.Version >= smp.VersionAuthenticators && !h.Key.IsZero() {
		b = smp.AppendPublicKey(b, h.Key)
	}
	if h.Version >= smp.VersionProxyFlag {
		b = wire.AppendBool(b, h.Proxy)
	}
	if h.Version >= smp.VersionServices {
		b = wire.AppendMaybe(b, h.Service != nil)
		if h.Service != nil {
			b = appendCertKey(append(b, byte(h.Service.Role)), h.Service.Key)
		}
	}
	return b
}

// keyLength begins an X25519 key in a ClientHello. Nothing else says whether
// there is one; what may follow in its place are letters and digits.
const keyLength = "\x2c"

// ParseClientHello decodes the content of the second block. What it returns
// aliases b.
func ParseClientHello(b []byte) (*ClientHello, error) {
	p := wire.NewParser(b)
	h := &ClientHello{Version: smp.Version(p.Uint16()), Relay: p.Short()}
	if h.Version >= smp.VersionAuthenticators && string(p.Peek(1)) == keyLength {
		h.Key = smp.ReadPublicKey(p, smp.X25519)
	}
	if h.Version >= smp.VersionProxyFlag {
		h.Proxy = p.Bool()
	}
	if h.Version >= smp.VersionServices && p.Maybe() {
		h.Service = &ServiceHello{Role: readRole(p), Key: readCertKey(p)}
	}
	return h, parsed(p)
}

func readRole(p *wire.Parser) Role {
	r := Role(p.Byte())
	if r != RoleMessaging && r != RoleNotifier && r != RoleProxy {
		p.Fail(wire.ErrSyntax)
	}
	return r
}

func appendCertKey(b []byte, k CertKey) []byte {
	b = wire.AppendList(b, k.Chain, wire.AppendLarge[[]byte])
	return wire.AppendLarge(b, k.SignedKey)
}

func readCertKey(p *wire.Parser) CertKey {
	return CertKey{Chain: wire.NonEmpty(p, (*wire.Parser).Large), SignedKey: p.Large()}
}

// parsed returns the error of p; bytes that are left are for later versions.
func parsed(p *wire.Parser) error {
	if err := p.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrHello, err)
	}
	return nil
}
