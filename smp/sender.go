package smp

import "sotto/smp/wire"

// SKEY secures the queue with the sender's own key, which also authorizes the
// command. SMP: "Secure queue by sender"; version 9.
type SKEY struct{ Key PublicKey }

// SEND puts a message on a queue. SMP: "Send message".
type SEND struct {
	Flags MsgFlags
	Body  []byte // at most MaxMessageSize
}

// MsgFlags are what the relay learns of a message. The zero value is none.
type MsgFlags struct {
	Notify bool   // tell the recipient's notifier
	Future string // flags that are not known here, passed on
}

// maxMsgFlags is the length of all flags that fits beside the largest message.
const maxMsgFlags = 7

// MaxMessageSize returns the largest body of SEND in version v. Clients always
// use the smallest of them, so that any relay takes the message.
func MaxMessageSize(v Version) int {
	switch {
	case v >= VersionEncryptedBlocks:
		return 16048
	case v >= VersionProxy:
		return 16064
	}
	return maxStoredMessage
}

func (SKEY) Tag() string { return "SKEY" }
func (SEND) Tag() string { return "SEND" }

func (SKEY) Party() Party { return Sender }
func (SEND) Party() Party { return Sender }

func (c SKEY) appendArgs(b []byte, _ Version) []byte { return AppendPublicKey(append(b, ' '), c.Key) }

func readSKEY(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return SKEY{readAuthKey(p)}
}

func (c SEND) appendArgs(b []byte, _ Version) []byte {
	b = appendMsgFlags(append(b, ' '), c.Flags)
	return append(append(b, ' '), c.Body...)
}

func readSEND(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	c := SEND{Flags: readMsgFlags(p)}
	p.Literal(" ")
	c.Body = p.Rest()
	return c
}

func appendMsgFlags(b []byte, f MsgFlags) []byte {
	return append(wire.AppendBool(b, f.Notify), f.Future...)
}

func readMsgFlags(p *wire.Parser) MsgFlags {
	f := MsgFlags{Notify: p.Bool(), Future: string(p.Until(' '))}
	if len(f.Future) >= maxMsgFlags {
		p.Fail(wire.ErrSyntax)
	}
	return f
}
