package relay_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/server/relay"
	"sotto/smp"
)

// TestRefusals asks wrongly in every way that has its own answer.
func TestRefusals(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		key, wrong, signing := q.recipientKey, c.newKey(), mustKey(c, smp.Ed25519)
		dh := mustKey(c, smp.X25519).Public()
		newCommand := smp.NEW{AuthKey: key.Public(), DHKey: dh}
		for _, test := range []struct {
			name   string
			entity []byte
			key    smp.PrivateKey
			cmd    smp.Command
			want   *smp.Error
		}{
			{"no authorization", q.recipient, noKey, smp.SUB{}, smp.ErrCmdNoAuth},
			{"no queue", nil, key, smp.SUB{}, smp.ErrCmdNoAuth},
			{"no queue to send to", nil, noKey, smp.SEND{}, smp.ErrCmdNoEntity},
			{"NEW without authorization", nil, noKey, newCommand, smp.ErrCmdNoAuth},
			{"NEW for a queue", q.recipient, key, newCommand, smp.ErrCmdHasAuth},
			{"NEW with another key", nil, wrong, newCommand, smp.ErrAuth},
			{"authorized PING", nil, key, smp.PING{}, smp.ErrCmdHasAuth},
			{"wrong key", q.recipient, wrong, smp.SUB{}, smp.ErrAuth},
			{"wrong kind of key", q.recipient, signing, smp.SUB{}, smp.ErrAuth},
			{"sender's id", q.sender, key, smp.SUB{}, smp.ErrAuth},
			{"recipient's id", q.recipient, noKey, smp.SEND{}, smp.ErrAuth},
			{"unknown queue", random(24), key, smp.SUB{}, smp.ErrAuth},
			{"odd id", random(23), key, smp.DEL{}, smp.ErrAuth},
			{"unknown queue to send to", random(24), noKey, smp.SEND{}, smp.ErrAuth},
			{"authorized before it is secured", q.sender, wrong, smp.SEND{}, smp.ErrAuth},
			{"SKEY with another key", q.sender, wrong, smp.SKEY{Key: key.Public()}, smp.ErrAuth},
			{"SKEY by the recipient's id", q.recipient, wrong, smp.SKEY{Key: wrong.Public()}, smp.ErrAuth},
			{"RKEY for a messaging queue", q.recipient, key, smp.RKEY{Keys: []smp.PublicKey{dh}}, smp.ErrAuth},
			{"subscribe notifier", random(24), key, smp.NSUB{}, smp.ErrAuth},
			{"service", random(24), key, smp.SUBS{}, smp.ErrService},
			{"unknown link", random(24), noKey, smp.LGET{}, smp.ErrAuth},
			{"proxy", nil, noKey, smp.PRXY{Relay: smp.Address{Fingerprint: random(32), Hosts: []string{"localhost"}}}, &smp.Error{Code: smp.CodeProxy}},
			{"proxied", random(24), noKey, smp.PFWD{Version: 18, Key: dh}, &smp.Error{Code: smp.CodeProxy}},
			{"relayed without a key", nil, noKey, smp.RFWD{Body: random(64)}, smp.ErrCrypto},
		} {
			got, others := c.ask(test.entity, test.key, test.cmd)
			if !same(got, smp.ERR{Err: test.want}) || len(others) > 0 {
				t.Errorf("%s: %s, want %s", test.name, words(got), test.want)
			}
		}
		c.want(nil, noKey, smp.PING{}, smp.PONG{})
	})
}

func TestServiceSignature(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		tr := c.command(q.recipient, q.recipientKey, smp.SUB{})
		tr.ServiceSignature = random(smp.Ed25519SignatureSize)
		c.send(tr)
		heard := c.hear()
		if len(heard) != 1 || !same(c.parse(heard[0]), smp.ERR{Err: smp.ErrService}) {
			t.Error("a service signature of no service is not refused")
		}
	})
}

// TestBadCommands has transmissions that do not parse.
func TestBadCommands(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		for command, want := range map[string]*smp.Error{
			"":         smp.ErrCmdUnknown,
			"NONSENSE": smp.ErrCmdUnknown,
			"SUB ":     smp.ErrCmdSyntax,
			"PING x":   smp.ErrCmdSyntax,
			"NEW ":     smp.ErrCmdSyntax,
			"ACK":      smp.ErrCmdSyntax,
			"SEND X a": smp.ErrCmdSyntax,
		} {
			tr := smp.Transmission{CorrID: random(24), EntityID: random(24), Command: []byte(command)}
			c.send(tr)
			heard := c.hear()
			if len(heard) != 1 || string(heard[0].CorrID) != string(tr.CorrID) || !same(c.parse(heard[0]), smp.ERR{Err: want}) {
				t.Errorf("%q is not answered %s", command, want)
			}
		}
	})
}

// TestBadBlocks has blocks and transmissions of the wrong form: BLOCK, and the
// connection goes on.
func TestBadBlocks(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		for _, content := range []string{"", "\x00", "\x01", "\x01\x00\x05abc", "\x02\x00\x01a", "\x01\x00\x00", "\x01\x00\x03\x01a\x01", strings.Repeat("x", 500)} {
			if err := c.conn.WriteBlock([]byte(content)); err != nil {
				t.Fatal(err)
			}
			heard := c.hear()
			if len(heard) != 1 || len(heard[0].CorrID) != 0 || !same(c.parse(heard[0]), smp.ERR{Err: smp.ErrBlock}) {
				t.Errorf("%.20q is not answered BLOCK", content)
			}
		}
		tr := smp.Transmission{Authorization: random(63), CorrID: random(24), EntityID: random(24), Command: []byte("SUB")}
		c.send(tr)
		if heard := c.hear(); len(heard) != 1 || !same(c.parse(heard[0]), smp.ERR{Err: smp.ErrBlock}) {
			t.Error("an authorization of impossible length is not answered BLOCK")
		}
		c.want(nil, noKey, smp.PING{}, smp.PONG{})
	})
}

// TestOtherSession: a version that sends the session id sends another.
func TestOtherSession(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(6)
		other := smp.Session{Version: 6, ID: random(32)}
		tr := smp.Transmission{CorrID: random(24), Command: []byte("PING")}
		blocks, _ := smp.Batches([][]byte{other.Append(nil, tr)})
		if err := c.conn.WriteBlock(blocks[0]); err != nil {
			t.Fatal(err)
		}
		if heard := c.hear(); len(heard) != 1 || !same(c.parse(heard[0]), smp.ERR{Err: smp.ErrSession}) {
			t.Error("another session is not answered SESSION")
		}
	})
}

func TestSecuring(t *testing.T) {
	for _, by := range []string{"KEY", "SKEY"} {
		t.Run(by, func(t *testing.T) {
			inWorld(t, nil, func(w *world) {
				c := w.dial(18)
				q := c.create(smp.Messaging)
				set := func(key smp.PrivateKey, want smp.Response) {
					t.Helper()
					if by == "KEY" {
						c.want(q.recipient, q.recipientKey, smp.KEY{Key: key.Public()}, want)
						return
					}
					c.want(q.sender, key, smp.SKEY{Key: key.Public()}, want)
				}
				refused := smp.ERR{Err: smp.ErrAuth}
				set(q.senderKey, smp.OK{})
				set(q.senderKey, smp.OK{})
				set(c.newKey(), refused)
				set(mustKey(c, smp.Ed25519), refused)
				c.want(q.sender, noKey, smp.SEND{}, refused)
				c.want(q.sender, c.newKey(), smp.SEND{}, refused)
				c.want(q.sender, q.senderKey, smp.SEND{}, smp.OK{})
			})
		})
	}
}

// TestAddress is a queue that many write to.
func TestAddress(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Contact)
		c.wantERR(q.sender, q.senderKey, smp.SKEY{Key: q.senderKey.Public()}, smp.ErrAuth)
		c.want(q.sender, noKey, smp.SEND{Body: []byte("request")}, smp.OK{})
		second := c.newKey()
		c.want(q.recipient, q.recipientKey, smp.RKEY{Keys: []smp.PublicKey{q.recipientKey.Public(), second.Public()}}, smp.OK{})
		q.message(w, c.answerTo(q.recipient, second, smp.GET{}), "request")
		c.want(q.recipient, q.recipientKey, smp.RKEY{Keys: []smp.PublicKey{second.Public()}}, smp.OK{})
		c.wantERR(q.recipient, q.recipientKey, smp.GET{}, smp.ErrAuth)
	})
}

func TestPassword(t *testing.T) {
	eachVersion(t, func(t *testing.T, v smp.Version) {
		inWorld(t, func(c *relay.Config) { c.Password = []byte("secret") }, func(w *world) {
			c := w.dial(v)
			key := c.newKey()
			cmd := smp.NEW{AuthKey: key.Public(), DHKey: mustKey(c, smp.X25519).Public()}
			c.wantERR(nil, key, cmd, smp.ErrAuth)
			cmd.BasicAuth = []byte("wrong")
			c.wantERR(nil, key, cmd, smp.ErrAuth)
			cmd.BasicAuth = []byte("secret")
			c.want(nil, key, cmd, smp.IDS{})
		})
	})
}

// TestBatch asks much in one block: the answers come in order, and in few
// blocks.
func TestBatch(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		var queues []*queue
		for range 40 {
			queues = append(queues, c.create(smp.Messaging))
		}
		c.want(queues[3].sender, noKey, smp.SEND{Body: []byte("waiting")}, smp.OK{})
		before := c.blocks
		var list []smp.Transmission
		var want []string
		for i, q := range queues {
			list = append(list, c.command(q.recipient, q.recipientKey, smp.SUB{}), c.command(q.recipient, c.newKey(), smp.OFF{}))
			want = append(want, "SOK", "ERR AUTH")
			if i%10 == 0 {
				list = append(list, c.command(nil, noKey, smp.PING{}))
				want = append(want, "PONG")
			}
		}
		c.send(list...)
		heard := c.hear()
		if len(heard) != len(list)+1 {
			t.Fatalf("heard %d transmissions, want %d", len(heard), len(list)+1)
		}
		for i, tr := range list {
			if string(heard[i].CorrID) != string(tr.CorrID) {
				t.Fatalf("answer %d is to another command", i)
			}
			if got := strings.Replace(fmt.Sprint(words(c.parse(heard[i]))), "relay answered ", "", 1); got != want[i] {
				t.Errorf("answer %d is %s, want %s", i, got, want[i])
			}
		}
		queues[3].message(w, c.wantIs(heard[len(list)], queues[3].recipient, smp.MSG{}), "waiting")
		if n := c.blocks - before; n > 3 {
			t.Errorf("the answers came in %d blocks", n)
		}
	})
}

// TestBatchKeepsOrder has commands that depend on those before them in a block.
func TestBatchKeepsOrder(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		c := w.dial(18)
		q := c.create(smp.Messaging)
		c.send(
			c.command(q.sender, noKey, smp.SEND{Body: []byte("1")}),
			c.command(q.sender, noKey, smp.SEND{Body: []byte("2")}),
			c.command(q.sender, q.senderKey, smp.SKEY{Key: q.senderKey.Public()}),
			c.command(q.sender, noKey, smp.SEND{Body: []byte("3")}),
			c.command(q.sender, q.senderKey, smp.SEND{Body: []byte("4")}),
		)
		var got []string
		for _, h := range c.hear() {
			got = append(got, words(c.parse(h)))
		}
		if want := "OK OK OK ERR relay answered AUTH OK"; strings.Join(got, " ") != want {
			t.Errorf("answers are %q, want %q", got, want)
		}
		id := []byte(nil)
		c.want(q.recipient, q.recipientKey, smp.GET{}, smp.MSG{})
		for _, body := range []string{"1", "2", "4"} {
			id = q.message(w, c.answerTo(q.recipient, q.recipientKey, smp.GET{}), body)
			c.want(q.recipient, q.recipientKey, smp.ACK{MsgID: id}, smp.OK{})
		}
		c.send(c.command(q.recipient, q.recipientKey, smp.DEL{}), c.command(q.recipient, q.recipientKey, smp.DEL{}))
		if heard := c.hear(); len(heard) != 2 || !same(c.parse(heard[1]), smp.ERR{Err: smp.ErrAuth}) {
			t.Error("DEL twice in a block is not answered OK and AUTH")
		}
	})
}
