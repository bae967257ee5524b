package wire

import (
	"encoding/base64"
	"strings"
)

// AppendBase64 appends the base64url text of s with '=' padding, the form of
// keys, identities and queue ids in full links.
func AppendBase64(b, s []byte) []byte { return base64.URLEncoding.AppendEncode(b, s) }

// AppendBase64Raw appends the base64url text of s without padding, the form of
// short links.
func AppendBase64Raw(b, s []byte) []byte { return base64.RawURLEncoding.AppendEncode(b, s) }

// ParseBase64 decodes base64url text, padded or not. It refuses line breaks and
// bits that the decoded bytes have no room for.
func ParseBase64(s string) ([]byte, error) {
	enc := base64.RawURLEncoding
	if strings.HasSuffix(s, "=") {
		enc = base64.URLEncoding
	}
	b, err := enc.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, ErrSyntax
	}
	return b, nil
}
