package chat

import (
	"encoding/json"
	"time"

	"sotto/smp/wire"
	"sotto/wasm/agent"
)

const eventForward = "x.grp.msg.forward"

// forwarded says whose message the host passes on.
type forwarded struct {
	memberID string
	name     string
	at       time.Time
}

// forwardParams are those of x.grp.msg.forward. Chat: "Message forwarding".
type forwardParams struct {
	MemberID string          `json:"memberId"`
	Name     string          `json:"memberName"`
	At       time.Time       `json:"msgTs"`
	Message  json.RawMessage `json:"msg"`
}

// forwards are the events that are taken from who passes them on, as if their
// author had sent them.
var forwards = map[string]bool{
	eventNew: true, eventUpdate: true, eventDel: true, eventReact: true, eventInfo: true, eventMemberNew: true, eventMemberRole: true,
	eventMemberDel: true, eventGroupLeft: true, eventGroupDeleted: true, eventGroupInfo: true, "x.msg.file.descr": true, "x.file.cancel": true,
	"x.grp.prefs": true, "x.grp.mem.restrict": true,
}

// parseForward reads the message that another one carries.
func parseForward(params json.RawMessage) (Message, error) {
	var p forwardParams
	if json.Unmarshal(params, &p) != nil {
		return Message{}, ErrMalformed
	}
	m, err := parseMessage(p.Message)
	if err != nil {
		return Message{}, err
	}
	if m.Forward = (&forwarded{memberID(p.MemberID), cleanName(p.Name), p.At}); m.Forward.memberID == "" {
		return Message{}, ErrMalformed
	}
	return m, nil
}

// readForward reads who wrote the element of a binary batch that follows: 'M',
// member id, name, seconds.
func readForward(p *wire.Parser) *forwarded {
	if p.Byte() != 'M' {
		p.Fail(wire.ErrSyntax) // posts of channels have no author
	}
	id, name := p.Short(), p.Short()
	f := &forwarded{memberID: memberID(string(wire.AppendBase64Raw(nil, id))), name: cleanName(string(name)), at: time.Unix(int64(p.Uint64()), 0)}
	if f.memberID == "" {
		p.Fail(wire.ErrSyntax)
	}
	return f
}

// readSignatures skips the signatures of an element: 'G', a count, and for each
// 'M' and the signature. Groups without relays have no keys to check them with.
func readSignatures(p *wire.Parser) {
	if p.Byte() != 'G' {
		p.Fail(wire.ErrSyntax)
	}
	wire.NonEmpty(p, func(p *wire.Parser) []byte {
		if p.Byte() != 'M' {
			p.Fail(wire.ErrSyntax)
		}
		return p.Short()
	})
}

// receiveForward is the turn with a message that a member passes on.
func (c *Chat) receiveForward(t *agent.Turn, k *contact, r received, m Message) error {
	inner, err := parseForward(m.Params)
	if err != nil {
		return c.keep(t, k, r, m)
	}
	return c.handleForwarded(t, k, r, inner)
}

func (c *Chat) handleForwarded(t *agent.Turn, k *contact, r received, m Message) error {
	f := m.Forward
	m.Forward = nil
	if !r.member.atLeast("admin") || f.memberID == k.Group.ID || !forwards[m.Event] {
		return nil
	}
	author := k.member(f.memberID)
	if author == nil {
		author = &member{Member: Member{ID: f.memberID, Profile: Profile{DisplayName: f.name}, Role: "member"}}
		c.setMember(t, k, *author)
	}
	r.member = author
	// The author's time is the host's word; it cannot lie in the future.
	if f.at.Before(r.RelayTime) && f.at.Unix() > 0 {
		r.RelayTime = f.at
	}
	return c.handleGroup(t, k, r, m)
}
