package smp

import (
	"crypto/md5"
	"crypto/subtle"

	"sotto/smp/wire"
)

// IDsHash identifies a set of queues: the XOR of the MD5 of each id. MD5 is the
// protocol's choice; it guards against drift, not against an attacker.
type IDsHash [md5.Size]byte

// HashIDs returns the IDsHash of ids, in any order.
func HashIDs(ids ...[]byte) IDsHash {
	var h IDsHash
	for _, id := range ids {
		h.Toggle(id)
	}
	return h
}

// Toggle adds id to the set, or removes it if it is there.
func (h *IDsHash) Toggle(id []byte) {
	sum := md5.Sum(id)
	subtle.XORBytes(h[:], h[:], sum[:])
}

// QueueSet is the queues of a service, as it or the relay knows them. Version
// 19; before, commands carry nothing of it and responses only the count.
type QueueSet struct {
	Count int64
	Hash  IDsHash
}

// SUBS asks for the messages of all queues of a service. SMP: "Subscribe to
// multiple queues"; version 16.
type SUBS struct{ Queues QueueSet }

// NSUBS asks for the notifications of all queues of a service.
type NSUBS struct{ Queues QueueSet }

// SOK answers SUB and NSUB from version 16; before, it is OK. SMP: "Queue subscription response".
type SOK struct{ ServiceID []byte } // nil without a service

// SOKS answers SUBS and NSUBS.
type SOKS struct{ Queues QueueSet }

// ENDS says that another connection of the service subscribed to its queues.
type ENDS struct{ Queues QueueSet }

// ALLS says that all messages that waited when SUBS came are delivered: version
// 19.
type ALLS struct{}

func (SUBS) Tag() string  { return "SUBS" }
func (NSUBS) Tag() string { return "NSUBS" }
func (SOK) Tag() string   { return "SOK" }
func (SOKS) Tag() string  { return "SOKS" }
func (ENDS) Tag() string  { return "ENDS" }
func (ALLS) Tag() string  { return "ALLS" }

func (SUBS) Party() Party  { return RecipientService }
func (NSUBS) Party() Party { return NotifierService }

func (c SUBS) appendArgs(b []byte, v Version) []byte  { return c.Queues.appendToCommand(b, v) }
func (c NSUBS) appendArgs(b []byte, v Version) []byte { return c.Queues.appendToCommand(b, v) }
func (r SOKS) appendArgs(b []byte, v Version) []byte  { return r.Queues.appendToResponse(b, v) }
func (r ENDS) appendArgs(b []byte, v Version) []byte  { return r.Queues.appendToResponse(b, v) }
func (ALLS) appendArgs(b []byte, _ Version) []byte    { return b }

func readSUBS(p *wire.Parser, v Version) Command  { return SUBS{readCommandQueues(p, v)} }
func readNSUBS(p *wire.Parser, v Version) Command { return NSUBS{readCommandQueues(p, v)} }
func readSOKS(p *wire.Parser, v Version) Response { return SOKS{readResponseQueues(p, v)} }
func readENDS(p *wire.Parser, v Version) Response { return ENDS{readResponseQueues(p, v)} }

func (q QueueSet) appendToCommand(b []byte, v Version) []byte {
	if v < VersionServiceQueues {
		return b
	}
	return q.appendToResponse(b, v)
}

func (q QueueSet) appendToResponse(b []byte, v Version) []byte {
	b = wire.AppendInt64(append(b, ' '), q.Count)
	if v < VersionServiceQueues {
		return b
	}
	return wire.AppendShort(b, q.Hash[:])
}

// readCommandQueues reads a set; Count is -1 if the version does not carry it.
func readCommandQueues(p *wire.Parser, v Version) QueueSet {
	if v < VersionServiceQueues {
		return QueueSet{Count: -1}
	}
	return readResponseQueues(p, v)
}

func readResponseQueues(p *wire.Parser, v Version) QueueSet {
	p.Literal(" ")
	q := QueueSet{Count: p.Int64()}
	if v < VersionServiceQueues {
		return q
	}
	hash := p.Short()
	if len(hash) != len(q.Hash) {
		p.Fail(wire.ErrSyntax)
	}
	copy(q.Hash[:], hash)
	return q
}

func (r SOK) appendArgs(b []byte, _ Version) []byte {
	return wire.AppendMaybeShort(append(b, ' '), r.ServiceID)
}

func readSOK(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return SOK{p.MaybeShort()}
}
