package smp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sotto/smp/wire"
)

func newParser(s string) *wire.Parser { return wire.NewParser([]byte(s)) }

func TestResponseVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		make := responseOf[v.In.text("response")]
		if make == nil || v.In.has("recipientPrivateKey") {
			continue // see TestErrorVectors, TestDeliveryVectors
		}
		for _, version := range v.versions() {
			t.Run(fmt.Sprintf("%s, version %d", v.Description, version), func(t *testing.T) {
				checkResponse(t, version, make(v.In), v.Out.hex("encoded"))
			})
		}
	}
}

// checkResponse encodes r, decodes it, and cuts it everywhere.
func checkResponse(t *testing.T, v Version, r Response, want []byte) {
	t.Helper()
	checkBytes(t, "encoded", AppendResponse(nil, v, r), want)
	got, err := ParseResponse(v, want)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, said(v, r)) {
		t.Errorf("decoded as\n%+v, want\n%+v", got, said(v, r))
	}
	checkBytes(t, "encoded again", AppendResponse(nil, v, got), want)
	checkTruncations(t, want,
		func(b []byte) (Response, error) { return ParseResponse(v, b) },
		func(r Response) []byte { return AppendResponse(nil, v, r) })
}

// said returns what version v carries of r.
func said(v Version, r Response) Response {
	switch r := r.(type) {
	case SOK:
		if v < VersionServices {
			return OK{}
		}
	case DELD:
		if v < VersionDeleted {
			return END{}
		}
	case ERR:
		return ERR{r.Err.at(v)}
	case SOKS:
		return SOKS{saidQueues(v, r.Queues)}
	case ENDS:
		return ENDS{saidQueues(v, r.Queues)}
	case IDS:
		return saidIDs(v, r)
	}
	return r
}

func saidQueues(v Version, q QueueSet) QueueSet {
	if v < VersionServiceQueues {
		q.Hash = IDsHash{}
	}
	return q
}

func saidIDs(v Version, r IDS) IDS {
	switch {
	case v < VersionSenderKey:
		r.Mode = 0
	case v < VersionShortLinks:
		r.Mode = modeOf(r.Mode.CanSecure())
	}
	if v < VersionShortLinks {
		r.LinkID = nil
	}
	if v < VersionServices {
		r.ServiceID = nil
	}
	if v < VersionNotifierInNew {
		r.Notifier = nil
	}
	return r
}

// responseOf makes the response of a case.
var responseOf = map[string]func(fields) Response{
	"IDS":  idsOf,
	"LNK":  func(f fields) Response { return LNK{f.hex("senderId"), linkDataOf(f)} },
	"SOK":  func(f fields) Response { return SOK{f.hex("serviceId")} },
	"SOKS": func(f fields) Response { return SOKS{QueueSet{Count: f.int64("count")}} },
	"ENDS": func(f fields) Response { return ENDS{QueueSet{Count: f.int64("count")}} },
	"MSG":  func(f fields) Response { return MSG{f.hex("msgId"), f.hex("encBody")} },
	"NID":  func(f fields) Response { return NID{f.hex("notifierId"), f.key("rcvNtfPublicDhKeyDer")} },
	"NMSG": func(f fields) Response { return NMSG{NonceOf(f.hex("nonce")), f.hex("encNMsgMeta")} },
	"PKEY": pkeyOf,
	"RRES": func(f fields) Response { return RRES{f.hex("encFwdResponse")} },
	"PRES": func(f fields) Response { return PRES{f.hex("encResponse")} },
	"INFO": func(f fields) Response { return INFO{[]byte(f.text("json"))} },
	"END":  func(fields) Response { return END{} },
	"DELD": func(fields) Response { return DELD{} },
	"OK":   func(fields) Response { return OK{} },
	"PONG": func(fields) Response { return PONG{} },
}

func idsOf(f fields) Response {
	r := IDS{
		RecipientID: f.hex("rcvId"), SenderID: f.hex("sndId"), DHKey: f.key("rcvPublicDhKeyDer"),
		Mode: queueModeOf(f.text("queueMode")), LinkID: f.hex("linkId"), ServiceID: f.hex("serviceId"),
	}
	if n := f.sub("serverNtfCreds"); n != nil {
		r.Notifier = &NotifierID{n.hex("notifierId"), n.key("rcvNtfPublicDhKeyDer")}
	}
	return r
}

// pkeyOf makes a PKEY with the case's own key signed as X.509 SignedExact: a
// sequence of the signed sequence, the algorithm and the signature.
func pkeyOf(f fields) Response {
	leaf := leafKey(f.hex("leafPrivateSeed"))
	signed := sequence(f.key("relayPublicKeyDer").DER())
	algorithm := leaf.Public().DER()[2:9] // its SEQUENCE {OID}
	signature := append([]byte{0x03, byte(1 + len(leaf.Sign(signed))), 0}, leaf.Sign(signed)...)
	return PKEY{
		SessionID: f.hex("sessionId"),
		Versions:  Range[Version]{Version(f.int("minVersion")), Version(f.int("maxVersion"))},
		Chain:     [][]byte{f.hex("leafCertDer"), f.hex("caCertDer")},
		SignedKey: sequence(slices.Concat(signed, algorithm, signature)),
	}
}

func leafKey(seed []byte) PrivateKey {
	if len(seed) == Ed448.KeySize() {
		return must(NewPrivateKey(Ed448, seed))
	}
	return must(NewPrivateKey(Ed25519, seed))
}

// sequence returns b, at most 255 bytes, as an ASN.1 sequence.
func sequence(b []byte) []byte {
	if len(b) < 0x80 {
		return append([]byte{0x30, byte(len(b))}, b...)
	}
	return append([]byte{0x30, 0x81, byte(len(b))}, b...)
}

func TestServiceResponseVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_v19_v20") {
		var r Response
		switch word, rest, _ := strings.Cut(v.Description, " "); word {
		case "SOKS":
			r = SOKS{queueSetOf(v.In)}
		case "ENDS":
			r = ENDS{queueSetOf(v.In)}
		case "ALLS":
			r = ALLS{}
		case "RNAME":
			r = RNAME{bytes.TrimPrefix(v.Out.hex("encoded"), []byte("RNAME "))}
		case "ERR":
			r = ERR{nameErrors[rest]}
		default:
			continue
		}
		t.Run(v.Description+", version "+v.Versions, func(t *testing.T) {
			checkResponse(t, v.versions()[0], r, v.Out.hex("encoded"))
		})
	}
}

var nameErrors = map[string]*Error{
	"NAME NO_RESOLVER": {Code: CodeName, Name: NameNoResolver},
	"NAME NOT_FOUND":   {Code: CodeName, Name: NameNotFound},
	`NAME RESOLVER {resolverErr = "rpc failed"}`: {Code: CodeName, Name: NameResolver, Text: "rpc failed"},
}

func TestIDsHashVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_v19_v20") {
		if !v.In.has("queueIds") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			var ids [][]byte
			for _, id := range v.In.strings("queueIds") {
				ids = append(ids, unhex(id))
			}
			h := HashIDs(ids...)
			checkBytes(t, "hash", h[:], v.Out.hex("idsHash"))
			for _, id := range ids {
				h.Toggle(id)
			}
			if h != (IDsHash{}) {
				t.Error("the hash of no queues is not zero")
			}
		})
	}
}

// TestTSResponseVectors reads what the TypeScript client reads. Its bytes are of
// versions 16 to 19 unless the case says another.
func TestTSResponseVectors(t *testing.T) {
	for _, v := range vectors(t, "smp_responses") {
		t.Run(v.Description, func(t *testing.T) {
			b := v.In.hex("encoded")
			for _, version := range v.versions() {
				r, err := ParseResponse(version, b)
				if strings.Contains(v.Out.text("error"), "NOPE") {
					if !errors.Is(err, ErrUnknown) {
						t.Errorf("read as %+v, %v", r, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				checkBytes(t, "encoded again", AppendResponse(nil, version, r), b)
				checkTSDecoded(t, r, v.Out.sub("decoded"))
			}
		})
	}
}

// checkTSDecoded compares r with what the TypeScript client made of it.
func checkTSDecoded(t *testing.T, r Response, want fields) {
	if want == nil {
		return // RRES, which it does not read
	}
	f := want.sub("response")
	switch r := r.(type) {
	case IDS:
		checkBytes(t, "recipient id", r.RecipientID, f.hex("rcvId"))
		checkBytes(t, "sender id", r.SenderID, f.hex("sndId"))
		checkBytes(t, "key", r.DHKey.DER(), f.hex("srvDhKey"))
		checkBytes(t, "link id", r.LinkID, f.hex("linkId"))
		if r.Mode != queueModeOf(f.text("queueMode")) {
			t.Errorf("mode is %c", r.Mode)
		}
	case MSG:
		checkBytes(t, "id", r.MsgID, f.hex("msgId"))
		checkBytes(t, "body", r.Body, f.hex("msgBody"))
	case LNK:
		checkBytes(t, "sender id", r.SenderID, f.hex("senderId"))
		checkBytes(t, "fixed data", r.Data.Fixed, f.hex("encFixedData"))
		checkBytes(t, "user data", r.Data.User, f.hex("encUserData"))
	case SOK:
		checkBytes(t, "service id", r.ServiceID, want.hex("serviceId"))
	case PRES:
		checkBytes(t, "body", r.Body, want.hex("encResponse"))
	case PKEY:
		checkTSPKEY(t, r, f)
	case ERR:
		if got := string(appendError(nil, r.Err)); got != want.text("error") {
			t.Errorf("error is %s, want %s", got, want.text("error"))
		}
	default:
		if r.Tag() != want.text("type") {
			t.Errorf("read as %s, want %s", r.Tag(), want.text("type"))
		}
	}
}

func checkTSPKEY(t *testing.T, r PKEY, f fields) {
	checkBytes(t, "session id", r.SessionID, f.hex("sessionId"))
	checkBytes(t, "signed key", r.SignedKey, f.hex("signedKeyDer"))
	versions := f.sub("versionRange")
	if int(r.Versions.Min) != versions.int("min") || int(r.Versions.Max) != versions.int("max") {
		t.Errorf("versions are %v", r.Versions)
	}
	checkBytes(t, "first certificate", r.Chain[0], f.hex("certChainDer"))
}

func TestQueueState(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		if v.In.text("response") != "INFO" {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			q := must(INFO{[]byte(v.In.text("json"))}.Queue())
			var got, want any
			if err := json.Unmarshal(must(NewINFO(q)).JSON, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(v.In.text("json")), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%v becomes %v", want, got)
			}
		})
	}
}

func TestResponsesRefused(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		if !v.In.has("encoded") {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			b := v.In.hex("encoded")
			r, err := ParseResponse(VersionNotices, b)
			if accepts(v.Out.text("decodedByReference")) != (err == nil) {
				t.Fatalf("read as %+v, %v", r, err)
			}
			if err == nil {
				checkBytes(t, "encoded again", AppendResponse(nil, VersionNotices, r), b)
			}
		})
	}
}

func FuzzResponse(f *testing.F) {
	for _, file := range []string{"hs_smp_responses", "hs_smp_v19_v20"} {
		for _, v := range vectors(f, file) {
			if v.Out.has("encoded") && v.Versions != "" {
				versions := v.versions()
				f.Add(uint16(versions[len(versions)-1]), v.Out.hex("encoded"))
			}
		}
	}
	f.Fuzz(func(t *testing.T, version uint16, b []byte) {
		v := Version(version)
		r, err := ParseResponse(v, b)
		if err != nil || !reflect.DeepEqual(said(v, r), r) {
			return
		}
		if got := AppendResponse(nil, v, r); !bytes.Equal(got, b) {
			t.Errorf("%x encodes as %x", b, got)
		}
	})
}
