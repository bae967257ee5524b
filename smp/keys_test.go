package smp

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"sotto/smp/wire"
)

func TestKeyVectors(t *testing.T) {
	for _, v := range vectors(t, "keys") {
		t.Run(v.Description, func(t *testing.T) {
			switch alg := v.In.text("alg"); {
			case v.Out.has("error"):
				checkKeyRefused(t, v)
			case strings.HasSuffix(alg, "-DH"):
				checkDH(t, v)
			case alg == "Ed25519-sign":
				checkSignature(t, v.In.private("seed", Ed25519), v.In.hex("message"), v.Out.hex("signature"))
			case alg == "Ed448":
				checkSignature(t, v.In.private("privateKey", Ed448), v.In.hex("message"), v.Out.hex("signature"))
				fallthrough
			default:
				checkKey(t, v)
			}
		})
	}
}

func algorithmOf(name string) Algorithm {
	for a := Ed25519; a <= X448; a++ {
		if strings.HasPrefix(name, a.String()) {
			return a
		}
	}
	panic(name)
}

func checkKey(t *testing.T, v vector) {
	raw := v.In.hex("privateKey")
	if v.In.has("seed") {
		raw = v.In.hex("seed")
	}
	k := must(NewPrivateKey(algorithmOf(v.In.text("alg")), raw))
	checkBytes(t, "public key", k.Public().Bytes(), v.Out.hex("publicKey"))
	checkKeyForms(t, k)
	if v.Out.has("publicKeyDer") {
		checkBytes(t, "public DER", k.Public().DER(), v.Out.hex("publicKeyDer"))
	}
	if v.Out.has("privateKeyDer") {
		checkBytes(t, "private DER", k.DER(), v.Out.hex("privateKeyDer"))
	}
	if v.Out.has("sha256OfPublicKeyDer") {
		sum := k.Public().Hash()
		checkBytes(t, "hash", sum[:], v.Out.hex("sha256OfPublicKeyDer"))
	}
}

// checkKeyForms encodes a key in every form and decodes it again.
func checkKeyForms(t *testing.T, k PrivateKey) {
	t.Helper()
	if back, err := ParsePrivateKey(k.DER()); err != nil || back != k {
		t.Errorf("PKCS #8 decodes to another key, %v", err)
	}
	pub := k.Public()
	if back, err := ParsePublicKey(pub.DER()); err != nil || back != pub {
		t.Errorf("SubjectPublicKeyInfo decodes to another key, %v", err)
	}
	var back PublicKey
	if err := back.UnmarshalText(must(pub.MarshalText())); err != nil || back != pub {
		t.Errorf("text decodes to another key, %v", err)
	}
	p := wire.NewParser(AppendPublicKey(nil, pub))
	if got := ReadPublicKey(p, pub.Algorithm()); p.Done() != nil || got != pub {
		t.Errorf("wire form decodes to another key, %v", p.Done())
	}
	for n := range pub.DER() {
		if _, err := ParsePublicKey(pub.DER()[:n]); err == nil {
			t.Errorf("%d bytes are a public key", n)
		}
	}
	for n := range k.DER() {
		if _, err := ParsePrivateKey(k.DER()[:n]); err == nil {
			t.Errorf("%d bytes are a private key", n)
		}
	}
}

// checkKeyRefused decodes what is no key of the kind that the error names.
func checkKeyRefused(t *testing.T, v vector) {
	want := algorithmOf(strings.TrimPrefix(v.Out.text("error"), "decodePubKey"))
	p := wire.NewParser(wire.AppendShort(nil, v.In.hex("der")))
	if k := ReadPublicKey(p, want); p.Done() == nil || !k.IsZero() {
		t.Errorf("decoded as %v key", k.Algorithm())
	}
}

func checkDH(t *testing.T, v vector) {
	alg := algorithmOf(v.In.text("alg"))
	a, b := v.In.private("privateA", alg), v.In.private("privateB", alg)
	checkBytes(t, "public A", a.Public().Bytes(), v.In.hex("publicA"))
	checkBytes(t, "public B", b.Public().Bytes(), v.In.hex("publicB"))
	checkBytes(t, "secret of A", must(a.DH(b.Public())), v.Out.hex("sharedSecretAB"))
	checkBytes(t, "secret of B", must(b.DH(a.Public())), v.Out.hex("sharedSecretBA"))
}

func checkSignature(t *testing.T, k PrivateKey, msg, want []byte) {
	checkBytes(t, "signature", k.Sign(msg), want)
	if !k.Public().Verify(msg, want) {
		t.Error("signature is refused")
	}
	if k.Public().Verify(append(msg, 'x'), want) {
		t.Error("signature of another message is accepted")
	}
	for n := range want {
		if k.Public().Verify(msg, want[:n]) {
			t.Errorf("%d bytes of the signature are accepted", n)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	for a := Ed25519; a <= X448; a++ {
		t.Run(a.String(), func(t *testing.T) {
			seed := bytes.Repeat([]byte{7}, a.KeySize())
			k := must(GenerateKey(bytes.NewReader(seed), a))
			checkBytes(t, "private key", k.Bytes(), seed)
			checkKeyForms(t, k)
			if _, err := GenerateKey(bytes.NewReader(seed[1:]), a); err == nil {
				t.Error("too little randomness is enough")
			}
			if other := must(GenerateKey(rand.Reader, a)); other == k {
				t.Error("the same key twice")
			}
		})
	}
}

// TestZeroKey checks that the zero values do nothing.
func TestZeroKey(t *testing.T) {
	var pub PublicKey
	var priv PrivateKey
	if !pub.IsZero() || !priv.IsZero() || pub.DER() != nil || priv.DER() != nil || len(pub.Bytes()) != 0 {
		t.Error("the zero key is a key")
	}
	if pub.Verify(nil, nil) {
		t.Error("the zero key verifies")
	}
	if _, err := priv.DH(pub); err == nil {
		t.Error("the zero key agrees on a secret")
	}
	if _, err := NewPublicKey(0, nil); err == nil {
		t.Error("no algorithm is an algorithm")
	}
}

func TestKeysOfOtherKinds(t *testing.T) {
	sign, agree := must(GenerateKey(rand.Reader, Ed25519)), must(GenerateKey(rand.Reader, X25519))
	for _, peer := range []PublicKey{sign.Public(), must(GenerateKey(rand.Reader, X448)).Public()} {
		if _, err := agree.DH(peer); err == nil {
			t.Errorf("X25519 agrees with %v", peer.Algorithm())
		}
	}
	if _, err := sign.DH(sign.Public()); err == nil {
		t.Error("Ed25519 agrees")
	}
	if agree.Public().Verify(nil, make([]byte, Ed25519SignatureSize)) {
		t.Error("X25519 verifies")
	}
}

// TestLowOrder checks that a peer cannot make everybody know the secret.
func TestLowOrder(t *testing.T) {
	for _, a := range []Algorithm{X25519, X448} {
		for _, first := range []byte{0, 1} {
			raw := make([]byte, a.KeySize())
			raw[0] = first
			if _, err := must(GenerateKey(rand.Reader, a)).DH(must(NewPublicKey(a, raw))); err == nil {
				t.Errorf("%v agrees with the point %d", a, first)
			}
		}
	}
}

// TestPrivateKeyHides checks that formatting a private key does not show it.
func TestPrivateKeyHides(t *testing.T) {
	k := must(GenerateKey(rand.Reader, Ed25519))
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if s := fmt.Sprintf(format, k); strings.Contains(s, hex.EncodeToString(k.Bytes()[:4])) || len(s) > 60 {
			t.Errorf("%s shows %s", format, s)
		}
	}
}

func FuzzPublicKey(f *testing.F) {
	for a := Ed25519; a <= X448; a++ {
		f.Add(must(GenerateKey(bytes.NewReader(make([]byte, 57)), a)).Public().DER())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParsePublicKey(b); err == nil && !bytes.Equal(k.DER(), b) {
			t.Errorf("%x encodes as %x", b, k.DER())
		}
	})
}

func FuzzPrivateKey(f *testing.F) {
	f.Add(must(GenerateKey(bytes.NewReader(make([]byte, 57)), X25519)).DER())
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParsePrivateKey(b); err == nil && !bytes.Equal(k.DER(), b) {
			t.Error("a key encodes otherwise")
		}
	})
}

func TestAlgorithmName(t *testing.T) {
	for a, want := range map[Algorithm]string{0: "Algorithm(0)", X448: "X448", 5: "Algorithm(5)"} {
		if got := a.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestSignWithAgreementKey(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	must(GenerateKey(rand.Reader, X25519)).Sign(nil)
}

func TestKeyTextRefused(t *testing.T) {
	for _, text := range []string{"", "!", "MCow", string(must(dummyX25519.MarshalText()))[1:]} {
		var k PublicKey
		if err := k.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a %v key", text, k.Algorithm())
		}
	}
}
