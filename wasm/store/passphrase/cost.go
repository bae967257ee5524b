// Package passphrase makes keys of what people can remember.
package passphrase

import (
	"time"

	"golang.org/x/crypto/argon2"
)

// SaltSize and KeySize are in bytes.
const (
	SaltSize = 16
	KeySize  = 32
)

// A Cost is the work of guessing a passphrase: passes over KiB of memory.
type Cost struct {
	Time, Memory uint32
}

// Usual is the second choice of RFC 9106, "Parameter Choice", on one lane: 0.4 s
// in Chromium on an ordinary machine, a second or two on a phone.
var Usual = Cost{Time: 3, Memory: 64 << 10}

// most bounds what stored parameters may ask of the machine that reads them.
var most = Cost{Time: 32, Memory: 256 << 10}

// Valid reports whether c is within reason.
func (c Cost) Valid() bool {
	return c.Time >= 1 && c.Memory >= 8 && c.Time <= most.Time && c.Memory <= most.Memory
}

// Key returns the key of a passphrase, with Argon2id (RFC 9106).
func (c Cost) Key(passphrase string, salt []byte) *[KeySize]byte {
	return (*[KeySize]byte)(argon2.IDKey([]byte(passphrase), salt, c.Time, c.Memory, 1, KeySize))
}

// Measure returns a cost that takes about the given time on this machine, and at
// least Usual: a machine that is busy now must not lower it. It takes as long as
// one pass.
func Measure(target time.Duration) Cost {
	begin := time.Now()
	Cost{Time: 1, Memory: Usual.Memory}.Key("", make([]byte, SaltSize))
	pass := max(time.Since(begin), 1)
	passes := min(target/pass, time.Duration(most.Time))
	return Cost{Time: max(uint32(passes), Usual.Time), Memory: Usual.Memory}
}
