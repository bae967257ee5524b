package relay

import (
	"context"

	"sotto/smp"
)

// setLink answers LSET. A one-time link that was used cannot be set again. SMP:
// "Set short link data".
func (r *request) setLink(ctx context.Context, c smp.LSET) (smp.Response, error) {
	id, ok := ParseID(c.LinkID)
	if !ok {
		return nil, smp.ErrCmdSyntax
	}
	if r.queue.Secured() {
		return nil, smp.ErrAuth
	}
	return r.update(ctx, SetLink{Link{ID: id, Data: c.Data}})
}

// secureLink answers LKEY: it secures the queue and returns its link data. SMP:
// "Secure queue by sender and get link data".
func (r *request) secureLink(ctx context.Context, c smp.LKEY) (smp.Response, error) {
	if _, err := r.update(ctx, Secure{c.Key}); err != nil {
		return nil, err
	}
	return r.link()
}

// link answers LGET. SMP: "Get link data".
func (r *request) link() (smp.Response, error) {
	if r.queue.Link == nil {
		return nil, smp.ErrAuth // it was deleted just now
	}
	return smp.LNK{SenderID: r.queue.Sender[:], Data: r.queue.Link.Data}, nil
}
