package ratchet

import (
	"encoding/json"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/sntrup761"
)

// primitive is a case of ratchet_primitives.json; fn says of what.
type primitive struct {
	Description string
	Inputs      struct {
		Fn                          string
		ChainKey                    hexBytes
		RootKey, PeerPublicKey      hexBytes
		OwnPrivateKey, KEMSecret    hexBytes
		Version                     uint16
		PQSupport                   bool
		CurrentVersion              uint16
		Header                      headerVector
		EhVersion                   uint16
		EhIV, EhAuthTag, EhBody     hexBytes
		EmHeader, EmAuthTag, EmBody hexBytes
	}
	Outputs struct {
		NextChainKey, MessageKey, MessageIV, HeaderIV hexBytes
		DH, RootKey, ChainKey, NextHeaderKey          hexBytes
		PaddedHeaderLen                               int
		Encoded                                       hexBytes
	}
}

type headerVector struct {
	MsgMaxVersion uint16
	MsgDHRs       hexBytes
	MsgKEM        *struct {
		Type         string
		KEMCt, KEMPk hexBytes
	}
	MsgPN, MsgNs uint32
}

func testPrimitives(t *testing.T, cases []json.RawMessage) {
	for _, raw := range cases {
		var p primitive
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		t.Run(p.Description, func(t *testing.T) { p.test(t) })
	}
}

func (p *primitive) test(t *testing.T) {
	in, out := &p.Inputs, &p.Outputs
	switch in.Fn {
	case "chainKdf":
		next, m, headerIV := chainKDF(in.ChainKey.secret())
		equal(t, "next chain key", next[:], out.NextChainKey)
		equal(t, "message key", m.key[:], out.MessageKey)
		equal(t, "message IV", m.iv[:], out.MessageIV)
		equal(t, "header IV", headerIV[:], out.HeaderIV)
	case "rootKdf":
		p.testRootKDF(t)
	case "paddedHeaderLen":
		if n := paddedHeaderLength(in.Version, in.PQSupport); n != out.PaddedHeaderLen {
			t.Errorf("%d bytes", n)
		}
	case "MsgHeader":
		p.testHeader(t)
	case "EncMessageHeader":
		h, err := parseSealedHeader(out.Encoded)
		if err != nil || h.version != in.EhVersion {
			t.Fatal(h.version, err)
		}
		equal(t, "IV", h.iv[:], in.EhIV)
		equal(t, "tag", h.tag, in.EhAuthTag)
		equal(t, "body", h.body, in.EhBody)
	case "EncRatchetMessage":
		e, err := parseEnvelope(out.Encoded)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "header", e.header, in.EmHeader)
		equal(t, "tag", e.tag, in.EmAuthTag)
		equal(t, "body", e.body, in.EmBody)
		equal(t, "encoding", e.append(nil, in.Version), out.Encoded)
	default:
		t.Fatalf("unknown function %q", in.Fn)
	}
}

// append encodes an envelope again.
func (e *envelope) append(b []byte, version uint16) []byte {
	return append(append(appendPrefixed(b, e.header, version), e.tag...), e.body...)
}

func (p *primitive) testRootKDF(t *testing.T) {
	var pair keyPair
	copy(pair.private[:], p.Inputs.OwnPrivateKey)
	shared, err := pair.agree(publicKey(p.Inputs.PeerPublicKey))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "X448", shared, p.Outputs.DH)
	root, chain, header := rootKDF(p.Inputs.RootKey.secret(), shared, p.Inputs.KEMSecret)
	equal(t, "root key", root[:], p.Outputs.RootKey)
	equal(t, "chain key", chain[:], p.Outputs.ChainKey)
	equal(t, "next header key", header[:], p.Outputs.NextHeaderKey)
}

func (p *primitive) testHeader(t *testing.T) {
	in := &p.Inputs
	h := in.Header.header(t)
	equal(t, "encoding", h.append(nil, in.CurrentVersion), p.Outputs.Encoded)
	again, err := parseHeader(p.Outputs.Encoded, in.CurrentVersion)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "encoding after parsing", again.append(nil, in.CurrentVersion), p.Outputs.Encoded)
	for i := range p.Outputs.Encoded {
		if _, err := parseHeader(p.Outputs.Encoded[:i], in.CurrentVersion); err == nil {
			t.Fatalf("parsed %d bytes", i)
		}
	}
}

func (v *headerVector) header(t *testing.T) header {
	key, err := smp.NewPublicKey(smp.X448, v.MsgDHRs)
	if err != nil {
		t.Fatal(err)
	}
	h := header{maxVersion: v.MsgMaxVersion, key: key, previous: v.MsgPN, number: v.MsgNs}
	if v.MsgKEM != nil {
		h.kem = kemParams(t, v.MsgKEM.KEMCt, v.MsgKEM.KEMPk)
	}
	return h
}

func kemParams(t *testing.T, ciphertext, key []byte) *KEMParams {
	t.Helper()
	k, err := sntrup761.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &KEMParams{ciphertext, k}
}

// x3dhVector is a case of x3dh.json.
type x3dhVector struct {
	Description string
	Inputs      setup
	Outputs     struct {
		AssocData, SndHK, RcvNextHK, RatchetKey hexBytes
		InitialSndRootKDF                       struct{ RK, CK, NHK hexBytes }
	}
}

func TestX3DH(t *testing.T) {
	var file struct{ Cases []x3dhVector }
	readVectors(t, "x3dh.json", &file)
	for _, v := range file.Cases {
		t.Run(v.Description, func(t *testing.T) {
			alice, bob := v.Inputs.run(t, true)
			out := &v.Outputs
			equal(t, "associated data", alice.AssociatedData(), out.AssocData)
			equal(t, "joiner's associated data", bob.AssociatedData(), out.AssocData)
			equal(t, "header key", alice.nextReceive[:], out.SndHK)
			equal(t, "next header key", alice.nextSend[:], out.RcvNextHK)
			equal(t, "root key", alice.root[:], out.RatchetKey)
			equal(t, "joiner's header key", bob.send.header[:], out.SndHK)
			equal(t, "joiner's next header key", bob.nextReceive[:], out.RcvNextHK)
			equal(t, "joiner's root key", bob.root[:], out.InitialSndRootKDF.RK)
			equal(t, "joiner's chain key", bob.send.key[:], out.InitialSndRootKDF.CK)
			equal(t, "joiner's next sending header key", bob.nextSend[:], out.InitialSndRootKDF.NHK)
			if alice.SecurityCode() != bob.SecurityCode() {
				t.Error("security codes differ")
			}
		})
	}
}

// TestParamsVectors also parses the recorded parameters.
func TestParamsVectors(t *testing.T) {
	var file struct{ Cases []x3dhVector }
	readVectors(t, "x3dh.json", &file)
	for _, v := range file.Cases {
		for _, encoded := range [][]byte{v.Inputs.Alice.E2EParams, v.Inputs.Bob.E2EParams} {
			p := wire.NewParser(encoded)
			params := ReadParams(p)
			if err := p.Done(); err != nil {
				t.Fatal(err)
			}
			equal(t, "encoding", AppendParams(nil, params), encoded)
		}
	}
}
