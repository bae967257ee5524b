//go:build !js

package transport

import (
	"bytes"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"sotto/smp"
)

func TestAuthorityIssues(t *testing.T) {
	authority, chain, key := newRelay(t)
	leaf, err := chain.Verify(authority.Fingerprint(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if leaf.PublicKey != key.Public() || leaf.Authority {
		t.Error("the leaf has another key, or may sign")
	}
	ca, err := ParseCertificate(authority.Certificate)
	if err != nil || !ca.Authority || ca.PublicKey != authority.Key.Public() {
		t.Errorf("authority %v, %v", ca, err)
	}
	if _, err := chain.Verify(authority.Fingerprint(), time.Now().AddDate(2000, 0, 0)); err != nil {
		t.Errorf("in 2000 years: %v", err)
	}
}

// The official clients' library wants of a leaf what crypto/x509 wants, too.
func TestStandardLibraryAccepts(t *testing.T) {
	_, chain, _ := newRelay(t)
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(chain[1])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots}); err != nil {
		t.Error(err)
	}
	if len(root.SubjectKeyId) == 0 || !bytes.Equal(leaf.AuthorityKeyId, root.SubjectKeyId) {
		t.Error("the key identifiers do not join the chain")
	}
}

func TestLeafSignsNothing(t *testing.T) {
	authority, chain, key := newRelay(t)
	rogue := &Authority{Certificate: chain[0], Key: key}
	forged, _, err := rogue.Issue(nil, "other.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	longer := Chain{forged[0], chain[0], authority.Certificate}
	if _, err := longer.Verify(sha(chain[0]), time.Now()); !errors.Is(err, ErrCertificate) {
		t.Errorf("a leaf signed by a leaf: %v", err)
	}
}

func TestLongerChains(t *testing.T) {
	operator, err := NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	identity := subordinate(t, operator)
	leaf, _, err := identity.Issue(nil, "relay.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	three := Chain{leaf[0], identity.Certificate, operator.Certificate}
	if _, err := three.Verify(identity.Fingerprint(), time.Now()); err != nil {
		t.Errorf("chain of three: %v", err)
	}
	if _, err := three.Verify(operator.Fingerprint(), time.Now()); !errors.Is(err, ErrIdentity) {
		t.Errorf("the last of three as identity: %v", err)
	}
	network := subordinate(t, operator)
	deeper := subordinate(t, network)
	leaf, _, err = deeper.Issue(nil, "relay.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	four := Chain{leaf[0], deeper.Certificate, network.Certificate, operator.Certificate}
	if _, err := four.Verify(deeper.Fingerprint(), time.Now()); err != nil {
		t.Errorf("chain of four: %v", err)
	}
	four[2], four[3] = four[3], four[2]
	if _, err := four.Verify(deeper.Fingerprint(), time.Now()); !errors.Is(err, ErrCertificate) {
		t.Errorf("chain of four out of order: %v", err)
	}
}

// subordinate makes an authority whose certificate another one signed.
func subordinate(t *testing.T, by *Authority) *Authority {
	t.Helper()
	a, err := NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	template, err := x509.ParseCertificate(a.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := x509.ParseCertificate(by.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	// crypto/x509 takes the issuer from the parent; the names must differ to
	// tell the certificates apart.
	template.Subject.CommonName += " below"
	template.RawSubject = nil
	if a.Certificate, err = sign(nil, template, parent, a.Key.Public(), by.Key); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPEM(t *testing.T) {
	_, chain, key := newRelay(t)
	file := EncodeChain(chain)
	decoded, err := DecodeChain(file)
	if err != nil || len(decoded) != 2 || !bytes.Equal(decoded[0], chain[0]) || !bytes.Equal(decoded[1], chain[1]) {
		t.Errorf("chain: %v, %v", decoded, err)
	}
	same, err := DecodeKey(EncodeKey(key))
	if err != nil || same != key {
		t.Errorf("key: %v", err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "rubbish": []byte("rubbish"), "key": EncodeKey(key)} {
		if _, err := DecodeChain(bad); err != ErrPEM {
			t.Errorf("%s as chain: %v", name, err)
		}
	}
	for name, bad := range map[string][]byte{"empty": nil, "chain": file} {
		if _, err := DecodeKey(bad); err != ErrPEM {
			t.Errorf("%s as key: %v", name, err)
		}
	}
	if _, err := DecodeKey([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")); err != smp.ErrKey {
		t.Errorf("broken key: %v", err)
	}
}
