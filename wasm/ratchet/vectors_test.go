package ratchet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/cloudflare/circl/dh/x448"

	"sotto/wasm/sntrup761"
)

// hexBytes is a byte string in the vectors; absent is nil.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

func (b hexBytes) secret() (k secret) {
	copy(k[:], b)
	return k
}

func readVectors(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// party is what one side has when X3DH begins.
type party struct {
	PrivateKey1, PrivateKey2 hexBytes
	RatchetPrivateKey        hexBytes // the joiner's
	KEMKeyPair               *kemPair
	KEMEncapsulation         *encapsulation // the joiner's
	E2EParams                hexBytes
}

type setup struct {
	Version    uint16
	Alice, Bob party
}

type kemPair struct{ Rng, PublicKey, SecretKey hexBytes }

type encapsulation struct{ Rng, ToPublicKey, Ciphertext, SharedSecret hexBytes }

func (e *encapsulation) rng() []byte {
	if e == nil {
		return nil
	}
	return e.Rng
}

// private makes the key pair again of its random stream, if that is recorded.
func (k *kemPair) private(t testing.TB) *sntrup761.PrivateKey {
	t.Helper()
	key, err := sntrup761.NewPrivateKey(k.SecretKey)
	if k.Rng != nil {
		key, err = sntrup761.GenerateKey(bytes.NewReader(k.Rng))
	}
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "KEM key", key.Bytes(), k.SecretKey)
	return key
}

// recorded returns keys that were recorded: random bytes one after the other,
// and a KEM pair.
func recorded(t testing.TB, pair *kemPair, rng ...[]byte) Keys {
	return Keys{
		Rand: bytes.NewReader(bytes.Join(rng, nil)),
		KEM: func() (*sntrup761.PrivateKey, error) {
			if pair == nil {
				return nil, errors.New("no KEM key was made here")
			}
			return pair.private(t), nil
		},
	}
}

// used fails if recorded random bytes are left.
func (k Keys) used(t testing.TB) {
	t.Helper()
	if left, _ := io.ReadAll(k.Rand); len(left) > 0 {
		t.Errorf("%d random bytes left", len(left))
	}
}

// offer returns the initiator's keys.
func (p *party) offer(t testing.TB) *Offer {
	t.Helper()
	k := recorded(t, p.KEMKeyPair, p.PrivateKey1, p.PrivateKey2)
	o, err := NewOffer(k, p.KEMKeyPair != nil)
	if err != nil {
		t.Fatal(err)
	}
	k.used(t)
	return o
}

// join returns the joiner's state and answer. If both propose the KEM, the
// ratchet is started anew.
func (p *party) join(t testing.TB, initiator Params) (*State, Params) {
	t.Helper()
	if p.KEMKeyPair != nil && p.KEMEncapsulation == nil && initiator.KEM != nil {
		return p.start(t, initiator)
	}
	k := recorded(t, p.KEMKeyPair, p.PrivateKey1, p.PrivateKey2, p.KEMEncapsulation.rng(), p.RatchetPrivateKey)
	s, answer, err := Join(k, initiator, p.KEMKeyPair != nil)
	if err != nil {
		t.Fatal(err)
	}
	k.used(t)
	return s, answer
}

func (p *party) start(t testing.TB, peer Params) (*State, Params) {
	t.Helper()
	o := p.offer(t)
	s, err := o.Start(recorded(t, nil, p.RatchetPrivateKey), peer)
	if err != nil {
		t.Fatal(err)
	}
	return s, o.Params(peer.Version)
}

// run is X3DH on both sides. The offer is stored meanwhile.
func (s *setup) run(t testing.TB, pqSupport bool) (alice, bob *State) {
	t.Helper()
	offer := reloadOffer(t, s.Alice.offer(t))
	bob, answer := s.Bob.join(t, offer.Params(s.Version))
	alice, err := offer.Accept(answer, pqSupport)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "initiator's parameters", AppendParams(nil, offer.Params(s.Version)), s.Alice.E2EParams)
	equal(t, "joiner's parameters", AppendParams(nil, answer), s.Bob.E2EParams)
	return alice, bob
}

func reloadOffer(t testing.TB, o *Offer) *Offer {
	t.Helper()
	b, err := o.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	o, err = ParseOffer(b)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// stateVector is a state by the names of the reference.
type stateVector struct {
	Version [2]uint16 `json:"rcVersion"`
	AD      hexBytes  `json:"rcAD"`
	DHRs    hexBytes  `json:"rcDHRs"`
	KEM     *struct {
		PQRs kemPair `json:"rcPQRs"`
		KEMs *struct {
			PQRct hexBytes `json:"rcPQRct"`
		} `json:"rcKEMs"`
	} `json:"rcKEM"`
	SupportKEM bool     `json:"rcSupportKEM"`
	EnableKEM  bool     `json:"rcEnableKEM"`
	SndKEM     bool     `json:"rcSndKEM"`
	RcvKEM     bool     `json:"rcRcvKEM"`
	RK         hexBytes `json:"rcRK"`
	Snd        *struct {
		CKs hexBytes `json:"rcCKs"`
		HKs hexBytes `json:"rcHKs"`
	} `json:"rcSnd"`
	Rcv *struct {
		CKr hexBytes `json:"rcCKr"`
		HKr hexBytes `json:"rcHKr"`
	} `json:"rcRcv"`
	Ns   uint32   `json:"rcNs"`
	Nr   uint32   `json:"rcNr"`
	PN   uint32   `json:"rcPN"`
	NHKs hexBytes `json:"rcNHKs"`
	NHKr hexBytes `json:"rcNHKr"`
}

// state returns the recorded state, with as many chains as said.
func (v *stateVector) state(t testing.TB, chains uint32) *State {
	t.Helper()
	s := &State{
		version: v.Version[0], maxVersion: v.Version[1], ad: v.AD,
		pq:   PQ{v.SupportKEM, v.EnableKEM, v.SndKEM, v.RcvKEM},
		root: v.RK.secret(), nextSend: v.NHKs.secret(), nextReceive: v.NHKr.secret(),
		sent: v.Ns, received: v.Nr, previous: v.PN, chains: chains,
	}
	copy(s.pair.private[:], v.DHRs)
	var public x448.Key
	x448.KeyGen(&public, &s.pair.private)
	s.pair.public = publicKey(public[:])
	if v.Snd != nil {
		s.send = chain{true, v.Snd.CKs.secret(), v.Snd.HKs.secret()}
	}
	if v.Rcv != nil {
		s.receive = chain{true, v.Rcv.CKr.secret(), v.Rcv.HKr.secret()}
	}
	if v.KEM != nil {
		key, err := sntrup761.NewPrivateKey(v.KEM.PQRs.SecretKey)
		if err != nil {
			t.Fatal(err)
		}
		s.kem = &kemState{key: key}
		if v.KEM.KEMs != nil {
			s.kem.ciphertext = v.KEM.KEMs.PQRct
		}
	}
	return s
}

// sameState compares what is stored of a state, but for the skipped keys.
func sameState(t testing.TB, got *State, want *stateVector) {
	t.Helper()
	g, w := marshal(t, got), marshal(t, want.state(t, got.chains))
	if !bytes.Equal(g, w) {
		t.Fatalf("state:\n got %x\nwant %x", g, w)
	}
}

func marshal(t testing.TB, s *State) []byte {
	t.Helper()
	b, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func equal(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}
