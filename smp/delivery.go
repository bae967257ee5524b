package smp

import (
	"time"

	"sotto/smp/wire"
)

const (
	// maxStoredMessage is the largest message of any version.
	maxStoredMessage = 16088
	// deliverySize is the padded size of a delivery: 8 bytes of time, 8 for
	// flags and the space, the message, and the length.
	deliverySize = 8 + maxMsgFlags + 1 + maxStoredMessage + 2 // 16,106
	// quotaMark begins what a relay delivers instead of the messages that a
	// full queue could not take.
	quotaMark = "QUOTA"
)

// A Delivery is what MSG delivers. The relay encrypts it for the recipient, so
// that what goes out of it does not look like what came in. SMP: "Deliver queue
// message".
type Delivery struct {
	Time  time.Time // when the relay got the message, in seconds
	Quota bool      // the queue was full; the sender must be told to go on, and the rest is zero
	Flags MsgFlags
	Body  []byte
}

// SealDelivery returns MSG. The secret is shared by the recipient's key in NEW
// and the relay's in IDS; msgID is 24 random bytes and never used again.
func SealDelivery(secret, msgID []byte, d Delivery) (MSG, error) {
	padded, err := wire.PadWith(deliverySize, d.append)
	if err != nil {
		return MSG{MsgID: msgID}, err
	}
	return MSG{MsgID: msgID, Body: Seal(secret, NonceOf(msgID), padded)}, nil
}

// OpenDelivery returns what is in m.
func OpenDelivery(secret []byte, m MSG) (Delivery, error) {
	b, err := OpenPadded(secret, NonceOf(m.MsgID), m.Body)
	if err != nil {
		return Delivery{}, err
	}
	return parseDelivery(b)
}

func (d Delivery) append(b []byte) []byte {
	if d.Quota {
		return wire.AppendTime(append(b, quotaMark+" "...), d.Time)
	}
	b = appendMsgFlags(wire.AppendTime(b, d.Time), d.Flags)
	return append(append(b, ' '), d.Body...)
}

func parseDelivery(b []byte) (Delivery, error) {
	p := wire.NewParser(b)
	var d Delivery
	if p.Accept(quotaMark) {
		p.Literal(" ")
		d = Delivery{Time: p.Time(), Quota: true}
	} else {
		d = Delivery{Time: p.Time(), Flags: readMsgFlags(p)}
		p.Literal(" ")
		d.Body = p.Rest()
	}
	if err := p.Done(); err != nil {
		return Delivery{}, err
	}
	return d, nil
}
