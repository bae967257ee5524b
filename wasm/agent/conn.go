package agent

import (
	"errors"

	"sotto/smp"
)

// A State is how far a connection has come.
type State uint8

// The states.
const (
	// Invited: our link is out.
	Invited State = iota + 1
	// Asked: the joiner's confirmation is here; the app has not allowed it yet.
	Asked
	// Allowed: we answered; the handshake goes on.
	Allowed
	// Joining: we opened a link; its owner has not answered yet.
	Joining
	// Established: messages flow both ways.
	Established
	// Over: the join failed, or a queue is gone.
	Over
	// Leaving: erased by the app, but something is still to be sent.
	Leaving
	// Address: not a connection, but a queue for requests to connect.
	Address
	// Resolving: we opened a short link; its relay has not answered yet.
	Resolving
	// Requesting: we opened an address; its owner has not answered yet.
	Requesting
)

// A conn is the stored state of a connection. What a turn has not cloned (edit)
// is never changed, and neither are the slices in it.
type conn struct {
	id        ConnID
	user      User
	state     State
	initiator bool
	version   Version // agreed; it rises with the peer's
	pq        bool    // the peer can use the KEM: decides lengths
	pqOn      bool    // what the app was told
	pqOff     bool    // the app does not want the KEM

	receive *receiveQueue // nil until made, and after Erase
	send    *sendQueue    // nil until the peer's is known; not to be used before Allowed

	offer []byte // Invited, Requesting: our ratchet offer
	reply []byte // Joining, until the confirmation is made: ratchet parameters for it
	info  []byte // likewise, and until the request is made: our info
	// What we opened, to know it again: the short link, a space, and the id of the
	// queue of an address. If the link is ours, the short link.
	link []byte

	helloQueued, helloSent, helloReceived bool

	// The queue that we move to, nil until made, and how far that is.
	fresh     *receiveQueue
	switching SwitchPhase

	// The queue that the peer moves to; what is queued from moveAt on is for it.
	next   *sendQueue
	moves  bool
	moveAt uint64

	sync   SyncState
	rekeys []byte // which keys of the peer came, see sync.go

	asks    bool // we opened an address
	linkDue bool // the relay is to be told the data of our short link

	sent         uint64 // number of the last message made
	sentHash     []byte
	received     uint64 // number of the last message received
	receivedHash []byte

	seen []byte // what came last, see repeat.go
	owed []debt // see receipt.go

	outFirst, outNext uint64 // deliveries not sent yet: outFirst <= n < outNext
}

// A receiveQueue is the queue that we made.
type receiveQueue struct {
	relay    smp.Address
	id       []byte // ours, on the relay
	senderID []byte
	auth     *signKey       // of our commands
	delivery []byte         // key that the relay encrypts deliveries with
	key      smp.PrivateKey // X25519, of the queue layer; zero once secret is known
	secret   []byte         // of the queue layer; nil until the confirmation
	version  smp.ClientVersion
	mode     smp.QueueMode
	peer     smp.PublicKey // what the relay must be told with KEY; zero if nothing
	last     []byte        // relay's id of the last message that we processed
}

// A sendQueue is the queue that the peer made.
type sendQueue struct {
	relay   smp.Address
	id      []byte
	auth    *signKey      // of our commands
	key     smp.PublicKey // X25519, ours of the queue layer, for the confirmation
	secret  []byte
	version smp.ClientVersion
	mode    smp.QueueMode
	secured bool // the relay has our key
}

// opening reports whether c is still to be made with a link that we opened.
func (c *conn) opening() bool {
	return c.state == Resolving || c.state == Requesting || c.state == Joining
}

// clone returns a copy whose fields can be set.
func (c *conn) clone() *conn {
	d := *c
	if c.receive != nil {
		q := *c.receive
		d.receive = &q
	}
	if c.fresh != nil {
		q := *c.fresh
		d.fresh = &q
	}
	if c.send != nil {
		q := *c.send
		d.send = &q
	}
	if c.next != nil {
		q := *c.next
		d.next = &q
	}
	return &d
}

// canSend reports whether the app may send. In the fast handshake the joiner
// may as soon as its confirmation is made, if the initiator's agent can decrypt
// before it allows.
func (c *conn) canSend() bool {
	switch c.state {
	case Established:
		return c.sync < SyncRequired
	case Joining:
		return c.receive != nil && c.send.secured && c.version >= VersionEarlyRatchet
	}
	return false
}

// An address names a queue: relay and id.
type address struct{ relay, id string }

func (q *receiveQueue) address() address { return address{q.relay.String(), string(q.id)} }

// receiveAt returns a queue of c, nil if that is not its.
func (c *conn) receiveAt(at address) *receiveQueue {
	for s := range c.subscriptions {
		if s.at == at {
			return s.queue
		}
	}
	return nil
}

// info returns the address that the peer sends to.
func (q *receiveQueue) info() smp.QueueInfo {
	return smp.QueueInfo{Version: q.version, QueueAddress: q.public()}
}

func (q *receiveQueue) public() smp.QueueAddress {
	return smp.QueueAddress{Relay: q.relay, SenderID: q.senderID, DHKey: q.key.Public(), Mode: q.mode}
}

// A ConnInfo is what an app may want to know of a connection.
type ConnInfo struct {
	User      User
	State     State
	Initiator bool
	CanSend   bool
	Version   Version // of the agent protocol, agreed
	PQSupport bool
	PQ        bool // the KEM is in use in both directions
	PQWanted  bool // as Turn.SetPQ says; true at first
	Sync      SyncState
	Switch    SwitchPhase
	// ReceiveRelay and SendRelay have no hosts while they are not known.
	ReceiveRelay, SendRelay smp.Address
}

// Conn describes a connection. It reports false if there is none, or if it was
// erased.
func (t *Turn) Conn(id ConnID) (ConnInfo, bool) {
	c := t.conn(id)
	if c == nil || c.state == Leaving {
		return ConnInfo{}, false
	}
	i := ConnInfo{
		User: c.user, State: c.state, Initiator: c.initiator, CanSend: c.canSend(), Version: c.version,
		PQSupport: c.pq, PQ: c.pqOn, PQWanted: !c.pqOff, Sync: c.sync, Switch: c.switching,
	}
	if c.receive != nil {
		i.ReceiveRelay = c.receive.relay
	}
	if c.send != nil {
		i.SendRelay = c.send.relay
	}
	return i, true
}

// SecurityCode returns what both people compare to be sure that nobody is
// between them: 32 bytes, nil before the peer has answered.
func (t *Turn) SecurityCode(id ConnID) ([]byte, error) {
	c := t.conn(id)
	if c == nil || c.state == Leaving {
		return nil, ErrUnknownConn
	}
	s, err := t.ratchet(id)
	if errors.Is(err, errRatchet) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	code := s.SecurityCode()
	return code[:], nil
}
