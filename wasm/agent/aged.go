package agent

import (
	"context"
	"errors"
	"slices"
)

// ErrAged is why Synced comes after Doubt.
var ErrAged = errors.New("agent: the ratchet may be older than the peer's")

// Established returns the connections that have a ratchet of their own.
func (a *Agent) Established(ctx context.Context) ([]ConnID, error) {
	var ids []ConnID
	err := a.Do(ctx, func(*Turn) error {
		for id, c := range a.conns {
			if c.state == Established {
				ids = append(ids, id)
			}
		}
		return nil
	})
	slices.Sort(ids)
	return ids, err
}

// Doubt offers to begin a ratchet anew, because the storage comes from a copy
// that may be an old one. The first message that can be read dispels it.
func (t *Turn) Doubt(id ConnID) error {
	c := t.edit(id)
	switch {
	case c == nil:
		return ErrUnknownConn
	case c.state != Established || c.version < VersionRatchetSync || c.sync != SyncOK:
		return nil
	}
	c.sync = SyncAllowed
	return t.event(Synced{c.id, c.sync, ErrAged})
}
