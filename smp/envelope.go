package smp

import "sotto/smp/wire"

const (
	// confirmationSize is the padded size of the content of an envelope with a
	// key in its header, messageSize of one without: both make bodies of SEND
	// that any relay takes, and of nearly equal length.
	confirmationSize = 15904
	messageSize      = 16000
)

// An Envelope is the body of SEND: a message from one client to the other,
// encrypted for the queue. SMP: "Send message".
type Envelope struct {
	Version ClientVersion
	DHKey   PublicKey // X25519, the sender's; zero once the recipient knows it
	Nonce   Nonce
	Box     []byte
}

// A ClientMessage is the content of an envelope.
type ClientMessage struct {
	SenderKey PublicKey // for KEY, from senders that do not secure the queue; zero otherwise
	Body      []byte
}

// SealEnvelope returns the envelope of m, encoded. The secret is shared by the
// sender's key and the one in the queue's address. The key in the header is
// there until the recipient has answered. ErrTooLong of package wire is for a
// message that does not fit.
func SealEnvelope(secret []byte, nonce Nonce, v ClientVersion, header PublicKey, m ClientMessage) ([]byte, error) {
	size := messageSize
	if !header.IsZero() {
		size = confirmationSize
	}
	box, err := SealPadded(secret, nonce, m.append(nil), size)
	if err != nil {
		return nil, err
	}
	return AppendEnvelope(nil, Envelope{v, header, nonce, box}), nil
}

// AppendEnvelope appends the encoding of e.
func AppendEnvelope(b []byte, e Envelope) []byte {
	b = wire.AppendUint16(b, uint16(e.Version))
	b = wire.AppendMaybeShort(b, e.DHKey.DER())
	return append(append(b, e.Nonce[:]...), e.Box...)
}

// ParseEnvelope decodes the body of a message; the envelope aliases b.
func ParseEnvelope(b []byte) (Envelope, error) {
	p := wire.NewParser(b)
	e := Envelope{Version: ClientVersion(p.Uint16())}
	if p.Maybe() {
		e.DHKey = ReadPublicKey(p, X25519)
	}
	e.Nonce, e.Box = NonceOf(p.Take(NonceSize)), p.Rest()
	if err := p.Done(); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// Open returns the content of the envelope.
func (e Envelope) Open(secret []byte) (ClientMessage, error) {
	b, err := OpenPadded(secret, e.Nonce, e.Box)
	if err != nil {
		return ClientMessage{}, err
	}
	return parseClientMessage(b)
}

func (m ClientMessage) append(b []byte) []byte {
	if m.SenderKey.IsZero() {
		b = append(b, '_')
	} else {
		b = AppendPublicKey(append(b, 'K'), m.SenderKey)
	}
	return append(b, m.Body...)
}

func parseClientMessage(b []byte) (ClientMessage, error) {
	p := wire.NewParser(b)
	var m ClientMessage
	switch {
	case p.Accept("_"):
	case p.Accept("K"):
		m.SenderKey = readAuthKey(p)
	default:
		p.Fail(wire.ErrSyntax)
	}
	m.Body = p.Rest()
	if err := p.Done(); err != nil {
		return ClientMessage{}, err
	}
	return m, nil
}
