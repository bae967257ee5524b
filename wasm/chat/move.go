package chat

import (
	"errors"

	"sotto/wasm/agent"
)

// Move has a conversation receive at another place on our relays. One that is on
// its way there was asked to before.
func (c *Chat) Move(t *agent.Turn, id string) (Contact, error) {
	k, err := c.direct(id)
	if err != nil {
		return Contact{}, err
	}
	if err := t.Switch(k.Conn); err != nil && !errors.Is(err, agent.ErrSwitching) {
		return Contact{}, err
	}
	return k.public(), nil
}

// SetPostQuantum turns the hybrid ratchet of a conversation on or off.
func (c *Chat) SetPostQuantum(t *agent.Turn, id string, on bool) (Contact, error) {
	k, err := c.direct(id)
	if err != nil {
		return Contact{}, err
	}
	return k.public(), t.SetPQ(k.Conn, on)
}

// direct returns a connected conversation of two.
func (c *Chat) direct(id string) (*contact, error) {
	k, err := c.contact(id)
	if err != nil {
		return nil, err
	}
	if k.State != Connected || k.isGroup() {
		return nil, ErrNotConnected
	}
	return k, nil
}

// moving is the turn in which a step of a move was done.
func (c *Chat) moving(t *agent.Turn, k *contact, e agent.Switching) {
	switch e.Phase {
	case agent.SwitchStarted:
		c.note(t, k, "The place where messages come in is being moved.", t.Now())
	case agent.SwitchCompleted:
		c.note(t, k, "Messages come in at another place now.", t.Now())
	case agent.SwitchNone:
		c.note(t, k, "The place where messages come in was not moved. "+Refusal(e.Err), t.Now())
	}
}
