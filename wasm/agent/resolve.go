package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/wire"
	"sotto/wasm/store"
)

// A LinkInfo is what a link says and, if it is a short one, what its owner shows.
type LinkInfo struct {
	Link Link // with Request
	// Shown is what the owner put there, such as a profile; nil for full links.
	Shown []byte
	// Direct is false for groups that are joined through their relays only.
	Direct bool
}

// Resolve reads what is behind a link, of any kind. It asks the relay of a short
// link, and checks every signature. A one-time link is ours from then on: nobody
// else can open it. The error is a *LinkError, one that wraps ErrLinkUsed or
// ErrLinkData, or why the relay could not be asked.
func (u Account) Resolve(ctx context.Context, text string) (LinkInfo, error) {
	l, err := ParseLink(text)
	var problem *LinkError
	if errors.As(err, &problem) && problem.Problem != UnsupportedLink {
		return LinkInfo{}, err
	}
	if !l.Short {
		return LinkInfo{Link: l, Direct: true}, nil
	}
	if len(l.short.relay.Fingerprint) == 0 {
		return LinkInfo{}, &LinkError{l.Kind, UnknownRelay}
	}
	key, err := u.a.resolveKey(ctx, l.short)
	if err != nil {
		return LinkInfo{}, fmt.Errorf("agent: resolve: %w", err)
	}
	of, _, err := u.policy(ctx, l.short.keyName())
	if err != nil {
		return LinkInfo{}, fmt.Errorf("agent: resolve: %w", err)
	}
	rc, err := u.a.reach(ctx, u.a.route, of, l.short.relay)
	if err != nil {
		return LinkInfo{}, fmt.Errorf("agent: resolve: %w", err)
	}
	r, shown, err := l.short.fetch(ctx, rc, key)
	if isRefusal(err) {
		err = fmt.Errorf("%w: %w", ErrLinkUsed, err)
	}
	if err != nil {
		return LinkInfo{}, fmt.Errorf("agent: resolve: %w", err)
	}
	l.Request = r
	return LinkInfo{Link: l, Shown: shown.data, Direct: !shown.contact || shown.direct}, nil
}

// fetch gets the data of a short link and checks them. SMP: "Set link key", "Get
// link data".
func (l *shortLink) fetch(ctx context.Context, rc line, key *signKey) (*Request, *userData, error) {
	id, secret := l.access()
	var lnk smp.LNK
	var err error
	if l.kind == LinkInvitation {
		k := key.private()
		lnk, err = client.As[smp.LNK](rc.Do(ctx, id, k, smp.LKEY{Key: k.Public()}))
	} else {
		lnk, err = client.As[smp.LNK](rc.Do(ctx, id, smp.PrivateKey{}, smp.LGET{}))
	}
	if err != nil {
		return nil, nil, err
	}
	f, u, err := openLinkData(lnk.Data, l.key, secret, l.kind != LinkInvitation)
	if err != nil {
		return nil, nil, err
	}
	q := &f.request.Queues[0]
	if string(q.SenderID) != string(lnk.SenderID) || !slices.Contains(q.Relay.Hosts, l.relay.Hosts[0]) {
		return nil, nil, fmt.Errorf("%w: %w", ErrLinkData, errLinkPlace)
	}
	q.Relay = l.relay
	return f.request, u, nil
}

// resolveKey returns the key that secures the queue of a short invitation, nil
// for an address. The relay must hear the same one however often it is asked.
func (a *Agent) resolveKey(ctx context.Context, l *shortLink) (*signKey, error) {
	if l.kind != LinkInvitation {
		return nil, nil
	}
	var key *signKey
	err := a.Do(ctx, func(t *Turn) (err error) {
		key, err = t.linkKey(l)
		return err
	})
	return key, err
}

// linkKey returns the key for a short invitation, a new one if there is none.
func (t *Turn) linkKey(l *shortLink) (*signKey, error) {
	b, err := l.keyRecord(func(name string) ([]byte, error) { return t.stored(bucketLinkKeys, name) })
	if errors.Is(err, store.ErrNotFound) {
		k, err := newSignKey(t.a.rand)
		if err != nil {
			return nil, err
		}
		t.put(bucketLinkKeys, l.keyName(), appendSignKey([]byte{recordVersion}, k))
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("agent: key of a link: %w", err)
	}
	return parseLinkKey(b)
}

// keyName is the name of the record with the key for a short invitation. It
// follows from the place of the link data: who opens a link with a damaged key
// first has secured the queue with it, and needs the same one for the right link.
func (l *shortLink) keyName() string {
	return recordName(wire.AppendShort(wire.AppendShort(nil, l.relay.Fingerprint), l.id))
}

// oldKeyName is what older versions had in the place of keyName.
func (l *shortLink) oldKeyName() string { return recordName(l.key) }

// keyRecord reads the record with the key for a short invitation, under whichever
// name it is.
func (l *shortLink) keyRecord(get func(name string) ([]byte, error)) ([]byte, error) {
	b, err := get(l.keyName())
	if errors.Is(err, store.ErrNotFound) {
		return get(l.oldKeyName())
	}
	return b, err
}

func recordName(of []byte) string {
	h := sha256.Sum256(of)
	return rawBase64(h[:])[:connIDSize]
}

// joinShort is Join for a short link: the relay is asked first.
func (t *Turn) joinShort(u User, l Link, info []byte) (ConnID, error) {
	if len(l.short.relay.Fingerprint) == 0 {
		return "", &LinkError{l.Kind, UnknownRelay}
	}
	if len(info) > t.a.requestLength(u) {
		return "", ErrInfoTooLong
	}
	if l.Kind == LinkInvitation {
		if _, err := t.linkKey(l.short); err != nil {
			return "", err
		}
	}
	id, err := t.a.newConnID()
	if err != nil {
		return "", err
	}
	t.add(&conn{id: id, user: u, state: Resolving, link: []byte(l.short.String()), asks: l.Kind != LinkInvitation, info: info})
	return id, nil
}

// resolveJob asks the relay what is behind a short link.
func (a *Agent) resolveJob(c *conn) *job {
	l, err := parseShortLink(string(c.link))
	if err != nil {
		return nil // it was read before
	}
	return &job{a.route(a.partyOf(c), l.relay), 0, func(ctx context.Context, rc line) (any, error) {
		var key *signKey
		if l.kind == LinkInvitation {
			b, err := l.keyRecord(func(name string) ([]byte, error) { return a.store.Get(ctx, bucketLinkKeys, name) })
			if err != nil {
				return nil, fmt.Errorf("agent: key of a link: %w", err)
			}
			if key, err = parseLinkKey(b); err != nil {
				return nil, fmt.Errorf("agent: key of a link: %w", err)
			}
		}
		r, _, err := l.fetch(ctx, rc, key)
		return r, err
	}, func(t *Turn, result any, err error) error {
		c := t.edit(c.id)
		if c == nil || c.state != Resolving {
			return nil
		}
		r, _ := result.(*Request)
		return t.resolved(c, l, r, err)
	}}
}

// resolved is the turn with what is behind a short link: the connection goes on
// as with the full one.
func (t *Turn) resolved(c *conn, l *shortLink, r *Request, err error) error {
	if err != nil {
		return t.refused(c, err)
	}
	full := Link{Kind: l.kind, Request: r}
	if _, ours := t.Ours(full); ours {
		return t.joinFailed(c, &LinkError{l.kind, OwnLink})
	}
	if other, joined := t.Joined(full); joined && other != c.id {
		return t.joinFailed(c, ErrJoined)
	}
	begun, params, err := t.a.agree(r)
	if err != nil {
		return t.joinFailed(c, &LinkError{l.kind, IncompatibleLink})
	}
	c.state, c.version, c.pq, c.send = begun.state, begun.version, begun.pq, begun.send
	if !r.invites() {
		c.opened(r)
		return t.ask(c)
	}
	if c.send.auth, err = t.linkKey(l); err != nil {
		return err
	}
	t.remove(bucketLinkKeys, l.keyName())
	t.remove(bucketLinkKeys, l.oldKeyName())
	return t.join(c, params)
}
