package smp

import "sotto/smp/wire"

// PRXY asks a relay to connect to another one and to forward to it. SMP:
// "Request proxied session"; version 8, like the other commands here.
type PRXY struct {
	Relay     Address
	BasicAuth []byte // the proxy's password; nil if none
}

// PKEY answers PRXY. The client checks chain and signed key against the
// fingerprint of the relay, since it talks to the relay, not to the proxy.
type PKEY struct {
	SessionID []byte // of proxy and relay: the entity id of PFWD, and authorized
	Versions  Range[Version]
	Chain     [][]byte // certificates in DER, the relay's own first
	SignedKey []byte   // X.509 SignedExact with the relay's session key, in DER
}

// PFWD asks a proxy to forward. SMP: "Send command via proxy".
type PFWD struct {
	Version Version
	Key     PublicKey // X25519, of this command only
	Body    []byte    // a box, see SealForwarded
}

// PRES answers PFWD.
type PRES struct{ Body []byte } // a box, see OpenForwardedResponse

// RFWD forwards from proxy to relay. SMP: "Forward command to destination router".
type RFWD struct{ Body []byte } // a box, see SealRelayed

// RRES answers RFWD.
type RRES struct{ Body []byte } // a box, see OpenRelayedResponse

func (PRXY) Tag() string { return "PRXY" }
func (PKEY) Tag() string { return "PKEY" }
func (PFWD) Tag() string { return "PFWD" }
func (PRES) Tag() string { return "PRES" }
func (RFWD) Tag() string { return "RFWD" }
func (RRES) Tag() string { return "RRES" }

func (PRXY) Party() Party { return ProxiedClient }
func (PFWD) Party() Party { return ProxiedClient }
func (RFWD) Party() Party { return ProxyService }

func (c PRXY) appendArgs(b []byte, _ Version) []byte {
	return wire.AppendMaybeShort(AppendAddress(append(b, ' '), c.Relay), c.BasicAuth)
}

func readPRXY(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return PRXY{Relay: ReadAddress(p), BasicAuth: readMaybeBasicAuth(p)}
}

func (r PKEY) appendArgs(b []byte, _ Version) []byte {
	b = AppendRange(wire.AppendShort(append(b, ' '), r.SessionID), r.Versions)
	b = wire.AppendList(b, r.Chain, wire.AppendLarge[[]byte])
	return wire.AppendLarge(b, r.SignedKey)
}

func readPKEY(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return PKEY{
		SessionID: p.Short(),
		Versions:  ReadRange[Version](p),
		Chain:     wire.NonEmpty(p, (*wire.Parser).Large),
		SignedKey: p.Large(),
	}
}

func (c PFWD) appendArgs(b []byte, _ Version) []byte {
	b = wire.AppendUint16(append(b, ' '), uint16(c.Version))
	return append(AppendPublicKey(b, c.Key), c.Body...)
}

func readPFWD(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return PFWD{Version: Version(p.Uint16()), Key: ReadPublicKey(p, X25519), Body: p.Rest()}
}

func (c RFWD) appendArgs(b []byte, _ Version) []byte { return append(append(b, ' '), c.Body...) }
func (r PRES) appendArgs(b []byte, _ Version) []byte { return append(append(b, ' '), r.Body...) }
func (r RRES) appendArgs(b []byte, _ Version) []byte { return append(append(b, ' '), r.Body...) }

func readRFWD(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return RFWD{p.Rest()}
}

func readPRES(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return PRES{p.Rest()}
}

func readRRES(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return RRES{p.Rest()}
}
