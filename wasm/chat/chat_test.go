//go:build !js

package chat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

func TestTwoPeopleTalk(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		if got := alice.contact(bobID); got.Profile.DisplayName != "Bob" || got.Link != "" {
			t.Errorf("Alice sees %+v", got)
		}
		if got := bob.contact(aliceID); got.Profile.DisplayName != "Alice" {
			t.Errorf("Bob sees %+v", got)
		}
		if it := alice.send(bobID, "Hello", "c1"); it.Status != Pending || it.ClientID != "c1" {
			t.Errorf("at first %+v", it)
		}
		w.pass(time.Second)
		if got := bob.items(aliceID); len(got) != 1 || got[0].Text != "Hello" || got[0].Direction != Received {
			t.Errorf("Bob has %+v", got)
		}
		if got := alice.items(bobID); len(got) != 1 || got[0].Status != Delivered {
			t.Errorf("Alice has %+v", got)
		}
		if k := bob.contact(aliceID); k.Unread != 1 || k.Last == nil || k.Last.Text != "Hello" {
			t.Errorf("Bob's list shows %+v", k)
		}
		bob.send(aliceID, "Hello yourself", "")
		w.pass(time.Second)
		if a, b := alice.contact(bobID), bob.contact(aliceID); !a.PostQuantum || !b.PostQuantum {
			t.Errorf("post-quantum after a message each way: %v, %v", a.PostQuantum, b.PostQuantum)
		}
		bob.do(func(t *agent.Turn) error { return bob.chat.Read(t, aliceID, 1) })
		if k := bob.contact(aliceID); k.Unread != 0 {
			t.Errorf("%d unread after reading", k.Unread)
		}
	})
}

func TestSameClientIDSendsOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		first := alice.send(bobID, "once", "c1")
		w.pass(time.Second)
		alice.stop()
		alice.start()
		again := alice.send(bobID, "once", "c1")
		w.pass(time.Second)
		if again.Seq != first.Seq || again.Status != Delivered {
			t.Errorf("second request made %+v", again)
		}
		if got := bob.items(aliceID); len(got) != 1 {
			t.Errorf("Bob has %+v", got)
		}
	})
}

func TestEverythingIsThereAfterARestart(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.send(bobID, "before", "")
		bob.stop()
		alice.send(bobID, "meanwhile", "")
		alice.do(func(t *agent.Turn) error { return alice.chat.SetDraft(t, bobID, "half a sen") })
		w.pass(time.Minute)
		alice.stop()
		alice.start()
		if it := alice.items(bobID); len(it) != 2 || alice.contact(bobID).Draft != "half a sen" {
			t.Errorf("Alice has %+v", it)
		}
		bob.start()
		w.pass(time.Minute)
		got := bob.items(aliceID)
		if len(got) != 2 || got[0].Text != "before" || got[1].Text != "meanwhile" {
			t.Errorf("Bob has %+v", got)
		}
		for _, it := range alice.items(bobID) {
			if it.Status != Delivered {
				t.Errorf("%q is %s", it.Text, it.Status)
			}
		}
		if p := alice.chat.Profile(); p.DisplayName != "Alice" {
			t.Errorf("profile %+v", p)
		}
	})
}

// tell sends a chat event that the page has no method for, as official apps do.
func (p *person) tell(id, event, params string, shared ...byte) {
	p.w.Helper()
	p.do(func(t *agent.Turn) error {
		k, err := p.chat.contact(id)
		if err != nil {
			return err
		}
		_, err = post(t, k.Conn, Message{Version: versionRange, ID: shared, Event: event, Params: []byte(params)}, false)
		return err
	})
	p.w.pass(time.Second)
}

func TestEditAndTakeBack(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"text","text":"tpyo"}}`, 1, 2, 3)
		alice.tell(bobID, "x.msg.update", `{"msgId":"AQID","content":{"type":"text","text":"typo"}}`)
		if got := bob.items(aliceID)[0]; got.Text != "typo" || !got.Edited {
			t.Errorf("edited: %+v", got)
		}
		alice.tell(bobID, "x.msg.del", `{"msgId":"AQID"}`)
		if got := bob.items(aliceID)[0]; got.Text != "" || !got.Deleted {
			t.Errorf("taken back: %+v", got)
		}
		alice.tell(bobID, "x.msg.update", `{"msgId":"AQID","content":{"type":"text","text":"again"}}`)
		if got := bob.items(aliceID); len(got) != 1 || got[0].Text != "" {
			t.Errorf("an edit of what was taken back made %+v", got)
		}
		alice.tell(bobID, "x.msg.update", `{"msgId":"CQkJ","content":{"type":"text","text":"new"}}`)
		alice.tell(bobID, "x.msg.update", `{"msgId":"CQkJ","content":{"type":"text","text":"newer"}}`)
		if got := bob.items(aliceID); len(got) != 2 || got[1].Text != "newer" || !got[1].Edited {
			t.Errorf("edits of what is not here made %+v", got)
		}
	})
}

func TestUnknownIsKept(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.tell(bobID, "x.msg.new", `{"content":{"type":"hologram","text":"look"}}`)
		alice.tell(bobID, "x.call.inv", `{"callId":"AQID","invitation":{}}`)
		alice.tell(bobID, "x.of.the.future", `{"a":1}`)
		alice.tell(bobID, "x.msg.new", `{"content":5}`)
		alice.do(func(t *agent.Turn) error {
			k, _ := alice.chat.contact(bobID)
			_, err := t.Send(k.Conn, []byte(`[{"event":"x.one","params":{}},{"event":"x.two","params":{}}]`), agent.SendOptions{})
			return err
		})
		w.pass(time.Second)
		got := bob.items(aliceID)
		if len(got) != 3 || got[0].Unknown != "hologram" || got[0].Text != "look" || got[1].Unknown != "x.call.inv" || got[2].Unknown != "unreadable" {
			t.Errorf("Bob has %+v", got)
		}
		var kept int
		bob.do(func(t *agent.Turn) error {
			rec, err := t.Scan(bucketEvent, everything)
			kept = len(rec)
			return err
		})
		if kept != 4 {
			t.Errorf("%d events kept; want the call and the unknown ones", kept)
		}
		alice.send(bobID, "still here", "")
		w.pass(time.Second)
		if got := bob.items(aliceID); got[len(got)-1].Text != "still here" {
			t.Errorf("the connection did not go on: %+v", got)
		}
	})
}

func TestBatchInOneBody(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.do(func(t *agent.Turn) error {
			k, _ := alice.chat.contact(bobID)
			_, err := t.Send(k.Conn, []byte(`[{"msgId":"AQID","event":"x.msg.new","params":{"content":{"type":"text","text":"a"}}},`+
				`{"event":"x.msg.update","params":{"msgId":"AQID","content":{"type":"text","text":"b"}}},`+
				`{"event":"x.msg.new","params":{"content":{"type":"text","text":"c"}}}]`), agent.SendOptions{})
			return err
		})
		w.pass(time.Second)
		got := bob.items(aliceID)
		if len(got) != 2 || got[0].Text != "b" || !got[0].Edited || got[1].Text != "c" {
			t.Errorf("Bob has %+v", got)
		}
	})
}

func TestRename(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, _, aliceID := w.couple()
		alice.do(func(t *agent.Turn) error {
			_, err := alice.chat.SetProfile(t, Change{DisplayName: "Alicia"})
			return err
		})
		w.pass(time.Second)
		if got := bob.contact(aliceID).Profile.DisplayName; got != "Alicia" {
			t.Errorf("Bob sees %q", got)
		}
	})
}

func TestDeleteTellsTheOtherSide(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.send(bobID, "last words", "")
		w.pass(time.Second)
		alice.do(func(t *agent.Turn) error { return alice.chat.Delete(t, bobID) })
		w.pass(time.Minute)
		if k := bob.contact(aliceID); k.State != Ended || k.Problem == "" {
			t.Errorf("Bob sees %s, %q", k.State, k.Problem)
		}
		if got := bob.items(aliceID); len(got) != 1 {
			t.Errorf("Bob keeps %+v", got)
		}
		err := bob.try(func(t *agent.Turn) error { _, err := bob.chat.Send(t, aliceID, Text{Text: "?"}); return err })
		if !errors.Is(err, ErrNotConnected) {
			t.Errorf("sending to nobody: %v", err)
		}
		alice.do(func(t *agent.Turn) error {
			for _, bucket := range []string{bucketContact, bucketItem, bucketSent, bucketShared, bucketClient} {
				if rec, _ := t.Scan(bucket, everything); len(rec) != 0 {
					w.Errorf("%s still has %d records", bucket, len(rec))
				}
			}
			return nil
		})
		bob.do(func(t *agent.Turn) error { return bob.chat.Delete(t, aliceID) })
	})
}

func TestLinkUsedTwice(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, eve := w.person("Alice"), w.person("Bob"), w.person("Eve")
		_, link := alice.invite()
		bob.connect(link)
		w.pass(5 * time.Second)
		id := eve.connect(link)
		w.pass(time.Minute)
		if k := eve.contact(id); k.State != Failed || !strings.Contains(k.Problem, "used") {
			t.Errorf("Eve sees %s, %q", k.State, k.Problem)
		}
		if again := bob.connect(link); len(bob.chat.contacts) != 1 || bob.contact(again).State != Connected {
			t.Error("opening the link again did not lead to the conversation it made")
		}
	})
}

func TestBadInputChangesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, _, bobID, _ := w.couple()
		for _, text := range []string{"", " \n", "\xff", strings.Repeat("a", maxText+1)} {
			var bad *ErrBadText
			err := alice.try(func(t *agent.Turn) error { _, err := alice.chat.Send(t, bobID, Text{Text: text}); return err })
			if !errors.As(err, &bad) {
				t.Errorf("%.5q: %v", text, err)
			}
		}
		if err := alice.try(func(t *agent.Turn) error { _, err := alice.chat.Send(t, "nobody", Text{Text: "x"}); return err }); !errors.Is(err, ErrNoContact) {
			t.Errorf("unknown contact: %v", err)
		}
		if len(alice.items(bobID)) != 0 {
			t.Error("something was stored")
		}
	})
}

func TestNobodyIsInvitedWithoutAName(t *testing.T) {
	inWorld(t, func(w *world) {
		p := &person{w: w, store: new(store.Mem)}
		p.start()
		err := p.agent.Invite(w.ctx, func(t *agent.Turn, conn agent.ConnID, link string) error {
			_, err := p.chat.Invited(t, Identity{}, conn, agent.Links{Full: link})
			return err
		})
		if !errors.Is(err, ErrNoProfile) || len(p.chat.contacts) != 0 {
			t.Errorf("%d contacts, %v", len(p.chat.contacts), err)
		}
	})
}

func TestDeletingTwiceIsNoError(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, _, bobID, _ := w.couple()
		for range 2 {
			alice.do(func(t *agent.Turn) error { return alice.chat.Delete(t, bobID) })
		}
		if len(alice.chat.contacts) != 0 {
			t.Error("the contact is still there")
		}
	})
}

func TestLongTextArrives(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		long := strings.Repeat("a long text ", maxText/12)
		alice.send(bobID, long, "")
		w.pass(time.Second)
		if got := bob.items(aliceID); len(got) != 1 || got[0].Text != long {
			t.Errorf("%d items", len(got))
		}
	})
}

func TestPages(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, _, bobID, _ := w.couple()
		for range 7 {
			alice.send(bobID, "x", "")
		}
		alice.do(func(t *agent.Turn) error {
			newest, err := alice.chat.Items(t, bobID, 0, 3)
			if err != nil || len(newest.Items) != 3 || newest.Items[0].Seq != 5 || !newest.More {
				w.Errorf("newest %+v, %v", newest, err)
			}
			oldest, err := alice.chat.Items(t, bobID, 5, 10)
			if err != nil || len(oldest.Items) != 4 || oldest.Items[0].Seq != 1 || oldest.More {
				w.Errorf("oldest %+v, %v", oldest, err)
			}
			return nil
		})
	})
}
