package identity

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"sotto/smp"
	"sotto/smp/transport"
)

// issue makes a leaf with an Ed25519 key, and that key, under an authority of
// either kind. Go signs no certificate with Ed448: there, the certificate is made
// with an authority that stands in, and its signature is replaced.
func issue(a *transport.Authority, host string, now time.Time) (transport.Chain, smp.PrivateKey, error) {
	if a.Key.Algorithm() == smp.Ed25519 {
		return a.Issue(nil, host, now)
	}
	key, err := smp.GenerateKey(rand.Reader, smp.Ed25519)
	if err != nil {
		return nil, smp.PrivateKey{}, err
	}
	chain, leaf, err := (&transport.Authority{Certificate: a.Certificate, Key: key}).Issue(nil, host, now)
	if err != nil {
		return nil, smp.PrivateKey{}, fmt.Errorf("identity: issue: %w", err)
	}
	if chain[0], err = signAgain(chain[0], a.Key); err != nil {
		return nil, smp.PrivateKey{}, fmt.Errorf("identity: issue: %w", err)
	}
	return chain, leaf, nil
}

// oidEd448 is id-Ed448 of RFC 8410.
var oidEd448 = []byte{0x2b, 0x65, 0x71}

// signAgain signs a certificate with an Ed448 key in the place of another. The
// algorithm is named in what is signed, too: RFC 5280, section 4.1.
func signAgain(der []byte, key smp.PrivateKey) ([]byte, error) {
	in := cryptobyte.String(der)
	var certificate, tbs, version, serial cryptobyte.String
	ok := in.ReadASN1(&certificate, asn1.SEQUENCE) && certificate.ReadASN1(&tbs, asn1.SEQUENCE) &&
		tbs.ReadASN1Element(&version, asn1.Tag(0).Constructed().ContextSpecific()) &&
		tbs.ReadASN1Element(&serial, asn1.INTEGER) && tbs.SkipASN1(asn1.SEQUENCE)
	if !ok {
		return nil, errors.New("certificate does not parse")
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(version)
		b.AddBytes(serial)
		addEd448(b)
		b.AddBytes(tbs)
	})
	signed, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	signature := key.Sign(signed)
	b = cryptobyte.Builder{}
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(signed)
		addEd448(b)
		b.AddASN1BitString(signature)
	})
	return b.Bytes()
}

func addEd448(b *cryptobyte.Builder) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(oidEd448) })
	})
}
