package relay

import (
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
	Notifier      *Notifier       // nil without
	Service       ID              // that receives its messages; zero without
	Blocked       *smp.Blocking   // by the operator; nil if it is not
	Used          time.Time       // when it was last used, to the week

	// Recalled says that the store remembered the queue and did not have to look
	// for it, which takes longer. It is not stored.
	Recalled bool
}

// A Notifier is who may learn that there are messages.
type Notifier struct {
	ID      ID
	Key     smp.PublicKey
	Secret  [32]byte // shared with the recipient, encrypts notifications
	Service ID       // that it belongs to; zero without
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

// queueFormat is the first byte of a stored queue. The first format had no
// notifier, service, blocking and use.
const (
	firstQueueFormat = 1
	queueFormat      = 2
)

// AppendQueue appends the stored form of q.
func AppendQueue(b []byte, q *Queue) []byte {
	b = append(append(append(b, queueFormat), q.Recipient[:]...), q.Sender[:]...)
	b = wire.AppendList(b, q.RecipientKeys, smp.AppendPublicKey)
	b = append(b, q.Secret[:]...)
	b = wire.AppendShort(b, q.SenderKey.DER())
	b = append(b, byte(q.Mode))
	b = wire.AppendInt64(b, unixOrZero(q.Suspended))
	b = wire.AppendMaybe(b, q.Link != nil)
	if q.Link != nil {
		b = append(b, q.Link.ID[:]...)
		b = wire.AppendLarge(wire.AppendLarge(b, q.Link.Data.Fixed), q.Link.Data.User)
	}
	b = appendNotifier(b, q.Notifier)
	b = append(b, q.Service[:]...)
	b = wire.AppendMaybe(b, q.Blocked != nil)
	if q.Blocked != nil {
		b = wire.AppendShort(b, []byte(q.Blocked.Reason))
		b = wire.AppendLarge(b, []byte(q.Blocked.Notice))
	}
	return wire.AppendInt64(b, unixOrZero(q.Used))
}

func appendNotifier(b []byte, n *Notifier) []byte {
	b = wire.AppendMaybe(b, n != nil)
	if n == nil {
		return b
	}
	b = smp.AppendPublicKey(append(b, n.ID[:]...), n.Key)
	return append(append(b, n.Secret[:]...), n.Service[:]...)
}

// ParseQueue reads what AppendQueue wrote. The queue aliases b.
func ParseQueue(b []byte) (*Queue, error) {
	p := wire.NewParser(b)
	format := p.Byte()
	if format < firstQueueFormat || format > queueFormat {
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
	if format > firstQueueFormat {
		readSecondFormat(p, q)
	}
	return q, p.Done()
}

// readSecondFormat reads what the first format did not have.
func readSecondFormat(p *wire.Parser, q *Queue) {
	if p.Maybe() {
		q.Notifier = &Notifier{ID: readID(p), Key: smp.ReadPublicKey(p)}
		copy(q.Notifier.Secret[:], p.Take(len(q.Notifier.Secret)))
		q.Notifier.Service = readID(p)
	}
	q.Service = readID(p)
	if p.Maybe() {
		q.Blocked = &smp.Blocking{Reason: string(p.Short()), Notice: string(p.Large())}
	}
	q.Used = timeOrZero(p.Int64())
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
