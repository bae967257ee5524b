//go:build !js

package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sotto/smp"
	"sotto/smp/transport"
)

// A far is the relay behind the one of the connection, as the test plays it.
type far struct {
	t       *testing.T
	address smp.Address
	pkey    smp.PKEY
	key     smp.PrivateKey // of the session
}

func newFar(t *testing.T) *far {
	t.Helper()
	authority, err := transport.NewAuthority(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	chain, leaf, err := authority.Issue(nil, "far.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	id := authority.Fingerprint()
	f := &far{t: t, key: newKey(t, smp.X25519), address: smp.Address{Fingerprint: id[:], Hosts: []string{"far.example"}}}
	f.pkey = smp.PKEY{
		SessionID: []byte("session of the two relays"),
		Versions:  smp.Range[smp.Version]{Min: 8, Max: 17},
		Chain:     chain,
		SignedKey: transport.SignKey(f.key.Public(), leaf),
	}
	return f
}

// session is that of the two relays.
func (f *far) session() smp.Session { return smp.Session{Version: 17, ID: f.pkey.SessionID} }

// open returns the transmission in PFWD and the secret of the answer.
func (f *far) open(t smp.Transmission, c smp.PFWD) (smp.Transmission, []byte) {
	f.t.Helper()
	secret, err := f.key.DH(c.Key)
	if err != nil {
		f.t.Fatal(err)
	}
	batch, err := smp.OpenForwarded(secret, t.CorrID, c.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	list, err := smp.ParseBatch(batch)
	if err != nil || len(list) != 1 {
		f.t.Fatalf("a batch of %d: %v", len(list), err)
	}
	inner, err := f.session().Parse(list[0])
	if err != nil {
		f.t.Fatal(err)
	}
	return inner, secret
}

// answer makes PRES of responses.
func (f *far) answer(to smp.Transmission, secret []byte, responses ...smp.Response) smp.PRES {
	f.t.Helper()
	var encoded [][]byte
	for _, r := range responses {
		encoded = append(encoded, f.session().Append(nil, smp.Transmission{
			CorrID: to.CorrID, EntityID: to.EntityID, Command: smp.AppendResponse(nil, 17, r),
		}))
	}
	blocks, _ := smp.Batches(encoded)
	body, err := smp.SealForwardedResponse(secret, to.CorrID, blocks[0])
	if err != nil {
		f.t.Fatal(err)
	}
	return smp.PRES{Body: body}
}

// proxied is what Proxy returned.
type proxied struct {
	*Proxied
	err error
}

// proxy asks for a session with f, which the relay answers.
func proxy(c *Client, r *relay, f *far, password []byte, answer smp.Response) proxied {
	r.t.Helper()
	done := make(chan proxied, 1)
	go func() {
		p, err := c.Proxy(r.t.Context(), f.address, password)
		done <- proxied{p, err}
	}()
	asked := r.one()
	prxy, ok := r.command(asked).(smp.PRXY)
	if !ok || !prxy.Relay.Equal(f.address) || string(prxy.BasicAuth) != string(password) {
		r.t.Fatalf("asked %+v", prxy)
	}
	r.say(r.reply(asked, answer))
	return <-done
}

// TestForward: the relay behind gets an authorized command of its session, and
// its answer comes back.
func TestForward(t *testing.T) {
	for _, alg := range []smp.Algorithm{smp.X25519, smp.Ed25519, smp.Ed448} {
		synctest.Test(t, func(t *testing.T) {
			c, r := connect(t, setup{})
			f := newFar(t)
			p := proxy(c, r, f, []byte("password"), f.pkey)
			if p.err != nil {
				t.Fatal(p.err)
			}
			key := newKey(t, alg)
			for _, want := range []smp.Response{smp.OK{}, smp.ERR{Err: smp.ErrQuota}} {
				done := make(chan Result, 1)
				go func() {
					response, err := p.Forward(t.Context(), []byte("queue"), key, smp.SEND{Body: []byte("hello")})
					done <- Result{response, err}
				}()
				asked := r.one()
				inner, secret := f.open(asked, r.command(asked).(smp.PFWD))
				if string(asked.EntityID) != string(f.pkey.SessionID) || string(inner.EntityID) != "queue" {
					t.Error("not for the session and the queue")
				}
				if !(smp.Verifier{Session: f.session(), Key: f.key}).Verify(inner, key.Public()) {
					t.Errorf("%v: not authorized", alg)
				}
				r.say(r.reply(asked, f.answer(inner, secret, want)))
				got := <-done
				if e, refused := want.(smp.ERR); refused != errors.Is(got.Err, smp.ErrQuota) || !refused && got.Response != want {
					t.Errorf("got %v, %v, want %v", got.Response, got.Err, e)
				}
			}
		})
	}
}

// TestProxyVerifies: the key of the relay behind must be signed by the relay of
// the address.
func TestProxyVerifies(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f, other *far)
		want   error
	}{
		"other relay":   {func(f, other *far) { f.pkey = other.pkey }, transport.ErrIdentity},
		"other key":     {func(f, other *far) { f.pkey.SignedKey = other.pkey.SignedKey }, transport.ErrKey},
		"no identity":   {func(f, other *far) { f.pkey.Chain = f.pkey.Chain[:1] }, transport.ErrCertificate},
		"other leaf":    {func(f, other *far) { f.pkey.Chain = [][]byte{other.pkey.Chain[0], f.pkey.Chain[1]} }, transport.ErrCertificate},
		"old versions":  {func(f, other *far) { f.pkey.Versions = smp.Range[smp.Version]{Min: 6, Max: 7} }, transport.ErrVersion},
		"later version": {func(f, other *far) { f.pkey.Versions = smp.Range[smp.Version]{Min: 90, Max: 99} }, transport.ErrVersion},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, r := connect(t, setup{})
			f := newFar(t)
			test.change(f, newFar(t))
			if p := proxy(c, r, f, nil, f.pkey); !errors.Is(p.err, test.want) {
				t.Errorf("%s: %v, want %v", name, p.err, test.want)
			}
		})
	}
}

// TestForwardTimeout: an answer from behind may take longer than one of the relay
// itself, but not for ever.
func TestForwardTimeout(t *testing.T) {
	for after, late := range map[time.Duration]bool{35 * time.Second: false, 45 * time.Second: true} {
		synctest.Test(t, func(t *testing.T) {
			c, r := connect(t, setup{Options: Options{PongTimeout: time.Minute}})
			f := newFar(t)
			p := proxy(c, r, f, nil, f.pkey)
			if p.err != nil {
				t.Fatal(p.err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := p.Forward(t.Context(), []byte("queue"), newKey(t, smp.X25519), smp.SEND{Body: []byte("hello")})
				done <- err
			}()
			asked := r.one()
			time.Sleep(after)
			inner, secret := f.open(asked, r.command(asked).(smp.PFWD))
			r.say(r.reply(asked, f.answer(inner, secret, smp.OK{})))
			if err := <-done; errors.Is(err, context.DeadlineExceeded) != late {
				t.Errorf("after %v: %v", after, err)
			}
		})
	}
}

// TestProxyError: what the relay between says cannot be taken for the word of
// the one behind.
func TestProxyError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		f := newFar(t)
		noSession := smp.ERR{Err: &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyNoSession}}}
		checkProxyError(t, proxy(c, r, f, nil, smp.ERR{Err: smp.ErrAuth}).err, false)
		p := proxy(c, r, f, nil, f.pkey)
		for _, test := range []struct {
			answer    smp.Response
			noSession bool
		}{{noSession, true}, {smp.ERR{Err: smp.ErrAuth}, false}} {
			done := make(chan error, 1)
			go func() { done <- OK(p.Forward(t.Context(), []byte("queue"), smp.PrivateKey{}, smp.SEND{})) }()
			r.answer(test.answer)
			checkProxyError(t, <-done, test.noSession)
		}
	})
}

func checkProxyError(t *testing.T, err error, noSession bool) {
	t.Helper()
	e, ok := errors.AsType[*ProxyError](err)
	if _, isRelay := errors.AsType[*smp.Error](err); !ok || isRelay || e.NoSession() != noSession {
		t.Errorf("got %v (%T)", err, err)
	}
}

// TestForwardInvalid: an answer that the relay behind did not make is an error.
func TestForwardInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, r := connect(t, setup{})
		f := newFar(t)
		p := proxy(c, r, f, nil, f.pkey)
		for name, answer := range map[string]func(inner smp.Transmission, secret []byte) smp.Response{
			"not encrypted": func(smp.Transmission, []byte) smp.Response { return smp.PRES{Body: make([]byte, 100)} },
			"other secret": func(inner smp.Transmission, _ []byte) smp.Response {
				return f.answer(inner, make([]byte, 32), smp.OK{})
			},
			"two answers": func(inner smp.Transmission, secret []byte) smp.Response {
				return f.answer(inner, secret, smp.OK{}, smp.OK{})
			},
			"not PRES": func(smp.Transmission, []byte) smp.Response { return smp.OK{} },
		} {
			done := make(chan error, 1)
			go func() { done <- OK(p.Forward(t.Context(), []byte("queue"), smp.PrivateKey{}, smp.SEND{})) }()
			asked := r.one()
			r.say(r.reply(asked, answer(f.open(asked, r.command(asked).(smp.PFWD)))))
			if err := <-done; !errors.Is(err, ErrUnexpected) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := p.Forward(t.Context(), []byte("queue"), smp.PrivateKey{}, smp.SEND{Body: make([]byte, 16200)}); !errors.Is(err, transport.ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
	})
}
