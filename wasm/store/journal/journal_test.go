package journal

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/wasm/store"
	"sotto/wasm/store/storetest"
)

// always takes every commit for one of a stream.
var always = Rhythm{Within: time.Hour, Rest: time.Hour, Most: Usual.Most}

// full takes every commit for one of a stream that is too long.
var full = Rhythm{Within: time.Hour, Rest: time.Hour}

func TestStore(t *testing.T) {
	for name, r := range map[string]Rhythm{"always": always, "full": full, "usual": Usual, "never": {After: 1 << 30}} {
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

// TestStream: the first commits are written as they are, those of a stream into the
// journal; nothing stays there when it is quiet again.
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
		for i := range 100 {
			put(t, j, "k", fmt.Sprint("s", i))
		}
		if records, journal := in(t, &inner); len(journal) != 100 || records["k"] != fmt.Sprint(Usual.After-1) {
			t.Errorf("in the stream: %v, %d in the journal", records, len(journal))
		}
		time.Sleep(2 * Usual.Within)
		put(t, j, "k", "after a pause")
		if _, journal := in(t, &inner); len(journal) != 101 {
			t.Errorf("after a pause: %d in the journal", len(journal))
		}
		time.Sleep(2 * Usual.Rest)
		synctest.Wait()
		if records, journal := in(t, &inner); len(journal) != 0 || records["k"] != "after a pause" {
			t.Errorf("after a rest: %v, %v", records, journal)
		}
		put(t, j, "k", "alone")
		if records, journal := in(t, &inner); len(journal) != 0 || records["k"] != "alone" {
			t.Errorf("after that: %v, %v", records, journal)
		}
	})
}

// TestSteps: many records are brought up to date some at a time, while others come;
// a program that is killed between two steps finds all of them.
func TestSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inner store.Mem
		j := New(&inner, Usual)
		want := map[string]string{}
		add := func(key, value string) {
			put(t, j, key, value)
			want[key] = value
		}
		for i := range 5 * step {
			add(fmt.Sprint(i%(3*step)), fmt.Sprint("value ", i))
		}
		last := 0
		for steps := 0; ; steps++ {
			time.Sleep(stepPause)
			synctest.Wait()
			var copied store.Mem
			b, err := inner.All(t.Context())
			if err == nil {
				err = copied.Commit(t.Context(), b)
			}
			if err != nil {
				t.Fatal(err)
			}
			records, journal := in(t, &inner)
			if found, _ := in(t, New(&copied, always)); !maps.Equal(found, want) {
				t.Fatalf("a step of a quiet time: %v", found)
			}
			if n := len(records); n > last+step+Usual.After {
				t.Errorf("%d records, then %d", last, n)
			} else if n > last && n < 2*step && steps < 100 {
				add(fmt.Sprint("between", steps), "value")
			}
			if last = len(records); len(journal) == 0 {
				break
			}
		}
		if found, _ := in(t, &inner); !maps.Equal(found, want) {
			t.Errorf("at last: %v", found)
		}
	})
}

// TestMost: a stream without an end brings the records up to date as it goes on, and
// what waits does not grow.
func TestMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inner store.Mem
		j := New(&inner, Rhythm{Within: time.Hour, Rest: time.Second, Most: 20_000})
		largest, begins := 0, 0
		want := map[string]string{}
		for i := range 1000 {
			key, value := fmt.Sprint("k", i), strings.Repeat("v", i%100)
			before := sizeOf(j)
			put(t, j, key, value)
			put(t, j, "one", value)
			want[key], want["one"] = value, value
			size := sizeOf(j)
			if largest = max(largest, size); size < before {
				begins++
			}
		}
		if _, journal := in(t, &inner); largest > 2*j.rhythm.Most || begins < 3 || len(journal) > 600 {
			t.Errorf("at most %d bytes, %d times less than before, at last %d in the journal", largest, begins, len(journal))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if records, journal := in(t, &inner); !maps.Equal(records, want) || len(journal) > 0 {
			t.Errorf("%d records, %d in the journal", len(records), len(journal))
		}
	})
}

// TestRestWaits: while commits come, the journal is not emptied.
func TestRestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inner store.Mem
		j := New(&inner, Rhythm{Within: time.Second, Rest: time.Second, Most: Usual.Most})
		for range 10 {
			put(t, j, "k", "v")
			time.Sleep(time.Second * 6 / 10)
		}
		if _, journal := in(t, &inner); len(journal) != 10 {
			t.Errorf("%d in the journal", len(journal))
		}
		j.Close()
		time.Sleep(time.Minute)
	})
}

// sizeOf returns how many bytes wait.
func sizeOf(j *Journal) int {
	j.turn <- struct{}{}
	defer j.end()
	return j.log.size
}

// TestScan compares what reads see with a store that has no journal.
func TestScan(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	key := func() string { return string(rune('a'+r.IntN(4))) + string(rune('a'+r.IntN(8))) }
	for round := range 100 {
		var inner, plain store.Mem
		j := New(&inner, Rhythm{After: 10, Within: time.Hour, Rest: time.Hour, Most: 2000})
		for range 40 {
			var b store.Batch
			for range 1 + r.IntN(3) {
				if r.IntN(3) == 0 {
					b.Delete("b", key())
				} else {
					b.Put("b", key(), []byte(key()))
				}
			}
			if err := errors.Join(j.Commit(t.Context(), &b), plain.Commit(t.Context(), &b)); err != nil {
				t.Fatal(err)
			}
			q := store.Query{Limit: r.IntN(5), Reverse: r.IntN(2) == 0}
			for _, bound := range []*string{&q.Prefix, &q.After, &q.Before} {
				if r.IntN(3) == 0 {
					*bound = key()[:1+r.IntN(2)]
				}
			}
			got, err := j.Scan(t.Context(), "b", q)
			want, _ := plain.Scan(t.Context(), "b", q)
			if err != nil || !slices.EqualFunc(got, want, func(a, b store.Record) bool { return a.Key == b.Key && string(a.Value) == string(b.Value) }) {
				t.Fatalf("round %d, %+v:\ngot  %q, %v\nwant %q", round, q, got, err, want)
			}
			if records, err := j.Scan(t.Context(), "other", store.Query{}); len(records) > 0 || err != nil {
				t.Fatalf("another bucket: %v, %v", records, err)
			}
		}
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

// TestEdit: of what is in the journal already, only what changed is in the next one.
func TestEdit(t *testing.T) {
	var inner store.Mem
	j := New(&inner, always)
	begin, end := strings.Repeat("begin", 100), strings.Repeat("end", 100)
	for _, middle := range []string{"", "one", "two and more", "x", begin, end, ""} {
		put(t, j, "k", begin+middle+end)
		if v, err := j.Get(t.Context(), "b", "k"); err != nil || string(v) != begin+middle+end {
			t.Errorf("%q, %v", v, err)
		}
		_, records := in(t, &inner)
		if n := len(records[nameOf(j.log.last)]); j.log.last > 1 && n > len(middle)+30 {
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
