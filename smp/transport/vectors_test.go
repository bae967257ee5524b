package transport

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"sotto/smp"
)

// vectorTime is when the certificates in the vectors were valid.
var vectorTime = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func atVectorTime() time.Time { return vectorTime }

// hexBytes is a byte string in a vector: hex, nil if null.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

func loadVectors[T any](t testing.TB, name string) []T {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Cases []T }
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) == 0 {
		t.Fatalf("no vectors in %s", name)
	}
	return v.Cases
}

func privateKey(t testing.TB, alg smp.Algorithm, raw []byte) smp.PrivateKey {
	t.Helper()
	k, err := smp.NewPrivateKey(alg, raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func fingerprint(b []byte) (f Fingerprint) {
	copy(f[:], b)
	return f
}

func wantBytes(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s is\n%x, want\n%x", what, got, want)
	}
}
