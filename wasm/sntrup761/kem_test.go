package sntrup761

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// hexBytes is a byte string in the vectors.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// vector is a case of sntrup761.json.
type vector struct {
	Description string
	Inputs      struct {
		KeypairRng, EncRng    hexBytes
		Ciphertext, SecretKey hexBytes
		PublicKeyLen          int
		CiphertextLen         int
	}
	Outputs struct {
		PublicKey, SecretKey, Ciphertext, SharedSecret, Decapsulated hexBytes
	}
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/sntrup761.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []vector }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func TestVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Description, func(t *testing.T) {
			switch {
			case v.Inputs.KeypairRng != nil:
				testRoundTrip(t, v)
			case v.Inputs.SecretKey != nil:
				testDecapsulate(t, v.Inputs.SecretKey, v.Inputs.Ciphertext, v.Outputs.Decapsulated)
			case v.Inputs.PublicKeyLen != 0:
				testLengths(t, v.Inputs.PublicKeyLen, v.Inputs.CiphertextLen)
			default:
				t.Fatal("unknown kind of case")
			}
		})
	}
}

func testRoundTrip(t *testing.T, v vector) {
	rand := bytes.NewReader(v.Inputs.KeypairRng)
	k, err := GenerateKey(rand)
	if err != nil {
		t.Fatal(err)
	}
	if rand.Len() != 0 {
		t.Errorf("%d random bytes left", rand.Len())
	}
	equal(t, "public key", k.Public().Bytes(), v.Outputs.PublicKey)
	equal(t, "private key", k.Bytes(), v.Outputs.SecretKey)

	rand = bytes.NewReader(v.Inputs.EncRng)
	shared, ciphertext, err := k.Public().Encapsulate(rand)
	if err != nil {
		t.Fatal(err)
	}
	if rand.Len() != 0 {
		t.Errorf("%d random bytes left", rand.Len())
	}
	equal(t, "ciphertext", ciphertext, v.Outputs.Ciphertext)
	equal(t, "shared key", shared, v.Outputs.SharedSecret)
	testDecapsulate(t, v.Outputs.SecretKey, v.Outputs.Ciphertext, v.Outputs.Decapsulated)
}

func testDecapsulate(t *testing.T, private, ciphertext, want []byte) {
	k, err := NewPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := k.Decapsulate(ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "decapsulated key", shared, want)
}

func testLengths(t *testing.T, public, ciphertext int) {
	if _, err := NewPublicKey(make([]byte, public)); err != ErrLength {
		t.Errorf("public key of %d bytes: %v", public, err)
	}
	if _, err := new(PrivateKey).Decapsulate(make([]byte, ciphertext)); err != ErrLength {
		t.Errorf("ciphertext of %d bytes: %v", ciphertext, err)
	}
	if _, err := NewPrivateKey(make([]byte, PrivateKeySize-1)); err != ErrLength {
		t.Errorf("short private key: %v", err)
	}
}

func equal(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	for range 20 {
		k := newKey(t)
		shared, ciphertext, err := k.Public().Encapsulate(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		again, err := NewPrivateKey(k.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Decapsulate(ciphertext)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "shared key", got, shared)
	}
}

// TestImplicitRejection: a ciphertext with a changed bit gives another key,
// always the same, and no error.
func TestImplicitRejection(t *testing.T) {
	k := newKey(t)
	shared, ciphertext, err := k.Public().Encapsulate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 500, roundedSize - 1, roundedSize, CiphertextSize - 1} {
		bad := bytes.Clone(ciphertext)
		bad[i] ^= 1
		first, err1 := k.Decapsulate(bad)
		second, err2 := k.Decapsulate(bad)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if bytes.Equal(first, shared) || !bytes.Equal(first, second) {
			t.Errorf("byte %d changed: the key is the sender's, or not always the same", i)
		}
	}
}

// TestShortRandomness: a source that ends is an error, not a weak key.
func TestShortRandomness(t *testing.T) {
	k := newKey(t)
	for _, n := range []int{0, 3043, 6087, 6278} {
		if _, err := GenerateKey(bytes.NewReader(make([]byte, n))); err == nil {
			t.Errorf("a key of %d random bytes", n)
		}
	}
	if _, _, err := k.Public().Encapsulate(bytes.NewReader(make([]byte, 3043))); err == nil {
		t.Error("a shared key of 3,043 random bytes")
	}
}

func TestWipe(t *testing.T) {
	k := newKey(t)
	k.Wipe()
	equal(t, "wiped key", k.Bytes(), make([]byte, PrivateKeySize))
}

func TestHiddenFromLogs(t *testing.T) {
	k := newKey(t)
	for _, format := range []string{"%v", "%+v", "%s", "%#v"} {
		if got := fmt.Sprintf(format, k); got != "(private key)" {
			t.Errorf("%s prints %.40s", format, got)
		}
	}
}

// FuzzDecapsulate: any bytes of the right length have a key.
func FuzzDecapsulate(f *testing.F) {
	v := readVectors(f)[0]
	f.Add([]byte(v.Outputs.SecretKey), []byte(v.Outputs.Ciphertext))
	f.Fuzz(func(t *testing.T, private, ciphertext []byte) {
		k, err := NewPrivateKey(private)
		if err != nil {
			t.Skip()
		}
		shared, err := k.Decapsulate(ciphertext)
		if (err == nil) != (len(ciphertext) == CiphertextSize) || (err == nil) != (len(shared) == SharedKeySize) {
			t.Fatalf("%d bytes: %d, %v", len(ciphertext), len(shared), err)
		}
		if _, ciphertext, err := k.Public().Encapsulate(rand.Reader); err != nil || len(ciphertext) != CiphertextSize {
			t.Fatal(len(ciphertext), err)
		}
	})
}
