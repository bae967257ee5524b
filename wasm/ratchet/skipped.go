package ratchet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"sotto/smp/wire"
)

// Limits on the keys of messages that have not come. The reference has the first
// only; the others keep a peer from filling the storage and from making every
// header cost a thousand attempts. What is oldest is given up first.
const (
	MaxSkip          = 512  // with one message, in each of the two chains it concerns
	MaxSkipped       = 4096 // in a state
	maxSkippedChains = 128
)

// A SkippedID is the place of a message: the receiving chain and the number in
// it.
type SkippedID struct{ Chain, Number uint32 }

// String returns 16 hexadecimal digits, whose order is that of the messages: a
// storage key.
func (id SkippedID) String() string { return fmt.Sprintf("%08x%08x", id.Chain, id.Number) }

func (id SkippedID) compare(other SkippedID) int {
	return cmp.Or(cmp.Compare(id.Chain, other.Chain), cmp.Compare(id.Number, other.Number))
}

// A SkippedKey opens one message that has not come. It is stored beside the
// state, so that a message only stores what it changes.
type SkippedKey struct {
	ID     SkippedID
	header secret
	key    messageKey
}

// skippedFormat is the version of the stored form of a SkippedKey.
const skippedFormat = 1

// MarshalBinary returns the form in which a key is stored, 89 bytes.
func (k SkippedKey) MarshalBinary() ([]byte, error) {
	b := []byte{skippedFormat}
	b = wire.AppendUint32(b, k.ID.Chain)
	b = wire.AppendUint32(b, k.ID.Number)
	b = append(b, k.header[:]...)
	b = append(b, k.key.key[:]...)
	return append(b, k.key.iv[:]...), nil
}

// ParseSkippedKey reads what MarshalBinary wrote.
func ParseSkippedKey(b []byte) (SkippedKey, error) {
	p := wire.NewParser(b)
	p.Literal(string([]byte{skippedFormat}))
	k := SkippedKey{ID: SkippedID{p.Uint32(), p.Uint32()}}
	copy(k.header[:], p.Take(len(k.header)))
	copy(k.key.key[:], p.Take(len(k.key.key)))
	copy(k.key.iv[:], p.Take(len(k.key.iv)))
	if err := p.Done(); err != nil {
		return SkippedKey{}, fmt.Errorf("ratchet: parse skipped key: %w", err)
	}
	return k, nil
}

// String hides the key from logs.
func (k SkippedKey) String() string { return "(skipped key " + k.ID.String() + ")" }

// GoString hides the key from logs.
func (k SkippedKey) GoString() string { return k.String() }

// skipped holds the keys of messages that have not come, by chain, oldest first.
// It is not changed once it is in a State.
type skipped []skippedChain

// A skippedChain has at least one key; they are in the order of the messages.
type skippedChain struct {
	number uint32
	header secret
	keys   []skippedMessage
}

type skippedMessage struct {
	number uint32
	key    messageKey
}

// records returns the keys as they are stored.
func (c skippedChain) records() []SkippedKey {
	list := make([]SkippedKey, len(c.keys))
	for i, m := range c.keys {
		list[i] = SkippedKey{SkippedID{c.number, m.number}, c.header, m.key}
	}
	return list
}

// find returns where a key is.
func (s skipped) find(id SkippedID) (chain, key int, ok bool) {
	chain, ok = slices.BinarySearchFunc(s, id.Chain, func(c skippedChain, n uint32) int { return cmp.Compare(c.number, n) })
	if !ok {
		return 0, 0, false
	}
	key, ok = slices.BinarySearchFunc(s[chain].keys, id.Number, func(m skippedMessage, n uint32) int { return cmp.Compare(m.number, n) })
	return chain, key, ok
}

func (s skipped) has(id SkippedID) bool {
	_, _, ok := s.find(id)
	return ok
}

// add returns s with keys that are later than all others.
func (s skipped) add(c skippedChain) skipped {
	last := len(s) - 1
	if last < 0 || s[last].number != c.number {
		return append(slices.Clip(s), c)
	}
	c.keys = slices.Concat(s[last].keys, c.keys)
	return append(slices.Clip(s[:last]), c)
}

// take returns s without a key, and the key. It must be there.
func (s skipped) take(id SkippedID) (skipped, messageKey) {
	i, j, _ := s.find(id)
	c := s[i]
	key := c.keys[j].key
	if len(c.keys) == 1 {
		return slices.Concat(s[:i], s[i+1:]), key
	}
	if j == 0 {
		c.keys = c.keys[1:]
	} else {
		c.keys = slices.Concat(c.keys[:j], c.keys[j+1:])
	}
	next := slices.Clone(s)
	next[i] = c
	return next, key
}

func (s skipped) count() (n int) {
	for _, c := range s {
		n += len(c.keys)
	}
	return n
}

func (s skipped) tooMany() bool { return len(s) > maxSkippedChains || s.count() > MaxSkipped }

func (s skipped) oldest() SkippedID { return SkippedID{s[0].number, s[0].keys[0].number} }

// SkippedIDs returns the stored keys that belong to the state, to delete them
// with it.
func (s *State) SkippedIDs() []SkippedID {
	var ids []SkippedID
	for _, c := range s.skipped {
		for _, k := range c.records() {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

var errSkipped = errors.New("ratchet: skipped keys do not fit together")

// loadSkipped makes the keys of their stored records, in any order.
func loadSkipped(keys []SkippedKey) (skipped, error) {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(a, b SkippedKey) int { return a.ID.compare(b.ID) })
	var s skipped
	for i, k := range keys {
		if i > 0 && keys[i-1].ID.Chain == k.ID.Chain {
			if keys[i-1].ID == k.ID || keys[i-1].header != k.header {
				return nil, errSkipped
			}
		} else {
			s = append(s, skippedChain{number: k.ID.Chain, header: k.header})
		}
		c := &s[len(s)-1]
		c.keys = append(c.keys, skippedMessage{k.ID.Number, k.key})
	}
	return s, nil
}
