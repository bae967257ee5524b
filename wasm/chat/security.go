package chat

import (
	"bytes"
	"crypto/subtle"
	"slices"
	"strings"

	"sotto/wasm/agent"
)

// A Code is what both people compare to be sure that nobody is between
// them.
type Code struct {
	// Digits are in groups of five; there are none before the connection is made.
	Digits   string
	Verified bool
}

// digits writes a code as official apps do: one large number, in groups of five
// digits.
func digits(code []byte) string {
	n := decimal(code)
	var groups []string
	for len(n) > 5 {
		groups, n = append(groups, n[:5]), n[5:]
	}
	return strings.Join(append(groups, n), " ")
}

// decimal writes a number, most significant byte first. Package math/big would do
// so too, and be a fiftieth of the client.
func decimal(n []byte) string {
	var digits []byte // from the last
	for n = slices.Clone(n); len(n) > 0; n = bytes.TrimLeft(n, "\x00") {
		rest := 0
		for i, b := range n {
			rest = rest<<8 | int(b)
			n[i] = byte(rest / 10)
			rest %= 10
		}
		digits = append(digits, byte('0'+rest))
	}
	slices.Reverse(digits)
	return string(digits)
}

// SecurityCode returns the code of a conversation of two, and whether it was
// compared.
func (c *Chat) SecurityCode(t *agent.Turn, id string) (Code, error) {
	k, err := c.contact(id)
	if err != nil {
		return Code{}, err
	}
	code, err := c.code(t, k)
	if err != nil || code == nil {
		return Code{}, err
	}
	c.checkVerified(t, k, code)
	return Code{digits(code), k.Verified}, nil
}

// code returns the code that a conversation has now, nil while it has none.
func (c *Chat) code(t *agent.Turn, k *contact) ([]byte, error) {
	if k.Conn == "" || k.over() || k.isGroup() {
		return nil, nil
	}
	return t.SecurityCode(k.Conn)
}

// Verify keeps that the person compared the code, or that it is not to count any
// more.
func (c *Chat) Verify(t *agent.Turn, id string, verified bool) (Contact, error) {
	k, err := c.contact(id)
	if err != nil {
		return Contact{}, err
	}
	code, err := c.code(t, k)
	switch {
	case err != nil:
		return Contact{}, err
	case verified && code == nil:
		return Contact{}, ErrNotConnected
	case !verified:
		code = nil
	}
	k.Verified, k.VerifiedCode = verified, code
	c.save(t, k)
	return k.public(), nil
}

// checkVerified ends what was verified if the keys are others now.
func (c *Chat) checkVerified(t *agent.Turn, k *contact, code []byte) {
	if !k.Verified || subtle.ConstantTimeCompare(k.VerifiedCode, code) == 1 {
		return
	}
	k.Verified, k.VerifiedCode = false, nil
	c.note(t, k, "The keys of this conversation have changed, and with them the security code. Compare it again.", t.Now())
}
