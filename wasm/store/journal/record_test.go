package journal

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"sotto/wasm/store"
)

func sample() []byte {
	return newRecord(1<<40, []change{
		{Op: store.Op{Bucket: "bucket", Key: "key", Value: []byte("value")}},
		{Op: store.Op{Key: "\x00\xff", Delete: true}},
		{Op: store.Op{Bucket: "b", Value: []byte{}}},
		{Op: store.Op{Bucket: "b", Key: "k"}, hunks: []hunk{{3, []byte("v")}, {1 << 15, nil}}, end: 1 << 15},
	})
}

func TestRecord(t *testing.T) {
	record := sample()
	number, changes, err := parseRecord(record)
	if err != nil || number != 1<<40 || !bytes.Equal(newRecord(number, changes), record) {
		t.Errorf("%d, %v, %v", number, changes, err)
	}
	for n := range record {
		if _, _, err := parseRecord(record[:n]); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	otherKind := bytes.Clone(record)
	otherKind[9] = 'X'
	for name, bad := range map[string][]byte{
		"longer":       append(bytes.Clone(record), 0),
		"no changes":   append(appendNumber(nil, 1), 0),
		"another kind": otherKind,
		"no hunks":     append(appendNumber(nil, 1), "\x01E\x01b\x01k\x00\x00\x00"...),
	} {
		if _, _, err := parseRecord(bad); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestChange has values of many forms before and after a change.
func TestChange(t *testing.T) {
	var values [][]byte
	for n := range 64 {
		values = append(values,
			slices.Concat(bytes.Repeat([]byte{'a'}, n/2), bytes.Repeat([]byte{byte(n)}, n%5), bytes.Repeat([]byte{'a'}, n)),
			bytes.Repeat([]byte("ab"), n),
			slices.Concat(bytes.Repeat([]byte{'a'}, 50), []byte{byte(n)}, bytes.Repeat([]byte{'a'}, 20), bytes.Repeat([]byte{'b'}, n), bytes.Repeat([]byte{'c'}, 20)))
	}
	for _, before := range values {
		for _, after := range values {
			c := changeOf(store.Op{Value: before}, store.Op{Value: after})
			op, ok := c.apply(store.Op{Value: before})
			if !ok || !bytes.Equal(op.Value, after) {
				t.Fatalf("%q to %q: %+v, %q", before, after, c, op.Value)
			}
			if n := len(appendChange(nil, c)); n > len(after)+5 {
				t.Fatalf("%q to %q: %d bytes", before, after, n)
			}
		}
	}
}

// FuzzEdit applies any edit to any value, and finds any change again.
func FuzzEdit(f *testing.F) {
	f.Add([]byte("the value before"), []byte("the value after"), sample())
	f.Fuzz(func(t *testing.T, before, after, record []byte) {
		if op, ok := changeOf(store.Op{Value: before}, store.Op{Value: after}).apply(store.Op{Value: before}); !ok || !bytes.Equal(op.Value, after) {
			t.Errorf("%q", op.Value)
		}
		_, changes, _ := parseRecord(record)
		for _, c := range changes {
			c.apply(store.Op{Value: before})
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add(sample())
	f.Fuzz(func(t *testing.T, b []byte) {
		number, changes, err := parseRecord(b)
		if err == nil && !bytes.Equal(newRecord(number, changes), b) {
			t.Error("encodes otherwise")
		}
	})
}

// TestFound: what cannot be the work of a Journal is refused, and what is left over
// from before is not applied.
func TestFound(t *testing.T) {
	record := func(number uint64, value string) []byte {
		return newRecord(number, []change{{Op: store.Op{Bucket: "b", Key: "k", Value: []byte(value)}}})
	}
	edit := func(number uint64) []byte {
		return newRecord(number, []change{{Op: store.Op{Bucket: "b", Key: "k"}, hunks: []hunk{{1, []byte("x")}}, end: 1}})
	}
	for _, c := range []struct {
		name    string
		journal map[string][]byte
		want    string // value of k; empty: ErrCorrupt
	}{
		{"nothing", nil, "old"},
		{"one", map[string][]byte{"01": record(1, "1")}, "1"},
		{"over the end of the slots that older programs had", map[string][]byte{"3f": record(63, "63"), "00": record(64, "64"), "01": record(1, "1"), appliedKey: appendNumber(nil, 62)}, "64"},
		{"of a stream", map[string][]byte{nameOf(1): record(1, "1"), nameOf(2): record(2, "one"), nameOf(3): edit(3)}, "oxe"},
		{"of a stream, some applied", map[string][]byte{nameOf(1): record(1, "1"), nameOf(300): record(300, "300"), appliedKey: appendNumber(nil, 299)}, "300"},
		{"of two programs", map[string][]byte{"01": record(1, "1"), nameOf(2): record(2, "2")}, "2"},
		{"all applied", map[string][]byte{"3f": record(63, "63"), "00": record(64, "64"), appliedKey: appendNumber(nil, 64)}, "old"},
		{"an edit", map[string][]byte{"01": record(1, "1"), "02": record(2, "one"), "03": edit(3)}, "oxe"},
		{"an edit of too little", map[string][]byte{"01": record(1, "1"), "02": edit(2)}, ""},
		{"an edit of what is not there", map[string][]byte{"01": edit(1)}, ""},
		{"an edit of what is applied", map[string][]byte{"01": record(1, "one"), "02": edit(2), appliedKey: appendNumber(nil, 1)}, ""},
		{"a gap", map[string][]byte{"01": record(1, "1"), "03": record(3, "3")}, ""},
		{"a gap after what is applied", map[string][]byte{"03": record(3, "3"), appliedKey: appendNumber(nil, 1)}, ""},
		{"another place", map[string][]byte{nameOf(2): record(1, "1")}, ""},
		{"another slot of an older program", map[string][]byte{"02": record(1, "1")}, ""},
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
		_, err := New(&inner, always).All(t.Context())
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
