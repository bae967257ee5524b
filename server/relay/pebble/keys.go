package pebble

import (
	"encoding/binary"
	"fmt"

	"sotto/server/relay"
)

const messageKind = 'm'

// queueKey is the key of a queue, or of what leads to one.
func queueKey(kind relay.IDKind, id relay.ID) []byte {
	return append([]byte{byte(kind)}, id[:]...)
}

// messageKey is the key of a message.
func messageKey(recipient relay.ID, number uint64) []byte {
	return binary.BigEndian.AppendUint64(messagePrefix(recipient), number)
}

func messagePrefix(recipient relay.ID) []byte {
	return append(append(make([]byte, 0, 1+relay.IDSize+8), messageKind), recipient[:]...)
}

// keyNumber is the number in a message's key.
func keyNumber(key []byte) uint64 { return binary.BigEndian.Uint64(key[1+relay.IDSize:]) }

// keyOwner is the recipient id in a message's key.
func keyOwner(key []byte) relay.ID { return relay.ID(key[1 : 1+relay.IDSize]) }

// after is the first key behind all keys that begin with prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// hideKey keeps ids out of the database's error messages.
func hideKey([]byte) fmt.Formatter { return hiddenKey{} }

type hiddenKey struct{}

func (hiddenKey) Format(s fmt.State, _ rune) { fmt.Fprint(s, "(key)") }
