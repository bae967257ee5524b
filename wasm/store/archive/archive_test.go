package archive

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
)

// cheap is for tests only.
var cheap = passphrase.Cost{Time: 1, Memory: 8}

func records(n, size int) *store.Batch {
	b := new(store.Batch)
	for i := range n {
		value := make([]byte, size+i%7)
		rand.Read(value)
		b.Put(fmt.Sprint("bucket", i%3), fmt.Sprintf("%04d\x00\xff", i), value)
	}
	return b
}

func pack(t testing.TB, b *store.Batch) []byte {
	t.Helper()
	s, err := Pack(b, "pass", cheap, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var file []byte
	for {
		piece, err := s.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, piece...)
	}
	if int64(len(file)) != s.Size() {
		t.Errorf("%d bytes, said to be %d", len(file), s.Size())
	}
	return file
}

func unpack(file []byte, passphrase string, piece int) (*store.Batch, error) {
	s := Unpack(passphrase)
	for p := range slices.Chunk(file, piece) {
		if _, err := s.Write(p); err != nil {
			return nil, err
		}
	}
	return s.End()
}

func same(a, b *store.Batch) bool {
	return slices.EqualFunc(a.Ops(), b.Ops(), func(x, y store.Op) bool {
		return x.Bucket == y.Bucket && x.Key == y.Key && bytes.Equal(x.Value, y.Value)
	})
}

func TestRoundTrip(t *testing.T) {
	last := chunkSize - endSize - fixedSize - len("b") - len("k") // fills a chunk
	exact, over := new(store.Batch), new(store.Batch)
	exact.Put("b", "k", make([]byte, last))
	over.Put("b", "k", make([]byte, last+1))
	for name, b := range map[string]*store.Batch{
		"nothing": new(store.Batch), "small": records(3, 0), "many": records(2000, 200), "large": records(2, 300_000),
		"a full chunk": exact, "a byte more": over,
	} {
		t.Run(name, func(t *testing.T) {
			file := pack(t, b)
			for _, piece := range []int{1009, 1 << 16, len(file)} {
				got, err := unpack(file, "pass", piece)
				if err != nil || !same(got, b) {
					t.Errorf("in pieces of %d: %v", piece, err)
				}
			}
		})
	}
}

func TestTruncated(t *testing.T) {
	file := pack(t, records(500, 300))
	short := pack(t, records(1, 40))
	for n := range len(short) {
		if _, err := unpack(short[:n], "pass", 1<<20); err == nil {
			t.Errorf("%d of %d bytes are taken", n, len(short))
		}
	}
	for _, n := range []int{headerSize, headerSize + sealedSize, headerSize + 2*sealedSize, len(file) - 1} {
		if _, err := unpack(file[:n], "pass", 1<<20); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrPassphrase) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := unpack(append(file, 0), "pass", 1<<20); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestDamaged(t *testing.T) {
	file := pack(t, records(500, 300))
	swapped := slices.Clone(file)
	copy(swapped[headerSize:], file[headerSize+sealedSize:headerSize+2*sealedSize])
	copy(swapped[headerSize+sealedSize:], file[headerSize:headerSize+sealedSize])
	at := func(i int) []byte {
		b := slices.Clone(file)
		b[i] ^= 1
		return b
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":       {nil, ErrFormat},
		"another file":  {[]byte("%PDF-1.7 and whatever else there may be in such a file, which is a lot"), ErrFormat},
		"newer":         {at(len(magic)), ErrVersion},
		"cost":          {at(len(magic) + 1), ErrDamaged},
		"memory":        {at(len(magic) + 5), ErrDamaged},
		"salt":          {at(len(magic) + 9), ErrPassphrase},
		"first chunk":   {at(headerSize), ErrPassphrase},
		"second chunk":  {at(headerSize + sealedSize), ErrDamaged},
		"last byte":     {at(len(file) - 1), ErrDamaged},
		"other order":   {swapped, ErrPassphrase},
		"a chunk twice": {slices.Insert(slices.Clone(file), headerSize, file[headerSize:headerSize+sealedSize]...), ErrDamaged},
	} {
		if _, err := unpack(c.file, "pass", 4096); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := unpack(file, "Pass", 4096); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
}

func TestUnpackable(t *testing.T) {
	var deletes, nameless store.Batch
	deletes.Delete("b", "k")
	nameless.Put("", "k", nil)
	for _, b := range []*store.Batch{&deletes, &nameless} {
		if _, err := Pack(b, "pass", cheap, rand.Reader); err == nil {
			t.Errorf("%v is packed", b.Ops())
		}
	}
}

// FuzzContent checks that what is taken is what would have been written.
func FuzzContent(f *testing.F) {
	f.Add(appendEnd(nil, 0))
	f.Add(appendEnd(appendRecord(nil, store.Op{Bucket: "b", Key: "k", Value: []byte("v")}), 1))
	f.Fuzz(func(t *testing.T, plain []byte) {
		var c content
		c.add(plain)
		b, err := c.end()
		if err != nil {
			return
		}
		var again []byte
		for _, op := range b.Ops() {
			again = appendRecord(again, op)
		}
		if !bytes.Equal(appendEnd(again, b.Len()), plain) {
			t.Errorf("%x is taken", plain)
		}
	})
}

// FuzzSink gives files that somebody made.
func FuzzSink(f *testing.F) {
	f.Add(pack(f, records(1, 10)))
	f.Fuzz(func(t *testing.T, file []byte) {
		if h, err := parseHeader(append(slices.Clone(file), make([]byte, headerSize)...)[:headerSize]); err == nil && (h.cost.Time > 2 || h.cost.Memory > 64) {
			t.Skip("only slow")
		}
		unpack(file, "guess", 64)
	})
}

func BenchmarkKey(b *testing.B) {
	for b.Loop() {
		newCover(header{cost: passphrase.Usual, salt: make([]byte, saltSize), prefix: make([]byte, prefixSize)}, "pass")
	}
}
