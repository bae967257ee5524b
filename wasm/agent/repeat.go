package agent

import (
	"bytes"
	"errors"
)

// A sender whose relay's OK was lost sends the message again, byte for byte. The
// ratchet knows the copy of the last message. But the first copy may be the
// late one: still on its way through a connection that the sender had given up,
// it arrives after messages that were sent later. So the hashes of the last
// messages are kept (the reference keeps them all, for 30 days).
const (
	seenSize  = 8 // bytes of each hash
	seenCount = 16
	seenPart  = 128 // of a message: the nonce of its header, which is random, is in it
)

// repeats reports whether a message that the ratchet refused with err came
// before, and notes one that it did not refuse.
func (c *conn) repeats(sealed []byte, err error) bool {
	var refused *peerError
	switch {
	case err == nil:
		c.note(beginning(sealed))
		return false
	case !errors.As(err, &refused):
		return false
	}
	return c.noted(beginning(sealed)) || c.noted(sealed) // as older versions noted it
}

func beginning(sealed []byte) []byte { return sealed[:min(len(sealed), seenPart)] }

// saw reports whether a request came before, and notes it.
func (c *conn) saw(request []byte) bool {
	if c.noted(request) {
		return true
	}
	c.note(request)
	return false
}

func (c *conn) note(message []byte) {
	old := c.seen[max(0, len(c.seen)-(seenCount-1)*seenSize):]
	c.seen = append(bytes.Clone(old), hash(message)[:seenSize]...)
}

func (c *conn) noted(message []byte) bool {
	h := hash(message)[:seenSize]
	for i := 0; i+seenSize <= len(c.seen); i += seenSize {
		if bytes.Equal(c.seen[i:i+seenSize], h) {
			return true
		}
	}
	return false
}
