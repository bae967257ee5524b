package smp

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sotto/smp/wire"
)

// queueAddressOf makes the queue address of a case of the reference.
func queueAddressOf(f fields) QueueAddress {
	return QueueAddress{
		Relay: addressOf(f.sub("server")), SenderID: f.hex("senderId"), DHKey: f.key("dhPublicKeyDer"),
		Mode: queueModeOf(f.text("queueMode")),
	}
}

func queueURIOf(f fields) QueueURI {
	return QueueURI{Range[ClientVersion]{ClientVersion(f.int("minVersion")), ClientVersion(f.int("maxVersion"))}, queueAddressOf(f)}
}

func queueInfoOf(f fields) QueueInfo {
	return QueueInfo{ClientVersion(f.int("clientVersion")), queueAddressOf(f)}
}

func parseQueueURIBytes(b []byte) (QueueURI, error) {
	p := wire.NewParser(b)
	q := ReadQueueURI(p)
	return q, p.Done()
}

func parseQueueInfo(b []byte) (QueueInfo, error) {
	p := wire.NewParser(b)
	q := ReadQueueInfo(p)
	return q, p.Done()
}

func TestQueueVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_agent_messages") {
		t.Run(v.Description, func(t *testing.T) {
			switch v.In.text("type") {
			case "SMPQueueUri":
				checkQueueURI(t, queueURIOf(v.In.sub("value")), v)
			case "SMPQueueInfo":
				checkQueueInfo(t, queueInfoOf(v.In.sub("value")), v)
			default:
				checkOddQueueInfo(t, v)
			}
		})
	}
}

func checkQueueURI(t *testing.T, q QueueURI, v vector) {
	want := v.Out.hex("encoded")
	checkBytes(t, "binary", AppendQueueURI(nil, q), want)
	read := q
	if !v.Out.bool("binaryDecodedEqual") {
		read = queueURIOf(v.Out.sub("binaryDecodedByReference"))
	}
	if got, err := parseQueueURIBytes(want); err != nil || !reflect.DeepEqual(got, read) {
		t.Errorf("binary is read as\n%+v, %v, want\n%+v", got, err, read)
	}
	checkQueueTruncations(t, want, func(b []byte) error { _, err := parseQueueURIBytes(b); return err })
	if q.String() != v.Out.text("text") {
		t.Errorf("text is\n%s, want\n%s", q, v.Out.text("text"))
	}
	if got, err := ParseQueueURI(q.String()); err != nil || !reflect.DeepEqual(got, q) {
		t.Errorf("text is read as\n%+v, %v, want\n%+v", got, err, q)
	}
}

func checkQueueInfo(t *testing.T, q QueueInfo, v vector) {
	want := v.Out.hex("encoded")
	checkBytes(t, "binary", AppendQueueInfo(nil, q), want)
	read := q
	if !v.Out.bool("decodedEqual") {
		read = queueInfoOf(v.Out.sub("decodedByReference"))
	}
	// To the preset relays of its apps, the reference adds hosts that version 1
	// does not carry. That is the app's to know.
	if isPreset := strings.HasSuffix(q.Relay.Hosts[0], ".simplex.im"); isPreset {
		read.Relay.Hosts = q.Relay.Hosts
	}
	if got, err := parseQueueInfo(want); err != nil || !reflect.DeepEqual(got, read) {
		t.Errorf("binary is read as\n%+v, %v, want\n%+v", got, err, read)
	}
	checkQueueTruncations(t, want, func(b []byte) error { _, err := parseQueueInfo(b); return err })
}

// checkQueueTruncations parses every beginning of b. Only the mode, the last
// byte, may be missing.
func checkQueueTruncations(t *testing.T, b []byte, parse func([]byte) error) {
	t.Helper()
	for n := range b {
		if mode := n == len(b)-1 && bytes.ContainsAny(b[n:], "MCTF"); parse(b[:n]) == nil && !mode {
			t.Errorf("%d of %d bytes are read", n, len(b))
		}
	}
}

// checkOddQueueInfo reads modes as other versions have them.
func checkOddQueueInfo(t *testing.T, v vector) {
	got, err := parseQueueInfo(v.In.hex("encoded"))
	want := v.Out.sub("decodedByReference")
	if (err == nil) != (want != nil) {
		t.Fatalf("read as %+v, %v", got, err)
	}
	if want != nil && !reflect.DeepEqual(got, queueInfoOf(want)) {
		t.Errorf("read as %+v, want %+v", got, queueInfoOf(want))
	}
}

// TestQueueTextVectors reads and writes the addresses of the reference's tests.
func TestQueueTextVectors(t *testing.T) {
	for _, v := range vectors(t, "links_text") {
		t.Run(v.Description, func(t *testing.T) {
			q, err := ParseQueueURI(v.In.text("uri"))
			if err != nil {
				t.Fatal(err)
			}
			parsed := v.Out.sub("parsed")
			if got, want := fmt.Sprint(q.Versions.Min, q.Versions.Max), fmt.Sprint(parsed.sub("clientVRange")["min"], parsed.sub("clientVRange")["max"]); got != want {
				t.Errorf("versions are %s, want %s", got, want)
			}
			address := parsed.sub("queueAddress")
			if !q.Relay.Equal(addressOf(address.sub("smpServer"))) || q.Mode != queueModeOf(address.text("queueMode")) {
				t.Errorf("read as %+v", q)
			}
			checkBytes(t, "sender id", q.SenderID, address.hex("senderId"))
			checkBytes(t, "key", q.DHKey.DER(), address.hex("dhPublicKey"))
			if q.String() != v.In.text("uri") {
				t.Errorf("text is\n%s, want\n%s", q, v.In.text("uri"))
			}
			if v.Out.has("binary") {
				checkBytes(t, "binary", AppendQueueURI(nil, q), v.Out.hex("binary"))
			}
		})
	}
}

const (
	queuePrefix = "smp://1234-w==@smp.simplex.im:5223/3456-w=="
	queueKey    = "MCowBQYDK2VuAyEAjiswwI3O_NlS8Fk3HJUW870EY2bAwmttMBsvRB9eV3o="
)

func TestQueueTextForms(t *testing.T) {
	for text, want := range map[string]string{
		"#" + queueKey:                        "#/?v=1&dh=KEY",
		"/#" + queueKey + "/?v=1-2":           "#/?v=1-2&dh=KEY",
		"#" + queueKey + "?v=1-2":             "#/?v=1-2&dh=KEY",
		"#/?dh=" + queueKey + "&x=y&v=2":      "#/?v=2&dh=KEY",
		"#/?v=2&dh=KEY&k=s":                   "#/?v=2&dh=KEY&q=m&k=s",
		"#/?v=2&dh=KEY&q=x":                   "#/?v=2&dh=KEY",
		"#/?v=4&dh=KEY&q=m&k=s":               "#/?v=4&dh=KEY&q=m",
		"#/?v=1-4&dh=KEY&srv=a.example%2Cb.c": "#/?v=1-4&dh=KEY&srv=a.example%2Cb.c",
	} {
		escaped := strings.NewReplacer("KEY", strings.Replace(queueKey, "=", "%3D", 1))
		q, err := ParseQueueURI(queuePrefix + escaped.Replace(text))
		if got := q.String(); err != nil || got != queuePrefix+escaped.Replace(want) {
			t.Errorf("%s is read as %s, %v", text, got, err)
		}
	}
}

func TestQueueTextRefused(t *testing.T) {
	ed25519 := string(must(dummyEd25519.MarshalText()))
	for _, s := range []string{
		"", "smp://1234-w==@smp.simplex.im", queuePrefix, queuePrefix + "#", queuePrefix + "#/?v=1-4",
		queuePrefix + "#/?dh=" + queueKey, queuePrefix + "#/?v=4-1&dh=" + queueKey, queuePrefix + "#/?v=x&dh=" + queueKey,
		queuePrefix + "#/?v=1&dh=" + ed25519, queuePrefix + "#/?v=1&dh=%zz", queuePrefix + "#/?v=1&dh=" + queueKey + " ",
		queuePrefix + "#/?v=1&dh=" + queueKey + "&srv=a%2C", queuePrefix + "#/?v=99999&dh=" + queueKey,
		"smp://1234-w==:password@smp.simplex.im/3456-w==#/?v=1&dh=" + queueKey, "smp://1234-w==@host/#/?v=1&dh=" + queueKey,
		"xftp" + strings.TrimPrefix(queuePrefix, "smp") + "#/?v=1&dh=" + queueKey,
	} {
		if q, err := ParseQueueURI(s); err == nil {
			t.Errorf("%s is read as %v", s, q)
		}
	}
}

func TestQueueURIAt(t *testing.T) {
	q := must(ParseQueueURI(queuePrefix + "#/?v=1-4&q=m&dh=" + queueKey))
	if info := q.At(3); info.Version != 3 || !reflect.DeepEqual(info.QueueAddress, q.QueueAddress) {
		t.Errorf("at version 3: %+v", info)
	}
}

func FuzzQueueURI(f *testing.F) {
	for _, v := range vectors(f, "links_text") {
		f.Add(v.In.text("uri"))
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ParseQueueURI(s)
		if err != nil {
			return
		}
		if again, err := ParseQueueURI(q.String()); err != nil || again.String() != q.String() {
			t.Fatalf("%q is read as %v, and that as %v, %v", s, q, again, err)
		}
		if b, err := parseQueueURIBytes(AppendQueueURI(nil, q)); err != nil || !b.Relay.Equal(q.Relay) {
			t.Errorf("%q in binary is read as %v, %v", s, b, err)
		}
	})
}

// FuzzQueueBytes reads binary forms. A mode may be written as another version
// would: read twice, it is the same.
func FuzzQueueBytes(f *testing.F) {
	for _, v := range vectors(f, "hs_agent_messages") {
		f.Add(v.Out.hex("encoded"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if q, err := parseQueueURIBytes(b); err == nil {
			checkNormal(t, b, AppendQueueURI(nil, q), func(b []byte) []byte {
				return AppendQueueURI(nil, must(parseQueueURIBytes(b)))
			})
		}
		if q, err := parseQueueInfo(b); err == nil {
			checkNormal(t, b, AppendQueueInfo(nil, q), func(b []byte) []byte {
				return AppendQueueInfo(nil, must(parseQueueInfo(b)))
			})
		}
	})
}

// checkNormal checks that b and its normal form differ at most in the mode, the
// last byte, and that the normal form stays.
func checkNormal(t *testing.T, b, normal []byte, again func([]byte) []byte) {
	t.Helper()
	if !bytes.Equal(again(normal), normal) {
		t.Errorf("%x becomes %x, and that %x", b, normal, again(normal))
	}
	if n := len(b) - 1; !bytes.HasPrefix(normal, b[:n]) || len(normal) > len(b)+1 {
		t.Errorf("%x becomes %x", b, normal)
	}
}
