package ratchet

import (
	"bytes"
	"testing"

	"sotto/smp/wire"
)

// Whatever parses is encoded again to the same bytes, or for a header, which
// may grow, to their beginning.

func FuzzHeader(f *testing.F) {
	c := newTalk(f, 3, true, true)
	for _, version := range []uint16{2, 3} {
		f.Add(c.state('b').header().append(nil, version), version)
	}
	f.Fuzz(func(t *testing.T, b []byte, version uint16) {
		h, err := parseHeader(b, version)
		if err == nil && !bytes.HasPrefix(b, h.append(nil, version)) {
			t.Errorf("%x is encoded as %x", b, h.append(nil, version))
		}
	})
}

// FuzzMessage also decrypts.
func FuzzMessage(f *testing.F) {
	for _, version := range []uint16{2, 3} {
		c := newTalk(f, version, true, true)
		c.play("b1-")
		f.Add(c.held["b1"].sealed)
	}
	s := newTalk(f, 3, true, true).state('a')
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := s.Decrypt(Keys{KEM: spare}, b); err == nil || got.State != nil {
			t.Errorf("opened: %v", err)
		}
		e, err := parseEnvelope(b)
		if err != nil {
			return
		}
		large := e.append(nil, 3)
		if !bytes.Equal(large, b) && (len(e.header) > wire.MaxShort || !bytes.Equal(e.append(nil, 2), b)) {
			t.Errorf("%x is encoded otherwise", b)
		}
		if h, err := parseSealedHeader(e.header); err == nil && len(h.body)+2+ivSize+tagSize > len(e.header) {
			t.Errorf("body of %d bytes in %d", len(h.body), len(e.header))
		}
	})
}

func FuzzParams(f *testing.F) {
	for _, version := range []uint16{2, 3} {
		o, err := NewOffer(Keys{}, true)
		if err != nil {
			f.Fatal(err)
		}
		_, answer, err := Join(Keys{}, o.Params(version), true)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(AppendParams(nil, answer))
		f.Add(AppendParams(nil, o.Params(version)))
		f.Add(AppendParamsRange(nil, o.ParamsRange()))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := wire.NewParser(b)
		if v := ReadParams(p); p.Done() == nil && !bytes.Equal(AppendParams(nil, v), b) {
			t.Errorf("%x is encoded otherwise", b)
		}
		p = wire.NewParser(b)
		if v := ReadParamsRange(p); p.Done() == nil && !bytes.Equal(AppendParamsRange(nil, v), b) {
			t.Errorf("%x is encoded otherwise", b)
		}
	})
}

// FuzzLink: text has several forms; what is made of it has one.
func FuzzLink(f *testing.F) {
	for _, pq := range []bool{false, true} {
		o, err := NewOffer(Keys{}, pq)
		if err != nil {
			f.Fatal(err)
		}
		text, _ := o.ParamsRange().MarshalText()
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var v, again ParamsRange
		if v.UnmarshalText(text) != nil {
			return
		}
		first, _ := v.MarshalText()
		if err := again.UnmarshalText(first); err != nil {
			t.Fatal(err)
		}
		if second, _ := again.MarshalText(); !bytes.Equal(first, second) {
			t.Errorf("%s became %s", first, second)
		}
	})
}

func FuzzStored(f *testing.F) {
	for _, s := range sampleStates(f) {
		f.Add(marshal(f, s))
	}
	o, err := NewOffer(Keys{}, true)
	if err != nil {
		f.Fatal(err)
	}
	b, _ := o.MarshalBinary()
	f.Add(b)
	b, _ = SkippedKey{}.MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseState(b, nil); err == nil {
			equal(t, "state", marshal(t, s), b)
		}
		if o, err := ParseOffer(b); err == nil {
			again, _ := o.MarshalBinary()
			equal(t, "offer", again, b)
		}
		if k, err := ParseSkippedKey(b); err == nil {
			again, _ := k.MarshalBinary()
			equal(t, "skipped key", again, b)
		}
	})
}
