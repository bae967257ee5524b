//go:build !js

package chat

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"sotto/wasm/agent"
)

func (p *person) edit(id string, seq int64, text string) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error { _, err := p.chat.Edit(t, id, seq, text); return err })
	p.w.pass(time.Second)
}

func (p *person) react(id string, seq int64, emoji string, add bool) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error { _, err := p.chat.React(t, id, seq, emoji, add); return err })
	p.w.pass(time.Second)
}

func (p *person) reply(id string, to int64, text string) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error { _, err := p.chat.Send(t, id, Text{Text: text, ReplyTo: to}); return err })
	p.w.pass(time.Second)
}

func TestReply(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.send(bobID, "How are you?", "")
		w.pass(time.Second)
		bob.reply(aliceID, 1, "Well")
		alice.reply(bobID, 1, "I asked")
		for _, c := range []struct {
			of   []Item
			want []Quote
		}{
			{alice.items(bobID), []Quote{{Seq: 1, Own: true, Kind: KindText, Text: "How are you?"}, {Seq: 1, Own: true, Kind: KindText, Text: "How are you?"}}},
			{bob.items(aliceID), []Quote{{Seq: 1, Kind: KindText, Text: "How are you?"}, {Seq: 1, Kind: KindText, Text: "How are you?"}}},
		} {
			for i, want := range c.want {
				if got := c.of[i+1].Quote; got == nil || *got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		}
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"text","text":"odd"},"quote":{"msgRef":{"msgId":"CQkJ","sentAt":"2026-01-01T00:00:00.123456789Z","sent":true},"content":{"type":"text","text":"gone"}}}`)
		got := bob.items(aliceID)
		if q := got[len(got)-1].Quote; q == nil || q.Seq != 0 || q.Own || q.Text != "gone" {
			t.Errorf("%+v", q)
		}
		err := alice.try(func(t *agent.Turn) error {
			_, err := alice.chat.Send(t, bobID, Text{Text: "x", ReplyTo: 99})
			return err
		})
		if !errors.Is(err, ErrNoItem) {
			t.Errorf("an answer to nothing: %v", err)
		}
	})
}

func TestEditOwn(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.send(bobID, "tpyo", "")
		alice.edit(bobID, 1, "typo")
		w.pass(time.Second)
		if a, b := alice.items(bobID)[0], bob.items(aliceID)[0]; a.Text != "typo" || b.Text != "typo" || !a.Edited || !b.Edited || a.Status != Delivered {
			t.Errorf("%+v\n%+v", a, b)
		}
		err := bob.try(func(t *agent.Turn) error { _, err := bob.chat.Edit(t, aliceID, 1, "mine"); return err })
		if !errors.Is(err, ErrNoItem) {
			t.Errorf("edit of another's message: %v", err)
		}
		// An edit of what the receiver wrote is not one.
		alice.tell(bobID, "x.msg.update", `{"msgId":"`+shared(bob, aliceID, 1)+`","content":{"type":"text","text":"fine"}}`)
		bob.send(aliceID, "Bob's", "")
		w.pass(time.Second)
		alice.tell(bobID, "x.msg.update", `{"msgId":"`+shared(bob, aliceID, 2)+`","content":{"type":"text","text":"forged"}}`)
		alice.tell(bobID, "x.msg.del", `{"msgId":"`+shared(bob, aliceID, 2)+`"}`)
		if got := texts(bob.items(aliceID)); got != "received:fine sent:Bob's" {
			t.Errorf("Bob has %s", got)
		}
		w.pass(25 * time.Hour)
		err = alice.try(func(t *agent.Turn) error { _, err := alice.chat.Edit(t, bobID, 1, "late"); return err })
		if !errors.Is(err, ErrTooLate) {
			t.Errorf("late edit: %v", err)
		}
	})
}

// shared returns the id that an item has on the wire.
func shared(p *person, id string, seq int64) (text string) {
	p.do(func(t *agent.Turn) error {
		k, err := p.chat.contact(id)
		if err != nil {
			return err
		}
		it, err := p.chat.item(t, k, seq)
		text = base64.URLEncoding.EncodeToString(it.Shared)
		return err
	})
	return text
}

func TestTakeBackAndRemove(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		for _, text := range []string{"one", "two", "three"} {
			alice.send(bobID, text, text)
		}
		w.pass(time.Second)
		for range 2 {
			alice.do(func(t *agent.Turn) error { return alice.chat.TakeBack(t, bobID, 2) })
		}
		w.pass(time.Second)
		if a, b := alice.items(bobID)[1], bob.items(aliceID)[1]; !a.Deleted || !b.Deleted || a.Text != "" || b.Text != "" {
			t.Errorf("%+v\n%+v", a, b)
		}
		for range 2 {
			bob.do(func(t *agent.Turn) error { return bob.chat.Remove(t, aliceID, 3) })
		}
		if k := bob.contact(aliceID); k.Last.Seq != 2 || k.Unread != 2 || len(bob.items(aliceID)) != 2 {
			t.Errorf("after removing: %+v", k)
		}
		alice.do(func(t *agent.Turn) error { return alice.chat.Remove(t, bobID, 1) })
		if it := alice.send(bobID, "one", "one"); !it.Deleted {
			t.Errorf("what was removed was sent again: %+v", it)
		}
		if got := texts(bob.items(aliceID)); got != "received:one received:" {
			t.Errorf("Bob has %s", got)
		}
		bob.do(func(t *agent.Turn) error {
			for seq := range int64(3) {
				if err := bob.chat.Remove(t, aliceID, seq+1); err != nil {
					return err
				}
			}
			return nil
		})
		if k := bob.contact(aliceID); k.Last != nil || k.Unread != 0 {
			t.Errorf("after removing all: %+v", k)
		}
	})
}

func TestReactions(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.send(bobID, "News", "")
		w.pass(time.Second)
		bob.react(aliceID, 1, "👍", true)
		bob.react(aliceID, 1, "❤️", true)
		alice.react(bobID, 1, "👍", true)
		alice.react(bobID, 1, "👍", true)
		want := []Reaction{{"👍", 2, true}, {"❤", 1, false}}
		if got := alice.items(bobID)[0].Reactions; !slices.Equal(got, want) {
			t.Errorf("Alice sees %v", got)
		}
		want[1].Own = true
		if got := bob.items(aliceID)[0].Reactions; !slices.Equal(got, want) {
			t.Errorf("Bob sees %v", got)
		}
		bob.react(aliceID, 1, "👍", false)
		if got := alice.items(bobID)[0].Reactions; !slices.Equal(got, []Reaction{{"❤", 1, false}, {"👍", 1, true}}) {
			t.Errorf("Alice sees %v", got)
		}
		for _, params := range []string{
			`{"msgId":"` + shared(bob, aliceID, 1) + `","reaction":{"type":"emoji","emoji":"🤖"},"add":true}`,
			`{"msgId":"` + shared(bob, aliceID, 1) + `","reaction":{"type":"emoji","emoji":"<b>"},"add":true}`,
			`{"msgId":"` + shared(bob, aliceID, 1) + `","reaction":{"type":"sticker","n":1},"add":true}`,
			`{"msgId":"CQkJ","reaction":{"type":"emoji","emoji":"👍"},"add":true}`, `{}`,
		} {
			bob.tell(aliceID, "x.msg.react", params)
		}
		if got := alice.items(bobID)[0].Reactions; len(got) != 3 || got[2].Emoji != "🤖" {
			t.Errorf("Alice sees %v", got)
		}
		for emoji, want := range map[string]error{"x": ErrBadReaction, "🤖": ErrBadReaction} {
			err := alice.try(func(t *agent.Turn) error { _, err := alice.chat.React(t, bobID, 1, emoji, true); return err })
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", emoji, err)
			}
		}
		alice.react(bobID, 1, "😀", true)
		alice.react(bobID, 1, "😂", true)
		err := alice.try(func(t *agent.Turn) error { _, err := alice.chat.React(t, bobID, 1, "🚀", true); return err })
		if !errors.Is(err, ErrReactions) {
			t.Errorf("a fourth reaction: %v", err)
		}
	})
}

func TestContentsAreKept(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		picture := "data:image/png;base64,iVBORw0KGgo="
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"image","text":"look","image":"`+picture+`"},"file":{"fileName":"../a/cat.png","fileSize":5000}}`)
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"voice","text":"","duration":65},"forward":true}`)
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"link","text":"see","preview":{"uri":"https://a.example","title":"A","description":"B","image":""}},"forward":{}}`)
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"link","text":"see","preview":{"uri":"javascript:alert(1)","title":"A"}},"ttl":60}`)
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"chat","text":"","chatLink":{"type":"contact","connLink":"https://smp4.simplex.im/a#Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE","profile":{"displayName":"Carol","fullName":""},"business":false}}}`)
		got := bob.items(aliceID)
		if it := got[0]; it.Kind != KindImage || it.Image != picture || it.Unknown != "" || it.File == nil || *it.File != (File{"cat.png", 5000}) {
			t.Errorf("%+v", it)
		}
		if it := got[1]; it.Kind != KindVoice || it.Duration != 65 || !it.Forwarded {
			t.Errorf("%+v", it)
		}
		if it := got[2]; it.Preview == nil || *it.Preview != (Preview{Link: "https://a.example", Title: "A", Description: "B"}) || !it.Forwarded {
			t.Errorf("%+v", it)
		}
		if it := got[3]; it.Preview != nil || it.Text != "see" {
			t.Errorf("%+v", it)
		}
		if it := got[4]; it.Preview == nil || it.Preview.Title != "Carol" || it.Kind != KindChat {
			t.Errorf("%+v", it)
		}
	})
}
