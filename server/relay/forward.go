package relay

import (
	"context"
	"errors"

	"sotto/smp"
)

// forwarded answers RFWD: a command of a client that this relay does not see,
// which came through another relay. SMP: "Forward command to destination relay".
func (r *request) forwarded(ctx context.Context, c smp.RFWD) (smp.Response, error) {
	s := r.conn.blocks.Session()
	if s.Secret == nil {
		return nil, transportRefusal(smp.TransportNoAuth)
	}
	relayed, err := smp.OpenRelayed(s.Secret, r.t.CorrID, c.Body)
	if err != nil {
		return nil, cryptoOr(smp.ErrCmdSyntax, err)
	}
	secret, err := s.Key.DH(relayed.Key)
	if err != nil {
		return nil, smp.ErrCrypto
	}
	inner, err := r.openForwarded(relayed, secret)
	if err != nil {
		return nil, err
	}
	a, err := inner.answer(ctx)
	if err != nil {
		return nil, err
	}
	body, err := sealForwarded(a.encode(inner.verifier.Session), relayed.CorrID, secret)
	if err != nil {
		return nil, err
	}
	return smp.RRES{Body: smp.SealRelayedResponse(s.Secret, r.t.CorrID, smp.RelayedResponse{CorrID: relayed.CorrID, Body: body})}, nil
}

// openForwarded returns the client's command. Its session is the proxy's, in the
// client's version.
func (r *request) openForwarded(relayed smp.Relayed, secret []byte) (*request, error) {
	batch, err := smp.OpenForwarded(secret, relayed.CorrID, relayed.Body)
	if err != nil {
		return nil, cryptoOr(smp.ErrBlock, err)
	}
	list, err := smp.ParseBatch(batch)
	if err != nil || len(list) != 1 {
		return nil, smp.ErrBlock
	}
	inner := &request{relay: r.relay, verifier: r.verifier}
	inner.verifier.Session.Version = relayed.Version
	inner.parse(list[0])
	if inner.refusal == nil && !mayForward(inner.command) {
		inner.refusal = smp.ErrCmdProhibited
	}
	return inner, nil
}

// mayForward reports whether a command may come through another relay: those of
// senders.
func mayForward(c smp.Command) bool {
	p := c.Party()
	return p == smp.Sender || p == smp.LinkClient
}

func sealForwarded(encoded, corrID, secret []byte) ([]byte, error) {
	blocks, _ := smp.Batches([][]byte{encoded})
	if len(blocks) != 1 {
		return nil, smp.ErrBlock
	}
	body, err := smp.SealForwardedResponse(secret, corrID, blocks[0])
	if err != nil {
		return nil, smp.ErrBlock
	}
	return body, nil
}

// cryptoOr is the answer to what did not decrypt, or decrypted to nonsense.
func cryptoOr(otherwise *smp.Error, err error) *smp.Error {
	if errors.Is(err, smp.ErrDecrypt) {
		return smp.ErrCrypto
	}
	return otherwise
}
