package smp

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"testing"
)

func TestPrimitiveVectors(t *testing.T) {
	check := map[string]func(*testing.T, vector){
		"hkdf":         checkHKDF,
		"cryptoBox":    checkBox,
		"cbEncrypt":    checkPaddedBox,
		"cbDecrypt":    checkBadBox,
		"reverseNonce": checkReverse,
		"sha":          checkHashes,
	}
	for _, v := range vectors(t, "crypto_primitives") {
		t.Run(v.In.text("fn"), func(t *testing.T) { check[v.In.text("fn")](t, v) })
	}
}

func checkHKDF(t *testing.T, v vector) {
	got := HKDF(v.In.hex("ikm"), v.In.hex("salt"), v.In.text("info"), v.In.int("length"))
	checkBytes(t, "output", got, v.Out.hex("okm"))
}

func checkBox(t *testing.T, v vector) {
	key, nonce, msg := v.In.hex("key"), NonceOf(v.In.hex("nonce")), v.In.hex("message")
	box := Seal(key, nonce, msg)
	checkBytes(t, "box", box, v.Out.hex("box"))
	checkBytes(t, "message", must(Open(key, nonce, box)), msg)
	checkTampering(t, key, nonce, box)
}

// checkTampering changes each byte of a box, and cuts it everywhere.
func checkTampering(t *testing.T, key []byte, nonce Nonce, box []byte) {
	t.Helper()
	for n := range box {
		bad := bytes.Clone(box)
		bad[n] ^= 1
		for _, b := range [][]byte{bad, box[:n]} {
			if msg, err := Open(key, nonce, b); !errors.Is(err, ErrDecrypt) || msg != nil {
				t.Errorf("bad box at %d opens: %v", n, err)
			}
		}
	}
	if _, err := Open(key, nonce.Reverse(), box); !errors.Is(err, ErrDecrypt) {
		t.Errorf("box opens with another nonce: %v", err)
	}
}

func checkPaddedBox(t *testing.T, v vector) {
	key, nonce, msg := v.In.hex("key"), NonceOf(v.In.hex("nonce")), v.In.hex("message")
	box := must(SealPadded(key, nonce, msg, v.In.int("paddedLen")))
	checkBytes(t, "box", box, v.Out.hex("box"))
	checkBytes(t, "message", must(OpenPadded(key, nonce, box)), v.Out.hex("decrypted"))
	checkBytes(t, "padded message", must(Open(key, nonce, box)), v.Out.hex("decryptedNoUnpad"))
}

func checkBadBox(t *testing.T, v vector) {
	if _, err := OpenPadded(v.In.hex("key"), NonceOf(v.In.hex("nonce")), v.In.hex("box")); !errors.Is(err, ErrDecrypt) {
		t.Errorf("opens: %v", err)
	}
}

func checkReverse(t *testing.T, v vector) {
	n := NonceOf(v.In.hex("nonce"))
	reversed := n.Reverse()
	checkBytes(t, "reversed nonce", reversed[:], v.Out.hex("reversed"))
	if reversed.Reverse() != n {
		t.Error("a nonce reversed twice is another")
	}
}

// checkHashes checks that the protocol's hashes are the plain ones.
func checkHashes(t *testing.T, v vector) {
	short, long := sha256.Sum256(v.In.hex("message")), sha512.Sum512(v.In.hex("message"))
	checkBytes(t, "SHA-256", short[:], v.Out.hex("sha256"))
	checkBytes(t, "SHA-512", long[:], v.Out.hex("sha512Hash"))
}

func TestNonceOf(t *testing.T) {
	long := bytes.Repeat([]byte{1}, NonceSize+1)
	n := NonceOf(long)
	checkBytes(t, "nonce of a long id", n[:], long[:NonceSize])
	n = NonceOf([]byte{1})
	checkBytes(t, "nonce of a short id", n[:], append([]byte{1}, make([]byte, NonceSize-1)...))
}

func TestBoxKeyLength(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Seal(make([]byte, BoxKeySize-1), Nonce{}, nil)
}
