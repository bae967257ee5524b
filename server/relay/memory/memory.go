// Package memory keeps a relay's queues in memory, for tests and for relays that
// are meant to forget. It is the twin of package pebble: what one does, the other
// does.
package memory

import (
	"context"
	"sync"

	"sotto/server/relay"
)

// A Store keeps everything until the program ends. The zero Store is empty.
type Store struct {
	mu     sync.Mutex
	queues map[relay.ID]*queue // by recipient id
	owners map[index]relay.ID  // recipient ids by the other ids

	services map[[32]byte]relay.Service  // by certificate
	members  map[index]map[relay.ID]bool // queues or notifiers by service
}

var _ relay.Store = (*Store)(nil)

type queue struct {
	record   *relay.Queue
	messages []*relay.Message
}

type index struct {
	kind relay.IDKind
	id   relay.ID
}

// Create adds a queue.
func (s *Store) Create(_ context.Context, q *relay.Queue) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range append(indexes(q), index{relay.RecipientID, q.Recipient}) {
		if s.taken(i) {
			return relay.ErrDuplicate
		}
	}
	if s.queues == nil {
		s.queues, s.owners = make(map[relay.ID]*queue), make(map[index]relay.ID)
		s.members = make(map[index]map[relay.ID]bool)
	}
	s.queues[q.Recipient] = &queue{record: q}
	s.own(q)
	return nil
}

// Queue returns the queue with an id.
func (s *Store) Queue(_ context.Context, kind relay.IDKind, id relay.ID) (*relay.Queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind != relay.RecipientID {
		owner, ok := s.owners[index{kind, id}]
		if !ok {
			return nil, relay.ErrNotFound
		}
		id = owner
	}
	q, err := s.find(id)
	if err != nil {
		return nil, err
	}
	return q.record, nil
}

// Update applies a change to a queue.
func (s *Store) Update(_ context.Context, recipient relay.ID, change relay.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(recipient)
	if err != nil {
		return err
	}
	next, err := relay.Apply(q.record, change)
	if err != nil || next == nil {
		return err
	}
	for _, i := range indexes(next) {
		if s.heldByOther(i, recipient) {
			return relay.ErrDuplicate
		}
	}
	s.disown(q.record)
	s.own(next)
	q.record = next
	return nil
}

// Delete removes a queue and its messages.
func (s *Store) Delete(_ context.Context, recipient relay.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(recipient)
	if err != nil {
		return err
	}
	s.remove(q)
	return nil
}

// Append adds a message.
func (s *Store) Append(_ context.Context, recipient relay.ID, m *relay.Message, limits relay.Limits) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(recipient)
	if err != nil {
		return err
	}
	q.expire(limits)
	admitted, err := limits.Admit(q.backlog(), m)
	if admitted != nil {
		q.messages = append(q.messages, admitted)
	}
	return err
}

// Next removes the first message if it is acknowledged, and returns the first.
func (s *Store) Next(_ context.Context, recipient, acknowledged relay.ID) (*relay.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(recipient)
	if err != nil {
		return nil, err
	}
	if len(q.messages) > 0 && q.messages[0].ID == acknowledged {
		q.drop()
	}
	if len(q.messages) == 0 {
		return nil, nil
	}
	return q.messages[0], nil
}

// Count returns how many messages a queue holds.
func (s *Store) Count(_ context.Context, recipient relay.ID) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(recipient)
	if err != nil {
		return 0, err
	}
	return len(q.messages), nil
}

// Expire removes what is too old.
func (s *Store) Expire(_ context.Context, before relay.Expiry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		q.expire(relay.Limits{Expired: before.Messages})
		if before.Expires(q.record) {
			s.remove(q)
		}
	}
	return nil
}

func (s *Store) find(recipient relay.ID) (*queue, error) {
	if q, ok := s.queues[recipient]; ok {
		return q, nil
	}
	return nil, relay.ErrNotFound
}

func (s *Store) taken(i index) bool {
	if i.kind == relay.RecipientID {
		return s.queues[i.id] != nil
	}
	_, ok := s.owners[i]
	return ok
}

func (s *Store) heldByOther(i index, recipient relay.ID) bool {
	owner, ok := s.owners[i]
	return ok && owner != recipient
}

// indexes returns the ids that lead to q besides the recipient's.
func indexes(q *relay.Queue) []index {
	list := []index{{relay.SenderID, q.Sender}}
	if q.Link != nil {
		list = append(list, index{relay.LinkID, q.Link.ID})
	}
	if q.Notifier != nil {
		list = append(list, index{relay.NotifierID, q.Notifier.ID})
	}
	return list
}

func (s *Store) own(q *relay.Queue) {
	for _, i := range indexes(q) {
		s.owners[i] = q.Recipient
	}
	for i, member := range memberships(q) {
		if s.members[i] == nil {
			s.members[i] = make(map[relay.ID]bool)
		}
		s.members[i][member] = true
	}
}

func (s *Store) disown(q *relay.Queue) {
	for _, i := range indexes(q) {
		delete(s.owners, i)
	}
	for i, member := range memberships(q) {
		delete(s.members[i], member)
	}
}

func (s *Store) remove(q *queue) {
	s.disown(q.record)
	delete(s.queues, q.record.Recipient)
}

func (q *queue) backlog() relay.Backlog {
	n := len(q.messages)
	return relay.Backlog{Count: n, Full: n > 0 && q.messages[n-1].Quota}
}

func (q *queue) expire(limits relay.Limits) {
	for len(q.messages) > 0 && limits.Expires(q.messages[0]) {
		q.drop()
	}
}

// drop removes the first message, and the memory that it took.
func (q *queue) drop() {
	q.messages[0] = nil
	if q.messages = q.messages[1:]; len(q.messages) == 0 {
		q.messages = nil
	}
}
