package agent

import (
	"time"

	"sotto/smp"
)

// A ConnID names a connection. It is random: 16 characters of base64url that no
// peer and no relay ever sees.
type ConnID string

// An App is what lives above the agent. Its calls are made on the loop, inside
// the turn in which the event happened: what it writes with t is committed
// together with the agent's own change. An error discards the turn and stops
// the agent.
type App interface {
	Event(t *Turn, e Event) error
}

// An Event is one of the types below.
type Event interface{ event() }

type (
	// Requested: somebody asks to connect at our address. Turn.Accept begins the
	// connection, Turn.Reject forgets the request; until then it is kept.
	Requested struct {
		Conn    ConnID // the address
		Request RequestID
		Info    []byte
	}
	// Confirmed: somebody opened our invitation, or the owner of the address that
	// we asked has accepted. Turn.Allow lets them in.
	Confirmed struct {
		Conn ConnID
		Info []byte
	}
	// InfoReceived: the owner of the link that we joined has answered.
	InfoReceived struct {
		Conn ConnID
		Info []byte
	}
	// Connected: messages flow both ways. PQ says whether the ratchet has the
	// post-quantum KEM in both directions already.
	Connected struct {
		Conn ConnID
		PQ   bool
	}
	// PQChanged: the ratchet began or ceased to use the KEM in both directions.
	PQChanged struct {
		Conn ConnID
		PQ   bool
	}
	// Received is a message of the peer.
	Received struct {
		Conn      ConnID
		MsgID     uint64 // the peer's number
		Body      []byte
		RelayTime time.Time // when the relay took it, in whole seconds
		Integrity Integrity
	}
	// SentToRelay: the relay has our message, or, without a number, our request at
	// an address.
	SentToRelay struct {
		Conn  ConnID
		MsgID uint64
	}
	// SendDelayed: the first attempt to send a message failed; it goes on.
	SendDelayed struct {
		Conn  ConnID
		MsgID uint64
		Err   error
	}
	// SendFailed: a message was given up.
	SendFailed struct {
		Conn  ConnID
		MsgID uint64
		Err   error
	}
	// Delivered: the peer's agent has these messages of ours; for those in
	// BadHash it reports another hash than they had when they were sent.
	Delivered struct {
		Conn    ConnID
		MsgIDs  []uint64
		BadHash []uint64
	}
	// JoinFailed: the connection will not come about. It should be erased.
	JoinFailed struct {
		Conn ConnID
		Err  error
	}
	// Ended: the peer deleted the connection, or a relay lost its queue. Nothing
	// can be sent or received any more; it should be erased.
	Ended struct {
		Conn ConnID
		Err  error
	}
	// Switching: our queue is being moved to another relay, after Turn.Switch.
	// SwitchNone with Err is that it was given up, and all is as before.
	Switching struct {
		Conn  ConnID
		Phase SwitchPhase
		Relay smp.Address // the new one
		Err   error
	}
	// Moved: the peer moved the queue that we send to.
	Moved struct {
		Conn  ConnID
		Relay smp.Address
	}
	// Synced: the ratchet is out of step with the peer's, or on its way back; Err
	// says why. Turn.Resync begins it anew. With SyncAgreed the security code is
	// another one.
	Synced struct {
		Conn  ConnID
		State SyncState
		Err   error
	}
	// Unreadable: a message arrived that could not be opened. It is gone.
	Unreadable struct {
		Conn ConnID
		Err  error
	}
	// Gap: the Integrity of a message that has no body for the app.
	Gap struct {
		Conn      ConnID
		Integrity Integrity
	}
	// Ignored: an agent message that this version does not act on.
	Ignored struct {
		Conn ConnID
		Tag  string
	}
	// RelayState: the connection to a relay came up, or went down or failed to
	// come up, with Err. Outward is one that is only sent to, often through a
	// relay of ours: of those, only what concerns them is told.
	RelayState struct {
		User    User
		Relay   smp.Address
		Up      bool
		Err     error
		Outward bool
	}
)

func (Requested) event()    {}
func (Confirmed) event()    {}
func (InfoReceived) event() {}
func (Connected) event()    {}
func (PQChanged) event()    {}
func (Received) event()     {}
func (SentToRelay) event()  {}
func (SendDelayed) event()  {}
func (SendFailed) event()   {}
func (Delivered) event()    {}
func (JoinFailed) event()   {}
func (Ended) event()        {}
func (Switching) event()    {}
func (Moved) event()        {}
func (Synced) event()       {}
func (Unreadable) event()   {}
func (Gap) event()          {}
func (Ignored) event()      {}
func (RelayState) event()   {}
