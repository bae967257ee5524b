package agent

import (
	"context"
	"crypto/sha3"
	"errors"
	"fmt"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/wire"
	"sotto/wasm/store"
)

// ErrDataTooLong means that what is to be shown behind a short link does not fit.
var ErrDataTooLong = errors.New("agent: data for a short link too long")

// ErrNoShortLink means that a connection has no short link.
var ErrNoShortLink = errors.New("agent: no short link")

// Links are the two forms of a link that we made. Short is empty if the relay is
// too old for it.
type Links struct{ Full, Short string }

// linkKeys is what it takes to change the data of a short link of ours, and
// what the relay has, or is to have.
type linkKeys struct {
	root *signKey
	id   []byte // of the data, on the relay
	key  []byte // of the link
	data smp.LinkData
}

func (k *linkKeys) marshal() []byte {
	b := appendSignKey([]byte{recordVersion}, k.root)
	b = wire.AppendShort(wire.AppendShort(b, k.id), k.key)
	return wire.AppendLarge(wire.AppendLarge(b, k.data.Fixed), k.data.User)
}

func parseLinkKeys(b []byte) (*linkKeys, error) {
	p := wire.NewParser(b)
	readRecordVersion(p)
	k := &linkKeys{root: readSignKey(p), id: p.Short(), key: p.Short(), data: smp.LinkData{Fixed: p.Large(), User: p.Large()}}
	return k, p.Done()
}

// newLinkKeys makes the data of a short link.
func (a *Agent) newLinkKeys(kind LinkKind, r *Request, shown []byte) (*linkKeys, error) {
	root, err := newSignKey(a.rand)
	if err != nil {
		return nil, err
	}
	fixed := (&fixedData{versions: a.speaks.agent, root: root.private().Public(), request: r}).append(nil)
	h := sha3.Sum256(fixed)
	link := shortLink{kind: kind, key: h[:]}
	id, key := link.access()
	k := &linkKeys{root: root, id: id, key: h[:]}
	if k.data.Fixed, err = a.sealPart(key, signed(root, fixed), fixedLength); err != nil {
		return nil, err
	}
	k.data.User, err = a.sealShown(k, kind, shown)
	return k, err
}

// sealShown makes the part of link data that can change.
func (a *Agent) sealShown(k *linkKeys, kind LinkKind, shown []byte) ([]byte, error) {
	u := &userData{versions: a.speaks.agent, data: shown}
	if kind != LinkInvitation {
		u.contact, u.direct = true, true
	}
	if len(shown) > userLength {
		return nil, ErrDataTooLong
	}
	link := shortLink{kind: kind, key: k.key}
	_, key := link.access()
	return a.sealPart(key, signed(k.root, u.append(nil)), userLength)
}

// short returns the short link of a queue.
func (k *linkKeys) short(kind LinkKind, relay smp.Address) *shortLink {
	l := &shortLink{kind: kind, web: true, relay: relay, key: k.key}
	if kind == LinkInvitation {
		l.id = k.id
	}
	return l.shorten(presets)
}

// SetLinkData changes what people see who resolve the short link of an address
// or of an invitation that nobody has opened. The relay is told in the
// background.
func (t *Turn) SetLinkData(id ConnID, shown []byte) error {
	c, k, err := t.ownLink(id)
	if err != nil {
		return err
	}
	kind := LinkInvitation
	if c.state == Address {
		kind = LinkContact
	}
	if k.data.User, err = t.a.sealShown(k, kind, shown); err != nil {
		return err
	}
	c.linkDue = true
	t.put(bucketLinks, string(id), k.marshal())
	return nil
}

// DropLink deletes the data of a short link: the full link goes on working.
func (t *Turn) DropLink(id ConnID) error {
	c, k, err := t.ownLink(id)
	if err != nil {
		return err
	}
	k.data.User, c.linkDue = nil, true
	t.put(bucketLinks, string(id), k.marshal())
	return nil
}

// ownLink returns a connection with a link of ours that waits for people.
func (t *Turn) ownLink(id ConnID) (*conn, *linkKeys, error) {
	c := t.edit(id)
	if c == nil || c.state != Address && c.state != Invited {
		return nil, nil, ErrUnknownConn
	}
	b, err := t.stored(bucketLinks, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, ErrNoShortLink
	}
	if err != nil {
		return nil, nil, fmt.Errorf("agent: short link: %w", err)
	}
	k, err := parseLinkKeys(b)
	if err != nil {
		return nil, nil, fmt.Errorf("agent: short link: %w", err)
	}
	return c, k, nil
}

// linkJob gives the relay the data of a short link, or has it delete them. SMP:
// "Set short link", "Delete short link".
func (a *Agent) linkJob(c *conn) *job {
	q := c.receive
	return &job{a.relay(a.partyOf(c), q.relay), 0, func(ctx context.Context, rc line) (any, error) {
		b, err := a.store.Get(ctx, bucketLinks, string(c.id))
		if err != nil {
			return nil, fmt.Errorf("agent: short link: %w", err)
		}
		k, err := parseLinkKeys(b)
		if err != nil {
			return nil, fmt.Errorf("agent: short link: %w", err)
		}
		var command smp.Command = smp.LDEL{}
		if len(k.data.User) > 0 {
			command = smp.LSET{LinkID: k.id, Data: k.data}
		}
		return b, client.OK(rc.Do(ctx, q.id, q.auth.private(), command))
	}, func(t *Turn, result any, err error) error {
		c := t.edit(c.id)
		if c == nil || !c.linkDue {
			return nil
		}
		now, missing := t.stored(bucketLinks, string(c.id))
		told, _ := result.([]byte)
		// What was set meanwhile is still to be told.
		c.linkDue = missing == nil && string(now) != string(told)
		if err != nil && isRefusal(err) && c.state == Address {
			return t.lost(c, c.receive, gone(err))
		}
		return nil
	}}
}

// parseLinkKey decodes the record of the key for a short invitation.
func parseLinkKey(b []byte) (*signKey, error) {
	p := wire.NewParser(b)
	readRecordVersion(p)
	k := readSignKey(p)
	return k, p.Done()
}
