package agent

import (
	"sotto/smp"
	"sotto/smp/wire"
)

// A plain is what the ratchet encrypts: one of the types below. Agent protocol:
// "Messages between SMP agents".
type plain interface {
	append(b []byte) []byte
}

// A connInfo is the answer of the initiator in its confirmation.
type connInfo struct{ info []byte }

// A connInfoReply is what the joiner says in its confirmation: its queues, and
// its info.
type connInfoReply struct {
	queues []smp.QueueInfo
	info   []byte
}

// A ratchetInfo travels with a ratchetKey.
type ratchetInfo struct{ info []byte }

// A numbered message is everything else.
type message struct {
	number   uint64
	previous []byte // SHA-256 of the message before; empty before the first
	content  content
}

func (i connInfo) append(b []byte) []byte { return append(append(b, 'I'), i.info...) }

func (r connInfoReply) append(b []byte) []byte {
	return append(wire.AppendList(append(b, 'D'), r.queues, smp.AppendQueueInfo), r.info...)
}

func (i ratchetInfo) append(b []byte) []byte { return append(append(b, 'R'), i.info...) }

func (m message) append(b []byte) []byte {
	b = wire.AppendShort(wire.AppendUint64(append(b, 'M'), m.number), m.previous)
	return m.content.append(b)
}

// parsePlain decodes what the ratchet decrypted.
func parsePlain(b []byte) (plain, error) {
	p := wire.NewParser(b)
	m := readPlain(p)
	return m, p.Done()
}

func readPlain(p *wire.Parser) plain {
	switch p.Byte() {
	case 'I':
		return connInfo{p.Rest()}
	case 'D':
		return connInfoReply{wire.NonEmpty(p, smp.ReadQueueInfo), p.Rest()}
	case 'R':
		return ratchetInfo{p.Rest()}
	case 'M':
		return message{p.Uint64(), p.Short(), readContent(p)}
	}
	p.Fail(wire.ErrSyntax)
	return nil
}

// A content is what a message says.
type content interface {
	append(b []byte) []byte
}

type (
	// hello says that the receive queue is secured.
	hello struct{}
	// userMessage is the app's.
	userMessage struct{ body []byte }
	// receipts tell the sender what has arrived.
	receipts struct{ list []receipt }
	// ready says that a new ratchet is agreed.
	ready struct{ last uint64 }
	// proceed says that a full queue was emptied.
	proceed struct{ queue queueID }
)

// A receipt confirms one message.
type receipt struct {
	number uint64
	hash   []byte
	info   []byte
}

// A queueID is how a queue is named among agents.
type queueID struct {
	relay    smp.Address
	senderID []byte
}

func (hello) append(b []byte) []byte { return append(b, 'H') }

func (m userMessage) append(b []byte) []byte { return append(append(b, 'M'), m.body...) }

func (r receipts) append(b []byte) []byte {
	return wire.AppendList(append(b, 'V'), r.list, appendReceipt)
}

func (r ready) append(b []byte) []byte { return wire.AppendUint64(append(b, 'E'), r.last) }

func (c proceed) append(b []byte) []byte { return appendQueueID(append(b, "QC"...), c.queue) }

func appendReceipt(b []byte, r receipt) []byte {
	b = wire.AppendShort(wire.AppendUint64(b, r.number), r.hash)
	return wire.AppendLarge(b, r.info)
}

func readReceipt(p *wire.Parser) receipt { return receipt{p.Uint64(), p.Short(), p.Large()} }

func appendQueueID(b []byte, q queueID) []byte {
	return wire.AppendShort(smp.AppendAddress(b, q.relay), q.senderID)
}

func readQueueID(p *wire.Parser) queueID { return queueID{smp.ReadAddress(p), p.Short()} }

// readContent reads a content of any kind. One with an unknown tag is kept, so
// that a later version of the peer is not an error.
func readContent(p *wire.Parser) content {
	switch p.Byte() {
	case 'H':
		return hello{}
	case 'M':
		return userMessage{p.Rest()}
	case 'V':
		return receipts{wire.NonEmpty(p, readReceipt)}
	case 'E':
		return ready{p.Uint64()}
	case 'Q':
		return readQueueContent(p)
	}
	p.Fail(errTag)
	return nil
}

// parseHeader decodes the number and the previous hash of a message whose
// content cannot be read.
func parseHeader(b []byte) (message, error) {
	p := wire.NewParser(b)
	p.Literal("M")
	m := message{number: p.Uint64(), previous: p.Short()}
	p.Rest()
	return m, p.Done()
}
