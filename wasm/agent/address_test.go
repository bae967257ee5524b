//go:build !js

package agent

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/smp"
)

// address makes an address.
func (p *person) address(shown string) (id ConnID, links Links) {
	p.w.Helper()
	err := p.agent.NewAddress(p.w.ctx, []byte(shown), func(_ *Turn, c ConnID, l Links) error {
		id, links = c, l
		return nil
	})
	if err != nil {
		p.w.Fatalf("%s: address: %v", p.name, err)
	}
	return id, links
}

func (p *person) resolve(link string) (LinkInfo, error) {
	return p.agent.Resolve(p.w.ctx, link)
}

func (p *person) accept(r RequestID) (id ConnID) {
	p.w.Helper()
	p.do(func(t *Turn) (err error) {
		id, err = t.Accept(r, []byte("info of "+p.name))
		return err
	})
	return id
}

// TestAddress connects two people by both links of an address, with and without
// SKEY.
func TestAddress(t *testing.T) {
	for _, secure := range []bool{true, false} {
		for _, short := range []bool{true, false} {
			t.Run(fmt.Sprintf("SKEY %v, short %v", secure, short), func(t *testing.T) {
				inWorld(t, 2, func(w *world) {
					alice, bob := w.person("alice", w.relays[0]), w.person("bob", w.relays[1])
					alice.speak.secure, bob.speak.secure = secure, secure
					alice.start()
					bob.start()
					alice.receipt, bob.receipt = true, true
					_, links := alice.address("shown by alice")
					link := links.Full
					if short {
						link = links.Short
					}
					b := bob.join(link)
					w.pass(time.Minute)
					if e := one[SentToRelay](bob); e.Conn != b || e.MsgID != 0 {
						t.Errorf("the request is told of as %+v", e)
					}
					request := one[Requested](alice)
					if string(request.Info) != "info of bob" {
						t.Errorf("%+v", request)
					}
					a := alice.accept(request.Request)
					w.pass(time.Minute)
					if e := one[Confirmed](bob); e.Conn != b || string(e.Info) != "info of alice" {
						t.Errorf("%+v", e)
					}
					if e := one[InfoReceived](alice); string(e.Info) != "info of bob" {
						t.Errorf("%+v", e)
					}
					one[Connected](alice)
					one[Connected](bob)
					w.converse(alice, a, bob, b, 3)
					checkInfo(t, bob, b, alice, a)
					if !bob.info(b).PQ {
						t.Error("no PQ")
					}
				})
			})
		}
	}
}

// TestShortInvitation connects two people by a short one-time link, and by the
// full one beside it.
func TestShortInvitation(t *testing.T) {
	for _, short := range []bool{true, false} {
		t.Run(fmt.Sprint("short ", short), func(t *testing.T) {
			inWorld(t, 2, func(w *world) {
				alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
				alice.receipt, bob.receipt = true, true
				a, links := alice.inviteShort("shown")
				link := links.Full
				if short {
					link = links.Short
				}
				b := bob.join(link)
				w.pass(time.Minute)
				one[Connected](alice)
				one[Connected](bob)
				w.converse(alice, a, bob, b, 3)
				checkInfo(t, alice, a, bob, b)
				if !bob.info(b).PQ {
					t.Error("no PQ")
				}
			})
		})
	}
}

func (p *person) inviteShort(shown string) (id ConnID, links Links) {
	p.w.Helper()
	err := p.agent.InviteShort(p.w.ctx, []byte(shown), func(_ *Turn, c ConnID, l Links) error {
		id, links = c, l
		return nil
	})
	if err != nil {
		p.w.Fatal(err)
	}
	return id, links
}

// TestResolve reads what is behind links before they are opened: a one-time link
// is open to whoever resolved it, and to nobody else.
func TestResolve(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob, eve := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start(), w.person("eve", w.relays[1]).start()
		long := string(bytes.Repeat([]byte("x"), 13000))
		_, address := alice.address(long)
		a, invitation := alice.inviteShort("once")
		for _, c := range []struct {
			link  string
			kind  LinkKind
			shown string
		}{{address.Full, LinkContact, ""}, {address.Short, LinkContact, long}, {invitation.Full, LinkInvitation, ""}, {invitation.Short, LinkInvitation, "once"}} {
			for range 2 {
				info, err := bob.resolve(c.link)
				if err != nil || info.Link.Kind != c.kind || string(info.Shown) != c.shown || !info.Direct || info.Link.Request == nil {
					t.Errorf("%v, %v", info.Link, err)
				}
			}
		}
		if _, err := eve.resolve(invitation.Short); !errors.Is(err, ErrLinkUsed) {
			t.Error(err)
		}
		e := eve.join(invitation.Short)
		w.pass(time.Minute)
		if f := one[JoinFailed](eve); f.Conn != e || !errors.Is(f.Err, ErrLinkUsed) {
			t.Errorf("%+v", f)
		}
		bob.kill()
		bob.start()
		bob.join(invitation.Short)
		w.pass(time.Minute)
		if one[Connected](bob); one[Connected](alice).Conn != a {
			t.Error("another connection")
		}
	})
}

// TestLinkData changes what is shown, and deletes it.
func TestSetLinkData(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		a, address := alice.address("one")
		i, invitation := alice.inviteShort("one")
		set := func(id ConnID, shown string) {
			alice.do(func(t *Turn) error { return t.SetLinkData(id, []byte(shown)) })
		}
		w.relays[0].setAway(errors.New("no network"))
		set(a, "two")
		set(a, "three")
		set(i, "three")
		alice.kill()
		w.relays[0].setAway(nil)
		alice.start()
		w.pass(time.Minute)
		for _, link := range []string{address.Short, invitation.Short} {
			if info, err := bob.resolve(link); err != nil || string(info.Shown) != "three" {
				t.Errorf("%q, %v", info.Shown, err)
			}
		}
		alice.do(func(t *Turn) error { return t.DropLink(a) })
		w.pass(time.Minute)
		if _, err := bob.resolve(address.Short); !errors.Is(err, ErrLinkUsed) {
			t.Error(err)
		}
		set(a, "four")
		w.pass(time.Minute)
		if info, err := bob.resolve(address.Short); err != nil || string(info.Shown) != "four" {
			t.Errorf("%q, %v", info.Shown, err)
		}
		err := alice.agent.Do(w.ctx, func(t *Turn) error { return t.SetLinkData(a, make([]byte, 14000)) })
		if !errors.Is(err, ErrDataTooLong) {
			t.Error(err)
		}
		full, _ := alice.invite()
		err = alice.agent.Do(w.ctx, func(t *Turn) error { return t.SetLinkData(full, nil) })
		if !errors.Is(err, ErrNoShortLink) {
			t.Error(err)
		}
	})
}

// TestManyRequests: requests wait over restarts, each is answered once, a
// rejected one hears nothing, and giving up the address changes nothing for
// those who came by it.
func TestManyRequests(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		a, links := alice.address("alice")
		const total = 20
		conns := map[string]ConnID{}
		for i := range total {
			text := links.Full
			if i%2 == 0 {
				text = links.Short
			}
			bob.do(func(t *Turn) error {
				l, err := ParseLink(text)
				if err != nil {
					return err
				}
				info := fmt.Sprint(i)
				// The same person may ask once; these are many people in one agent.
				if l.Short {
					conns[info], err = t.joinShort("", l, []byte(info))
				} else {
					conns[info], err = t.open("", l, []byte(info))
				}
				return err
			})
		}
		w.pass(time.Minute)
		happened[JoinFailed](bob)
		requests := happened[Requested](alice)
		alice.kill()
		alice.start()
		alice.do(func(t *Turn) error { return t.Reject(requests[0].Request) })
		for _, r := range requests[1:] {
			alice.accept(r.Request)
		}
		for _, r := range requests {
			err := alice.agent.Do(w.ctx, func(t *Turn) error {
				_, err := t.Accept(r.Request, nil)
				return err
			})
			if !errors.Is(err, ErrUnknownRequest) {
				t.Error(err)
			}
		}
		alice.do(func(t *Turn) error { return t.Erase(a) })
		w.pass(time.Hour)
		connected := happened[Connected](bob)
		if len(requests) < total/2 || len(connected) != len(requests)-1 {
			t.Errorf("%d requests, %d connected", len(requests), len(connected))
		}
		for _, c := range connected {
			bob.send(c.Conn, "hello")
		}
		w.pass(time.Minute)
		if n := len(alice.texts()); n != len(connected) {
			t.Errorf("%d messages", n)
		}
		if state := bob.info(conns[string(requests[0].Info)]).State; state != Requesting {
			t.Errorf("the rejected one is in state %d", state)
		}
		for _, link := range []string{links.Full, links.Short} {
			eve := w.person("eve", w.relays[1]).start()
			e := eve.join(link)
			w.pass(time.Minute)
			if f := one[JoinFailed](eve); f.Conn != e || !errors.Is(f.Err, ErrLinkUsed) {
				t.Errorf("%+v", f)
			}
		}
	})
}

// TestAddressTwice: an address is opened once by the same person, whatever form
// of its link they have, and not by its owner.
func TestAddressTwice(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		_, links := alice.address("alice")
		b := bob.join(links.Short)
		w.pass(time.Minute)
		for _, link := range []string{links.Short, links.Full} {
			err := bob.agent.Do(w.ctx, func(turn *Turn) error {
				id, err := turn.Join(link, nil)
				if id != b {
					t.Errorf("%q instead of %q", id, b)
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
		}
	})
}

// TestRequestOutOfReach: a request waits for its relay, and is not made twice.
func TestRequestOutOfReach(t *testing.T) {
	inWorld(t, 2, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[1]).start()
		_, links := alice.address("alice")
		w.relays[0].setAway(errors.New("no network"))
		bob.join(links.Short)
		w.pass(time.Hour)
		bob.kill()
		bob.start()
		w.relays[0].setAway(nil)
		w.pass(time.Hour)
		alice.accept(one[Requested](alice).Request)
		w.pass(time.Minute)
		one[Connected](alice)
		one[Connected](bob)
	})
}

// TestGarbageAtAddress: an address survives what is no request.
func TestGarbageAtAddress(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		_, links := alice.address("alice")
		bob.join(links.Full)
		var id ConnID
		bob.do(func(turn *Turn) error {
			l, _ := ParseLink(links.Full)
			c, _, err := turn.a.agree(l.Request)
			if err != nil {
				return err
			}
			if c.id, err = turn.a.newConnID(); err != nil {
				return err
			}
			id, c.state = c.id, Established
			c.send.mode = smp.Contact
			for _, body := range [][]byte{nil, hello{}.append(nil), invitation{7, "simplex:/", nil}.append(nil)} {
				b, err := turn.seal(c.send, c.send.key, smp.ClientMessage{Body: body})
				if err != nil {
					return err
				}
				turn.queue(c, &delivery{kind: kindRequest, made: turn.now, body: b})
			}
			turn.add(c)
			return nil
		})
		w.pass(time.Minute)
		if n := len(happened[Unreadable](alice)); n != 3 {
			t.Errorf("%d unreadable; %v %v", n, alice.events, bob.info(id))
		}
		alice.accept(one[Requested](alice).Request)
		w.pass(time.Minute)
		one[Connected](alice)
	})
}

// TestDamagedShortLink: who opens a one-time link of which a character is wrong,
// or some are missing, can still open the right one.
func TestDamagedShortLink(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		_, links := alice.inviteShort("alice")
		l, err := ParseLink(links.Short)
		if err != nil {
			t.Fatal(err)
		}
		key := rawBase64(l.short.key)
		other := bytes.Clone(l.short.key)
		other[0] ^= 1
		for _, damaged := range []string{rawBase64(other), key[:40]} {
			if _, err := bob.resolve(strings.Replace(links.Short, key, damaged, 1)); !errors.Is(err, ErrLinkData) {
				t.Error(err)
			}
		}
		bob.kill()
		bob.start()
		if r, err := bob.resolve(links.Short); err != nil || string(r.Shown) != "alice" {
			t.Errorf("%q, %v", r.Shown, err)
		}
		bob.join(links.Short)
		w.pass(time.Minute)
		one[Connected](alice)
		one[Connected](bob)
	})
}

// TestOldLinkKey: a link that an older version reserved is still ours.
func TestOldLinkKey(t *testing.T) {
	inWorld(t, 1, func(w *world) {
		alice, bob := w.person("alice", w.relays[0]).start(), w.person("bob", w.relays[0]).start()
		_, links := alice.inviteShort("alice")
		if _, err := bob.resolve(links.Short); err != nil {
			t.Fatal(err)
		}
		l, err := ParseLink(links.Short)
		if err != nil {
			t.Fatal(err)
		}
		bob.do(func(turn *Turn) error {
			b, err := turn.stored(bucketLinkKeys, l.short.keyName())
			turn.put(bucketLinkKeys, l.short.oldKeyName(), b)
			turn.remove(bucketLinkKeys, l.short.keyName())
			return err
		})
		bob.join(links.Short)
		w.pass(time.Minute)
		one[Connected](bob)
	})
}
