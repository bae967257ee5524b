package agent

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
	"time"

	"sotto/smp"
)

// fullConn returns a connection with every field set.
func fullConn(t testing.TB) *conn {
	key := func(alg smp.Algorithm, n byte) smp.PrivateKey {
		k, err := smp.NewPrivateKey(alg, bytes.Repeat([]byte{n}, 32))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	relay := smp.Address{Fingerprint: make([]byte, 32), Hosts: []string{"a.example", "b.example"}, Port: "443"}
	c := &conn{
		id: "0123456789abcdef", state: Joining, initiator: true, version: 7, pq: true, pqOn: true,
		receive: &receiveQueue{relay, []byte("recipient"), []byte("sender"), &signKey{seed: make([]byte, 32)}, make([]byte, 32), key(smp.X25519, 2), make([]byte, 32), 4,
			smp.Messaging, key(smp.Ed25519, 3).Public(), []byte("last")},
		send:  &sendQueue{relay, []byte("sender"), &signKey{seed: make([]byte, 32)}, key(smp.X25519, 5).Public(), make([]byte, 32), 3, smp.Contact, true},
		offer: []byte("offer"), reply: []byte("reply"), info: []byte("info"),
		user: "work", pqOff: true, switching: SwitchSecured,
		link: []byte("link"), moves: true, moveAt: 6, sync: SyncAgreed, rekeys: []byte("rekeys"),
		helloQueued: true, helloSent: true, helloReceived: true, asks: true, linkDue: true,
		sent: 1, sentHash: make([]byte, 32), received: 2, receivedHash: make([]byte, 32), seen: []byte("12345678"), owed: []debt{{3, []byte("hash")}, {number: 4}}, outFirst: 5, outNext: 6,
	}
	c.next, c.fresh = c.send, c.receive
	return c
}

func TestConnRecord(t *testing.T) {
	full := fullConn(t)
	for _, c := range []*conn{{id: full.id, state: Invited}, full} {
		b := c.marshal()
		got, err := parseConn(c.id, b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, c) {
			t.Errorf("read %+v, want %+v", got, c)
		}
		for n := range b {
			if _, err := parseConn(c.id, b[:n]); err == nil {
				t.Errorf("the first %d of %d bytes parse", n, len(b))
			}
		}
	}
	v := reflect.ValueOf(*full)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the test leaves %s empty", v.Type().Field(i).Name)
		}
	}
}

// TestOldConnRecord reads the layouts that had no link, and no state of the
// ratchet.
func TestOldConnRecord(t *testing.T) {
	c := fullConn(t)
	c.next, c.moves, c.moveAt = nil, false, 0
	c.fresh = nil
	b := sixth(c)
	for _, old := range []struct {
		layout byte
		lacks  int
		clear  func()
	}{
		{6, 0, func() {}},
		{5, 2 + len("hash"), func() { c.owed = []debt{{number: 3}, {number: 4}} }},
		{4, 2 + len(c.user) + 1 + 1 + 1, func() { c.user, c.pqOff, c.switching = "", false, SwitchNone }},
		{3, 1, func() {}},
		{2, 1 + 2 + len(c.rekeys), func() { c.sync, c.rekeys = SyncOK, nil }},
		{1, 2 + len(c.link), func() { c.link = nil }},
	} {
		b = b[:len(b)-old.lacks]
		b[0] = old.layout
		old.clear()
		if got, err := parseConn(c.id, b); err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("layout %d: read %+v, %v", old.layout, got, err)
		}
	}
}

// sixth encodes c as layout 6: the numbers of what is owed after seen, the hashes
// at the end.
func sixth(c *conn) []byte {
	without := *c
	without.owed = nil
	b := without.marshal()
	end := bytes.Index(b, c.seen) + len(c.seen)
	old := append(slices.Clone(b[:end]), byte(len(c.owed)))
	for _, d := range c.owed {
		old = binary.BigEndian.AppendUint64(old, d.number)
	}
	old = append(old, b[end:len(b)-1]...)
	for _, d := range c.owed {
		old = append(append(old, byte(len(d.hash))), d.hash...)
	}
	return old
}

func TestLinkKeysRecord(t *testing.T) {
	k := &linkKeys{root: &signKey{seed: make([]byte, 32)}, id: []byte("id"), key: []byte("key"), data: smp.LinkData{Fixed: []byte("fixed"), User: []byte("user")}}
	b := k.marshal()
	if got, err := parseLinkKeys(b); err != nil || !reflect.DeepEqual(got, k) {
		t.Errorf("read %+v, %v", got, err)
	}
	for n := range b {
		if _, err := parseLinkKeys(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes parse", n, len(b))
		}
	}
}

func TestDeliveryRecord(t *testing.T) {
	d := &delivery{kind: kindMessage, notify: true, number: 7, made: time.Unix(1700000000, 0).UTC(), body: []byte("body")}
	got, err := parseDelivery(d.marshal())
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("read %+v, %v", got, err)
	}
	b := d.marshal()
	for n := range len(b) - len(d.body) {
		if _, err := parseDelivery(b[:n]); err == nil {
			t.Errorf("the first %d bytes parse", n)
		}
	}
}

func TestDeletionRecord(t *testing.T) {
	q := fullConn(t).receive
	d := &deletion{key: "key", user: "work", relay: q.relay, id: q.id, auth: q.auth}
	b := d.marshal()
	got, err := parseDeletion("key", b)
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("read %+v, %v", got, err)
	}
	for n := range b {
		if _, err := parseDeletion("key", b[:n]); err == nil {
			t.Errorf("the first %d bytes parse", n)
		}
	}
	old := append([]byte{1}, b[1:len(b)-2-len(d.user)]...)
	d.user = ""
	if got, err := parseDeletion("key", old); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("of the first layout: read %+v, %v", got, err)
	}
}

func TestRequestRecord(t *testing.T) {
	r := &pendingRequest{"work", "link"}
	b := r.marshal()
	if got, err := parsePendingRequest(b); err != nil || *got != *r {
		t.Errorf("read %+v, %v", got, err)
	}
	for n := range len(b) - len(r.link) {
		if _, err := parsePendingRequest(b[:n]); err == nil {
			t.Errorf("the first %d bytes parse", n)
		}
	}
	if got, err := parsePendingRequest([]byte("\x01link")); err != nil || *got != (pendingRequest{"", "link"}) {
		t.Errorf("of the first layout: read %+v, %v", got, err)
	}
}

func FuzzRecords(f *testing.F) {
	c := fullConn(f)
	f.Add(c.marshal())
	f.Add((&conn{state: Invited}).marshal())
	f.Add((&delivery{kind: kindHello}).marshal())
	f.Add((&pendingRequest{"work", "link"}).marshal())
	f.Add((&deletion{relay: c.receive.relay, id: []byte("id"), auth: c.receive.auth}).marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseConn("id", b); err == nil && b[0] == connVersion && !bytes.Equal(c.marshal(), b) {
			t.Errorf("connection %x encodes as %x", b, c.marshal())
		}
		if d, err := parseDelivery(b); err == nil && !bytes.Equal(d.marshal(), b) {
			t.Errorf("delivery %x encodes as %x", b, d.marshal())
		}
		if r, err := parsePendingRequest(b); err == nil && b[0] == requestVersion && !bytes.Equal(r.marshal(), b) {
			t.Errorf("request %x encodes as %x", b, r.marshal())
		}
		if d, err := parseDeletion("key", b); err == nil && b[0] == deletionVersion && !bytes.Equal(d.marshal(), b) {
			t.Errorf("deletion %x encodes as %x", b, d.marshal())
		}
	})
}
