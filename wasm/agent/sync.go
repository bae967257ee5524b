package agent

import (
	"bytes"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/wasm/ratchet"
)

// When two ratchets are out of step, because one side went back to an old copy
// of its storage, both make new keys and begin anew: either sends its keys, the
// other answers with its own, and the hashes of the keys decide who begins. The
// first message, EREADY, lets the other side send. Agent protocol: "Ratchet
// re-synchronization".

// A SyncState is how a ratchet stands to the peer's.
type SyncState uint8

// The states. In the last three nothing can be sent.
const (
	SyncOK       SyncState = iota
	SyncAllowed            // a message could not be read; the others may
	SyncRequired           // nothing can be read any more
	SyncStarted            // we sent our keys
	SyncAgreed             // both have the keys; the first message is to come
)

// ErrSync means that the peer sent new keys while others were agreed.
var ErrSync = errors.New("agent: ratchet keys crossed")

// ErrInSync means that a ratchet needs no re-synchronisation.
var ErrInSync = errors.New("agent: ratchet is in step")

// Resync begins the ratchet of a connection anew. Unless forced, it does so only
// if messages could not be read. Synced says how it goes on.
func (t *Turn) Resync(id ConnID, force bool) error {
	c := t.edit(id)
	switch {
	case c == nil || c.state == Leaving:
		return ErrUnknownConn
	case c.state != Established:
		return ErrNotConnected
	case c.version < VersionRatchetSync:
		return ErrVersion
	case !force && c.sync != SyncAllowed && c.sync != SyncRequired:
		return ErrInSync
	}
	offer, err := ratchet.NewOffer(t.a.keys(), c.pq)
	if err != nil {
		return fmt.Errorf("agent: resync: %w", err)
	}
	if c.offer, err = offer.MarshalBinary(); err != nil {
		return fmt.Errorf("agent: resync: %w", err)
	}
	c.sync = SyncStarted
	return t.enqueueKeys(c, offer.Params(ratchet.MaxVersion))
}

// enqueueKeys queues our keys. They count as a message, as in the reference.
func (t *Turn) enqueueKeys(c *conn, params ratchet.Params) error {
	info := ratchetInfo{}.append(nil)
	body, err := t.seal(c.sealsFor(), smp.PublicKey{}, smp.ClientMessage{Body: ratchetKey{t.a.speaks.agent.Max, params, info}.append(nil)})
	if err != nil {
		return err
	}
	c.sent, c.sentHash = c.sent+1, hash(info)
	t.queue(c, &delivery{kind: kindKeys, notify: true, number: c.sent, made: t.now, body: body})
	return nil
}

// rekeyed is the turn in which the peer's new keys came.
func (t *Turn) rekeyed(c *conn, r ratchetKey) error {
	if c.state != Established {
		return bad(errUnexpected)
	}
	peer := r.params.Hash()
	if !c.newKeys(peer[:]) {
		return nil // a relay can repeat them
	}
	c.received, c.receivedHash = c.received+1, hash(r.info)
	if c.sync == SyncAgreed {
		c.sync = SyncRequired
		return t.event(Synced{c.id, c.sync, ErrSync})
	}
	offer, err := t.syncOffer(c, r.params.Version)
	if err != nil {
		return err
	}
	ours := offer.Hash()
	begins := bytes.Compare(ours[:], peer[:]) > 0
	var s *ratchet.State
	if begins {
		s, err = offer.Start(t.a.keys(), r.params)
	} else {
		s, err = offer.Accept(r.params, c.pq)
	}
	if err != nil {
		return bad(err)
	}
	if err := t.replaceRatchet(c, s); err != nil {
		return err
	}
	c.sync, c.offer = SyncAgreed, nil
	if begins {
		if _, err := t.enqueue(c, kindReady, ready{c.received}, true); err != nil {
			return err
		}
	}
	return t.event(Synced{c.id, c.sync, nil})
}

// maxRekeys is how many keys of the peer are remembered, and rekeySize how much
// of the hash of each.
const (
	maxRekeys = 128
	rekeySize = 16
)

// newKeys reports whether keys of the peer have not come before, and notes them.
func (c *conn) newKeys(h []byte) bool {
	h = h[:rekeySize]
	for i := 0; i+rekeySize <= len(c.rekeys); i += rekeySize {
		if bytes.Equal(c.rekeys[i:i+rekeySize], h) {
			return false
		}
	}
	c.rekeys = append(bytes.Clone(c.rekeys[max(0, len(c.rekeys)-(maxRekeys-1)*rekeySize):]), h...)
	return true
}

// syncOffer returns our keys: those that we sent, or new ones as the answer.
func (t *Turn) syncOffer(c *conn, version uint16) (*ratchet.Offer, error) {
	if c.sync == SyncStarted {
		o, err := ratchet.ParseOffer(c.offer)
		if err != nil {
			return nil, fmt.Errorf("agent: offer: %w", err)
		}
		return o, nil
	}
	o, err := ratchet.NewOffer(t.a.keys(), c.pq)
	if err != nil {
		return nil, fmt.Errorf("agent: resync: %w", err)
	}
	return o, t.enqueueKeys(c, o.Params(version))
}

// replaceRatchet gives c another ratchet; the keys of the old one go.
func (t *Turn) replaceRatchet(c *conn, s *ratchet.State) error {
	old, err := t.ratchet(c.id)
	if err != nil {
		return err
	}
	for _, k := range old.SkippedIDs() {
		t.remove(bucketSkipped, skippedKey(c.id, k))
	}
	t.setRatchet(c.id, s)
	return nil
}

// outOfStep is the turn in which a message could not be read, and why.
func (t *Turn) outOfStep(c *conn, err error) error {
	state, ok := syncStateOf(err)
	if !ok || c.state != Established || c.sync > SyncRequired {
		return err
	}
	c.sync = state
	if failed := t.event(Synced{c.id, state, err}); failed != nil {
		return failed
	}
	return err
}

// syncStateOf returns what an error of the ratchet says about it.
func syncStateOf(err error) (SyncState, bool) {
	var earlier *ratchet.EarlierError
	var skipped *ratchet.TooManySkippedError
	switch {
	case errors.Is(err, ratchet.ErrHeader), errors.As(err, &skipped):
		return SyncRequired, true
	case errors.As(err, &earlier), errors.Is(err, ratchet.ErrBody), errors.Is(err, ratchet.ErrKEM), errors.Is(err, ratchet.ErrKey):
		return SyncAllowed, true
	}
	return SyncOK, false
}

// inStep is called when a message could be read.
func (t *Turn) inStep(c *conn) error {
	if c.sync == SyncOK || c.sync == SyncStarted {
		return nil
	}
	c.sync = SyncOK
	if err := t.payReceipts(c); err != nil {
		return err
	}
	if err := t.resumeSwitch(c); err != nil || t.left(c) {
		return err
	}
	return t.event(Synced{c.id, c.sync, nil})
}

// begun is the turn in which EREADY came. If our ratchet waited for it, it is
// answered, so that the peer can send, too.
func (t *Turn) begun(c *conn, couldSend bool) error {
	if couldSend {
		return nil
	}
	_, err := t.enqueue(c, kindReady, ready{c.received}, true)
	return err
}
