package archive

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"sotto/wasm/store/passphrase"
)

var (
	// ErrFormat means that the file is none of ours.
	ErrFormat = errors.New("archive: not an archive")
	// ErrVersion means that a newer version of this program made the file.
	ErrVersion = errors.New("archive: made by a newer version")
	// ErrPassphrase means that the passphrase is wrong, or that the beginning of
	// the file is damaged: which of them cannot be told.
	ErrPassphrase = errors.New("archive: wrong passphrase or damaged")
	// ErrDamaged means that the file was changed or cut off.
	ErrDamaged = errors.New("archive: damaged or cut off")
)

const (
	magic      = "sotto archive"
	version    = 1
	saltSize   = passphrase.SaltSize
	prefixSize = chacha20poly1305.NonceSizeX - 5
	headerSize = len(magic) + 1 + 4 + 4 + saltSize + prefixSize
	chunkSize  = 1 << 16
	sealedSize = chunkSize + chacha20poly1305.Overhead
)

// A header is the beginning of a file.
type header struct {
	cost         passphrase.Cost
	salt, prefix []byte
}

func (h header) bytes() []byte {
	b := append([]byte(magic), version)
	b = binary.BigEndian.AppendUint32(b, h.cost.Time)
	b = binary.BigEndian.AppendUint32(b, h.cost.Memory)
	b = append(b, h.salt...)
	return append(b, h.prefix...)
}

// parseHeader reads headerSize bytes.
func parseHeader(b []byte) (header, error) {
	b, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok {
		return header{}, ErrFormat
	}
	if b[0] != version {
		return header{}, fmt.Errorf("%w: %d", ErrVersion, b[0])
	}
	h := header{
		cost:   passphrase.Cost{Time: binary.BigEndian.Uint32(b[1:]), Memory: binary.BigEndian.Uint32(b[5:])},
		salt:   b[9 : 9+saltSize],
		prefix: b[9+saltSize:],
	}
	if !h.cost.Valid() {
		return header{}, fmt.Errorf("%w: cost %v", ErrDamaged, h.cost)
	}
	return h, nil
}

// A cover seals or opens the chunks of a file, in order.
type cover struct {
	aead   cipher.AEAD
	header []byte
	nonce  []byte
	number uint32
}

func newCover(h header, phrase string) *cover {
	aead, err := chacha20poly1305.NewX(h.cost.Key(phrase, h.salt)[:])
	if err != nil {
		panic(err) // only a wrong key length, which cannot be
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	copy(nonce, h.prefix)
	return &cover{aead: aead, header: h.bytes(), nonce: nonce}
}

// next returns the nonce of the next chunk.
func (c *cover) next(last bool) []byte {
	binary.BigEndian.PutUint32(c.nonce[prefixSize:], c.number)
	c.nonce[prefixSize+4] = 0
	if last {
		c.nonce[prefixSize+4] = 1
	}
	c.number++
	return c.nonce
}

func (c *cover) seal(plain []byte, last bool) []byte {
	return c.aead.Seal(nil, c.next(last), plain, c.header)
}

func (c *cover) open(sealed []byte, last bool) ([]byte, error) {
	first := c.number == 0
	plain, err := c.aead.Open(nil, c.next(last), sealed, c.header)
	switch {
	case err == nil:
		return plain, nil
	case first:
		return nil, ErrPassphrase
	}
	return nil, ErrDamaged
}
