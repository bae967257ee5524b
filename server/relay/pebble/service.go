package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"sotto/server/relay"
	"sotto/smp/transport"
)

const certificateKind = 'c'

// memberKinds are the first bytes of the keys of a service's queues.
var memberKinds = map[relay.IDKind]byte{relay.RecipientID: 'R', relay.NotifierID: 'N'}

// CreateService adds a service, or finds the one with its certificate.
func (s *Store) CreateService(ctx context.Context, service relay.Service) (relay.ID, error) {
	if err := ctx.Err(); err != nil {
		return relay.ID{}, err
	}
	s.naming.Lock()
	defer s.naming.Unlock()
	key := append([]byte{certificateKind}, service.CertHash[:]...)
	value, err := s.get(key)
	if err == nil {
		return knownService(value, service.Role)
	}
	if !errors.Is(err, relay.ErrNotFound) {
		return relay.ID{}, err
	}
	if err := s.db.Set(key, append(service.ID[:], byte(service.Role)), pebble.Sync); err != nil {
		return relay.ID{}, fmt.Errorf("pebble: write: %w", err)
	}
	return service.ID, nil
}

func knownService(value []byte, role transport.Role) (relay.ID, error) {
	if len(value) != relay.IDSize+1 {
		return relay.ID{}, errors.New("pebble: stored service: wrong length")
	}
	if value[relay.IDSize] != byte(role) {
		return relay.ID{}, relay.ErrRefused
	}
	return relay.ID(value[:relay.IDSize]), nil
}

// ServiceQueues returns which queues or notifiers belong to a service.
func (s *Store) ServiceQueues(ctx context.Context, kind relay.IDKind, service, behind relay.ID, limit int) ([]relay.ID, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	prefix := memberKey(kind, service, relay.ID{})[:1+relay.IDSize]
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, fmt.Errorf("pebble: iterate: %w", err)
	}
	defer it.Close()
	var list []relay.ID
	begin := memberKey(kind, service, behind)
	for ok := it.SeekGE(begin); ok && len(list) < limit; ok = it.Next() {
		if !bytes.Equal(it.Key(), begin) {
			list = append(list, relay.ID(it.Key()[1+relay.IDSize:]))
		}
	}
	return list, it.Error()
}

// memberKey is the key of a service's queue or notifier.
func memberKey(kind relay.IDKind, service, member relay.ID) []byte {
	return append(append([]byte{memberKinds[kind]}, service[:]...), member[:]...)
}

// memberships returns the keys that say to which services q and its notifier
// belong.
func memberships(q *relay.Queue) [][]byte {
	var keys [][]byte
	if !q.Service.IsZero() {
		keys = append(keys, memberKey(relay.RecipientID, q.Service, q.Recipient))
	}
	if q.Notifier != nil && !q.Notifier.Service.IsZero() {
		keys = append(keys, memberKey(relay.NotifierID, q.Notifier.Service, q.Notifier.ID))
	}
	return keys
}
