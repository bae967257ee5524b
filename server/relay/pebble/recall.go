package pebble

import (
	"sync"

	"sotto/server/relay"
)

const (
	// maxRecalled is how many ids a part of a recall knows.
	maxRecalled = 512
	// maxLinkData is how much link data a queue may have that is remembered.
	maxLinkData = 512
)

// A recall remembers queues that messages come and go in, by their two ids, so
// that not every message costs a search for its queue. It learns of queues only
// from operations on their messages, which are authorized: who asks for a queue
// without a right leaves no trace in it.
//
// keep and forget are called with the queue's shard locked, so that what is
// remembered is what is stored.
type recall struct{ parts [locks]recallPart }

type recallPart struct {
	mu     sync.RWMutex
	queues map[name]*relay.Queue
}

type name struct {
	kind relay.IDKind
	id   relay.ID
}

func (r *recall) part(id relay.ID) *recallPart { return &r.parts[id[0]%locks] }

// queue returns a queue that is remembered, nil if it is not.
func (r *recall) queue(kind relay.IDKind, id relay.ID) *relay.Queue {
	p := r.part(id)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.queues[name{kind, id}]
}

func (r *recall) has(recipient relay.ID) bool { return r.queue(relay.RecipientID, recipient) != nil }

// keep remembers q, which nobody changes any more, unless it is too large.
func (r *recall) keep(q *relay.Queue) bool {
	if q.Link != nil && len(q.Link.Data.Fixed)+len(q.Link.Data.User) > maxLinkData {
		return false
	}
	q.Recalled = true
	r.part(q.Recipient).put(name{relay.RecipientID, q.Recipient}, q)
	r.part(q.Sender).put(name{relay.SenderID, q.Sender}, q)
	return true
}

// forget forgets q.
func (r *recall) forget(q *relay.Queue) {
	r.part(q.Recipient).remove(name{relay.RecipientID, q.Recipient})
	r.part(q.Sender).remove(name{relay.SenderID, q.Sender})
}

// put adds a queue, in the place of any other if there are too many.
func (p *recallPart) put(n name, q *relay.Queue) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queues == nil {
		p.queues = make(map[name]*relay.Queue)
	}
	for other := range p.queues {
		if len(p.queues) < maxRecalled {
			break
		}
		delete(p.queues, other)
	}
	p.queues[n] = q
}

func (p *recallPart) remove(n name) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.queues, n)
}
