package idb

import (
	"testing"

	"sotto/wasm/store"
)

func TestGenerationBefore(t *testing.T) {
	for _, c := range []struct {
		database, mark string
		want           bool
	}{
		{"", "", false},
		{"a 1", "", false},
		{"a 1", "nonsense", false},
		{"a 2", "a 1", false},
		{"a 2", "a 2", false},
		{"a 2", "a 3", true},
		{"", "a 1", true}, // of version 1, from before there were generations
		{"b 9", "a 1", true},
	} {
		if got := parseGeneration(c.database).before(parseGeneration(c.mark)); got != c.want {
			t.Errorf("%q before %q: %v", c.database, c.mark, got)
		}
	}
	g := generation{"a", 1<<64 - 1}
	if got := parseGeneration(g.String()); got != g {
		t.Errorf("%v is read as %v", g, got)
	}
}

// copyOut reads a whole database; copyIn puts it in the place of what is there.
const (
	copyOut = `async (name) => {
		const open = indexedDB.open(name);
		await new Promise((resolve) => (open.onsuccess = resolve));
		const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
		const stores = {};
		for (const of of open.result.objectStoreNames) {
			const store = open.result.transaction(of).objectStore(of);
			stores[of] = [await done(store.getAllKeys()), await done(open.result.transaction(of).objectStore(of).getAll())];
		}
		open.result.close();
		return { stores };
	}`
	copyIn = `async (name, { stores }) => {
		const open = indexedDB.open(name);
		await new Promise((resolve) => (open.onsuccess = resolve));
		const tx = open.result.transaction(open.result.objectStoreNames, "readwrite");
		for (const [of, [keys, values]] of Object.entries(stores)) {
			tx.objectStore(of).clear();
			keys.forEach((key, i) => tx.objectStore(of).put(values[i], key));
		}
		await new Promise((resolve, reject) => { tx.oncomplete = resolve; tx.onabort = () => reject(tx.error); });
		open.result.close();
	}`
)

// passGeneration commits as if time had passed, and waits for the mark.
func passGeneration(t *testing.T, s *Store) {
	t.Helper()
	s.mu.Lock()
	s.marked = s.marked.Add(-generationStep)
	s.mu.Unlock()
	var b store.Batch
	b.Put("b", "k", []byte("v"))
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	marked(t, s)
}

// marked waits until the mark is that of the generation.
func marked(t *testing.T, s *Store) {
	t.Helper()
	for {
		s.mu.Lock()
		want := s.generation.String()
		s.mu.Unlock()
		if readMark(t.Context(), s.name).text == want {
			return
		}
	}
}

// reopen is another run of the program.
func reopen(t *testing.T, s *Store) *Store {
	t.Helper()
	s.Close()
	s = mustOpen(t, s.name)
	mustKey(t, s)
	return s
}

func TestRolledBack(t *testing.T) {
	s := mustOpen(t, newName(t))
	mustKey(t, s)
	marked(t, s)
	for range 2 { // what follows goes back twice
		passGeneration(t, s)
		old := script(t, copyOut, s.name)
		if s = reopen(t, s); s.RolledBack() {
			t.Fatal("nothing came back")
		}
		passGeneration(t, s)
		s.Close()
		script(t, copyIn, s.name, old)
		for range 2 { // until it is settled
			if s = reopen(t, s); !s.RolledBack() {
				t.Fatal("an older copy is not noticed")
			}
			var b store.Batch
			b.Put("b", "other", []byte("v"))
			if err := s.Commit(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Settle(t.Context()); err != nil || s.RolledBack() {
			t.Fatalf("settled: %v", err)
		}
		marked(t, s)
		if s = reopen(t, s); s.RolledBack() {
			t.Fatal("it was settled")
		}
	}
}

// TestMarkGone removes the mark only: nothing is wrong, and it comes back.
func TestMarkGone(t *testing.T) {
	s := mustOpen(t, newName(t))
	mustKey(t, s)
	marked(t, s)
	passGeneration(t, s)
	if err := removeMark(t.Context(), s.name); err != nil {
		t.Fatal(err)
	}
	if s = reopen(t, s); s.RolledBack() {
		t.Error("taken for an older copy")
	}
	marked(t, s)
}
