package rpc

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
	"sotto/wasm/store/vault"
)

// A shelf is a vault.Place in memory.
type shelf map[string][]byte

func (s shelf) Load(_ context.Context, name string) ([]byte, error) {
	if b, ok := s[name]; ok {
		return b, nil
	}
	return nil, store.ErrNotFound
}

func (s shelf) Save(_ context.Context, name string, value []byte) error {
	s[name] = value
	return nil
}

func openVault(t *testing.T, s shelf) *vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	v.Cost = func() passphrase.Cost { return passphrase.Cost{Time: 1, Memory: 8} }
	return v
}

func newTestShelf() shelf { return shelf{vault.Key: make([]byte, 32)} }

// A lockable is a session with a vault, and what it told.
type lockable struct {
	*Session
	api     API
	storage Storage
	ended   chan struct{} // closed when it restarts
}

// openLockable opens a session on records. It ends with the test, or by itself.
func openLockable(t *testing.T, records store.Whole, place shelf) *lockable {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &lockable{ended: make(chan struct{})}
	var hub Hub
	events := hub.Events()
	events.Storage = func(s Storage) { l.storage = s }
	v := openVault(t, place)
	var err error
	l.Session, err = OpenSession(ctx, SessionConfig{
		Store: records, StorageInfo: Storage{Kind: InIndexedDB, Protected: v.Protected()}, Vault: v, Events: events,
		Restart: func() { close(l.ended) },
		Dial:    func(context.Context, smp.Address) (*transport.Conn, error) { return nil, errors.New("no network") },
	})
	if err != nil {
		t.Fatal(err)
	}
	l.api = l.API()
	t.Cleanup(func() {
		cancel()
		<-l.Done()
	})
	return l
}

func (l *lockable) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	got := ""
	if err != nil {
		got = errorFor(err).Code
	}
	if got != code {
		t.Errorf("%v, want code %q", err, code)
	}
}

func TestPassphrase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := newTestShelf()
		l := openLockable(t, new(store.Mem), place)
		set := func(current, next string) error {
			_, err := l.api.SetPassphrase(t.Context(), NewPassphrase{current, next})
			return err
		}
		_, err := l.api.Lock(t.Context(), Empty{})
		wantCode(t, err, codeRefused)
		_, err = l.api.LockAfter(t.Context(), Idle{5})
		wantCode(t, err, codeRefused)
		wantCode(t, set("", ""), codeRefused)
		wantCode(t, set("", "first"), "")
		if !l.storage.Protected {
			t.Error("pages were not told")
		}
		wantCode(t, set("wrong", "second"), CodePassphrase)
		wantCode(t, set("first", "second"), "")
		for range 3 {
			wantCode(t, set("first", "third"), CodePassphrase)
		}
		wantCode(t, set("second", "third"), CodeWait)
		time.Sleep(2 * time.Second)
		_, err = l.api.RemovePassphrase(t.Context(), CurrentPassphrase{"second"})
		wantCode(t, err, "")
		if l.storage.Protected || openVault(t, place).Protected() {
			t.Error("still protected")
		}
	})
}

// TestLockAfter leaves pages alone, and uses them now and then.
func TestLockAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records, place := new(store.Mem), newTestShelf()
		if err := openVault(t, place).SetPassphrase(t.Context(), "", "phrase"); err != nil {
			t.Fatal(err)
		}
		l := openLockable(t, records, place)
		time.Sleep(24 * time.Hour)
		if l.over() {
			t.Fatal("locked by itself")
		}
		for _, minutes := range []int{-1, longestIdle + 1} {
			_, err := l.api.LockAfter(t.Context(), Idle{minutes})
			wantCode(t, err, CodeRequest)
		}
		if _, err := l.api.LockAfter(t.Context(), Idle{5}); err != nil || l.storage.LockAfter != 5 {
			t.Fatalf("%v, %v", l.storage, err)
		}
		for range 3 {
			time.Sleep(5*time.Minute - time.Second)
			l.api.Active(t.Context(), Empty{})
		}
		if l.over() {
			t.Fatal("locked while somebody was there")
		}
		time.Sleep(5*time.Minute + idleLook)
		if !l.over() {
			t.Fatal("not locked")
		}
		<-l.Done()
		again := openLockable(t, records, place) // the choice is kept
		time.Sleep(5*time.Minute + idleLook)
		if !again.over() {
			t.Error("not locked the next time")
		}
	})
}

// TestLockAfterCopied opens records that were copied from where there was a
// passphrase.
func TestLockAfterCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := new(store.Mem)
		var b store.Batch
		b.Put(bucketLock, lockAfterKey, []byte{0, 0, 0, 1})
		if err := records.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		l := openLockable(t, records, newTestShelf())
		time.Sleep(time.Hour)
		if l.over() {
			t.Error("locked without a passphrase")
		}
	})
}

func TestLocked(t *testing.T) {
	place := newTestShelf()
	v := openVault(t, place)
	if err := v.SetPassphrase(t.Context(), "", "phrase"); err != nil {
		t.Fatal(err)
	}
	r := Rescue{Unlock: func(ctx context.Context, passphrase string) error {
		_, err := v.Unlock(ctx, passphrase)
		return err
	}}
	api := r.API()
	s, err := api.Hello(t.Context(), Empty{})
	if err != nil || s.Storage != (Storage{Kind: Locked, Protected: true}) {
		t.Errorf("%v, %v", s.Storage, err)
	}
	_, err = api.Unlock(t.Context(), Passphrase{"wrong"})
	wantCode(t, err, CodePassphrase)
	_, err = api.Unlock(t.Context(), Passphrase{"phrase"})
	wantCode(t, err, "")
	if unreadable := (&Rescue{}).API(); unreadable.Unlock != nil {
		t.Error("what is damaged can be unlocked")
	}
}

func TestInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Millisecond:        "1 second",
		1500 * time.Millisecond: "2 seconds",
		90 * time.Second:        "90 seconds",
		100 * time.Second:       "2 minutes",
		5*time.Minute - 1:       "5 minutes",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}
