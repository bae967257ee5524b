package agent

import (
	"crypto/rand"
	"encoding/base64"
	"testing"
	"time"

	"github.com/hack-pad/safejs"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
	"sotto/wasm/store/idb"
)

// benchStore is what the agent works on in benchmarks: in a browser, IndexedDB
// and sealed, as in the program.
func benchStore(tb testing.TB) store.Store {
	if factory, err := safejs.Global().Get("indexedDB"); err != nil || factory.IsUndefined() {
		return new(store.Mem)
	}
	name := rand.Text()
	s, err := idb.Open(tb.Context(), name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	var key [32]byte
	rand.Read(key[:])
	return store.Seal(s, &key)
}

// benchTime is when the certificates below are valid.
var benchTime = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// benchIdentity returns the certificates of a relay, which can be made natively
// only.
func benchIdentity(tb testing.TB) (transport.Chain, smp.PrivateKey) {
	var list [][]byte
	for _, text := range []string{
		// Leaf, authority, and the leaf's key.
		"MIIBUjCCAQSgAwIBAgIQaouYIIIx5vR5vKpOZ7CcVTAFBgMrZXAwKDEOMAwGA1UEChMFU290dG8xFjAUBgNVBAMTDVNNUCBzZXJ2ZXIgQ0EwIBcNMjYxMTIy" +
			"MDAwMDAwWhgPNDc2NDEwMTkwMDAwMDBaMBQxEjAQBgNVBAMTCWxvY2FsaG9zdDAqMAUGAytlcAMhAD5CJxQ18IaTAaQmEb5oAmJtHFXWihOUYj3fI0pt6ID+" +
			"o1YwVDAOBgNVHQ8BAf8EBAMCA8gwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/BAIwADAfBgNVHSMEGDAWgBS7ANCm4jHhIv4w8MySiBS4A8H/mDAF" +
			"BgMrZXADQQDlExGm7sUjWFMB7ZFgR4K3c9Z6NsuxUaEmkWcELBHYPkeIImE/URYmIaVlL/BR+WluWDCAuBMhSoOBtMJO3T8C",
		"MIIBQTCB9KADAgECAhAUzD7tNPszwZj4gKx+RZKsMAUGAytlcDAoMQ4wDAYDVQQKEwVTb3R0bzEWMBQGA1UEAxMNU01QIHNlcnZlciBDQTAgFw0yNjExMjIw" +
			"MDAwMDBaGA80NzY0MTAxOTAwMDAwMFowKDEOMAwGA1UEChMFU290dG8xFjAUBgNVBAMTDVNNUCBzZXJ2ZXIgQ0EwKjAFBgMrZXADIQD/9dti/7On/Gz2YjsV" +
			"R59KXWja92KozoI2aK/wctnvA6MyMDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUuwDQpuIx4SL+MPDMkogUuAPB/5gwBQYDK2VwA0EACgDGQQHoviEQ" +
			"b9J9Uph4Ltx1PqRKs5g/0RIodVRIPY20sHzfiVnQhUjSLweJ5xtAbgny7G4y5l3+yV/TcLkSDQ==",
		"VhiMMpX/uQZw2mTCjUYlB66JNbECBrDE0eERI+6jr0A=",
	} {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, b)
	}
	key, err := smp.NewPrivateKey(smp.Ed25519, list[2])
	if err != nil {
		tb.Fatal(err)
	}
	return list[:2], key
}
