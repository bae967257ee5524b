package ratchet

import (
	"crypto/aes"
	"crypto/cipher"

	"sotto/smp/wire"
)

const tagSize = 16

func gcm(key secret) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the length of the key is right
	}
	aead, err := cipher.NewGCMWithNonceSize(block, ivSize)
	if err != nil {
		panic(err) // the length of the nonce is right
	}
	return aead
}

// seal pads message to length bytes and appends it to b, encrypted, after its
// authentication tag.
func seal(b []byte, k messageKey, ad, message []byte, length int) ([]byte, error) {
	start := len(b) + tagSize
	b = append(b, make([]byte, tagSize)...)
	b, err := wire.AppendPadded(b, message, length)
	if err != nil {
		return nil, ErrTooLong
	}
	b = gcm(k.key).Seal(b[:start], k.iv[:], b[start:], ad)
	end := len(b) - tagSize
	copy(b[start-tagSize:], b[end:])
	return b[:end], nil
}

// open returns what seal sealed, and whether it is authentic.
func open(k messageKey, ad, tag, body []byte) (message []byte, ok bool) {
	b := make([]byte, 0, len(body)+tagSize)
	b = append(append(b, body...), tag...)
	padded, err := gcm(k.key).Open(b[:0], k.iv[:], b, ad)
	if err != nil {
		return nil, false
	}
	message, err = wire.Unpad(padded)
	return message, err == nil
}
