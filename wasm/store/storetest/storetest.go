// Package storetest is the conformance suite that every store.Store passes.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"sotto/wasm/store"
)

// Run tests the stores that open returns. Each call of open returns a new,
// empty store; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s store.Store)
	}{
		{"Get", testGet},
		{"Overwrite", testOverwrite},
		{"Buckets", testBuckets},
		{"Values", testValues},
		{"Order", testOrder},
		{"Scan", testScan},
		{"BatchOrder", testBatchOrder},
		{"Ownership", testOwnership},
		{"Large", testLarge},
		{"Concurrent", testConcurrent},
		{"Context", testContext},
		{"Close", testClose},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { s.Close() })
			c.test(t, s)
		})
	}
}

// Reopen tests that what was committed is there after the store was closed
// and opened again. Each call of open returns the same store.
func Reopen(t *testing.T, open func(t *testing.T) store.Store) {
	s := open(t)
	put(t, s, "b", "kept", "v1", "gone", "v2")
	var b store.Batch
	b.Delete("b", "gone")
	commit(t, s, &b)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t)
	defer s.Close()
	if got := scan(t, s, "b", store.Query{}); got != "kept=v1" {
		t.Errorf("after reopening: %s", got)
	}
}

func testGet(t *testing.T, s store.Store) {
	wantMissing(t, s, "b", "k")
	put(t, s, "b", "k", "v")
	wantValue(t, s, "b", "k", "v")
	wantMissing(t, s, "b", "kk")
	var b store.Batch
	b.Delete("b", "k")
	b.Delete("b", "never there")
	commit(t, s, &b)
	wantMissing(t, s, "b", "k")
}

func testOverwrite(t *testing.T, s store.Store) {
	put(t, s, "b", "k", "first")
	put(t, s, "b", "k", "second and longer")
	wantValue(t, s, "b", "k", "second and longer")
	if got := scan(t, s, "b", store.Query{}); got != "k=second and longer" {
		t.Errorf("scan: %s", got)
	}
}

// testBuckets uses names and keys that would meet if they were just joined.
func testBuckets(t *testing.T, s store.Store) {
	put(t, s, "a", "bk", "1")
	put(t, s, "ab", "k", "2")
	put(t, s, "", "abk", "3")
	wantValue(t, s, "a", "bk", "1")
	wantValue(t, s, "ab", "k", "2")
	wantValue(t, s, "", "abk", "3")
	wantMissing(t, s, "a", "k")
	for bucket, want := range map[string]string{"a": "bk=1", "ab": "k=2", "": "abk=3", "abc": ""} {
		if got := scan(t, s, bucket, store.Query{}); got != want {
			t.Errorf("bucket %q: %s, want %s", bucket, got, want)
		}
	}
}

func testValues(t *testing.T, s store.Store) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, v := range []string{"", "\x00", string(all)} {
		put(t, s, "b", "k", v)
		wantValue(t, s, "b", "k", v)
	}
	put(t, s, "b", string(all), "v")
	wantValue(t, s, "b", string(all), "v")
	put(t, s, "b", "", "empty key")
	wantValue(t, s, "b", "", "empty key")
}

// testOrder has keys whose order differs between bytes, UTF-16 and code points.
func testOrder(t *testing.T, s store.Store) {
	keys := []string{"\xff\xff", "\uffee", "\U0001f600", "a", "", "\x00", "a\x00", "aa", "\xff", "Z", "é"}
	var b store.Batch
	for _, k := range keys {
		b.Put("b", k, []byte("v"))
	}
	commit(t, s, &b)
	slices.Sort(keys)
	records, err := s.Scan(t.Context(), "b", store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(records))
	for i, r := range records {
		got[i] = r.Key
	}
	if !slices.Equal(got, keys) {
		t.Errorf("order %q, want %q", got, keys)
	}
}

func testScan(t *testing.T, s store.Store) {
	put(t, s, "b", "a", "0", "b1", "1", "b2", "2", "b3", "3", "b30", "4", "c", "5", "\xff", "6", "\xff\xffz", "7")
	put(t, s, "a", "b1", "other bucket")
	put(t, s, "c", "b1", "other bucket")
	for _, c := range []struct {
		name string
		q    store.Query
		want string
	}{
		{"all", store.Query{}, "a=0 b1=1 b2=2 b3=3 b30=4 c=5 \xff=6 \xff\xffz=7"},
		{"prefix", store.Query{Prefix: "b"}, "b1=1 b2=2 b3=3 b30=4"},
		{"prefix that is a key", store.Query{Prefix: "b3"}, "b3=3 b30=4"},
		{"prefix without keys", store.Query{Prefix: "bb"}, ""},
		{"prefix of highest bytes", store.Query{Prefix: "\xff"}, "\xff=6 \xff\xffz=7"},
		{"prefix before a high byte", store.Query{Prefix: "\xfe"}, ""},
		{"after", store.Query{After: "b3"}, "b30=4 c=5 \xff=6 \xff\xffz=7"},
		{"after a gap", store.Query{After: "b"}, "b1=1 b2=2 b3=3 b30=4 c=5 \xff=6 \xff\xffz=7"},
		{"before", store.Query{Before: "b2"}, "a=0 b1=1"},
		{"between", store.Query{After: "a", Before: "b3"}, "b1=1 b2=2"},
		{"nothing between", store.Query{After: "b1", Before: "b1"}, ""},
		{"crossed", store.Query{After: "c", Before: "a"}, ""},
		{"prefix and after", store.Query{Prefix: "b", After: "b2"}, "b3=3 b30=4"},
		{"prefix and before", store.Query{Prefix: "b", Before: "b2"}, "b1=1"},
		{"prefix beyond before", store.Query{Prefix: "b", Before: "a"}, ""},
		{"limit", store.Query{Limit: 2}, "a=0 b1=1"},
		{"limit over all", store.Query{Limit: 100, Prefix: "c"}, "c=5"},
		{"reverse", store.Query{Reverse: true, Prefix: "b"}, "b30=4 b3=3 b2=2 b1=1"},
		{"reverse, limit 1", store.Query{Reverse: true, Limit: 1}, "\xff\xffz=7"},
		{"reverse, limit 2", store.Query{Reverse: true, Limit: 2, Prefix: "b"}, "b30=4 b3=3"},
		{"reverse, limit is all", store.Query{Reverse: true, Limit: 4, Prefix: "b"}, "b30=4 b3=3 b2=2 b1=1"},
		{"reverse, limit over all", store.Query{Reverse: true, Limit: 9, Prefix: "b"}, "b30=4 b3=3 b2=2 b1=1"},
		{"page before", store.Query{Reverse: true, Limit: 2, Prefix: "b", Before: "b3"}, "b2=2 b1=1"},
		{"page before the first", store.Query{Reverse: true, Limit: 2, Prefix: "b", Before: "b1"}, ""},
		{"page after", store.Query{Limit: 2, Prefix: "b", After: "b1"}, "b2=2 b3=3"},
	} {
		if got := scan(t, s, "b", c.q); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := scan(t, s, "nobody", store.Query{Reverse: true, Limit: 3}); got != "" {
		t.Errorf("empty bucket: %q", got)
	}
}

func testBatchOrder(t *testing.T, s store.Store) {
	commit(t, s, &store.Batch{})
	var b, more store.Batch
	b.Put("b", "x", []byte("1"))
	b.Delete("b", "x")
	b.Put("b", "y", []byte("1"))
	more.Put("b", "y", []byte("2"))
	more.Delete("b", "z")
	more.Put("b", "z", []byte("3"))
	b.Append(&more)
	if b.Len() != 6 {
		t.Errorf("Len = %d, want 6", b.Len())
	}
	commit(t, s, &b)
	if got := scan(t, s, "b", store.Query{}); got != "y=2 z=3" {
		t.Errorf("after the batch: %s", got)
	}
}

// testOwnership changes what was put and what was read.
func testOwnership(t *testing.T, s store.Store) {
	v := []byte("value")
	var b store.Batch
	b.Put("b", "k", v)
	commit(t, s, &b)
	clear(v)
	got, err := s.Get(t.Context(), "b", "k")
	if err != nil {
		t.Fatal(err)
	}
	clear(got)
	records, err := s.Scan(t.Context(), "b", store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	clear(records[0].Value)
	wantValue(t, s, "b", "k", "value")
}

func testLarge(t *testing.T, s store.Store) {
	value := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KiB
	var b store.Batch
	for i := range 1000 {
		b.Put("small", fmt.Sprintf("%04d", i), []byte{byte(i)})
	}
	b.Put("large", "k", value)
	commit(t, s, &b)
	wantValue(t, s, "large", "k", string(value))
	records, err := s.Scan(t.Context(), "small", store.Query{Reverse: true, Limit: 999})
	if err != nil || len(records) != 999 || records[0].Key != "0999" || records[998].Key != "0001" {
		t.Errorf("scan of many: %d records, %v", len(records), err)
	}
}

// testConcurrent lets writers move two records together; readers must never
// see them apart.
func testConcurrent(t *testing.T, s store.Store) {
	put(t, s, "b", "x", "0", "y", "0")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 10 {
				var b store.Batch
				v := fmt.Appendf(nil, "%d/%d", w, i)
				b.Put("b", "x", v)
				b.Put("b", "y", v)
				if err := s.Commit(t.Context(), &b); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				records, err := s.Scan(t.Context(), "b", store.Query{})
				if err != nil || len(records) != 2 || !bytes.Equal(records[0].Value, records[1].Value) {
					t.Errorf("torn read: %v, %v", records, err)
				}
			}
		})
	}
	wg.Wait()
}

func testContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var b store.Batch
	b.Put("b", "k", []byte("v"))
	if err := s.Commit(ctx, &b); !errors.Is(err, context.Canceled) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := s.Get(ctx, "b", "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v", err)
	}
	if _, err := s.Scan(ctx, "b", store.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Scan: %v", err)
	}
	wantMissing(t, s, "b", "k")
}

func testClose(t *testing.T, s store.Store) {
	put(t, s, "b", "k", "v")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var b store.Batch
	b.Put("b", "k", []byte("v"))
	if err := s.Commit(t.Context(), &b); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := s.Get(t.Context(), "b", "k"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Get: %v", err)
	}
	if _, err := s.Scan(t.Context(), "b", store.Query{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Scan: %v", err)
	}
}

func put(t *testing.T, s store.Store, bucket string, pairs ...string) {
	t.Helper()
	var b store.Batch
	for i := 0; i < len(pairs); i += 2 {
		b.Put(bucket, pairs[i], []byte(pairs[i+1]))
	}
	commit(t, s, &b)
}

func commit(t *testing.T, s store.Store, b *store.Batch) {
	t.Helper()
	if err := s.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func wantValue(t *testing.T, s store.Store, bucket, key, want string) {
	t.Helper()
	got, err := s.Get(t.Context(), bucket, key)
	if err != nil || string(got) != want {
		t.Errorf("Get(%q, %q) = %.40q, %v; want %.40q", bucket, key, got, err, want)
	}
}

func wantMissing(t *testing.T, s store.Store, bucket, key string) {
	t.Helper()
	if got, err := s.Get(t.Context(), bucket, key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get(%q, %q) = %.40q, %v; want ErrNotFound", bucket, key, got, err)
	}
}

func scan(t *testing.T, s store.Store, bucket string, q store.Query) string {
	t.Helper()
	records, err := s.Scan(t.Context(), bucket, q)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, r := range records {
		parts = append(parts, r.Key+"="+string(r.Value))
	}
	return strings.Join(parts, " ")
}
