package journal

import (
	"bytes"
	"errors"
	"testing"

	"sotto/wasm/store"
)

func sample() []byte {
	var b store.Batch
	b.Put("bucket", "key", []byte("value"))
	b.Delete("", "\x00\xff")
	b.Put("b", "", nil)
	return appendRecord(nil, 1<<40, b.Ops())
}

func TestRecord(t *testing.T) {
	record := sample()
	number, ops, err := parseRecord(record)
	if err != nil || number != 1<<40 || len(ops) != 3 || ops[0].Key != "key" || string(ops[0].Value) != "value" || !ops[1].Delete || ops[2].Bucket != "b" {
		t.Errorf("%d, %v, %v", number, ops, err)
	}
	for n := range record {
		if _, _, err := parseRecord(record[:n]); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for name, bad := range map[string][]byte{"longer": append(bytes.Clone(record), 0), "no changes": append(appendNumber(nil, 1), 0)} {
		if _, _, err := parseRecord(bad); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	record[9] = 'X'
	if _, _, err := parseRecord(record); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("another kind: %v", err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(sample())
	f.Fuzz(func(t *testing.T, b []byte) {
		number, ops, err := parseRecord(b)
		if err == nil && !bytes.Equal(appendRecord(nil, number, ops), b) {
			t.Error("encodes otherwise")
		}
	})
}

// TestOpen: what cannot be the work of a Journal is refused, and what is left over
// from before is not applied.
func TestOpen(t *testing.T) {
	record := func(number uint64, value string) []byte {
		return appendRecord(nil, number, []store.Op{{Bucket: "b", Key: "k", Value: []byte(value)}})
	}
	for _, c := range []struct {
		name    string
		journal map[string][]byte
		want    string // value of k; empty: ErrCorrupt
	}{
		{"nothing", nil, "old"},
		{"one", map[string][]byte{"01": record(1, "1")}, "1"},
		{"over the end of the slots", map[string][]byte{"3f": record(63, "63"), "00": record(64, "64"), "01": record(1, "1"), appliedKey: appendNumber(nil, 62)}, "64"},
		{"all applied", map[string][]byte{"3f": record(63, "63"), "00": record(64, "64"), appliedKey: appendNumber(nil, 64)}, "old"},
		{"a gap", map[string][]byte{"01": record(1, "1"), "03": record(3, "3")}, ""},
		{"a gap after what is applied", map[string][]byte{"03": record(3, "3"), appliedKey: appendNumber(nil, 1)}, ""},
		{"another slot", map[string][]byte{"02": record(1, "1")}, ""},
		{"damaged", map[string][]byte{"01": record(1, "1")[1:]}, ""},
		{"damaged number", map[string][]byte{appliedKey: make([]byte, 7)}, ""},
	} {
		var inner store.Mem
		var b store.Batch
		b.Put("b", "k", []byte("old"))
		for k, v := range c.journal {
			b.Put(bucket, k, v)
		}
		if err := inner.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), &inner, always)
		records, left := in(t, &inner)
		switch {
		case c.want == "" && !errors.Is(err, store.ErrCorrupt):
			t.Errorf("%s: %v", c.name, err)
		case c.want == "" && len(left) != len(c.journal):
			t.Errorf("%s: was changed", c.name)
		case c.want != "" && (err != nil || records["k"] != c.want):
			t.Errorf("%s: %q, %v", c.name, records["k"], err)
		case c.want != "" && len(left) > 0 && len(c.journal) > 0:
			t.Errorf("%s: %v is left", c.name, left)
		}
	}
}
