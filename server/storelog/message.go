package storelog

import (
	"fmt"
	"io"

	"sotto/server/relay"
	"sotto/smp"
)

// Messages calls f with the messages of a message log, in their order in each
// queue.
func Messages(r io.Reader, f func(recipient relay.ID, m *relay.Message) error) error {
	err := eachLine(r, func(line string) error {
		words := split(line)
		if words.word() != "v3" {
			return errSyntax
		}
		recipient, m := words.id(words.word()), words.message()
		if err := words.done(); err != nil {
			return err
		}
		return f(recipient, m)
	})
	if err != nil {
		return fmt.Errorf("storelog: messages: %w", err)
	}
	return nil
}

// message reads a message's id, time, flags and body, or the marker of a queue
// that was full.
func (f *fields) message() *relay.Message {
	m := &relay.Message{ID: f.id(f.word()), Time: f.time(f.word())}
	flags, ok := f.optional("flags")
	if ok {
		m.Flags = f.flags(flags)
	}
	body := f.word()
	if !ok && body == "quota" {
		m.Quota = true
		return m
	}
	m.Body = f.bytes(body)
	return m
}

// flags reads whether to notify, and what later versions may have added.
func (f *fields) flags(word string) smp.MsgFlags {
	if word == "" || len(word) > maxList || word[0] != 'T' && word[0] != 'F' {
		f.fail()
		return smp.MsgFlags{}
	}
	return smp.MsgFlags{Notify: word[0] == 'T', Future: word[1:]}
}
