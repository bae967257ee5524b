package storelog

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"sotto/server/relay"
	"sotto/server/relay/memory"
	"sotto/smp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Unix(1_800_000_000, 0).UTC()

// b64 is how the log writes bytes.
func b64(b []byte) string { return base64.URLEncoding.EncodeToString(b) }

// id returns an id that has n everywhere, and its text.
func id(n byte) (relay.ID, string) {
	id := relay.ID(bytes.Repeat([]byte{n}, relay.IDSize))
	return id, b64(id[:])
}

func text(n byte) string { _, s := id(n); return s }

func newKey(t testing.TB) (smp.PublicKey, string) {
	t.Helper()
	k, err := smp.GenerateKey(rand.Reader, smp.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return k.Public(), b64(k.Public().DER())
}

var secret = [32]byte{31: 7}

// TestCreate has a line with everything, and one of an old relay.
func TestCreate(t *testing.T) {
	k1, t1 := newKey(t)
	k2, t2 := newKey(t)
	k3, t3 := newKey(t)
	rid, rt := id(1)
	sid, st := id(2)
	link, lt := id(3)
	notifier, nt := id(4)
	service, vt := id(5)
	base := "CREATE rid=" + rt + " rk=" + t1 + "," + t2 + " rdh=" + b64(secret[:]) + " sid=" + st + " sk="
	bare := relay.Queue{Recipient: rid, Sender: sid, RecipientKeys: []smp.PublicKey{k1, k2}, Secret: secret}
	for name, test := range map[string]struct {
		line string
		want func(*relay.Queue)
	}{
		"old":       {base, func(*relay.Queue) {}},
		"secured":   {base + t3, func(q *relay.Queue) { q.SenderKey = k3 }},
		"messaging": {base + " sndSecure=T", func(q *relay.Queue) { q.Mode = smp.Messaging }},
		"contact":   {base + " sndSecure=F", func(q *relay.Queue) { q.Mode = smp.Contact }},
		"off":       {base + " queue_mode=C status=off", func(q *relay.Queue) { q.Mode, q.Suspended = smp.Contact, now }},
		"blocked":   {base + " status=blocked,reason=spam", func(q *relay.Queue) { q.Blocked = &smp.Blocking{Reason: "spam"} }},
		"all": {
			base + t3 + " queue_mode=M link_id=" + lt + " queue_data=" + b64([]byte("fixed")) + " " + b64([]byte("user")) +
				" notifier=" + nt + " " + t2 + " " + b64(secret[:]) + " nsrv=" + vt + " updated_at=1795392000" +
				` status=blocked,reason=content,notice={"ttl":86400} rsrv=` + vt,
			func(q *relay.Queue) {
				q.SenderKey, q.Mode, q.Service = k3, smp.Messaging, service
				q.Link = &relay.Link{ID: link, Data: smp.LinkData{Fixed: []byte("fixed"), User: []byte("user")}}
				q.Notifier = &relay.Notifier{ID: notifier, Key: k2, Secret: secret, Service: service}
				q.Used = time.Unix(1795392000, 0).UTC()
				q.Blocked = &smp.Blocking{Reason: "content", Notice: `{"ttl":86400}`}
			},
		},
	} {
		want := bare
		test.want(&want)
		l, err := Read(strings.NewReader(test.line+"\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := l.Queues[rid]; !reflect.DeepEqual(got, &want) {
			t.Errorf("%s: got\n%+v, want\n%+v", name, got, &want)
		}
		if name == "all" {
			refuseParts(t, test.line)
		}
	}
}

// refuseParts: a line that is cut off is refused, except where it could end.
func refuseParts(t *testing.T, line string) {
	t.Helper()
	ends := 0
	for n := range line {
		if _, err := Read(strings.NewReader(line[:n]), now); err == nil && n > 0 {
			ends++
		}
	}
	// Optional fields may be missing, a number, a key or base64 without
	// padding may be shorter.
	if ends > 30 {
		t.Errorf("%d of %d parts of a line are accepted", ends, len(line))
	}
}

// TestTooLong: what a store could not take is refused.
func TestTooLong(t *testing.T) {
	_, key := newKey(t)
	for name, line := range map[string]string{
		"data":   "LINK " + text(1) + " " + text(2) + " AA== " + b64(make([]byte, maxBytes+1)),
		"keys":   "KEYS " + text(1) + strings.Repeat(","+key, maxList+1),
		"notice": "BLOCK " + text(1) + ` reason=spam,notice="` + strings.Repeat("x", maxBytes) + `"`,
	} {
		if _, err := Read(strings.NewReader(strings.Replace(line, " ,", " ", 1)), now); !errors.Is(err, errSyntax) {
			t.Errorf("%s: %v", name, err)
		}
	}
	line := "v3 " + text(1) + " " + text(2) + " 1 flags=T" + strings.Repeat("x", maxList) + " AA=="
	if err := Messages(strings.NewReader(line), nil); !errors.Is(err, errSyntax) {
		t.Errorf("flags: %v", err)
	}
}

// TestReplay follows one queue through its life.
func TestReplay(t *testing.T) {
	k1, t1 := newKey(t)
	_, t2 := newKey(t)
	rid, rt := id(1)
	service, _ := id(9)
	create := "CREATE rid=" + rt + " rk=" + t1 + " rdh=" + b64(secret[:]) + " sid=" + text(2) + " sk= queue_mode=M"
	var log []string
	step := func(line string, check func(q *relay.Queue) bool) {
		t.Helper()
		log = append(log, line)
		l, err := Read(strings.NewReader(strings.Join(log, "\n")), now)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !check(l.Queues[rid]) {
			t.Errorf("%s: queue is %+v", line, l.Queues[rid])
		}
	}
	step(create, func(q *relay.Queue) bool { return q.SenderKey.IsZero() })
	step("SECURE "+rt+" "+t1, func(q *relay.Queue) bool { return q.SenderKey == k1 })
	step("SECURE "+rt+" "+t2, func(q *relay.Queue) bool { return q.SenderKey == k1 })
	step("KEYS "+rt+" "+t2+","+t1, func(q *relay.Queue) bool { return len(q.RecipientKeys) == 2 })
	step("LINK "+rt+" "+text(3)+" "+b64([]byte("f"))+" "+b64([]byte("u")), func(q *relay.Queue) bool { return string(q.Link.Data.User) == "u" })
	step("LDELETE "+rt, func(q *relay.Queue) bool { return q.Link == nil })
	step("NOTIFIER "+rt+" "+text(4)+" "+t1+" "+b64(secret[:]), func(q *relay.Queue) bool { return q.Notifier.Key == k1 })
	step("NEW_SERVICE service_id="+text(9)+" role=N cert=AA== cert_hash="+b64(secret[:])+" created_at=1795392000", func(q *relay.Queue) bool { return true })
	step("QUEUE_SERVICE "+rt+" N "+text(9), func(q *relay.Queue) bool { return q.Notifier.Service == service && q.Service.IsZero() })
	step("QUEUE_SERVICE "+rt+" R "+text(9), func(q *relay.Queue) bool { return q.Service == service })
	step("QUEUE_SERVICE "+rt+" R ", func(q *relay.Queue) bool { return q.Service.IsZero() })
	step("NDELETE "+rt, func(q *relay.Queue) bool { return q.Notifier == nil })
	step("BLOCK "+rt+" reason=spam", func(q *relay.Queue) bool { return q.Blocked.Reason == "spam" })
	step("UNBLOCK "+rt, func(q *relay.Queue) bool { return q.Blocked == nil })
	step("TIME "+rt+" 1795392000", func(q *relay.Queue) bool { return q.Used.Unix() == 1795392000 })
	step("SUSPEND "+rt, func(q *relay.Queue) bool { return q.Suspended.Equal(now) })
	step("DELETE "+rt, func(q *relay.Queue) bool { return q == nil })
	step("SUSPEND "+rt, func(q *relay.Queue) bool { return q == nil })
	l, _ := Read(strings.NewReader(strings.Join(log, "\n")), now)
	if l.Ignored != 2 || len(l.Services) != 1 || l.Services[0].ID != service {
		t.Errorf("%d lines ignored, services %+v", l.Ignored, l.Services)
	}
}

func TestSyntax(t *testing.T) {
	for _, line := range []string{"", "CREATE", "JUMP " + text(1), "DELETE x", "DELETE " + text(1) + " more", "BLOCK " + text(1) + " reason=mood", "TIME " + text(1) + " -1"} {
		_, err := Read(strings.NewReader("DELETE "+text(1)+"\n"+line+"\n"), now)
		if !errors.Is(err, errSyntax) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

const messageLog = "v3 %[1]s %[2]s 1795392000 flags=T aGVsbG8=\nv3 %[1]s %[3]s 1795392001 flags=Fx \nv3 %[1]s %[4]s 1795392002 quota\n"

func TestMessages(t *testing.T) {
	var got []*relay.Message
	rid, rt := id(1)
	err := Messages(strings.NewReader(fmt.Sprintf(messageLog, rt, text(2), text(3), text(4))), func(r relay.ID, m *relay.Message) error {
		if r != rid {
			t.Error("wrong queue")
		}
		got = append(got, m)
		return nil
	})
	if err != nil || len(got) != 3 {
		t.Fatalf("%d messages, %v", len(got), err)
	}
	if m := got[0]; string(m.Body) != "hello" || !m.Flags.Notify || m.Time.Unix() != 1795392000 || m.ID[0] != 2 {
		t.Errorf("got %+v", m)
	}
	if m := got[1]; len(m.Body) != 0 || m.Flags.Notify || m.Flags.Future != "x" || m.Quota {
		t.Errorf("got %+v", m)
	}
	if m := got[2]; !m.Quota || m.ID[0] != 4 {
		t.Errorf("got %+v", m)
	}
	for _, line := range []string{"v2 x", "v3 " + rt, "v3 " + rt + " " + text(2) + " 1795392000 flags=X aGVsbG8=", "v3 " + rt + " " + text(2) + " 1795392000 flags=T aGVsb"} {
		if err := Messages(strings.NewReader(line), func(relay.ID, *relay.Message) error { return nil }); !errors.Is(err, errSyntax) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// journals is a queue read from one file and written to another, one whose state
// was cut off, and an empty one.
func journals() fstest.MapFS {
	line := func(n byte) string { return text(n) + " 1795392000 flags=F aGVsbG8=\n" }
	size := len(line(1))
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"AQ/EB/a/queue_state." + text(1) + ".log": file(fmt.Sprintf("write=x,9,9,9,9 read=x,0,0,0,0 canWrite=T size=9\nwrite=new,2,2,%d,%d read=old,1,2,%d,%d canWrite=F size=3\n", 2*size, 2*size, size, 2*size)),
		"AQ/EB/a/messages.old.log":                file(line(10) + line(11)),
		"AQ/EB/a/messages.new.log":                file(line(12) + line(13) + "not yet written"),
		"AQ/EB/b/queue_state." + text(2) + ".log": file(fmt.Sprintf("write=j,1,1,%d,%d read=j,0,1,0,%d canWrite=T size=1\nwrite=j,2,2", size, size, size)),
		"AQ/EB/b/messages.j.log":                  file(line(20)),
		"AQ/EB/c/queue_state." + text(3) + ".log": file("write=j,0,0,0,0 read=j,0,0,0,0 canWrite=T size=0\n"),
		"AQ/EB/d/queue_state." + text(4) + ".log": file(""),
		"AQ/EB/d/readme":                          file("x"),
	}
}

func readJournals(dir fstest.MapFS) (map[byte][]byte, error) {
	got := make(map[byte][]byte)
	err := Journals(dir, func(r relay.ID, m *relay.Message) error {
		got[r[0]] = append(got[r[0]], m.ID[0])
		return nil
	})
	return got, err
}

func TestJournals(t *testing.T) {
	got, err := readJournals(journals())
	if want := map[byte][]byte{1: {11, 12, 13}, 2: {20}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	dir := journals()
	dir["AQ/EB/b/queue_state."+text(2)+".log.bak"] = dir["AQ/EB/c/queue_state."+text(3)+".log"]
	if got, err := readJournals(dir); err != nil || got[2] != nil {
		t.Errorf("the state that counts is not that before it was made shorter: %v, %v", got, err)
	}
	for name, spoil := range map[string]func(fstest.MapFS){
		"missing": func(d fstest.MapFS) { delete(d, "AQ/EB/a/messages.new.log") },
		"short":   func(d fstest.MapFS) { d["AQ/EB/a/messages.old.log"].Data = []byte("short\n") },
		"garbage": func(d fstest.MapFS) { d["AQ/EB/b/messages.j.log"].Data[3] = '!' },
		"size": func(d fstest.MapFS) {
			f := d["AQ/EB/b/queue_state."+text(2)+".log"]
			f.Data = bytes.Replace(f.Data, []byte("size=1"), []byte("size=2"), 1)
		},
		"outside": func(d fstest.MapFS) {
			f := d["AQ/EB/b/queue_state."+text(2)+".log"]
			f.Data = bytes.ReplaceAll(f.Data, []byte("=j"), []byte("=../x"))
		},
	} {
		dir := journals()
		spoil(dir)
		if _, err := readJournals(dir); err == nil || strings.Contains(err.Error(), text(1)) || strings.Contains(err.Error(), text(2)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestImport puts a log into a store.
func TestImport(t *testing.T) {
	ctx, store := t.Context(), new(memory.Store)
	_, key := newKey(t)
	var log strings.Builder
	for n := range byte(200) {
		fmt.Fprintf(&log, "CREATE rid=%s rk=%s rdh=%s sid=%s sk=\n", text(n), key, b64(secret[:]), b64(bytes.Repeat([]byte{n, 1}, relay.IDSize/2)))
	}
	l, err := Read(strings.NewReader(log.String()), now)
	if err != nil {
		t.Fatal(err)
	}
	report, err := l.Store(ctx, store)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1795392001, 0)
	err = report.StoreMessages(ctx, store, old, func(f func(relay.ID, *relay.Message) error) error {
		return Messages(strings.NewReader(fmt.Sprintf(messageLog, text(7), text(2), text(3), text(4))+fmt.Sprintf(messageLog, text(250), text(2), text(3), text(4))), f)
	})
	if want := (Report{Queues: 200, Messages: 2, Expired: 2, Orphans: 2}); err != nil || *report != want {
		t.Errorf("report is %+v, %v, want %+v", *report, err, want)
	}
	rid, _ := id(7)
	first, err := store.Next(ctx, rid, relay.ID{})
	if err != nil || first.ID[0] != 3 {
		t.Errorf("first message is %+v, %v", first, err)
	}
	if last, err := store.Next(ctx, rid, first.ID); err != nil || !last.Quota {
		t.Errorf("last message is %+v, %v", last, err)
	}
	if _, err := l.Store(ctx, store); !errors.Is(err, relay.ErrDuplicate) {
		t.Errorf("a second time: %v", err)
	}
}

// TestImportFails: the first error of the store ends it.
func TestImportFails(t *testing.T) {
	broken := errors.New("broken")
	var many []string
	for range 10_000 {
		many = append(many, fmt.Sprintf(messageLog, text(1), text(2), text(3), text(4)))
	}
	err := new(Report).StoreMessages(t.Context(), failing{new(memory.Store), broken}, time.Time{}, func(f func(relay.ID, *relay.Message) error) error {
		return Messages(strings.NewReader(strings.Join(many, "")), f)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct {
	relay.Store
	err error
}

func (f failing) Append(context.Context, relay.ID, *relay.Message, relay.Limits) error { return f.err }

func FuzzRead(f *testing.F) {
	_, key := newKey(f)
	f.Add("CREATE rid=" + text(1) + " rk=" + key + " rdh=" + b64(secret[:]) + " sid=" + text(2) + " sk= queue_mode=M status=off")
	f.Add("QUEUE_SERVICE " + text(1) + " N \nLINK " + text(1) + " " + text(2) + " AA== AA==")
	f.Fuzz(func(t *testing.T, log string) {
		l, err := Read(strings.NewReader(log), now)
		if err != nil {
			return
		}
		for _, q := range l.Queues {
			stored, err := relay.ParseQueue(relay.AppendQueue(nil, q))
			if err != nil || !slices.Equal(relay.AppendQueue(nil, stored), relay.AppendQueue(nil, q)) {
				t.Errorf("a queue cannot be stored: %v", err)
			}
		}
	})
}

func FuzzJournals(f *testing.F) {
	f.Add("write=j,1,1,9,9 read=j,0,1,0,9 canWrite=T size=1\n", text(1)+" 1 flags=F AA==\n")
	f.Fuzz(func(t *testing.T, state, journal string) {
		Journals(fstest.MapFS{
			"queue_state." + text(1) + ".log": {Data: []byte(state)},
			"messages.j.log":                  {Data: []byte(journal)},
		}, func(relay.ID, *relay.Message) error { return nil })
	})
}
