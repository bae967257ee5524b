package relay

import (
	"context"
	"errors"

	"sotto/smp"
)

// A request is a command that is being answered.
type request struct {
	relay    *Relay
	conn     *conn // nil if the command was forwarded
	verifier smp.Verifier
	t        smp.Transmission
	command  smp.Command
	refusal  *smp.Error // it did not parse

	queue *Queue        // that it is for, once authorized
	held  *subscription // that it is about
	after func()        // to do when the answer is in the outbox
}

// parse makes a request of a transmission.
func (c *conn) parse(b []byte) *request {
	r := &request{relay: c.relay, conn: c, verifier: c.verifier}
	r.parse(b)
	return r
}

// parse reads a transmission. What does not parse gets an answer, too.
func (r *request) parse(b []byte) {
	var err error
	if r.t, err = r.verifier.Session.Parse(b); err != nil {
		r.refusal = smp.Refusal(err)
		return
	}
	if r.command, err = smp.ParseCommand(r.version(), r.t.Command); err != nil {
		r.refusal = smp.Refusal(err)
		return
	}
	r.refusal = smp.CheckCredentials(r.command, r.t)
}

func (r *request) version() smp.Version { return r.verifier.Session.Version }

// answer does the command. An error is a failure of the store: the connection
// ends without an answer, so that the client tries again.
func (r *request) answer(ctx context.Context) (answer, error) {
	response, err := r.respond(ctx)
	if err != nil {
		refusal, ok := asRefusal(err)
		if !ok {
			r.relay.config.Log.Error("store", "command", r.command.Tag(), "error", err)
			return answer{}, err
		}
		response = smp.ERR{Err: refusal}
	}
	return answer{corrID: r.t.CorrID, entityID: r.t.EntityID, response: response, held: r.held, after: r.after}, nil
}

func (r *request) respond(ctx context.Context) (smp.Response, error) {
	if r.refusal != nil {
		return nil, r.refusal
	}
	if err := r.authorize(ctx); err != nil {
		return nil, err
	}
	if err := r.checkBlocked(); err != nil {
		return nil, err
	}
	if err := r.use(ctx); err != nil {
		return nil, err
	}
	return r.do(ctx)
}

// asRefusal returns what the client is told of err; false if it is told nothing.
func asRefusal(err error) (*smp.Error, bool) {
	var refusal *smp.Error
	switch {
	case errors.As(err, &refusal):
		return refusal, true
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrRefused), errors.Is(err, ErrDuplicate):
		return smp.ErrAuth, true
	case errors.Is(err, ErrQuota):
		return smp.ErrQuota, true
	}
	return nil, false
}

// do does a command that is authorized.
func (r *request) do(ctx context.Context) (smp.Response, error) {
	switch c := r.command.(type) {
	case smp.PING:
		return smp.PONG{}, nil
	case smp.NEW:
		return r.create(ctx, c)
	case smp.SEND:
		return r.send(ctx, c)
	case smp.SKEY:
		return r.secure(ctx, c.Key)
	case smp.SUB:
		return r.subscribe(ctx)
	case smp.SUBS:
		return r.subscribeService(ctx, RecipientID)
	case smp.NSUB:
		return r.subscribeNotifier(ctx)
	case smp.NSUBS:
		return r.subscribeService(ctx, NotifierID)
	case smp.GET:
		return r.get(ctx)
	case smp.ACK:
		return r.acknowledge(ctx, c)
	case smp.RFWD:
		return r.forwarded(ctx, c)
	case smp.PRXY:
		return r.connectRelay(ctx, c)
	case smp.PFWD:
		return r.forwardCommand(ctx, c)
	}
	return r.manage(ctx)
}

// manage does the commands that change a queue or ask about it.
func (r *request) manage(ctx context.Context) (smp.Response, error) {
	switch c := r.command.(type) {
	case smp.KEY:
		return r.secure(ctx, c.Key)
	case smp.RKEY:
		return r.setKeys(ctx, c)
	case smp.OFF:
		return r.suspend(ctx)
	case smp.DEL:
		return r.delete(ctx)
	case smp.QUE:
		return r.info(ctx)
	case smp.LSET:
		return r.setLink(ctx, c)
	case smp.LDEL:
		return r.update(ctx, DeleteLink{})
	case smp.LKEY:
		return r.secureLink(ctx, c)
	case smp.LGET:
		return r.link()
	case smp.NKEY:
		return r.setNotifier(ctx, c)
	case smp.NDEL:
		return r.deleteNotifier(ctx)
	}
	return nil, notOffered(r.command)
}

// notOffered is what commands are answered that this relay does not do.
func notOffered(c smp.Command) *smp.Error {
	switch c.(type) {
	case smp.RSLV:
		return &smp.Error{Code: smp.CodeName, Name: smp.NameNoResolver}
	}
	return smp.ErrCmdProhibited
}
