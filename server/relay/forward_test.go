package relay_test

import (
	"testing"

	"sotto/smp"
	"sotto/smp/transport"
)

// forward sends a command through a proxy, which only the relay opens, and
// returns the relay's answer.
func forward(proxy *client, v smp.Version, entity []byte, key smp.PrivateKey, cmd smp.Command) smp.Response {
	proxy.Helper()
	session := smp.Session{Version: v, ID: proxy.session.ID}
	once, relayKey := mustKey(proxy, smp.X25519), proxy.conn.Session().PeerKey
	inner := smp.Transmission{CorrID: random(24), EntityID: entity, Command: smp.AppendCommand(nil, v, cmd)}
	if !key.IsZero() {
		session.Authorize(&inner, smp.Signer{Key: key, RelayKey: relayKey})
	}
	secret, err := once.DH(relayKey)
	if err != nil {
		proxy.Fatal(err)
	}
	blocks, _ := smp.Batches([][]byte{session.Append(nil, inner)})
	sealed, err := smp.SealForwarded(secret, inner.CorrID, blocks[0])
	if err != nil {
		proxy.Fatal(err)
	}
	outer := smp.Transmission{CorrID: random(24)}
	body := smp.SealRelayed(proxy.conn.Session().Secret, outer.CorrID, smp.Relayed{CorrID: inner.CorrID, Version: v, Key: once.Public(), Body: sealed})
	outer.Command = smp.AppendCommand(nil, proxy.session.Version, smp.RFWD{Body: body})
	proxy.send(outer)
	heard := proxy.hear()
	if len(heard) != 1 {
		proxy.Fatalf("heard %d transmissions", len(heard))
	}
	rres, ok := proxy.parse(heard[0]).(smp.RRES)
	if !ok {
		return proxy.parse(heard[0])
	}
	relayed, err := smp.OpenRelayedResponse(proxy.conn.Session().Secret, outer.CorrID, rres.Body)
	if err != nil {
		proxy.Fatal(err)
	}
	batch, err := smp.OpenForwardedResponse(secret, inner.CorrID, relayed.Body)
	if err != nil {
		proxy.Fatal(err)
	}
	return proxy.onlyResponse(session, batch)
}

func (c *client) onlyResponse(session smp.Session, batch []byte) smp.Response {
	c.Helper()
	list, err := smp.ParseBatch(batch)
	if err != nil || len(list) != 1 {
		c.Fatalf("the answer is a batch of %d: %v", len(list), err)
	}
	t, err := session.Parse(list[0])
	if err != nil {
		c.Fatal(err)
	}
	r, err := smp.ParseResponse(session.Version, t.Command)
	if err != nil {
		c.Fatal(err)
	}
	return r
}

// TestForwarded has a sender behind another relay.
func TestForwarded(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		alice := w.dial(18)
		proxy := w.dialWith(&transport.ClientConfig{Proxy: true, Versions: smp.Range[smp.Version]{Min: 8, Max: 17}})
		q := alice.create(smp.Messaging)
		alice.want(q.recipient, q.recipientKey, smp.SUB{}, smp.SOK{})
		want := func(key smp.PrivateKey, cmd smp.Command, want smp.Response) {
			t.Helper()
			if got := forward(proxy, 17, q.sender, key, cmd); !same(got, want) {
				t.Errorf("%s is answered %s, want %s", cmd.Tag(), words(got), words(want))
			}
		}
		want(q.senderKey, smp.SKEY{Key: q.senderKey.Public()}, smp.OK{})
		want(q.senderKey, smp.SEND{Body: []byte("through")}, smp.OK{})
		q.message(w, alice.wantEvent(q.recipient, smp.MSG{}), "through")
		want(noKey, smp.SEND{Body: []byte("x")}, smp.ERR{Err: smp.ErrAuth})
		want(q.senderKey, smp.SUB{}, smp.ERR{Err: smp.ErrCmdProhibited})
		want(noKey, smp.PING{}, smp.ERR{Err: smp.ErrCmdHasAuth})
		largest := random(smp.MaxMessageSize(17))
		want(q.senderKey, smp.SEND{Body: largest}, smp.OK{})
	})
}
