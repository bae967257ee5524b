package transport

import (
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"sotto/smp"
)

// algorithmIDs are the AlgorithmIdentifiers of RFC 8410, which have no
// parameters.
var algorithmIDs = map[smp.Algorithm]string{
	smp.Ed25519: "\x30\x05\x06\x03\x2b\x65\x70",
	smp.Ed448:   "\x30\x05\x06\x03\x2b\x65\x71",
}

// readAlgorithm reads an AlgorithmIdentifier of a signature.
func readAlgorithm(s *cryptobyte.String, alg *smp.Algorithm) bool {
	var id cryptobyte.String
	if !s.ReadASN1Element(&id, asn1.SEQUENCE) {
		return false
	}
	for a, known := range algorithmIDs {
		if string(id) == known {
			*alg = a
			return true
		}
	}
	return false
}

// readSignature reads the algorithm and the signature that end every signed
// object of X.509.
func readSignature(s *cryptobyte.String, alg *smp.Algorithm, signature *[]byte) bool {
	return readAlgorithm(s, alg) && s.ReadASN1BitStringAsBytes(signature)
}

func verify(key smp.PublicKey, alg smp.Algorithm, msg, signature []byte) bool {
	return key.Algorithm() == alg && key.Verify(msg, signature)
}

// SignKey returns key signed in the form of an X.509 signed object, as relays
// and services send the key of a session.
func SignKey(key smp.PublicKey, by smp.PrivateKey) []byte {
	object := signedObject(key)
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(object)
		b.AddBytes([]byte(algorithmIDs[by.Algorithm()]))
		b.AddASN1BitString(by.Sign(object))
	})
	return b.BytesOrPanic()
}

// signedObject is what the signature of a key covers: the key in one more
// SEQUENCE, which the reference's X.509 library writes and insists on.
func signedObject(key smp.PublicKey) []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(key.DER()) })
	return b.BytesOrPanic()
}

// VerifyKey returns the key in what SignKey made, of one algorithm, if it was
// signed by the private half of by. The error is ErrCertificate if it was not.
func VerifyKey(signed []byte, alg smp.Algorithm, by smp.PublicKey) (smp.PublicKey, error) {
	var all, object cryptobyte.String
	var signedWith smp.Algorithm
	var signature []byte
	input := cryptobyte.String(signed)
	ok := input.ReadASN1(&all, asn1.SEQUENCE) && input.Empty() &&
		all.ReadASN1Element(&object, asn1.SEQUENCE) &&
		readSignature(&all, &signedWith, &signature) && all.Empty() &&
		verify(by, signedWith, object, signature)
	var der cryptobyte.String
	if !ok || !object.ReadASN1(&der, asn1.SEQUENCE) {
		return smp.PublicKey{}, ErrCertificate
	}
	key, err := smp.ParsePublicKey(der)
	if err != nil || key.Algorithm() != alg {
		return smp.PublicKey{}, ErrCertificate
	}
	return key, nil
}
