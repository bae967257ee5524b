package agent

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/ratchet"
	"sotto/wasm/sntrup761"
)

// A vector is a case of the official vectors.
type vector struct {
	Description string
	Inputs      json.RawMessage
	Outputs     json.RawMessage
}

func vectors(t testing.TB, file string) []vector {
	t.Helper()
	var f struct{ Cases []vector }
	read(t, file, &f)
	return f.Cases
}

func read(t testing.TB, file string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, b, v)
}

func decode(t testing.TB, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// hexBytes is lowercase hex in the vectors.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// A jsonNumber is a 64-bit integer, in a string.
type jsonNumber uint64

func (n *jsonNumber) UnmarshalText(b []byte) error {
	v, err := strconv.ParseUint(string(b), 10, 64)
	*n = jsonNumber(v)
	return err
}

type jsonAddress struct {
	Hosts   []string
	Port    string
	KeyHash hexBytes
}

func (a jsonAddress) address() smp.Address {
	return smp.Address{Fingerprint: a.KeyHash, Hosts: a.Hosts, Port: a.Port}
}

type jsonQueue struct {
	ClientVersion  smp.ClientVersion
	MinVersion     smp.ClientVersion
	MaxVersion     smp.ClientVersion
	Server         jsonAddress
	SenderID       hexBytes `json:"senderId"`
	DHPublicKeyDER hexBytes `json:"dhPublicKeyDer"`
	QueueMode      string
}

func (q jsonQueue) public(t testing.TB) smp.QueueAddress {
	return smp.QueueAddress{Relay: q.Server.address(), SenderID: q.SenderID, DHKey: publicKey(t, q.DHPublicKeyDER), Mode: mode(q.QueueMode)}
}

func (q jsonQueue) info(t testing.TB) smp.QueueInfo {
	return smp.QueueInfo{Version: q.ClientVersion, QueueAddress: q.public(t)}
}

func (q jsonQueue) uri(t testing.TB) smp.QueueURI {
	return smp.QueueURI{Versions: smp.Range[smp.ClientVersion]{Min: q.MinVersion, Max: q.MaxVersion}, QueueAddress: q.public(t)}
}

func mode(s string) smp.QueueMode {
	return map[string]smp.QueueMode{"messaging": smp.Messaging, "M": smp.Messaging, "contact": smp.Contact, "C": smp.Contact}[s]
}

func publicKey(t testing.TB, der []byte) smp.PublicKey {
	t.Helper()
	k, err := smp.ParsePublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

type jsonQueueID struct {
	Server   jsonAddress
	SenderID hexBytes `json:"senderId"`
}

func (q jsonQueueID) id() queueID { return queueID{q.Server.address(), q.SenderID} }

type jsonContent struct {
	Constructor string
	Body        hexBytes
	Receipts    []struct {
		AgentMsgID jsonNumber `json:"agentMsgId"`
		MsgHash    hexBytes
		RcptInfo   hexBytes
	}
	Address            jsonQueueID
	Queues             json.RawMessage
	LastDecryptedMsgID jsonNumber `json:"lastDecryptedMsgId"`
}

// content makes a content of its description.
func (j jsonContent) content(t testing.TB) content {
	t.Helper()
	switch j.Constructor {
	case "HELLO":
		return hello{}
	case "A_MSG":
		return userMessage{j.Body}
	case "A_RCVD":
		var r receipts
		for _, x := range j.Receipts {
			r.list = append(r.list, receipt{uint64(x.AgentMsgID), x.MsgHash, x.RcptInfo})
		}
		return r
	case "A_QCONT":
		return proceed{j.Address.id()}
	case "EREADY":
		return ready{uint64(j.LastDecryptedMsgID)}
	}
	return j.rotation(t)
}

func (j jsonContent) rotation(t testing.TB) content {
	t.Helper()
	switch j.Constructor {
	case "QADD":
		var list []struct {
			Queue         jsonQueue
			ReplacedQueue *jsonQueueID
		}
		decode(t, j.Queues, &list)
		var a addQueues
		for _, x := range list {
			n := newQueue{queue: x.Queue.uri(t)}
			if x.ReplacedQueue != nil {
				id := x.ReplacedQueue.id()
				n.replaces = &id
			}
			a.list = append(a.list, n)
		}
		return a
	case "QKEY":
		var list []struct {
			Queue              jsonQueue
			SenderPublicKeyDER hexBytes `json:"senderPublicKeyDer"`
		}
		decode(t, j.Queues, &list)
		var k queueKeys
		for _, x := range list {
			k.list = append(k.list, queueKey{x.Queue.info(t), publicKey(t, x.SenderPublicKeyDER)})
		}
		return k
	case "QUSE":
		var list []struct {
			Address jsonQueueID
			Primary bool
		}
		decode(t, j.Queues, &list)
		var u useQueues
		for _, x := range list {
			u.list = append(u.list, queueReady{x.Address.id(), x.Primary})
		}
		return u
	case "QTEST":
		var list []jsonQueueID
		decode(t, j.Queues, &list)
		var q testQueues
		for _, x := range list {
			q.list = append(q.list, x.id())
		}
		return q
	}
	t.Fatalf("content %q", j.Constructor)
	return nil
}

// UnmarshalJSON reads a content; those without fields are only a word.
func (j *jsonContent) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &j.Constructor) == nil {
		return nil
	}
	type plain jsonContent
	return json.Unmarshal(b, (*plain)(j))
}

type jsonParams struct {
	Version, MinVersion, MaxVersion uint16
	Versions                        []uint16
	Key1DER                         hexBytes `json:"key1Der"`
	Key2DER                         hexBytes `json:"key2Der"`
	KEM                             json.RawMessage
}

func (j jsonParams) kem(t testing.TB) *ratchet.KEMParams {
	t.Helper()
	var kem struct{ Ciphertext, PublicKey hexBytes }
	if len(j.KEM) == 0 || string(j.KEM) == "null" {
		return nil
	}
	if j.KEM[0] == '"' {
		decode(t, j.KEM, &kem.PublicKey)
	} else {
		decode(t, j.KEM, &kem)
	}
	key, err := sntrup761.NewPublicKey(kem.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return &ratchet.KEMParams{Ciphertext: kem.Ciphertext, Key: key}
}

func (j jsonParams) params(t testing.TB) ratchet.Params {
	return ratchet.Params{Version: j.Version, Key1: publicKey(t, j.Key1DER), Key2: publicKey(t, j.Key2DER), KEM: j.kem(t)}
}

type jsonEnvelope struct {
	Constructor     string
	AgentVersion    Version
	E2EEncryption   *jsonParams `json:"e2eEncryption"`
	EncConnInfo     hexBytes
	EncAgentMessage hexBytes
	ConnReq         string
	ConnInfo        hexBytes
	Info            hexBytes
}

func (j jsonEnvelope) envelope(t testing.TB) envelope {
	t.Helper()
	switch j.Constructor {
	case "AgentConfirmation":
		c := confirmation{version: j.AgentVersion, sealed: j.EncConnInfo}
		if j.E2EEncryption != nil {
			params := j.E2EEncryption.params(t)
			c.params = &params
		}
		return c
	case "AgentMsgEnvelope":
		return sealedMessage{j.AgentVersion, j.EncAgentMessage}
	case "AgentInvitation":
		return invitation{j.AgentVersion, j.ConnReq, j.ConnInfo}
	case "AgentRatchetKey":
		return ratchetKey{j.AgentVersion, j.E2EEncryption.params(t), j.Info}
	}
	t.Fatalf("envelope %q", j.Constructor)
	return nil
}

type jsonPlain struct {
	Constructor string
	ConnInfo    hexBytes
	Info        hexBytes
	Queues      []jsonQueue
	Header      struct {
		SndMsgID    jsonNumber `json:"sndMsgId"`
		PrevMsgHash hexBytes
	}
	Message jsonContent
}

func (j jsonPlain) plain(t testing.TB) plain {
	t.Helper()
	switch j.Constructor {
	case "AgentConnInfo":
		return connInfo{j.ConnInfo}
	case "AgentRatchetInfo":
		return ratchetInfo{j.Info}
	case "AgentConnInfoReply":
		r := connInfoReply{info: j.ConnInfo}
		for _, q := range j.Queues {
			r.queues = append(r.queues, q.info(t))
		}
		return r
	case "AgentMessage":
		return message{uint64(j.Header.SndMsgID), j.Header.PrevMsgHash, j.Message.content(t)}
	}
	t.Fatalf("plain %q", j.Constructor)
	return nil
}

// parseContent decodes a content alone, as the vectors have it.
func parseContent(b []byte) (content, error) {
	p := wire.NewParser(b)
	c := readContent(p)
	return c, p.Done()
}

// An encoded is anything that has a binary form.
type encoded interface{ append(b []byte) []byte }

// parser returns the parser of a type of the vectors.
func parser(kind string) func([]byte) (encoded, error) {
	switch kind {
	case "AMessage":
		return func(b []byte) (encoded, error) { return parseContent(b) }
	case "AgentMessage":
		return func(b []byte) (encoded, error) { return parsePlain(b) }
	case "AgentMsgEnvelope":
		return func(b []byte) (encoded, error) { return parseEnvelope(b) }
	}
	return nil
}

// TestMessageVectors encodes and decodes every message of the reference.
func TestMessageVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_agent_messages.json") {
		var in struct {
			Type  string
			Value json.RawMessage
		}
		decode(t, v.Inputs, &in)
		parse := parser(in.Type)
		if parse == nil || in.Value == nil {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			var out struct{ Encoded hexBytes }
			decode(t, v.Outputs, &out)
			var value encoded
			switch in.Type {
			case "AMessage":
				var j jsonContent
				decode(t, in.Value, &j)
				value = j.content(t)
			case "AgentMessage":
				var j jsonPlain
				decode(t, in.Value, &j)
				value = j.plain(t)
			default:
				var j jsonEnvelope
				decode(t, in.Value, &j)
				value = j.envelope(t)
			}
			if got := value.append(nil); string(got) != string(out.Encoded) {
				t.Errorf("encoded %x, want %x", got, out.Encoded)
			}
			checkParser(t, parse, out.Encoded)
		})
	}
}

// checkParser checks that what parses encodes again to the same bytes, whole and
// cut at any place.
func checkParser(t *testing.T, parse func([]byte) (encoded, error), b []byte) {
	t.Helper()
	if _, err := parse(b); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	for n := range len(b) + 1 {
		v, err := parse(b[:n])
		if err == nil && string(v.append(nil)) != string(b[:n]) {
			t.Errorf("the first %d bytes parse, and encode as %x", n, v.append(nil))
		}
	}
}

// TestMessageRefused checks what the reference refuses, and that messages of
// fixed form are refused when cut.
func TestMessageRefused(t *testing.T) {
	for _, v := range vectors(t, "hs_agent_messages.json") {
		kind, _, isDecoding := strings.Cut(v.Description, " decoding: ")
		parse := parser(kind)
		if !isDecoding || parse == nil {
			continue
		}
		var in struct{ Encoded hexBytes }
		var out struct{ DecodedByReference string }
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		if _, err := parse(in.Encoded); (err != nil) != strings.HasPrefix(out.DecodedByReference, "error") {
			t.Errorf("%s: %v, the reference says %s", v.Description, err, out.DecodedByReference)
		}
	}
	id := queueID{smp.Address{Fingerprint: make([]byte, 32), Hosts: []string{"h"}}, []byte("id")}
	for _, c := range []content{hello{}, ready{7}, receipts{[]receipt{{2, make([]byte, 32), nil}}}, proceed{id}, testQueues{[]queueID{id}}, useQueues{[]queueReady{{id, true}}}} {
		b := c.append(nil)
		for n := range b {
			if _, err := parseContent(b[:n]); err == nil {
				t.Errorf("%T: the first %d of %d bytes parse", c, n, len(b))
			}
		}
	}
}

// TestReplyQuirk checks how a byte after a queue without mode is read.
func TestReplyQuirk(t *testing.T) {
	for _, v := range vectors(t, "hs_agent_messages.json") {
		if !strings.HasPrefix(v.Description, "AgentConnInfoReply decoding quirk") {
			continue
		}
		var in struct{ Encoded hexBytes }
		var out struct {
			DecodedByReference struct {
				Queues   []jsonQueue
				ConnInfo hexBytes
			}
		}
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		p, err := parsePlain(in.Encoded)
		r, ok := p.(connInfoReply)
		if err != nil || !ok {
			t.Errorf("%s: %T, %v", v.Description, p, err)
			continue
		}
		want := out.DecodedByReference
		if string(r.info) != string(want.ConnInfo) || r.queues[0].Mode != mode(want.Queues[0].QueueMode) {
			t.Errorf("%s: mode %q, info %q", v.Description, r.queues[0].Mode, r.info)
		}
	}
}

// TestPaddedLengths checks the lengths that the ratchet pads to.
func TestPaddedLengths(t *testing.T) {
	for _, v := range vectors(t, "hs_agent_messages.json") {
		if !strings.HasPrefix(v.Description, "padded lengths") {
			continue
		}
		var in struct {
			AgentVersion Version
			PQ           bool
		}
		var out struct {
			Info    int `json:"e2eEncConnInfoLength"`
			Message int `json:"e2eEncAgentMsgLength"`
		}
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		c := &conn{version: in.AgentVersion, pq: in.PQ}
		if c.infoLength() != out.Info || c.messageLength() != out.Message {
			t.Errorf("%s: %d, %d", v.Description, c.infoLength(), c.messageLength())
		}
	}
}

// TestTypeScriptMessages decodes what the official TypeScript code encoded.
func TestTypeScriptMessages(t *testing.T) {
	for _, v := range vectors(t, "agent_messages.json") {
		kind, _, _ := strings.Cut(v.Description, " ")
		parse := parser(kind)
		var out struct{ Encoded hexBytes }
		decode(t, v.Outputs, &out)
		// The placeholders for keys are refused by the reference, too.
		if parse == nil || out.Encoded == nil || strings.Contains(v.Description, "'R'") || strings.Contains(v.Description, "e2e") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) { checkParser(t, parse, out.Encoded) })
	}
}

func FuzzMessages(f *testing.F) {
	for _, v := range vectors(f, "hs_agent_messages.json") {
		var out struct{ Encoded hexBytes }
		if json.Unmarshal(v.Outputs, &out) == nil && len(out.Encoded) > 0 {
			f.Add([]byte(out.Encoded))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{"AMessage", "AgentMessage", "AgentMsgEnvelope"} {
			v, err := parser(kind)(b)
			if err != nil {
				continue
			}
			again, err := parser(kind)(v.append(nil))
			if err != nil || string(again.append(nil)) != string(v.append(nil)) {
				t.Fatalf("%s: %x is not stable: %v", kind, b, err)
			}
		}
	})
}
