package relay

import (
	"bytes"
	"slices"
	"time"

	"sotto/smp"
	"sotto/smp/wire"
)

// A Queue is what the relay knows of a queue, except for its messages.
type Queue struct {
	Recipient     ID
	Sender        ID
	RecipientKeys []smp.PublicKey // any of them authorizes the recipient
	Secret        [32]byte        // shared with the recipient, encrypts deliveries
	SenderKey     smp.PublicKey   // zero until the queue is secured
	Mode          smp.QueueMode   // 0 for clients that did not say
	Link          *Link           // nil without
	Suspended     time.Time       // zero while messages are taken
}

// A Link is the data that a short link to the queue leads to.
type Link struct {
	ID   ID
	Data smp.LinkData
}

// Secured reports whether the queue has a sender, and is not an address that
// many write to.
func (q *Queue) Secured() bool { return q.Mode != smp.Contact && !q.SenderKey.IsZero() }

// Public reports whether anyone may read the queue's link data. A queue of a
// client that did not say its mode is an address until it is secured.
func (q *Queue) Public() bool {
	return q.Mode == smp.Contact || q.Mode == 0 && q.SenderKey.IsZero()
}

// clone returns a copy that a Change may change.
func (q *Queue) clone() *Queue {
	c := *q
	return &c
}

// A Change is one change of a queue, made by the store between reading and
// writing it. It is a closed set of plain values, so that a store with a query
// language can say each in its own way.
type Change interface {
	// apply changes q, whose pointers and slices it replaces but does not write
	// through.
	apply(q *Queue) error
}

// Apply returns q with the change made, for stores; q stays as it was. A nil
// Queue means that the change changes nothing.
func Apply(q *Queue, change Change) (*Queue, error) {
	next := q.clone()
	if err := change.apply(next); err != nil {
		return nil, err
	}
	if bytes.Equal(AppendQueue(nil, q), AppendQueue(nil, next)) {
		return nil, nil
	}
	return next, nil
}

// Secure sets the sender's key once: ErrRefused if there is another one.
type Secure struct{ Key smp.PublicKey }

// SetRecipientKeys replaces the keys that authorize the recipient's commands.
type SetRecipientKeys struct{ Keys []smp.PublicKey }

// Suspend makes the queue take no more messages, from the given time on.
type Suspend struct{ Time time.Time }

// SetLink sets the link's data. Its id and its fixed data never change:
// ErrRefused.
type SetLink struct{ Link Link }

// DeleteLink removes the link, if there is one.
type DeleteLink struct{}

func (c Secure) apply(q *Queue) error {
	if !q.SenderKey.IsZero() && q.SenderKey != c.Key {
		return ErrRefused
	}
	q.SenderKey = c.Key
	return nil
}

func (c SetRecipientKeys) apply(q *Queue) error {
	q.RecipientKeys = slices.Clone(c.Keys)
	return nil
}

func (c Suspend) apply(q *Queue) error {
	if q.Suspended.IsZero() {
		q.Suspended = c.Time.Truncate(time.Second).UTC()
	}
	return nil
}

func (c SetLink) apply(q *Queue) error {
	if q.Link != nil && (q.Link.ID != c.Link.ID || !bytes.Equal(q.Link.Data.Fixed, c.Link.Data.Fixed)) {
		return ErrRefused
	}
	q.Link = &c.Link
	return nil
}

func (DeleteLink) apply(q *Queue) error {
	q.Link = nil
	return nil
}

// queueFormat is the first byte of a stored queue.
const queueFormat = 1

// AppendQueue appends the stored form of q.
func AppendQueue(b []byte, q *Queue) []byte {
	b = append(append(append(b, queueFormat), q.Recipient[:]...), q.Sender[:]...)
	b = wire.AppendList(b, q.RecipientKeys, smp.AppendPublicKey)
	b = append(b, q.Secret[:]...)
	b = wire.AppendShort(b, q.SenderKey.DER())
	b = append(b, byte(q.Mode))
	b = wire.AppendInt64(b, unixOrZero(q.Suspended))
	b = wire.AppendMaybe(b, q.Link != nil)
	if q.Link == nil {
		return b
	}
	b = append(b, q.Link.ID[:]...)
	return wire.AppendLarge(wire.AppendLarge(b, q.Link.Data.Fixed), q.Link.Data.User)
}

// ParseQueue reads what AppendQueue wrote. The queue aliases b.
func ParseQueue(b []byte) (*Queue, error) {
	p := wire.NewParser(b)
	if p.Byte() != queueFormat {
		p.Fail(wire.ErrSyntax)
	}
	q := &Queue{Recipient: readID(p), Sender: readID(p)}
	q.RecipientKeys = wire.NonEmpty(p, func(p *wire.Parser) smp.PublicKey { return smp.ReadPublicKey(p) })
	copy(q.Secret[:], p.Take(len(q.Secret)))
	q.SenderKey = readMaybeKey(p)
	q.Mode = readMode(p)
	q.Suspended = timeOrZero(p.Int64())
	if p.Maybe() {
		q.Link = &Link{ID: readID(p), Data: smp.LinkData{Fixed: p.Large(), User: p.Large()}}
	}
	return q, p.Done()
}

func readID(p *wire.Parser) ID {
	id, _ := ParseID(p.Take(IDSize))
	return id
}

func readMaybeKey(p *wire.Parser) smp.PublicKey {
	der := p.Short()
	if len(der) == 0 {
		return smp.PublicKey{}
	}
	key, err := smp.ParsePublicKey(der)
	if err != nil {
		p.Fail(err)
	}
	return key
}

func readMode(p *wire.Parser) smp.QueueMode {
	m := smp.QueueMode(p.Byte())
	if m != 0 && m != smp.Messaging && m != smp.Contact {
		p.Fail(wire.ErrSyntax)
	}
	return m
}

// unixOrZero is 0 for the zero time, which is not 0 seconds since 1970.
func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeOrZero(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
