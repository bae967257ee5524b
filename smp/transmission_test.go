package smp

import (
	"bytes"
	"errors"
	"testing"

	"sotto/smp/wire"
)

// transmissionOf makes the unauthorized transmission of a case.
func transmissionOf(f fields) Transmission {
	return Transmission{CorrID: f.hex("corrId"), EntityID: f.hex("entityId"), Command: f.hex("command")}
}

// signerOf makes who authorizes the case; nil if nobody does.
func signerOf(f fields) *Signer {
	by := &Signer{RelayKey: f.key("serverSessionPublicKeyDer")}
	key := f.sub("key")
	if key == nil {
		return nil
	}
	by.Key = key.private("privateKey", algorithmOf(key.text("alg")))
	if f.has("serviceCertHash") {
		by.Service = &ServiceSigner{f.hex("serviceCertHash"), f.private("servicePrivateKey", Ed25519)}
	}
	return by
}

// verifierOf makes the relay of the case.
func verifierOf(s Session, f fields) Verifier {
	v := Verifier{Session: s, Key: f.private("serverSessionPrivateKey", X25519)}
	if f.has("serviceCertHash") {
		v.Service = &PeerService{f.hex("serviceCertHash"), f.key("servicePublicKeyDer")}
	}
	return v
}

func TestTransmissionVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_commands") {
		if !v.In.has("sessionId") {
			continue
		}
		t.Run(v.Description+", version "+v.Versions, func(t *testing.T) {
			s, c := Session{v.versions()[0], v.In.hex("sessionId")}, transmissionOf(v.In)
			checkBytes(t, "authorized", s.Authorized(c), v.Out.hex("authorized"))
			by := signerOf(v.In)
			if by != nil {
				if err := s.Authorize(&c, *by); err != nil {
					t.Fatal(err)
				}
			}
			checkBytes(t, "authorization", c.Authorization, v.Out.hex("authorization"))
			checkBytes(t, "service signature", c.ServiceSignature, v.Out.hex("serviceSignature"))
			checkTransmission(t, s, c, v.Out.hex("transmission"), v.Out.hex("batch"))
			checkBlob(t, v.Out, "paddedBlock", must(wire.Pad(v.Out.hex("batch"), BlockSize)))
			if by != nil {
				checkVerification(t, verifierOf(s, v.In), c, by.Key.Public())
			}
		})
	}
}

// checkTransmission encodes a transmission and a batch of it, and decodes them.
func checkTransmission(t *testing.T, s Session, c Transmission, want, batch []byte) {
	t.Helper()
	b := s.Append(nil, c)
	checkBytes(t, "transmission", b, want)
	batches, large := Batches([][]byte{b})
	if len(batches) != 1 || large != nil {
		t.Fatalf("%d batches, %v are too large", len(batches), large)
	}
	checkBytes(t, "batch", batches[0], batch)
	parts := must(ParseBatch(batch))
	got, err := s.Parse(parts[0])
	if err != nil || len(parts) != 1 {
		t.Fatalf("%d transmissions, %v", len(parts), err)
	}
	checkBytes(t, "encoded again", s.Append(nil, got), want)
	checkTruncations(t, want, s.Parse, func(c Transmission) []byte { return s.Append(nil, c) })
	for n := range batch {
		if _, err := ParseBatch(batch[:n]); err == nil {
			t.Errorf("%d of %d bytes are a batch", n, len(batch))
		}
	}
}

// TestTSTransmissionVectors does the same for the TypeScript client, which
// speaks version 16 and newer.
func TestTSTransmissionVectors(t *testing.T) {
	for _, v := range vectors(t, "smp_transmissions") {
		t.Run(v.Description, func(t *testing.T) {
			if v.In.has("transmissions") {
				checkResponses(t, v)
				return
			}
			s, c := Session{VersionServices, v.In.hex("sessionId")}, transmissionOf(v.In)
			checkBytes(t, "authorized", s.Authorized(c), v.Out.hex("tForAuth"))
			verifier := Verifier{Session: s, Key: v.In.private("serverSessionPrivateKey", X25519)}
			checkBytes(t, "relay key", verifier.Key.Public().Bytes(), v.In.hex("serverSessionPublicKey"))
			if v.In.has("entityPrivateKey") {
				key := v.In.key("entityPublicKeyDer")
				private := v.In.private("entityPrivateKey", key.Algorithm())
				if err := s.Authorize(&c, Signer{Key: private, RelayKey: verifier.Key.Public()}); err != nil {
					t.Fatal(err)
				}
				checkVerification(t, verifier, c, key)
			}
			checkBytes(t, "authorization", c.Authorization, v.Out.hex("authBytes"))
			checkTransmission(t, s, c, v.Out.hex("transmission"), v.Out.hex("batch1"))
			checkBlob(t, v.Out, "paddedBlock", must(wire.Pad(v.Out.hex("batch1"), BlockSize)))
		})
	}
}

// checkResponses encodes and decodes what a relay sends.
func checkResponses(t *testing.T, v vector) {
	s := Session{Version: VersionServices, ID: []byte("not sent")}
	var encoded [][]byte
	for _, f := range v.In["transmissions"].([]any) {
		encoded = append(encoded, s.Append(nil, transmissionOf(f.(map[string]any))))
	}
	batches, _ := Batches(encoded)
	checkBytes(t, "block", batches[0], v.Out.hex("block"))
	for i, part := range must(ParseBatch(v.Out.hex("block"))) {
		got := must(s.Parse(part))
		checkBytes(t, "encoded again", s.Append(nil, got), encoded[i])
		if r, err := ParseResponse(s.Version, got.Command); err != nil {
			t.Errorf("response %d: %+v, %v", i, r, err)
		}
	}
}

func TestTransmissionOfOtherSession(t *testing.T) {
	c := Transmission{CorrID: []byte("corr"), Command: []byte("PING")}
	b := Session{VersionSubscribeMode, []byte("one")}.Append(nil, c)
	got, err := Session{VersionSubscribeMode, []byte("other")}.Parse(b)
	if !errors.Is(err, ErrOtherSession) || string(got.CorrID) != "corr" || got.Command != nil {
		t.Errorf("parsed as %+v, %v", got, err)
	}
	if Refusal(err) != ErrSession {
		t.Errorf("refused with %v", Refusal(err))
	}
}

func TestTransmissionRefused(t *testing.T) {
	s := Session{Version: VersionServices}
	for name, b := range map[string]string{
		"empty":                       "",
		"authorization of odd length": "\x01x0\x04corr\x00PING",
		"service signature too short": "\x40" + string(make([]byte, 64)) + "1\x01x\x04corr\x00PING",
		"service tag":                 "\x40" + string(make([]byte, 64)) + "x\x04corr\x00PING",
	} {
		if got, err := s.Parse([]byte(b)); !errors.Is(err, ErrTransmission) || Refusal(err) != ErrBlock {
			t.Errorf("%s: parsed as %+v, %v", name, got, err)
		}
	}
}

func TestRefusal(t *testing.T) {
	for text, want := range map[string]*Error{"NOPE": ErrCmdUnknown, "SUB extra": ErrCmdSyntax, "ACK": ErrCmdSyntax} {
		if _, err := ParseCommand(MaxVersion, []byte(text)); Refusal(err) != want {
			t.Errorf("%s refused with %v", text, Refusal(err))
		}
	}
}

func TestCheckCredentials(t *testing.T) {
	const none, entity, auth, both = "", "e", "a", "ea"
	for _, test := range []struct {
		command Command
		want    map[string]*Error
	}{
		{NEW{}, map[string]*Error{none: ErrCmdNoAuth, entity: ErrCmdNoAuth, auth: nil, both: ErrCmdHasAuth}},
		{SEND{}, map[string]*Error{none: ErrCmdNoEntity, entity: nil, auth: ErrCmdNoEntity, both: nil}},
		{LGET{}, map[string]*Error{none: ErrCmdNoEntity, entity: nil, auth: ErrCmdNoEntity, both: ErrCmdHasAuth}},
		{PFWD{}, map[string]*Error{none: ErrCmdNoEntity, entity: nil, auth: ErrCmdNoEntity, both: ErrCmdHasAuth}},
		{PING{}, map[string]*Error{none: nil, entity: ErrCmdHasAuth, auth: ErrCmdHasAuth, both: ErrCmdHasAuth}},
		{PRXY{}, map[string]*Error{none: nil, entity: ErrCmdHasAuth, auth: ErrCmdHasAuth, both: ErrCmdHasAuth}},
		{RFWD{}, map[string]*Error{none: nil, entity: ErrCmdHasAuth, auth: ErrCmdHasAuth, both: ErrCmdHasAuth}},
		{SUB{}, map[string]*Error{none: ErrCmdNoAuth, entity: ErrCmdNoAuth, auth: ErrCmdNoAuth, both: nil}},
		{SKEY{}, map[string]*Error{none: ErrCmdNoAuth, entity: ErrCmdNoAuth, auth: ErrCmdNoAuth, both: nil}},
	} {
		for has, want := range test.want {
			c := Transmission{}
			if bytes.Contains([]byte(has), []byte("e")) {
				c.EntityID = []byte("id")
			}
			if bytes.Contains([]byte(has), []byte("a")) {
				c.Authorization = make([]byte, 64)
			}
			if got := CheckCredentials(test.command, c); got != want {
				t.Errorf("%s with %q: %v, want %v", test.command.Tag(), has, got, want)
			}
		}
	}
}

func FuzzTransmission(f *testing.F) {
	for _, v := range vectors(f, "hs_smp_commands") {
		if v.Out.has("transmission") {
			f.Add(uint16(v.versions()[0]), v.In.hex("sessionId"), v.Out.hex("transmission"))
		}
	}
	f.Fuzz(func(t *testing.T, version uint16, id, b []byte) {
		if len(id) > wire.MaxShort {
			return
		}
		s := Session{Version(version), id}
		c, err := s.Parse(b)
		if err != nil {
			return
		}
		if got := s.Append(nil, c); !bytes.Equal(got, b) {
			t.Errorf("%x encodes as %x", b, got)
		}
	})
}
