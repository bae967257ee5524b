package smp

import "sotto/smp/wire"

// A ProxyError is what went wrong between a proxy and the relay behind it.
type ProxyError struct {
	Code     ProxyErrorCode
	Protocol *Error       // with ProxyProtocol: what the relay said to the proxy
	Broker   *BrokerError // with ProxyBroker
}

// A ProxyErrorCode is the first word of a ProxyError.
type ProxyErrorCode string

// The proxy error codes.
const (
	ProxyProtocol  ProxyErrorCode = "PROTOCOL"
	ProxyBroker    ProxyErrorCode = "BROKER"
	ProxyBasicAuth ProxyErrorCode = "BASIC_AUTH" // wrong password for the proxy
	ProxyNoSession ProxyErrorCode = "NO_SESSION" // PRXY must come first, or again
)

// A BrokerError is why a proxy has no answer of the relay.
type BrokerError struct {
	Code      BrokerErrorCode
	Text      string         // with BrokerResponse and BrokerUnexpected
	Transport TransportError // with BrokerTransport
	Network   NetworkError   // with BrokerNetwork
}

// A BrokerErrorCode is the first word of a BrokerError.
type BrokerErrorCode string

// The broker error codes.
const (
	BrokerResponse   BrokerErrorCode = "RESPONSE"   // the relay's answer makes no sense
	BrokerUnexpected BrokerErrorCode = "UNEXPECTED" // the relay's answer is to another question
	BrokerTransport  BrokerErrorCode = "TRANSPORT"
	BrokerNetwork    BrokerErrorCode = "NETWORK" // no connection
	BrokerTimeout    BrokerErrorCode = "TIMEOUT"
	BrokerHost       BrokerErrorCode = "HOST" // no host name that the proxy can use
	BrokerNoService  BrokerErrorCode = "NO_SERVICE"
)

// A NetworkError is why there is no connection. Peers may send it, but not all
// read it: the zero value is what to send.
type NetworkError struct {
	Code string // CONNECT, TLS, SUBSCRIBE with Text; UNKNOWNCA, FAILED, TIMEOUT; or ""
	Text string
}

// A TransportError is what is wrong with a connection. It is also what a relay
// says instead of its side of the hello.
type TransportError string

// The transport errors.
const (
	TransportBlock      TransportError = "BLOCK"
	TransportVersion    TransportError = "VERSION" // no common version
	TransportLargeMsg   TransportError = "LARGE_MSG"
	TransportSession    TransportError = "SESSION"
	TransportNoAuth     TransportError = "NO_AUTH"            // the relay gave no key for authenticators
	TransportParse      TransportError = "HANDSHAKE PARSE"    // of the hello
	TransportIdentity   TransportError = "HANDSHAKE IDENTITY" // the fingerprint differs
	TransportBadAuth    TransportError = "HANDSHAKE BAD_AUTH"
	TransportBadService TransportError = "HANDSHAKE BAD_SERVICE"
)

// Error returns the words of the protocol.
func (e TransportError) Error() string { return "smp transport: " + string(e) }

// AppendTransportError appends e as the hello has it.
func AppendTransportError(b []byte, e TransportError) []byte { return append(b, e...) }

// ReadTransportError reads what AppendTransportError wrote.
func ReadTransportError(p *wire.Parser) TransportError {
	e := TransportError(p.Until(' '))
	if e == "HANDSHAKE" {
		p.Literal(" ")
		e += " " + TransportError(p.Until(' '))
	}
	switch e {
	case TransportBlock, TransportVersion, TransportLargeMsg, TransportSession, TransportNoAuth,
		TransportParse, TransportIdentity, TransportBadAuth, TransportBadService:
	default:
		p.Fail(wire.ErrSyntax)
	}
	return e
}

func (e *ProxyError) words() string {
	switch e.Code {
	case ProxyProtocol:
		return join(e.Code, e.Protocol.words())
	case ProxyBroker:
		return join(e.Code, e.Broker.words())
	}
	return string(e.Code)
}

func (e *BrokerError) words() string {
	switch e.Code {
	case BrokerTransport:
		return join(e.Code, e.Transport)
	case BrokerNetwork:
		return join(e.Code, e.Network.Code)
	}
	return string(e.Code)
}

func appendProxyError(b []byte, e *ProxyError) []byte {
	b = append(b, e.Code...)
	switch e.Code {
	case ProxyProtocol:
		return appendError(append(b, ' '), e.Protocol)
	case ProxyBroker:
		return appendBrokerError(append(b, ' '), e.Broker)
	}
	return b
}

func readProxyError(p *wire.Parser) *ProxyError {
	p.Literal(" ")
	e := &ProxyError{Code: ProxyErrorCode(p.Until(' '))}
	switch e.Code {
	case ProxyProtocol:
		p.Literal(" ")
		e.Protocol = readError(p)
	case ProxyBroker:
		p.Literal(" ")
		e.Broker = readBrokerError(p)
	case ProxyBasicAuth, ProxyNoSession:
	default:
		p.Fail(wire.ErrSyntax)
	}
	return e
}

func appendBrokerError(b []byte, e *BrokerError) []byte {
	b = append(b, e.Code...)
	switch e.Code {
	case BrokerResponse, BrokerUnexpected:
		return appendText(append(b, ' '), e.Text)
	case BrokerTransport:
		return AppendTransportError(append(b, ' '), e.Transport)
	case BrokerNetwork:
		return appendNetworkError(b, e.Network)
	}
	return b
}

func readBrokerError(p *wire.Parser) *BrokerError {
	e := &BrokerError{Code: BrokerErrorCode(p.Until(' '))}
	switch e.Code {
	case BrokerResponse, BrokerUnexpected:
		p.Literal(" ")
		e.Text = string(p.Short())
	case BrokerTransport:
		p.Literal(" ")
		e.Transport = ReadTransportError(p)
	case BrokerNetwork:
		if p.Accept(" ") {
			e.Network = readNetworkError(p)
		}
	case BrokerTimeout, BrokerHost, BrokerNoService:
	default:
		p.Fail(wire.ErrSyntax)
	}
	return e
}

func appendNetworkError(b []byte, e NetworkError) []byte {
	switch e.Code {
	case "":
		return b
	case "CONNECT", "TLS", "SUBSCRIBE":
		b = append(append(b, ' '), e.Code...)
		return appendText(append(b, ' '), e.Text)
	}
	return append(append(b, ' '), e.Code...)
}

func readNetworkError(p *wire.Parser) NetworkError {
	e := NetworkError{Code: string(p.Until(' '))}
	switch e.Code {
	case "CONNECT", "TLS", "SUBSCRIBE":
		p.Literal(" ")
		e.Text = string(p.Short())
	case "UNKNOWNCA", "FAILED", "TIMEOUT":
	default:
		p.Fail(wire.ErrSyntax)
	}
	return e
}

// appendText appends as much of an explanation as its length can count.
func appendText(b []byte, text string) []byte {
	return wire.AppendShort(b, text[:min(len(text), wire.MaxShort)])
}
