package smp

import "sotto/smp/wire"

// LinkData is what a short link leads to, encrypted with a key in the link.
type LinkData struct {
	Fixed []byte // signed once, by the root key
	User  []byte // may change
}

// LSET sets the data of the queue's short link. SMP: "Set short link";
// version 15, like the other link commands.
type LSET struct {
	LinkID []byte
	Data   LinkData
}

// LDEL deletes the data of the queue's short link. SMP: "Delete short link".
type LDEL struct{}

// LKEY secures a messaging queue and gets its link data in one command. SMP: "Set link key".
type LKEY struct{ Key PublicKey }

// LGET gets the link data of a contact queue. SMP: "Get link data".
type LGET struct{}

// LNK answers LKEY and LGET. SMP: "Link response".
type LNK struct {
	SenderID []byte
	Data     LinkData
}

func (LSET) Tag() string { return "LSET" }
func (LDEL) Tag() string { return "LDEL" }
func (LKEY) Tag() string { return "LKEY" }
func (LGET) Tag() string { return "LGET" }
func (LNK) Tag() string  { return "LNK" }

func (LSET) Party() Party { return Recipient }
func (LDEL) Party() Party { return Recipient }
func (LKEY) Party() Party { return LinkClient }
func (LGET) Party() Party { return LinkClient }

func (LDEL) appendArgs(b []byte, _ Version) []byte { return b }
func (LGET) appendArgs(b []byte, _ Version) []byte { return b }

func (c LSET) appendArgs(b []byte, _ Version) []byte {
	return appendLinkData(wire.AppendShort(append(b, ' '), c.LinkID), c.Data)
}

func readLSET(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return LSET{LinkID: p.Short(), Data: readLinkData(p)}
}

func (c LKEY) appendArgs(b []byte, _ Version) []byte { return AppendPublicKey(append(b, ' '), c.Key) }

func readLKEY(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return LKEY{readAuthKey(p)}
}

func (r LNK) appendArgs(b []byte, _ Version) []byte {
	return appendLinkData(wire.AppendShort(append(b, ' '), r.SenderID), r.Data)
}

func readLNK(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	return LNK{SenderID: p.Short(), Data: readLinkData(p)}
}

func appendLinkData(b []byte, d LinkData) []byte {
	return wire.AppendLarge(wire.AppendLarge(b, d.Fixed), d.User)
}

func readLinkData(p *wire.Parser) LinkData { return LinkData{Fixed: p.Large(), User: p.Large()} }
