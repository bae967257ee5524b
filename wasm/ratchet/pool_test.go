package ratchet

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

// TestMain looks for goroutines left behind; handleEvent is the runtime's own in
// the js build.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

// TestPool: it fills itself, hands out each pair once, and fills again.
func TestPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(Keys{Rand: rand.Reader}, 2)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Fill(ctx) }()
		seen := map[string]bool{}
		for range 3 {
			synctest.Wait()
			if len(p.ready) != 2 {
				t.Errorf("%d pairs ready", len(p.ready))
			}
			k, err := p.Take()
			if err != nil || seen[string(k.Bytes())] {
				t.Error("a pair came twice", err)
			}
			seen[string(k.Bytes())] = true
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestPoolMakesWhatIsMissing(t *testing.T) {
	p := NewPool(Keys{}, 1)
	for range 2 {
		if k, err := p.Take(); k == nil || err != nil {
			t.Error(err)
		}
	}
}

func TestPoolWithoutRandomness(t *testing.T) {
	empty := errors.New("empty")
	p := NewPool(Keys{Rand: failing{empty}}, 1)
	if err := p.Fill(t.Context()); !errors.Is(err, empty) {
		t.Error(err)
	}
	if _, err := p.Take(); !errors.Is(err, empty) {
		t.Error(err)
	}
}
