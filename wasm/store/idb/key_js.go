package idb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
)

// dataKey is where the parts of the data key lie in keysStore: the CryptoKey
// that wraps it, and iv and box, which hold it encrypted.
const dataKey = "data"

// ivLength is that of AES-GCM.
const ivLength = 12

// DataKey returns the key of the records, and makes one in a new database.
// It lies in the database encrypted under an AES-GCM key that cannot be
// exported: whoever copies the files has nothing, whoever runs scripts on this
// origin has everything.
//
// Errors are ErrLost, ErrKeyLost, and ErrRefused if the browser cannot keep a
// key. After ErrLost no key is made until Delete was called.
func (s *Store) DataKey(ctx context.Context) (*[32]byte, error) {
	key, err := s.loadKey(ctx)
	if !errors.Is(err, store.ErrNotFound) {
		if err == nil {
			leaveMark(ctx, s.name)
		}
		return key, err
	}
	if records, err := s.hasRecords(ctx); err != nil || records {
		return nil, errors.Join(ErrKeyLost, err)
	}
	if Marked(ctx, s.name) {
		return nil, ErrLost
	}
	key, err = s.makeKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, thrown(err))
	}
	leaveMark(ctx, s.name)
	return key, nil
}

func (s *Store) loadKey(ctx context.Context) (*[32]byte, error) {
	parts := safejs.Undefined()
	err := s.transact(ctx, readOnly, keysStore, func(t *transaction, keys safejs.Value) error {
		request, err := keys.Call("get", dataKey)
		if err != nil {
			return err
		}
		return t.then(request, func(result safejs.Value) error { parts = result; return nil })
	})
	if err != nil {
		return nil, wrap("load key", err)
	}
	if parts.IsUndefined() {
		return nil, store.ErrNotFound
	}
	key, err := unwrapKey(ctx, parts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyLost, thrown(err))
	}
	return key, nil
}

// makeKey makes both keys and stores them. The transaction comes last: it
// cannot stay open while WebCrypto works.
func (s *Store) makeKey(ctx context.Context) (*[32]byte, error) {
	var key [32]byte
	rand.Read(key[:])
	parts, err := wrapKey(ctx, &key)
	if err != nil {
		return nil, err
	}
	err = s.transact(ctx, readWrite, keysStore, func(_ *transaction, keys safejs.Value) error {
		_, err := keys.Call("add", parts, dataKey)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &key, nil
}

func (s *Store) hasRecords(ctx context.Context) (bool, error) {
	n := 0
	err := s.transact(ctx, readOnly, recordsStore, func(t *transaction, records safejs.Value) error {
		request, err := records.Call("count")
		if err != nil {
			return err
		}
		return t.then(request, func(result safejs.Value) (err error) {
			n, err = result.Int()
			return err
		})
	})
	return n > 0, wrap("count records", err)
}

// wrapKey encrypts key under a new CryptoKey.
func wrapKey(ctx context.Context, key *[32]byte) (safejs.Value, error) {
	subtle, err := subtleCrypto()
	if err != nil {
		return safejs.Value{}, err
	}
	algorithm := map[string]any{"name": "AES-GCM", "length": 256}
	promise, err := subtle.Call("generateKey", algorithm, false, []any{"encrypt", "decrypt"})
	if err != nil {
		return safejs.Value{}, err
	}
	wrapper, err := await(ctx, promise)
	if err != nil {
		return safejs.Value{}, err
	}
	nonce := make([]byte, ivLength)
	rand.Read(nonce)
	iv, err := toJS(nonce)
	if err != nil {
		return safejs.Value{}, err
	}
	box, err := crypt(ctx, "encrypt", wrapper, iv, key[:])
	if err != nil {
		return safejs.Value{}, err
	}
	sealed, err := toJS(box)
	if err != nil {
		return safejs.Value{}, err
	}
	return safejs.ValueOf(map[string]any{
		"wrapper": safejs.Unsafe(wrapper), "iv": safejs.Unsafe(iv), "box": safejs.Unsafe(sealed),
	})
}

func unwrapKey(ctx context.Context, parts safejs.Value) (*[32]byte, error) {
	wrapper, err := parts.Get("wrapper")
	if err != nil {
		return nil, err
	}
	iv, err := parts.Get("iv")
	if err != nil {
		return nil, err
	}
	sealed, err := parts.Get("box")
	if err != nil {
		return nil, err
	}
	box, err := toGo(sealed)
	if err != nil {
		return nil, err
	}
	key, err := crypt(ctx, "decrypt", wrapper, iv, box)
	if err != nil {
		return nil, err
	}
	if len(key) != 32 {
		return nil, fmt.Errorf("idb: data key of %d bytes", len(key))
	}
	return (*[32]byte)(key), nil
}

// crypt calls encrypt or decrypt of WebCrypto with AES-GCM.
func crypt(ctx context.Context, method string, key, iv safejs.Value, text []byte) ([]byte, error) {
	subtle, err := subtleCrypto()
	if err != nil {
		return nil, err
	}
	data, err := toJS(text)
	if err != nil {
		return nil, err
	}
	promise, err := subtle.Call(method, map[string]any{"name": "AES-GCM", "iv": iv}, key, data)
	if err != nil {
		return nil, err
	}
	result, err := await(ctx, promise)
	if err != nil {
		return nil, err
	}
	return bufferToGo(result)
}

func subtleCrypto() (safejs.Value, error) {
	crypto, err := safejs.Global().Get("crypto")
	if err != nil {
		return safejs.Value{}, err
	}
	return crypto.Get("subtle")
}
