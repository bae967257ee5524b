// Package transport carries SMP between a client and a relay: blocks of 16,384
// bytes over any net.Conn, the handshake that agrees what they mean, and the
// encryption of what is in them.
//
// A connection starts in one of three ways: TLS between programs (tls.go), a
// WebSocket to a relay that speaks it, or a WebSocket to a bridge that speaks
// TLS to the relay. From there all are the same:
//
//	relay → client  ServerHello   versions, session id, certificates, signed key
//	client → relay  ClientHello   version, identity it expects, its own key
//	relay → client  ServiceReply  only to a client that is a service
//
// Client and Server run these and return a Conn, whose blocks are encrypted
// from then on (version 11). The client knows a relay by the fingerprint in its
// address: the SHA-256 of the second certificate of the chain. The chain signs
// the leaf, the leaf signs the session key, and blocks are encrypted to that
// key; so whoever ends TLS on the way cannot stand in for the relay.
package transport
