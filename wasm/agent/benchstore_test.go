//go:build !js

package agent

import (
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// benchStore is what the agent works on in benchmarks.
func benchStore(testing.TB) store.Store { return new(store.Mem) }

// benchTime is when certificates are valid.
var benchTime = time.Now

// benchIdentity makes the certificates of a relay.
func benchIdentity(tb testing.TB) (transport.Chain, smp.PrivateKey) {
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	chain, key, err := authority.Issue(nil, "localhost", time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return chain, key
}
