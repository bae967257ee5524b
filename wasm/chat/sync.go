package chat

import (
	"errors"

	"sotto/wasm/agent"
)

// syncStates are the agent's states as pages know them.
var syncStates = map[agent.SyncState]SyncState{
	agent.SyncOK:       "",
	agent.SyncAllowed:  SyncAllowed,
	agent.SyncRequired: SyncNeeded,
	agent.SyncStarted:  SyncStarted,
	agent.SyncAgreed:   SyncAgreed,
}

// outOfStep reports whether nothing can be sent because of the ratchet.
func (k *contact) outOfStep() bool { return k.Sync != "" && k.Sync != SyncAllowed }

// synced is the turn in which the ratchet of a conversation fell out of step, or
// came back. What was written meanwhile waits.
func (c *Chat) synced(t *agent.Turn, k *contact, e agent.Synced) error {
	before := k.Sync
	k.Sync = syncStates[e.State]
	c.save(t, k)
	switch {
	case k.Sync == SyncNeeded && before != SyncNeeded:
		c.note(t, k, "Messages cannot be read any more: the encryption on both sides does not match. Renew it to go on.", t.Now())
	case k.Sync == SyncAgreed:
		c.note(t, k, "The encryption was renewed.", t.Now())
		return c.verifyAgain(t, k)
	case k.Sync == "" && k.State == Connected:
		return c.flush(t, k)
	}
	return nil
}

func (c *Chat) verifyAgain(t *agent.Turn, k *contact) error {
	if !k.Verified {
		return nil
	}
	code, err := c.code(t, k)
	if err == nil {
		c.checkVerified(t, k, code)
	}
	return err
}

// Resync begins the encryption of a conversation anew. Unless forced, it does so
// only if messages could not be read; one that is in step, or on its way there,
// was asked to before.
func (c *Chat) Resync(t *agent.Turn, id string, force bool) (Contact, error) {
	k, err := c.contact(id)
	if err != nil {
		return Contact{}, err
	}
	if k.State != Connected {
		return Contact{}, ErrNotConnected
	}
	switch err := t.Resync(k.Conn, force); {
	case errors.Is(err, agent.ErrInSync):
		return k.public(), nil
	case err != nil:
		return Contact{}, err
	}
	k.Sync = SyncStarted
	c.save(t, k)
	return k.public(), nil
}
