package agent

import "bytes"

// A Fault is what is wrong with the number or the hash of a received message.
// The message is genuine all the same: the ratchet says so.
type Fault uint8

// The faults, in the order in which they are looked for.
const (
	Intact     Fault = iota
	Skipped          // messages From to To never came
	BadID            // the number is lower than one that came before
	Duplicated       // the number came before
	BadHash          // the message before was not the one that the peer sent
)

// An Integrity is what a received message says about those before it. The zero
// value: nothing is missing, nothing was changed.
type Integrity struct {
	Fault    Fault
	From, To uint64 // Skipped: the first and the last missing number; BadID: To is the last good number
}

// check compares a message's number and hash of its predecessor with what came
// before. Agent protocol: "Communication between SMP agents".
func check(last uint64, lastHash []byte, number uint64, hash []byte) Integrity {
	switch {
	case number > last+1:
		return Integrity{Fault: Skipped, From: last + 1, To: number - 1}
	case number == last:
		return Integrity{Fault: Duplicated}
	case number < last:
		return Integrity{Fault: BadID, To: last}
	case !bytes.Equal(hash, lastHash):
		return Integrity{Fault: BadHash}
	}
	return Integrity{}
}
