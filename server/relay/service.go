package relay

import (
	"context"
	"sync"

	"sotto/smp"
	"sotto/smp/transport"
)

// A client that is a service has many queues, or notifiers of queues. Each one
// that it subscribes to belongs to it from then on, so that later one command
// subscribes to them all. SMP: "Subscribe to multiple queues".
//
// At any time one connection is a service's: that which subscribed last. Like in
// the reference it gets what comes for any queue of the service, also if it
// subscribed to one only.

// services knows which connection is each service's.
type services struct {
	mu    sync.Mutex
	conns map[ID]*conn
}

// swap makes c the service's connection and returns the one before.
func (s *services) swap(service ID, c *conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = make(map[ID]*conn)
	}
	old := s.conns[service]
	s.conns[service] = c
	return old
}

func (s *services) drop(service ID, c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns[service] == c {
		delete(s.conns, service)
	}
}

// conn returns the service's connection, nil if there is none.
func (s *services) conn(service ID) *conn {
	if service.IsZero() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[service]
}

// admit returns the id of a service that proved its identity in its hello.
func (r *Relay) admit(ctx context.Context, s *transport.Service) ([]byte, error) {
	id, err := r.config.Store.CreateService(ctx, Service{ID: newID(), Role: s.Role, CertHash: s.CertHash})
	if err != nil {
		return nil, err
	}
	return id[:], nil
}

// A serving is what a connection that is a service's subscribed to, guarded by
// the mutex of the connection.
type serving struct {
	service ID
	role    transport.Role
	all     bool         // by SUBS or NSUBS
	queues  smp.QueueSet // as far as the connection knows them
}

// roles are what a service must be to send the commands of a party. Parties that
// are not here may be any.
var roles = map[smp.Party]transport.Role{
	smp.Creator:          transport.RoleMessaging,
	smp.Recipient:        transport.RoleMessaging,
	smp.RecipientService: transport.RoleMessaging,
	smp.Sender:           transport.RoleMessaging,
	smp.LinkClient:       transport.RoleMessaging,
	smp.ProxiedClient:    transport.RoleMessaging,
	smp.Notifier:         transport.RoleNotifier,
	smp.NotifierService:  transport.RoleNotifier,
	smp.ProxyService:     transport.RoleProxy,
}

// serviceID returns which service the client is, the zero ID if none.
func (r *request) serviceID() ID {
	if r.conn == nil || r.conn.serving == nil {
		return ID{}
	}
	return r.conn.serving.service
}

// mayAsk reports whether the client's role, if it is a service, allows the
// command.
func (r *request) mayAsk() bool {
	role, limited := roles[r.command.Party()]
	return r.serviceID().IsZero() || !limited || role == r.conn.serving.role
}

// verifyService checks the service's part of the authorization: it signs the
// commands that give queues to it, and no others.
func (r *request) verifyService() bool {
	switch r.command.(type) {
	case smp.NEW, smp.SUB, smp.NSUB:
		return r.verifier.VerifyService(r.t)
	}
	return r.t.ServiceSignature == nil
}

// isService checks SUBS and NSUBS, which the service authorizes alone.
func (r *request) isService() bool {
	id := r.serviceID()
	return !id.IsZero() && string(r.t.EntityID) == string(id[:]) && r.t.ServiceSignature == nil &&
		r.verifier.Verify(r.t, r.verifier.Service.Key)
}

// serviceAnswer is the service's id as answers have it.
func (r *request) serviceAnswer() []byte {
	if id := r.serviceID(); !id.IsZero() {
		return id[:]
	}
	return nil
}

// attendTo makes the connection its service's because it subscribed to one of
// its queues or notifiers.
func (r *request) attendTo(id ID, isNew bool) {
	c := r.conn
	c.mu.Lock()
	first := c.serving.queues.Count == 0
	c.mu.Unlock()
	if isNew || first {
		c.gain(id)
	}
	c.attend()
}

// attend makes the connection its service's. The one before is told what it
// loses.
func (c *conn) attend() {
	if old := c.relay.services.swap(c.serving.service, c); old != nil && old != c {
		old.endService()
	}
}

// endService ends everything that the connection has as its service's.
func (c *conn) endService() {
	c.mu.Lock()
	var ended []*subscription
	for queue, s := range c.subs {
		if s.service {
			s.ended = true
			delete(c.subs, queue)
			ended = append(ended, s)
		}
	}
	queues := c.serving.queues
	c.serving.all, c.serving.queues = false, smp.QueueSet{}
	if !c.outbox.failed {
		c.event(c.serving.service, smp.ENDS{Queues: queues})
	}
	c.mu.Unlock()
	for _, s := range ended {
		c.relay.subs.drop(s)
	}
	c.relay.config.Metrics.Subscriptions.Add(-int64(len(ended)))
}

// gain notes that a queue or notifier belongs to the service.
func (c *conn) gain(id ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving.queues.Count++
	c.serving.queues.Hash.Toggle(id[:])
}

// lose notes that a queue or notifier is not the service's any more, and tells
// the service why, unless it did that itself.
func (c *conn) lose(id ID, why smp.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.serving.queues.Count > 0 {
		c.serving.queues.Count--
		c.serving.queues.Hash.Toggle(id[:])
	}
	// A subscription of its own is ended as such, and says so.
	if why != nil && c.subs[id] == nil && !c.outbox.failed {
		c.event(id, why)
	}
}

// leave tells the service that an id belonged to that it does not any more.
func (r *request) leave(service, id ID, why smp.Response) {
	c := r.relay.services.conn(service)
	switch {
	case c == nil:
	case c == r.conn:
		c.lose(id, nil)
	default:
		c.lose(id, why)
	}
}

// subscribeService answers SUBS and NSUBS: everything that belongs to the
// service is this connection's.
func (r *request) subscribeService(ctx context.Context, kind IDKind) (smp.Response, error) {
	c := r.conn
	c.mu.Lock()
	queues, known := c.serving.queues, c.serving.all
	c.mu.Unlock()
	if known {
		return smp.SOKS{Queues: queues}, nil
	}
	queues, err := r.serviceQueues(ctx, kind)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.serving.all, c.serving.queues = true, queues
	c.mu.Unlock()
	c.attend()
	if kind == RecipientID {
		r.after = c.deliverService
	} else {
		r.after = c.notifyService
	}
	return smp.SOKS{Queues: queues}, nil
}

// servicePage is how many of a service's queues are read at once.
const servicePage = 1000

func (r *request) serviceQueues(ctx context.Context, kind IDKind) (smp.QueueSet, error) {
	var set smp.QueueSet
	err := r.relay.eachServiceQueue(ctx, kind, r.serviceID(), func(id ID) error {
		set.Count++
		set.Hash.Toggle(id[:])
		return nil
	})
	return set, err
}

func (r *Relay) eachServiceQueue(ctx context.Context, kind IDKind, service ID, f func(ID) error) error {
	var last ID
	for {
		list, err := r.config.Store.ServiceQueues(ctx, kind, service, last, servicePage)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, id := range list {
			if err := f(id); err != nil {
				return err
			}
		}
		last = list[len(list)-1]
	}
}
