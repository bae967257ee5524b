package agent

import (
	"errors"

	"sotto/smp"
	"sotto/smp/wire"
)

// Agent protocol: "Rotating messaging queue". These contents move one direction
// of a connection to another queue.
type (
	// addQueues offers new queues, each in place of another.
	addQueues struct{ list []newQueue }
	// queueKeys answers with the keys that will secure them.
	queueKeys struct{ list []queueKey }
	// useQueues says that they are secured.
	useQueues struct{ list []queueReady }
	// testQueues is the first message in them.
	testQueues struct{ list []queueID }
)

type newQueue struct {
	queue    smp.QueueURI
	replaces *queueID
}

type queueKey struct {
	queue smp.QueueInfo
	key   smp.PublicKey
}

type queueReady struct {
	queue   queueID
	primary bool
}

// errTag is for a message whose kind is not known.
var errTag = errors.New("agent: message of unknown kind")

func (a addQueues) append(b []byte) []byte {
	return wire.AppendList(append(b, "QA"...), a.list, appendNewQueue)
}

func (k queueKeys) append(b []byte) []byte {
	return wire.AppendList(append(b, "QK"...), k.list, appendQueueKey)
}

func (u useQueues) append(b []byte) []byte {
	return wire.AppendList(append(b, "QU"...), u.list, appendQueueReady)
}

func (t testQueues) append(b []byte) []byte {
	return wire.AppendList(append(b, "QT"...), t.list, appendQueueID)
}

func appendNewQueue(b []byte, n newQueue) []byte {
	b = wire.AppendMaybe(smp.AppendQueueURI(b, n.queue), n.replaces != nil)
	if n.replaces == nil {
		return b
	}
	return appendQueueID(b, *n.replaces)
}

func readNewQueue(p *wire.Parser) newQueue {
	n := newQueue{queue: smp.ReadQueueURI(p)}
	if p.Maybe() {
		id := readQueueID(p)
		n.replaces = &id
	}
	return n
}

func appendQueueKey(b []byte, k queueKey) []byte {
	return smp.AppendPublicKey(smp.AppendQueueInfo(b, k.queue), k.key)
}

func readQueueKey(p *wire.Parser) queueKey {
	return queueKey{smp.ReadQueueInfo(p), smp.ReadPublicKey(p)}
}

func appendQueueReady(b []byte, r queueReady) []byte {
	return wire.AppendBool(appendQueueID(b, r.queue), r.primary)
}

func readQueueReady(p *wire.Parser) queueReady { return queueReady{readQueueID(p), p.Bool()} }

// readQueueContent reads a content whose tag begins with Q.
func readQueueContent(p *wire.Parser) content {
	switch p.Byte() {
	case 'C':
		return proceed{readQueueID(p)}
	case 'A':
		return addQueues{wire.NonEmpty(p, readNewQueue)}
	case 'K':
		return queueKeys{wire.NonEmpty(p, readQueueKey)}
	case 'U':
		return useQueues{wire.NonEmpty(p, readQueueReady)}
	case 'T':
		return testQueues{wire.NonEmpty(p, readQueueID)}
	}
	p.Fail(errTag)
	return nil
}
