package transport

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
)

// helloCase is a hello of the official TypeScript implementation.
type helloCase struct {
	Description string
	Inputs      struct {
		Kind                               string
		Handshake, Tail                    hexBytes
		Version                            smp.Version
		KeyHash, ClientKeyDer              hexBytes
		ProxyServer                        bool
		SessionID                          hexBytes
		ServerPrivateKey, ClientPrivateKey hexBytes
	}
	Outputs struct {
		BlockSha256, Handshake hexBytes
		Error                  string
		Decoded                struct {
			SmpVersionRange struct{ Min, Max smp.Version }
			SessionID       hexBytes
			AuthPubKey      *struct {
				CertChainDer []hexBytes
				SignedKeyDer hexBytes
			}
			WebIdentityProof hexBytes
		}
		ServerSndChainKey, ClientSndChainKey hexBytes
	}
}

func TestHelloVectors(t *testing.T) {
	for _, c := range loadVectors[helloCase](t, "smp_handshake") {
		t.Run(c.Description, func(t *testing.T) {
			switch {
			case c.Outputs.Error != "":
				if _, err := ParseServerHello(c.Inputs.Handshake); !errors.Is(err, ErrHello) {
					t.Errorf("error %v, want ErrHello", err)
				}
			case c.Inputs.Kind == "server":
				testServerHello(t, &c)
			case c.Inputs.Kind == "client":
				testClientHello(t, &c)
			default:
				testSessionKeys(t, &c)
			}
		})
	}
}

func testServerHello(t *testing.T, c *helloCase) {
	hello, err := ParseServerHello(c.Inputs.Handshake)
	if err != nil {
		t.Fatal(err)
	}
	want := &c.Outputs.Decoded
	if hello.Versions.Min != want.SmpVersionRange.Min || hello.Versions.Max != want.SmpVersionRange.Max {
		t.Errorf("versions %v", hello.Versions)
	}
	wantBytes(t, "session id", hello.SessionID, want.SessionID)
	wantBytes(t, "proof", hello.Proof, want.WebIdentityProof)
	if (hello.Key == nil) != (want.AuthPubKey == nil) {
		t.Fatalf("key %v", hello.Key)
	}
	if hello.Key != nil {
		wantBytes(t, "signed key", hello.Key.SignedKey, want.AuthPubKey.SignedKeyDer)
		for i, der := range want.AuthPubKey.CertChainDer {
			wantBytes(t, "certificate", hello.Key.Chain[i], der)
		}
	}
	encoded := append(hello.Append(nil), c.Inputs.Tail...)
	wantBytes(t, "encoded", encoded, c.Inputs.Handshake)
	wantBlock(t, encoded, c.Outputs.BlockSha256)
}

func testClientHello(t *testing.T, c *helloCase) {
	want := &ClientHello{Version: c.Inputs.Version, Relay: c.Inputs.KeyHash, Proxy: c.Inputs.ProxyServer}
	if c.Inputs.ClientKeyDer != nil {
		var err error
		if want.Key, err = smp.ParsePublicKey(c.Inputs.ClientKeyDer); err != nil {
			t.Fatal(err)
		}
	}
	encoded := want.Append(nil)
	wantBytes(t, "encoded", encoded, c.Outputs.Handshake)
	if c.Outputs.BlockSha256 != nil {
		wantBlock(t, encoded, c.Outputs.BlockSha256)
	}
	hello, err := ParseClientHello(c.Outputs.Handshake)
	if err != nil {
		t.Fatal(err)
	}
	if hello.Version != want.Version || hello.Key != want.Key || hello.Proxy != want.Proxy || hello.Service != nil {
		t.Errorf("decoded %+v, want %+v", hello, want)
	}
}

func testSessionKeys(t *testing.T, c *helloCase) {
	server := privateKey(t, smp.X25519, c.Inputs.ServerPrivateKey)
	client := privateKey(t, smp.X25519, c.Inputs.ClientPrivateKey)
	s := &Session{Version: 11, ID: c.Inputs.SessionID, Key: client, PeerKey: server.Public()}
	if err := s.agree(); err != nil {
		t.Fatal(err)
	}
	conn := new(Conn)
	conn.begin(s, true)
	wantBytes(t, "relay's chain", conn.recv[:], c.Outputs.ServerSndChainKey)
	wantBytes(t, "client's chain", conn.send[:], c.Outputs.ClientSndChainKey)
}

func wantBlock(t *testing.T, content, hash []byte) {
	t.Helper()
	block, err := wire.Pad(content, BlockSize)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(block)
	wantBytes(t, "hash of the block", sum[:], hash)
}

// A hello of a version that has a key is cut before the key, or it is refused.
func TestHelloTruncated(t *testing.T) {
	for _, c := range handshakeVectors(t) {
		if c.Outputs.ClientHello == nil {
			continue
		}
		server, client := []byte(c.Outputs.ServerHello), []byte(c.Outputs.ClientHello)
		hello, err := ParseServerHello(server)
		if err != nil {
			t.Fatal(err)
		}
		wantBytes(t, "server hello", hello.Append(nil), server)
		withoutKey := 2 + 2 + 1 + len(hello.SessionID)
		for n := range server {
			if _, err := ParseServerHello(server[:n]); !errors.Is(err, ErrHello) && n != withoutKey {
				t.Fatalf("%s: server hello cut to %d bytes: %v", c.Description, n, err)
			}
		}
		parsed, err := ParseClientHello(client)
		if err != nil {
			t.Fatal(err)
		}
		wantBytes(t, "client hello", parsed.Append(nil), client)
		withoutKey = 2 + 1 + len(parsed.Relay)
		for n := range client {
			cut, err := ParseClientHello(client[:n])
			noKey := n == withoutKey && cut.Version < smp.VersionProxyFlag
			if !errors.Is(err, ErrHello) && !noKey {
				t.Fatalf("%s: client hello cut to %d bytes: %v", c.Description, n, err)
			}
		}
	}
}

func TestServiceReply(t *testing.T) {
	id, err := parseServiceReply([]byte("R\x02id"))
	if err != nil || string(id) != "id" {
		t.Errorf("%q, %v", id, err)
	}
	if _, err := parseServiceReply([]byte("EHANDSHAKE BAD_SERVICE")); !errors.Is(err, smp.TransportBadService) {
		t.Errorf("refusal: %v", err)
	}
	for _, bad := range []string{"", "R", "R\x02i", "X\x00"} {
		if _, err := parseServiceReply([]byte(bad)); !errors.Is(err, ErrHello) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzServerHello(f *testing.F) {
	for _, c := range handshakeVectors(f) {
		f.Add([]byte(c.Outputs.ServerHello))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if hello, err := ParseServerHello(b); err == nil && !bytes.HasPrefix(b, hello.Append(nil)) {
			t.Errorf("%x re-encodes as %x", b, hello.Append(nil))
		}
	})
}

func FuzzClientHello(f *testing.F) {
	for _, c := range handshakeVectors(f) {
		f.Add([]byte(c.Outputs.ClientHello))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if hello, err := ParseClientHello(b); err == nil && !bytes.HasPrefix(b, hello.Append(nil)) {
			t.Errorf("%x re-encodes as %x", b, hello.Append(nil))
		}
	})
}
