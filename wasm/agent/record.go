package agent

import (
	"errors"
	"fmt"
	"time"

	"sotto/smp"
	"sotto/smp/wire"
)

// The agent's buckets. Keys are connection ids, some with a number behind.
const (
	bucketPrefix   = "agent/"
	bucketConns    = bucketPrefix + "conns"    // ConnID: conn
	bucketRatchets = bucketPrefix + "ratchets" // ConnID: ratchet state
	bucketSkipped  = bucketPrefix + "skipped"  // ConnID/id: skipped message key
	bucketOut      = bucketPrefix + "out"      // ConnID/place: delivery
	bucketSent     = bucketPrefix + "sent"     // ConnID/number: hash, until the receipt
	bucketReceived = bucketPrefix + "received" // ConnID/number: hash, until our receipt
	bucketDeletes  = bucketPrefix + "deletes"  // random: queue to delete
	bucketLinks    = bucketPrefix + "links"    // ConnID: keys and data of our short link
	bucketLinkKeys = bucketPrefix + "linkkeys" // hash of where a short link that we opened leads: key of its queue
	bucketRequests = bucketPrefix + "requests" // RequestID: link in a request
)

// errRecord is for records that are not what this program wrote.
var errRecord = errors.New("agent: invalid record")

// recordVersion is the first byte of every record. A change of the layout gets
// a new number, and a reader for the old one.
const recordVersion = 1

// connVersion is that of connections; 2 added link, 3 sync and rekeys, 4 next, 5
// user, pqOff, fresh and switching, 6 the hashes of what is owed; 7 has what is owed
// at the end, where it grows with each message of a stream.
const connVersion = 7

// numbered returns the key of a connection's record number n; keys order as the
// numbers do.
func numbered(id ConnID, n uint64) string { return fmt.Sprintf("%s/%016x", id, n) }

// marshal encodes a connection.
func (c *conn) marshal() []byte {
	size := 1024 + 48*len(c.owed) // about
	b := append(make([]byte, 0, size), connVersion, byte(c.state), c.flags())
	b = wire.AppendUint16(b, uint16(c.version))
	for _, n := range []uint64{c.sent, c.received, c.outFirst, c.outNext} {
		b = wire.AppendUint64(b, n)
	}
	b = wire.AppendShort(wire.AppendShort(b, c.sentHash), c.receivedHash)
	for _, s := range [][]byte{c.offer, c.reply, c.info} {
		b = wire.AppendLarge(b, s)
	}
	b = wire.AppendMaybe(wire.AppendShort(b, c.seen), c.receive != nil)
	if c.receive != nil {
		b = c.receive.append(b)
	}
	b = wire.AppendMaybe(b, c.send != nil)
	if c.send != nil {
		b = c.send.append(b)
	}
	b = wire.AppendLarge(b, c.link)
	b = wire.AppendLarge(append(b, byte(c.sync)), c.rekeys)
	b = wire.AppendMaybe(b, c.next != nil)
	if c.next != nil {
		b = wire.AppendUint64(wire.AppendBool(c.next.append(b), c.moves), c.moveAt)
	}
	b = wire.AppendBool(wire.AppendLarge(b, c.user), c.pqOff)
	b = wire.AppendMaybe(append(b, byte(c.switching)), c.fresh != nil)
	if c.fresh != nil {
		b = c.fresh.append(b)
	}
	return wire.AppendList(b, c.owed, appendDebt)
}

func appendDebt(b []byte, d debt) []byte {
	return wire.AppendShort(wire.AppendUint64(b, d.number), d.hash)
}

func readDebt(p *wire.Parser) debt { return debt{p.Uint64(), filled(p.Short())} }

// readNumber reads a debt before layout 7: its hash follows later, if at all.
func readNumber(p *wire.Parser) debt { return debt{number: p.Uint64()} }

// flags packs the booleans of a connection, in the order of flagFields.
func (c *conn) flags() (flags byte) {
	for i, f := range c.flagFields() {
		if *f {
			flags |= 1 << i
		}
	}
	return flags
}

// flagFields is the order of the booleans in a record: append only.
func (c *conn) flagFields() []*bool {
	return []*bool{&c.initiator, &c.pq, &c.pqOn, &c.helloQueued, &c.helloSent, &c.helloReceived, &c.asks, &c.linkDue}
}

// parseConn decodes what marshal wrote.
func parseConn(id ConnID, b []byte) (*conn, error) {
	p := wire.NewParser(b)
	layout := p.Byte()
	c := &conn{id: id, state: State(p.Byte())}
	c.setFlags(p)
	c.version = Version(p.Uint16())
	for _, n := range []*uint64{&c.sent, &c.received, &c.outFirst, &c.outNext} {
		*n = p.Uint64()
	}
	c.sentHash, c.receivedHash = filled(p.Short()), filled(p.Short())
	for _, s := range []*[]byte{&c.offer, &c.reply, &c.info} {
		*s = filled(p.Large())
	}
	c.seen = filled(p.Short())
	if layout < 7 {
		c.owed = wire.List(p, readNumber)
	}
	if p.Maybe() {
		c.receive = readReceiveQueue(p)
	}
	if p.Maybe() {
		c.send = readSendQueue(p)
	}
	if layout > 1 {
		c.link = filled(p.Large())
	}
	if layout > 2 {
		c.sync, c.rekeys = SyncState(p.Byte()), filled(p.Large())
	}
	if layout > 3 && p.Maybe() {
		c.next, c.moves, c.moveAt = readSendQueue(p), p.Bool(), p.Uint64()
	}
	if layout > 4 {
		c.user, c.pqOff, c.switching = User(p.Large()), p.Bool(), SwitchPhase(p.Byte())
		if p.Maybe() {
			c.fresh = readReceiveQueue(p)
		}
	}
	if layout == 6 {
		for i := range c.owed {
			c.owed[i].hash = filled(p.Short())
		}
	} else if layout > 6 {
		c.owed = wire.List(p, readDebt)
	}
	if layout < 1 || layout > connVersion || c.state < Invited || c.state > Requesting || c.sync > SyncAgreed || c.switching > SwitchSecured || c.outFirst > c.outNext {
		p.Fail(errRecord)
	}
	return c, p.Done()
}

func (c *conn) setFlags(p *wire.Parser) {
	flags := p.Byte()
	for i, f := range c.flagFields() {
		*f = flags&(1<<i) != 0
	}
	if flags != c.flags() {
		p.Fail(errRecord)
	}
}

func readRecordVersion(p *wire.Parser) {
	if p.Byte() != recordVersion {
		p.Fail(errRecord)
	}
}

// filled returns nil for an empty slice: records do not tell them apart.
func filled(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

func (q *receiveQueue) append(b []byte) []byte {
	b = smp.AppendAddress(b, q.relay)
	b = wire.AppendShort(wire.AppendShort(b, q.id), q.senderID)
	b = appendPrivateKey(wire.AppendShort(appendSignKey(b, q.auth), q.delivery), q.key)
	b = wire.AppendUint16(wire.AppendShort(b, q.secret), uint16(q.version))
	return wire.AppendShort(appendMaybeKey(append(b, byte(q.mode)), q.peer), q.last)
}

func readReceiveQueue(p *wire.Parser) *receiveQueue {
	q := &receiveQueue{relay: smp.ReadAddress(p), id: p.Short(), senderID: p.Short()}
	q.auth, q.delivery, q.key = readSignKey(p), readSecret(p), readPrivateKey(p)
	q.secret, q.version, q.mode = readMaybeSecret(p), smp.ClientVersion(p.Uint16()), readMode(p)
	q.peer, q.last = readMaybeKey(p), filled(p.Short())
	return q
}

func (q *sendQueue) append(b []byte) []byte {
	b = wire.AppendShort(smp.AppendAddress(b, q.relay), q.id)
	b = smp.AppendPublicKey(appendSignKey(b, q.auth), q.key)
	b = wire.AppendUint16(wire.AppendShort(b, q.secret), uint16(q.version))
	return wire.AppendBool(append(b, byte(q.mode)), q.secured)
}

func readSendQueue(p *wire.Parser) *sendQueue {
	q := &sendQueue{relay: smp.ReadAddress(p), id: p.Short()}
	q.auth, q.key = readSignKey(p), smp.ReadPublicKey(p, smp.X25519)
	q.secret, q.version = readSecret(p), smp.ClientVersion(p.Uint16())
	q.mode, q.secured = readMode(p), p.Bool()
	return q
}

func readMode(p *wire.Parser) smp.QueueMode {
	m := smp.QueueMode(p.Byte())
	if m != 0 && m != smp.Messaging && m != smp.Contact {
		p.Fail(errRecord)
	}
	return m
}

// appendPrivateKey appends the raw bytes of an X25519 key, none for the zero key.
func appendPrivateKey(b []byte, k smp.PrivateKey) []byte { return wire.AppendShort(b, k.Bytes()) }

func readPrivateKey(p *wire.Parser) smp.PrivateKey {
	raw := p.Short()
	if p.Err() != nil || len(raw) == 0 {
		return smp.PrivateKey{}
	}
	k, err := smp.NewPrivateKey(smp.X25519, raw)
	if err != nil {
		p.Fail(err)
	}
	return k
}

func appendMaybeKey(b []byte, k smp.PublicKey) []byte {
	if k.IsZero() {
		return wire.AppendMaybe(b, false)
	}
	return smp.AppendPublicKey(wire.AppendMaybe(b, true), k)
}

func readMaybeKey(p *wire.Parser) (k smp.PublicKey) {
	if p.Maybe() {
		k = smp.ReadPublicKey(p)
	}
	return k
}

func readSecret(p *wire.Parser) []byte {
	s := p.Short()
	if p.Err() == nil && len(s) != smp.BoxKeySize {
		p.Fail(errRecord)
	}
	return s
}

func readMaybeSecret(p *wire.Parser) []byte {
	if len(p.Peek(1)) == 1 && p.Peek(1)[0] == 0 {
		return filled(p.Short())
	}
	return readSecret(p)
}

// A kind is what a delivery carries.
type kind uint8

const (
	kindConfirmation kind = iota + 1
	kindHello
	kindMessage // the app's
	kindReceipt
	kindContinue
	kindRequest
	kindKeys
	kindReady
	kindMove
)

// A delivery is a message on its way to the relay, exactly as it is sent: it is
// never encrypted a second time.
type delivery struct {
	kind   kind
	notify bool
	number uint64
	made   time.Time
	body   []byte
}

func (d *delivery) marshal() []byte {
	b := append(make([]byte, 0, 32+len(d.body)), recordVersion, byte(d.kind))
	b = wire.AppendUint64(wire.AppendBool(b, d.notify), d.number)
	return append(wire.AppendTime(b, d.made), d.body...)
}

func parseDelivery(b []byte) (*delivery, error) {
	p := wire.NewParser(b)
	readRecordVersion(p)
	d := &delivery{kind: kind(p.Byte()), notify: p.Bool(), number: p.Uint64(), made: p.Time(), body: p.Rest()}
	if d.kind < kindConfirmation || d.kind > kindMove {
		p.Fail(errRecord)
	}
	return d, p.Done()
}

// A deletion is a queue that its relay must forget.
type deletion struct {
	key   string // of the record; random
	user  User
	relay smp.Address
	id    []byte
	auth  *signKey
}

// deletionVersion is that of deletions; 2 added user.
const deletionVersion = 2

func (d *deletion) marshal() []byte {
	b := smp.AppendAddress([]byte{deletionVersion}, d.relay)
	return wire.AppendLarge(appendSignKey(wire.AppendShort(b, d.id), d.auth), d.user)
}

func parseDeletion(key string, b []byte) (*deletion, error) {
	p := wire.NewParser(b)
	layout := p.Byte()
	d := &deletion{key: key, relay: smp.ReadAddress(p), id: p.Short(), auth: readSignKey(p)}
	if layout > 1 {
		d.user = User(p.Large())
	}
	if layout < 1 || layout > deletionVersion {
		p.Fail(errRecord)
	}
	return d, p.Done()
}
