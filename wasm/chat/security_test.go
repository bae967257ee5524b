//go:build !js

package chat

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"sotto/wasm/agent"
	"sotto/wasm/store"
)

func (p *person) code(id string) (c Code) {
	p.w.Helper()
	p.do(func(t *agent.Turn) (err error) {
		c, err = p.chat.SecurityCode(t, id)
		return err
	})
	return c
}

// TestDigits knows what the official function says of these bytes.
func TestDigits(t *testing.T) {
	for _, c := range []struct {
		in   []byte
		want string
	}{
		{[]byte{0}, "0"},
		{[]byte{1, 0}, "256"},
		{[]byte{0xff, 0xff, 0xff, 0xff}, "42949 67295"},
		{unhex("d1596cc4e3805d6624ac9566e60ca783c6fdf4efd430ec5d2a943b5380a199d4"), "94691 38543 93816 47958 77060 63915 04761 32927 88351 12902 76420 69700 71780 11416 89123 40"},
		{bytes.Repeat([]byte{0xff}, 32), "11579 20892 37316 19542 35709 85008 68790 78532 69984 66564 05640 39457 58400 79131 29639 935"},
	} {
		if got := digits(c.in); got != c.want {
			t.Errorf("%x: %s", c.in, got)
		}
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestVerify(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		a, b := alice.code(bobID), bob.code(aliceID)
		if a.Digits == "" || a != b || a.Verified {
			t.Errorf("%+v, %+v", a, b)
		}
		alice.do(func(t *agent.Turn) error { _, err := alice.chat.Verify(t, bobID, true); return err })
		alice.stop()
		alice.start()
		if !alice.code(bobID).Verified || !alice.contact(bobID).Verified {
			t.Error("forgotten that it was verified")
		}
		// Bob begins the encryption anew.
		bob.do(func(t *agent.Turn) error { _, err := bob.chat.Resync(t, aliceID, true); return err })
		bob.send(aliceID, "meanwhile", "")
		w.pass(time.Minute)
		if k := bob.contact(aliceID); k.Sync != "" {
			t.Errorf("Bob's encryption is %s", k.Sync)
		}
		k, now := alice.contact(bobID), alice.code(bobID)
		if k.Verified || now.Verified || now.Digits == a.Digits || now.Digits != bob.code(aliceID).Digits {
			t.Errorf("%+v after %+v", now, a)
		}
		if got := texts(alice.items(bobID)); got != "note:The encryption was renewed. note:The keys of this conversation have changed, and with them the security code. Compare it again. received:meanwhile" {
			t.Errorf("Alice has %s", got)
		}
		if got := bob.items(aliceID); got[len(got)-1].Status != Delivered && got[0].Status != Delivered {
			t.Errorf("Bob has %+v", got)
		}
	})
}

func TestUnverify(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, _, bobID, _ := w.couple()
		for _, v := range []bool{true, false} {
			alice.do(func(t *agent.Turn) error { _, err := alice.chat.Verify(t, bobID, v); return err })
			if alice.contact(bobID).Verified != v {
				t.Errorf("verified is not %v", v)
			}
		}
	})
}

// TestOldCopy brings Bob's storage of an hour ago back: the conversation says so,
// and goes on after new keys.
func TestOldCopy(t *testing.T) {
	inWorld(t, func(w *world) {
		alice, bob, bobID, aliceID := w.couple()
		alice.send(bobID, "before", "")
		bob.send(aliceID, "before", "")
		w.pass(time.Second)
		bob.stop()
		old, err := bob.store.All(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		bob.start()
		for range 3 {
			alice.send(bobID, "between", "")
			w.pass(time.Second)
			bob.send(aliceID, "between", "")
			w.pass(time.Second)
		}
		bob.stop()
		bob.store = new(store.Mem)
		if err := bob.store.Replace(w.ctx, old); err != nil {
			t.Fatal(err)
		}
		bob.start()
		w.pass(time.Second)
		alice.send(bobID, "lost", "")
		w.pass(time.Minute)
		if k := bob.contact(aliceID); k.Sync != SyncNeeded && k.Sync != SyncAllowed {
			t.Fatalf("Bob's encryption is %q", k.Sync)
		}
		for range 2 {
			bob.do(func(t *agent.Turn) error { _, err := bob.chat.Resync(t, aliceID, false); return err })
		}
		bob.send(aliceID, "after", "")
		w.pass(time.Minute)
		alice.send(bobID, "after", "")
		w.pass(time.Minute)
		a, b := alice.items(bobID), bob.items(aliceID)
		if a[len(a)-1].Status != Delivered || b[len(b)-1].Text != "after" || b[len(b)-1].Direction != Received {
			t.Errorf("Alice: %s\nBob: %s", texts(a), texts(b))
		}
	})
}
