package smp

import (
	"crypto/rand"
	"testing"
)

// TestSecrets: what is remembered changes no verdict, is bounded, and is
// forgotten when it shall be.
func TestSecrets(t *testing.T) {
	relay := must(GenerateKey(rand.Reader, X25519))
	session := Session{Version: VersionServiceQueues, ID: make([]byte, 32)}
	v := Verifier{Session: session, Key: relay, Secrets: NewSecrets(2)}
	ask := func(key PrivateKey) Transmission {
		tr := Transmission{CorrID: make([]byte, 24), EntityID: make([]byte, 24), Command: []byte("SUB")}
		rand.Read(tr.CorrID)
		if err := session.Authorize(&tr, Signer{Key: key, RelayKey: relay.Public()}); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	var keys []PrivateKey
	for range 3 {
		keys = append(keys, must(GenerateKey(rand.Reader, X25519)))
	}
	remembered := func() (n int) {
		for _, k := range keys {
			if _, ok := v.Secrets.get(k.Public()); ok {
				n++
			}
		}
		return n
	}
	if v.Verify(ask(keys[0]), keys[1].Public()) || v.Refuse(ask(keys[0])) || remembered() != 0 {
		t.Error("a key is remembered that authorized nothing")
	}
	for i, k := range keys {
		for range 2 {
			if !v.Verify(ask(k), k.Public()) {
				t.Error("the right key is refused")
			}
		}
		if want := min(i+1, 2); remembered() != want {
			t.Errorf("%d keys are remembered, want %d", remembered(), want)
		}
	}
	last := keys[2]
	changed := ask(last)
	changed.Command = []byte("DEL")
	if v.Verify(ask(keys[0]), last.Public()) || v.Verify(changed, last.Public()) {
		t.Error("a wrong authenticator is taken for a key that is remembered")
	}
	kept := v.Secrets.of[last.Public()]
	v.Secrets.Forget(last.Public())
	if *kept != ([BoxKeySize]byte{}) || remembered() != 1 || !v.Verify(ask(last), last.Public()) {
		t.Error("a key is not forgotten")
	}
	v.Secrets.Clear()
	if remembered() != 0 {
		t.Error("not everything is forgotten")
	}
}

// TestNoSecrets: a verifier without remembers nothing, and one of size 0 neither.
func TestNoSecrets(t *testing.T) {
	key := must(GenerateKey(rand.Reader, X25519))
	for _, s := range []*Secrets{nil, NewSecrets(0)} {
		s.keep(key.Public(), make([]byte, BoxKeySize))
		if _, ok := s.get(key.Public()); ok {
			t.Error("a key is remembered")
		}
		s.Forget(key.Public())
		s.Clear()
	}
}
