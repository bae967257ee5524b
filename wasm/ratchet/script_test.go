package ratchet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sotto/wasm/sntrup761"
)

// A talk is two parties whose messages a test delivers as it likes. What they
// know is only what is on their disks.
type talk struct {
	t     testing.TB
	disks map[byte]*disk // 'a' and 'b'
	held  map[string]held
	n     int
}

// held is a message in the network.
type held struct {
	to     byte
	text   string
	sealed []byte
}

// spare are KEM pairs for tests in which nobody minds that they repeat.
var spare = func() func() (*sntrup761.PrivateKey, error) {
	var made []*sntrup761.PrivateKey
	return func() (*sntrup761.PrivateKey, error) {
		if len(made) < 16 {
			k, err := Keys{}.kem()
			made = append(made, k)
			return k, err
		}
		return made[rand.IntN(len(made))], nil
	}
}()

// newTalk connects a (initiator) and b (joiner).
func newTalk(t testing.TB, version uint16, offerPQ, pq bool) *talk {
	t.Helper()
	k := Keys{KEM: spare}
	o, err := NewOffer(k, offerPQ)
	if err != nil {
		t.Fatal(err)
	}
	b, answer, err := Join(k, o.Params(version), pq)
	if err != nil {
		t.Fatal(err)
	}
	a, err := o.Accept(answer, pq)
	if err != nil {
		t.Fatal(err)
	}
	return &talk{t: t, disks: map[byte]*disk{'a': newDisk(t, a), 'b': newDisk(t, b)}, held: map[string]held{}}
}

func (c *talk) state(who byte) *State { return c.disks[who].load(c.t) }

// send encrypts a message to the other party and keeps it in the network.
func (c *talk) send(who byte, id string, pq PQChange) {
	c.t.Helper()
	c.n++
	text := fmt.Sprintf("message %d: %s", c.n, id)
	next, sealed := mustEncrypt(c.t, c.state(who), Options{Length: 200, PQ: pq}, []byte(text))
	c.disks[who].save(c.t, next)
	c.held[id] = held{to: who ^ 'a' ^ 'b', text: text, sealed: sealed}
}

// deliver hands a message over, and commits what comes of it.
func (c *talk) deliver(id string) error {
	c.t.Helper()
	m, ok := c.held[id]
	if !ok {
		c.t.Fatalf("there is no message %s", id)
	}
	got, err := c.state(m.to).Decrypt(Keys{KEM: spare}, m.sealed)
	c.disks[m.to].commit(c.t, got)
	if err == nil && string(got.Message) != m.text {
		c.t.Fatalf("%s is %q, want %q", id, got.Message, m.text)
	}
	return err
}

// play runs a script. Its words are:
//
//	a1    a sends the message a1, which arrives
//	a1-   a sends it, and it stays in the network: lost or late
//	>a1   it arrives now
//	!a1   it arrives again, and is refused
//	a1+on a1+off   a sends it and turns the KEM on or off
func (c *talk) play(script string) {
	c.t.Helper()
	for word := range strings.FieldsSeq(script) {
		id := strings.Trim(word, ">!-")
		id, pq, _ := strings.Cut(id, "+")
		if word[0] == '!' {
			if err := c.deliver(id); !refused(err) {
				c.t.Fatalf("%s: %v", word, err)
			}
			continue
		}
		if word[0] != '>' {
			c.send(id[0], id, map[string]PQChange{"": PQKeep, "on": PQOn, "off": PQOff}[pq])
		}
		if strings.HasSuffix(word, "-") {
			continue
		}
		if err := c.deliver(id); err != nil {
			c.t.Fatalf("%s: %v", word, err)
		}
	}
}

// refused tells whether an error is what a repeated message meets.
func refused(err error) bool {
	return errors.Is(err, ErrDuplicate) || errors.Is(err, ErrHeader) || errors.As(err, new(*EarlierError))
}

var scripts = map[string]string{
	"in turns":                 "b1 a1 b2 a2 b3 a3",
	"several at a time":        "b1 b2 b3 a1 a2 b4 b5 b6 b7 a3",
	"lost":                     "b1- b2 a1- a2 b3- a3- b4 a4 b5",
	"first message late":       "b1- b2 >b1 a1 b3",
	"late in the same chain":   "b1 b2- b3- b4 >b3 >b2 a1",
	"late after a step":        "b1 b2- a1 b3 >b2 a2 b4- b5- a3 b6 >b5 >b4",
	"late after many steps":    "b1 b2- a1- b3 a2 b4 a3 b5 a4 b6 a5 b7 a6 >b2 >a1",
	"order turned round":       "b1- b2- b3- b4- b5- >b5 >b4 >b3 >b2 >b1 a1- a2- a3- >a3 >a2 >a1",
	"chains interleaved":       "b1 a1- b2- a2- >b2 b3- >a2 a3- >b3 >a1 >a3 b4 a4",
	"both at once":             "b1 a1- b2- >a1 >b2 a2- b3- >b3 >a2 a3 b4",
	"again at once":            "b1 !b1 a1 !a1 b2 !b2 !b1",
	"again after a step":       "b1 a1 b2 !b1 a2 !a1 b3 !b1 !b2 !a1",
	"late one again":           "b1 b2- b3 >b2 !b2 a1 b4 !b2",
	"lost ones never come":     "b1 b2- b3- b4 a1 b5 a2 b6 a3 b7",
	"turned on":                "b1 a1 b2+on a2+on b3 a3 b4 a4 b5",
	"turned on by one":         "b1 a1 b2+on a2 b3 a3 b4 a4",
	"turned off":               "b1 a1 b2 a2 b3+off a3 b4 a4 b5 a5",
	"turned off, on":           "b1 a1 b2+off b3 a2 b4 a3+on b5+on a4 b6 a5 b7",
	"turned on, late messages": "b1 a1 b2+on b3- a2+on b4- a3 b5 >b3 a4- b6 >b4 a5 >a4 b7",
}

func TestScripts(t *testing.T) {
	for _, kind := range []struct {
		name        string
		version     uint16
		offerPQ, pq bool
	}{
		{"version 2", 2, false, false},
		{"version 3", 3, false, false},
		{"KEM in the link", 3, true, true},
		{"KEM in the answer", 3, false, true},
		{"KEM declined", 3, true, false},
	} {
		for name, script := range scripts {
			t.Run(kind.name+"/"+name, func(t *testing.T) {
				newTalk(t, kind.version, kind.offerPQ, kind.pq).play(script)
			})
		}
	}
}

// TestAnyOrder plays scripts made by chance: every message that is delivered is
// opened once.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			c := newTalk(t, 2+uint16(seed%2), seed%3 == 0, seed%4 > 1)
			c.play("b0 a0")
			var waiting, done []string
			for n := range 300 {
				switch x := r.IntN(100); {
				case x < 45 || len(waiting) == 0:
					id := fmt.Sprintf("%c%d", "ab"[r.IntN(2)], n+1)
					c.send(id[0], id, PQChange(max(0, r.IntN(20)-17)))
					waiting = append(waiting, id)
				case x < 90:
					i := r.IntN(len(waiting))
					if r.IntN(3) > 0 {
						i = 0
					}
					c.play(">" + waiting[i])
					done = append(done, waiting[i])
					waiting = append(waiting[:i], waiting[i+1:]...)
				case x < 95 && len(done) > 0:
					c.play("!" + done[r.IntN(len(done))])
				default: // lost
					waiting = waiting[1:]
				}
			}
			for _, id := range waiting {
				c.play(">" + id)
			}
			for _, id := range append(done, waiting...) {
				c.play("!" + id)
			}
		})
	}
}
