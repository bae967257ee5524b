package relay

import (
	"context"
	"errors"

	"sotto/smp"
)

// authorize finds the queue that the command is for, and checks that it comes
// from a party of it. SMP: "Command verification". Who asks for a queue that
// does not exist is refused with the same words and after the same work as who
// has the wrong key.
func (r *request) authorize(ctx context.Context) error {
	kind, ok := entityKind(r.command.Party())
	if ok {
		if err := r.find(ctx, kind); err != nil {
			return err
		}
	}
	if !r.mayAsk() {
		return smp.ErrCmdProhibited
	}
	if !r.verifyService() {
		return smp.ErrService
	}
	switch r.command.(type) {
	case smp.SUBS, smp.NSUBS:
		if !r.isService() {
			return smp.ErrService
		}
		return nil
	}
	if !r.verify() {
		return r.refuse(ctx, kind)
	}
	return nil
}

// refuse does what the search for a queue that is not there would have done, if
// the queue was not searched for but remembered: a refusal takes the same time.
// It looks beside the queue, since what is near it is where it would be.
func (r *request) refuse(ctx context.Context, kind IDKind) error {
	if r.queue != nil && r.queue.Recalled {
		id, _ := ParseID(r.t.EntityID)
		id[IDSize-1] ^= 1
		if _, err := r.relay.config.Store.Queue(ctx, kind, id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return smp.ErrAuth
}

// entityKind is what the entity id names in commands of a party; false if it
// names no queue.
func entityKind(p smp.Party) (IDKind, bool) {
	switch p {
	case smp.Recipient:
		return RecipientID, true
	case smp.Sender:
		return SenderID, true
	case smp.LinkClient:
		return LinkID, true
	case smp.Notifier:
		return NotifierID, true
	}
	return 0, false
}

// find loads the command's queue.
func (r *request) find(ctx context.Context, kind IDKind) error {
	err := ErrNotFound
	if id, ok := ParseID(r.t.EntityID); ok {
		r.queue, err = r.relay.config.Store.Queue(ctx, kind, id)
	}
	if errors.Is(err, ErrNotFound) {
		r.verifier.Refuse(r.t)
	}
	return err
}

// verify checks the authorization with the key that the command takes.
func (r *request) verify() bool {
	switch c := r.command.(type) {
	case smp.NEW:
		return r.verifier.Verify(r.t, c.AuthKey)
	case smp.SKEY:
		return r.verifyOwn(c.Key)
	case smp.LKEY:
		return r.verifyOwn(c.Key)
	case smp.SEND:
		return r.verifySender()
	case smp.LGET:
		return r.queue.Public()
	case smp.NSUB:
		return r.verifyNotifier()
	}
	if r.command.Party() == smp.Recipient {
		return r.verifier.Verify(r.t, r.queue.RecipientKeys...)
	}
	return true
}

// verifyNotifier checks NSUB. The queue may have got another notifier since it
// was found.
func (r *request) verifyNotifier() bool {
	n := r.queue.Notifier
	if n == nil || string(n.ID[:]) != string(r.t.EntityID) {
		return r.verifier.Refuse(r.t)
	}
	return r.verifier.Verify(r.t, n.Key)
}

// verifyOwn checks a command that brings its own key to a queue that a sender
// may secure, and that no other one has.
func (r *request) verifyOwn(key smp.PublicKey) bool {
	taken := !r.queue.SenderKey.IsZero() && r.queue.SenderKey != key
	if taken || !r.queue.Mode.CanSecure() {
		return r.verifier.Refuse(r.t)
	}
	return r.verifier.Verify(r.t, key)
}

// verifySender checks SEND: authorized once the queue is secured, and not
// before. SMP: "Send message".
func (r *request) verifySender() bool {
	if r.queue.SenderKey.IsZero() {
		return len(r.t.Authorization) == 0 || r.verifier.Refuse(r.t)
	}
	return r.verifier.Verify(r.t, r.queue.SenderKey)
}
