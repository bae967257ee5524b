package smp

import (
	"errors"

	"sotto/smp/wire"
)

// A Party is who sends a command, and so which key authorizes it.
type Party uint8

// The parties. SMP: "SMP commands".
const (
	Creator          Party = iota + 1 // makes a queue: NEW
	Recipient                         // of a queue
	RecipientService                  // a program that receives for many queues
	Sender                            // to a queue
	LinkClient                        // reads a short link
	Notifier                          // learns that there are messages
	NotifierService                   // a program that does so for many queues
	IdleClient                        // PING
	ProxiedClient                     // asks a relay to forward
	ProxyService                      // the relay that forwards
	Resolver                          // asks for a name
)

// A Command is a request of a client to a relay.
type Command interface {
	// Tag is the word that the command begins with.
	Tag() string
	// Party is who may send the command.
	Party() Party

	appendArgs(b []byte, v Version) []byte
}

// Errors of parsing a command or a response. Their texts name no contents.
var (
	// ErrUnknown is returned for a tag that is not in the table.
	ErrUnknown = errors.New("smp: unknown command")
)

// commands is every command by tag. Whatever is behind the tag is for the
// function: a space and arguments, or nothing.
var commands = map[string]func(*wire.Parser, Version) Command{
	"NEW": readNEW,

	"SUB":  noArgs[Command](SUB{}),
	"SUBS": readSUBS,
	"KEY":  readKEY,
	"RKEY": readRKEY,
	"LSET": readLSET,
	"LDEL": noArgs[Command](LDEL{}),
	"NKEY": readNKEY,
	"NDEL": noArgs[Command](NDEL{}),
	"GET":  noArgs[Command](GET{}),
	"ACK":  readACK,
	"OFF":  noArgs[Command](OFF{}),
	"DEL":  noArgs[Command](DEL{}),
	"QUE":  noArgs[Command](QUE{}),

	"SKEY": readSKEY,
	"SEND": readSEND,
	"LKEY": readLKEY,
	"LGET": noArgs[Command](LGET{}),

	"NSUB":  noArgs[Command](NSUB{}),
	"NSUBS": readNSUBS,

	"PING": noArgs[Command](PING{}),
	"PRXY": readPRXY,
	"PFWD": readPFWD,
	"RFWD": readRFWD,
	"RSLV": readRSLV,
}

// noArgs makes the entry of a command or response that is only its tag.
func noArgs[T any](v T) func(*wire.Parser, Version) T {
	return func(*wire.Parser, Version) T { return v }
}

// AppendCommand appends the encoding of c in version v. What v cannot express
// is left out.
func AppendCommand(b []byte, v Version, c Command) []byte {
	return c.appendArgs(append(b, c.Tag()...), v)
}

// ParseCommand decodes b, which must hold exactly one command in version v. The
// command aliases b. The relay answers ErrUnknown with CMD UNKNOWN and other
// errors with CMD SYNTAX.
func ParseCommand(v Version, b []byte) (Command, error) { return parse(commands, v, b) }

// parse decodes b with the entry of table for its tag.
func parse[T any](table map[string]func(*wire.Parser, Version) T, v Version, b []byte) (T, error) {
	var none T
	p := wire.NewParser(b)
	read, ok := table[string(p.Until(' '))]
	if !ok {
		return none, ErrUnknown
	}
	c := read(p, v)
	if err := p.Done(); err != nil {
		return none, err
	}
	return c, nil
}
