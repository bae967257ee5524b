package agent

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
	"sotto/smp/wire"
	"sotto/wasm/ratchet"
	"sotto/wasm/sntrup761"
	"sotto/wasm/store"
)

// The full_stack vectors are a connection of the official code, message by
// message through all layers, with every key and every random byte.
type stackVectors struct {
	PQ           bool
	QueueOfAlice stackQueue
	QueueOfBob   stackQueue
	Alice, Bob   stackKeys
	Cases        []stackCase
}

type stackQueue struct {
	RecipientAuthSeed, E2EPrivateKey, SenderAuthSeed, SenderE2EPrivateKey hexBytes
	RecipientID, SenderID                                                 hexBytes
	RcvMsgDHSecret                                                        hexBytes
}

type stackKeys struct {
	PrivateKey1, PrivateKey2, RatchetPrivateKey hexBytes
	KEMKeyPair                                  *struct{ SecretKey hexBytes }
	KEMEncapsulation                            *struct{ RNG hexBytes }
	E2EParams                                   hexBytes
}

type stackCase struct {
	Description string
	Inputs      struct {
		From, To, Kind string
		Payload        json.RawMessage
		CBNonce, MsgID hexBytes
	}
	Outputs struct {
		AgentMessage, AgentMessageHash, ClientMsgEnvelope hexBytes
		RecipientGenerated                                *struct {
			X448PrivateKey   hexBytes
			KEMEncapsulation *struct{ RNG hexBytes }
			KEMKeyPair       *struct{ SecretKey hexBytes }
		}
	}
}

// A puppet is an agent without a loop, whose randomness is given.
type puppet struct {
	*Agent
	t      *testing.T
	random *bytes.Buffer
	events []Event
	conn   ConnID
	// replyKeys are alice's for bob's queue.
	replyKeys stackQueue
}

func newPuppet(t *testing.T, pq bool) *puppet {
	p := &puppet{t: t, random: new(bytes.Buffer), conn: "0123456789abcdef"}
	p.Agent = &Agent{
		store: new(store.Mem), app: p, rand: p.random, speaks: current, stopped: make(chan struct{}),
		dial: func(context.Context, smp.Address) (*transport.Conn, error) {
			return nil, errors.New("no network")
		},
		conns: map[ConnID]*conn{}, receives: map[address]ConnID{}, deletes: map[string]*deletion{},
		ratchets: map[ConnID]*ratchet.State{}, lanes: map[string]*lane{}, relays: map[session]*relay{}, early: map[ConnID]*early{}, pauses: map[ConnID]*time.Timer{},
		kems: newKEMStock(p.random, kemPairs), clock: time.Now,
	}
	close(p.stopped)
	p.speaks.pq = pq
	t.Cleanup(p.workers.Wait)
	return p
}

func (p *puppet) Event(_ *Turn, e Event) error {
	p.events = append(p.events, e)
	return nil
}

// feed gives the next random bytes and the next KEM key.
func (p *puppet) feed(kem []byte, random ...[]byte) {
	for _, b := range random {
		p.random.Write(b)
	}
	if kem == nil {
		return
	}
	k, err := sntrup761.NewPrivateKey(kem)
	if err != nil {
		p.t.Fatal(err)
	}
	p.kems.ready <- k
}

// turn runs a turn, after which all random bytes must be used, and the state
// must read the same from the store.
func (p *puppet) turn(f func(*Turn) error) {
	p.t.Helper()
	turn := &Turn{a: p.Agent, ctx: p.t.Context(), now: time.Unix(1700000000, 0)}
	if err := f(turn); err != nil {
		p.t.Fatal(err)
	}
	if err := turn.commit(); err != nil {
		p.t.Fatal(err)
	}
	if p.random.Len() != 0 {
		p.t.Fatalf("%d random bytes were not used", p.random.Len())
	}
	p.reload()
}

// reload replaces the state by what the store has.
func (p *puppet) reload() {
	p.t.Helper()
	clear(p.ratchets)
	clear(p.conns)
	clear(p.lanes)
	if err := p.load(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// sent returns the delivery that the last turn queued, and takes it for sent.
func (p *puppet) sent() *delivery {
	p.t.Helper()
	c := p.conns[p.conn]
	d, err := p.outgoing(p.t.Context(), c.id, c.outFirst)
	if err != nil {
		p.t.Fatal(err)
	}
	p.turn(func(t *Turn) error { return t.sentFirst(t.edit(p.conn), d) })
	return d
}

func TestFullStack(t *testing.T) {
	for _, file := range []string{"full_stack_nopq.json", "full_stack_pq.json"} {
		t.Run(file, func(t *testing.T) {
			var v stackVectors
			read(t, file, &v)
			people := map[string]*puppet{"alice": newAlice(t, &v), "bob": newBob(t, &v)}
			secrets := map[string][]byte{"alice": v.QueueOfAlice.RcvMsgDHSecret, "bob": v.QueueOfBob.RcvMsgDHSecret}
			for _, c := range v.Cases {
				from, to := people[c.Inputs.From], people[c.Inputs.To]
				d := from.say(&v, c)
				if !bytes.Equal(d.body, c.Outputs.ClientMsgEnvelope) {
					t.Fatalf("%s: not the same envelope", c.Description)
				}
				if got := from.conns[from.conn].sentHash; !bytes.Equal(got, c.Outputs.AgentMessageHash) {
					t.Errorf("%s: hash %x", c.Description, got)
				}
				to.hear(c, secrets[c.Inputs.To], d.body)
			}
		})
	}
}

// newAlice has made the invitation.
func newAlice(t *testing.T, v *stackVectors) *puppet {
	p := newPuppet(t, v.PQ)
	k := v.Alice
	p.replyKeys = v.QueueOfBob
	p.feed(k.kem(), k.PrivateKey1, k.PrivateKey2)
	offer, err := ratchet.NewOffer(p.keys(), v.PQ)
	if err != nil {
		t.Fatal(err)
	}
	if got := ratchet.AppendParams(nil, offer.Params(3)); !bytes.Equal(got, k.E2EParams) {
		t.Fatalf("parameters of alice: %x", got)
	}
	stored, err := offer.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	p.turn(func(turn *Turn) error {
		turn.add(&conn{id: p.conn, state: Invited, initiator: true, version: VersionEarlyRatchet, pq: v.PQ, receive: v.QueueOfAlice.receive(t), offer: stored})
		return nil
	})
	return p
}

// newBob has joined, and waits for the reply queue.
func newBob(t *testing.T, v *stackVectors) *puppet {
	p := newPuppet(t, v.PQ)
	k, q := v.Bob, v.QueueOfAlice
	var rng []byte
	if k.KEMEncapsulation != nil {
		rng = k.KEMEncapsulation.RNG
	}
	p.feed(k.kem(), q.SenderAuthSeed, q.SenderE2EPrivateKey, k.PrivateKey1, k.PrivateKey2, rng, k.RatchetPrivateKey)
	parser := wire.NewParser(v.Alice.E2EParams)
	params := ratchet.ReadParams(parser)
	if err := parser.Done(); err != nil {
		t.Fatal(err)
	}
	send, err := p.newSendQueue(v.QueueOfAlice.receive(t).info())
	if err != nil {
		t.Fatal(err)
	}
	state, reply, err := ratchet.Join(p.keys(), params, v.PQ)
	if err != nil {
		t.Fatal(err)
	}
	if got := ratchet.AppendParams(nil, reply); !bytes.Equal(got, k.E2EParams) {
		t.Fatalf("parameters of bob: %x", got)
	}
	p.turn(func(turn *Turn) error {
		turn.add(&conn{id: p.conn, state: Joining, version: VersionEarlyRatchet, pq: v.PQ, send: send, reply: k.E2EParams})
		turn.setRatchet(p.conn, state)
		return nil
	})
	return p
}

func (k stackKeys) kem() []byte {
	if k.KEMKeyPair == nil {
		return nil
	}
	return k.KEMKeyPair.SecretKey
}

// receive is the queue as its owner has it.
func (q stackQueue) receive(t *testing.T) *receiveQueue {
	return &receiveQueue{
		relay: smp.Address{Fingerprint: q.fingerprint(), Hosts: []string{"localhost"}, Port: "5223"}, id: q.RecipientID, senderID: q.SenderID,
		auth: &signKey{seed: q.RecipientAuthSeed}, delivery: q.RcvMsgDHSecret, key: privateKey(t, smp.X25519, q.E2EPrivateKey),
		version: smp.ClientVersionShortLinks, mode: smp.Messaging,
	}
}

// fingerprint is the relay's in all of these vectors.
func (stackQueue) fingerprint() []byte {
	b, _ := hex.DecodeString("87a5b4e27482de64af531bb0b242b5df34aaad8068d8788a4aaee60abeeff484")
	return b
}

func privateKey(t *testing.T, alg smp.Algorithm, raw []byte) smp.PrivateKey {
	t.Helper()
	k, err := smp.NewPrivateKey(alg, raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// say sends the message of a case, and returns what left.
func (p *puppet) say(v *stackVectors, c stackCase) *delivery {
	p.t.Helper()
	nonce := c.Inputs.CBNonce
	switch c.Inputs.Kind {
	case "AgentConnInfo":
		p.random.Write(nonce)
		p.turn(func(t *Turn) error { return t.Allow(p.conn, payload(p.t, c)) })
	case "AgentConnInfoReply":
		p.random.Write(nonce)
		p.turn(func(t *Turn) error {
			c2 := t.edit(p.conn)
			c2.info = payload(p.t, c)
			return t.replyWith(c2, v.QueueOfBob.receive(p.t))
		})
	case "A_MSG":
		p.random.Write(nonce)
		p.turn(func(t *Turn) error { _, err := t.Send(p.conn, payload(p.t, c), SendOptions{}); return err })
	default:
		parsed, err := parsePlain(c.Outputs.AgentMessage)
		if err != nil {
			p.t.Fatal(err)
		}
		p.random.Write(nonce)
		p.turn(func(t *Turn) error {
			_, err := t.enqueue(t.edit(p.conn), kindReceipt, parsed.(message).content, false)
			return err
		})
	}
	return p.sent()
}

func payload(t *testing.T, c stackCase) []byte {
	var b hexBytes
	decode(t, c.Inputs.Payload, &b)
	return b
}

// hear delivers the message of a case, and checks what comes of it.
func (p *puppet) hear(c stackCase, secret, body []byte) {
	p.t.Helper()
	m, err := smp.SealDelivery(secret, c.Inputs.MsgID, smp.Delivery{Time: time.Unix(1700000000, 0), Body: body})
	if err != nil {
		p.t.Fatal(err)
	}
	p.events = nil
	if g := c.Outputs.RecipientGenerated; g != nil {
		var kem, rng []byte
		if g.KEMKeyPair != nil {
			kem = g.KEMKeyPair.SecretKey
		}
		if g.KEMEncapsulation != nil {
			rng = g.KEMEncapsulation.RNG
		}
		p.feed(kem, rng, g.X448PrivateKey)
	}
	if c.Inputs.Kind == "AgentConnInfoReply" {
		q := p.replyKeys
		p.feed(nil, q.SenderAuthSeed, q.SenderE2EPrivateKey)
	}
	p.turn(func(t *Turn) error { return t.receive(p.conn, p.conns[p.conn].receive.address(), m) })
	p.checkEvents(c)
	events := len(p.events)
	p.turn(func(t *Turn) error { return t.receive(p.conn, p.conns[p.conn].receive.address(), m) })
	if len(p.events) != events {
		p.t.Errorf("%s: delivered twice, told twice", c.Description)
	}
}

func (p *puppet) checkEvents(c stackCase) {
	p.t.Helper()
	found := slices.ContainsFunc(p.events, func(e Event) bool {
		switch e := e.(type) {
		case Confirmed:
			return c.Inputs.Kind == "AgentConnInfoReply" && bytes.Equal(e.Info, payload(p.t, c))
		case InfoReceived:
			return c.Inputs.Kind == "AgentConnInfo" && bytes.Equal(e.Info, payload(p.t, c))
		case Received:
			return c.Inputs.Kind == "A_MSG" && bytes.Equal(e.Body, payload(p.t, c)) && e.Integrity == Integrity{}
		case Delivered: // the vector's hash is made up
			return c.Inputs.Kind == "A_RCVD" && slices.Equal(e.BadHash, []uint64{2})
		case Unreadable: // a HELLO after the handshake
			return c.Inputs.Kind == "HELLO" && errors.Is(e.Err, errUnexpected)
		}
		return false
	})
	if !found {
		p.t.Errorf("%s: %+v", c.Description, p.events)
	}
}
