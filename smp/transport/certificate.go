package transport

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"sotto/smp"
)

// ErrCertificate is returned for bytes that are not an X.509 certificate of an
// Ed25519 or Ed448 key, signed with one.
var ErrCertificate = errors.New("transport: invalid certificate")

// ErrValidity is an ErrCertificate: everything is right but the time. It is as
// likely that the clock is wrong.
var ErrValidity = fmt.Errorf("%w: not valid now", ErrCertificate)

// A Certificate is what SMP needs of an X.509 certificate. There is no
// crypto/x509 here, because it makes the browser's download larger and knows
// no Ed448.
type Certificate struct {
	Raw                 []byte // DER, aliases what was parsed
	PublicKey           smp.PublicKey
	NotBefore, NotAfter time.Time
	Authority           bool // may sign other certificates

	issuer, subject []byte // DER of the names
	tbs             []byte // what is signed
	signature       []byte
	algorithm       smp.Algorithm // of the signature
}

// ParseCertificate reads one certificate, RFC 5280 section 4.1.
func ParseCertificate(der []byte) (*Certificate, error) {
	c := &Certificate{Raw: der}
	if !c.readCertificate(der) {
		return nil, ErrCertificate
	}
	return c, nil
}

func (c *Certificate) readCertificate(der []byte) bool {
	input, cert := cryptobyte.String(der), cryptobyte.String(nil)
	if !input.ReadASN1(&cert, asn1.SEQUENCE) || !input.Empty() {
		return false
	}
	var tbs cryptobyte.String
	if !cert.ReadASN1Element(&tbs, asn1.SEQUENCE) {
		return false
	}
	c.tbs = tbs
	return readSignature(&cert, &c.algorithm, &c.signature) && cert.Empty() && c.readTBS(tbs)
}

// readTBS reads the signed part, TBSCertificate.
func (c *Certificate) readTBS(s cryptobyte.String) bool {
	var tbs, issuer, subject, key cryptobyte.String
	var inner smp.Algorithm
	ok := s.ReadASN1(&tbs, asn1.SEQUENCE) &&
		readVersion3(&tbs) &&
		tbs.SkipASN1(asn1.INTEGER) && // serial number
		readAlgorithm(&tbs, &inner) && inner == c.algorithm &&
		tbs.ReadASN1Element(&issuer, asn1.SEQUENCE) &&
		c.readValidity(&tbs) &&
		tbs.ReadASN1Element(&subject, asn1.SEQUENCE) &&
		tbs.ReadASN1Element(&key, asn1.SEQUENCE) &&
		tbs.SkipOptionalASN1(asn1.Tag(1).ContextSpecific()) && // unique ids, of old
		tbs.SkipOptionalASN1(asn1.Tag(2).ContextSpecific()) &&
		c.readExtensions(&tbs) && tbs.Empty()
	if !ok {
		return false
	}
	c.issuer, c.subject = issuer, subject
	var err error
	c.PublicKey, err = smp.ParsePublicKey(key)
	return err == nil && c.PublicKey.Algorithm().Signs()
}

// readVersion3 reads the version and wants 3, as the reference does: earlier
// certificates cannot say whether they are authorities.
func readVersion3(tbs *cryptobyte.String) bool {
	var version int
	return tbs.ReadOptionalASN1Integer(&version, asn1.Tag(0).Constructed().ContextSpecific(), 0) && version == 2
}

func (c *Certificate) readValidity(tbs *cryptobyte.String) bool {
	var validity cryptobyte.String
	return tbs.ReadASN1(&validity, asn1.SEQUENCE) &&
		readTime(&validity, &c.NotBefore) && readTime(&validity, &c.NotAfter) && validity.Empty()
}

func readTime(s *cryptobyte.String, t *time.Time) bool {
	if s.PeekASN1Tag(asn1.UTCTime) {
		return s.ReadASN1UTCTime(t)
	}
	return s.ReadASN1GeneralizedTime(t)
}

// The extensions that say who may sign, RFC 5280 sections 4.2.1.3 and 4.2.1.9.
const (
	oidKeyUsage         = "\x55\x1d\x0f"
	oidBasicConstraints = "\x55\x1d\x13"
)

// readExtensions learns whether the certificate may sign others.
func (c *Certificate) readExtensions(tbs *cryptobyte.String) bool {
	var wrapped, list cryptobyte.String
	var present bool
	if !tbs.ReadOptionalASN1(&wrapped, &present, asn1.Tag(3).Constructed().ContextSpecific()) || !present {
		return !present && tbs.Empty()
	}
	if !wrapped.ReadASN1(&list, asn1.SEQUENCE) || !wrapped.Empty() {
		return false
	}
	mayCertify := true
	for !list.Empty() {
		var ext, oid, value cryptobyte.String
		ok := list.ReadASN1(&ext, asn1.SEQUENCE) && ext.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) &&
			ext.SkipOptionalASN1(asn1.BOOLEAN) && // critical
			ext.ReadASN1(&value, asn1.OCTET_STRING) && ext.Empty()
		switch string(oid) {
		case oidBasicConstraints:
			ok = ok && readBasicConstraints(value, &c.Authority)
		case oidKeyUsage:
			ok = ok && readKeyUsage(value, &mayCertify)
		}
		if !ok {
			return false
		}
	}
	c.Authority = c.Authority && mayCertify
	return true
}

func readBasicConstraints(value cryptobyte.String, authority *bool) bool {
	var constraints cryptobyte.String
	if !value.ReadASN1(&constraints, asn1.SEQUENCE) || !value.Empty() {
		return false
	}
	if constraints.PeekASN1Tag(asn1.BOOLEAN) && !constraints.ReadASN1Boolean(authority) {
		return false
	}
	return constraints.SkipOptionalASN1(asn1.INTEGER) && constraints.Empty()
}

// readKeyUsage reads bit 5 of the key usage: keyCertSign.
func readKeyUsage(value cryptobyte.String, mayCertify *bool) bool {
	var unused byte
	var bits cryptobyte.String
	if !value.ReadASN1(&bits, asn1.BIT_STRING) || !value.Empty() || !bits.ReadUint8(&unused) {
		return false
	}
	*mayCertify = len(bits) > 0 && bits[0]&0x04 != 0
	return true
}

// signedBy reports whether c is signed by the key of parent and names it as its
// issuer.
func (c *Certificate) signedBy(parent *Certificate) bool {
	return string(c.issuer) == string(parent.subject) && verify(parent.PublicKey, c.algorithm, c.tbs, c.signature)
}

func (c *Certificate) namesItself() bool { return string(c.issuer) == string(c.subject) }

// validAt tells why c is not valid at a time, if it is not.
func (c *Certificate) validAt(now time.Time) error {
	switch {
	case now.Before(c.NotBefore):
		return fmt.Errorf("%w: not before %s", ErrValidity, c.NotBefore.Format(time.DateTime))
	case now.After(c.NotAfter):
		return fmt.Errorf("%w: expired on %s", ErrValidity, c.NotAfter.Format(time.DateTime))
	}
	return nil
}
