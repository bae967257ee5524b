package smp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestProxyVectors follows commands from client to proxy to relay and back.
func TestProxyVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_proxy") {
		t.Run(v.Description, func(t *testing.T) {
			route := routeOf(v.In)
			pfwd := route.client(t, v)
			rfwd := route.proxy(t, v, pfwd)
			rres := route.relay(t, v, rfwd)
			pres := route.proxyBack(t, v, rres)
			route.clientBack(t, v, pres)
		})
	}
}

// A route is the keys and ids of a case.
type route struct {
	session                                    Session // of proxy and relay
	relayPrivate, proxyPrivate, commandPrivate PrivateKey
	relayKey, proxyKey, key                    PublicKey
	corrID, proxyCorrID, entity                []byte
	command, response                          []byte
	sender                                     PrivateKey
}

func routeOf(f fields) route {
	r := route{
		session:      Session{Version(f.int("relayVersion")), f.hex("proxyRelaySessionId")},
		relayPrivate: f.private("relaySessionPrivateKey", X25519), relayKey: f.key("relaySessionPublicKeyDer"),
		proxyPrivate: f.private("proxyHandshakePrivateKey", X25519), proxyKey: f.key("proxyHandshakePublicKeyDer"),
		commandPrivate: f.private("commandPrivateKey", X25519), key: f.key("commandPublicKeyDer"),
		corrID: f.hex("corrId"), proxyCorrID: f.hex("proxyCorrId"), entity: f.hex("senderId"),
		command: commandBytes(f), response: f.hex("response"),
	}
	if key := f.sub("senderKey"); key != nil {
		r.sender = key.private("privateKey", algorithmOf(key.text("alg")))
	}
	return r
}

// client authorizes the command for the relay and seals it: PFWD.
func (r route) client(t *testing.T, v vector) []byte {
	out := v.Out.sub("step1_client")
	c := Transmission{CorrID: r.corrID, EntityID: r.entity, Command: r.command}
	if out.text("authorized") != "" {
		checkBytes(t, "authorized", r.session.Authorized(c), out.hex("authorized"))
	}
	if !r.sender.IsZero() {
		if err := r.session.Authorize(&c, Signer{Key: r.sender, RelayKey: r.relayKey}); err != nil {
			t.Fatal(err)
		}
	}
	checkBytes(t, "authorization", c.Authorization, out.hex("authorization"))
	secret := must(r.commandPrivate.DH(r.relayKey))
	checkBytes(t, "command secret", secret, out.hex("commandSecret"))
	batches, _ := Batches([][]byte{r.session.Append(nil, c)})
	checkBlob(t, out, "batch", batches[0])
	body := must(SealForwarded(secret, r.corrID, batches[0]))
	checkBlob(t, out, "encTransmission", body)
	command := AppendCommand(nil, r.session.Version, PFWD{r.session.Version, r.key, body})
	checkBlob(t, out, "pfwdCommand", command)
	checkFull(t, v, "pfwdCommand", command)
	checkBlob(t, out, "pfwdTransmissionBatch", batchOf(Transmission{CorrID: r.corrID, EntityID: r.session.ID, Command: command}))
	return command
}

// batchOf returns a transmission without authorization as a batch.
func batchOf(c Transmission) []byte {
	batches, _ := Batches([][]byte{Session{Version: VersionNotices}.Append(nil, c)})
	return batches[0]
}

// proxy seals what the client forwards: RFWD.
func (r route) proxy(t *testing.T, v vector, pfwd []byte) []byte {
	out := v.Out.sub("step2_proxy")
	c := must(ParseCommand(r.session.Version, pfwd)).(PFWD)
	secret := must(r.proxyPrivate.DH(r.relayKey))
	checkBytes(t, "session secret", secret, out.hex("sessionSecret"))
	body := SealRelayed(secret, r.proxyCorrID, Relayed{r.corrID, c.Version, c.Key, c.Body})
	checkBlob(t, out, "encFwdTransmission", body)
	plain := must(Open(secret, NonceOf(r.proxyCorrID), body))
	checkBlob(t, out, "fwdTransmission", plain)
	command := AppendCommand(nil, r.session.Version, RFWD{body})
	checkFull(t, v, "rfwdCommand", command)
	checkBlob(t, out, "rfwdTransmissionBatch", batchOf(Transmission{CorrID: r.proxyCorrID, Command: command}))
	return command
}

// relay opens what the proxy relays, verifies it and answers: RRES.
func (r route) relay(t *testing.T, v vector, rfwd []byte) []byte {
	out := v.Out.sub("step3_relay")
	session := must(r.relayPrivate.DH(r.proxyKey))
	c := must(ParseCommand(r.session.Version, rfwd)).(RFWD)
	relayed := must(OpenRelayed(session, r.proxyCorrID, c.Body))
	checkBytes(t, "correlation id", relayed.CorrID, r.corrID)
	secret := must(r.relayPrivate.DH(relayed.Key))
	checkBytes(t, "client secret", secret, out.hex("clientSecret"))
	parts := must(ParseBatch(must(OpenForwarded(secret, relayed.CorrID, relayed.Body))))
	got := must(Session{relayed.Version, r.session.ID}.Parse(parts[0]))
	checkBytes(t, "command", got.Command, r.command)
	if !r.sender.IsZero() && !(Verifier{Session: r.session, Key: r.relayPrivate}).Verify(got, r.sender.Public()) {
		t.Error("the relay refuses the authorization")
	}
	batches, _ := Batches([][]byte{r.session.Append(nil, Transmission{CorrID: r.corrID, EntityID: got.EntityID, Command: r.response})})
	checkBytes(t, "response batch", batches[0], out.hex("responseBatch"))
	body := must(SealForwardedResponse(secret, relayed.CorrID, batches[0]))
	checkBlob(t, out, "encResponse", body)
	sealed := SealRelayedResponse(session, r.proxyCorrID, RelayedResponse{relayed.CorrID, body})
	checkBlob(t, out, "encFwdResponse", sealed)
	checkBlob(t, out, "fwdResponse", must(Open(session, NonceOf(r.proxyCorrID).Reverse(), sealed)))
	response := AppendResponse(nil, r.session.Version, RRES{sealed})
	checkBlob(t, out, "rresResponse", response)
	checkFull(t, v, "rresResponse", response)
	return response
}

// proxyBack opens the relay's answer and passes it on: PRES.
func (r route) proxyBack(t *testing.T, v vector, rres []byte) []byte {
	secret := must(r.proxyPrivate.DH(r.relayKey))
	response := must(ParseResponse(r.session.Version, rres)).(RRES)
	relayed := must(OpenRelayedResponse(secret, r.proxyCorrID, response.Body))
	checkBytes(t, "correlation id", relayed.CorrID, r.corrID)
	pres := AppendResponse(nil, r.session.Version, PRES{relayed.Body})
	checkBlob(t, v.Out.sub("step4_proxy"), "presResponse", pres)
	checkFull(t, v, "presResponse", pres)
	return pres
}

// clientBack opens the answer.
func (r route) clientBack(t *testing.T, v vector, pres []byte) {
	response := must(ParseResponse(r.session.Version, pres)).(PRES)
	batch := must(OpenForwardedResponse(must(r.commandPrivate.DH(r.relayKey)), r.corrID, response.Body))
	checkBytes(t, "batch", batch, v.Out.sub("step5_client").hex("decryptedBatch"))
}

// checkFull compares with what the first case has in full.
func checkFull(t *testing.T, v vector, name string, got []byte) {
	t.Helper()
	if full := v.Out.sub("full"); full != nil {
		checkBytes(t, name, got, full.hex(name))
	}
}

// commandBytes returns the command of a case; of the largest it gives only a
// description.
func commandBytes(f fields) []byte {
	if strings.HasPrefix(f.text("command"), "SEND F") {
		return append([]byte("SEND F "), bytes.Repeat([]byte("m"), 16048)...)
	}
	return f.hex("command")
}

// TestTSProxyVectors follows the client of the TypeScript implementation.
func TestTSProxyVectors(t *testing.T) {
	for _, v := range vectors(t, "smp_proxy") {
		t.Run(v.Description, func(t *testing.T) {
			s, c := Session{VersionNotifierInNew, v.In.hex("relaySessionId")}, transmissionOf(v.In)
			checkBytes(t, "authorized", s.Authorized(c), v.Out.hex("tForAuth"))
			if v.In.has("senderPrivateKey") {
				by := Signer{Key: v.In.private("senderPrivateKey", X25519), RelayKey: v.In.key("relayPublicKeyDer")}
				if err := s.Authorize(&c, by); err != nil {
					t.Fatal(err)
				}
			}
			checkBytes(t, "authorization", c.Authorization, v.Out.hex("authBytes"))
			batches, _ := Batches([][]byte{s.Append(nil, c)})
			checkBytes(t, "batch", batches[0], v.Out.hex("innerBlock"))
			secret := must(v.In.private("commandPrivateKey", X25519).DH(v.In.key("relayPublicKeyDer")))
			checkBytes(t, "secret", secret, v.Out.hex("dhSecret"))
			body := must(SealForwarded(secret, c.CorrID, batches[0]))
			checkBlob(t, v.Out, "encTransmission", body)
			checkBytes(t, "opened", must(OpenForwarded(secret, c.CorrID, body)), batches[0])
			pfwd := PFWD{VersionNotifierInNew, v.In.key("commandPublicKeyDer"), body}
			checkBlob(t, v.Out, "pfwdCommand", AppendCommand(nil, VersionNotifierInNew, pfwd))
			checkTSAnswer(t, secret, c.CorrID, v.Out.sub("response"))
		})
	}
}

func checkTSAnswer(t *testing.T, secret, corrID []byte, f fields) {
	nonce := NonceOf(corrID).Reverse()
	checkBytes(t, "nonce", nonce[:], f.hex("reversedNonce"))
	body := must(SealForwardedResponse(secret, corrID, f.hex("innerBlock")))
	checkBlob(t, f, "encResponse", body)
	checkBytes(t, "answer", must(OpenForwardedResponse(secret, corrID, body)), f.hex("innerBlock"))
}

func TestProxyRefuses(t *testing.T) {
	secret, id := make([]byte, BoxKeySize), make([]byte, NonceSize)
	for name, open := range map[string]func([]byte) error{
		"forwarded":          func(b []byte) error { _, err := OpenForwarded(secret, id, b); return err },
		"forwarded response": func(b []byte) error { _, err := OpenForwardedResponse(secret, id, b); return err },
		"relayed":            func(b []byte) error { _, err := OpenRelayed(secret, id, b); return err },
		"relayed response":   func(b []byte) error { _, err := OpenRelayedResponse(secret, id, b); return err },
	} {
		for _, b := range [][]byte{nil, make([]byte, BoxOverhead), make([]byte, 16242)} {
			if err := open(b); !errors.Is(err, ErrDecrypt) {
				t.Errorf("%s of %d zeros: %v", name, len(b), err)
			}
		}
	}
	if _, err := OpenRelayed(secret, id, Seal(secret, NonceOf(id), []byte("\x04corr\x00"))); err == nil || errors.Is(err, ErrDecrypt) {
		t.Errorf("truncated: %v", err)
	}
	if _, err := OpenRelayedResponse(secret, id, Seal(secret, NonceOf(id).Reverse(), []byte("\x04cor"))); err == nil {
		t.Error("truncated response is accepted")
	}
}

func FuzzRelayed(f *testing.F) {
	f.Add([]byte("\x04corr\x00\x11" + "\x2c" + string(dummyX25519.DER()) + "body"))
	f.Fuzz(func(t *testing.T, b []byte) {
		secret, id := make([]byte, BoxKeySize), make([]byte, NonceSize)
		if r, err := parseRelayed(b); err == nil {
			if got := must(Open(secret, NonceOf(id), SealRelayed(secret, id, r))); !bytes.Equal(got, b) {
				t.Errorf("%x encodes as %x", b, got)
			}
		}
		if r, err := parseRelayedResponse(b); err == nil {
			if got := must(Open(secret, NonceOf(id).Reverse(), SealRelayedResponse(secret, id, r))); !bytes.Equal(got, b) {
				t.Errorf("%x encodes as %x", b, got)
			}
		}
	})
}
