//go:build !js

package transport

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"sotto/smp"
)

// An Authority is a relay's identity: the certificate whose fingerprint is in
// the relay's address. Its key signs leaves and is needed for nothing else, so
// it can be kept elsewhere.
type Authority struct {
	Certificate []byte // DER, Ed25519, signed by itself
	Key         smp.PrivateKey
}

// lifetimeDays is how long certificates are valid, as the official relay's are:
// the end of an identity would be the end of every queue address with it.
const lifetimeDays = 999999

// clockSkew is how far behind a client's clock may be.
const clockSkew = 24 * time.Hour

// NewAuthority makes an identity. Its certificate has what the official relay's
// has: a subject key identifier and that it may sign others.
func NewAuthority(random io.Reader, now time.Time) (*Authority, error) {
	key, err := smp.GenerateKey(randReader(random), smp.Ed25519)
	if err != nil {
		return nil, err
	}
	subject := pkix.Name{CommonName: "SMP server CA", Organization: []string{"Sotto"}}
	template := certificate(subject, now)
	template.IsCA = true
	der, err := sign(random, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &Authority{der, key}, nil
}

// Fingerprint returns what the relay's address says of it.
func (a *Authority) Fingerprint() Fingerprint {
	id, _ := Chain{nil, a.Certificate}.Identity()
	return id
}

// Issue makes a leaf for a relay's host name, and its key. The chain is of two.
func (a *Authority) Issue(random io.Reader, host string, now time.Time) (Chain, smp.PrivateKey, error) {
	key, err := smp.GenerateKey(randReader(random), smp.Ed25519)
	if err != nil {
		return nil, smp.PrivateKey{}, err
	}
	parent, err := x509.ParseCertificate(a.Certificate)
	if err != nil {
		return nil, smp.PrivateKey{}, fmt.Errorf("transport: issue certificate: %w", err)
	}
	template := certificate(pkix.Name{CommonName: host}, now)
	template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyAgreement
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := sign(random, template, parent, key.Public(), a.Key)
	if err != nil {
		return nil, smp.PrivateKey{}, err
	}
	return Chain{der, a.Certificate}, key, nil
}

func certificate(subject pkix.Name, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:               subject,
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.AddDate(0, 0, lifetimeDays),
		BasicConstraintsValid: true,
	}
}

func sign(random io.Reader, template, parent *x509.Certificate, key smp.PublicKey, by smp.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(randReader(random), new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("transport: sign certificate: %w", err)
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	der, err := x509.CreateCertificate(randReader(random), template, parent, ed25519.PublicKey(key.Bytes()), signer(by))
	if err != nil {
		return nil, fmt.Errorf("transport: sign certificate: %w", err)
	}
	return der, nil
}

// signer returns an Ed25519 key as the standard library has it.
func signer(k smp.PrivateKey) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Bytes()) }

// PEM types of files.
const (
	pemCertificate = "CERTIFICATE"
	pemKey         = "PRIVATE KEY"
)

// ErrPEM is returned for a file that does not hold what it should.
var ErrPEM = errors.New("transport: invalid PEM file")

// EncodeChain returns the PEM file of certificates in their order.
func EncodeChain(c Chain) []byte {
	var file []byte
	for _, der := range c {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: der})...)
	}
	return file
}

// DecodeChain reads a file of certificates, and nothing else.
func DecodeChain(file []byte) (Chain, error) {
	var c Chain
	for {
		block, rest := pem.Decode(file)
		if block == nil {
			break
		}
		if block.Type != pemCertificate {
			return nil, ErrPEM
		}
		c, file = append(c, block.Bytes), rest
	}
	if len(c) == 0 {
		return nil, ErrPEM
	}
	return c, nil
}

// EncodeKey returns the PEM file of a key, which OpenSSL and the official relay
// read as well.
func EncodeKey(k smp.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: k.DER()})
}

// DecodeKey reads what EncodeKey wrote.
func DecodeKey(file []byte) (smp.PrivateKey, error) {
	block, _ := pem.Decode(file)
	if block == nil || block.Type != pemKey {
		return smp.PrivateKey{}, ErrPEM
	}
	return smp.ParsePrivateKey(block.Bytes)
}
