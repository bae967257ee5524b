package tunnel

import (
	"errors"

	"github.com/coder/websocket"
)

// The statuses of this package with which a WebSocket ends; a page learns them
// from its close event. Others are of RFC 6455: 1001 when the bridge stops, 1003
// for what is not a block, 1013 when there are too many connections.
const (
	// StatusRelayUnreachable: the relay cannot be reached now. Try again later.
	StatusRelayUnreachable websocket.StatusCode = 4001
	// StatusRelayIdentity: what was reached is not the relay. Do not try again.
	StatusRelayIdentity websocket.StatusCode = 4002
	// StatusRelayClosed: the relay closed the connection or broke it.
	StatusRelayClosed websocket.StatusCode = 4003
	// StatusIdle: nothing came for long, or a block stopped in the middle.
	StatusIdle websocket.StatusCode = 4004
)

// A closeError is a reason to end a connection, and how the page is told.
type closeError struct {
	status websocket.StatusCode
	reason string
}

func (e *closeError) Error() string { return "tunnel: " + e.reason }

// The reasons. They are shown to people, and name nothing.
var (
	errRelayUnreachable = &closeError{StatusRelayUnreachable, "the relay cannot be reached"}
	errRelayIdentity    = &closeError{StatusRelayIdentity, "the relay is not the one in its address"}
	errRelayClosed      = &closeError{StatusRelayClosed, "the relay closed the connection"}
	errIdle             = &closeError{StatusIdle, "nothing came for too long"}
	errNotBlock         = &closeError{websocket.StatusUnsupportedData, "blocks are binary messages of 16384 bytes"}
	errTooMany          = &closeError{websocket.StatusTryAgainLater, "too many connections"}
	errShutdown         = &closeError{websocket.StatusGoingAway, "the bridge stops"}
)

// errPageGone is the reason when the page closed or is not there any more. It
// is told nothing.
var errPageGone = errors.New("tunnel: the page is gone")
