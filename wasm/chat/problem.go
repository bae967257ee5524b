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
	{ErrUnknownProfile, "This profile was deleted."},
	{ErrLastProfile, "This is the only profile, so it cannot be deleted."},
	{ErrNoAddress, "There is no address any more."},
	{ErrNoItem, "This cannot be done with this message."},
	{ErrTooLate, "This was sent more than a day ago, so it cannot be changed any more."},
	{ErrBadRouting, "This way of routing is not known. Reload the page."},
	{agent.ErrNoRelay, "There is no relay to receive on. Turn one on in the settings."},
	{ErrBadReaction, "This reaction cannot be sent."},
	{ErrReactions, "Three reactions are the most that you can give to one message."},
	{ErrNoContact, "This conversation was deleted."},
	{ErrNotConnected, "Nobody is connected in this conversation, so nothing can be sent."},
	{ErrTooLarge, "The message is too long. Send it in two parts."},
	{agent.ErrTooLong, "The message is too long. Send it in two parts."},
	{agent.ErrInfoTooLong, "Your profile is too large to be sent. Choose a shorter name or a smaller picture."},
	{agent.ErrLinkUsed, "This link was used already or has been deleted."},
	{agent.ErrExpired, "The other side could not be reached for too long."},
	{agent.ErrQueueGone, "The relay no longer keeps a place for these messages."},
	{agent.ErrLinkData, "What is stored behind this link was not made by its owner, so it was not opened."},
	{agent.ErrJoined, "This link leads to a conversation that you have already."},
	{agent.ErrUnknownRequest, "This request was answered before."},
	{agent.ErrDataTooLong, "Profile and welcome message are too long together. Choose a smaller picture or a shorter message."},
	{agent.ErrSync, "New keys crossed on their way. Ask for new keys again."},
	{agent.ErrVersion, "The other side uses a version that this one cannot talk to. Ask them to update."},
	{agent.ErrNoRoute, "The other person uses a relay that cannot be reached from here."},
	{smp.ErrQuota, "The other person has not read the last messages yet. It will be sent when there is room again."},
	{agent.ErrNotConnected, "Nobody is connected in this conversation, so nothing can be sent."},
	{store.ErrFull, "There is no room left to store anything. Free some space on this device."},
	{store.ErrClosed, "The browser closed the storage."},
	{store.ErrCorrupt, "A stored record is damaged."},
}

// troubles are errors of relays, with what happened, and whether it may pass.
var troubles = []struct {
	err    error
	text   string
	passes bool
}{
	{agent.ErrNotForwarded, "The other person uses another relay, and this site’s relay does not pass messages on to it.", false},
	{agent.ErrUnreachable, "This site’s relay cannot reach the relay that the other person uses.", true},
	{agent.ErrBridgeRelay, "This site cannot reach its relay now.", true},
	{agent.ErrBridgeFull, "This site has too many connections now.", true},
	{transport.ErrIdentity, impostor, false},
	{transport.ErrValidity, clock, false},
	{transport.ErrCertificate, impostor, false},
	{transport.ErrKey, impostor, false},
	{transport.ErrSession, impostor, false},
	{transport.ErrVersion, "The relay speaks no version that this one does. Reload the page; if that does not help, tell who runs this site.", false},
	{transport.ErrHello, garbled, true},
	{transport.ErrBlock, garbled, true},
	{client.ErrInvalid, garbled, true},
	{client.ErrUnexpected, garbled, true},
	{client.ErrRelayClosed, lost, true},
	{client.ErrClosed, lost, true},
	{client.ErrNoPong, "The relay does not answer.", true},
	{io.EOF, lost, true},
	{io.ErrUnexpectedEOF, lost, true},
	{context.DeadlineExceeded, "The relay did not answer in time.", true},
}

const (
	impostor = "Something that is not the relay answers in its place, so nothing was sent to it. Tell who runs this site; what you wrote is kept."
	clock    = "By the clock of this device, the relay’s certificate is not valid. Set the date and the time, then reload. If they are right, tell who runs this site."
	garbled  = "The relay sent something that cannot be read. Nothing is lost."
	lost     = "The relay ended the connection."
)

// Sentence is what to tell a person about err, while the agent goes on trying.
func Sentence(err error) string { return sentence(err, " It will be tried again.") }

// Refusal is what to tell a person about err that ended what they asked for.
func Refusal(err error) string { return sentence(err, " Try again in a moment.") }

// sentence ends with what follows if err may pass by itself.
func sentence(err error, follows string) string {
	if err == nil {
		return ""
	}
	for _, t := range troubles {
		if !errors.Is(err, t.err) {
			continue
		}
		if t.passes {
			return t.text + follows
		}
		return t.text
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
		return "The relay cannot be reached." + follows
	}
	return "Something went wrong: " + err.Error() + "."
}
