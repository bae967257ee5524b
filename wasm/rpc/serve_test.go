package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"go.uber.org/goleak"

	"sotto/wasm/chat"
	"sotto/wasm/store"
)

func TestMain(m *testing.M) {
	// As WebAssembly, the runtime handles the event that goleak waits in.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}

// A pagePort is a Port whose other end is a test that plays the page.
type pagePort struct {
	in, out chan string
	closed  chan struct{}
	once    sync.Once
}

func newPort() *pagePort {
	return &pagePort{in: make(chan string), out: make(chan string, 1<<16), closed: make(chan struct{})}
}

var errGone = errors.New("the page is gone")

func (p *pagePort) Receive() ([]byte, error) {
	select {
	case m := <-p.in:
		return []byte(m), nil
	case <-p.closed:
		return nil, errGone
	}
}

func (p *pagePort) Send(b []byte) error {
	select {
	case <-p.closed:
		return errGone
	default:
		p.out <- string(b)
		return nil
	}
}

func (p *pagePort) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// withPage runs test in a bubble with a served port.
func withPage(t *testing.T, api *API, test func(t *testing.T, h *Hub, p *pagePort)) error {
	t.Helper()
	var err error
	synctest.Test(t, func(t *testing.T) {
		var h Hub
		p := newPort()
		done := make(chan struct{})
		go func() {
			defer close(done)
			err = h.Serve(t.Context(), api, p)
		}()
		test(t, &h, p)
		p.Close()
		<-done
		if len(h.pages) != 0 {
			t.Error("the page is still in the hub")
		}
	})
	return err
}

// sent returns what was sent and not read yet, lists of messages one by one.
func (p *pagePort) sent(t *testing.T) (messages []string) {
	t.Helper()
	for len(p.out) > 0 {
		m := <-p.out
		list := []json.RawMessage{json.RawMessage(m)}
		if strings.HasPrefix(m, "[") {
			if err := json.Unmarshal([]byte(m), &list); err != nil {
				t.Fatal(err)
			}
		}
		for _, one := range list {
			messages = append(messages, string(one))
		}
	}
	return messages
}

// TestStream sends many events in a row: the first at once, then lists, and of a
// contact in each only the last.
func TestStream(t *testing.T) {
	withPage(t, helloAPI(), func(t *testing.T, h *Hub, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		synctest.Wait()
		posts, items, contacts := 0, 0, 0
		const total = 60
		for i := range total {
			h.Events().Item(chat.Item{Seq: int64(i)})
			h.Events().Contact(chat.Contact{ID: "c", Unread: i})
		}
		synctest.Wait()
		if n := len(p.out); n != promptly {
			t.Errorf("%d at once", n)
		}
		time.Sleep(beat)
		synctest.Wait()
		posts = len(p.out)
		for _, m := range p.sent(t) {
			var e struct {
				Event string
				Data  struct{ Seq, Unread int }
			}
			if err := json.Unmarshal([]byte(m), &e); err != nil {
				t.Fatal(err)
			}
			switch e.Event {
			case "item":
				if e.Data.Seq != items {
					t.Errorf("item %d after %d", e.Data.Seq, items)
				}
				items++
			case "contact":
				contacts = e.Data.Unread
			}
		}
		if posts != promptly+1 || items != total || contacts != total-1 {
			t.Errorf("%d messages, %d items, %d contacts", posts, items, contacts)
		}
	})
}

// TestStreamGoesOn: in the beats after the first of a stream everything goes in
// lists, and answers do not wait; after a rest, or when little comes, all is sent
// at once again.
func TestStreamGoesOn(t *testing.T) {
	withPage(t, helloAPI(), func(t *testing.T, h *Hub, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		<-p.out
		tell := func(n int) {
			for range n {
				h.Events().Item(chat.Item{})
			}
			synctest.Wait()
		}
		acked := 1
		heard := func() {
			if n := len(p.sent(t)); n > 0 {
				acked += n
				p.in <- fmt.Sprintf(`{"ack":%d}`, acked)
			}
		}
		posts := func(name string, want int) {
			t.Helper()
			synctest.Wait()
			if n := len(p.out); n != want {
				t.Errorf("%s: %d messages", name, n)
			}
			heard()
		}
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		pass(beat)
		tell(3 * promptly)
		posts("begins", promptly)
		pass(beat)
		posts("first list", 1)
		pass(beat / 2)
		tell(promptly + 1)
		posts("goes on", 0)
		p.in <- `{"id":2,"method":"nothing","params":{}}`
		posts("an answer", 1)
		pass(beat)
		tell(1)
		posts("next beat", 0)
		pass(beat)
		posts("a list of one", 1)
		tell(1)
		posts("little came", 1)
		pass(2 * beat)
		for range patience + 1 {
			tell(2 * promptly)
			pass(beat)
			heard()
		}
		tell(2 * promptly)
		pass(beat)
		posts("a longer beat", 0)
		pass(longBeat - beat)
		posts("a longer beat ends", 1)
		pass(2 * beat)
		tell(1)
		posts("after a rest", 1)
	})
}

func want(t *testing.T, p *pagePort, messages ...string) {
	t.Helper()
	for _, w := range messages {
		select {
		case m := <-p.out:
			if m != w {
				t.Errorf("got  %s\nwant %s", m, w)
			}
		case <-time.After(time.Minute):
			t.Fatalf("got nothing, want %s", w)
		}
	}
}

func TestCalls(t *testing.T) {
	var log []string
	api := &API{
		Send: func(_ context.Context, m NewMessage) (chat.Item, error) {
			log = append(log, m.Text)
			return chat.Item{Seq: int64(len(log)), Text: m.Text}, nil
		},
		Read: func(context.Context, ReadUpTo) (Empty, error) {
			return Empty{}, &Error{"gone", "This conversation is gone."}
		},
		SetDraft: func(context.Context, Draft) (Empty, error) {
			return Empty{}, fmt.Errorf("chat: commit: %w", store.ErrFull)
		},
		Wake: func(context.Context, Empty) (Empty, error) { return Empty{}, nil },
	}
	withPage(t, api, func(t *testing.T, _ *Hub, p *pagePort) {
		p.in <- `{"id":1,"method":"wake","params":{}}`
		want(t, p, `{"id":1,"result":{}}`)
		p.in <- `{"id":7,"method":"send","params":{"contactId":"c","text":"a","clientId":"x"}}`
		p.in <- `{"id":8,"method":"send","params":{"text":"b"}}`
		want(t, p, `{"id":7,"result":{"seq":1,"contactId":"","direction":"","text":"a","at":0}}`,
			`{"id":8,"result":{"seq":2,"contactId":"","direction":"","text":"b","at":0}}`)
		p.in <- `{"id":9,"method":"read","params":{"contactId":"c","seq":1}}`
		want(t, p, `{"id":9,"error":{"code":"gone","message":"This conversation is gone."}}`)
		for in, code := range map[string]string{
			`{"id":1,"method":"fly","params":{}}`:                CodeRequest,
			`{"id":1,"method":"wake"}`:                           CodeRequest,
			`{"id":1,"method":"wake","params":[]}`:               CodeRequest,
			`{"id":1,"method":"wake","params":{"now":true}}`:     CodeRequest,
			`{"id":1,"method":"send","params":{"text":5}}`:       CodeRequest,
			`{"id":1,"method":"setDraft","params":{"text":"x"}}`: CodeFull,
		} {
			p.in <- in
			if m := <-p.out; !strings.HasPrefix(m, `{"id":1,"error":{"code":"`+code+`","message":"`) {
				t.Errorf("%s: %s", in, m)
			}
		}
	})
}

func TestBadMessagesEndServing(t *testing.T) {
	for _, in := range []string{
		``, `null`, `5`, `[]`, `{}`, `{"id":1}`, `{"method":"wake"}`, `{"id":0,"method":"wake","params":{}}`,
		`{"id":-1,"method":"wake","params":{}}`, `{"id":1,"method":"wake","params":{},"ack":1}`, `{"ack":0}`, `{"ack":-1}`, `{"ack":5}`,
		`{"id":1,"method":"wake","params":`, strings.Repeat(" ", maxRequest) + "1",
	} {
		err := withPage(t, &API{}, func(_ *testing.T, _ *Hub, p *pagePort) {
			p.in <- in
			<-p.closed
		})
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("%.40q: %v", in, err)
		}
	}
}

// TestHello emits events before, during and after the snapshot is taken.
func TestHello(t *testing.T) {
	var h *Hub
	api := &API{Hello: func(context.Context, Empty) (Snapshot, error) {
		h.Events().ContactDeleted(ContactDeleted{"during"})
		return Snapshot{Profiles: []chat.OwnProfile{}, Contacts: []chat.Contact{}, Relays: []Relay{}}, nil
	}}
	withPage(t, api, func(t *testing.T, hub *Hub, p *pagePort) {
		h = hub
		h.Events().ContactDeleted(ContactDeleted{"before"})
		p.in <- `{"id":1,"method":"hello","params":{}}`
		want(t, p, `{"id":1,"result":{"profile":null,"profileId":"","profiles":[],"contacts":[],"relays":[],"storage":{"persisted":false,"kind":"","problem":"","protected":false,"lockAfter":0},"echo":false,"version":""}}`,
			`{"event":"contactDeleted","data":{"id":"during"}}`)
		h.Events().Fatal(Fatal{"Stopped."})
		want(t, p, `{"event":"fatal","data":{"message":"Stopped."}}`)
	})
}

// TestInviteWaitsAlone sends other requests while the relay does not answer.
func TestInviteWaitsAlone(t *testing.T) {
	answered := make(chan struct{})
	api := &API{
		Invite: func(ctx context.Context, _ NewInvitation) (chat.Contact, error) {
			select {
			case <-answered:
				return chat.Contact{}, nil
			case <-ctx.Done():
				return chat.Contact{}, ctx.Err()
			}
		},
		Wake: func(context.Context, Empty) (Empty, error) { return Empty{}, nil },
	}
	withPage(t, api, func(t *testing.T, _ *Hub, p *pagePort) {
		answered = make(chan struct{})
		for i := range waiting + 1 {
			p.in <- fmt.Sprintf(`{"id":%d,"method":"invite","params":{}}`, i+1)
		}
		if m := <-p.out; !strings.HasPrefix(m, `{"id":9,"error":{"code":"busy"`) {
			t.Errorf("too many: %s", m)
		}
		p.in <- `{"id":10,"method":"wake","params":{}}`
		want(t, p, `{"id":10,"result":{}}`)
		close(answered)
		for range waiting {
			if m := <-p.out; !strings.Contains(m, `"result"`) {
				t.Errorf("answered: %s", m)
			}
		}
	})
	withPage(t, api, func(_ *testing.T, _ *Hub, p *pagePort) { // gone while waiting
		answered = make(chan struct{})
		p.in <- `{"id":1,"method":"invite","params":{}}`
	})
}

func helloAPI() *API {
	return &API{Hello: func(context.Context, Empty) (Snapshot, error) { return Snapshot{}, nil }}
}

// TestWindow reads slowly: no more than a window is on its way, and all comes
// in order.
func TestWindow(t *testing.T) {
	withPage(t, helloAPI(), func(t *testing.T, h *Hub, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		<-p.out
		for i := range 1000 {
			h.Events().ContactDeleted(ContactDeleted{fmt.Sprint(i)})
		}
		got := 1
		for got < 1001 {
			time.Sleep(beat)
			synctest.Wait()
			messages := p.sent(t)
			if n := len(messages); n == 0 || n > window {
				t.Fatalf("%d messages on their way after %d", n, got)
			}
			for _, m := range messages {
				if want := fmt.Sprintf(`{"event":"contactDeleted","data":{"id":"%d"}}`, got-1); m != want {
					t.Fatalf("got  %s\nwant %s", m, want)
				}
				got++
			}
			p.in <- fmt.Sprintf(`{"ack":%d}`, got)
		}
	})
}

// TestUnread never acknowledges. The page is dropped, and emitting never
// blocks.
func TestUnread(t *testing.T) {
	err := withPage(t, helloAPI(), func(t *testing.T, h *Hub, p *pagePort) {
		p.in <- `{"id":1,"method":"hello","params":{}}`
		for range 2 * (window + queued) {
			h.Events().ContactDeleted(ContactDeleted{"c"})
			synctest.Wait()
		}
		<-p.closed
		if n := len(p.sent(t)); n > window {
			t.Errorf("%d messages were sent", n)
		}
	})
	if !errors.Is(err, ErrUnread) {
		t.Errorf("Serve: %v", err)
	}
}

// TestMethods compares the fields of API with the methods that are answered.
func TestMethods(t *testing.T) {
	var names, fields []string
	for name := range new(API).handlers() {
		names = append(names, name)
	}
	api := reflect.TypeFor[API]()
	for i := range api.NumField() {
		r := []rune(api.Field(i).Name)
		r[0] = unicode.ToLower(r[0])
		fields = append(fields, string(r))
	}
	slices.Sort(names)
	slices.Sort(fields)
	if !slices.Equal(names, fields) {
		t.Errorf("answered: %v\nfields:   %v", names, fields)
	}
	events := reflect.ValueOf(new(Hub).Events())
	for i := range events.NumField() {
		if events.Field(i).IsNil() {
			t.Errorf("event %s is not sent", events.Type().Field(i).Name)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, s := range []string{`{"id":1,"method":"send","params":{"text":"a"}}`, `{"ack":5}`, `{"id":1}`, `{"id":1e99}`, "\x00", `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRequest(b)
		if err != nil {
			return
		}
		again, err := parseRequest(encode(r))
		if err != nil || r.ID > 0 && (again.ID != r.ID || again.Method != r.Method) || again.Ack != r.Ack {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}
