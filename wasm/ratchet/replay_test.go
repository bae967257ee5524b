package ratchet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// conversation is a ratchet vector file: two parties, and their steps. The
// sections are optional.
type conversation struct {
	Setup *setup
	X3DH  *struct {
		AssocData, RatchetKey, SndHK, RcvNextHK hexBytes
	}
	Versions     *struct{ Current, MaxSupported uint16 }
	PQSupport    *struct{ AliceConnection bool }
	InitialState map[string]*stateVector
	CasesAre     string
	Cases        []json.RawMessage
	Refused      []step
}

// step is an operation of one party, and what came of it.
type step struct {
	Description string
	Op, By, ID  string

	PQEncryption              *bool
	Plaintext                 *hexBytes
	PaddedMsgLen              int
	HeaderKey, HeaderIV       hexBytes
	HeaderPlaintext           hexBytes
	MessageKey, MessageIV     hexBytes
	PaddedHeaderLen           int
	EmHeaderLength            int
	EmAuthTag                 hexBytes
	Header                    struct{ MsgPN, MsgNs uint32 }
	Ciphertext                *hexBytes
	SndKEM, SndKEMAfter       *bool
	RcvKEM                    *bool
	RatchetAdvanced           *bool
	Generated                 *generated
	HaskellError, Error, Note string
	ResultInState             *bool
	StateChanged              *bool
	StateAfter                *stateVector
	SkippedAfter              map[string]map[string]struct{ MessageKey, MessageIV hexBytes }
}

type generated struct {
	X448PrivateKey   hexBytes
	KEMEncapsulation *encapsulation
	KEMKeyPair       *kemPair
}

// TestVectors replays every ratchet file in testdata.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*ratchet_*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c conversation
			readVectors(t, name, &c)
			if c.CasesAre == "steps" {
				c.replay(t)
			} else {
				testPrimitives(t, c.Cases)
			}
		})
	}
}

// replay has both parties do what they did: each ciphertext is made again and
// each is opened, so that every file tests the sender and the receiver.
func (c *conversation) replay(t *testing.T) {
	r := &replay{disks: c.begin(t), sealed: map[string][]byte{}}
	for i, raw := range c.Cases {
		var s step
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%d %s by %s: %s", i, s.Op, s.By, s.ID)
		if !t.Run(name, func(t *testing.T) { r.step(t, &s) }) {
			t.FailNow()
		}
	}
	for _, s := range c.Refused {
		t.Run("refused: "+s.Description, func(t *testing.T) { r.clone().step(t, &s) })
	}
}

// begin makes both first states, by X3DH where it is recorded.
func (c *conversation) begin(t *testing.T) map[string]*disk {
	t.Helper()
	states := map[string]*State{}
	if c.Setup != nil {
		alice, bob := c.Setup.run(t, c.alicePQ())
		states["alice"], states["bob"] = alice, bob
	}
	c.checkX3DH(t, states["alice"])
	for name, v := range c.InitialState {
		if states[name] == nil {
			states[name] = v.state(t, 0)
		}
		states[name].maxVersion = v.Version[1] // the only thing we choose ourselves
		sameState(t, states[name], v)
	}
	disks := map[string]*disk{}
	for name, s := range states {
		if c.Versions != nil {
			s.maxVersion = c.Versions.MaxSupported
		}
		disks[name] = newDisk(t, s)
	}
	return disks
}

// alicePQ tells whether the initiator wanted PQ, which X3DH does not show.
func (c *conversation) alicePQ() bool {
	if v := c.InitialState["alice"]; v != nil {
		return v.SupportKEM
	}
	return c.PQSupport != nil && c.PQSupport.AliceConnection
}

func (c *conversation) checkX3DH(t *testing.T, alice *State) {
	t.Helper()
	if c.X3DH == nil || alice == nil {
		return
	}
	equal(t, "associated data", alice.AssociatedData(), c.X3DH.AssocData)
	equal(t, "root key", alice.root[:], c.X3DH.RatchetKey)
	equal(t, "joiner's header key", alice.nextReceive[:], c.X3DH.SndHK)
	equal(t, "initiator's header key", alice.nextSend[:], c.X3DH.RcvNextHK)
}

// A replay is where the two parties are.
type replay struct {
	disks  map[string]*disk
	sealed map[string][]byte // by sender and id
}

// message returns what somebody else sent.
func (r *replay) message(t *testing.T, s *step) []byte {
	t.Helper()
	if s.Ciphertext != nil {
		return *s.Ciphertext
	}
	for name := range r.disks {
		if sealed, ok := r.sealed[name+" "+s.ID]; ok && name != s.By {
			return sealed
		}
	}
	t.Fatalf("no ciphertext of %q", s.ID)
	return nil
}

func (r *replay) clone() *replay {
	c := &replay{disks: map[string]*disk{}, sealed: r.sealed}
	for name, d := range r.disks {
		c.disks[name] = d.clone()
	}
	return c
}

func (r *replay) step(t *testing.T, s *step) {
	d := r.disks[s.By]
	if d == nil {
		t.Fatalf("nobody is called %q", s.By)
	}
	before := d.clone()
	switch s.Op {
	case "encrypt":
		r.encrypt(t, s, d)
	case "decrypt":
		r.decrypt(t, s, d)
	default:
		t.Fatalf("unknown operation %q", s.Op)
	}
	state := d.load(t)
	if s.StateAfter != nil {
		sameState(t, state, s.StateAfter)
	}
	if s.SkippedAfter != nil {
		s.sameSkipped(t, d)
	}
	if s.StateChanged != nil && *s.StateChanged == bytes.Equal(before.state, d.state) {
		t.Errorf("state changed: %v, want %v", !*s.StateChanged, *s.StateChanged)
	}
}

func (r *replay) encrypt(t *testing.T, s *step, d *disk) {
	state := d.load(t)
	for state.sent < s.Header.MsgNs { // messages that are not recorded
		state, _ = mustEncrypt(t, state, Options{Length: 100}, nil)
	}
	var plaintext []byte
	if s.Plaintext != nil {
		plaintext = *s.Plaintext
	}
	next, sealed, err := state.encrypt(plaintext, s.options(), s.maxVersion())
	if s.checkError(t, err); err != nil {
		return
	}
	d.save(t, next)
	if s.Ciphertext != nil {
		equal(t, "ciphertext", sealed, *s.Ciphertext)
	}
	if s.SndKEM != nil && *s.SndKEM != next.PQ().Sending {
		t.Errorf("KEM used for sending: %v", next.PQ().Sending)
	}
	s.checkSealed(t, state, sealed)
	r.sealed[s.By+" "+s.ID] = sealed
}

func mustEncrypt(t testing.TB, s *State, o Options, message []byte) (*State, []byte) {
	t.Helper()
	next, sealed, err := s.Encrypt(message, o)
	if err != nil {
		t.Fatal(err)
	}
	return next, sealed
}

func (s *step) options() Options {
	o := Options{Length: s.PaddedMsgLen}
	if s.PQEncryption != nil {
		o.PQ = map[bool]PQChange{true: PQOn, false: PQOff}[*s.PQEncryption]
	}
	return o
}

// maxVersion is what the sender supported.
func (s *step) maxVersion() uint16 {
	if s.StateAfter != nil {
		return s.StateAfter.Version[1]
	}
	return MaxVersion
}

// checkSealed looks into the layers of a message with the recorded keys.
func (s *step) checkSealed(t *testing.T, state *State, sealed []byte) {
	t.Helper()
	if s.HeaderKey == nil {
		return
	}
	e, err := parseEnvelope(sealed)
	if err != nil {
		t.Fatal(err)
	}
	sh, err := parseSealedHeader(e.header)
	if err != nil {
		t.Fatal(err)
	}
	h, ok, err := sh.open(s.HeaderKey.secret(), state.ad)
	if !ok || err != nil {
		t.Fatal("header does not open", err)
	}
	equal(t, "header", h.append(nil, sh.version), s.HeaderPlaintext)
	equal(t, "header IV", sh.iv[:], s.HeaderIV)
	equal(t, "tag", e.tag, s.EmAuthTag)
	if len(sh.body) != s.PaddedHeaderLen || len(e.header) != s.EmHeaderLength {
		t.Errorf("header has %d bytes padded, %d sealed", len(sh.body), len(e.header))
	}
	_, key, _ := chainKDF(state.send.key)
	equal(t, "message key", key.key[:], s.MessageKey)
	if !sameIV(key.iv, s.MessageIV) {
		t.Errorf("message IV %x, want %x", key.iv, []byte(s.MessageIV))
	}
	message, ok := open(key, state.bodyAD(e.header), e.tag, e.body)
	if !ok {
		t.Fatal("body does not open")
	}
	equal(t, "message", message, *s.Plaintext)
}

func (r *replay) decrypt(t *testing.T, s *step, d *disk) {
	state := d.load(t)
	keys := s.keys(t)
	got, err := state.Decrypt(keys, r.message(t, s))
	s.checkError(t, err)
	if s.ResultInState != nil && *s.ResultInState != (got.State != nil) {
		t.Errorf("there is a next state: %v", got.State != nil)
	}
	if s.ResultInState == nil && strings.Contains(s.Note, "state unchanged in TS") {
		return // the reference itself might have gone on with its next state
	}
	d.commit(t, got)
	if s.Plaintext != nil {
		equal(t, "plaintext", got.Message, *s.Plaintext)
	}
	if err == nil {
		keys.used(t)
		s.checkFlags(t, state, got.State)
	}
}

// keys returns the keys that were made in the step.
func (s *step) keys(t *testing.T) Keys {
	if s.Generated == nil {
		return recorded(t, nil)
	}
	g := s.Generated
	return recorded(t, g.KEMKeyPair, g.KEMEncapsulation.rng(), g.X448PrivateKey)
}

func (s *step) checkFlags(t *testing.T, before, after *State) {
	t.Helper()
	for _, f := range []struct {
		what string
		got  bool
		want *bool
	}{
		{"new chain", after.chains != before.chains, s.RatchetAdvanced},
		{"KEM used for receiving", after.PQ().Receiving, s.RcvKEM},
		{"KEM used for sending", after.PQ().Sending, s.SndKEMAfter},
	} {
		if f.want != nil && *f.want != f.got {
			t.Errorf("%s: %v, want %v", f.what, f.got, *f.want)
		}
	}
}

// errorsOf are the errors of the reference by their names.
var errorsOf = map[string]error{
	"CryptoHeaderError":         ErrSyntax,
	"CERatchetHeader":           ErrHeader,
	"CERatchetDuplicateMessage": ErrDuplicate,
	"CERatchetEarlierMessage":   new(EarlierError),
	"CERatchetTooManySkipped":   new(TooManySkippedError),
	"CERatchetKEMState":         ErrKEM,
	"CERatchetState":            ErrNotReady,
	"AESDecryptError":           ErrBody,
	"CryptoInvalidMsgError":     ErrBody,
	"CryptoLargeMsgError":       ErrTooLong,
}

func (s *step) checkError(t *testing.T, err error) {
	t.Helper()
	name, detail, _ := strings.Cut(s.HaskellError, " ")
	if name == "" && s.Error == "" {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	want, known := errorsOf[name]
	if err == nil || known && !sameError(err, want, detail) {
		t.Errorf("error %v, want %q", err, s.HaskellError)
	}
}

// sameError compares counts too where the reference says them.
func sameError(err, want error, detail string) bool {
	n, _ := strconv.ParseUint(detail, 10, 32)
	var earlier *EarlierError
	var skipped *TooManySkippedError
	switch want.(type) {
	case *EarlierError:
		return errors.As(err, &earlier) && (n == 0 || earlier.By == uint32(n))
	case *TooManySkippedError:
		return errors.As(err, &skipped) && (n == 0 || skipped.Count == uint32(n))
	}
	return errors.Is(err, want)
}

// sameSkipped compares the stored keys.
func (s *step) sameSkipped(t *testing.T, d *disk) {
	t.Helper()
	got := map[string]messageKey{}
	for _, k := range d.keys(t) {
		got[fmt.Sprintf("%x %d", k.header, k.ID.Number)] = k.key
	}
	for header, keys := range s.SkippedAfter {
		for number, want := range keys {
			id := header + " " + number
			k, ok := got[id]
			if !ok || k.key != want.MessageKey.secret() || !sameIV(k.iv, want.MessageIV) {
				t.Errorf("skipped key %s is missing or another", id)
			}
			delete(got, id)
		}
	}
	if len(got) > 0 {
		t.Errorf("%d skipped keys too many", len(got))
	}
}

// sameIV compares a message's IV with a recorded one. The hs_* files have it as
// the reference encodes it, with its length in front, cut to 16 bytes.
func sameIV(got iv, want []byte) bool {
	encoded := append([]byte{ivSize}, got[:ivSize-1]...)
	return bytes.Equal(got[:], want) || bytes.Equal(encoded, want)
}
