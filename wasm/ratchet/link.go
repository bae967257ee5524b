package ratchet

import (
	"strconv"
	"strings"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/sntrup761"
)

// AppendText appends the form of the parameters in the text of a link:
//
//	v=2-3&x3dh=<key 1>,<key 2>&kem_key=<key>
//
// The link percent-encodes it as the value of its parameter e2e.
func (v ParamsRange) AppendText(b []byte) ([]byte, error) {
	b = strconv.AppendUint(append(b, "v="...), uint64(v.Min), 10)
	if v.Max != v.Min {
		b = strconv.AppendUint(append(b, '-'), uint64(v.Max), 10)
	}
	b = wire.AppendBase64(append(b, "&x3dh="...), v.Key1.DER())
	b = wire.AppendBase64(append(b, ','), v.Key2.DER())
	if v.KEM == nil || v.Max < VersionPQ {
		return b, nil
	}
	return wire.AppendBase64(append(b, "&kem_key="...), v.KEM.Key.Bytes()), nil
}

// MarshalText returns the form of AppendText.
func (v ParamsRange) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText reads what MarshalText wrote. Parameters come in any order, and
// unknown ones are ignored.
func (v *ParamsRange) UnmarshalText(text []byte) error {
	q := query(text)
	var r ParamsRange
	var ok bool
	versions, _ := q.get("v")
	if r.Min, r.Max, ok = parseRange(versions); !ok {
		return ErrSyntax
	}
	keys, _ := q.get("x3dh")
	key1, key2, _ := strings.Cut(keys, ",")
	if !parseKey(&r.Key1, key1) || !parseKey(&r.Key2, key2) {
		return ErrSyntax
	}
	if r.Max >= VersionPQ {
		var err error
		if r.KEM, err = q.kem(); err != nil {
			return err
		}
	}
	*v = r
	return nil
}

// A query is the text of a query string without escapes.
type query string

// get returns the first value of a name, and whether there is one.
func (q query) get(name string) (value string, ok bool) {
	for part := range strings.SplitSeq(string(q), "&") {
		if value, ok = strings.CutPrefix(part, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// kem returns the proposed KEM key; there may be none.
func (q query) kem() (*KEMParams, error) {
	if _, accepted := q.get("kem_ct"); accepted {
		return nil, ErrKEM
	}
	text, ok := q.get("kem_key")
	if !ok {
		return nil, nil
	}
	b, err := wire.ParseBase64(text)
	if err != nil {
		return nil, ErrSyntax
	}
	key, err := sntrup761.NewPublicKey(b)
	if err != nil {
		return nil, ErrSyntax
	}
	return &KEMParams{Key: key}, nil
}

// parseRange reads "2-3" or "3".
func parseRange(s string) (low, high uint16, ok bool) {
	first, last, both := strings.Cut(s, "-")
	if !both {
		last = first
	}
	lo, err1 := strconv.ParseUint(first, 10, 16)
	hi, err2 := strconv.ParseUint(last, 10, 16)
	return uint16(lo), uint16(hi), err1 == nil && err2 == nil && lo <= hi
}

func parseKey(k *smp.PublicKey, s string) bool {
	return k.UnmarshalText([]byte(s)) == nil && k.Algorithm() == smp.X448
}
