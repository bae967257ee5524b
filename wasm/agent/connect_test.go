//go:build !js

package agent

import (
	"testing"
	"time"
)

func TestConnect(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		a, link := alice.invite()
		b := bob.join(link)
		w.pass(time.Second)
		if e := one[Confirmed](alice); e.Conn != a || string(e.Info) != "info of bob" {
			t.Errorf("%+v", e)
		}
		if e := one[InfoReceived](bob); e.Conn != b || string(e.Info) != "info of alice" {
			t.Errorf("%+v", e)
		}
		one[Connected](alice)
		one[Connected](bob)
		n := alice.send(a, "hello")
		w.pass(time.Second)
		if e := one[Received](bob); e.Conn != b || string(e.Body) != "hello" || e.MsgID != n || e.Integrity != (Integrity{}) {
			t.Errorf("%+v", e)
		}
		if e := one[SentToRelay](alice); e.MsgID != n {
			t.Errorf("%+v", e)
		}
		if e := one[Delivered](alice); len(e.MsgIDs) != 1 || e.MsgIDs[0] != n {
			t.Errorf("%+v", e)
		}
	})
}
