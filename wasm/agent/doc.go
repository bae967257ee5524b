// Package agent keeps duplex connections over the simplex queues of SMP: it
// invites and joins, sends and receives, and survives being killed at any
// moment. (SMP agent protocol, versions 2 to 7.)
//
// A connection is two queues and a ratchet. The way to it, in the fast
// handshake (the sender secures the queue) and in the older one:
//
//	initiator                           joiner
//	NEW, makes the link   (invite.go)
//	                 ---- link ---->
//	                                    SKEY or nothing, NEW      (join.go)
//	     <---- confirmation: keys, reply queue, info ----
//	KEY, if the joiner did not SKEY     (confirm.go)
//	SKEY or nothing
//	     ---- confirmation: info ---->
//	                                    connected, or KEY         (hello.go)
//	connected, or
//	     <---- HELLO ----
//	     ---- HELLO ---->
//
// Who opens the link of an address (address.go) sends an invitation of their own
// to its queue (ask.go); its owner joins that. A short link is a key to link
// data on a relay, which hold the full link (resolve.go, linkdata.go).
//
// Then messages flow (send.go, recv.go), each numbered, with the hash of the
// one before, encrypted by the ratchet (keys.go), and receipts (receipt.go) come
// back. Ratchets that fell out of step begin anew (sync.go).
// Either side may move the queue that it receives on (switch.go, follow.go).
//
// Connections belong to users (policy.go), who share no line to a relay.
//
// A message from Send to OK: send.go numbers and seals it, turn.go commits it,
// lane.go asks next.go what its connection needs first, deliver.go makes that a
// job, relay.go does it on the line, finish.go is the turn with the relay's
// answer. From MSG to ACK: relay.go hears it, recv.go opens it layer by layer and
// tells the app, turn.go commits it, ack.go tells the relay.
//
// One goroutine, the loop (loop.go), owns all state. A step of it is a turn
// (turn.go): compute in memory, write everything in one commit, and only then
// tell the world. A command to a relay is a job of that relay (relay.go, line.go);
// what it answered comes back as a turn. Which job a connection needs next follows
// from its stored state alone (next.go), so that a restart goes on where the
// last commit was.
//
// What is for a peer's relay goes there, or through a relay of ours (forward.go):
//
//	loop -> job -> line: connection -----------------> relay, ours or the peer's
//	            or line: PFWD -> our relay -> RFWD --> the peer's relay
package agent
