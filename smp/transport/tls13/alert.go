//go:build !js

package tls13

import (
	"fmt"
	"io"
)

// Alerts. RFC 8446 section 6.
const (
	alertWarning = 1
	alertFatal   = 2

	alertCloseNotify          = 0
	alertUnexpectedMessage    = 10
	alertBadRecordMAC         = 20
	alertRecordOverflow       = 22
	alertBadCertificate       = 42
	alertIllegalParameter     = 47
	alertDecodeError          = 50
	alertDecryptError         = 51
	alertProtocolVersion      = 70
	alertMissingExtension     = 109
	alertUnsupportedExtension = 110
)

// An AlertError is a fatal alert that the peer sent, by its number.
type AlertError uint8

func (e AlertError) Error() string { return fmt.Sprintf("tls13: the peer sent alert %d", uint8(e)) }

// alertError returns what an alert means. Every one but close_notify is fatal,
// whatever level it claims.
func alertError(b []byte) error {
	switch {
	case len(b) != 2:
		return wrong(alertDecodeError, "alert of %d bytes", len(b))
	case b[1] == alertCloseNotify:
		return io.EOF
	}
	return AlertError(b[1])
}

// A fault is something that the peer must not do, with the alert that says so.
type fault struct {
	alert uint8
	err   error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func wrong(alert uint8, format string, args ...any) error {
	return &fault{alert, fmt.Errorf(format, args...)}
}
