package relay

import (
	"time"

	"sotto/smp"
	"sotto/smp/wire"
)

// A Message is a message in a queue, or the marker that says that the queue was
// full.
type Message struct {
	ID    ID        // also the nonce of its delivery
	Time  time.Time // when the relay took it, to the second
	Quota bool      // a marker: no flags, no body
	Flags smp.MsgFlags
	Body  []byte
}

// marker returns the quota marker in the place of m.
func (m *Message) marker() *Message { return &Message{ID: m.ID, Time: m.Time, Quota: true} }

// seal returns m as it is delivered with the queue's secret. SMP: "Deliver queue
// message".
func (m *Message) seal(secret []byte) (smp.MSG, error) {
	return smp.SealDelivery(secret, m.ID[:], smp.Delivery{Time: m.Time, Quota: m.Quota, Flags: m.Flags, Body: m.Body})
}

// Limits say what a queue holds.
type Limits struct {
	Messages int       // besides the marker
	Expired  time.Time // messages from before are dropped first; zero: none
}

// A Backlog is what decides whether a queue takes one more message.
type Backlog struct {
	Count int  // messages, the marker too
	Full  bool // the last one is a marker
}

// Admit returns what to append for m: m itself, or a marker, or nil, the last two
// with ErrQuota. A queue that was full takes messages again only when it is empty,
// so that the recipient learns of the gap before what follows it. SMP: "Send
// message".
func (l Limits) Admit(b Backlog, m *Message) (*Message, error) {
	switch {
	case b.Count == 0 || b.Count < l.Messages && !b.Full:
		return m, nil
	case b.Full:
		return nil, ErrQuota
	}
	return m.marker(), ErrQuota
}

// Expires reports whether m is too old under the limits.
func (l Limits) Expires(m *Message) bool { return m.Time.Before(l.Expired) }

// messageFormat is the first byte of a stored message.
const messageFormat = 1

// MessageSize is the length of the stored form of m.
func MessageSize(m *Message) int {
	return 1 + IDSize + 8 + 1 + 1 + 1 + len(m.Flags.Future) + len(m.Body)
}

// AppendMessage appends the stored form of m.
func AppendMessage(b []byte, m *Message) []byte {
	b = append(append(b, messageFormat), m.ID[:]...)
	b = wire.AppendInt64(b, m.Time.Unix())
	b = wire.AppendBool(b, m.Quota)
	b = wire.AppendBool(b, m.Flags.Notify)
	return append(wire.AppendShort(b, m.Flags.Future), m.Body...)
}

// ParseMessage reads what AppendMessage wrote. The message aliases b.
func ParseMessage(b []byte) (*Message, error) {
	p := wire.NewParser(b)
	if p.Byte() != messageFormat {
		p.Fail(wire.ErrSyntax)
	}
	m := &Message{ID: readID(p), Time: p.Time(), Quota: p.Bool()}
	m.Flags.Notify = p.Bool()
	m.Flags.Future = string(p.Short())
	m.Body = p.Rest()
	return m, p.Done()
}
