package identity

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"sotto/smp"
	"sotto/smp/transport"
)

// official is a directory with an authority and a leaf, of keys of the given
// algorithms, as the official relay makes them.
func official(t *testing.T, root, leaf smp.Algorithm, now time.Time) (dir string, of *transport.Authority) {
	t.Helper()
	a, err := transport.NewAuthority(nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if root == smp.Ed448 {
		a = authority448(t, a)
	}
	chain, key, err := issue(a, "old.example", now)
	if err != nil {
		t.Fatal(err)
	}
	if leaf == smp.Ed448 {
		key = newKey(t, smp.Ed448) // its certificate is not looked at
	}
	dir = t.TempDir()
	for name, content := range map[string][]byte{
		"ca.crt":     transport.EncodeChain(transport.Chain{a.Certificate}),
		"ca.key":     transport.EncodeKey(a.Key),
		"server.crt": transport.EncodeChain(chain[:1]),
		"server.key": transport.EncodeKey(key),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, a
}

func newKey(t *testing.T, alg smp.Algorithm) smp.PrivateKey {
	t.Helper()
	k, err := smp.GenerateKey(rand.Reader, alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestAdopt: the address stays, whatever the kinds of keys, and so does the leaf
// if it can.
func TestAdopt(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		root, leaf smp.Algorithm
		reissued   bool
	}{
		{smp.Ed25519, smp.Ed25519, false},
		{smp.Ed448, smp.Ed25519, false},
		{smp.Ed448, smp.Ed448, true},
		{smp.Ed25519, smp.Ed448, true},
	} {
		from, of := official(t, test.root, test.leaf, now)
		to := t.TempDir()
		reissued, err := Adopt(from, to, "new.example", now)
		if err != nil || reissued != test.reissued {
			t.Errorf("%v, %v: reissued %v, %v", test.root, test.leaf, reissued, err)
			continue
		}
		id, err := Load(to, "", now)
		if err != nil {
			t.Errorf("%v, %v: %v", test.root, test.leaf, err)
			continue
		}
		if id.Fingerprint != of.Fingerprint() || id.Key.Algorithm() != smp.Ed25519 {
			t.Errorf("%v, %v: the fingerprint changed", test.root, test.leaf)
		}
		if _, err := Adopt(from, to, "new.example", now); err == nil {
			t.Error("an identity is replaced")
		}
	}
}

func TestAdoptRefuses(t *testing.T) {
	now := time.Now()
	from, _ := official(t, smp.Ed448, smp.Ed448, now)
	os.Remove(filepath.Join(from, "ca.key"))
	if _, err := Adopt(from, t.TempDir(), "h", now); !errors.Is(err, ErrNeedsAuthority) {
		t.Errorf("without ca.key: %v", err)
	}
	from, _ = official(t, smp.Ed25519, smp.Ed25519, now)
	os.Remove(filepath.Join(from, "ca.key"))
	if _, err := Adopt(from, t.TempDir(), "h", now); err != nil {
		t.Errorf("a leaf that can be used needs ca.key: %v", err)
	}
	other, _ := official(t, smp.Ed25519, smp.Ed25519, now)
	for _, name := range []string{"ca.crt", "ca.key", "server.key"} {
		from, _ := official(t, smp.Ed25519, smp.Ed25519, now)
		b, err := os.ReadFile(filepath.Join(other, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(from, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Adopt(from, t.TempDir(), "h", now); err == nil {
			t.Errorf("another relay's %s is accepted", name)
		}
	}
}

// authority448 gives an authority an Ed448 key: in its certificate, and to sign
// it.
func authority448(t *testing.T, a *transport.Authority) *transport.Authority {
	t.Helper()
	key := newKey(t, smp.Ed448)
	in := cryptobyte.String(a.Certificate)
	var certificate, tbs cryptobyte.String
	if !in.ReadASN1(&certificate, asn1.SEQUENCE) || !certificate.ReadASN1(&tbs, asn1.SEQUENCE) {
		t.Fatal("the certificate does not parse")
	}
	var before []byte // version, serial, algorithm, issuer, validity, subject
	for range 6 {
		var element cryptobyte.String
		var tag asn1.Tag
		if !tbs.ReadAnyASN1Element(&element, &tag) {
			t.Fatal("the certificate does not parse")
		}
		before = append(before, element...)
	}
	if !tbs.SkipASN1(asn1.SEQUENCE) {
		t.Fatal("the certificate does not parse")
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(before)
			b.AddBytes(key.Public().DER())
			b.AddBytes(tbs)
		})
	})
	signed, err := signAgain(b.BytesOrPanic(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &transport.Authority{Certificate: signed, Key: key}
}
