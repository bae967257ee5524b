// Package ratchet encrypts the messages of one connection end to end: a double
// ratchet with encrypted headers, X448, and the post-quantum KEM sntrup761 beside
// it (SimpleX protocol/pqdr.md; ratchet versions 2 and 3).
//
// Two parties agree on the first keys (x3dh.go). The initiator publishes an
// [Offer] in a link; the joiner answers with [Join], gets its [State] and sends
// the [Params] of its answer along with the first message; with them
// [Offer.Accept] makes the initiator's state.
//
//	initiator                                joiner
//	NewOffer ── ParamsRange in the link ───> Join
//	Accept  <── Params, first message ────── Encrypt
//	Decrypt
//	Encrypt ───────────────────────────────> Decrypt
//
// Then every message is sealed with a key of its own, which comes from a chain
// (kdf.go). A message has a header (header.go), sealed with the chain's header
// key, that names the sender's ratchet key and the message's place in its chain.
// A header under the next header key starts a new chain: both sides mix new
// secrets into the root key, by X448 and, where the parties have agreed to it,
// by the KEM (step.go). Keys of messages that have not come are kept (skipped.go).
//
// State in, state out: a State never changes. Encrypt and Decrypt return the
// next one, which the caller stores, in one transaction with whatever else the
// message changes, before anything leaves or is acknowledged. Storing it takes
// [State.MarshalBinary], and one record for each skipped key.
package ratchet
