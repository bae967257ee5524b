package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
)

// handshakeCase is a handshake of the reference's client and server.
type handshakeCase struct {
	Description string
	Inputs      struct {
		ServerVersionRange, ClientVersionRange versionRange
		Alpn                                   *string
		SessionID, ClientSessionID             hexBytes
		LeafCertDer, CaCertDer                 hexBytes
		LeafPrivateSeed                        hexBytes
		ExpectedKeyHash                        hexBytes
		ServerSessionPrivateKey                hexBytes
		ClientPrivateKey                       hexBytes
		ProxyServer                            bool
		Service                                *struct {
			Role                               string
			LeafCertDer, CaCertDer             hexBytes
			LeafPrivateSeed, SessionPrivateKey hexBytes
		}
	}
	Outputs struct {
		ServerHello, ServerHelloBlockSha256 hexBytes
		ClientHello, ClientHelloBlockSha256 hexBytes
		ServerHandshakeResponse             hexBytes
		Client                              handshakeResult
		Server                              handshakeResult
		BlocksAfter                         []struct {
			From                 string
			Content, BlockSha256 hexBytes
		}
	}
}

// handshakeResult is "error: ..." or what was agreed.
type handshakeResult struct {
	Refused            string
	Version            smp.Version
	ServerVersionRange versionRange
	BlockEncryption    bool
	SessionSecret      hexBytes
	ServiceID          hexBytes
}

func (r *handshakeResult) UnmarshalJSON(b []byte) error {
	if strings.HasPrefix(string(b), `"`) {
		r.Refused = string(b)
		return nil
	}
	type plain handshakeResult
	return json.Unmarshal(b, (*plain)(r))
}

// versionRange is "6" or "6-18" in a vector.
type versionRange smp.Range[smp.Version]

func (r *versionRange) UnmarshalText(text []byte) error {
	n, err := fmt.Sscanf(string(text), "%d-%d", &r.Min, &r.Max)
	if n == 1 {
		r.Max, err = r.Min, nil
	}
	return err
}

func (c *handshakeCase) chain() Chain { return Chain{c.Inputs.LeafCertDer, c.Inputs.CaCertDer} }

func (c *handshakeCase) leafKey(t testing.TB) smp.PrivateKey {
	if len(c.Inputs.LeafPrivateSeed) == smp.Ed448.KeySize() {
		return privateKey(t, smp.Ed448, c.Inputs.LeafPrivateSeed)
	}
	return privateKey(t, smp.Ed25519, c.Inputs.LeafPrivateSeed)
}

func (c *handshakeCase) clientConfig(t testing.TB) *ClientConfig {
	random := []byte(c.Inputs.ClientPrivateKey)
	config := &ClientConfig{
		Relay:     fingerprint(c.Inputs.ExpectedKeyHash),
		Versions:  smp.Range[smp.Version](c.Inputs.ClientVersionRange),
		SessionID: c.Inputs.ClientSessionID,
		Chain:     c.chain(),
		Proxy:     c.Inputs.ProxyServer,
		Now:       atVectorTime,
	}
	if s := c.Inputs.Service; s != nil {
		random = append(random, s.SessionPrivateKey...)
		config.Service = &ServiceConfig{
			Role:  c.role(),
			Chain: Chain{s.LeafCertDer, s.CaCertDer},
			Key:   privateKey(t, smp.Ed25519, s.LeafPrivateSeed),
		}
	}
	config.Rand = bytes.NewReader(random)
	return config
}

func (c *handshakeCase) role() Role {
	return map[string]Role{"SRMessaging": RoleMessaging, "SRNotifier": RoleNotifier, "SRProxy": RoleProxy}[c.Inputs.Service.Role]
}

func (c *handshakeCase) serverConfig(t testing.TB) *ServerConfig {
	alpn := ""
	if c.Inputs.Alpn != nil {
		alpn = *c.Inputs.Alpn
	}
	config := &ServerConfig{
		Chain:     c.chain(),
		Key:       c.leafKey(t),
		Versions:  VersionsFor(alpn, smp.Range[smp.Version](c.Inputs.ServerVersionRange)),
		SessionID: c.Inputs.SessionID,
		Rand:      bytes.NewReader(c.Inputs.ServerSessionPrivateKey),
		Now:       atVectorTime,
	}
	if s := c.Inputs.Service; s != nil {
		config.PeerChain = Chain{s.LeafCertDer, s.CaCertDer}
		config.Service = func(*Service) ([]byte, error) { return c.Outputs.Client.ServiceID, nil }
	}
	return config
}

// A tape plays recorded blocks to one side of a handshake and keeps what it
// writes.
type tape struct {
	net.Conn
	in  bytes.Reader
	out bytes.Buffer
}

func newTape(t testing.TB, contents ...[]byte) *tape {
	t.Helper()
	tp := new(tape)
	var in []byte
	for _, content := range contents {
		var err error
		if in, err = wire.AppendPadded(in, content, BlockSize); err != nil {
			t.Fatal(err)
		}
	}
	tp.in.Reset(in)
	return tp
}

func (t *tape) Read(b []byte) (int, error)  { return t.in.Read(b) }
func (t *tape) Write(b []byte) (int, error) { return t.out.Write(b) }
func (t *tape) Close() error                { return nil }

// nextBlock returns the content of the next plain block that was written, nil
// if there is none, and the hash of the block.
func (t *tape) nextBlock(tb testing.TB) (content, hash []byte) {
	tb.Helper()
	block := t.out.Next(BlockSize)
	if len(block) == 0 {
		return nil, nil
	}
	content, err := wire.Unpad(block)
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha256.Sum256(block)
	return content, sum[:]
}

func handshakeVectors(t testing.TB) []handshakeCase {
	return loadVectors[handshakeCase](t, "hs_handshake")
}

func TestServerHandshakeVectors(t *testing.T) {
	for _, c := range handshakeVectors(t) {
		t.Run(c.Description, func(t *testing.T) {
			var contents [][]byte
			if c.Outputs.ClientHello != nil {
				contents = append(contents, c.Outputs.ClientHello)
			}
			tp := newTape(t, contents...)
			conn, err := Server(context.Background(), tp, c.serverConfig(t))
			hello, hash := tp.nextBlock(t)
			wantBytes(t, "server hello", hello, c.Outputs.ServerHello)
			wantBytes(t, "its block", hash, c.Outputs.ServerHelloBlockSha256)
			if c.Outputs.Server.Refused != "" {
				if err == nil {
					t.Error("handshake succeeded, want it refused")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			response, _ := tp.nextBlock(t)
			wantBytes(t, "response to the service", response, c.Outputs.ServerHandshakeResponse)
			checkSession(t, conn.Session(), &c.Outputs.Server)
			c.replayBlocks(t, conn, tp, "server")
		})
	}
}

func TestClientHandshakeVectors(t *testing.T) {
	for _, c := range handshakeVectors(t) {
		if c.Inputs.ClientPrivateKey == nil {
			continue // ours always has a key
		}
		t.Run(c.Description, func(t *testing.T) {
			contents := [][]byte{c.Outputs.ServerHello}
			if c.Outputs.ServerHandshakeResponse != nil {
				contents = append(contents, c.Outputs.ServerHandshakeResponse)
			}
			tp := newTape(t, contents...)
			conn, err := Client(context.Background(), tp, c.clientConfig(t))
			if want := c.Outputs.Client.Refused; want != "" {
				if !errors.Is(err, refusals[want]) {
					t.Errorf("error %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			hello, hash := tp.nextBlock(t)
			wantBytes(t, "client hello", hello, c.Outputs.ClientHello)
			wantBytes(t, "its block", hash, c.Outputs.ClientHelloBlockSha256)
			checkSession(t, conn.Session(), &c.Outputs.Client)
			if s := conn.Session(); s.Service != nil {
				wantBytes(t, "service id", s.Service.ID, c.Outputs.Client.ServiceID)
			}
			c.replayBlocks(t, conn, tp, "client")
		})
	}
}

// refusals are the reference's errors in ours.
var refusals = map[string]error{
	`"error: TEBadSession"`:                          ErrSession,
	`"error: TEVersion"`:                             ErrVersion,
	`"error: TEHandshake {handshakeErr = BAD_AUTH}"`: ErrIdentity,
}

func checkSession(t *testing.T, s *Session, want *handshakeResult) {
	t.Helper()
	if s.Version != want.Version || s.Encrypted() != want.BlockEncryption {
		t.Errorf("version %d, encrypted %t; want %d, %t", s.Version, s.Encrypted(), want.Version, want.BlockEncryption)
	}
	if r := smp.Range[smp.Version](want.ServerVersionRange); r.Max != 0 && s.Versions != r {
		t.Errorf("versions %v, want %v", s.Versions, r)
	}
	// A client of version 6 has sent no key, whatever the reference computes.
	if want.SessionSecret != nil && want.Version > 6 {
		wantBytes(t, "secret", s.Secret, want.SessionSecret)
	}
}

// replayBlocks writes what our side wrote after the handshake. What the other
// side wrote is not in the vectors as a whole if it is encrypted, so a second
// connection with the other's chains makes it.
func (c *handshakeCase) replayBlocks(t *testing.T, conn *Conn, tp *tape, side string) {
	peer := &Conn{nc: tp, send: cloneChain(conn.recv), recv: cloneChain(conn.send)}
	for _, b := range c.Outputs.BlocksAfter {
		writer, reader := conn, peer
		if b.From != side {
			writer, reader = peer, conn
		}
		if err := writer.WriteBlock(b.Content); err != nil {
			t.Fatal(err)
		}
		block := bytes.Clone(tp.out.Next(BlockSize))
		sum := sha256.Sum256(block)
		wantBytes(t, "block after the handshake", sum[:], b.BlockSha256)
		tp.in.Reset(block)
		content, err := reader.ReadBlock()
		if err != nil {
			t.Fatal(err)
		}
		wantBytes(t, "its content", content, b.Content)
	}
	if len(c.Outputs.BlocksAfter) != 4 {
		t.Errorf("%d blocks in the vector, want 4", len(c.Outputs.BlocksAfter))
	}
}

func cloneChain(c *chain) *chain {
	if c == nil {
		return nil
	}
	clone := *c
	return &clone
}

// handshakeOver runs both sides over a pipe.
func handshakeOver(t testing.TB, client *ClientConfig, server *ServerConfig) (*Conn, *Conn, error, error) {
	t.Helper()
	clientEnd, serverEnd := net.Pipe()
	type result struct {
		conn *Conn
		err  error
	}
	served := make(chan result)
	go func() {
		conn, err := Server(t.Context(), serverEnd, server)
		served <- result{conn, err}
	}()
	c, clientErr := Client(t.Context(), clientEnd, client)
	s := <-served
	t.Cleanup(func() { clientEnd.Close(); serverEnd.Close() })
	return c, s.conn, clientErr, s.err
}

// vectorConfigs returns both sides of a handshake of version 18.
func vectorConfigs(t testing.TB) (*ClientConfig, *ServerConfig) {
	for _, c := range handshakeVectors(t) {
		if c.Description == "client up to v18, with a client key" {
			client, server := c.clientConfig(t), c.serverConfig(t)
			client.Rand, server.Rand = nil, nil
			client.Versions, server.Versions = smp.Versions, smp.Versions
			return client, server
		}
	}
	t.Fatal("the vector is missing")
	return nil, nil
}

func TestHandshakeRefuses(t *testing.T) {
	for _, tt := range []struct {
		name           string
		change         func(*ClientConfig, *ServerConfig)
		client, server error // nil server: that the client is gone
	}{
		{"other relay", func(c *ClientConfig, _ *ServerConfig) { c.Relay[0] ^= 1 }, ErrIdentity, nil},
		{"other session", func(c *ClientConfig, _ *ServerConfig) { c.SessionID = []byte("another") }, ErrSession, nil},
		{"other leaf in TLS", func(c *ClientConfig, _ *ServerConfig) { c.Chain = Chain{c.Chain[1], c.Chain[0]} }, ErrIdentity, nil},
		{"no version", func(c *ClientConfig, s *ServerConfig) { s.Versions.Max = 7; c.Versions.Min = 8 }, ErrVersion, nil},
		{"key signed by another", func(_ *ClientConfig, s *ServerConfig) { s.Key = newKey(t, smp.Ed25519) }, ErrKey, nil},
		{"version 6 where TLS is not known", func(c *ClientConfig, s *ServerConfig) {
			c.Chain, c.SessionID = nil, nil
			s.Versions.Max = 6
		}, ErrKey, nil},
		{"challenge not answered", func(c *ClientConfig, s *ServerConfig) { c.Challenge = make([]byte, 32) }, ErrIdentity, nil},
		{"other challenge answered", func(c *ClientConfig, s *ServerConfig) {
			c.Challenge = make([]byte, 32)
			s.Challenge = bytes.Repeat([]byte{1}, 32)
		}, ErrIdentity, nil},
		{"service not known", func(c *ClientConfig, s *ServerConfig) {
			s.PeerChain = s.Chain
			c.Service = &ServiceConfig{RoleMessaging, s.Chain, s.Key}
		}, smp.TransportBadService, errService},
		{"service with other certificates in TLS", func(c *ClientConfig, s *ServerConfig) {
			c.Service = &ServiceConfig{RoleMessaging, s.Chain, s.Key}
		}, smp.TransportBadAuth, ErrIdentity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, server := vectorConfigs(t)
			tt.change(client, server)
			_, _, clientErr, serverErr := handshakeOver(t, client, server)
			if !errors.Is(clientErr, tt.client) {
				t.Errorf("client: %v, want %v", clientErr, tt.client)
			}
			if serverErr == nil || !errors.Is(serverErr, tt.server) && tt.server != nil {
				t.Errorf("server: %v, want %v", serverErr, tt.server)
			}
		})
	}
}

func newKey(t testing.TB, alg smp.Algorithm) smp.PrivateKey {
	k, err := smp.GenerateKey(randReader(nil), alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestServerRefusesHello(t *testing.T) {
	_, config := vectorConfigs(t)
	id, _ := config.Chain.Identity()
	for _, tt := range []struct {
		name  string
		hello ClientHello
		want  error
	}{
		{"other identity", ClientHello{Version: 18, Relay: make([]byte, 32)}, ErrIdentity},
		{"version too high", ClientHello{Version: 99, Relay: id[:]}, ErrVersion},
		{"version too low", ClientHello{Version: 5, Relay: id[:]}, ErrVersion},
		{"low-order key", ClientHello{Version: 18, Relay: id[:], Key: lowOrderKey(t)}, ErrKey},
	} {
		tp := newTape(t, tt.hello.Append(nil))
		if _, err := Server(context.Background(), tp, config); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func lowOrderKey(t *testing.T) smp.PublicKey {
	k, err := smp.NewPublicKey(smp.X25519, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestChallengeAnswered(t *testing.T) {
	client, server := vectorConfigs(t)
	client.Chain, client.SessionID = nil, nil // as in a browser
	client.Challenge = bytes.Repeat([]byte{7}, ChallengeSize)
	server.Challenge = client.Challenge
	c, s, err, serverErr := handshakeOver(t, client, server)
	if err != nil || serverErr != nil {
		t.Fatal(err, serverErr)
	}
	if c.Session().Version != smp.MaxVersion || !bytes.Equal(c.Session().Secret, s.Session().Secret) {
		t.Error("the ends do not agree")
	}
}

func TestChallengeVectors(t *testing.T) {
	n := 0
	for _, c := range loadVectors[certificateCase](t, "certificates") {
		if c.Outputs.WebIdentityProof == nil {
			continue
		}
		n++
		chain := Chain{}
		for _, der := range c.Inputs.CertChainDer {
			chain = append(chain, der)
		}
		leaf, err := chain.Verify(fingerprint(c.Inputs.KeyHash), vectorTime)
		if err != nil {
			t.Fatal(err)
		}
		hello := &ServerHello{SessionID: c.Inputs.SessionID, Proof: c.Outputs.WebIdentityProof}
		if !proves(leaf.PublicKey, hello, c.Inputs.Challenge) {
			t.Errorf("%s: proof not accepted", c.Description)
		}
		hello.SessionID = append(bytes.Clone(hello.SessionID), 0)
		if proves(leaf.PublicKey, hello, c.Inputs.Challenge) {
			t.Errorf("%s: proof of another session accepted", c.Description)
		}
	}
	if n != 2 {
		t.Errorf("%d proofs in the vectors, want 2", n)
	}
}

func TestParseChallenge(t *testing.T) {
	challenge := bytes.Repeat([]byte{0xfb}, ChallengeSize)
	for value, want := range map[string][]byte{
		string(wire.AppendBase64Raw(nil, challenge)): challenge,
		string(wire.AppendBase64(nil, challenge)):    challenge,
		"":           nil,
		"not base64": nil,
		string(wire.AppendBase64Raw(nil, challenge[1:])): nil,
	} {
		if got := ParseChallenge(value); !bytes.Equal(got, want) {
			t.Errorf("%q: %x, want %x", value, got, want)
		}
	}
}

func TestHandshakeEndsWithContext(t *testing.T) {
	client, _ := vectorConfigs(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("no time")
	cancel(why)
	near, far := net.Pipe()
	defer far.Close()
	if _, err := Client(ctx, near, client); !errors.Is(err, why) {
		t.Errorf("error %v, want %v", err, why)
	}
	if _, err := near.Write(nil); err != io.ErrClosedPipe {
		t.Errorf("the connection is open after a failed handshake: %v", err)
	}
}
