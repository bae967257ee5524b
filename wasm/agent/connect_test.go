//go:build !js

package agent

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
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
		checkInfo(t, alice, a, bob, b)
	})
}

// checkInfo compares what two connected people know of their connection.
func checkInfo(t *testing.T, alice *person, a ConnID, bob *person, b ConnID) {
	t.Helper()
	i, j := alice.info(a), bob.info(b)
	if i.State != Established || j.State != Established || !i.CanSend || !j.CanSend || !i.Initiator || j.Initiator {
		t.Errorf("%+v\n%+v", i, j)
	}
	if code := alice.code(a); len(code) != 32 || !slices.Equal(code, bob.code(b)) {
		t.Errorf("security codes %x and %x", code, bob.code(b))
	}
	if !i.SendRelay.Equal(j.ReceiveRelay) || !j.SendRelay.Equal(i.ReceiveRelay) {
		t.Errorf("relays: %+v\n%+v", i, j)
	}
	if i.PQ != j.PQ {
		t.Errorf("PQ: %+v\n%+v", i, j)
	}
}

// TestHandshakes connects agents of all kinds with each other: with and without
// keys set by the sender, agents and relays and envelopes of old versions, with
// and without KEM. Then both send.
func TestHandshakes(t *testing.T) {
	kinds := map[string]func(*person){
		"new":          func(*person) {},
		"no SKEY":      func(p *person) { p.speak.secure = false },
		"envelopes v2": func(p *person) { p.speak.client.Max = smp.ClientVersionHosts; p.speak.secure = false },
		"envelopes v3": func(p *person) { p.speak.client.Max = smp.ClientVersionSenderKey },
		"agent v4":     func(p *person) { p.speak.agent.Max = VersionReceipts },
		"agent v6":     func(p *person) { p.speak.agent.Max = VersionSenderKey },
		"no PQ":        func(p *person) { p.speak.pq = false },
		"relay v8":     func(p *person) { p.smp = smp.Range[smp.Version]{Min: 6, Max: 8}; p.speak.secure = false },
	}
	for name1, configure1 := range kinds {
		for name2, configure2 := range kinds {
			t.Run(name1+" invites "+name2, func(t *testing.T) {
				inWorld(t, 2, func(w *world) {
					alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[1])
					configure1(alice)
					configure2(bob)
					alice.start()
					bob.start()
					alice.receipt, bob.receipt = true, true
					a, b := w.connect(alice, bob)
					w.converse(alice, a, bob, b, 3)
					checkInfo(t, alice, a, bob, b)
					if pq := alice.info(a).PQ; pq != (name1 != "no PQ" && name2 != "no PQ" && name1 != "agent v4" && name2 != "agent v4") {
						t.Errorf("PQ is %v", pq)
					}
				})
			})
		}
	}
}

// converse has both send n messages and checks that all arrive, in order, and
// are confirmed.
func (w *world) converse(alice *person, a ConnID, bob *person, b ConnID, n int) {
	w.Helper()
	var wantA, wantB []string
	for i := range n {
		alice.send(a, fmt.Sprintf("from alice %d", i))
		bob.send(b, fmt.Sprintf("from bob %d", i))
		wantB = append(wantB, fmt.Sprintf("from alice %d", i))
		wantA = append(wantA, fmt.Sprintf("from bob %d", i))
	}
	w.pass(10 * time.Minute)
	if got := bob.texts(); !slices.Equal(got, wantB) {
		w.Errorf("bob got %q", got)
	}
	if got := alice.texts(); !slices.Equal(got, wantA) {
		w.Errorf("alice got %q", got)
	}
	for _, p := range []*person{alice, bob} {
		if sent, delivered := len(happened[SentToRelay](p)), p.delivered(); sent != n || delivered != n {
			w.Errorf("%s: %d sent, %d delivered, of %d", p.name, sent, delivered, n)
		}
	}
}

// TestConversation sends a hundred messages each way, interleaved.
func TestConversation(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		alice.receipt, bob.receipt = true, true
		a, b := w.connect(alice, bob)
		w.converse(alice, a, bob, b, 100)
	})
}

// TestLinkUsedTwice: the second who opens a link is told so.
func TestLinkUsedTwice(t *testing.T) {
	for _, secure := range []bool{true, false} {
		t.Run(fmt.Sprintf("SKEY %v", secure), func(t *testing.T) {
			inWorld(t, 1, func(w *world) {
				alice, bob, eve := w.person("alice", w.relays[0]), w.person("bob", w.relays[0]).start(), w.person("eve", w.relays[0]).start()
				alice.speak.secure = secure
				alice.start()
				a, link := alice.invite()
				bob.join(link)
				w.pass(time.Minute)
				e := eve.join(link)
				w.pass(time.Minute)
				one[Connected](alice)
				one[Connected](bob)
				if failed := one[JoinFailed](eve); failed.Conn != e || !errors.Is(failed.Err, ErrLinkUsed) {
					t.Errorf("%+v", failed)
				}
				eve.do(func(t *Turn) error { return t.Erase(e) })
				alice.send(a, "hello")
				w.pass(time.Minute)
				one[Received](bob)
			})
		})
	}
}

// TestJoinTwice: the same person opening a link again, or opening their own.
func TestJoinTwice(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		_, link := alice.invite()
		b := bob.join(link)
		err := bob.agent.Do(w.ctx, func(turn *Turn) error {
			id, err := turn.Join(link, nil)
			if id != b {
				t.Errorf("joined %q again, as %q", b, id)
			}
			return err
		})
		if !errors.Is(err, ErrJoined) {
			t.Error(err)
		}
		err = alice.agent.Do(w.ctx, func(t *Turn) error {
			_, err := t.Join(link, nil)
			return err
		})
		if e := (*LinkError)(nil); !errors.As(err, &e) || e.Problem != OwnLink {
			t.Error(err)
		}
	})
}

// TestRelayOutOfReach: nothing is lost while relays are away, and an invitation
// says at once that it cannot be made.
func TestRelayOutOfReach(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		away := errors.New("no network")
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		alice.receipt, bob.receipt = true, true
		w.relays[1].setAway(away)
		err := bob.agent.Invite(w.ctx, func(*Turn, ConnID, string) error { return nil })
		if !errors.Is(err, away) {
			t.Errorf("invite: %v", err)
		}
		if e := happened[RelayState](bob); len(e) != 1 || e[0].Up || !errors.Is(e[0].Err, away) {
			t.Errorf("%+v", e)
		}
		_, link := alice.invite()
		b := bob.join(link)
		w.pass(5 * time.Minute)
		w.relays[1].setAway(nil)
		w.pass(5 * time.Minute)
		one[Connected](bob)
		a := one[Connected](alice).Conn
		w.relays[1].setAway(away)
		w.pass(time.Second)
		n := alice.send(a, "hello")
		bob.send(b, "hello")
		w.pass(time.Hour)
		if e := one[SendDelayed](alice); e.MsgID != n || !errors.Is(e.Err, away) {
			t.Errorf("%+v", e)
		}
		one[Received](alice)
		w.relays[1].setAway(nil)
		w.pass(5 * time.Minute)
		one[Received](bob)
	})
}

// TestWake: with Wake, the next attempt is made at once.
func TestWake(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		w.relays[1].setAway(errors.New("no network"))
		alice.send(a, "hello")
		w.pass(time.Hour)
		w.relays[1].setAway(nil)
		alice.agent.Wake()
		bob.agent.Wake()
		w.pass(time.Second)
		one[Received](bob)
	})
}

// TestWrongFingerprint: a relay that is not what the link says is hopeless.
func TestWrongFingerprint(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		_, link := alice.invite()
		w.relays[0].print = w.relays[1].print
		b := bob.join(link)
		w.pass(time.Minute)
		if e := one[JoinFailed](bob); e.Conn != b || !errors.Is(e.Err, transport.ErrIdentity) && !errors.Is(e.Err, transport.ErrCertificate) {
			t.Errorf("%+v", e)
		}
	})
}

// TestExpiry: what could not be sent for two days is given up.
func TestExpiry(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, _ := w.connect(alice, bob)
		w.relays[1].setAway(errors.New("no network"))
		n := alice.send(a, "one")
		w.pass(47 * time.Hour)
		m := alice.send(a, "two")
		w.pass(2 * time.Hour)
		if e := one[SendFailed](alice); e.MsgID != n || !errors.Is(e.Err, ErrExpired) {
			t.Errorf("%+v", e)
		}
		w.relays[1].setAway(nil)
		w.pass(time.Hour)
		e := one[Received](bob)
		if want := (Integrity{Fault: Skipped, From: n, To: n}); e.MsgID != m || e.Integrity != want {
			t.Errorf("%+v", e)
		}
	})
}
