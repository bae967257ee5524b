package agent

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha3"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/smp/wire"
)

// ErrLinkData means that what a relay has for a short link is not what the
// owner of the link put there.
var ErrLinkData = errors.New("agent: link data is not the owner's")

// What is wrong with link data, in the order in which it is looked for.
var (
	errLinkSealed  = errors.New("cannot be decrypted")
	errLinkSyntax  = errors.New("cannot be read")
	errLinkHash    = errors.New("fixed data do not have the hash that the link says")
	errLinkRoot    = errors.New("fixed data are not signed by the root key")
	errOwnerRoot   = errors.New("an owner has the root key")
	errOwnerTwice  = errors.New("an owner is there twice")
	errOwnerForged = errors.New("an owner is not authorized")
	errLinkUser    = errors.New("user data are not signed by an owner")
	errLinkPlace   = errors.New("data lead to a queue of another relay")
)

// What the two parts of link data are padded to.
const (
	fixedLength = 2008
	userLength  = 13784
)

// A fixedData is what a short link leads to. It is signed once, and its hash is
// the key of the link. Agent protocol: "Link data encryption".
type fixedData struct {
	versions smp.Range[Version]
	root     smp.PublicKey
	request  *Request
	entity   []byte // nil if none
}

// A userData is what the owner of a link shows; it may change.
type userData struct {
	versions smp.Range[Version]
	data     []byte
	// The rest is of addresses.
	contact bool
	direct  bool // who opens the link may connect to the queue in it
	owners  []owner
	relays  []*shortLink
}

// An owner is somebody who may change user data.
type owner struct {
	id        []byte
	key       smp.PublicKey
	signature []byte // of id and key, by the root key or an earlier owner
}

func (f *fixedData) append(b []byte) []byte {
	b = appendRequest(smp.AppendPublicKey(smp.AppendRange(b, f.versions), f.root), f.request)
	if f.entity == nil {
		return b
	}
	return wire.AppendShort(b, f.entity)
}

// readFixedData reads what append wrote, and ignores what later versions add.
func readFixedData(p *wire.Parser) *fixedData {
	f := &fixedData{versions: smp.ReadRange[Version](p), root: smp.ReadPublicKey(p, smp.Ed25519), request: readRequest(p)}
	if rest := p.Rest(); len(rest) > 0 && int(rest[0]) < len(rest) {
		f.entity = rest[1 : 1+int(rest[0])]
	}
	return f
}

func (u *userData) append(b []byte) []byte {
	if !u.contact {
		return appendShown(smp.AppendRange(append(b, 'I'), u.versions), u.data)
	}
	b = wire.AppendBool(smp.AppendRange(append(b, 'C'), u.versions), u.direct)
	b = wire.AppendList(b, u.owners, appendOwner)
	b = wire.AppendList(b, u.relays, func(b []byte, l *shortLink) []byte { return l.append(b) })
	return appendShown(b, u.data)
}

// readUserData reads what append wrote, and ignores what later versions add.
func readUserData(p *wire.Parser, contact bool) *userData {
	u := &userData{contact: contact}
	if contact {
		p.Literal("C")
		u.versions, u.direct = smp.ReadRange[Version](p), p.Bool()
		u.owners, u.relays = wire.List(p, readOwner), wire.List(p, readShortLink)
	} else {
		p.Literal("I")
		u.versions = smp.ReadRange[Version](p)
	}
	u.data = readShown(p)
	p.Rest()
	return u
}

// longShown says that the length of the app's data follows in two bytes.
const longShown = 0xFF

func appendShown(b, data []byte) []byte {
	if len(data) < longShown {
		return wire.AppendShort(b, data)
	}
	return wire.AppendLarge(append(b, longShown), data)
}

func readShown(p *wire.Parser) []byte {
	if p.Accept(string([]byte{longShown})) {
		return p.Large()
	}
	return p.Short()
}

func appendOwner(b []byte, o owner) []byte {
	inner := smp.AppendPublicKey(wire.AppendShort(nil, o.id), o.key)
	return wire.AppendShort(b, wire.AppendShort(inner, o.signature))
}

func readOwner(p *wire.Parser) owner {
	inner := wire.NewParser(p.Short())
	o := owner{inner.Short(), smp.ReadPublicKey(inner, smp.Ed25519), inner.Short()}
	inner.Rest() // of later versions
	if err := inner.Done(); err != nil {
		p.Fail(err)
	}
	if len(o.signature) != ed25519.SignatureSize {
		p.Fail(wire.ErrSyntax)
	}
	return o
}

// signed returns data behind their signature.
func signed(key *signKey, data []byte) []byte {
	return append(wire.AppendShort(nil, key.private().Sign(data)), data...)
}

// sealPart encrypts one part of link data.
func (a *Agent) sealPart(key, part []byte, length int) ([]byte, error) {
	nonce, err := a.newNonce()
	if err != nil {
		return nil, err
	}
	box, err := smp.SealPadded(key, nonce, part, length)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDataTooLong, err)
	}
	return append(nonce[:], box...), nil
}

// openPart decrypts one part of link data.
func openPart(key, sealed []byte) (signature, data []byte, err error) {
	if len(sealed) < smp.NonceSize {
		return nil, nil, errLinkSyntax
	}
	b, err := smp.OpenPadded(key, smp.Nonce(sealed), sealed[smp.NonceSize:])
	if err != nil {
		return nil, nil, errLinkSealed
	}
	p := wire.NewParser(b)
	signature, data = p.Short(), p.Rest()
	if p.Done() != nil || len(signature) != ed25519.SignatureSize {
		return nil, nil, errLinkSyntax
	}
	return signature, data, nil
}

// openLinkData decrypts link data and checks everything about them, in the order
// of the reference.
func openLinkData(d smp.LinkData, linkKey, key []byte, contact bool) (*fixedData, *userData, error) {
	f, u, err := checkLinkData(d, linkKey, key, contact)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLinkData, err)
	}
	return f, u, nil
}

func checkLinkData(d smp.LinkData, linkKey, key []byte, contact bool) (*fixedData, *userData, error) {
	rootSignature, fixed, err := openPart(key, d.Fixed)
	if err != nil {
		return nil, nil, err
	}
	userSignature, user, err := openPart(key, d.User)
	if err != nil {
		return nil, nil, err
	}
	p, q := wire.NewParser(fixed), wire.NewParser(user)
	f, u := readFixedData(p), readUserData(q, contact)
	if p.Done() != nil || q.Done() != nil || f.request.invites() == contact {
		return nil, nil, errLinkSyntax
	}
	if h := sha3.Sum256(fixed); !bytes.Equal(h[:], linkKey) {
		return nil, nil, errLinkHash
	}
	if !f.root.Verify(fixed, rootSignature) {
		return nil, nil, errLinkRoot
	}
	if err := checkOwners(f.root, u.owners); err != nil {
		return nil, nil, err
	}
	if !signedBy(user, userSignature, f.root, u.owners) {
		return nil, nil, errLinkUser
	}
	return f, u, nil
}

// checkOwners checks that each owner was authorized by the root key or by an
// owner before it.
func checkOwners(root smp.PublicKey, owners []owner) error {
	for i, o := range owners {
		if o.key == root {
			return errOwnerRoot
		}
		for _, earlier := range owners[:i] {
			if earlier.key == o.key || bytes.Equal(earlier.id, o.id) {
				return errOwnerTwice
			}
		}
		if !signedBy(append(bytes.Clone(o.id), o.key.DER()...), o.signature, root, owners[:i]) {
			return errOwnerForged
		}
	}
	return nil
}

func signedBy(data, signature []byte, root smp.PublicKey, owners []owner) bool {
	ok := root.Verify(data, signature)
	for _, o := range owners {
		ok = ok || o.key.Verify(data, signature)
	}
	return ok
}
