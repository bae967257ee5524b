package agent

import (
	"errors"
	"fmt"

	"sotto/wasm/ratchet"
	"sotto/wasm/store"
)

// maxRatchets is how many ratchets stay in memory; the others are read from the
// store when their connection is used.
const maxRatchets = 256

// errRatchet means that a connection has no ratchet yet.
var errRatchet = errors.New("agent: no ratchet")

// keys is where the ratchet gets new keys from.
func (a *Agent) keys() ratchet.Keys { return ratchet.Keys{Rand: a.rand, KEM: a.kems.take} }

// ratchet returns the ratchet of a connection as the turn sees it.
func (t *Turn) ratchet(id ConnID) (*ratchet.State, error) {
	if s, ok := t.ratchets[id]; ok {
		return s, nil
	}
	if s, ok := t.a.ratchets[id]; ok {
		return s, nil
	}
	s, err := t.a.loadRatchet(t, id)
	if err == nil {
		t.a.keepRatchet(id, s)
	}
	return s, err
}

// setRatchet gives a connection a new ratchet state.
func (t *Turn) setRatchet(id ConnID, s *ratchet.State) {
	if t.ratchets == nil {
		t.ratchets = map[ConnID]*ratchet.State{}
	}
	t.ratchets[id] = s
}

func (a *Agent) loadRatchet(t *Turn, id ConnID) (*ratchet.State, error) {
	b, err := a.store.Get(t.ctx, bucketRatchets, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errRatchet
	}
	if err != nil {
		return nil, fmt.Errorf("agent: load ratchet: %w", err)
	}
	records, err := a.store.Scan(t.ctx, bucketSkipped, store.Query{Prefix: string(id) + "/"})
	if err != nil {
		return nil, fmt.Errorf("agent: load skipped keys: %w", err)
	}
	skipped := make([]ratchet.SkippedKey, len(records))
	for i, r := range records {
		if skipped[i], err = ratchet.ParseSkippedKey(r.Value); err != nil {
			return nil, fmt.Errorf("agent: load skipped keys: %w", err)
		}
	}
	s, err := ratchet.ParseState(b, skipped)
	if err != nil {
		return nil, fmt.Errorf("agent: load ratchet: %w", err)
	}
	return s, nil
}

// keepRatchet caches a committed state.
func (a *Agent) keepRatchet(id ConnID, s *ratchet.State) {
	if a.conns[id] == nil {
		return
	}
	for other := range a.ratchets {
		if len(a.ratchets) < maxRatchets {
			break
		}
		delete(a.ratchets, other)
	}
	a.ratchets[id] = s
}

// encrypt advances the ratchet of c and returns what m became, padded to length.
func (t *Turn) encrypt(c *conn, m []byte, length int) ([]byte, error) {
	s, err := t.ratchet(c.id)
	if err != nil {
		return nil, err
	}
	options := ratchet.Options{Length: length, PQ: ratchet.PQKeep}
	switch {
	case c.pqOff:
		options.PQ = ratchet.PQOff
	case c.pq && t.a.speaks.pq:
		options.PQ = ratchet.PQOn
	}
	next, sealed, err := s.Encrypt(m, options)
	if err != nil {
		return nil, fmt.Errorf("agent: encrypt: %w", err)
	}
	t.setRatchet(c.id, next)
	return sealed, nil
}

// SetPQ says whether the ratchet of a connection is to use the KEM: it begins or
// ceases to, step by step, with the next messages; PQChanged says when it has.
// What is sent stays as short as the KEM needs once it was used. ErrVersion means
// that the peer cannot use it.
func (t *Turn) SetPQ(id ConnID, on bool) error {
	c := t.conn(id)
	if c == nil || c.state == Leaving {
		return ErrUnknownConn
	}
	if on && !c.pq {
		if err := t.canUsePQ(c); err != nil {
			return err
		}
	}
	c = t.edit(id)
	c.pqOff, c.pq = !on, c.pq || on
	return nil
}

// canUsePQ looks whether a connection that began without the KEM can use it.
func (t *Turn) canUsePQ(c *conn) error {
	if c.state != Established {
		return ErrNotConnected
	}
	s, err := t.ratchet(c.id)
	if err == nil && !t.a.speaks.usesPQ(c.version, s.Version()) {
		return ErrVersion
	}
	return err
}

// decrypt advances the ratchet of c and returns what was sealed. The state
// changes with some errors, too: a message key is used once, whatever came of it.
func (t *Turn) decrypt(c *conn, sealed []byte) ([]byte, error) {
	s, err := t.ratchet(c.id)
	if err != nil {
		return nil, err
	}
	d, err := s.Decrypt(t.a.keys(), sealed)
	if d.State != nil {
		t.setRatchet(c.id, d.State)
		if err := t.saveSkipped(c.id, d); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, bad(err)
	}
	return d.Message, nil
}

// saveSkipped writes the keys of messages that did not come, and removes those
// that were used or are too old.
func (t *Turn) saveSkipped(id ConnID, d ratchet.Decrypted) error {
	for _, k := range d.Saved {
		b, err := k.MarshalBinary()
		if err != nil {
			return fmt.Errorf("agent: save skipped key: %w", err)
		}
		t.put(bucketSkipped, skippedKey(id, k.ID), b)
	}
	for _, k := range d.Spent {
		t.remove(bucketSkipped, skippedKey(id, k))
	}
	return nil
}

func skippedKey(id ConnID, k ratchet.SkippedID) string { return string(id) + "/" + k.String() }

// notePQ tells the app when the KEM came into use in both directions, or went
// out of use.
func (t *Turn) notePQ(c *conn) error {
	s, err := t.ratchet(c.id)
	if err != nil {
		return err
	}
	pq := s.PQ()
	on := pq.Sending && pq.Receiving
	if on == c.pqOn {
		return nil
	}
	c.pqOn = on
	if c.state != Established {
		return nil // Connected will say it
	}
	return t.event(PQChanged{c.id, on})
}
