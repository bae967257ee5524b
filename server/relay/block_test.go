package relay_test

import (
	"errors"
	"testing"

	"sotto/server/relay"
	"sotto/smp"
)

// TestBlock: an operator blocks a queue by its sender's id or its link. Clients
// are told why as far as their version has words for it.
func TestBlock(t *testing.T) {
	notice := smp.Blocking{Reason: smp.BlockedContent, Notice: `{"ttl":3600}`}
	bare := smp.Blocking{Reason: smp.BlockedContent}
	for v, want := range map[smp.Version]*smp.Blocking{9: nil, 11: nil, 12: &bare, 17: &bare, 18: &notice, 19: &notice} {
		inWorld(t, nil, func(w *world) {
			alice, bob := w.dial(v), w.dial(v)
			q := alice.create(smp.Messaging)
			alice.ask(q.recipient, q.recipientKey, smp.SUB{})
			if err := w.relay.Block(w.Context(), relay.ID(q.sender), notice); err != nil {
				t.Fatal(err)
			}
			wantBlocked(t, v, alice.parse(alice.hear()[0]), want)
			for _, cmd := range []smp.Command{smp.SUB{}, smp.GET{}, smp.ACK{}, smp.QUE{}, smp.KEY{Key: q.senderKey.Public()}, smp.NDEL{}} {
				got, _ := alice.ask(q.recipient, q.recipientKey, cmd)
				wantBlocked(t, v, got, want)
			}
			got, _ := bob.ask(q.sender, q.senderKey, smp.SKEY{Key: q.senderKey.Public()})
			wantBlocked(t, v, got, want)
			got, _ = bob.ask(q.sender, noKey, smp.SEND{Body: []byte("x")})
			wantBlocked(t, v, got, want)
			// Who has no business with the queue learns nothing.
			bob.wantERR(q.recipient, q.senderKey, smp.SUB{}, smp.ErrAuth)

			if err := w.relay.Unblock(w.Context(), relay.ID(q.sender)); err != nil {
				t.Fatal(err)
			}
			bob.want(q.sender, noKey, smp.SEND{Body: []byte("x")}, smp.OK{})
			q.message(t, alice.wantEvent(q.recipient, smp.MSG{}), "x")

			w.relay.Block(w.Context(), relay.ID(q.sender), notice)
			alice.hear()
			alice.want(q.recipient, q.recipientKey, smp.OFF{}, smp.OK{})
			bob.wantERR(q.sender, noKey, smp.SEND{Body: []byte("x")}, smp.ErrAuth)
			alice.want(q.recipient, q.recipientKey, smp.DEL{}, smp.OK{})
		})
	}
}

func wantBlocked(t *testing.T, v smp.Version, r smp.Response, want *smp.Blocking) {
	t.Helper()
	e, ok := r.(smp.ERR)
	switch {
	case !ok:
		t.Errorf("version %d: %s", v, words(r))
	case want == nil && !errors.Is(e.Err, smp.ErrAuth):
		t.Errorf("version %d: %s, want AUTH", v, words(r))
	case want != nil && (e.Err.Blocked == nil || *e.Err.Blocked != *want):
		t.Errorf("version %d: %s %+v, want %+v", v, words(r), e.Err.Blocked, want)
	}
}

// TestBlockLink blocks by a link, and queues that there are not.
func TestBlockLink(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		alice := w.dial(18)
		q, link := alice.create(smp.Contact), random(24)
		alice.want(q.recipient, q.recipientKey, smp.LSET{LinkID: link, Data: smp.LinkData{Fixed: []byte("f"), User: []byte("u")}}, smp.OK{})
		why := smp.Blocking{Reason: smp.BlockedSpam}
		if err := w.relay.Block(w.Context(), relay.ID(link), why); err != nil {
			t.Fatal(err)
		}
		got, _ := alice.ask(link, noKey, smp.LGET{})
		wantBlocked(t, 18, got, &why)
		for _, id := range [][]byte{random(24), q.recipient} {
			if err := w.relay.Block(w.Context(), relay.ID(id), why); !errors.Is(err, relay.ErrNotFound) {
				t.Errorf("got %v", err)
			}
		}
	})
}
