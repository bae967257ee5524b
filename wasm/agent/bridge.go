package agent

import "errors"

// What Config.Dial, and the connections that it makes, may wrap for a bridge
// that says why it ends a connection. For another relay than the one in the
// address it is transport.ErrIdentity.
var (
	// ErrBridgeRelay means that the bridge does not reach the relay now.
	ErrBridgeRelay = errors.New("agent: the bridge does not reach the relay")
	// ErrBridgeFull means that the bridge has too many connections, of this
	// client or of all.
	ErrBridgeFull = errors.New("agent: the bridge has too many connections")
)
