package chat

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"sotto/smp/client"
	"sotto/smp/transport"
	"sotto/wasm/agent"
)

// TestRelaySentences looks at what is said of a relay that is not the right one,
// or not right in its mind: in words of people, whatever wraps the error.
func TestRelaySentences(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{
		{transport.ErrIdentity, "not the relay"},
		{transport.ErrCertificate, "not the relay"},
		{transport.ErrValidity, "clock of this device"},
		{agent.ErrBridgeRelay, "cannot reach its relay"},
		{agent.ErrBridgeFull, "too many connections"},
		{transport.ErrKey, "nothing was sent"},
		{transport.ErrSession, "nothing was sent"},
		{transport.ErrVersion, "no version"},
		{transport.ErrHello, "cannot be read"},
		{transport.ErrBlock, "cannot be read"},
		{client.ErrInvalid, "Nothing is lost"},
		{client.ErrRelayClosed, "ended the connection"},
		{client.ErrNoPong, "does not answer"},
		{io.ErrUnexpectedEOF, "ended the connection"},
		{fmt.Errorf("%w: %w", agent.ErrNotForwarded, transport.ErrVersion), "does not pass messages on"},
		{agent.ErrUnreachable, "the relay that the other person uses"},
		{agent.ErrLinkUsed, "used already"},
	} {
		said := Sentence(fmt.Errorf("agent: invite: %w", fmt.Errorf("transport: handshake: %w", c.err)))
		if !strings.Contains(said, c.says) || strings.Contains(said, "handshake") {
			t.Errorf("%v: %q", c.err, said)
		}
	}
	if said := Sentence(client.ErrNoPong); !strings.HasSuffix(said, "will be tried again.") {
		t.Errorf("while the agent goes on: %q", said)
	}
	if said := Refusal(client.ErrNoPong); !strings.HasSuffix(said, "Try again in a moment.") {
		t.Errorf("of a call: %q", said)
	}
	if said := Sentence(errors.New("x")); !strings.HasPrefix(said, "Something went wrong") {
		t.Errorf("of what nobody knows: %q", said)
	}
}
