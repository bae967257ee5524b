package smp

import (
	"fmt"
	"strconv"
	"strings"

	"sotto/smp/wire"
)

// A Version is a version of the protocol between a client and a relay, or
// between two relays. The hello agrees one for each connection.
type Version uint16

// The versions, each named after what it added. Version 13 was skipped.
const (
	VersionSubscribeMode   Version = 6  // NEW says whether to subscribe; the oldest spoken
	VersionAuthenticators  Version = 7  // X25519 authenticators; the session id is implied, not sent
	VersionProxy           Version = 8  // PRXY, PFWD, RFWD
	VersionSenderKey       Version = 9  // SKEY: the sender secures the queue
	VersionDeleted         Version = 10 // DELD
	VersionEncryptedBlocks Version = 11 // blocks are encrypted inside TLS
	VersionBlocked         Version = 12 // ERR BLOCKED
	VersionProxyFlag       Version = 14 // the hello says that the client is a proxy
	VersionShortLinks      Version = 15 // link data: LSET, LDEL, LKEY, LGET
	VersionServices        Version = 16 // service certificates and signatures
	VersionNotifierInNew   Version = 17 // NEW creates the notifier, too
	VersionNotices         Version = 18 // ERR BLOCKED carries a notice
	VersionServiceQueues   Version = 19 // SUBS with count and hash of queues, ALLS
	VersionNames           Version = 20 // RSLV
	MinVersion                     = VersionSubscribeMode
	MaxVersion                     = VersionServiceQueues
)

// A ClientVersion is a version of what two clients say to each other through a
// queue, below the agent's protocol: queue addresses and envelopes.
type ClientVersion uint16

// The client versions, each named after what it added.
const (
	ClientVersionBinary     ClientVersion = 1
	ClientVersionHosts      ClientVersion = 2 // several host names for a relay
	ClientVersionSenderKey  ClientVersion = 3 // the sender secures the queue
	ClientVersionShortLinks ClientVersion = 4 // queue modes
	MinClientVersion                      = ClientVersionBinary
	MaxClientVersion                      = ClientVersionShortLinks
)

// A Range is the versions from Min to Max, both included.
type Range[V ~uint16] struct{ Min, Max V }

// Versions is every version of the protocol spoken here; ClientVersions, of the
// envelopes.
var (
	Versions       = Range[Version]{MinVersion, MaxVersion}
	ClientVersions = Range[ClientVersion]{MinClientVersion, MaxClientVersion}
)

// Contains reports whether v is in r.
func (r Range[V]) Contains(v V) bool { return r.Min <= v && v <= r.Max }

// Agree returns the highest version in both ranges.
func (r Range[V]) Agree(other Range[V]) (V, bool) {
	v := min(r.Max, other.Max)
	return v, r.Contains(v) && other.Contains(v)
}

// String returns the text form of links, "1-4", or "4" for a single version.
func (r Range[V]) String() string {
	if r.Min == r.Max {
		return fmt.Sprint(uint16(r.Min))
	}
	return fmt.Sprintf("%d-%d", uint16(r.Min), uint16(r.Max))
}

// ParseRange decodes the text form of a range, "1-4" or "4".
func ParseRange[V ~uint16](s string) (Range[V], error) {
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	lowest, err1 := strconv.ParseUint(first, 10, 16)
	highest, err2 := strconv.ParseUint(last, 10, 16)
	if err1 != nil || err2 != nil || lowest > highest {
		return Range[V]{}, wire.ErrSyntax
	}
	return Range[V]{V(lowest), V(highest)}, nil
}

// AppendRange appends two 16-bit versions.
func AppendRange[V ~uint16](b []byte, r Range[V]) []byte {
	return wire.AppendUint16(wire.AppendUint16(b, uint16(r.Min)), uint16(r.Max))
}

// ReadRange reads what AppendRange wrote; an empty range is an error.
func ReadRange[V ~uint16](p *wire.Parser) Range[V] {
	r := Range[V]{V(p.Uint16()), V(p.Uint16())}
	if r.Min > r.Max {
		p.Fail(wire.ErrSyntax)
	}
	return r
}
