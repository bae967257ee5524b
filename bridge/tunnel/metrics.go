package tunnel

import (
	"errors"
	"sync/atomic"
)

// Metrics are what a tunnel counts since it was made. They name nobody. Conns
// goes down again.
type Metrics struct {
	Conns            atomic.Int64 // current connections of pages
	Accepted         atomic.Int64 // connections of pages
	RequestsRefused  atomic.Int64 // before they were connections: wrong path or Origin, no WebSocket, shutting down
	ConnsRefused     atomic.Int64 // because there were too many
	RelayUnreachable atomic.Int64 // connections that ended so, as the next ones
	RelayIdentity    atomic.Int64
	RelayClosed      atomic.Int64
	Idle             atomic.Int64
	NotBlocks        atomic.Int64
	BlocksToPages    atomic.Int64
	BlocksToRelays   atomic.Int64
}

// ended counts how a connection ended.
func (m *Metrics) ended(err error) {
	var reason *closeError
	errors.As(err, &reason)
	switch reason {
	case errTooMany:
		m.ConnsRefused.Add(1)
	case errRelayUnreachable:
		m.RelayUnreachable.Add(1)
	case errRelayIdentity:
		m.RelayIdentity.Add(1)
	case errRelayClosed:
		m.RelayClosed.Add(1)
	case errIdle:
		m.Idle.Add(1)
	case errNotBlock:
		m.NotBlocks.Add(1)
	}
}
