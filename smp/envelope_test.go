package smp

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"sotto/smp/wire"
)

func TestEnvelopeVectors(t *testing.T) {
	for _, v := range vectors(t, "queue_e2e") {
		t.Run(v.Description, func(t *testing.T) {
			switch {
			case v.In.has("clientMessageLength"):
				checkEnvelopeSize(t, v)
			case v.In.has("clientMessage"):
				checkEnvelope(t, v)
			case v.In.has("privHeader"):
				checkClientMessage(t, ClientMessage{v.In.sub("privHeader").key("key"), v.In.hex("body")}, v.Out.hex("encoded"))
			case v.In.has("type"):
				checkClientMessage(t, ClientMessage{v.In.key("key"), []byte{}}, v.Out.hex("encoded"))
			case v.In.has("phVersion"):
				checkHeader(t, v)
			default:
				if m, err := parseClientMessage(v.In.hex("encoded")); err == nil {
					t.Errorf("read as %+v", m)
				}
			}
		})
	}
}

func checkHeader(t *testing.T, v vector) {
	e := Envelope{Version: ClientVersion(v.In.int("phVersion")), DHKey: v.In.key("phE2ePubDhKey"), Box: []byte("box")}
	want := append(append(v.Out.hex("encoded"), e.Nonce[:]...), e.Box...)
	checkBytes(t, "encoded", AppendEnvelope(nil, e), want)
	if got, err := ParseEnvelope(want); err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("read as %+v, %v", got, err)
	}
	checkTruncations(t, want, ParseEnvelope, func(e Envelope) []byte { return AppendEnvelope(nil, e) })
}

func checkClientMessage(t *testing.T, m ClientMessage, want []byte) {
	t.Helper()
	checkBytes(t, "encoded", m.append(nil), want)
	if got, err := parseClientMessage(want); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("read as %+v, %v", got, err)
	}
	checkTruncations(t, want, parseClientMessage, func(m ClientMessage) []byte { return m.append(nil) })
}

func checkEnvelope(t *testing.T, v vector) {
	secret := must(v.In.private("senderPrivateKey", X25519).DH(v.In.key("recipientPublicKeyDer")))
	checkBytes(t, "secret", secret, v.Out.hex("dhSecret"))
	m := must(parseClientMessage(v.In.hex("clientMessage")))
	b := must(SealEnvelope(secret, NonceOf(v.In.hex("nonce")), ClientVersion(v.In.int("phVersion")), v.In.key("headerKey"), m))
	checkBytes(t, "envelope", b, v.Out.hex("envelope"))
	e, err := ParseEnvelope(b)
	if err != nil || e.DHKey != v.In.key("headerKey") || len(b) != v.Out.int("envelopeLength") {
		t.Fatalf("parsed as %v, %v", e.Version, err)
	}
	checkBytes(t, "encoded again", AppendEnvelope(nil, e), b)
	secret = must(v.In.private("recipientPrivateKey", X25519).DH(v.In.key("senderPublicKeyDer")))
	if got, err := e.Open(secret); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("opened as %+v, %v", got, err)
	}
	e.Box[100] ^= 1
	if _, err := e.Open(secret); !errors.Is(err, ErrDecrypt) {
		t.Errorf("opened another: %v", err)
	}
}

func checkEnvelopeSize(t *testing.T, v vector) {
	var header PublicKey
	if v.In.bool("headerKey") {
		header = dummyX25519
	}
	m := ClientMessage{Body: make([]byte, v.In.int("clientMessageLength")-1)}
	b, err := SealEnvelope(make([]byte, BoxKeySize), Nonce{}, MaxClientVersion, header, m)
	if v.Out.has("error") {
		if !errors.Is(err, wire.ErrTooLong) {
			t.Errorf("too large a message is sealed: %v", err)
		}
		return
	}
	if err != nil || len(b) != v.Out.int("envelopeLength") {
		t.Errorf("envelope is %d bytes, %v", len(b), err)
	}
}

// TestEnvelopeFitsSend checks that any relay takes any envelope.
func TestEnvelopeFitsSend(t *testing.T) {
	for _, header := range []PublicKey{{}, dummyX25519} {
		b := must(SealEnvelope(make([]byte, BoxKeySize), Nonce{}, MaxClientVersion, header, ClientMessage{}))
		if len(b) > MaxMessageSize(MaxVersion) {
			t.Errorf("envelope is %d bytes", len(b))
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte("\x00\x040123456789012345678901234box"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := ParseEnvelope(b); err == nil && !bytes.Equal(AppendEnvelope(nil, e), b) {
			t.Errorf("%x encodes as %x", b, AppendEnvelope(nil, e))
		}
		if m, err := parseClientMessage(b); err == nil && !bytes.Equal(m.append(nil), b) {
			t.Errorf("%x encodes as %x", b, m.append(nil))
		}
	})
}
