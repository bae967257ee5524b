package rpc

import (
	"context"
	"errors"
	"testing"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// openAged opens a session on records; settled is what SessionConfig.Settled is.
func openAged(t *testing.T, records store.Whole, settled func(context.Context) error) (*Session, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var hub Hub
	s, err := OpenSession(ctx, SessionConfig{
		Store: records, StorageInfo: Storage{Kind: InIndexedDB}, Events: hub.Events(), Settled: settled,
		Dial: func(context.Context, smp.Address) (*transport.Conn, error) { return nil, errors.New("no network") },
	})
	t.Cleanup(func() {
		cancel()
		if err == nil {
			<-s.Done()
		}
	})
	return s, err
}

// TestSettle opens what the browser brought back, and what came in a file.
func TestSettle(t *testing.T) {
	records := new(store.Mem)
	broken := errors.New("broken")
	if _, err := openAged(t, records, func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("not settled: %v", err)
	}
	settled := 0
	s, err := openAged(t, records, func(context.Context) error { settled++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if snapshot, err := s.API().Hello(t.Context(), Empty{}); err != nil || settled != 1 || snapshot.Storage.Problem != broughtBack {
		t.Errorf("settled %d times: %v, %v", settled, snapshot.Storage, err)
	}

	copied := new(store.Mem)
	markCopiedIn(t, copied)
	if _, err := openAged(t, copied, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := copied.Get(t.Context(), bucketCopied, copiedKey); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the note is still there: %v", err)
	}
}
