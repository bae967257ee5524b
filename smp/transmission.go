package smp

import (
	"errors"
	"fmt"
	"slices"

	"sotto/smp/wire"
)

var (
	// ErrTransmission is returned for bytes that are no transmission. A relay
	// answers BLOCK.
	ErrTransmission = errors.New("smp: invalid transmission")
	// ErrOtherSession is returned for a transmission of another connection. A
	// relay answers SESSION.
	ErrOtherSession = errors.New("smp: transmission of another session")
)

// A Session is what a transmission depends on: the agreed version, and the id
// of the TLS session, which all authorizations cover. A command for a relay
// behind a proxy belongs to the session of proxy and relay.
type Session struct {
	Version Version
	ID      []byte
}

// A Transmission is a command or response on its way. SMP: "SMP Transmission
// and transport block structure".
type Transmission struct {
	Authorization    []byte // signature or authenticator; empty if none
	ServiceSignature []byte // version 16; nil if none
	CorrID           []byte // 24 random bytes, returned in the answer; empty in what nobody asked for
	EntityID         []byte // of the queue, the service or the session with a relay; empty if none
	Command          []byte // encoded command or response
}

// impliesID reports whether the session id is covered but not sent.
func (s Session) impliesID() bool { return s.Version >= VersionAuthenticators }

// Append appends the encoding of t.
func (s Session) Append(b []byte, t Transmission) []byte {
	b = wire.AppendShort(slices.Grow(b, s.size(t)), t.Authorization)
	if s.Version >= VersionServices && len(t.Authorization) > 0 {
		b = wire.AppendMaybeShort(b, t.ServiceSignature)
	}
	if !s.impliesID() {
		b = wire.AppendShort(b, s.ID)
	}
	return t.appendBody(b)
}

// Authorized returns the bytes that the authorization of t covers.
func (s Session) Authorized(t Transmission) []byte {
	size := 3 + len(s.ID) + len(t.CorrID) + len(t.EntityID) + len(t.Command)
	return t.appendBody(wire.AppendShort(make([]byte, 0, size), s.ID))
}

func (t Transmission) appendBody(b []byte) []byte {
	return append(t.appendIDs(b), t.Command...)
}

func (t Transmission) appendIDs(b []byte) []byte {
	return wire.AppendShort(wire.AppendShort(b, t.CorrID), t.EntityID)
}

// size is no less than the length of the encoding of t.
func (s Session) size(t Transmission) int {
	return 6 + len(t.Authorization) + len(t.ServiceSignature) + len(s.ID) + len(t.CorrID) + len(t.EntityID) + len(t.Command)
}

// Parse decodes a transmission, which aliases b. With ErrOtherSession, and for
// an authorization of impossible length, it returns the correlation id, too.
func (s Session) Parse(b []byte) (Transmission, error) {
	p := wire.NewParser(b)
	t := Transmission{Authorization: p.Short()}
	if s.Version >= VersionServices && len(t.Authorization) > 0 {
		t.ServiceSignature = readServiceSignature(p)
	}
	own := s.impliesID() || string(p.Short()) == string(s.ID)
	t.CorrID, t.EntityID, t.Command = p.Short(), p.Short(), p.Rest()
	if err := p.Done(); err != nil {
		return Transmission{}, fmt.Errorf("%w: %w", ErrTransmission, err)
	}
	if !own {
		return Transmission{CorrID: t.CorrID}, ErrOtherSession
	}
	if kindOf(t.Authorization) == impossible {
		return Transmission{CorrID: t.CorrID}, ErrTransmission
	}
	return t, nil
}

func readServiceSignature(p *wire.Parser) []byte {
	sig := p.MaybeShort()
	if sig != nil && len(sig) != Ed25519SignatureSize {
		p.Fail(wire.ErrSyntax)
	}
	return sig
}

// CheckCredentials returns what a relay answers to a command whose transmission
// has an authorization or an entity id that must not be there, or lacks one;
// nil if it is right. SMP: "SMP commands".
func CheckCredentials(c Command, t Transmission) *Error {
	authorized, entity := len(t.Authorization) > 0, len(t.EntityID) > 0
	switch c.(type) {
	case NEW:
		if !authorized {
			return ErrCmdNoAuth
		}
		if entity {
			return ErrCmdHasAuth
		}
	case SEND:
		if !entity {
			return ErrCmdNoEntity
		}
	case LGET, PFWD:
		if !entity {
			return ErrCmdNoEntity
		}
		if authorized {
			return ErrCmdHasAuth
		}
	case PING, PRXY, RFWD, RSLV:
		if authorized || entity {
			return ErrCmdHasAuth
		}
	default:
		if !authorized || !entity {
			return ErrCmdNoAuth
		}
	}
	return nil
}

// Refusal returns what a relay answers to a transmission or command that did
// not parse with err.
func Refusal(err error) *Error {
	switch {
	case errors.Is(err, ErrOtherSession):
		return ErrSession
	case errors.Is(err, ErrTransmission):
		return ErrBlock
	case errors.Is(err, ErrUnknown):
		return ErrCmdUnknown
	}
	return ErrCmdSyntax
}
