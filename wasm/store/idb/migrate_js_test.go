package idb

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
	"sotto/wasm/store/vault"
)

// Each of these scripts makes a database as a program of that version did, with
// one record, k → v of bucket b, and a data key of 32 bytes 7. They must not
// change: such databases are out there.
var olds = []string{
	1: `async (name) => {
		const open = indexedDB.open(name, 1);
		open.onupgradeneeded = () => {
			open.result.createObjectStore("records");
			open.result.createObjectStore("keys");
		};
		await new Promise((resolve, reject) => { open.onsuccess = resolve; open.onerror = () => reject(open.error); });
		const wrapper = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
		const iv = new Uint8Array(12).fill(1);
		const box = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, wrapper, new Uint8Array(32).fill(7)));
		const tx = open.result.transaction(["records", "keys"], "readwrite");
		tx.objectStore("records").put(new TextEncoder().encode("v"), new TextEncoder().encode("b\0k"));
		tx.objectStore("keys").put({ wrapper, iv, box }, "data");
		await new Promise((resolve, reject) => { tx.oncomplete = resolve; tx.onabort = () => reject(tx.error); });
		open.result.close();
		await (await caches.open(name)).put("/.storage/" + name, new Response());
	}`,
	2: withMarks(2),
	3: withMarks(3),
	4: withMarks(4),
	5: withMarks(5),
}

// withMarks is the script of versions that differ in nothing that it writes.
func withMarks(version int) string {
	return `async (name) => {
		const open = indexedDB.open(name, ` + strconv.Itoa(version) + `);
		open.onupgradeneeded = () => {
			open.result.createObjectStore("records");
			open.result.createObjectStore("keys");
			open.result.createObjectStore("marks");
		};
		await new Promise((resolve, reject) => { open.onsuccess = resolve; open.onerror = () => reject(open.error); });
		const wrapper = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
		const iv = new Uint8Array(12).fill(1);
		const box = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, wrapper, new Uint8Array(32).fill(7)));
		const tx = open.result.transaction(["records", "keys", "marks"], "readwrite");
		tx.objectStore("records").put(new TextEncoder().encode("v"), new TextEncoder().encode("b\0k"));
		tx.objectStore("keys").put({ wrapper, iv, box }, "data");
		tx.objectStore("marks").put("ABCDEFGHIJKLMNOPQRSTUVWXYZ 41", "generation");
		await new Promise((resolve, reject) => { tx.oncomplete = resolve; tx.onabort = () => reject(tx.error); });
		open.result.close();
		await (await caches.open(name)).put("/.storage/" + name, new Response("ABCDEFGHIJKLMNOPQRSTUVWXYZ 40"));
	}`
}

// script runs an asynchronous function of JavaScript.
func script(t *testing.T, source string, args ...any) safejs.Value {
	t.Helper()
	f := call(t, safejs.Global(), "eval", "("+source+")")
	promise, err := f.Invoke(args...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := await(context.Background(), promise)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMigrations(t *testing.T) {
	if len(olds) != len(migrations)+1 {
		t.Fatalf("there are %d versions, and old databases of %d", len(migrations), len(olds)-1)
	}
	for version, source := range olds {
		if version == 0 {
			continue
		}
		name := newName(t)
		script(t, source, name)
		s := mustOpen(t, name)
		if got, err := s.Get(t.Context(), "b", "k"); err != nil || string(got) != "v" {
			t.Errorf("version %d: record: %q, %v", version, got, err)
		}
		if key := mustKey(t, s); key[0] != 7 || key[31] != 7 {
			t.Errorf("version %d: another key", version)
		}
		if s.RolledBack() {
			t.Errorf("version %d: taken for an older copy", version)
		}
		var b store.Batch
		b.Put("b", "l", []byte("w"))
		if err := s.Commit(t.Context(), &b); err != nil {
			t.Errorf("version %d: Commit: %v", version, err)
		}
		s.Close()
		s = mustOpen(t, name)
		if got, err := s.Get(t.Context(), "b", "l"); err != nil || string(got) != "w" {
			t.Errorf("version %d: new record: %q, %v", version, got, err)
		}
	}
}

// TestMigrationInterrupted plays a migration that fails: the database stays as
// it was.
func TestMigrationInterrupted(t *testing.T) {
	name := newName(t)
	script(t, olds[1], name)
	real := migrations
	broken := errors.New("broken")
	migrations = append(real[:1:1], func(db safejs.Value) error {
		if _, err := db.Call("createObjectStore", "half"); err != nil {
			return err
		}
		return broken
	})
	_, err := Open(t.Context(), name)
	migrations = real
	if !errors.Is(err, broken) {
		t.Errorf("Open: %v", err)
	}
	s := mustOpen(t, name)
	if key := mustKey(t, s); key[0] != 7 {
		t.Error("another key")
	}
	if _, err := vault.Open(t.Context(), &Keys{store: s}); err != nil {
		t.Error(err)
	}
}

// TestBlocked opens a database of version 1 that somebody holds who does not let
// go; then they do.
func TestBlocked(t *testing.T) {
	name := newName(t)
	script(t, olds[1], name)
	holder := script(t, `async (name) => {
		const open = indexedDB.open(name, 1);
		await new Promise((resolve) => (open.onsuccess = resolve));
		return { close: () => open.result.close() }; // it does not hear "versionchange"
	}`, name)
	if _, err := openWithin(t.Context(), name, time.Millisecond); !errors.Is(err, ErrBlocked) {
		t.Errorf("Open: %v", err)
	}
	call(t, holder, "close")
	s := mustOpen(t, name)
	if key := mustKey(t, s); key[0] != 7 {
		t.Error("another key")
	}
}
