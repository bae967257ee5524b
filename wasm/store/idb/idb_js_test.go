package idb

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/hack-pad/safejs"
	"go.uber.org/goleak"

	"sotto/wasm/store"
	"sotto/wasm/store/storetest"
	"sotto/wasm/store/vault"
)

// These tests need a browser: see web/test/wasm_exec_browser.mjs.

func TestMain(m *testing.M) {
	if v, _ := safejs.Global().Get("indexedDB"); v.IsUndefined() {
		println("skipped: no IndexedDB here; run with -exec, see web/test/wasm_exec_browser.mjs")
		return
	}
	// The goroutine in which the runtime handles the event that goleak waits in.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

var databases int

// newName returns the name of a database that is not there, and deletes it
// after the test.
func newName(t *testing.T) string {
	databases++
	name := "test-" + strconv.Itoa(databases)
	t.Cleanup(func() { deleteDatabase(t, name) })
	return name
}

func deleteDatabase(t *testing.T, name string) {
	t.Helper()
	request := call(t, global(t, "indexedDB"), "deleteDatabase", name)
	if _, err := openResult(context.Background(), request, blockedLimit); err != nil {
		t.Errorf("delete database: %v", err)
	}
}

func global(t *testing.T, name string) safejs.Value {
	t.Helper()
	v, err := safejs.Global().Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func call(t *testing.T, v safejs.Value, method string, args ...any) safejs.Value {
	t.Helper()
	r, err := v.Call(method, args...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustOpen(t *testing.T, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return mustOpen(t, newName(t)) })
}

func TestSealed(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s := mustOpen(t, newName(t))
		return store.Seal(s, mustKey(t, s))
	})
}

func TestWhole(t *testing.T) {
	storetest.RunWhole(t, func(t *testing.T) store.Whole { return mustOpen(t, newName(t)) })
}

func TestReopen(t *testing.T) {
	name := newName(t)
	storetest.Reopen(t, func(t *testing.T) store.Store { return mustOpen(t, name) })
}

// mustKey returns the key of the records, where there is no passphrase.
func mustKey(t *testing.T, s *Store) *[32]byte {
	t.Helper()
	keys, err := s.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Load(t.Context(), vault.Key)
	if err != nil {
		t.Fatal(err)
	}
	return (*[32]byte)(key)
}

func TestKeys(t *testing.T) {
	name := newName(t)
	s := mustOpen(t, name)
	key := mustKey(t, s)
	if *key == [32]byte{} {
		t.Error("the key is zero")
	}
	s.Close()
	s = mustOpen(t, name)
	if again := mustKey(t, s); *again != *key {
		t.Error("another key the second time")
	}
	keys := &Keys{store: s}
	if _, err := keys.Load(t.Context(), "other"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no value: %v", err)
	}
	for _, value := range []string{"one", "another one", ""} {
		if err := keys.Save(t.Context(), "other", []byte(value)); err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Load(t.Context(), "other"); err != nil || string(got) != value {
			t.Errorf("saved %q: %q, %v", value, got, err)
		}
	}
}

// TestVault sets a passphrase in the database, which opens with it only.
func TestVault(t *testing.T) {
	name := newName(t)
	s := mustOpen(t, name)
	key := mustKey(t, s)
	v, err := vault.Open(t.Context(), &Keys{store: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.SetPassphrase(t.Context(), "", "correct horse"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, name)
	keys, err := s.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v, err = vault.Open(t.Context(), keys); err != nil || !v.Protected() {
		t.Fatalf("protected: %v, %v", err == nil && v.Protected(), err)
	}
	if _, err := v.Unlock(t.Context(), "wrong"); !errors.Is(err, vault.ErrPassphrase) {
		t.Errorf("wrong: %v", err)
	}
	if got, err := v.Unlock(t.Context(), "correct horse"); err != nil || *got != *key {
		t.Errorf("right: %v", err)
	}
}

// TestWrapperStaysInside reads the CryptoKey from the database, as any script
// could, and tries to export it.
func TestWrapperStaysInside(t *testing.T) {
	s := mustOpen(t, newName(t))
	mustKey(t, s)
	parts := stored(t, s)
	wrapper, err := parts.Get("wrapper")
	if err != nil {
		t.Fatal(err)
	}
	subtle, err := subtleCrypto()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := await(t.Context(), call(t, subtle, "exportKey", "raw", wrapper)); err == nil {
		t.Error("the wrapping key can be exported")
	}
}

func stored(t *testing.T, s *Store) (parts safejs.Value) {
	t.Helper()
	err := s.transact(t.Context(), readOnly, keysStore, func(tx *transaction, keys safejs.Value) error {
		request, err := keys.Call("get", vault.Key)
		if err != nil {
			return err
		}
		return tx.then(request, func(v safejs.Value) error { parts = v; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// TestHalfWiped removes the database, or the key in it, behind our back.
func TestHalfWiped(t *testing.T) {
	name := newName(t)
	s := mustOpen(t, name)
	mustKey(t, s)
	for !Marked(t.Context(), name) { // it is written beside
	}
	s.Close()
	deleteDatabase(t, name)

	s = mustOpen(t, name)
	for range 2 { // asking makes no key
		if _, err := s.Keys(t.Context()); !errors.Is(err, ErrLost) {
			t.Errorf("database removed: %v", err)
		}
	}
	s.Close()
	if err := Delete(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, name)
	if _, err := s.Keys(t.Context()); err != nil {
		t.Errorf("beginning anew: %v", err)
	}
	var b store.Batch
	b.Put("b", "k", []byte("v"))
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	err := s.transact(t.Context(), readWrite, keysStore, func(_ *transaction, keys safejs.Value) error {
		_, err := keys.Call("delete", vault.Key)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keys(t.Context()); !errors.Is(err, ErrKeyLost) {
		t.Errorf("key removed: %v", err)
	}
	if got, err := s.Get(t.Context(), "b", "k"); err != nil || string(got) != "v" {
		t.Errorf("the record is gone too: %q, %v", got, err)
	}
}

// TestVersions opens a database that a newer version made, and one that a
// newer version wants to change while it is open.
func TestVersions(t *testing.T) {
	name := newName(t)
	s := mustOpen(t, name)
	newer := call(t, global(t, "indexedDB"), "open", name, len(migrations)+1)
	db, err := openNewer(t, newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "b", "k"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after a newer version came: %v", err)
	}
	call(t, db, "close")
	if _, err := Open(t.Context(), name); !errors.Is(err, ErrNewer) {
		t.Errorf("Open: %v", err)
	}
}

// openNewer waits for an open request without our migrations.
func openNewer(t *testing.T, request safejs.Value) (safejs.Value, error) {
	var h handlers
	defer h.release()
	done := make(chan error, 1)
	err := errors.Join(
		h.set(request, "onsuccess", func(safejs.Value) { done <- nil }),
		h.set(request, "onerror", func(safejs.Value) { done <- requestError(request) }),
	)
	if err == nil {
		err = <-done
	}
	if err != nil {
		return safejs.Value{}, err
	}
	return request.Get("result")
}

// TestCancel gives up while a transaction is under way: it is whole or not
// there, and the store goes on.
func TestCancel(t *testing.T) {
	s := mustOpen(t, newName(t))
	ctx, cancel := context.WithCancel(t.Context())
	var b store.Batch
	for i := range 100 {
		b.Put("b", strconv.Itoa(i), []byte("v"))
	}
	committed := make(chan error)
	go func() { committed <- s.Commit(ctx, &b) }()
	cancel()
	if err := <-committed; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Commit: %v", err)
	}
	records, err := s.Scan(t.Context(), "b", store.Query{})
	if err != nil || len(records) != 0 && len(records) != 100 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// TestRefused plays a browser without storage.
func TestRefused(t *testing.T) {
	for name, code := range map[string]string{
		"missing":  `undefined`,
		"throws":   `({open() { throw new DOMException("no", "SecurityError") }})`,
		"rejected": `({open() { const r = {error: new DOMException("no", "InvalidStateError")}; setTimeout(() => r.onerror({})); return r }})`,
	} {
		t.Run(name, func(t *testing.T) {
			real := global(t, "indexedDB")
			define(t, "indexedDB", call(t, safejs.Global(), "eval", code))
			defer define(t, "indexedDB", real)
			if _, err := Open(t.Context(), "x"); !errors.Is(err, ErrRefused) {
				t.Errorf("Open: %v", err)
			}
		})
	}
}

// TestPersisted asks a browser that promised, one that did not, and one that
// does not know what it is asked.
func TestPersisted(t *testing.T) {
	real := global(t, "navigator")
	defer define(t, "navigator", real)
	for code, want := range map[string]bool{
		`({storage: {persisted: async () => true}})`:                  true,
		`({storage: {persisted: async () => false}})`:                 false,
		`({storage: {persisted: async () => { throw new Error() }}})`: false,
		`({storage: {}})`: false,
		`({})`:            false,
	} {
		define(t, "navigator", call(t, safejs.Global(), "eval", code))
		if got := Persisted(t.Context()); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
}

func define(t *testing.T, name string, value safejs.Value) {
	t.Helper()
	call(t, global(t, "Object"), "defineProperty", safejs.Global(), name, map[string]any{"value": value, "configurable": true})
}

func BenchmarkCommit(b *testing.B) {
	s, err := Open(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	value := make([]byte, 4096)
	for b.Loop() {
		var batch store.Batch
		for i := range 4 {
			batch.Put("b", strconv.Itoa(i), value)
		}
		if err := s.Commit(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewest50(b *testing.B) {
	s, err := Open(b.Context(), "bench")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var batch store.Batch
	for i := range 10_000 {
		batch.Put("items", strconv.Itoa(100_000+i), make([]byte, 300))
	}
	if err := s.Commit(b.Context(), &batch); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r, err := s.Scan(b.Context(), "items", store.Query{Reverse: true, Limit: 50}); err != nil || len(r) != 50 {
			b.Fatal(len(r), err)
		}
	}
}

// BenchmarkWhole replaces and reads 100,000 records, as many messages.
func BenchmarkWhole(b *testing.B) {
	s, err := Open(b.Context(), "bench-whole")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var batch store.Batch
	for i := range 100_000 {
		batch.Put("items", strconv.Itoa(100_000+i), make([]byte, 500))
	}
	b.Run("Replace", func(b *testing.B) {
		for b.Loop() {
			if err := s.Replace(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("All", func(b *testing.B) {
		for b.Loop() {
			if all, err := s.All(b.Context()); err != nil || all.Len() != batch.Len() {
				b.Fatal(err)
			}
		}
	})
}
