package chat

import (
	"context"
	"errors"
	"io"
	"net"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
	"sotto/wasm/agent"
	"sotto/wasm/store"
)

// sentences say what a person can do about an error.
var sentences = []struct {
	err  error
	text string
}{
	{ErrNoProfile, "Choose a name first."},
	{ErrNoContact, "This conversation was deleted."},
	{ErrNotConnected, "Nobody is connected in this conversation, so nothing can be sent."},
	{ErrTooLarge, "The message is too long. Send it in two parts."},
	{agent.ErrTooLong, "The message is too long. Send it in two parts."},
	{agent.ErrInfoTooLong, "Your profile is too large to be sent. Choose a shorter name or a smaller picture."},
	{agent.ErrLinkUsed, "This link was used already or has been deleted. Ask for a new one."},
	{agent.ErrVersion, "The other side uses a version that this one cannot talk to. Ask them to update."},
	{agent.ErrNoRoute, "The link points to a relay that this page cannot reach."},
	{smp.ErrQuota, "The other person has not read the last messages yet. It will be sent when there is room again."},
	{agent.ErrNotConnected, "Nobody is connected in this conversation, so nothing can be sent."},
	{store.ErrFull, "This device has no storage left. Free some space and reload; nothing that was stored is lost."},
	{store.ErrClosed, "The browser closed the storage. Reload the page."},
	{store.ErrCorrupt, "A stored record is damaged."},
	{transport.ErrIdentity, impostor},
	{transport.ErrCertificate, impostor},
	{transport.ErrKey, impostor},
	{transport.ErrSession, impostor},
	{transport.ErrVersion, "The relay speaks no version that this one does. Reload the page; if that does not help, tell who runs this site."},
	{transport.ErrHello, garbled},
	{transport.ErrBlock, garbled},
	{client.ErrInvalid, garbled},
	{client.ErrUnexpected, garbled},
	{client.ErrRelayClosed, lostRelay},
	{client.ErrClosed, lostRelay},
	{client.ErrNoPong, "The relay does not answer. It will be tried again."},
	{io.EOF, lostRelay},
	{io.ErrUnexpectedEOF, lostRelay},
	{context.DeadlineExceeded, "The relay did not answer in time. It will be tried again."},
}

// What is told of relays in more than one case.
const (
	impostor  = "Something that is not the relay answers in its place, so nothing was sent to it. What you wrote is kept. Tell who runs this site."
	garbled   = "The relay sent something that cannot be read. Nothing is lost. It will be tried again."
	lostRelay = "The relay ended the connection. It will be tried again."
)

// Sentence is what to tell a person about err.
func Sentence(err error) string {
	if err == nil {
		return ""
	}
	for _, s := range sentences {
		if errors.Is(err, s.err) {
			return s.text
		}
	}
	var text *ErrBadText
	var name *ErrBadName
	var link *agent.LinkError
	var said *smp.Error
	var broken net.Error
	switch {
	case errors.As(err, &text):
		return text.Reason
	case errors.As(err, &name):
		return name.Reason
	case errors.As(err, &link):
		return link.Error()
	case errors.As(err, &said):
		return "The relay refused: " + said.Error() + "."
	case errors.As(err, &broken):
		return "The relay cannot be reached. It will be tried again."
	}
	return "Something went wrong: " + err.Error() + "."
}
