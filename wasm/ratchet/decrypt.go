package ratchet

// A Decrypted is what comes of a received message.
type Decrypted struct {
	// State is the next state. If it is not nil, it must be stored together with
	// Saved and Spent, also if there is an error: it means that the message took
	// part in the ratchet, and its key is used up.
	State   *State
	Message []byte       // nil if there is an error
	Saved   []SkippedKey // keys of messages that have not come yet, to store
	Spent   []SkippedID  // stored keys to delete
}

// Decrypt opens a message. The errors are ErrSyntax, ErrHeader, ErrKey and ErrKEM,
// which change nothing, and ErrBody, ErrDuplicate, EarlierError and
// TooManySkippedError, which may come with a next state.
func (s *State) Decrypt(k Keys, sealed []byte) (Decrypted, error) {
	e, err := parseEnvelope(sealed)
	if err != nil {
		return Decrypted{}, err
	}
	sh, err := parseSealedHeader(e.header)
	if err != nil {
		return Decrypted{}, err
	}
	h, from, err := s.openHeader(&sh)
	if err != nil {
		return Decrypted{}, err
	}
	if id := (SkippedID{from, h.number}); s.skipped.has(id) {
		return s.openSkipped(id, e)
	}
	switch from {
	case s.chains + 1:
		return s.openNext(k, &h, e)
	case s.chains:
		return s.upgrade(&h).openBody(&h, e)
	default: // the key was used or given up, and the chain is over
		return Decrypted{}, ErrHeader
	}
}

// openHeader returns the header and the number of its chain. Chains are counted
// from 1, so that the first header is under the next header key.
func (s *State) openHeader(sh *sealedHeader) (h header, from uint32, err error) {
	for from, key := range s.headerKeys() {
		if h, ok, err := sh.open(key, s.ad); ok {
			return h, from, err
		}
	}
	return header{}, 0, ErrHeader
}

// headerKeys yields the numbers and header keys of the present chain, the next
// one, and those from which messages are missing.
func (s *State) headerKeys() func(yield func(uint32, secret) bool) {
	return func(yield func(uint32, secret) bool) {
		if s.receive.open && !yield(s.chains, s.receive.header) {
			return
		}
		if !yield(s.chains+1, s.nextReceive) {
			return
		}
		for _, c := range s.skipped {
			if c.number != s.chains && !yield(c.number, c.header) {
				return
			}
		}
	}
}

// openSkipped opens a message whose key was kept. The key is used up even if it
// does not open it.
func (s *State) openSkipped(id SkippedID, e envelope) (Decrypted, error) {
	next := *s
	var key messageKey
	next.skipped, key = s.skipped.take(id)
	d := Decrypted{State: &next, Spent: []SkippedID{id}}
	return d.open(key, e)
}

// openNext takes the step to the next chain and opens its message. Without the
// step there is no change.
func (s *State) openNext(k Keys, h *header, e envelope) (Decrypted, error) {
	d := s.upgrade(h)
	if err := d.skipTo(h.previous); err != nil {
		return Decrypted{}, err
	}
	if err := d.State.step(k, h, s.sent); err != nil {
		return Decrypted{}, err
	}
	return d.openBody(h, e)
}

// upgrade starts the next state, at the highest version that both sides
// announced.
func (s *State) upgrade(h *header) *Decrypted {
	next := *s
	next.version = max(s.version, min(h.maxVersion, s.maxVersion))
	return &Decrypted{State: &next}
}

// openBody opens a message of the present chain.
func (d *Decrypted) openBody(h *header, e envelope) (Decrypted, error) {
	if err := d.skipTo(h.number); err != nil {
		return *d, err
	}
	key, _ := d.State.receive.next()
	d.State.received++
	return d.open(key, e)
}

// open opens the body.
func (d *Decrypted) open(key messageKey, e envelope) (Decrypted, error) {
	message, ok := open(key, d.State.bodyAD(e.header), e.tag, e.body)
	if !ok {
		return *d, ErrBody
	}
	d.Message = message
	return *d, nil
}

// skipTo keeps the keys of the messages before number until that chain has come
// to it.
func (d *Decrypted) skipTo(number uint32) error {
	s := d.State
	if !s.receive.open {
		return nil
	}
	missing := int64(number) - int64(s.received)
	switch {
	case missing < -1:
		return &EarlierError{uint32(-missing - 1)}
	case missing == -1:
		return ErrDuplicate
	case missing > MaxSkip:
		return &TooManySkippedError{uint32(missing + 1)}
	}
	d.save(uint32(missing))
	return nil
}

// save keeps the keys of the next messages of the present chain, and gives up
// the oldest ones if there are too many.
func (d *Decrypted) save(missing uint32) {
	if missing == 0 {
		return
	}
	s := d.State
	c := skippedChain{number: s.chains, header: s.receive.header}
	for range missing {
		key, _ := s.receive.next()
		c.keys = append(c.keys, skippedMessage{s.received, key})
		s.received++
	}
	d.Saved = append(d.Saved, c.records()...)
	s.skipped = s.skipped.add(c)
	for s.skipped.tooMany() {
		id := s.skipped.oldest()
		s.skipped, _ = s.skipped.take(id)
		d.Spent = append(d.Spent, id)
	}
}
