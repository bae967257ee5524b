package ratchet

import (
	"errors"
	"fmt"
)

var (
	// ErrSyntax is returned for bytes that are not a message, header, parameters
	// or a stored state.
	ErrSyntax = errors.New("ratchet: invalid encoding")
	// ErrVersion is returned for parameters of a version that is not supported.
	ErrVersion = errors.New("ratchet: version not supported")
	// ErrKey is returned for a public X448 key of low order.
	ErrKey = errors.New("ratchet: invalid key")
	// ErrKEM is returned if the peer encapsulated to a KEM key although it was
	// offered none, or accepted where it can only propose.
	ErrKEM = errors.New("ratchet: unexpected KEM state")
	// ErrNotReady is returned by Encrypt to an initiator that has not received
	// the first message yet.
	ErrNotReady = errors.New("ratchet: no message received yet")
	// ErrTooLong is returned for a message that does not fit its padded length.
	ErrTooLong = errors.New("ratchet: message too long")
	// ErrHeader is returned if no key opens the header: the message belongs to
	// another ratchet, or its chain is over and its key used or given up.
	ErrHeader = errors.New("ratchet: header does not decrypt")
	// ErrBody is returned if the header opened and the body does not.
	ErrBody = errors.New("ratchet: message does not decrypt")
	// ErrDuplicate is returned for the message received before.
	ErrDuplicate = errors.New("ratchet: message received before")
)

// An EarlierError is returned for a message of the present chain whose key has
// been used or given up.
type EarlierError struct {
	By uint32 // how many messages came after it
}

func (e *EarlierError) Error() string {
	return fmt.Sprintf("ratchet: message is %d earlier than the last one", e.By)
}

// A TooManySkippedError is returned for a message before which more than MaxSkip
// are missing.
type TooManySkippedError struct {
	Count uint32 // how far it is ahead of the last message received
}

func (e *TooManySkippedError) Error() string {
	return fmt.Sprintf("ratchet: message is %d ahead of the last one", e.Count)
}
