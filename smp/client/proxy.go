package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// A ProxyError is what the relay of the connection says when it should forward:
// it could not reach the other relay, or the other relay did not take its word.
// It does not unwrap to its [smp.Error], so that an *smp.Error of Forward is
// always the word of the relay behind.
type ProxyError struct{ Err *smp.Error }

func (e *ProxyError) Error() string { return "client: forwarding: " + e.Err.Error() }

// NoSession reports whether the session of the two relays is over: Proxy must
// come again.
func (e *ProxyError) NoSession() bool {
	return e.Err.Proxy != nil && e.Err.Proxy.Code == smp.ProxyNoSession
}

// A Proxied is a relay that is spoken to through the one of a connection. It
// learns neither who speaks nor from where, and the relay between cannot read
// what is said. SMP: "Proxying sender commands". It may be used from any
// goroutine, and lasts as long as the connection, or until NoSession.
type Proxied struct {
	client  *Client
	session smp.Session // of the two relays, in our version
	key     smp.PublicKey
}

// proxiedVersions are what a command may be forwarded in.
var proxiedVersions = smp.Range[smp.Version]{Min: smp.VersionProxy, Max: smp.MaxVersion}

// Proxy asks the relay of the connection to connect to another one, and checks
// that the key that it passes on belongs to that one's address. password is what
// the relay of the connection asks of those who create queues; nil if nothing.
// Errors are [transport.ErrIdentity], [transport.ErrCertificate] or
// [transport.ErrKey] for a relay that is not the one of the address,
// [transport.ErrVersion], *[ProxyError], and those of Do. SMP: "Request proxied
// session".
func (c *Client) Proxy(ctx context.Context, relay smp.Address, password []byte) (*Proxied, error) {
	if c.session.Version < smp.VersionProxy {
		return nil, fmt.Errorf("client: proxy: %w", transport.ErrVersion)
	}
	pkey, err := As[smp.PKEY](c.Send(ctx, Request{Command: smp.PRXY{Relay: relay, BasicAuth: password}, Timeout: c.proxyTimeout()}))
	if err != nil {
		return nil, proxyError(err)
	}
	p, err := c.proxied(relay, pkey, time.Now())
	if err != nil {
		return nil, fmt.Errorf("client: proxy: %w", err)
	}
	return p, nil
}

func (c *Client) proxied(relay smp.Address, pkey smp.PKEY, now time.Time) (*Proxied, error) {
	version, ok := proxiedVersions.Agree(pkey.Versions)
	if !ok {
		return nil, transport.ErrVersion
	}
	fingerprint, err := transport.ParseFingerprint(relay.Fingerprint)
	if err != nil {
		return nil, err
	}
	leaf, err := transport.Chain(pkey.Chain).Verify(fingerprint, now)
	if err != nil {
		return nil, err
	}
	key, err := transport.VerifyKey(pkey.SignedKey, smp.X25519, leaf.PublicKey)
	if err != nil {
		return nil, transport.ErrKey
	}
	return &Proxied{client: c, session: smp.Session{Version: version, ID: pkey.SessionID}, key: key}, nil
}

// proxyTimeout is how long a request may take that another relay has to answer:
// both relays wait for theirs.
func (c *Client) proxyTimeout() time.Duration { return 2 * c.options.Timeout }

// Version is what the relay behind is spoken to in: it decides how large a
// message may be.
func (p *Proxied) Version() smp.Version { return p.session.Version }

// Forward is Do for the relay behind: a command of a sender. What that relay
// refuses is an *[smp.Error]; what the relay between says is a *[ProxyError].
// SMP: "Send command via proxy".
func (p *Proxied) Forward(ctx context.Context, entityID []byte, key smp.PrivateKey, command smp.Command) (smp.Response, error) {
	f, err := p.seal(entityID, key, command)
	if err != nil {
		return nil, fmt.Errorf("client: %s: %w", command.Tag(), err)
	}
	pres, err := As[smp.PRES](p.client.Send(ctx, Request{
		EntityID: p.session.ID, Command: f.command, CorrID: f.corrID, Timeout: p.client.proxyTimeout(),
	}))
	if err != nil {
		return nil, proxyError(err)
	}
	response, err := p.open(f, pres)
	if err != nil {
		return nil, fmt.Errorf("%w to forwarded %s: %w", ErrUnexpected, command.Tag(), err)
	}
	if refused, ok := response.(smp.ERR); ok {
		return nil, refused.Err
	}
	return response, nil
}

// A forwarded is a command on its way.
type forwarded struct {
	command smp.PFWD
	corrID  []byte // of the command and of PFWD; also the nonce
	secret  []byte // shared with the relay behind, for this command only
}

// seal authorizes a command for the session of the two relays and encrypts it
// with a key that is used once.
func (p *Proxied) seal(entityID []byte, key smp.PrivateKey, command smp.Command) (*forwarded, error) {
	once, err := smp.GenerateKey(p.client.options.Rand, smp.X25519)
	if err != nil {
		return nil, err
	}
	f := &forwarded{corrID: make([]byte, smp.NonceSize)}
	if _, err := io.ReadFull(p.client.options.Rand, f.corrID); err != nil {
		return nil, err
	}
	if f.secret, err = once.DH(p.key); err != nil {
		return nil, err
	}
	batch, err := p.batch(f.corrID, entityID, key, command)
	if err != nil {
		return nil, err
	}
	body, err := smp.SealForwarded(f.secret, f.corrID, batch)
	if err != nil {
		return nil, transport.ErrTooLarge
	}
	f.command = smp.PFWD{Version: p.session.Version, Key: once.Public(), Body: body}
	return f, nil
}

// batch makes the batch of one transmission that the relay behind reads.
func (p *Proxied) batch(corrID, entityID []byte, key smp.PrivateKey, command smp.Command) ([]byte, error) {
	t := smp.Transmission{
		CorrID:   corrID,
		EntityID: entityID,
		Command:  smp.AppendCommand(nil, p.session.Version, command),
	}
	if !key.IsZero() {
		if err := p.session.Authorize(&t, smp.Signer{Key: key, RelayKey: p.key}); err != nil {
			return nil, ErrKey
		}
	}
	blocks, tooLarge := smp.Batches([][]byte{p.session.Append(nil, t)})
	if len(tooLarge) > 0 {
		return nil, transport.ErrTooLarge
	}
	return blocks[0], nil
}

var errForwarded = errors.New("not one answer")

// open decrypts the answer of the relay behind. The key that was used once binds
// it to the command, so that its correlation id tells nothing more.
func (p *Proxied) open(f *forwarded, pres smp.PRES) (smp.Response, error) {
	batch, err := smp.OpenForwardedResponse(f.secret, f.corrID, pres.Body)
	if err != nil {
		return nil, err
	}
	list, err := smp.ParseBatch(batch)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, errForwarded
	}
	t, err := p.session.Parse(list[0])
	if err != nil {
		return nil, err
	}
	return smp.ParseResponse(p.session.Version, t.Command)
}

// proxyError marks what the relay between says.
func proxyError(err error) error {
	var said *smp.Error
	if errors.As(err, &said) {
		return &ProxyError{said}
	}
	return err
}
