package smp

import (
	"bytes"
	"net/netip"
	"strings"

	"sotto/smp/wire"
)

// An Address says where a relay is and how to know it. Its text form is
// smp://FINGERPRINT@HOST[,HOST][:PORT]. SMP: "SMP queue URI".
type Address struct {
	Fingerprint []byte   // SHA-256 of the certificate that is the relay's identity
	Hosts       []string // names and addresses of the same relay, at least one
	Port        string   // decimal; "" is 5223, or 443
}

// Equal reports whether a and b are the same text.
func (a Address) Equal(b Address) bool { return a.String() == b.String() }

// String returns the text form.
func (a Address) String() string { return a.format("") }

func (a Address) format(credentials string) string {
	b := append([]byte("smp://"), wire.AppendBase64(nil, a.Fingerprint)...)
	b = append(append(b, credentials...), '@')
	for i, host := range a.Hosts {
		if i > 0 {
			b = append(b, ',')
		}
		last := i == len(a.Hosts)-1
		b = append(b, bracketed(host, last && a.Port != "")...)
	}
	if a.Port != "" {
		b = append(append(b, ':'), a.Port...)
	}
	return string(b)
}

// bracketed returns an IPv6 host that a port follows in brackets. The reference
// writes none, and then cannot read what it wrote; it reads brackets.
func bracketed(host string, port bool) string {
	if port && strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// ParseAddress decodes the text form of an address without a password.
func ParseAddress(s string) (Address, error) {
	a, err := ParsePasswordAddress(s)
	if err == nil && a.Password != nil {
		err = wire.ErrSyntax
	}
	return a.Address, err
}

// A PasswordAddress is an address with the password that the relay wants of who
// creates queues. Its text form is smp://FINGERPRINT:PASSWORD@HOST[,HOST][:PORT].
type PasswordAddress struct {
	Address
	Password []byte // nil if none
}

// String returns the text form, with the password.
func (a PasswordAddress) String() string {
	if a.Password == nil {
		return a.Address.String()
	}
	return a.format(":" + string(a.Password))
}

// ParsePasswordAddress decodes the text form of an address, with or without a
// password.
func ParsePasswordAddress(s string) (PasswordAddress, error) {
	var a PasswordAddress
	s, isSMP := strings.CutPrefix(s, "smp://")
	identity, hosts, hasHosts := strings.Cut(s, "@")
	fingerprint, password, hasPassword := strings.Cut(identity, ":")
	var err error
	a.Fingerprint, err = wire.ParseBase64(fingerprint)
	if err != nil || !isSMP || !hasHosts || fingerprint == "" {
		return a, wire.ErrSyntax
	}
	if hasPassword {
		a.Password = []byte(password)
		if password == "" || !validBasicAuth(a.Password) {
			return a, wire.ErrSyntax
		}
	}
	if !a.parseHosts(hosts) || !a.fits() {
		return a, wire.ErrSyntax
	}
	return a, nil
}

// parseHosts reads HOST[,HOST][:PORT].
func (a *Address) parseHosts(s string) bool {
	for {
		host, more, found := strings.Cut(s, ",")
		if !found {
			host, a.Port, found = cutPort(s)
			a.Hosts = append(a.Hosts, host)
			return found && validHost(host)
		}
		host = unbracketed(host)
		if !validHost(host) {
			return false
		}
		a.Hosts, s = append(a.Hosts, host), more
	}
}

// cutPort splits HOST[:PORT]. A bare IPv6 address has no port.
func cutPort(s string) (host, port string, ok bool) {
	if isIPv6(s) {
		return s, "", true
	}
	n := strings.LastIndexByte(s, ':')
	if n < 0 || strings.HasSuffix(s, "]") {
		return unbracketed(s), "", true
	}
	port = s[n+1:]
	return unbracketed(s[:n]), port, isPort(port)
}

func unbracketed(host string) string {
	inner, open := strings.CutPrefix(host, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if open && closed && isIPv6(inner) {
		return inner
	}
	return host
}

// isPort reports whether s is a number as it would be written. As in the
// reference, it may be one that is no port: connecting will fail.
func isPort(s string) bool {
	if len(s) == 0 || len(s) > 5 || s[0] == '0' && len(s) > 1 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// validHost reports whether host is an address, an onion name or a domain name.
// Of the last, it only checks that it does not spoil the text around it.
func validHost(host string) bool {
	if name, ok := strings.CutSuffix(host, ".onion"); ok {
		return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
	}
	return isIPv6(host) || host != "" && !strings.ContainsAny(host, ":#,;/@ \n\r\t")
}

func isIPv6(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Is6() && addr.Zone() == ""
}

// fits reports whether every part has a binary form.
func (a PasswordAddress) fits() bool {
	longest := max(len(a.Fingerprint), len(a.Password))
	for _, host := range a.Hosts {
		longest = max(longest, len(host))
	}
	return longest <= wire.MaxShort && len(a.Hosts) <= wire.MaxList
}

// AppendAddress appends the binary form.
func AppendAddress(b []byte, a Address) []byte {
	b = wire.AppendList(b, a.Hosts, wire.AppendShort[string])
	return wire.AppendShort(wire.AppendShort(b, a.Port), a.Fingerprint)
}

// ReadAddress reads what AppendAddress wrote.
func ReadAddress(p *wire.Parser) Address {
	return Address{Hosts: wire.NonEmpty(p, readHost), Port: readPort(p), Fingerprint: p.Short()}
}

// appendOldAddress appends the binary form of client version 1: one host.
func appendOldAddress(b []byte, a Address) []byte {
	b = wire.AppendShort(b, a.Hosts[0])
	return wire.AppendShort(wire.AppendShort(b, a.Port), a.Fingerprint)
}

func readOldAddress(p *wire.Parser) Address {
	return Address{Hosts: []string{readHost(p)}, Port: readPort(p), Fingerprint: p.Short()}
}

func readHost(p *wire.Parser) string {
	host := string(p.Short())
	if !validHost(host) {
		p.Fail(wire.ErrSyntax)
	}
	return host
}

func readPort(p *wire.Parser) string {
	port := string(p.Short())
	if port != "" && !isPort(port) {
		p.Fail(wire.ErrSyntax)
	}
	return port
}

// validBasicAuth reports whether b may be a password: printable, and nothing
// that would end it in the text form of an address.
func validBasicAuth(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || 0x7f <= c && c <= 0xa0 || c == 0xad {
			return false
		}
	}
	return !bytes.ContainsAny(b, "@:/")
}

func checkBasicAuth(p *wire.Parser, b []byte) []byte {
	if !validBasicAuth(b) {
		p.Fail(wire.ErrSyntax)
	}
	return b
}

func readMaybeBasicAuth(p *wire.Parser) []byte { return checkBasicAuth(p, p.MaybeShort()) }
