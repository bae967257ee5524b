package smp

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sessionOfBatches is the session of the reference's batches.
const sessionOfBatches = "1d57dc1f755c79a0811c936d46e32293000b0d60f75618dc95f57078ae000e83"

func TestBatchVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_commands") {
		if !v.In.has("transmissions") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			s := Session{v.versions()[0], unhex(sessionOfBatches)}
			var encoded [][]byte
			for _, f := range v.In["transmissions"].([]any) {
				b := s.Append(nil, batchedOf(f.(map[string]any)))
				if want := fields(f.(map[string]any)).int("transmissionLength"); len(b) != want {
					t.Fatalf("transmission is %d bytes, want %d", len(b), want)
				}
				encoded = append(encoded, b)
			}
			checkBatches(t, encoded, v.Out["batches"].([]any))
		})
	}
}

// batchedOf makes a transmission of which a case may give only the length.
func batchedOf(f fields) Transmission {
	c := Transmission{CorrID: f.hex("corrId"), EntityID: f.hex("entityId")}
	if strings.HasPrefix(f.text("command"), "SEND F") {
		c.Command = append([]byte("SEND F "), bytes.Repeat([]byte("x"), f.int("commandLength")-7)...)
	} else {
		c.Command = f.hex("command")
	}
	return c
}

func checkBatches(t *testing.T, encoded [][]byte, want []any) {
	batches, large := Batches(encoded)
	errors := 0
	for _, w := range want {
		f := fields(w.(map[string]any))
		if f.has("error") {
			errors++
			continue
		}
		if len(batches) == 0 {
			t.Fatal("too few batches")
		}
		if sum := sha256.Sum256(batches[0]); !bytes.Equal(sum[:], f.hex("sha256")) || len(batches[0]) != f.int("length") {
			t.Errorf("batch of %d bytes, count %d; want %d, %d", len(batches[0]), batches[0][0], f.int("length"), f.int("count"))
		}
		if n := len(must(ParseBatch(batches[0]))); n != f.int("count") {
			t.Errorf("batch of %d, want %d", n, f.int("count"))
		}
		batches = batches[1:]
	}
	if len(batches) > 0 || len(large) != errors {
		t.Errorf("%d batches more than wanted; %v are too large, want %d", len(batches), large, errors)
	}
}

// TestLargestTransmission checks where a transmission does not fit any more.
func TestLargestTransmission(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_commands") {
		if !v.In.has("bodyLength") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			id := make([]byte, NonceSize)
			command := AppendCommand(nil, VersionNotices, SEND{Body: make([]byte, v.In.int("bodyLength"))})
			b := Session{Version: VersionNotices}.Append(nil, Transmission{CorrID: id, EntityID: id, Command: command})
			got := "TELargeMsg"
			if batches, large := Batches([][]byte{b}); len(large) == 0 {
				got = fmt.Sprintf("ok, batch length %d", len(batches[0]))
			}
			if got != v.Out.text("result") {
				t.Errorf("%s, want %s", got, v.Out.text("result"))
			}
			if fits := len(b) <= MaxTransmission; fits != (got != "TELargeMsg") {
				t.Errorf("MaxTransmission is wrong at %d bytes", len(b))
			}
		})
	}
}

// TestTSBatchVectors packs as the TypeScript client does, which fills from the
// first block: where it matters, blocks differ, but not what is in them.
func TestTSBatchVectors(t *testing.T) {
	for _, v := range vectors(t, "smp_batching") {
		t.Run(v.Description, func(t *testing.T) {
			if v.Out.has("error") {
				if batches, large := Batches([][]byte{make([]byte, v.In.int("encodedTransmissionLength")-2)}); len(large) != 1 || batches != nil {
					t.Error("too large a transmission is packed")
				}
				return
			}
			encoded := recipe(v.In)
			batches, _ := Batches(encoded)
			var counts, unpacked = []any{}, [][]byte{}
			for _, b := range batches {
				parts := must(ParseBatch(b))
				counts, unpacked = append(counts, float64(len(parts))), append(unpacked, parts...)
			}
			if !slices.EqualFunc(unpacked, encoded, bytes.Equal) {
				t.Error("other transmissions are unpacked")
			}
			want := v.Out["blockCounts"].([]any)
			if len(encoded) == 300 {
				slices.Reverse(want)
			}
			if !slices.Equal(counts, want) {
				t.Errorf("batches of %v, want %v", counts, want)
			}
			for i, b := range batches {
				if sum := sha256.Sum256(b); len(encoded) != 300 && fmt.Sprintf("%x", sum) != v.Out.strings("blockSha256")[i] {
					t.Errorf("batch %d differs", i)
				}
			}
		})
	}
}

// recipe makes transmissions as the vectors' description says.
func recipe(f fields) [][]byte {
	sizes, ok := f["bodySizes"].([]any)
	if !ok { // "300 x 1"
		sizes = slices.Repeat([]any{1.0}, 300)
	}
	var encoded [][]byte
	for i, size := range sizes {
		encoded = append(encoded, Session{Version: VersionServices}.Append(nil, Transmission{
			CorrID: derived(fmt.Sprint("corr", i), 24), EntityID: derived(fmt.Sprint("ent", i), 24),
			Command: append([]byte("SEND F "), derived(fmt.Sprint("bt", i), int(size.(float64)))...),
		}))
	}
	return encoded
}

// derived returns n bytes named label.
func derived(label string, n int) []byte {
	var b []byte
	for j := 0; len(b) < n; j++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "smpweb-vectors:%s:%d", label, j))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

func TestBatchesOfNothing(t *testing.T) {
	if batches, large := Batches(nil); batches != nil || large != nil {
		t.Errorf("%d batches, %v", len(batches), large)
	}
}

func TestParseBatchRefuses(t *testing.T) {
	for _, s := range []string{"", "\x00", "\x01", "\x01\x00\x01", "\x01\x00\x01ab", "\x02\x00\x01a"} {
		if parts, err := ParseBatch([]byte(s)); err == nil {
			t.Errorf("%q is read as %q", s, parts)
		}
	}
}

func FuzzBatch(f *testing.F) {
	f.Add([]byte("\x02\x00\x04PING\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parts, err := ParseBatch(b)
		if err != nil || len(b) > maxBatch+1 {
			return
		}
		batches, large := Batches(parts)
		if len(batches) != 1 || large != nil || !bytes.Equal(batches[0], b) {
			t.Errorf("%x is packed as %x", b, batches)
		}
	})
}
