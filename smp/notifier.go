package smp

import (
	"time"

	"sotto/smp/wire"
)

// NKEY lets a notifier learn of messages in the queue. SMP: "Enable
// notifications command".
type NKEY struct {
	AuthKey PublicKey // of the notifier
	DHKey   PublicKey // X25519, of the recipient, to encrypt what is notified
}

// NDEL deletes the queue's notifier. SMP: "Disable notifications command".
type NDEL struct{}

// NSUB asks for the notifications of a queue on this connection. SMP: "Subscribe
// to queue notifications".
type NSUB struct{}

// NID answers NKEY. SMP: "Enable notifications command".
type NID struct {
	NotifierID []byte
	DHKey      PublicKey // X25519, the relay's
}

// NMSG says that there is a message. SMP: "Deliver message notification".
type NMSG struct {
	Nonce Nonce
	Meta  []byte // a box, see OpenNotification
}

// A Notification is what the recipient learns from the content of NMSG.
type Notification struct {
	MsgID []byte
	Time  time.Time
}

// notificationSize is the padded size of what NMSG carries.
const notificationSize = 128

// SealNotification returns the Meta of NMSG; secret is the shared secret of the
// relay's and the recipient's notification keys. ErrTooLong of package wire is
// for a message id that is no id.
func SealNotification(secret []byte, nonce Nonce, n Notification) ([]byte, error) {
	b := wire.AppendTime(wire.AppendShort(nil, n.MsgID), n.Time)
	return SealPadded(secret, nonce, b, notificationSize)
}

// OpenNotification returns what is in the Meta of NMSG. What a newer relay
// added behind it is not looked at.
func OpenNotification(secret []byte, m NMSG) (Notification, error) {
	b, err := OpenPadded(secret, m.Nonce, m.Meta)
	if err != nil {
		return Notification{}, err
	}
	p := wire.NewParser(b)
	n := Notification{MsgID: p.Short(), Time: p.Time()}
	return n, p.Err()
}

func (NKEY) Tag() string { return "NKEY" }
func (NDEL) Tag() string { return "NDEL" }
func (NSUB) Tag() string { return "NSUB" }
func (NID) Tag() string  { return "NID" }
func (NMSG) Tag() string { return "NMSG" }

func (NKEY) Party() Party { return Recipient }
func (NDEL) Party() Party { return Recipient }
func (NSUB) Party() Party { return Notifier }

func (NDEL) appendArgs(b []byte, _ Version) []byte { return b }
func (NSUB) appendArgs(b []byte, _ Version) []byte { return b }

func (c NKEY) appendArgs(b []byte, _ Version) []byte {
	return AppendPublicKey(AppendPublicKey(append(b, ' '), c.AuthKey), c.DHKey)
}

func readNKEY(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return NKEY{AuthKey: readAuthKey(p), DHKey: ReadPublicKey(p, X25519)}
}

func (r NID) appendArgs(b []byte, _ Version) []byte {
	return AppendPublicKey(wire.AppendShort(append(b, ' '), r.NotifierID), r.DHKey)
}

func readNID(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return NID{NotifierID: p.Short(), DHKey: ReadPublicKey(p, X25519)}
}

func (r NMSG) appendArgs(b []byte, _ Version) []byte {
	return wire.AppendShort(append(append(b, ' '), r.Nonce[:]...), r.Meta)
}

func readNMSG(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return NMSG{Nonce: NonceOf(p.Take(NonceSize)), Meta: p.Short()}
}
