package archive

import "sotto/wasm/store"

// A Sink takes a file in pieces, and has its records in the end.
type Sink struct {
	passphrase string
	cover      *cover // nil before the header came
	sealed     []byte
	content    content
	err        error
}

// Unpack returns a Sink for a file made with passphrase.
func Unpack(passphrase string) *Sink { return &Sink{passphrase: passphrase} }

// Write takes a piece of the file, and fails as soon as something is wrong. With
// the beginning of the file, it takes as long as the cost in it says.
func (s *Sink) Write(piece []byte) (int, error) {
	if s.err == nil {
		s.sealed = append(s.sealed, piece...)
		s.err = s.take()
	}
	if s.err != nil {
		return 0, s.err
	}
	return len(piece), nil
}

// take opens what cannot be the last chunk, since more follows.
func (s *Sink) take() error {
	if s.cover == nil {
		if len(s.sealed) < headerSize {
			return nil
		}
		h, err := parseHeader(s.sealed[:headerSize])
		if err != nil {
			return err
		}
		s.cover, s.sealed = newCover(h, s.passphrase), s.sealed[headerSize:]
	}
	for len(s.sealed) > sealedSize {
		plain, err := s.cover.open(s.sealed[:sealedSize], false)
		if err != nil {
			return err
		}
		s.content.add(plain)
		s.sealed = s.sealed[sealedSize:]
	}
	return nil
}

// End returns the records once the whole file was written: all of them, or an
// error.
func (s *Sink) End() (*store.Batch, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.cover == nil {
		return nil, ErrFormat
	}
	plain, err := s.cover.open(s.sealed, true)
	if err != nil {
		return nil, err
	}
	s.content.add(plain)
	return s.content.end()
}
