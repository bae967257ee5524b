package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/wasm/store"
)

// many returns the records of a profile with so many conversations.
func many(t *testing.T, n int) *store.Mem {
	t.Helper()
	var b store.Batch
	b.Put("chat.profile", "own", []byte(`{"displayName":"Ada","fullName":""}`))
	for i := range n {
		id := fmt.Sprintf("c%03d", i)
		b.Put("chat.contact", id, fmt.Appendf(nil, `{"id":%q,"profileId":"own","state":"connected","profile":{"displayName":"\"activeAt\":1"},"activeAt":%d}`, id, i))
	}
	records := new(store.Mem)
	if err := records.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return records
}

// starting serves a page of a session that was loaded and not started.
func starting(t *testing.T, records *store.Mem, test func(t *testing.T, s *Session, p *pagePort)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var hub Hub
		s, err := LoadSession(ctx, SessionConfig{
			Store: records, StorageInfo: Storage{Kind: InIndexedDB}, Events: hub.Events(),
			Dial: func(context.Context, smp.Address) (*transport.Conn, error) { return nil, errors.New("no network") },
		})
		if err != nil {
			t.Fatal(err)
		}
		p := newPort()
		served := make(chan struct{})
		go func() {
			defer close(served)
			s.Serve(ctx, &hub, p)
		}()
		test(t, s, p)
		cancel()
		<-served
		if s.agent != nil {
			<-s.Done()
		}
	})
}

// hears returns the ids of the conversations in the next message to the page, and
// whether there are more.
func hears(t *testing.T, p *pagePort) (ids []string, more bool) {
	t.Helper()
	synctest.Wait()
	var m struct{ Result, Data Snapshot }
	if err := json.Unmarshal([]byte(<-p.out), &m); err != nil {
		t.Fatal(err)
	}
	for _, k := range append(m.Result.Contacts, m.Data.Contacts...) {
		ids = append(ids, k.ID)
	}
	return ids, m.Result.More || m.Data.More
}

// TestPagesBeforeTheAgent shows the newest conversations before anything else is
// done, then the others, and answers what else was asked when the agent is there.
func TestPagesBeforeTheAgent(t *testing.T) {
	starting(t, many(t, 400), func(t *testing.T, s *Session, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		ids, more := hears(t, p)
		if len(ids) != 64 || ids[0] != "c399" || ids[63] != "c336" || !more {
			t.Errorf("first %v, more %v", ids, more)
		}
		p.in <- `{"id":2,"method":"wake","params":{}}`
		synctest.Wait()
		if n := len(p.out); n != 0 {
			t.Errorf("%d messages before the agent", n)
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, w := range []struct {
			n    int
			more bool
		}{{128, true}, {128, true}, {80, false}} {
			if ids, more := hears(t, p); len(ids) != w.n || more != w.more {
				t.Errorf("got %d, more %v, want %v", len(ids), more, w)
			}
		}
		want(t, p, `{"id":2,"result":{}}`)
		s.end()
	})
}

// TestPagesOfThousands tells of them in parts that are sent at once, each by itself.
func TestPagesOfThousands(t *testing.T) {
	starting(t, many(t, 3000), func(t *testing.T, s *Session, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		first, _ := hears(t, p)
		began := time.Now()
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		n, parts := len(first), 0
		for more := true; more; parts++ {
			var ids []string
			ids, more = hears(t, p)
			n += len(ids)
		}
		if took := time.Since(began); n != 3000 || parts > promptly-2 || took != peace {
			t.Errorf("%d conversations in %d parts after %v", n, parts, took)
		}
		s.end()
	})
}

// TestPagesPaintFirst does nothing else until a page has painted what it was shown
// first; if nobody looks at it, for a moment.
func TestPagesPaintFirst(t *testing.T) {
	for _, first := range []struct {
		says     string
		painting time.Duration
	}{
		{`{"ack":1}`, 20 * time.Millisecond},
		{`{"ack":1}`, time.Hour},
		{`{"id":3,"method":"items","params":{"contactId":"c007"}}`, 20 * time.Millisecond},
	} {
		painting := first.painting
		starting(t, many(t, 100), func(t *testing.T, s *Session, p *pagePort) {
			p.in <- `{"id":1,"method":"hello","params":{}}`
			hears(t, p)
			go func() {
				time.Sleep(painting)
				p.in <- first.says
			}()
			began := time.Now()
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if took, want := time.Since(began), min(painting, peace); took != want {
				t.Errorf("painting takes %v: began after %v, want %v", painting, took, want)
			}
			hears(t, p)
			if painting > peace {
				time.Sleep(painting) // what comes late changes nothing
			}
			p.in <- `{"id":2,"method":"wake","params":{}}`
			synctest.Wait()
			if first.says != `{"ack":1}` {
				<-p.out
			}
			want(t, p, `{"id":2,"result":{}}`)
			s.end()
		})
	}
}

// TestStartWithoutPages waits for nobody.
func TestStartWithoutPages(t *testing.T) {
	starting(t, many(t, 100), func(t *testing.T, s *Session, _ *pagePort) {
		began := time.Now()
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("began after %v", took)
		}
		s.end()
	})
}

// TestPagesOfWhatDoesNotStart ends with an error, after the page has seen something.
func TestPagesOfWhatDoesNotStart(t *testing.T) {
	records := many(t, 100)
	var b store.Batch
	b.Put("chat.contact", "c000", []byte(`{"id":0,"activeAt":0,`))
	if err := records.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	starting(t, records, func(t *testing.T, s *Session, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		if ids, more := hears(t, p); len(ids) != 64 || !more {
			t.Errorf("first %v, more %v", ids, more)
		}
		if err := s.Start(t.Context()); err == nil {
			t.Error("started with a record that cannot be read")
		}
	})
}
