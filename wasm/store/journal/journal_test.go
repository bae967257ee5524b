package journal

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/wasm/store"
	"sotto/wasm/store/storetest"
)

// always takes every commit for one of a stream.
var always = Rhythm{Within: time.Hour, Rest: time.Hour}

func TestStore(t *testing.T) {
	for name, r := range map[string]Rhythm{"always": always, "usual": Usual, "never": {After: 1 << 30}} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) store.Store { return New(new(store.Mem), r) })
			storetest.RunWhole(t, func(t *testing.T) store.Whole { return New(new(store.Mem), r) })
		})
	}
	storetest.RunWhole(t, func(t *testing.T) store.Whole {
		return New(store.SealWhole(new(store.Mem), &[32]byte{1}), always)
	})
}

// put commits key → value of one bucket.
func put(t *testing.T, s store.Store, key, value string) {
	t.Helper()
	var b store.Batch
	b.Put("b", key, []byte(value))
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

// in returns what a store has, the journal's records by their keys.
func in(t *testing.T, s store.Whole) (records, journal map[string]string) {
	t.Helper()
	b, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	records, journal = map[string]string{}, map[string]string{}
	for _, op := range b.Ops() {
		if op.Bucket == bucket {
			journal[op.Key] = string(op.Value)
		} else {
			records[op.Key] = string(op.Value)
		}
	}
	return records, journal
}

// TestStream: the first commits are written as they are, those of a stream into
// slots, all of them when the slots are full; and nothing stays in the slots.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inner store.Mem
		j := New(&inner, Usual)
		for i := range Usual.After {
			put(t, j, "k", fmt.Sprint(i))
		}
		if records, journal := in(t, &inner); len(journal) != 0 || records["k"] != fmt.Sprint(Usual.After-1) {
			t.Errorf("at first: %v, %v", records, journal)
		}
		for i := range slotCount {
			put(t, j, "k", fmt.Sprint("s", i))
		}
		if records, journal := in(t, &inner); len(journal) != slotCount || records["k"] != fmt.Sprint(Usual.After-1) {
			t.Errorf("in the stream: %v, %d in slots", records, len(journal))
		}
		put(t, j, "l", "more")
		if records, journal := in(t, &inner); len(journal) != slotCount+1 || records["k"] != fmt.Sprint("s", slotCount-1) || records["l"] != "more" {
			t.Errorf("when it is full: %v, %d in slots", records, len(journal))
		}
		put(t, j, "k", "last")
		time.Sleep(2 * Usual.Rest)
		synctest.Wait()
		if records, journal := in(t, &inner); len(journal) != 0 || records["k"] != "last" {
			t.Errorf("after a rest: %v, %v", records, journal)
		}
		put(t, j, "k", "alone")
		if records, journal := in(t, &inner); len(journal) != 0 || records["k"] != "alone" {
			t.Errorf("after that: %v, %v", records, journal)
		}
	})
}

// TestRestWaits: while commits come, the slots are not emptied.
func TestRestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inner store.Mem
		j := New(&inner, Rhythm{Within: time.Second, Rest: time.Second})
		for range 10 {
			put(t, j, "k", "v")
			time.Sleep(time.Second * 6 / 10)
		}
		if _, journal := in(t, &inner); len(journal) != 10 {
			t.Errorf("%d in slots", len(journal))
		}
		j.Close()
		time.Sleep(time.Minute)
	})
}

// TestScan: reads see what is pending, removed records too.
func TestScan(t *testing.T) {
	var inner store.Mem
	j := New(&inner, always)
	put(t, j, "a", "1")
	put(t, j, "b", "2")
	var b store.Batch
	b.Delete("b", "a")
	if err := j.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Get(t.Context(), "b", "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a removed record: %v", err)
	}
	if got, err := j.Scan(t.Context(), "other", store.Query{}); len(got) > 0 || err != nil {
		t.Errorf("another bucket: %v, %v", got, err)
	}
	if records, _ := in(t, &inner); len(records) != 0 {
		t.Errorf("written for another bucket: %v", records)
	}
	if got, err := j.Scan(t.Context(), "b", store.Query{}); len(got) != 1 || got[0].Key != "b" || err != nil {
		t.Errorf("scan: %v, %v", got, err)
	}
}

// TestLarge: what is no small commit is written as it is, after what is pending.
func TestLarge(t *testing.T) {
	long := string(make([]byte, maxName+1))
	for name, large := range map[string]func(b *store.Batch){
		"value": func(b *store.Batch) { b.Put("b", "k", make([]byte, maxRecord)) },
		"values": func(b *store.Batch) {
			b.Put("b", "k", make([]byte, maxRecord/2))
			b.Put("b", "l", make([]byte, maxRecord/2))
		},
		"key": func(b *store.Batch) { b.Put("b", long, nil); b.Put("b", "k", nil) },
		"bucket": func(b *store.Batch) {
			b.Put(long[1:]+"b", "k", nil)
			b.Put("b", "k", nil)
			b.Put("b"+long[1:], "k", nil)
		},
		"many": func(b *store.Batch) {
			for range maxOps + 1 {
				b.Put("b", "k", nil)
			}
		},
	} {
		var inner store.Mem
		j := New(&inner, always)
		put(t, j, "k", "v")
		put(t, j, "l", "v")
		var b store.Batch
		large(&b)
		fitted := fits(&b)
		if err := j.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if records, _ := in(t, &inner); !fitted && (records["k"] == "v" || len(records) < 2) {
			t.Errorf("%s: %d records", name, len(records))
		}
	}
}

// TestEdit: of what is in a slot already, only what changed is in the next one.
func TestEdit(t *testing.T) {
	var inner store.Mem
	j := New(&inner, always)
	begin, end := strings.Repeat("begin", 100), strings.Repeat("end", 100)
	for _, middle := range []string{"", "one", "two and more", "x", begin, end, ""} {
		put(t, j, "k", begin+middle+end)
		if v, err := j.Get(t.Context(), "b", "k"); err != nil || string(v) != begin+middle+end {
			t.Errorf("%q, %v", v, err)
		}
		_, slots := in(t, &inner)
		if n := len(slots[slotKey(j.slots.last)]); j.slots.last > 1 && n > len(middle)+30 {
			t.Errorf("%q takes %d bytes", middle, n)
		}
	}
	var b store.Batch
	b.Put("b", "k", []byte(begin+"first"+end))
	b.Put("b", "k", []byte(begin+"second"+end))
	b.Delete("b", "k")
	b.Put("b", "k", []byte(begin+"last"+end))
	if err := j.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if records, _ := in(t, New(&inner, always)); records["k"] != begin+"last"+end {
		t.Errorf("found by the next: %q", records["k"])
	}
}

// TestDrain: a program that had the journal beneath the seal was killed in a stream.
// The records are as that program wrote them.
func TestDrain(t *testing.T) {
	var inner store.Mem
	key := [32]byte{1}
	sealed := store.Seal(&inner, &key)
	put(t, sealed, "k", "1")
	value := func(key, value string) string {
		put(t, sealed, key, value)
		v, err := inner.Get(t.Context(), "b", key)
		if err != nil {
			t.Fatal(err)
		}
		return "P\x01b\x01" + key + "\x00" + string(rune(len(v))) + string(v)
	}
	second, third := "\x02"+value("k", "2")+value("l", "2"), "\x02"+value("m", "3")+"D\x01b\x01l"
	put(t, sealed, "k", "1")
	var b store.Batch
	b.Delete("b", "m")
	for i, record := range []string{"\x01D\x01b\x01k", second, third} {
		b.Put("journal", fmt.Sprintf("%02x", i+1), []byte("\x00\x00\x00\x00\x00\x00\x00"+string(rune(i+1))+record))
	}
	b.Put("journal", "applied", []byte("\x00\x00\x00\x00\x00\x00\x00\x01"))
	if err := inner.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Drain(t.Context(), &inner); err != nil {
			t.Fatal(err)
		}
		records, _ := in(t, New(store.SealWhole(&inner, &key), always))
		if want := map[string]string{"k": "2", "m": "3"}; !maps.Equal(records, want) {
			t.Errorf("%v", records)
		}
	}
}
