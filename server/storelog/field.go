package storelog

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"sotto/server/relay"
	"sotto/smp"
	"sotto/smp/wire"
)

// errSyntax is returned for a line that is not what it should be.
var errSyntax = errors.New("storelog: not understood")

// fields reads the words of a line, which single spaces separate, from left to
// right. It remembers that something went wrong; what it returns then is zero.
type fields struct {
	words []string
	bad   bool
}

func split(line string) *fields { return &fields{words: strings.Split(line, " ")} }

// done returns errSyntax unless everything was read and understood.
func (f *fields) done() error {
	if f.bad || len(f.words) > 0 {
		return errSyntax
	}
	return nil
}

func (f *fields) fail() { f.bad = true }

// word returns the next word.
func (f *fields) word() string {
	if len(f.words) == 0 {
		f.fail()
		return ""
	}
	w := f.words[0]
	f.words = f.words[1:]
	return w
}

// value returns the next word without its name.
func (f *fields) value(name string) string {
	v, ok := f.optional(name)
	if !ok {
		f.fail()
	}
	return v
}

// optional returns the next word without its name, and false if it is named
// otherwise or there is none.
func (f *fields) optional(name string) (string, bool) {
	if len(f.words) == 0 {
		return "", false
	}
	v, ok := strings.CutPrefix(f.words[0], name+"=")
	if ok {
		f.words = f.words[1:]
	}
	return v, ok
}

// Lengths that the relay's store can take, far above those of real logs.
const (
	maxBytes = 1<<16 - 1
	maxList  = 1<<8 - 1
)

func (f *fields) bytes(word string) []byte {
	b, err := wire.ParseBase64(word)
	if err != nil || len(b) > maxBytes {
		f.fail()
	}
	return b
}

func (f *fields) id(word string) relay.ID {
	id, ok := relay.ParseID(f.bytes(word))
	if !ok {
		f.fail()
	}
	return id
}

func (f *fields) secret(word string) (s [32]byte) {
	b := f.bytes(word)
	if len(b) != len(s) {
		f.fail()
		return s
	}
	return [32]byte(b)
}

func (f *fields) key(word string) smp.PublicKey {
	k, err := smp.ParsePublicKey(f.bytes(word))
	if err != nil {
		f.fail()
	}
	return k
}

// keys reads keys between commas, at least one.
func (f *fields) keys(word string) []smp.PublicKey {
	var all []smp.PublicKey
	for _, w := range strings.Split(word, ",") {
		all = append(all, f.key(w))
	}
	if len(all) > maxList {
		f.fail()
	}
	return all
}

// time reads seconds since 1970.
func (f *fields) time(word string) time.Time {
	seconds, err := strconv.ParseInt(word, 10, 64)
	if err != nil || seconds < 0 {
		f.fail()
	}
	return time.Unix(seconds, 0).UTC()
}
