package agent

import (
	"sotto/smp/wire"
	"sotto/wasm/ratchet"
)

// An envelope is what a message of a queue holds, inside the queue layer: one of
// the four types below. Agent protocol: "Communication between SMP agents".
type envelope interface {
	append(b []byte) []byte
}

// A confirmation secures a queue, and carries the sender's connection info.
type confirmation struct {
	version Version         // agreed for the connection
	params  *ratchet.Params // from the joiner, to make the ratchet
	sealed  []byte          // connInfo or connInfoReply, encrypted by the ratchet
}

// A sealedMessage is a message encrypted by the ratchet.
type sealedMessage struct {
	version Version // the sender's highest
	sealed  []byte
}

// An invitation is a request to connect, sent to a contact address.
type invitation struct {
	version Version
	link    string
	info    []byte
}

// A ratchetKey re-negotiates a ratchet that is out of step.
type ratchetKey struct {
	version Version
	params  ratchet.Params
	info    []byte
}

func appendEnvelope(b []byte, v Version, tag byte) []byte {
	return append(wire.AppendUint16(b, uint16(v)), tag)
}

func (c confirmation) append(b []byte) []byte {
	b = wire.AppendMaybe(appendEnvelope(b, c.version, 'C'), c.params != nil)
	if c.params != nil {
		b = ratchet.AppendParams(b, *c.params)
	}
	return append(b, c.sealed...)
}

func (m sealedMessage) append(b []byte) []byte {
	return append(appendEnvelope(b, m.version, 'M'), m.sealed...)
}

func (i invitation) append(b []byte) []byte {
	return append(wire.AppendLarge(appendEnvelope(b, i.version, 'I'), i.link), i.info...)
}

func (r ratchetKey) append(b []byte) []byte {
	return append(ratchet.AppendParams(appendEnvelope(b, r.version, 'R'), r.params), r.info...)
}

// parseEnvelope decodes an envelope.
func parseEnvelope(b []byte) (envelope, error) {
	p := wire.NewParser(b)
	e := readEnvelope(p, Version(p.Uint16()), p.Byte())
	return e, p.Done()
}

func readEnvelope(p *wire.Parser, v Version, tag byte) envelope {
	switch tag {
	case 'C':
		c := confirmation{version: v}
		if p.Maybe() {
			params := ratchet.ReadParams(p)
			c.params = &params
		}
		c.sealed = p.Rest()
		return c
	case 'M':
		return sealedMessage{v, p.Rest()}
	case 'I':
		return invitation{v, string(p.Large()), p.Rest()}
	case 'R':
		r := ratchetKey{version: v, params: ratchet.ReadParams(p)}
		if r.params.KEM != nil && r.params.KEM.Ciphertext != nil {
			p.Fail(wire.ErrSyntax) // there is nothing to accept yet
		}
		r.info = p.Rest()
		return r
	}
	p.Fail(wire.ErrSyntax)
	return nil
}
