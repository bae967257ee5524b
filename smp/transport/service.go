package transport

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"sotto/smp"
	"sotto/smp/wire"
)

// A Service is a program that receives, or learns of, the messages of many
// queues and that a relay knows by its certificate. SMP: "Client services".
type Service struct {
	ID       []byte // given by the relay; nil before
	Role     Role
	CertHash Fingerprint   // of the certificate that is its identity
	Chain    Chain         // its certificates
	Public   smp.PublicKey // Ed25519, authorizes its commands in this session
	Key      smp.PrivateKey
}

// A ServiceConfig is what a client needs to be a service. TLS must show the
// relay the same chain.
type ServiceConfig struct {
	Role  Role
	Chain Chain // one certificate, or a chain whose second is the identity
	Key   smp.PrivateKey
}

var errService = errors.New("transport: the service is refused")

// hello makes the service's part of the hello.
func (config *ServiceConfig) hello(key smp.PublicKey) *ServiceHello {
	return &ServiceHello{config.Role, CertKey{config.Chain, SignKey(key, config.Key)}}
}

// readServiceReply waits for the third block of the handshake.
func (c *Conn) readServiceReply(config *ServiceConfig, key smp.PrivateKey) (*Service, error) {
	content, err := c.ReadBlock()
	if err != nil {
		return nil, err
	}
	id, err := parseServiceReply(content)
	if err != nil {
		return nil, err
	}
	return &Service{
		ID: id, Role: config.Role, CertHash: config.Chain.serviceIdentity(),
		Chain: config.Chain, Public: key.Public(), Key: key,
	}, nil
}

func parseServiceReply(b []byte) (id []byte, err error) {
	p := wire.NewParser(b)
	switch tag := p.Byte(); tag {
	case 'R':
		id = p.Short()
	case 'E':
		return nil, fmt.Errorf("transport: the relay refused the service: %w", smp.TransportError(p.Rest()))
	default:
		p.Fail(wire.ErrSyntax)
	}
	return id, parsed(p)
}

// admit checks that a client is the service that it says it is, and answers.
func (c *Conn) admit(config *ServerConfig, hello *ServiceHello) (*Service, error) {
	service, err := verifyService(config.PeerChain, hello, now(config.Now))
	if err != nil {
		return nil, c.refuse(smp.TransportBadAuth, err)
	}
	if config.Service == nil {
		return nil, c.refuse(smp.TransportBadService, errService)
	}
	if service.ID, err = config.Service(service); err != nil {
		return nil, c.refuse(smp.TransportBadService, err)
	}
	if err := c.WriteBlock(wire.AppendShort([]byte{'R'}, service.ID)); err != nil {
		return nil, err
	}
	return service, nil
}

func (c *Conn) refuse(reason smp.TransportError, err error) error {
	return errors.Join(err, c.WriteBlock(append([]byte{'E'}, reason...)))
}

// verifyService checks that TLS showed the same certificates, and every
// signature from the chain to the key.
func verifyService(shown Chain, hello *ServiceHello, now time.Time) (*Service, error) {
	if !slices.EqualFunc(shown, hello.Key.Chain, bytes.Equal) {
		return nil, fmt.Errorf("%w: a service must show its certificates in TLS", ErrIdentity)
	}
	if len(shown) == 0 || len(shown) > maxChain {
		return nil, fmt.Errorf("%w: chain of %d", ErrCertificate, len(shown))
	}
	leaf, err := shown.verifySignatures(now)
	if err != nil {
		return nil, err
	}
	key, err := VerifyKey(hello.Key.SignedKey, smp.Ed25519, leaf.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Service{Role: hello.Role, CertHash: shown.serviceIdentity(), Chain: shown, Public: key}, nil
}

// serviceIdentity returns the fingerprint of a service: unlike a relay, it may
// have a single certificate.
func (c Chain) serviceIdentity() Fingerprint {
	if id, ok := c.Identity(); ok {
		return id
	}
	if len(c) == 1 {
		return sha256.Sum256(c[0])
	}
	return Fingerprint{}
}
