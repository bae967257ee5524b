package rpc

import "errors"

// A Port carries messages to and from one page, whole and in order. Each
// message is JSON text.
type Port interface {
	// Receive waits for the next message. Its error ends the session.
	Receive() ([]byte, error)
	// Send passes a message on without waiting for the page to read it. It
	// keeps nothing of it.
	Send([]byte) error
	// Close ends Receive and Send, with errors, and tells the page. It may be
	// called twice.
	Close() error
}

var (
	// ErrUnread means that the page did not read what it was sent.
	ErrUnread = errors.New("rpc: the page does not read")
	// ErrProtocol means that the page sent what no page of ours sends.
	ErrProtocol = errors.New("rpc: not a request")
)
