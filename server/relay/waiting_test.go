package relay_test

import (
	"bytes"
	"errors"
	"testing"

	"sotto/server/relay"
	"sotto/smp"
)

// TestNotificationsOutliveTheRelay: what waits when a relay stops is delivered by
// the next.
func TestNotificationsOutliveTheRelay(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		alice := w.dial(18)
		q := alice.create(smp.Messaging)
		q.senderKey = noKey
		n := alice.enable(q)
		alice.sendFlagged(q, true)
		alice.sendFlagged(q, true)
		w.relay.Close()
		var kept bytes.Buffer
		if err := w.relay.WriteWaiting(&kept); err != nil {
			t.Fatal(err)
		}

		w.restart()
		one := (kept.Len() - 1) / 2
		for size := range kept.Len() {
			if size == 1 || size == 1+one {
				continue // as if there were fewer
			}
			if err := w.relay.ReadWaiting(bytes.NewReader(kept.Bytes()[:size])); !errors.Is(err, relay.ErrWaiting) {
				t.Errorf("%d of %d bytes are read: %v", size, kept.Len(), err)
			}
		}
		if err := w.relay.ReadWaiting(bytes.NewReader(kept.Bytes())); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := w.relay.WriteWaiting(&again); err != nil || !bytes.Equal(again.Bytes(), kept.Bytes()) {
			t.Errorf("what was read is not what was written: %v", err)
		}
		ntf := w.dial(18)
		got, others := ntf.ask(n.id, n.key, smp.NSUB{})
		if !isSubscribed(got, 18) || len(others) != 2 {
			t.Fatalf("NSUB is answered %s and %d more", words(got), len(others))
		}
		for _, tr := range others {
			n.open(w, ntf.wantIs(tr, n.id, smp.NMSG{}))
		}
	})
}
