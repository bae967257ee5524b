//go:build !js

package rpc

import (
	"testing"
	"time"

	"sotto/wasm/chat"
)

// TestVisitorAndOwner goes through what a widget and the owner's page do.
func TestVisitorAndOwner(t *testing.T) {
	inWorld(t, func(w *world) {
		owner, visitor := w.person("Shop"), w.person("Visitor")
		a := must(w, owner.MakeAddress, AddressSettings{Welcome: "Welcome!"})
		if again := must(w, owner.MakeAddress, AddressSettings{Welcome: "Welcome!"}); again != a {
			t.Errorf("made another one: %+v", again)
		}
		w.pass(time.Second)
		for _, link := range []string{a.Link, a.Short} {
			i := must(w, owner.ResolveLink, LinkText{link})
			if !i.Ours || i.Problem == "" || i.Kind != ContactLink {
				t.Errorf("the owner sees %+v", i)
			}
			if i := must(w, visitor.InspectLink, LinkText{link}); i.Kind != ContactLink || i.Ours || i.Problem != "" {
				t.Errorf("%+v", i)
			}
		}
		i := must(w, visitor.ResolveLink, LinkText{"Write to " + a.Short + "."})
		if i.Kind != ContactLink || i.Name != "Shop" || i.Message != "Welcome!" || i.ContactID != "" || i.Problem != "" {
			t.Errorf("the visitor sees %+v", i)
		}
		k := must(w, visitor.Connect, Opening{Text: a.Short, Message: "Hello", ClientID: "c"})
		if k.State != chat.Waiting || k.Profile.DisplayName != "Shop" {
			t.Errorf("%+v", k)
		}
		w.pass(time.Second)
		for _, link := range []string{a.Link, a.Short} {
			if i := must(w, visitor.ResolveLink, LinkText{link}); i.ContactID != k.ID || i.Name != "Shop" {
				t.Errorf("%s: the visitor sees %+v", link, i)
			}
		}
		r := owner.contact("")
		must(w, owner.AcceptRequest, Acceptance{ContactID: r.ID})
		w.pass(time.Minute)
		must(w, owner.Send, NewMessage{ContactID: r.ID, Text: "How can I help?", ReplyTo: 1})
		w.pass(time.Second)
		items := must(w, visitor.Items, ItemsBefore{ContactID: k.ID, Limit: 10}).Items
		if len(items) != 3 || items[1].Status != chat.Delivered || items[2].Quote == nil || items[2].Quote.Seq != 2 {
			t.Errorf("%+v", items)
		}
		must(w, visitor.React, NewReaction{k.ID, 3, "👍", true})
		must(w, visitor.EditMessage, Edit{k.ID, 2, "Hello!"})
		must(w, visitor.DeleteMessage, Deletion{ContactID: k.ID, Seq: 1})
		must(w, owner.DeleteMessage, Deletion{r.ID, 2, true})
		w.pass(time.Second)
		if !visitor.heard("itemDeleted") {
			t.Error("the visitor's page was not told that an item is gone")
		}
		mine, theirs := must(w, owner.SecurityCode, ContactRef{r.ID}), must(w, visitor.SecurityCode, ContactRef{k.ID})
		if mine.Code == "" || mine != theirs {
			t.Errorf("%+v, %+v", mine, theirs)
		}
		if v := must(w, owner.Verify, Verification{r.ID, true}); !v.Verified {
			t.Error("not verified")
		}
		if k := must(w, owner.Resync, Resync{ContactID: r.ID}); k.Sync != "" || !k.Verified {
			t.Errorf("what is in step was asked to be: %+v", k)
		}
		must(w, owner.DeleteAddress, ProfileRef{})
		refused(w, owner.RotateAddress, ProfileRef{}, "no address")
		w.pass(time.Minute)
		if i := must(w, w.person("Late").ResolveLink, LinkText{a.Short}); i.Problem == "" {
			t.Errorf("behind the withdrawn address: %+v", i)
		}
		if got := visitor.contact(k.ID); got.State != chat.Connected {
			t.Errorf("the conversation is %s", got.State)
		}
	})
}

func TestMoveAndPostQuantum(t *testing.T) {
	inWorld(t, func(w *world) {
		ada, bob := w.person("Ada"), w.person("Bob")
		k := must(w, ada.Invite, NewInvitation{})
		if k.Short == "" || k.Link == "" {
			t.Errorf("%+v", k)
		}
		if i := must(w, bob.ResolveLink, LinkText{k.Short}); i.Kind != InvitationLink || i.Name != "Ada" {
			t.Errorf("%+v", i)
		}
		j := must(w, bob.Connect, Opening{Text: k.Short, Message: "Hi"})
		w.pass(time.Minute)
		if ada.contact(k.ID).State != chat.Connected || !bob.contact(j.ID).PostQuantum {
			t.Fatalf("%+v\n%+v", ada.contact(k.ID), bob.contact(j.ID))
		}
		bob.stop()    // without whom the move does not end
		for range 2 { // as after an answer that was lost
			must(w, ada.SwitchQueue, ContactRef{k.ID})
		}
		bob.start()
		w.pass(time.Minute)
		must(w, bob.SetPostQuantum, PostQuantum{j.ID, false})
		for range 3 {
			must(w, ada.Send, NewMessage{ContactID: k.ID, Text: "to"})
			w.pass(time.Second)
			must(w, bob.Send, NewMessage{ContactID: j.ID, Text: "fro"})
			w.pass(time.Second)
		}
		if ada.contact(k.ID).PostQuantum || bob.contact(j.ID).PostQuantum {
			t.Error("the hybrid ratchet is still on")
		}
		for _, it := range must(w, ada.Items, ItemsBefore{ContactID: k.ID, Limit: 50}).Items {
			if it.Direction == chat.Sent && it.Status != chat.Delivered {
				t.Errorf("%+v", it)
			}
		}
	})
}

func TestProfilesOverTheAPI(t *testing.T) {
	inWorld(t, func(w *world) {
		ada := w.person("Ada")
		first := must(w, ada.Hello, Empty{}).ProfileID
		o := must(w, ada.AddProfile, NewProfile{DisplayName: must(w, ada.SuggestName, Empty{}).Name})
		must(w, ada.MakeAddress, AddressSettings{ProfileID: first})
		must(w, ada.SetRouting, NewRouting{Policy: chat.RouteAlways, Direct: true})
		refused(w, ada.SetRouting, NewRouting{Policy: "x"}, "not known")
		ada.stop()
		ada.start()
		s := must(w, ada.Hello, Empty{})
		if s.ProfileID != o.ID || len(s.Profiles) != 2 || s.Profiles[0].Address == nil || s.Profiles[1].Routing != (chat.Routing{Policy: chat.RouteAlways, Direct: true}) {
			t.Errorf("%+v", s)
		}
		must(w, ada.SwitchProfile, ProfileRef{first})
		must(w, ada.DeleteProfile, ProfileRef{o.ID})
		refused(w, ada.DeleteProfile, ProfileRef{first}, "only profile")
		refused(w, ada.SwitchProfile, ProfileRef{o.ID}, "was deleted")
		w.pass(time.Second)
		if !ada.heard("profileDeleted") || !ada.heard("profileSwitched") || !ada.heard("profile Ada") {
			t.Errorf("pages heard %v", ada.events)
		}
	})
}

func TestRelays(t *testing.T) {
	inWorld(t, func(w *world) {
		ada := w.person("Ada")
		site := w.address.String()
		other := "smp://" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:secret@other.example"
		if r := must(w, ada.TestRelay, RelayRef{site}); !r.OK {
			t.Errorf("%+v", r)
		}
		for _, bad := range []string{other, "smp://AAAA@short.example", "https://example.org", ""} {
			if r := must(w, ada.TestRelay, RelayRef{bad}); r.OK || r.Problem == "" {
				t.Errorf("%s: %+v", bad, r)
			}
		}
		refused(w, ada.SetRelay, RelaySwitch{site, false}, "must stay on")
		refused(w, ada.RemoveRelay, RelayRef{site}, "belongs to the site")
		refused(w, ada.SetRelay, RelaySwitch{other, true}, "not in the list")
		refused(w, ada.AddRelay, RelayRef{"x"}, "not the address")
		r := must(w, ada.AddRelay, RelayRef{other})
		if !r.Own || !r.Enabled || r.Host != "other.example" || r.Address == other {
			t.Errorf("%+v", r)
		}
		must(w, ada.SetRelay, RelaySwitch{site, false})
		ada.stop()
		ada.start()
		for _, r := range must(w, ada.Hello, Empty{}).Relays {
			if r.Own != (r.Host == "other.example") || r.Own != r.Enabled {
				t.Errorf("%+v", r)
			}
		}
		must(w, ada.SetRelay, RelaySwitch{site, true})
		for range 2 {
			must(w, ada.RemoveRelay, RelayRef{r.Address})
		}
		w.pass(time.Minute)
		if list := must(w, ada.Hello, Empty{}).Relays; len(list) != 1 || !list[0].Enabled || !ada.heard("relayRemoved") {
			t.Errorf("%+v", list)
		}
		must(w, ada.Invite, NewInvitation{Incognito: true})
	})
}
