package transport

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"sotto/smp"
)

type certificateCase struct {
	Description string
	Inputs      struct {
		Alg                  string
		CaPrivateSeed        hexBytes
		LeafPrivateSeed      hexBytes
		CaCertDer            hexBytes
		LeafCertDer          hexBytes
		SessionPublicKey     hexBytes
		SignedKeyDer         hexBytes
		Challenge, SessionID hexBytes
		KeyHash              hexBytes
		CertChainDer         []hexBytes
	}
	Outputs struct {
		KeyHash           hexBytes
		LeafPublicKey     hexBytes
		SignedKeyDer      hexBytes
		HaskellX509Decode string
		WebIdentityProof  hexBytes
		Extracted         struct{ DhKey hexBytes }
	}
}

func (c *certificateCase) algorithm() smp.Algorithm {
	if c.Inputs.Alg == "ED448" {
		return smp.Ed448
	}
	return smp.Ed25519
}

func (c *certificateCase) chain() Chain { return Chain{c.Inputs.LeafCertDer, c.Inputs.CaCertDer} }

// chainVectors returns the cases that have a whole chain: Ed25519 and Ed448.
func chainVectors(t testing.TB) []certificateCase {
	var chains []certificateCase
	for _, c := range loadVectors[certificateCase](t, "certificates") {
		if c.Inputs.CaCertDer != nil {
			chains = append(chains, c)
		}
	}
	if len(chains) != 2 {
		t.Fatalf("%d chains in the vectors, want 2", len(chains))
	}
	return chains
}

func TestChainVectors(t *testing.T) {
	for _, c := range chainVectors(t) {
		t.Run(c.Inputs.Alg, func(t *testing.T) {
			id, ok := c.chain().Identity()
			if !ok || id != fingerprint(c.Outputs.KeyHash) {
				t.Errorf("identity %x, want %x", id, c.Outputs.KeyHash)
			}
			leaf, err := c.chain().Verify(id, vectorTime)
			if err != nil {
				t.Fatal(err)
			}
			if leaf.PublicKey.Algorithm() != c.algorithm() {
				t.Errorf("leaf has an %v key", leaf.PublicKey.Algorithm())
			}
			wantBytes(t, "leaf key", leaf.PublicKey.Bytes(), c.Outputs.LeafPublicKey)
		})
	}
}

func TestSignedKeyVectors(t *testing.T) {
	for _, c := range chainVectors(t) {
		t.Run(c.Inputs.Alg, func(t *testing.T) {
			leafKey := privateKey(t, c.algorithm(), c.Inputs.LeafPrivateSeed)
			session, err := smp.NewPublicKey(smp.X25519, c.Inputs.SessionPublicKey)
			if err != nil {
				t.Fatal(err)
			}
			wantBytes(t, "signed key", SignKey(session, leafKey), c.Outputs.SignedKeyDer)
			got, err := VerifyKey(c.Outputs.SignedKeyDer, smp.X25519, leafKey.Public())
			if err != nil || got != session {
				t.Errorf("VerifyKey: %v, %v", got, err)
			}
		})
	}
}

// The reference refuses the key without the extra SEQUENCE.
func TestSignedKeyWithoutSequence(t *testing.T) {
	chains := map[string]certificateCase{}
	for _, c := range chainVectors(t) {
		chains[c.Inputs.Alg] = c
	}
	for _, c := range loadVectors[certificateCase](t, "certificates") {
		if !strings.HasPrefix(c.Outputs.HaskellX509Decode, "ERROR") {
			continue
		}
		by := chains[c.Inputs.Alg]
		leafKey := privateKey(t, by.algorithm(), by.Inputs.LeafPrivateSeed)
		if _, err := VerifyKey(c.Inputs.SignedKeyDer, smp.X25519, leafKey.Public()); err != ErrCertificate {
			t.Errorf("%s: %v, want ErrCertificate", c.Inputs.Alg, err)
		}
	}
}

func TestVerifyKeyRefuses(t *testing.T) {
	c := chainVectors(t)[0]
	leafKey := privateKey(t, smp.Ed25519, c.Inputs.LeafPrivateSeed).Public()
	caKey := privateKey(t, smp.Ed25519, c.Inputs.CaPrivateSeed).Public()
	signed := []byte(c.Outputs.SignedKeyDer)
	for n := range signed {
		if _, err := VerifyKey(signed[:n], smp.X25519, leafKey); err != ErrCertificate {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
		changed := bytes.Clone(signed)
		changed[n] ^= 1
		if _, err := VerifyKey(changed, smp.X25519, leafKey); err != ErrCertificate {
			t.Fatalf("byte %d changed: %v", n, err)
		}
	}
	if _, err := VerifyKey(signed, smp.X25519, caKey); err != ErrCertificate {
		t.Errorf("signed by another key: %v", err)
	}
	if _, err := VerifyKey(signed, smp.Ed25519, leafKey); err != ErrCertificate {
		t.Errorf("key of another kind: %v", err)
	}
}

func TestChainRefuses(t *testing.T) {
	c := chainVectors(t)[0]
	leaf, ca := []byte(c.Inputs.LeafCertDer), []byte(c.Inputs.CaCertDer)
	other := []byte(chainVectors(t)[1].Inputs.CaCertDer)
	broken := bytes.Clone(leaf)
	broken[len(broken)-1] ^= 1
	id := fingerprint(c.Outputs.KeyHash)
	for _, tt := range []struct {
		name  string
		chain Chain
		relay Fingerprint
		now   time.Time
		want  error
	}{
		{"empty", nil, id, vectorTime, ErrCertificate},
		{"one", Chain{ca}, id, vectorTime, ErrCertificate},
		{"five", Chain{leaf, ca, ca, ca, ca}, id, vectorTime, ErrCertificate},
		{"other identity", Chain{leaf, ca}, Fingerprint{}, vectorTime, ErrIdentity},
		{"order", Chain{ca, leaf}, id, vectorTime, ErrIdentity},
		{"identity is last but not second", Chain{leaf, other, ca}, id, vectorTime, ErrIdentity},
		{"leaf with a broken signature", Chain{broken, ca}, id, vectorTime, ErrCertificate},
		{"identity is not signed by the next", Chain{leaf, ca, other}, id, vectorTime, ErrCertificate},
		{"leaf signs a leaf", Chain{leaf, leaf}, sha(leaf), vectorTime, ErrCertificate},
		{"too early", Chain{leaf, ca}, id, vectorTime.AddDate(-1, 0, 0), ErrCertificate},
		{"too late", Chain{leaf, ca}, id, vectorTime.AddDate(300, 0, 0), ErrCertificate},
		{"rubbish", Chain{leaf, []byte("rubbish")}, sha([]byte("rubbish")), vectorTime, ErrCertificate},
	} {
		if _, err := tt.chain.Verify(tt.relay, tt.now); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func sha(der []byte) Fingerprint {
	id, _ := Chain{nil, der}.Identity()
	return id
}

func TestCertificateTruncated(t *testing.T) {
	for _, c := range chainVectors(t) {
		der := []byte(c.Inputs.LeafCertDer)
		for n := range der {
			if _, err := ParseCertificate(der[:n]); err != ErrCertificate {
				t.Fatalf("%s cut to %d bytes: %v", c.Inputs.Alg, n, err)
			}
		}
		if _, err := ParseCertificate(append(bytes.Clone(der), 0)); err != ErrCertificate {
			t.Errorf("with a byte more: %v", err)
		}
	}
}

func FuzzCertificate(f *testing.F) {
	for _, c := range chainVectors(f) {
		f.Add([]byte(c.Inputs.LeafCertDer))
		f.Add([]byte(c.Inputs.CaCertDer))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := ParseCertificate(der)
		if err != nil {
			return
		}
		if !bytes.Contains(der, c.tbs) || !c.PublicKey.Algorithm().Signs() {
			t.Error("certificate is not what was parsed")
		}
		c.signedBy(c)
	})
}

func FuzzVerifyKey(f *testing.F) {
	c := chainVectors(f)[0]
	leafKey := privateKey(f, smp.Ed25519, c.Inputs.LeafPrivateSeed)
	f.Add([]byte(c.Outputs.SignedKeyDer))
	f.Fuzz(func(t *testing.T, signed []byte) {
		key, err := VerifyKey(signed, smp.X25519, leafKey.Public())
		if err == nil && !bytes.Equal(SignKey(key, leafKey), signed) {
			t.Errorf("%x is accepted and encodes otherwise", signed)
		}
	})
}
