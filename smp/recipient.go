package smp

import "sotto/smp/wire"

// SUB asks for the messages of a queue on this connection. It is answered with
// SOK, OK below version 16, or with the first message. SMP: "Subscribe to queue".
type SUB struct{}

// KEY secures the queue with the sender's key. SMP: "Secure queue by recipient".
type KEY struct{ Key PublicKey }

// RKEY sets the keys that authorize the recipient's commands. SMP: "Set queue recipient keys".
type RKEY struct{ Keys []PublicKey }

// GET asks for one message without subscribing. SMP: "Get message command".
type GET struct{}

// ACK lets the relay forget a delivered message. SMP: "Acknowledge message
// delivery".
type ACK struct{ MsgID []byte }

// OFF suspends the queue: nothing can be sent to it. SMP: "Suspend queue".
type OFF struct{}

// DEL deletes the queue and its messages. SMP: "Delete queue".
type DEL struct{}

// QUE asks what state the queue is in. SMP: "Get queue state".
type QUE struct{}

// PING keeps a connection alive; PONG answers it. SMP: "Keep-alive command".
type PING struct{}

func (SUB) Tag() string  { return "SUB" }
func (KEY) Tag() string  { return "KEY" }
func (RKEY) Tag() string { return "RKEY" }
func (GET) Tag() string  { return "GET" }
func (ACK) Tag() string  { return "ACK" }
func (OFF) Tag() string  { return "OFF" }
func (DEL) Tag() string  { return "DEL" }
func (QUE) Tag() string  { return "QUE" }
func (PING) Tag() string { return "PING" }

func (SUB) Party() Party  { return Recipient }
func (KEY) Party() Party  { return Recipient }
func (RKEY) Party() Party { return Recipient }
func (GET) Party() Party  { return Recipient }
func (ACK) Party() Party  { return Recipient }
func (OFF) Party() Party  { return Recipient }
func (DEL) Party() Party  { return Recipient }
func (QUE) Party() Party  { return Recipient }
func (PING) Party() Party { return IdleClient }

func (SUB) appendArgs(b []byte, _ Version) []byte  { return b }
func (GET) appendArgs(b []byte, _ Version) []byte  { return b }
func (OFF) appendArgs(b []byte, _ Version) []byte  { return b }
func (DEL) appendArgs(b []byte, _ Version) []byte  { return b }
func (QUE) appendArgs(b []byte, _ Version) []byte  { return b }
func (PING) appendArgs(b []byte, _ Version) []byte { return b }

func (c KEY) appendArgs(b []byte, _ Version) []byte { return AppendPublicKey(append(b, ' '), c.Key) }

func readKEY(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return KEY{readAuthKey(p)}
}

func (c RKEY) appendArgs(b []byte, _ Version) []byte {
	return wire.AppendList(append(b, ' '), c.Keys, AppendPublicKey)
}

func readRKEY(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return RKEY{wire.NonEmpty(p, readAuthKey)}
}

func (c ACK) appendArgs(b []byte, _ Version) []byte {
	return wire.AppendShort(append(b, ' '), c.MsgID)
}

func readACK(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return ACK{p.Short()}
}
