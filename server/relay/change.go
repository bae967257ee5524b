package relay

import (
	"bytes"
	"slices"
	"time"

	"sotto/smp"
)

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

// SetNotifier sets the queue's notifier in the place of any other.
type SetNotifier struct{ Notifier Notifier }

// DeleteNotifier removes the notifier, if there is one.
type DeleteNotifier struct{}

// SetService gives the queue to a service; to none with the zero ID.
type SetService struct{ Service ID }

// SetNotifierService gives the queue's notifier to a service, to none with the
// zero ID: ErrRefused if the queue has another notifier.
type SetNotifierService struct{ Notifier, Service ID }

// Block blocks the queue, or changes why it is. Unblock ends that.
type (
	Block   struct{ Blocking smp.Blocking }
	Unblock struct{}
)

// Use notes that the queue was used.
type Use struct{ Time time.Time }

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

func (c SetNotifier) apply(q *Queue) error {
	q.Notifier = &c.Notifier
	return nil
}

func (DeleteNotifier) apply(q *Queue) error {
	q.Notifier = nil
	return nil
}

func (c SetService) apply(q *Queue) error {
	q.Service = c.Service
	return nil
}

func (c SetNotifierService) apply(q *Queue) error {
	if q.Notifier == nil || q.Notifier.ID != c.Notifier {
		return ErrRefused
	}
	n := *q.Notifier
	n.Service = c.Service
	q.Notifier = &n
	return nil
}

func (c Block) apply(q *Queue) error {
	q.Blocked = &c.Blocking
	return nil
}

func (Unblock) apply(q *Queue) error {
	q.Blocked = nil
	return nil
}

func (c Use) apply(q *Queue) error {
	if c.Time.After(q.Used) {
		q.Used = c.Time.Truncate(time.Second).UTC()
	}
	return nil
}
