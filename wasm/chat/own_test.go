//go:build !js

package chat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sotto/wasm/agent"
)

func (p *person) addProfile(name string) (o OwnProfile) {
	p.w.Helper()
	p.do(func(t *agent.Turn) (err error) {
		o, err = p.chat.AddProfile(t, Change{DisplayName: name})
		return err
	})
	return o
}

// TestProfiles keeps two lives apart.
func TestProfiles(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		shop := alice.addProfile("Shop")
		if alice.chat.Current() != shop.ID || alice.chat.Profile().DisplayName != "Shop" {
			t.Error("the new profile is not the current one")
		}
		customer := w.person("Customer")
		a := alice.address(Terms{AutoAccept: true})
		shopsID := customer.visit(Visit{Text: a.Short})
		w.pass(time.Minute)
		alice.do(func(t *agent.Turn) error {
			_, err := alice.chat.SetProfile(t, Change{DisplayName: "Shop 2"})
			return err
		})
		w.pass(time.Second)
		if got := customer.contact(shopsID).Profile.DisplayName; got != "Shop 2" {
			t.Errorf("the customer sees %q", got)
		}
		if got := bob.contact(aliceID).Profile.DisplayName; got != "Alice" {
			t.Errorf("Bob sees %q", got)
		}
		alice.stop()
		alice.start()
		list := alice.chat.Profiles()
		if len(list) != 2 || list[0].Address != nil || list[1].Address == nil || alice.chat.Current() != shop.ID {
			t.Errorf("after a restart: %+v, current %s", list, alice.chat.Current())
		}
		for _, k := range alice.in(Connected) {
			if want := list[1].ID; (k.ID == bobID) == (k.ProfileID == want) {
				t.Errorf("%s is in profile %s", k.Profile.DisplayName, k.ProfileID)
			}
		}
	})
}

func TestDeleteProfile(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		shop := alice.addProfile("Shop")
		customer := w.person("Customer")
		a := alice.address(Terms{AutoAccept: true})
		shopsID := customer.visit(Visit{Text: a.Short})
		w.pass(time.Minute)
		for range 2 {
			alice.do(func(t *agent.Turn) error { return alice.chat.DeleteProfile(t, shop.ID) })
		}
		w.pass(time.Minute)
		if k := customer.contact(shopsID); k.State != Ended {
			t.Errorf("the customer sees %s", k.State)
		}
		if _, err := bob.agent.Resolve(w.ctx, a.Short); err == nil {
			t.Error("the address still shows something")
		}
		if p := alice.chat.Profile(); p.DisplayName != "Alice" || len(alice.chat.contacts) != 1 {
			t.Errorf("current is %+v, %d contacts", p, len(alice.chat.contacts))
		}
		err := alice.try(func(t *agent.Turn) error { return alice.chat.DeleteProfile(t, "") })
		if !errors.Is(err, ErrLastProfile) || alice.contact(bobID).State != Connected || bob.contact(aliceID).State != Connected {
			t.Errorf("deleting the last profile: %v", err)
		}
	})
}

// TestIncognito shows a random name in each of the ways to connect.
func TestIncognito(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob := w.person("Alice"), w.person("Bob")
		a := alice.address(Terms{})
		id := bob.visit(Visit{Text: a.Short, Incognito: true})
		name := bob.contact(id).Incognito
		r := alice.one(Requested)
		if name == "" || r.Profile.DisplayName != name {
			t.Errorf("Alice sees %q, Bob is %q", r.Profile.DisplayName, name)
		}
		alice.do(func(t *agent.Turn) error { _, err := alice.chat.Accept(t, r.ID, true); return err })
		w.pass(time.Minute)
		bob.do(func(t *agent.Turn) error { _, err := bob.chat.SetProfile(t, Change{DisplayName: "Robert"}); return err })
		alice.do(func(t *agent.Turn) error {
			_, err := alice.chat.SetProfile(t, Change{DisplayName: "Alicia"})
			return err
		})
		w.pass(time.Minute)
		mine, theirs := alice.contact(r.ID), bob.contact(id)
		if mine.Profile.DisplayName != name || theirs.Profile.DisplayName != mine.Incognito || theirs.State != Connected {
			t.Errorf("%+v\n%+v", mine, theirs)
		}
	})
}

// TestFailureChangesNothing has turns fail after they changed something.
func TestFailureChangesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, _, bobID, _ := w.couple()
		before, profile := alice.contact(bobID), *alice.chat.Profile()
		failure := errors.New("failure")
		err := alice.try(func(t *agent.Turn) error {
			if _, err := alice.chat.SetProfile(t, Change{DisplayName: "Alicia"}); err != nil {
				return err
			}
			if _, err := alice.chat.AddProfile(t, Change{DisplayName: "Other"}); err != nil {
				return err
			}
			if _, err := alice.chat.Send(t, bobID, Text{Text: "never", ClientID: "c"}); err != nil {
				return err
			}
			if err := alice.chat.Delete(t, bobID); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		w.pass(time.Second)
		if after := alice.contact(bobID); *alice.chat.Profile() != profile || len(alice.chat.own) != 1 || after.Last != before.Last || after.ActiveAt != before.ActiveAt {
			t.Errorf("%+v", after)
		}
		if len(alice.items(bobID)) != 0 {
			t.Error("an item was stored")
		}
		alice.send(bobID, "once", "c")
		if it := alice.items(bobID); len(it) != 1 || it[0].Text != "once" {
			t.Errorf("%+v", it)
		}
	})
}

func TestProfileChange(t *testing.T) {
	long, bad := strings.Repeat("a", maxDescription+1), "data:image/svg+xml;base64,AAAA"
	good, empty := "data:image/png;base64,iVBORw0KGgo=", ""
	for _, change := range []Change{{}, {DisplayName: "A", Description: &long}, {DisplayName: "A", Image: &bad}} {
		if _, err := change.apply(Profile{DisplayName: "B"}); err == nil {
			t.Errorf("accepted %+v", change)
		}
	}
	p, err := Change{DisplayName: "A", Image: &good}.apply(Profile{Description: "kept"})
	if err != nil || p.Image != good || p.Description != "kept" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = (Change{DisplayName: "A", Image: &empty}).apply(p); err != nil || p.Image != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestRandomNames(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		name, err := RandomName(nil)
		if _, bad := checkName(name); err != nil || bad != nil {
			t.Errorf("%q: %v", name, err)
		}
		seen[name] = true
	}
	if len(seen) < 80 {
		t.Errorf("%d different names of 100", len(seen))
	}
}
