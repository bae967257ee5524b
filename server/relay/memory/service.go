package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"sotto/server/relay"
)

// CreateService adds a service, or finds the one with its certificate.
func (s *Store) CreateService(_ context.Context, service relay.Service) (relay.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.services[service.CertHash]; ok {
		if known.Role != service.Role {
			return relay.ID{}, relay.ErrRefused
		}
		return known.ID, nil
	}
	if s.services == nil {
		s.services = make(map[[32]byte]relay.Service)
	}
	s.services[service.CertHash] = service
	return service.ID, nil
}

// ServiceQueues returns which queues or notifiers belong to a service.
func (s *Store) ServiceQueues(_ context.Context, kind relay.IDKind, service, after relay.ID, limit int) ([]relay.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.SortedFunc(maps.Keys(s.members[index{kind, service}]), compare)
	n, found := slices.BinarySearchFunc(all, after, compare)
	if found {
		n++
	}
	return all[n:min(n+limit, len(all))], nil
}

func compare(a, b relay.ID) int { return bytes.Compare(a[:], b[:]) }

// memberships returns to which services q and its notifier belong.
func memberships(q *relay.Queue) map[index]relay.ID {
	all := make(map[index]relay.ID)
	if !q.Service.IsZero() {
		all[index{relay.RecipientID, q.Service}] = q.Recipient
	}
	if q.Notifier != nil && !q.Notifier.Service.IsZero() {
		all[index{relay.NotifierID, q.Notifier.Service}] = q.Notifier.ID
	}
	return all
}
