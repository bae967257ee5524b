package ratchet

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
)

// agentMessages are the cases of hs_agent_messages.json that are about the
// ratchet.
type agentMessage struct {
	Description string
	Inputs      struct {
		Value struct {
			Constructor   string
			E2EEncryption *paramsVector
		}
		paramsVector
		MinVersion, MaxVersion uint16
		AgentVersion           uint16
		PQ                     bool
		Encoded                hexBytes
	}
	Outputs struct {
		Encoded              hexBytes
		Text                 string
		DecodedByReference   any
		E2EEncConnInfoLength int
		E2EEncAgentMsgLength int
	}
}

type paramsVector struct {
	Version          uint16
	Key1Der, Key2Der hexBytes
	KEM              *struct{ Ciphertext, PublicKey hexBytes }
}

func (v *paramsVector) params(t *testing.T) Params {
	t.Helper()
	key1, err1 := smp.ParsePublicKey(v.Key1Der)
	key2, err2 := smp.ParsePublicKey(v.Key2Der)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	p := Params{Version: v.Version, Key1: key1, Key2: key2}
	if v.KEM != nil {
		p.KEM = kemParams(t, v.KEM.Ciphertext, v.KEM.PublicKey)
	}
	return p
}

func agentMessages(t *testing.T, prefix string, test func(*testing.T, *agentMessage)) {
	t.Helper()
	var file struct{ Cases []agentMessage }
	readVectors(t, "hs_agent_messages.json", &file)
	n := 0
	for _, c := range file.Cases {
		if strings.HasPrefix(c.Description, prefix) {
			t.Run(c.Description, func(t *testing.T) { test(t, &c) })
			n++
		}
	}
	if n == 0 {
		t.Fatalf("no cases of %q", prefix)
	}
}

// The parameters in an envelope follow the agent version and the tag.
func TestParamsInEnvelopes(t *testing.T) {
	agentMessages(t, "AgentMsgEnvelope confirmation, e2e", func(t *testing.T, c *agentMessage) {
		testParams(t, c, c.Outputs.Encoded[2+len("C1"):], ReadParams)
	})
	agentMessages(t, "AgentMsgEnvelope ratchet key", func(t *testing.T, c *agentMessage) {
		testParams(t, c, c.Outputs.Encoded[2+len("R"):], ReadProposal)
	})
}

func testParams(t *testing.T, c *agentMessage, encoded []byte, read func(*wire.Parser) Params) {
	want := AppendParams(nil, c.Inputs.Value.E2EEncryption.params(t))
	p := wire.NewParser(encoded)
	got := read(p)
	if p.Err() != nil {
		t.Fatal(p.Err())
	}
	equal(t, "parameters", AppendParams(nil, got), want)
	equal(t, "encoding", encoded[:len(want)], want)
	if p.Len() != len(encoded)-len(want) {
		t.Errorf("%d bytes left, want %d", p.Len(), len(encoded)-len(want))
	}
	for i := range want {
		if p := wire.NewParser(want[:i]); read(p).Version != 0 && p.Err() == nil {
			t.Fatalf("parsed %d bytes of %d", i, len(want))
		}
	}
}

func TestAcceptedProposalIsRefused(t *testing.T) {
	agentMessages(t, "AgentMsgEnvelope decoding: ratchet key with accepted", func(t *testing.T, c *agentMessage) {
		p := wire.NewParser(c.Inputs.Encoded[2+len("R"):])
		if ReadProposal(p); !errors.Is(p.Err(), ErrKEM) {
			t.Errorf("error %v", p.Err())
		}
	})
}

func TestParamsRanges(t *testing.T) {
	agentMessages(t, "E2ERatchetParamsUri", func(t *testing.T, c *agentMessage) {
		v := c.Inputs.params(t)
		want := ParamsRange{c.Inputs.MinVersion, c.Inputs.MaxVersion, v.Key1, v.Key2, v.KEM}
		p := wire.NewParser(c.Outputs.Encoded)
		got := ReadParamsRange(p)
		if err := p.Done(); err != nil {
			t.Fatal(err)
		}
		equal(t, "parsed", AppendParamsRange(nil, got), c.Outputs.Encoded)
		equal(t, "encoding", AppendParamsRange(nil, want), c.Outputs.Encoded)
		for i := range c.Outputs.Encoded {
			if p := wire.NewParser(c.Outputs.Encoded[:i]); ReadParamsRange(p).Max != 0 && p.Err() == nil {
				t.Fatalf("parsed %d bytes", i)
			}
		}
		testLink(t, want, c.Outputs.Text)
	})
}

func testLink(t *testing.T, want ParamsRange, text string) {
	for _, v := range []ParamsRange{want, mustUnmarshal(t, text)} {
		got, err := v.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "text", got, []byte(text))
	}
	parts := strings.Split(text, "&")
	slices.Reverse(parts)
	reordered := mustUnmarshal(t, "new=1&"+strings.Join(parts, "&"))
	if got, _ := reordered.MarshalText(); string(got) != text {
		t.Error("the order of parameters matters")
	}
	for i := range text {
		var v ParamsRange
		if v.UnmarshalText([]byte(text[:i])) != nil {
			continue
		}
		// Only base64 padding or the whole KEM key may be missing.
		last := text[strings.LastIndex(text[:i], "&")+1 : i]
		rest := strings.TrimLeft(text[i:], "=")
		if rest != "" && !strings.HasPrefix(rest, "&") && !strings.HasPrefix("kem_key", last) {
			t.Fatalf("parsed %q", text[:i])
		}
	}
}

func mustUnmarshal(t *testing.T, text string) (v ParamsRange) {
	t.Helper()
	if err := v.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBadLinks(t *testing.T) {
	o, err := NewOffer(Keys{}, true)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := o.ParamsRange().MarshalText()
	good := string(b)
	for _, c := range []struct{ old, new string }{
		{"v=2-3", "v=3-2"},
		{"v=2-3", "v=-3"},
		{"v=2-3", "v=2-"},
		{"v=2-3", "v=2-70000"},
		{"v=2-3", "w=2-3"},
		{"x3dh=", "x3dh=,"},
		{"x3dh=MEIw", "x3dh=MCow"}, // another kind of key
		{",MEIw", ";MEIw"},
		{"kem_key=", "kem_key=AAAA"},
		{"kem_key=", "kem_key=*"},
		{"&kem_key=", "&kem_ct=AAAA&kem_key="},
	} {
		var v ParamsRange
		text := strings.Replace(good, c.old, c.new, 1)
		if text == good {
			t.Fatalf("no %q", c.old)
		}
		if err := v.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s in place of %s was parsed", c.new, c.old)
		}
	}
}

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		min, max, want uint16
	}{{2, 2, 2}, {2, 3, 3}, {3, 3, 3}, {1, 9, 3}, {1, 1, 0}, {4, 9, 0}} {
		got, err := ParamsRange{Min: c.min, Max: c.max, KEM: &KEMParams{}}.Agree()
		if got.Version != c.want || (err == nil) != (c.want != 0) || (got.KEM != nil) != (c.want >= VersionPQ) {
			t.Errorf("%d-%d: %v, %v", c.min, c.max, got.Version, err)
		}
	}
}

func TestUnsupportedVersions(t *testing.T) {
	o, err := NewOffer(Keys{}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []uint16{0, 1, 4, 65535} {
		p := o.Params(version)
		_, _, err1 := Join(Keys{}, p, false)
		_, err2 := o.Accept(p, false)
		_, err3 := o.Start(Keys{}, p)
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, ErrVersion) {
				t.Errorf("version %d: %v", version, err)
			}
		}
	}
}

func TestPaddedLengths(t *testing.T) {
	agentMessages(t, "padded lengths", func(t *testing.T, c *agentMessage) {
		in, out := &c.Inputs, &c.Outputs
		if n := InfoLength(in.AgentVersion, in.PQ); n != out.E2EEncConnInfoLength {
			t.Errorf("connection information is padded to %d", n)
		}
		if n := MessageLength(in.AgentVersion, in.PQ); n != out.E2EEncAgentMsgLength {
			t.Errorf("messages are padded to %d", n)
		}
	})
}
