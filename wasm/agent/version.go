package agent

import (
	"sotto/smp"
	"sotto/wasm/ratchet"
)

// A Version is a version of the agent protocol.
type Version uint16

// The versions, each named after what it added.
const (
	VersionDuplex       Version = 2 // reply queues in the confirmation; the oldest spoken
	VersionRatchetSync  Version = 3
	VersionReceipts     Version = 4
	VersionPQ           Version = 5
	VersionSenderKey    Version = 6
	VersionEarlyRatchet Version = 7 // the initiator's ratchet exists from the confirmation on
)

// oldestPQ is the first version of the ratchet that has a KEM.
const oldestPQ = 3

// A versions is what an agent speaks, layer by layer.
type versions struct {
	agent  smp.Range[Version]
	client smp.Range[smp.ClientVersion]
	// secure says whether queues that we make can be secured by the sender.
	secure bool
	// pq says whether to use the KEM with peers who can.
	pq bool
}

var current = versions{
	agent:  smp.Range[Version]{Min: VersionDuplex, Max: VersionEarlyRatchet},
	client: smp.ClientVersions,
	secure: true,
	pq:     true,
}

// mode is the mode of queues that we make.
func (v versions) mode() smp.QueueMode {
	if v.secure {
		return smp.Messaging
	}
	return 0
}

// usesPQ reports whether a connection can use the KEM.
func (v versions) usesPQ(agreed Version, params uint16) bool {
	return v.pq && agreed >= VersionPQ && params >= oldestPQ
}

// infoLength and messageLength are what the ratchet pads to.
func (c *conn) infoLength() int { return ratchet.InfoLength(uint16(c.version), c.pq) }

func (c *conn) messageLength() int { return ratchet.MessageLength(uint16(c.version), c.pq) }
