package smp

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"sotto/smp/wire"
)

func TestDeliveryVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		if !v.Out.has("rcvMsgBody") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			relay, recipient := v.In.private("serverPrivateKey", X25519), v.In.private("recipientPrivateKey", X25519)
			secret := must(relay.DH(v.In.key("recipientPublicKeyDer")))
			checkBytes(t, "secret", must(recipient.DH(v.In.key("serverPublicKeyDer"))), secret)
			d := Delivery{Time: time.Unix(v.In.int64("seconds"), 0).UTC(), Quota: v.In.has("quota")}
			if !d.Quota {
				d.Flags.Notify, d.Body = v.In.bool("notification"), v.In.hex("body")
			}
			m := checkDelivery(t, secret, v.In.hex("msgId"), d, v.Out.hex("rcvMsgBody"))
			checkBlob(t, v.Out, "encrypted", m.Body)
			checkBlob(t, v.Out, "response", AppendResponse(nil, VersionNotices, m))
		})
	}
}

func TestTSDeliveryVectors(t *testing.T) {
	for _, v := range vectors(t, "smp_msg_delivery") {
		t.Run(v.Description, func(t *testing.T) {
			d := Delivery{Time: time.Unix(v.In.int64("timestamp"), 0).UTC(), Quota: !v.In.has("body")}
			secret := v.In.hex("dhSecret")
			if !d.Quota {
				d.Flags.Notify, d.Body = v.In.bool("notification"), v.In.hex("body")
				secret = must(v.In.private("serverDhPrivateKey", X25519).DH(v.In.key("recipientDhPublicKeyDer")))
				checkBytes(t, "secret", secret, v.Out.hex("dhSecret"))
			}
			m := checkDelivery(t, secret, v.In.hex("msgId"), d, v.Out.hex("rcvMsgBody"))
			checkBlob(t, v.Out, "encRcvMsgBody", m.Body)
			if v.Out.has("msgCommand") {
				checkBytes(t, "response", AppendResponse(nil, VersionNotices, m), v.Out.hex("msgCommand"))
			}
		})
	}
}

// checkDelivery seals and opens d, whose plain form is want.
func checkDelivery(t *testing.T, secret, msgID []byte, d Delivery, want []byte) MSG {
	t.Helper()
	checkBytes(t, "plain", d.append(nil), want)
	m, err := SealDelivery(secret, msgID, d)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenDelivery(secret, m); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("opened as %+v, %v, want %+v", got, err, d)
	}
	other := MSG{MsgID: append([]byte{1}, msgID[1:]...), Body: m.Body}
	if _, err := OpenDelivery(secret, other); !errors.Is(err, ErrDecrypt) {
		t.Errorf("opened with another message id: %v", err)
	}
	for n := range min(len(want), 20) {
		if part, err := parseDelivery(want[:n]); err == nil && reflect.DeepEqual(part, d) {
			t.Errorf("%d bytes are read as the whole", n)
		}
	}
	return m
}

func TestDeliverySize(t *testing.T) {
	secret, id := make([]byte, BoxKeySize), make([]byte, NonceSize)
	d := Delivery{Flags: MsgFlags{Notify: true, Future: "654321"}, Body: make([]byte, maxStoredMessage)}
	m, err := SealDelivery(secret, id, d)
	if err != nil || len(m.Body) != 16106+BoxOverhead {
		t.Errorf("the largest message is %d bytes, %v", len(m.Body), err)
	}
	d.Body = append(d.Body, 0)
	if _, err := SealDelivery(secret, id, d); !errors.Is(err, wire.ErrTooLong) {
		t.Errorf("a larger message is delivered: %v", err)
	}
}

func TestOpenDeliveryRefuses(t *testing.T) {
	secret, id := make([]byte, BoxKeySize), make([]byte, NonceSize)
	for _, s := range []string{"", "12345678", "12345678T", "12345678Xbody", "12345678T1234567 x", "QUOTA", "QUOTA 1234567", "QUOTA 123456789"} {
		m := MSG{id, must(SealPadded(secret, NonceOf(id), []byte(s), deliverySize))}
		if d, err := OpenDelivery(secret, m); err == nil {
			t.Errorf("%q is opened as %+v", s, d)
		}
	}
}

func TestNotificationVector(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		if v.In.text("response") != "NMSG" || !v.In.has("seconds") {
			continue
		}
		secret := must(v.In.private("serverPrivateKey", X25519).DH(v.In.key("recipientPublicKeyDer")))
		want := Notification{MsgID: v.In.hex("msgId"), Time: time.Unix(v.In.int64("seconds"), 0).UTC()}
		m := NMSG{Nonce: NonceOf(v.In.hex("nonce"))}
		m.Meta = must(SealNotification(secret, m.Nonce, want))
		checkResponse(t, VersionNotices, m, v.Out.hex("encoded"))
		if got, err := OpenNotification(secret, m); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("opened as %+v, %v", got, err)
		}
		m.Meta[0] ^= 1
		if _, err := OpenNotification(secret, m); !errors.Is(err, ErrDecrypt) {
			t.Errorf("opened another: %v", err)
		}
	}
}

func FuzzDelivery(f *testing.F) {
	f.Add([]byte("12345678T body"))
	f.Add([]byte("QUOTA 12345678"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := parseDelivery(b); err == nil && !bytes.Equal(d.append(nil), b) {
			t.Errorf("%x encodes as %x", b, d.append(nil))
		}
	})
}
