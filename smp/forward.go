package smp

import "sotto/smp/wire"

// forwardedSize is the padded size of what client and relay say to each other
// through a proxy: with all envelopes it just fits a block.
const forwardedSize = 16226

// A command on its way through a proxy is in two boxes. The client seals a
// batch of one transmission for the relay: PFWD. The proxy adds version, key and
// correlation id, and seals all of it for the relay with the secret of its own
// session: RFWD. The answer comes back likewise, with the nonces reversed: RRES,
// PRES. SMP: "Proxying sender commands".

// SealForwarded returns the Body of PFWD: batch is what the client says to the
// relay, a batch of one transmission; secret is shared by the key of this
// command and the relay's session key in PKEY; corrID is that of PFWD and of
// the transmission.
func SealForwarded(secret, corrID, batch []byte) ([]byte, error) {
	return SealPadded(secret, NonceOf(corrID), batch, forwardedSize)
}

// OpenForwarded returns the batch in the Body of PFWD; the relay has body and
// corrID from the proxy.
func OpenForwarded(secret, corrID, body []byte) ([]byte, error) {
	return OpenPadded(secret, NonceOf(corrID), body)
}

// SealForwardedResponse returns the Body of PRES: the relay's answer, a batch of
// one transmission.
func SealForwardedResponse(secret, corrID, batch []byte) ([]byte, error) {
	return SealPadded(secret, NonceOf(corrID).Reverse(), batch, forwardedSize)
}

// OpenForwardedResponse returns the batch in the Body of PRES.
func OpenForwardedResponse(secret, corrID, body []byte) ([]byte, error) {
	return OpenPadded(secret, NonceOf(corrID).Reverse(), body)
}

// A Relayed is what a proxy tells the relay of a PFWD.
type Relayed struct {
	CorrID  []byte    // of PFWD
	Version Version   // of client and relay
	Key     PublicKey // X25519, of this command only
	Body    []byte    // of PFWD
}

// SealRelayed returns the Body of RFWD: secret is shared by the session keys of
// proxy and relay, corrID is that of RFWD.
func SealRelayed(secret, corrID []byte, r Relayed) []byte {
	b := wire.AppendUint16(wire.AppendShort(nil, r.CorrID), uint16(r.Version))
	b = append(AppendPublicKey(b, r.Key), r.Body...)
	return Seal(secret, NonceOf(corrID), b)
}

// OpenRelayed returns what is in the Body of RFWD. A relay answers CRYPTO to
// ErrDecrypt, CMD SYNTAX to other errors.
func OpenRelayed(secret, corrID, body []byte) (Relayed, error) {
	b, err := Open(secret, NonceOf(corrID), body)
	if err != nil {
		return Relayed{}, err
	}
	return parseRelayed(b)
}

func parseRelayed(b []byte) (Relayed, error) {
	p := wire.NewParser(b)
	r := Relayed{CorrID: p.Short(), Version: Version(p.Uint16()), Key: ReadPublicKey(p, X25519), Body: p.Rest()}
	if err := p.Done(); err != nil {
		return Relayed{}, err
	}
	return r, nil
}

// A RelayedResponse is what a relay tells a proxy.
type RelayedResponse struct {
	CorrID []byte // of PFWD
	Body   []byte // of PRES
}

// SealRelayedResponse returns the Body of RRES; corrID is that of RFWD.
func SealRelayedResponse(secret, corrID []byte, r RelayedResponse) []byte {
	b := append(wire.AppendShort(nil, r.CorrID), r.Body...)
	return Seal(secret, NonceOf(corrID).Reverse(), b)
}

// OpenRelayedResponse returns what is in the Body of RRES.
func OpenRelayedResponse(secret, corrID, body []byte) (RelayedResponse, error) {
	b, err := Open(secret, NonceOf(corrID).Reverse(), body)
	if err != nil {
		return RelayedResponse{}, err
	}
	return parseRelayedResponse(b)
}

func parseRelayedResponse(b []byte) (RelayedResponse, error) {
	p := wire.NewParser(b)
	r := RelayedResponse{CorrID: p.Short(), Body: p.Rest()}
	if err := p.Done(); err != nil {
		return RelayedResponse{}, err
	}
	return r, nil
}
