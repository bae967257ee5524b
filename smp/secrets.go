package smp

import "sync"

// Secrets remember what was agreed with keys that have authorized a command of
// the session, because agreeing anew costs more than all else about a command.
// They are forgotten with the session at the latest. A nil Secrets remembers
// nothing.
//
// Only what is right is quick by it: a refusal does the same work with a key that
// is remembered as with one that is not, see [Verifier.Refuse].
type Secrets struct {
	max int

	mu sync.Mutex
	of map[PublicKey]*[BoxKeySize]byte
}

// NewSecrets returns Secrets of at most max keys. They take no memory yet.
func NewSecrets(max int) *Secrets { return &Secrets{max: max} }

// get returns a copy of what was agreed with key; false if it is not remembered.
func (s *Secrets) get(key PublicKey) (secret [BoxKeySize]byte, ok bool) {
	if s == nil {
		return secret, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.of[key]
	if kept == nil {
		return secret, false
	}
	return *kept, true
}

// keep remembers a secret, in the place of any other if there are too many.
func (s *Secrets) keep(key PublicKey, secret []byte) {
	if s == nil || s.max == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = make(map[PublicKey]*[BoxKeySize]byte)
	}
	for other := range s.of {
		if len(s.of) < s.max {
			break
		}
		s.wipe(other)
	}
	s.of[key] = (*[BoxKeySize]byte)(append([]byte(nil), secret...))
}

// Forget wipes what was agreed with keys.
func (s *Secrets) Forget(keys ...PublicKey) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		s.wipe(key)
	}
}

// Clear wipes everything.
func (s *Secrets) Clear() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.of {
		s.wipe(key)
	}
}

// wipe removes a key. s.mu is held.
func (s *Secrets) wipe(key PublicKey) {
	if kept := s.of[key]; kept != nil {
		clear(kept[:])
		delete(s.of, key)
	}
}
