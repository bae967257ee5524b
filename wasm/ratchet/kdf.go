package ratchet

import (
	"crypto/hkdf"
	"crypto/sha512"
)

// A secret is a root key, chain key, header key or message key: 32 bytes.
type secret [32]byte

const ivSize = 16

// iv is the nonce of AES-GCM, which is 16 bytes here and not the usual 12.
type iv [ivSize]byte

// kdf3 derives three keys by HKDF with SHA-512.
func kdf3(salt, material []byte, info string) (a, b, c secret) {
	out, err := hkdf.Key(sha512.New, material, salt, info, 3*len(a))
	if err != nil {
		panic(err) // 96 bytes are not too many for HKDF
	}
	copy(a[:], out)
	copy(b[:], out[32:])
	copy(c[:], out[64:])
	clear(out)
	return a, b, c
}

// agreementKDF is the last step of X3DH.
func agreementKDF(material []byte) (sendHeader, receiveNextHeader, root secret) {
	return kdf3(make([]byte, 64), material, "SimpleXX3DH")
}

// rootKDF is KDF_RK_HE: it mixes the X448 secret, and the KEM's if there is one,
// into the root key, and starts a chain.
func rootKDF(root secret, shared, kemShared []byte) (newRoot, chain, nextHeader secret) {
	material := append(append([]byte(nil), shared...), kemShared...)
	defer clear(material)
	return kdf3(root[:], material, "SimpleXRootRatchet")
}

// chainKDF is KDF_CK: the next key of the chain, and the keys of a message.
func chainKDF(chain secret) (next secret, m messageKey, headerIV iv) {
	next, key, ivs := kdf3(nil, chain[:], "SimpleXChainRatchet")
	return next, messageKey{key, iv(ivs[:ivSize])}, iv(ivs[ivSize:])
}

// A messageKey seals the body of one message.
type messageKey struct {
	key secret
	iv  iv
}
