package smp

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestCommandVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_commands") {
		if !v.In.has("command") || v.In.has("sessionId") {
			continue // see TestTransmissionVectors, TestBatchVectors
		}
		for _, version := range v.versions() {
			t.Run(fmt.Sprintf("%s, version %d", v.Description, version), func(t *testing.T) {
				checkCommand(t, version, commandOf(v.In), v.Out.hex("encoded"))
				if c, ok := commandOf(v.In).(NEW); ok && version == v.versions()[0] {
					checkDecodedMode(t, known(version, c).(NEW).Queue, v.Out.text("decodedByReference"))
				}
			})
		}
	}
}

// checkDecodedMode compares the mode that is read from NEW with the reference.
func checkDecodedMode(t *testing.T, q *QueueRequest, decoded string) {
	want := "queueReqData = Nothing"
	if q != nil {
		want = map[QueueMode]string{Messaging: "queueReqData = Just (QRMessaging ", Contact: "queueReqData = Just (QRContact "}[q.Mode]
	}
	if !strings.Contains(decoded, want) {
		t.Errorf("reference reads %s, want %s", decoded, want)
	}
}

func TestOtherCommandVectors(t *testing.T) {
	for _, v := range vectors(t, "smp_commands") {
		t.Run(v.Description, func(t *testing.T) {
			switch v.In.text("type") {
			case "ProtocolServer":
				checkBytes(t, "address", AppendAddress(nil, addressOf(v.In)), v.Out.hex("encoded"))
			case "MsgFlags":
				got := appendMsgFlags(nil, MsgFlags{Notify: v.In.bool("notification")})
				checkBytes(t, "flags", got, v.Out.hex("encoded"))
			case "SubscriptionMode":
				checkBytes(t, "mode", appendSubscribe(nil, v.In.bool("subscribe")), v.Out.hex("encoded"))
			default:
				for _, version := range v.versions() {
					checkTSCommand(t, version, v)
				}
			}
		})
	}
}

// checkTSCommand checks a command of the TypeScript client. It writes passwords
// with spaces, which the reference, and we, refuse to read.
func checkTSCommand(t *testing.T, version Version, v vector) {
	c, want := commandOf(v.In), v.Out.hex("encoded")
	if bytes.Contains(v.In.hex("basicAuth"), []byte(" ")) {
		checkBytes(t, "encoded", AppendCommand(nil, version, c), want)
		if _, err := ParseCommand(version, want); err == nil {
			t.Error("password with a space is accepted")
		}
		return
	}
	checkCommand(t, version, c, want)
}

func TestServiceCommandVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_v19_v20") {
		var c Command
		switch word, _, _ := strings.Cut(v.Description, " "); word {
		case "SUBS":
			c = SUBS{queueSetOf(v.In)}
		case "NSUBS":
			c = NSUBS{queueSetOf(v.In)}
		case "RSLV":
			c = RSLV{v.In.text("name")}
		default:
			continue // see TestServiceResponseVectors
		}
		t.Run(v.Description+", version "+v.Versions, func(t *testing.T) {
			checkCommand(t, v.versions()[0], c, v.Out.hex("encoded"))
		})
	}
}

func queueSetOf(f fields) QueueSet {
	return QueueSet{Count: f.int64("count"), Hash: IDsHash(f.hex("idsHash"))}
}

// checkCommand encodes c, decodes it, and cuts it everywhere.
func checkCommand(t *testing.T, v Version, c Command, want []byte) {
	t.Helper()
	checkBytes(t, "encoded", AppendCommand(nil, v, c), want)
	got, err := ParseCommand(v, want)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, known(v, c)) {
		t.Errorf("decoded as\n%+v, want\n%+v", got, known(v, c))
	}
	if got.Tag() != c.Tag() || got.Party() != c.Party() {
		t.Errorf("%s of %v decoded as %s of %v", c.Tag(), c.Party(), got.Tag(), got.Party())
	}
	checkBytes(t, "encoded again", AppendCommand(nil, v, got), want)
	checkTruncations(t, want,
		func(b []byte) (Command, error) { return ParseCommand(v, b) },
		func(c Command) []byte { return AppendCommand(nil, v, c) })
}

// known returns what version v carries of c.
func known(v Version, c Command) Command {
	switch c := c.(type) {
	case NEW:
		if v < VersionNotifierInNew {
			c.Notifier = nil
		}
		switch {
		case v < VersionSenderKey:
			c.Queue = nil
		case v < VersionShortLinks:
			c.Queue = &QueueRequest{Mode: modeOf(c.Queue != nil && c.Queue.Mode.CanSecure())}
		}
		return c
	case SUBS:
		return SUBS{knownQueues(v, c.Queues)}
	case NSUBS:
		return NSUBS{knownQueues(v, c.Queues)}
	}
	return c
}

func knownQueues(v Version, q QueueSet) QueueSet {
	if v < VersionServiceQueues {
		return QueueSet{Count: -1}
	}
	return q
}

// commandOf makes the command of a case.
func commandOf(f fields) Command {
	if make, ok := simpleCommands[f.text("command")]; ok {
		return make
	}
	return keyedCommands[f.text("command")](f)
}

var simpleCommands = map[string]Command{
	"SUB": SUB{}, "GET": GET{}, "OFF": OFF{}, "DEL": DEL{}, "QUE": QUE{}, "PING": PING{}, "LDEL": LDEL{}, "LGET": LGET{},
	"NDEL": NDEL{}, "NSUB": NSUB{}, "SUBS": SUBS{QueueSet{Count: -1}}, "NSUBS": NSUBS{QueueSet{Count: -1}},
}

var keyedCommands = map[string]func(fields) Command{
	"NEW":  newOf,
	"KEY":  func(f fields) Command { return KEY{eitherKey(f)} },
	"SKEY": func(f fields) Command { return SKEY{eitherKey(f)} },
	"LKEY": func(f fields) Command { return LKEY{eitherKey(f)} },
	"RKEY": func(f fields) Command {
		var c RKEY
		for _, der := range f.strings("publicKeysDer") {
			c.Keys = append(c.Keys, must(ParsePublicKey(unhex(der))))
		}
		return c
	},
	"LSET": func(f fields) Command { return LSET{f.hex("linkId"), linkDataOf(f)} },
	"NKEY": func(f fields) Command { return NKEY{f.key("ntfAuthPublicKeyDer"), f.key("rcvNtfDhPublicKeyDer")} },
	"ACK":  func(f fields) Command { return ACK{f.hex("msgId")} },
	"SEND": func(f fields) Command { return SEND{MsgFlags{Notify: f.bool("notification")}, f.hex("body")} },
	"PRXY": prxyOf,
	"PFWD": func(f fields) Command {
		return PFWD{Version(f.int("version")), f.key("publicKeyDer"), f.hex("encTransmission")}
	},
	"RFWD": func(f fields) Command { return RFWD{f.hex("encFwdTransmission")} },
}

// eitherKey returns the key that the two files name differently.
func eitherKey(f fields) PublicKey {
	if f.has("senderKeyDer") {
		return f.key("senderKeyDer")
	}
	return f.key("publicKeyDer")
}

func linkDataOf(f fields) LinkData { return LinkData{f.hex("encFixedData"), f.hex("encUserData")} }

func newOf(f fields) Command {
	c := NEW{AuthKey: f.key("rcvAuthPublicKeyDer"), DHKey: f.key("rcvDhPublicKeyDer")}
	if mode := f.text("subscriptionMode"); mode != "" {
		c.Subscribe = mode == "S"
		c.BasicAuth = plain(f, "basicAuth")
		c.Queue = queueRequestOf(f.sub("queueReqData"))
	} else { // of the TypeScript client, which makes only messaging queues
		c.Subscribe = f.bool("subscribe")
		c.BasicAuth = f.hex("basicAuth")
		c.Queue = &QueueRequest{Mode: Messaging}
	}
	if n := f.sub("ntfCreds"); n != nil {
		c.Notifier = &NotifierKeys{n.key("ntfAuthPublicKeyDer"), n.key("rcvNtfDhPublicKeyDer")}
	}
	return c
}

// plain returns a password, which hs_ files give as text.
func plain(f fields, name string) []byte {
	if !f.has(name) {
		return nil
	}
	return []byte(f.text(name))
}

func queueRequestOf(f fields) *QueueRequest {
	if f == nil {
		return nil
	}
	q := &QueueRequest{Mode: queueModeOf(f.text("mode"))}
	if link := f.sub("link"); link != nil {
		q.Link = &LinkRequest{link.hex("linkId"), link.hex("senderId"), linkDataOf(link)}
	}
	return q
}

func queueModeOf(name string) QueueMode {
	return map[string]QueueMode{"messaging": Messaging, "contact": Contact, "M": Messaging, "C": Contact}[name]
}

func prxyOf(f fields) Command {
	if server := f.sub("server"); server != nil {
		return PRXY{addressOf(server), plain(f, "basicAuth")}
	}
	return PRXY{addressOf(f), f.hex("basicAuth")}
}

func TestCommandsRefused(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_commands") {
		if !v.In.has("encoded") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			b := v.In.hex("encoded")
			c, err := ParseCommand(VersionNotices, b)
			if accepts(v.Out.text("decodedByReference")) != (err == nil) {
				t.Fatalf("read as %+v, %v", c, err)
			}
			if err == nil {
				checkBytes(t, "encoded again", AppendCommand(nil, VersionNotices, c), b)
			}
			if unknown := v.Out.text("decodedByReference") == "error: unknown"; unknown != errors.Is(err, ErrUnknown) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestMsgFlagsLength(t *testing.T) {
	for flags, ok := range map[string]bool{"T": true, "F123456": true, "F1234567": false} {
		if _, err := ParseCommand(VersionNotices, []byte("SEND "+flags+" hello")); (err == nil) != ok {
			t.Errorf("flags %s: %v", flags, err)
		}
	}
}

func TestMaxMessageSize(t *testing.T) {
	for v, want := range map[Version]int{6: 16088, 7: 16088, 8: 16064, 10: 16064, 11: 16048, 19: 16048} {
		if got := MaxMessageSize(v); got != want {
			t.Errorf("version %d: %d, want %d", v, got, want)
		}
	}
}

// TestCommandTable checks that every entry makes the command that it is for.
func TestCommandTable(t *testing.T) {
	for tag, read := range commands {
		if got := read(newParser(" "), MaxVersion).Tag(); got != tag {
			t.Errorf("%s makes %s", tag, got)
		}
	}
	for tag, read := range responses {
		if got := read(newParser(" "), MaxVersion).Tag(); got != tag {
			t.Errorf("%s makes %s", tag, got)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, v := range vectors(f, "hs_smp_commands") {
		if v.Out.has("encoded") {
			f.Add(uint16(v.versions()[0]), v.Out.hex("encoded"))
		}
	}
	f.Fuzz(func(t *testing.T, version uint16, b []byte) {
		v := Version(version)
		c, err := ParseCommand(v, b)
		if err != nil {
			return
		}
		if got := AppendCommand(nil, v, c); !bytes.Equal(got, b) {
			t.Errorf("%x encodes as %x", b, got)
		}
	})
}
