package smp

import "sotto/smp/wire"

// NEW creates a queue. SMP: "Create queue command".
type NEW struct {
	AuthKey   PublicKey // of the recipient: Ed25519, Ed448, or from version 7 X25519
	DHKey     PublicKey // X25519, to encrypt delivered messages
	BasicAuth []byte    // the relay's password for new queues; nil if none
	Subscribe bool      // receive messages on this connection at once
	Queue     *QueueRequest
	Notifier  *NotifierKeys
}

// QueueRequest says what the queue is for. Versions 9 to 14 carry only the
// mode, older ones nothing.
type QueueRequest struct {
	Mode QueueMode
	Link *LinkRequest // version 15
}

// LinkRequest creates the data of a short link together with its queue.
type LinkRequest struct {
	LinkID   []byte // of a contact queue; the relay makes it for a messaging queue
	SenderID []byte // the first 24 bytes of SHA3-384 of the correlation id
	Data     LinkData
}

// NotifierKeys are for a notifier created together with the queue: version 17.
type NotifierKeys struct {
	AuthKey PublicKey
	DHKey   PublicKey // X25519
}

// A QueueMode is what a queue is for. The zero value is for queues of old
// clients, which did not say.
type QueueMode byte

// The queue modes.
const (
	Messaging QueueMode = 'M' // for one contact, who may secure it
	Contact   QueueMode = 'C' // an address that many write to
)

// CanSecure reports whether the sender may secure the queue with SKEY.
func (m QueueMode) CanSecure() bool { return m == Messaging }

func (NEW) Tag() string { return "NEW" }

func (NEW) Party() Party { return Creator }

func (c NEW) appendArgs(b []byte, v Version) []byte {
	b = AppendPublicKey(AppendPublicKey(append(b, ' '), c.AuthKey), c.DHKey)
	if v < VersionSenderKey {
		return appendSubscribe(c.appendOldAuth(b), c.Subscribe)
	}
	b = appendSubscribe(wire.AppendMaybeShort(b, c.BasicAuth), c.Subscribe)
	if v < VersionShortLinks {
		return wire.AppendBool(b, c.Queue != nil && c.Queue.Mode.CanSecure())
	}
	b = appendQueueRequest(b, c.Queue)
	if v < VersionNotifierInNew {
		return b
	}
	b = wire.AppendMaybe(b, c.Notifier != nil)
	if c.Notifier == nil {
		return b
	}
	return AppendPublicKey(AppendPublicKey(b, c.Notifier.AuthKey), c.Notifier.DHKey)
}

// appendOldAuth appends the password as versions below 9 have it: after an 'A',
// or not at all.
func (c NEW) appendOldAuth(b []byte) []byte {
	if c.BasicAuth == nil {
		return b
	}
	return wire.AppendShort(append(b, 'A'), c.BasicAuth)
}

func readNEW(p *wire.Parser, v Version) Command {
	p.Literal(" ")
	c := NEW{AuthKey: readAuthKey(p), DHKey: ReadPublicKey(p, X25519)}
	if v < VersionSenderKey {
		if p.Accept("A") {
			c.BasicAuth = checkBasicAuth(p, p.Short())
		}
		c.Subscribe = readSubscribe(p)
		return c
	}
	c.BasicAuth = readMaybeBasicAuth(p)
	c.Subscribe = readSubscribe(p)
	c.Queue = readQueueRequest(p, v)
	if v >= VersionNotifierInNew && p.Maybe() {
		c.Notifier = &NotifierKeys{AuthKey: readAuthKey(p), DHKey: ReadPublicKey(p, X25519)}
	}
	return c
}

// readAuthKey reads a key that authorizes commands.
func readAuthKey(p *wire.Parser) PublicKey { return ReadPublicKey(p, Ed25519, X25519, Ed448) }

func appendSubscribe(b []byte, subscribe bool) []byte {
	if subscribe {
		return append(b, 'S')
	}
	return append(b, 'C')
}

func readSubscribe(p *wire.Parser) bool {
	switch p.Byte() {
	case 'S':
		return true
	case 'C':
	default:
		p.Fail(wire.ErrSyntax)
	}
	return false
}

func appendQueueRequest(b []byte, q *QueueRequest) []byte {
	b = wire.AppendMaybe(b, q != nil)
	if q == nil {
		return b
	}
	b = wire.AppendMaybe(append(b, byte(q.Mode)), q.Link != nil)
	if q.Link == nil {
		return b
	}
	if q.Mode == Contact {
		b = wire.AppendShort(b, q.Link.LinkID)
	}
	return appendLinkData(wire.AppendShort(b, q.Link.SenderID), q.Link.Data)
}

func readQueueRequest(p *wire.Parser, v Version) *QueueRequest {
	if v < VersionShortLinks {
		return &QueueRequest{Mode: modeOf(p.Bool())}
	}
	if !p.Maybe() {
		return nil
	}
	q := &QueueRequest{Mode: readQueueMode(p)}
	if p.Maybe() {
		q.Link = &LinkRequest{}
		if q.Mode == Contact {
			q.Link.LinkID = p.Short()
		}
		q.Link.SenderID = p.Short()
		q.Link.Data = readLinkData(p)
	}
	return q
}

// modeOf is what versions 9 to 14 say of the mode.
func modeOf(canSecure bool) QueueMode {
	if canSecure {
		return Messaging
	}
	return Contact
}

func readQueueMode(p *wire.Parser) QueueMode {
	m := QueueMode(p.Byte())
	if m != Messaging && m != Contact {
		p.Fail(wire.ErrSyntax)
	}
	return m
}

// IDS answers NEW. SMP: "Create queue command".
type IDS struct {
	RecipientID []byte
	SenderID    []byte
	DHKey       PublicKey // X25519, the relay's, to decrypt delivered messages
	Mode        QueueMode // version 9; below 15 a queue without a mode is Contact
	LinkID      []byte    // version 15; nil if none
	ServiceID   []byte    // version 16; nil if none
	Notifier    *NotifierID
}

// NotifierID is the notifier that NEW created: version 17.
type NotifierID struct {
	ID    []byte
	DHKey PublicKey // X25519, the relay's
}

func (IDS) Tag() string { return "IDS" }

func (r IDS) appendArgs(b []byte, v Version) []byte {
	b = wire.AppendShort(wire.AppendShort(append(b, ' '), r.RecipientID), r.SenderID)
	b = AppendPublicKey(b, r.DHKey)
	switch {
	case v >= VersionShortLinks:
		b = appendMaybeMode(b, r.Mode)
		b = wire.AppendMaybeShort(b, r.LinkID)
	case v >= VersionSenderKey:
		b = wire.AppendBool(b, r.Mode.CanSecure())
	}
	if v >= VersionServices {
		b = wire.AppendMaybeShort(b, r.ServiceID)
	}
	if v >= VersionNotifierInNew {
		b = appendNotifierID(b, r.Notifier)
	}
	return b
}

func appendMaybeMode(b []byte, m QueueMode) []byte {
	b = wire.AppendMaybe(b, m != 0)
	if m == 0 {
		return b
	}
	return append(b, byte(m))
}

func appendNotifierID(b []byte, n *NotifierID) []byte {
	b = wire.AppendMaybe(b, n != nil)
	if n == nil {
		return b
	}
	return AppendPublicKey(wire.AppendShort(b, n.ID), n.DHKey)
}

func readIDS(p *wire.Parser, v Version) Response {
	p.Literal(" ")
	r := IDS{RecipientID: p.Short(), SenderID: p.Short(), DHKey: ReadPublicKey(p, X25519)}
	switch {
	case v >= VersionShortLinks:
		if p.Maybe() {
			r.Mode = readQueueMode(p)
		}
		r.LinkID = p.MaybeShort()
	case v >= VersionSenderKey:
		r.Mode = modeOf(p.Bool())
	}
	if v >= VersionServices {
		r.ServiceID = p.MaybeShort()
	}
	if v >= VersionNotifierInNew && p.Maybe() {
		r.Notifier = &NotifierID{ID: p.Short(), DHKey: ReadPublicKey(p, X25519)}
	}
	return r
}
