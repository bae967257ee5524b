package smp

import (
	"encoding/json"

	"sotto/smp/wire"
)

// RSLV asks what a name stands for: version 20, of relays newer than stable.
type RSLV struct{ Name string }

// RNAME answers RSLV.
type RNAME struct{ JSON []byte }

func (RSLV) Tag() string  { return "RSLV" }
func (RNAME) Tag() string { return "RNAME" }

func (RSLV) Party() Party { return Resolver }

func (c RSLV) appendArgs(b []byte, _ Version) []byte  { return append(append(b, ' '), c.Name...) }
func (r RNAME) appendArgs(b []byte, _ Version) []byte { return append(append(b, ' '), r.JSON...) }

func readRSLV(p *wire.Parser, _ Version) Command {
	p.Literal(" ")
	return RSLV{string(p.Rest())}
}

func readRNAME(p *wire.Parser, _ Version) Response {
	p.Literal(" ")
	r := RNAME{p.Rest()}
	if !json.Valid(r.JSON) {
		p.Fail(wire.ErrSyntax)
	}
	return r
}
