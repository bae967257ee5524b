package relay

import (
	"context"
	"errors"

	"sotto/smp"
	"sotto/smp/client"
	"sotto/smp/transport"
	"sotto/smp/wire"
)

// proxyRefusal is what a client is told of an error between this relay and
// another one, in the words of the reference.
func proxyRefusal(err error) *smp.Error {
	var said *smp.Error
	var hello smp.TransportError
	switch {
	case errors.As(err, &said):
		return &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyProtocol, Protocol: said}}
	case errors.As(err, &hello):
		return transportRefusal(hello)
	case errors.Is(err, errNoSession):
		return &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyNoSession}}
	case errors.Is(err, smp.ErrDecrypt):
		return smp.ErrCrypto
	case errors.Is(err, client.ErrUnexpected):
		return brokerRefusal(smp.BrokerError{Code: unexpected(err), Text: "answer to a forwarded command"})
	}
	return connectionRefusal(err)
}

// connectionRefusal is proxyRefusal for a connection that there is not, or not
// any more.
func connectionRefusal(err error) *smp.Error {
	for _, known := range []struct {
		err  error
		said smp.TransportError
	}{
		{transport.ErrVersion, smp.TransportVersion},
		{transport.ErrSession, smp.TransportSession},
		{transport.ErrIdentity, smp.TransportIdentity},
		{transport.ErrCertificate, smp.TransportBadAuth},
		{transport.ErrKey, smp.TransportNoAuth},
		{transport.ErrHello, smp.TransportParse},
		{transport.ErrBlock, smp.TransportBlock},
		{transport.ErrTooLarge, smp.TransportLargeMsg},
	} {
		if errors.Is(err, known.err) {
			return transportRefusal(known.said)
		}
	}
	switch {
	case errors.Is(err, ErrHost):
		return brokerRefusal(smp.BrokerError{Code: smp.BrokerHost})
	case errors.Is(err, context.DeadlineExceeded):
		return brokerRefusal(smp.BrokerError{Code: smp.BrokerTimeout})
	}
	return brokerRefusal(smp.BrokerError{Code: smp.BrokerNetwork})
}

// unexpected tells an answer of the wrong kind from one that does not parse.
func unexpected(err error) smp.BrokerErrorCode {
	if errors.Is(err, wire.ErrSyntax) || errors.Is(err, smp.ErrUnknown) {
		return smp.BrokerResponse
	}
	return smp.BrokerUnexpected
}

func brokerRefusal(e smp.BrokerError) *smp.Error {
	return &smp.Error{Code: smp.CodeProxy, Proxy: &smp.ProxyError{Code: smp.ProxyBroker, Broker: &e}}
}

func transportRefusal(e smp.TransportError) *smp.Error {
	return brokerRefusal(smp.BrokerError{Code: smp.BrokerTransport, Transport: e})
}
