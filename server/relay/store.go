package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"sotto/smp/transport"
)

var (
	// ErrNotFound is returned by a store for a queue that does not exist. A
	// relay says AUTH.
	ErrNotFound = errors.New("relay: no such queue")
	// ErrDuplicate is returned by a store for a new queue one of whose ids is
	// taken, and for a link whose id is.
	ErrDuplicate = errors.New("relay: id is taken")
	// ErrRefused is returned for a change that the queue's state does not allow.
	ErrRefused = errors.New("relay: change refused")
	// ErrQuota is returned for a message that a full queue does not take.
	ErrQuota = errors.New("relay: queue is full")
)

// A Store keeps queues and their messages. Each method is one operation that is
// done wholly or not at all, and nil means that what it did is durable. Methods
// may be called at the same time; calls for one queue happen one after another.
// The relay keeps no copy of anything in a Store, so that several relays can
// share one.
//
// ctx cancels waiting for the store. An operation that was cancelled may have
// been done.
type Store interface {
	// Create adds a queue: ErrDuplicate if one of its ids is taken.
	Create(ctx context.Context, q *Queue) error
	// Queue returns the queue with an id of the given kind. The caller must not
	// change it.
	Queue(ctx context.Context, kind IDKind, id ID) (*Queue, error)
	// Update applies a change to a queue: ErrNotFound, ErrDuplicate, or the
	// error of the change, which then has changed nothing.
	Update(ctx context.Context, recipient ID, change Change) error
	// Delete removes a queue and its messages.
	Delete(ctx context.Context, recipient ID) error

	// Append adds a message behind the others: ErrNotFound, ErrQuota. When the
	// limits do not allow it, see [Limits.Admit], a quota marker is added in the
	// place of the first message that is refused.
	Append(ctx context.Context, recipient ID, m *Message, limits Limits) error
	// Next removes the first message if its id is acknowledged, and returns the
	// one that is first then, nil if there is none. With the zero ID nothing is
	// removed.
	Next(ctx context.Context, recipient, acknowledged ID) (*Message, error)
	// Count returns how many messages a queue holds, the quota marker too.
	Count(ctx context.Context, recipient ID) (int, error)
	// Expire removes what is too old. It may take long and do a part when it
	// fails.
	Expire(ctx context.Context, before Expiry) error

	// CreateService adds a service, and returns its id: that of the service
	// that has the certificate already, if there is one. ErrRefused if that one
	// has another role.
	CreateService(ctx context.Context, s Service) (ID, error)
	// ServiceQueues returns which queues belong to a service, in the order of
	// their ids, behind one of them, no more than limit: recipient ids, or
	// notifier ids for a service of notifiers.
	ServiceQueues(ctx context.Context, kind IDKind, service, after ID, limit int) ([]ID, error)
}

// An Expiry says what is too old: all that is from before its times. A zero time
// is before everything.
type Expiry struct {
	Messages  time.Time // messages
	Suspended time.Time // queues that were suspended
	Used      time.Time // queues that were last used
}

// Expires reports whether a queue is too old.
func (e Expiry) Expires(q *Queue) bool {
	return !q.Suspended.IsZero() && q.Suspended.Before(e.Suspended) || !q.Used.IsZero() && q.Used.Before(e.Used)
}

// A Service is a client that many queues belong to, known by its certificate.
type Service struct {
	ID       ID
	Role     transport.Role
	CertHash [32]byte
}

// IDSize is the length of the ids that a relay makes, in bytes.
const IDSize = 24

// An ID names a queue to one of its parties, a link, or a message. The zero ID
// names nothing.
type ID [IDSize]byte

// ParseID returns the id in b; false if b is not of the length of ids.
func ParseID(b []byte) (ID, bool) {
	if len(b) != IDSize {
		return ID{}, false
	}
	return ID(b), true
}

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// An IDKind says to whom an ID names a queue.
type IDKind byte

// The kinds of ids of a queue.
const (
	RecipientID IDKind = 'r'
	SenderID    IDKind = 's'
	LinkID      IDKind = 'l'
	NotifierID  IDKind = 'n'
)

// newID returns an id that nobody can guess.
func newID() ID {
	var id ID
	rand.Read(id[:])
	return id
}
