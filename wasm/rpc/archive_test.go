package rpc

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
	"sotto/wasm/store/passphrase"
)

// openTestSession opens a session without a relay. It ends before the test.
func openTestSession(t *testing.T, records store.Whole, kind StorageKind, restart func()) *Session {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var hub Hub
	s, err := OpenSession(ctx, SessionConfig{
		Store: records, StorageInfo: Storage{Kind: kind}, Events: hub.Events(), Restart: restart,
		Dial: func(context.Context, smp.Address) (*transport.Conn, error) { return nil, errors.New("no network") },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		<-s.Done()
	})
	s.archives.cost = passphrase.Cost{Time: 1, Memory: 8}
	return s
}

// carry sends all parts of a file from one API to another.
func carry(t *testing.T, from, to API, passphrase string, change func(string) string) (TransferRef, error) {
	t.Helper()
	out, err := from.Export(t.Context(), Passphrase{"secret words"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := to.Import(t.Context(), Passphrase{passphrase})
	if err != nil {
		return in, err
	}
	size := int64(0)
	for last := false; !last; {
		p, err := from.ExportPart(t.Context(), TransferRef{out.ID})
		if err != nil {
			t.Fatal(err)
		}
		b, err := base64.StdEncoding.DecodeString(p.Data)
		if err != nil {
			t.Fatal(err)
		}
		size += int64(len(b))
		last = p.Last
		if _, err := to.ImportPart(t.Context(), Part{ID: in.ID, Data: change(p.Data), Last: last}); err != nil {
			return in, err
		}
	}
	if size != out.Size {
		t.Errorf("%d bytes, said to be %d", size, out.Size)
	}
	return in, nil
}

func asIs(data string) string { return data }

func name(t *testing.T, api API, name string) {
	t.Helper()
	if _, err := api.SetProfile(t.Context(), NewProfile{DisplayName: name}); err != nil {
		t.Fatal(err)
	}
}

func everything(t *testing.T, s store.Whole) string {
	t.Helper()
	b, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, op := range b.Ops() {
		all = append(all, op.Bucket+"/"+op.Key+"="+string(op.Value))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func TestCopy(t *testing.T) {
	var ada, bob store.Mem
	restarts := 0
	from := openTestSession(t, &ada, InIndexedDB, nil)
	to := openTestSession(t, &bob, InIndexedDB, func() { restarts++ })
	name(t, from.API(), "Ada")
	name(t, to.API(), "Bob")
	before := everything(t, &bob)

	_, err := carry(t, from.API(), to.API(), "other words", asIs)
	wantSaid(t, err, "The passphrase is wrong")
	cutOff := func(data string) string { return data[:len(data)-8] }
	_, err = carry(t, from.API(), to.API(), "secret words", cutOff)
	wantSaid(t, err, "damaged")
	in, err := carry(t, from.API(), to.API(), "secret words", asIs)
	if err != nil {
		t.Fatal(err)
	}
	if everything(t, &bob) != before || restarts != 0 {
		t.Fatal("something was changed before it was asked for")
	}
	_, err = to.API().Replace(t.Context(), TransferRef{in.ID - 1})
	wantSaid(t, err, "interrupted")
	if _, err := to.API().Replace(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	markCopiedIn(t, &ada)
	if everything(t, &bob) != everything(t, &ada) || restarts != 1 {
		t.Errorf("%d restarts; there is\n%s", restarts, everything(t, &bob))
	}
	select {
	case <-to.Done():
	default:
		t.Error("the agent goes on")
	}
	_, err = to.API().Replace(t.Context(), in)
	wantSaid(t, err, "interrupted")
}

// markCopiedIn makes of records what a copy of them is.
func markCopiedIn(t *testing.T, s store.Store) {
	t.Helper()
	var b store.Batch
	markCopied(&b)
	if err := s.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

func TestCopyIntoMemory(t *testing.T) {
	s := openTestSession(t, new(store.Mem), InMemory, nil)
	_, err := carry(t, s.API(), s.API(), "secret words", asIs)
	wantSaid(t, err, "keeps nothing")
}

func TestCopyIntoRescue(t *testing.T) {
	var ada store.Mem
	from := openTestSession(t, &ada, InIndexedDB, nil)
	name(t, from.API(), "Ada")
	got, fails := 0, error(store.ErrFull)
	r := &Rescue{Replace: func(_ context.Context, b *store.Batch) error {
		got = b.Len()
		return fails
	}}
	for range 2 {
		in, err := carry(t, from.API(), r.API(), "secret words", asIs)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.API().Replace(t.Context(), in); !errors.Is(err, fails) {
			t.Errorf("Replace: %v, want %v", err, fails)
		}
		fails = nil
	}
	markCopiedIn(t, &ada)
	if all, _ := ada.All(t.Context()); got != all.Len() {
		t.Errorf("%d records of %d", got, all.Len())
	}
}

func wantSaid(t *testing.T, err error, text string) {
	t.Helper()
	var said *Error
	if !errors.As(err, &said) || !strings.Contains(said.Message, text) {
		t.Errorf("said %v, want %q", err, text)
	}
}
