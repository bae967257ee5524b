package smp

import (
	"bytes"
	"strings"
	"testing"

	"sotto/smp/wire"
)

// addressOf makes the address of a case.
func addressOf(f fields) Address {
	return Address{Fingerprint: f.hex("keyHash"), Hosts: f.strings("hosts"), Port: f.text("port")}
}

func TestAddressVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_links") {
		t.Run(v.Description, func(t *testing.T) {
			got, err := ParsePasswordAddress(v.In.text("text"))
			want := v.Out.sub("decodedByReference")
			if (err == nil) != (want != nil) {
				t.Fatalf("read as %+v, %v", got, err)
			}
			if want != nil {
				checkAddress(t, got, want)
			}
		})
	}
}

func checkAddress(t *testing.T, got PasswordAddress, want fields) {
	server := addressOf(want.sub("server"))
	if !got.Address.Equal(server) {
		t.Errorf("address is %v, want %v", got.Address, server)
	}
	checkBytes(t, "password", got.Password, plain(want, "password"))
	// The reference forgets the brackets that it needs to read a port.
	text := strings.Replace(want.text("reencoded"), "@2001:db8::1:5223", "@[2001:db8::1]:5223", 1)
	if got.String() != text {
		t.Errorf("text is %s, want %s", got, text)
	}
	if again, err := ParsePasswordAddress(got.String()); err != nil || again.String() != got.String() {
		t.Errorf("text %s is read as %v, %v", got, again, err)
	}
	if _, err := ParseAddress(got.String()); (err == nil) != (got.Password == nil) {
		t.Errorf("address with password %q: %v", got.Password, err)
	}
	checkBytes(t, "binary", AppendAddress(nil, server), want.hex("binary"))
	checkBytes(t, "old binary", appendOldAddress(nil, server), want.hex("legacyBinary"))
	checkTruncations(t, want.hex("binary"), parseAddressBytes,
		func(a Address) []byte { return AppendAddress(nil, a) })
	p := wire.NewParser(want.hex("legacyBinary"))
	if old := readOldAddress(p); p.Done() != nil || old.Hosts[0] != server.Hosts[0] {
		t.Errorf("old binary is read as %v, %v", old, p.Done())
	}
}

func parseAddressBytes(b []byte) (Address, error) {
	p := wire.NewParser(b)
	a := ReadAddress(p)
	return a, p.Done()
}

func TestAddressRefused(t *testing.T) {
	for _, s := range []string{
		"", "smp://", "smp:1234@host", "1234@host", "smp://12_4", "smp://1234@", "smp://1234@a,", "smp://1234@,a",
		"smp://1234@host:", "smp://1234@host:x", "smp://1234@host:00", "smp://1234@host:123456", "smp://1234@a:1,b",
		"smp://1234@[::1", "smp://1234@::1]:1", "smp://1234@[host]:1/", "smp://1234@fe80::1%eth0", "smp://1234@a b",
		"smp://1234@a@b", "smp://12+4@host", "smp://1234:a b@host", "smp://1234@" + strings.Repeat("a", 256),
		"smp://1234@" + strings.Repeat("a,", 255) + "a", "smp://1234:" + strings.Repeat("a", 256) + "@host",
		"smp://1234@A.onion", "SMP://1234@host",
	} {
		if a, err := ParsePasswordAddress(s); err == nil {
			t.Errorf("%s is read as %+v", s, a)
		}
	}
}

func TestAddressBytesRefused(t *testing.T) {
	for _, s := range []string{
		"\x00\x00\x01f", "\x01\x00\x00\x01f", "\x01\x03a:b\x00\x01f", "\x01\x03[1]\x01x\x01f", "\x01\x01h\x01x\x01f",
		"\x01\x07A.onion\x00\x01f",
	} {
		if a, err := parseAddressBytes([]byte(s)); err == nil {
			t.Errorf("%q is read as %+v", s, a)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, v := range vectors(f, "hs_links") {
		f.Add(v.In.text("text"))
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParsePasswordAddress(s)
		if err != nil {
			return
		}
		again, err := ParsePasswordAddress(a.String())
		if err != nil || again.String() != a.String() || !bytes.Equal(again.Password, a.Password) {
			t.Fatalf("%q is read as %v, and that as %v, %v", s, a, again, err)
		}
		if b, err := parseAddressBytes(AppendAddress(nil, a.Address)); err != nil || !b.Equal(a.Address) {
			t.Errorf("%q in binary is read as %v, %v", s, b, err)
		}
	})
}

func FuzzAddressBytes(f *testing.F) {
	f.Add([]byte("\x01\x09localhost\x045223\x011"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := parseAddressBytes(b); err == nil && !bytes.Equal(AppendAddress(nil, a), b) {
			t.Errorf("%x encodes as %x", b, AppendAddress(nil, a))
		}
	})
}
