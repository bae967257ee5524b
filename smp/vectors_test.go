package smp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// A vector is a case of an official file; see testdata.
type vector struct {
	Description, Versions string
	In                    fields `json:"inputs"`
	Out                   fields `json:"outputs"`
}

// fields are what a case gives and expects: byte strings in hexadecimal, large
// numbers in decimal, null for what is absent.
type fields map[string]any

func vectors(t testing.TB, file string) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Cases []vector }
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) == 0 {
		t.Fatal("no cases in " + file)
	}
	return f.Cases
}

func (f fields) has(name string) bool    { return f[name] != nil }
func (f fields) text(name string) string { s, _ := f[name].(string); return s }
func (f fields) bool(name string) bool   { return f[name].(bool) }
func (f fields) int(name string) int     { return int(f[name].(float64)) }

// sub returns the fields of an object, nil if it is null.
func (f fields) sub(name string) fields {
	m, _ := f[name].(map[string]any)
	return m
}

// int64 returns a number given in decimal.
func (f fields) int64(name string) int64 {
	n, err := strconv.ParseInt(f.text(name), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// hex returns a byte string, nil if it is null.
func (f fields) hex(name string) []byte { return unhex(f[name]) }

func (f fields) strings(name string) []string {
	var list []string
	for _, v := range f[name].([]any) {
		list = append(list, v.(string))
	}
	return list
}

// key returns a public key in DER, zero if it is null.
func (f fields) key(name string) PublicKey {
	der := f.hex(name)
	if der == nil {
		return PublicKey{}
	}
	return must(ParsePublicKey(der))
}

// private returns a raw private key.
func (f fields) private(name string, alg Algorithm) PrivateKey {
	return must(NewPrivateKey(alg, f.hex(name)[:alg.KeySize()]))
}

func unhex(v any) []byte {
	if v == nil {
		return nil
	}
	return must(hex.DecodeString(v.(string)))
}

// must is for what is right in every case of the official files.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// versions returns the versions for which the bytes of a case hold.
func (v vector) versions() []Version {
	if v.Versions == "" {
		return []Version{VersionNotices}
	}
	r := must(ParseRange[Version](v.Versions))
	var list []Version
	for n := r.Min; n <= r.Max; n++ {
		list = append(list, n)
	}
	return list
}

// checkBlob compares b with the length, beginning and hash of a case.
func checkBlob(t *testing.T, f fields, name string, b []byte) {
	t.Helper()
	if f.has(name+"Length") && len(b) != f.int(name+"Length") {
		t.Errorf("%s is %d bytes, want %d", name, len(b), f.int(name+"Length"))
	}
	for _, first := range []string{"First64", "First96"} {
		if f.has(name+first) && !bytes.HasPrefix(b, f.hex(name+first)) {
			t.Errorf("%s begins otherwise: %x", name, b[:min(len(b), 96)])
		}
	}
	if sum := sha256.Sum256(b); f.has(name+"Sha256") && !bytes.Equal(sum[:], f.hex(name+"Sha256")) {
		t.Errorf("%s has another hash: %x", name, sum)
	}
}

// checkBytes compares got with a byte string of a case.
func checkBytes(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

// checkTruncations parses every beginning of b: it must be refused, or be
// another message that encodes to itself (text and bodies have no length).
func checkTruncations[T any](t *testing.T, b []byte, parse func([]byte) (T, error), encode func(T) []byte) {
	t.Helper()
	whole := must(parse(b))
	for n := range b {
		part, err := parse(b[:n])
		if err != nil {
			continue
		}
		if reflect.DeepEqual(part, whole) || !bytes.Equal(encode(part), b[:n]) {
			t.Errorf("%d of %d bytes are read as %+v", n, len(b), part)
		}
	}
}

// accepts reports whether the reference could read what is in the case.
func accepts(decodedByReference string) bool {
	return !strings.HasPrefix(decodedByReference, "error")
}
