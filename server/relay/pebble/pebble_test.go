package pebble_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"sotto/server/relay"
	"sotto/server/relay/pebble"
	"sotto/server/relay/storetest"
	"sotto/smp"
)

// TestMain lets Pebble's watch over the disk be, which stays when a store cannot
// be opened.
func TestMain(m *testing.M) {
	if spec := os.Getenv(pebble.Faulty); spec != "" {
		pebble.Suffer(spec)
		return
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/cockroachdb/pebble/v2/vfs.(*diskHealthCheckingFS).startTickerLocked.func1"))
}

func open(t *testing.T, dir string) *pebble.Store {
	t.Helper()
	s, err := pebble.Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) relay.Store { return open(t, t.TempDir()) })
}

// TestReopen closes the store after each step of a queue that fills and drains.
func TestReopen(t *testing.T) {
	dir, q := t.TempDir(), storetest.NewQueue()
	step := func(f func(s *pebble.Store) error) {
		t.Helper()
		s, err := pebble.Open(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := f(s); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	step(func(s *pebble.Store) error { return s.Create(t.Context(), q) })
	for i := range 4 {
		step(func(s *pebble.Store) error {
			err := s.Append(t.Context(), q.Recipient, storetest.NewMessage(fmt.Sprint(i)), relay.Limits{Messages: 2})
			if errors.Is(err, relay.ErrQuota) != (i >= 2) {
				return fmt.Errorf("append %d: %v", i, err)
			}
			return nil
		})
	}
	var got []string
	var last relay.ID
	for range 3 {
		step(func(s *pebble.Store) error {
			m, err := s.Next(t.Context(), q.Recipient, last)
			if err != nil {
				return err
			}
			got, last = append(got, fmt.Sprintf("%s %v", m.Body, m.Quota)), m.ID
			return nil
		})
	}
	if want := []string{"0 false", "1 false", " true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	step(func(s *pebble.Store) error {
		found, err := s.Queue(t.Context(), relay.SenderID, q.Sender)
		if err == nil && found.Mode != smp.Messaging {
			t.Error("the queue changed")
		}
		return err
	})
}
