//go:build !js

package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sotto/wasm/agent"
)

// address makes an address for the current profile.
func (p *person) address(terms Terms) (a Address) {
	p.w.Helper()
	shown, _, err := p.chat.AddressData("", terms)
	if err != nil {
		p.w.Fatal(err)
	}
	err = p.agent.NewAddress(p.w.ctx, shown, func(t *agent.Turn, conn agent.ConnID, links agent.Links) error {
		a, err = p.chat.MakeAddress(t, "", terms, conn, links)
		return err
	})
	if err != nil {
		p.w.Fatal(err)
	}
	p.w.pass(time.Second)
	return a
}

// visit resolves a link and opens it, as a page does.
func (p *person) visit(v Visit) (id string) {
	p.w.Helper()
	info, err := p.agent.Resolve(p.w.ctx, v.Text)
	if err != nil {
		p.w.Fatal(err)
	}
	if info.Shown != nil {
		shown, err := ParseShown(info.Shown)
		if err != nil {
			p.w.Fatal(err)
		}
		v.Shown = &shown
	}
	p.do(func(t *agent.Turn) error {
		k, err := p.chat.Connect(t, v)
		id = k.ID
		return err
	})
	p.w.pass(time.Second)
	return id
}

// in returns the contacts in a state.
func (p *person) in(s ContactState) (list []Contact) {
	p.do(func(*agent.Turn) error {
		list = slices.DeleteFunc(p.chat.Contacts(), func(k Contact) bool { return k.State != s })
		return nil
	})
	return list
}

// one returns the only contact in a state.
func (p *person) one(s ContactState) Contact {
	p.w.Helper()
	list := p.in(s)
	if len(list) != 1 {
		p.w.Fatalf("%d contacts are %s", len(list), s)
	}
	return list[0]
}

func (p *person) accept(id string) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error { _, err := p.chat.Accept(t, id, false); return err })
	p.w.pass(5 * time.Second)
}

func texts(items []Item) string {
	var b strings.Builder
	for _, it := range items {
		fmt.Fprintf(&b, "%s:%s ", it.Direction, it.Text)
	}
	return strings.TrimSpace(b.String())
}

// TestAddress goes the way of a visitor: sees who it is, writes, waits, talks.
func TestAddress(t *testing.T) {
	for _, short := range []bool{true, false} {
		t.Run(fmt.Sprintf("short %v", short), func(t *testing.T) {
			inWorld(t, func(w *world) {
				alice, bob := w.person("Alice"), w.person("Bob")
				a := alice.address(Terms{Welcome: "Welcome!"})
				link := a.Link
				if short {
					link = a.Short
				}
				id := bob.visit(Visit{Text: link, Message: "Hello", ClientID: "c1"})
				k := bob.contact(id)
				if k.State != Waiting || short != (k.Profile.DisplayName == "Alice") {
					t.Errorf("Bob sees %+v", k)
				}
				bob.send(id, "Still there?", "c2")
				want := "sent:Hello sent:Still there?"
				if short {
					want = "received:Welcome! " + want
				}
				if got := bob.items(id); texts(got) != want || got[len(got)-2].Status != OnRelay || got[len(got)-1].Status != Pending {
					t.Errorf("while waiting: %+v", got)
				}
				r := alice.one(Requested)
				if r.Profile.DisplayName != "Bob" || r.Last == nil || r.Last.Text != "Hello" || r.Unread != 1 {
					t.Errorf("the request is %+v", r)
				}
				bob.stop()
				bob.start()
				alice.stop()
				alice.start()
				alice.accept(r.ID)
				w.pass(time.Minute)
				if !short {
					want += " received:Welcome!"
				}
				if got := bob.items(id); texts(got) != want {
					t.Errorf("Bob has %s", texts(got))
				}
				for _, it := range bob.items(id) {
					if it.Direction == Sent && it.Status != Delivered || it.Edited {
						t.Errorf("%+v", it)
					}
				}
				if got := texts(alice.items(r.ID)); got != "received:Hello sent:Welcome! received:Still there?" {
					t.Errorf("Alice has %s", got)
				}
				if a, b := alice.contact(r.ID), bob.contact(id); a.State != Connected || b.State != Connected || b.Profile.DisplayName != "Alice" {
					t.Errorf("%+v\n%+v", a, b)
				}
			})
		})
	}
}

func TestAcceptByItself(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		a := alice.address(Terms{AutoAccept: true, Limit: 2})
		for i := range 3 {
			w.person(fmt.Sprint("Visitor ", i)).visit(Visit{Text: a.Short, Message: "Hi"})
			w.pass(10 * time.Second)
		}
		alice.one(Requested)
		if in, own := alice.in(Connected), alice.chat.Profiles()[0]; len(in) != 2 || own.Address.Accepted != 2 {
			t.Errorf("%d are in, %+v", len(in), own.Address)
		}
		alice.do(func(t *agent.Turn) error {
			a, err := alice.chat.SetAddress(t, "", Terms{AutoAccept: true, Limit: 5})
			if a.Accepted != 0 || a.Limit != 5 {
				w.Errorf("%+v", a)
			}
			return err
		})
	})
}

// TestAskTwice has one person ask again: there is one request, and who is in is
// not asked for again.
func TestAskTwice(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		a := alice.address(Terms{})
		id := bob.visit(Visit{Text: a.Link, Message: "Hi"})
		if again := bob.visit(Visit{Text: a.Link, Message: "Hi"}); again != id {
			t.Error("the link led elsewhere the second time")
		}
		bob.repeat(a.Link)
		r := alice.one(Requested)
		alice.accept(r.ID)
		bob.repeat(a.Link)
		if len(alice.in(Requested)) != 0 || alice.one(Connected).ID != r.ID {
			t.Error("the request is there again")
		}
		if again := bob.visit(Visit{Text: a.Link}); again != id {
			t.Error("the link leads elsewhere now")
		}
	})
}

// repeat asks at an address with the same id of the request, as an app that
// lost its connection does.
func (p *person) repeat(link string) {
	p.w.Helper()
	info, err := encodeContact(contactParams{Profile: Profile{DisplayName: "Carol"}.wire(), ContactReqID: "AQIDBAUG"})
	if err != nil {
		p.w.Fatal(err)
	}
	for range 2 {
		other := p.w.person("Carol")
		other.do(func(t *agent.Turn) error { _, err := t.Join(link, info); return err })
		p.w.pass(time.Second)
	}
	for _, k := range p.w.people {
		for _, c := range k.in(Requested) {
			if c.Profile.DisplayName == "Carol" {
				k.do(func(t *agent.Turn) error { return k.chat.Reject(t, c.ID) })
				return
			}
		}
	}
	p.w.Error("nobody heard of the request")
}

func TestRejectIsSilent(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		a := alice.address(Terms{})
		id := bob.visit(Visit{Text: a.Short, Message: "Hi"})
		r := alice.one(Requested)
		for range 2 {
			alice.do(func(t *agent.Turn) error { return alice.chat.Reject(t, r.ID) })
		}
		w.pass(time.Hour)
		if k := bob.contact(id); k.State != Waiting {
			t.Errorf("Bob sees %s", k.State)
		}
		if len(alice.chat.contacts) != 0 || len(alice.chat.requests) != 0 {
			t.Error("Alice keeps the request")
		}
		bob.do(func(t *agent.Turn) error { return bob.chat.Delete(t, id) })
	})
}

// TestRotateAddress replaces an address: who came through the old one stays, who
// asked waits on, and nobody else gets in.
func TestRotateAddress(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, carol, dave := w.person("Alice"), w.person("Bob"), w.person("Carol"), w.person("Dave")
		old := alice.address(Terms{Welcome: "Hi"})
		bobs := bob.visit(Visit{Text: old.Short, Message: "Bob"})
		alice.accept(alice.one(Requested).ID)
		carols := carol.visit(Visit{Text: old.Short, Message: "Carol"})
		now := alice.address(Terms{Welcome: "Hi"})
		w.pass(time.Minute)
		if now.Link == old.Link || now.Short == old.Short {
			t.Error("the address is the same")
		}
		if _, err := dave.agent.Resolve(w.ctx, old.Short); err == nil {
			t.Error("the old address still shows something")
		}
		alice.accept(alice.one(Requested).ID)
		for p, id := range map[*person]string{bob: bobs, carol: carols} {
			if k := p.contact(id); k.State != Connected {
				t.Errorf("%s (%s)", k.State, k.Problem)
			}
		}
		alice.do(func(t *agent.Turn) error { return alice.chat.DeleteAddress(t, "") })
		alice.do(func(t *agent.Turn) error { return alice.chat.DeleteAddress(t, "") })
		w.pass(time.Minute)
		if _, err := dave.agent.Resolve(w.ctx, now.Short); err == nil {
			t.Error("the deleted address still shows something")
		}
		if alice.chat.Profiles()[0].Address != nil {
			t.Error("the address is still there")
		}
	})
}

func TestAddressShowsTheProfile(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		a := alice.address(Terms{Welcome: "one"})
		description := "Sells lamps"
		alice.do(func(t *agent.Turn) error {
			_, err := alice.chat.SetProfile(t, Change{DisplayName: "Alicia", Description: &description})
			return err
		})
		alice.do(func(t *agent.Turn) error { _, err := alice.chat.SetAddress(t, "", Terms{Welcome: "two"}); return err })
		w.pass(time.Minute)
		k := bob.contact(bob.visit(Visit{Text: a.Short}))
		if k.Profile.DisplayName != "Alicia" || k.Profile.Description != description || k.Last.Text != "two" || k.Unread != 0 {
			t.Errorf("Bob sees %+v", k)
		}
	})
}

// TestLongFirstMessage has no room inside the request, so it follows.
func TestLongFirstMessage(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		a := alice.address(Terms{AutoAccept: true})
		long := randomText(12000)
		id := bob.visit(Visit{Text: a.Link, Message: long})
		w.pass(time.Minute)
		if it := alice.items(alice.one(Connected).ID); len(it) != 1 || it[0].Text != long {
			t.Errorf("Alice has %d items", len(it))
		}
		if it := bob.items(id); len(it) != 1 || it[0].Status != Delivered {
			t.Errorf("Bob has %+v", it)
		}
	})
}

func TestManyRequests(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		alice.address(Terms{})
		conn := alice.chat.own[alice.chat.current].AddressConn
		const n = 1000
		alice.do(func(t *agent.Turn) error {
			for i := range n {
				info, err := encodeContact(contactParams{Profile: profileJSON{DisplayName: fmt.Sprint("Visitor ", i)}, ContactReqID: fmt.Sprintf("%08d", i)})
				if err != nil {
					return err
				}
				if err := alice.chat.requested(t, agent.Requested{Conn: conn, Request: "AAAAAAAAAAAAAAAA", Info: info}); err != nil {
					return err
				}
			}
			return nil
		})
		alice.stop()
		alice.start()
		if got := len(alice.in(Requested)); got != n || len(alice.chat.requests) != n {
			t.Errorf("%d requests, %d known", got, len(alice.chat.requests))
		}
	})
}

func TestAddressTerms(t *testing.T) {
	inWorld(t, func(w *world) {
		alice := w.person("Alice")
		for _, terms := range []Terms{{Limit: -1}, {Welcome: strings.Repeat("a", maxWelcome+1)}, {Welcome: "\xff"}} {
			if _, _, err := alice.chat.AddressData("", terms); err == nil {
				t.Errorf("accepted: %.40v", terms)
			}
		}
		err := alice.try(func(t *agent.Turn) error { _, err := alice.chat.SetAddress(t, "", Terms{}); return err })
		if err == nil {
			t.Error("there was no address to be set")
		}
	})
}

func TestJunkAtTheAddress(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, eve := w.person("Alice"), w.person("Eve")
		a := alice.address(Terms{AutoAccept: true})
		for _, info := range []string{"", "{", `{"event":"x.msg.new","params":{}}`, `{"event":"x.contact","params":{"profile":{}}}`, "X", "\x00\xff"} {
			eve.do(func(t *agent.Turn) error { _, err := t.Join(a.Link, []byte(info)); return err })
			w.pass(time.Minute)
			eve = w.person("Eve")
		}
		if len(alice.chat.contacts) != 0 {
			t.Errorf("%d contacts", len(alice.chat.contacts))
		}
		w.person("Bob").visit(Visit{Text: a.Short})
		w.pass(time.Minute)
		alice.one(Connected)
	})
}
