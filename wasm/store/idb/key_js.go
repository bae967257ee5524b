package idb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/hack-pad/safejs"

	"sotto/wasm/store"
	"sotto/wasm/store/vault"
)

// ivLength is that of AES-GCM.
const ivLength = 12

// Keys is where the key of the records lies: each value encrypted under an
// AES-GCM key of its own that cannot be exported. Whoever copies the files has
// nothing, whoever runs scripts on this origin has everything.
type Keys struct {
	store *Store
	key   []byte // of the records, as it was at first
}

var _ vault.Place = (*Keys)(nil)

// Keys returns the keys, and makes the one of the records in a new database.
//
// Errors are ErrLost, ErrKeyLost, and ErrRefused if the browser cannot keep a
// key. After ErrLost no key is made until Delete was called.
func (s *Store) Keys(ctx context.Context) (*Keys, error) {
	marks := make(chan mark, 1)
	go func() { marks <- readMark(ctx, s.name) }() // takes as long as all the rest
	k := &Keys{store: s}
	key, err := k.Load(ctx, vault.Key)
	m := <-marks
	if errors.Is(err, store.ErrNotFound) {
		key, err = k.begin(ctx, m)
	}
	if err == nil {
		err = s.compareMark(ctx, m)
	}
	k.key = key
	return k, err
}

// begin makes the key of a database that is new.
func (k *Keys) begin(ctx context.Context, m mark) ([]byte, error) {
	if records, err := k.store.hasRecords(ctx); err != nil || records {
		return nil, errors.Join(ErrKeyLost, err)
	}
	if m.found {
		return nil, ErrLost
	}
	key := make([]byte, 32)
	rand.Read(key)
	if err := k.Save(ctx, vault.Key, key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return key, nil
}

// Load implements vault.Place. A value that does not open is ErrKeyLost. The key
// of the records is there already the first time it is asked for.
func (k *Keys) Load(ctx context.Context, name string) ([]byte, error) {
	if name == vault.Key && k.key != nil {
		key := k.key
		k.key = nil
		return key, nil
	}
	parts := safejs.Undefined()
	err := k.store.transact(ctx, readOnly, keysStore, func(t *transaction, keys safejs.Value) error {
		request, err := keys.Call("get", name)
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
	value, err := unwrapKey(ctx, parts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyLost, thrown(err))
	}
	return value, nil
}

// Save implements vault.Place. The transaction comes last: it cannot stay open
// while WebCrypto works.
func (k *Keys) Save(ctx context.Context, name string, value []byte) error {
	parts, err := wrapKey(ctx, value)
	if err != nil {
		return wrap("wrap key", err)
	}
	return wrap("save key", k.store.transact(ctx, readWrite, keysStore, func(_ *transaction, keys safejs.Value) error {
		_, err := keys.Call("put", parts, name)
		return err
	}))
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

// wrapKey encrypts a value under a new CryptoKey. The parts of the result are the
// CryptoKey, and iv and box, which hold the value.
func wrapKey(ctx context.Context, value []byte) (safejs.Value, error) {
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
	box, err := crypt(ctx, "encrypt", wrapper, iv, value)
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

func unwrapKey(ctx context.Context, parts safejs.Value) ([]byte, error) {
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
	return crypt(ctx, "decrypt", wrapper, iv, box)
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
