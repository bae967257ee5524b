// Package smp is the SimpleX Messaging Protocol in bytes: what a client and a
// relay say to each other, and what two clients say through a relay. It has no
// sockets and no clock.
//
// A message goes through these layers, outside in:
//
//	block          16,384 bytes             smp/transport
//	batch          1 to 255 transmissions   batch.go
//	transmission   authorization, ids       transmission.go, authorization.go
//	command        SEND flags body          command.go, response.go, error.go
//	delivery       relay to recipient       delivery.go
//	queue          sender to recipient      envelope.go
//
// The recipient creates a queue with NEW and gets two ids in IDS, one for
// itself and one for the sender. It hands the sender's id to the other side in
// a queue address (queue.go). The sender secures the queue with its key (SKEY,
// or the recipient does with KEY) and sends (SEND); the relay delivers (MSG), one
// message at a time, until it is acknowledged (ACK). A sender that does not want
// to be seen by the recipient's relay asks its own relay to forward (proxy.go:
// PRXY, PFWD, and RFWD between the relays; forward.go: what is inside).
//
// What is parsed here encodes again to the same bytes, with one exception: the
// mode at the end of a queue's address, which each version writes differently.
package smp
