package smp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// vectorErrors are the errors of the cases by their Haskell names, beside those
// that are only a word.
var vectorErrors = map[string]*Error{
	`STORE ""`:                           {Code: CodeStore},
	`STORE "timeout"`:                    {Code: CodeStore, Text: "timeout"},
	`STORE "no queue: it was deleted"`:   {Code: CodeStore, Text: "no queue: it was deleted"},
	`STORE "caf\233 \8364"`:              {Code: CodeStore, Text: "café €"},
	`PROXY BASIC_AUTH`:                   {Code: CodeProxy, Proxy: &ProxyError{Code: ProxyBasicAuth}},
	`PROXY NO_SESSION`:                   {Code: CodeProxy, Proxy: &ProxyError{Code: ProxyNoSession}},
	`PROXY PROTOCOL AUTH`:                protocolError(ErrAuth),
	`PROXY PROTOCOL BLOCK`:               protocolError(ErrBlock),
	`PROXY PROTOCOL SESSION`:             protocolError(ErrSession),
	`PROXY PROTOCOL QUOTA`:               protocolError(ErrQuota),
	`PROXY PROTOCOL INTERNAL`:            protocolError(ErrInternal),
	`PROXY PROTOCOL LARGE_MSG`:           protocolError(ErrLargeMsg),
	`PROXY PROTOCOL CMD SYNTAX`:          protocolError(ErrCmdSyntax),
	`PROXY PROTOCOL STORE err`:           protocolError(&Error{Code: CodeStore, Text: "err"}),
	`PROXY PROTOCOL BLOCKED reason=spam`: protocolError(&Error{Code: CodeBlocked, Blocked: &Blocking{Reason: BlockedSpam}}),
	`PROXY PROTOCOL PROXY NO_SESSION (nested)`: protocolError(
		&Error{Code: CodeProxy, Proxy: &ProxyError{Code: ProxyNoSession}}),
	`PROXY PROTOCOL PROXY PROTOCOL AUTH (nested)`:                      protocolError(protocolError(ErrAuth)),
	`PROXY BROKER HOST`:                                                brokerError(BrokerError{Code: BrokerHost}),
	`PROXY BROKER NO_SERVICE`:                                          brokerError(BrokerError{Code: BrokerNoService}),
	`PROXY BROKER TIMEOUT`:                                             brokerError(BrokerError{Code: BrokerTimeout}),
	`PROXY BROKER RESPONSE {respErr = "bad"}`:                          brokerError(BrokerError{Code: BrokerResponse, Text: "bad"}),
	`PROXY BROKER RESPONSE {respErr = "two words"}`:                    brokerError(BrokerError{Code: BrokerResponse, Text: "two words"}),
	`PROXY BROKER UNEXPECTED {respErr = "OK"}`:                         brokerError(BrokerError{Code: BrokerUnexpected, Text: "OK"}),
	`BLOCKED BlockingInfo {reason = BRSpam, notice = Nothing}`:         blockedError(BlockedSpam, ""),
	`BLOCKED BlockingInfo {reason = BRContent, notice = Nothing}`:      blockedError(BlockedContent, ""),
	`BLOCKED BlockingInfo {reason = BRSpam, ` + noticeForever + `}`:    blockedError(BlockedSpam, "{}"),
	`BLOCKED BlockingInfo {reason = BRContent, ` + noticeForever + `}`: blockedError(BlockedContent, "{}"),
	`BLOCKED BlockingInfo {reason = BRSpam, ` + noticeWeek + `}`:       blockedError(BlockedSpam, `{"ttl":604800}`),
	`BLOCKED BlockingInfo {reason = BRContent, ` + noticeWeek + `}`:    blockedError(BlockedContent, `{"ttl":604800}`),
}

const (
	noticeForever = `notice = Just (ClientNotice {ttl = Nothing})`
	noticeWeek    = `notice = Just (ClientNotice {ttl = Just 604800})`
)

func protocolError(e *Error) *Error {
	return &Error{Code: CodeProxy, Proxy: &ProxyError{Code: ProxyProtocol, Protocol: e}}
}

func brokerError(e BrokerError) *Error {
	return &Error{Code: CodeProxy, Proxy: &ProxyError{Code: ProxyBroker, Broker: &e}}
}

func blockedError(reason, notice string) *Error {
	return &Error{Code: CodeBlocked, Blocked: &Blocking{Reason: reason, Notice: notice}}
}

var transportErrors = map[string]TransportError{
	"TEBadBlock":                               TransportBlock,
	"TEVersion":                                TransportVersion,
	"TELargeMsg":                               TransportLargeMsg,
	"TEBadSession":                             TransportSession,
	"TENoServerAuth":                           TransportNoAuth,
	"TEHandshake {handshakeErr = PARSE}":       TransportParse,
	"TEHandshake {handshakeErr = IDENTITY}":    TransportIdentity,
	"TEHandshake {handshakeErr = BAD_AUTH}":    TransportBadAuth,
	"TEHandshake {handshakeErr = BAD_SERVICE}": TransportBadService,
}

// errorOf makes the error of a case.
func errorOf(name string) *Error {
	if e := vectorErrors[name]; e != nil {
		return e
	}
	if inner, ok := strings.CutPrefix(name, "PROXY BROKER TRANSPORT {transportErr = "); ok {
		return brokerError(BrokerError{Code: BrokerTransport, Transport: transportErrors[strings.TrimSuffix(inner, "}")]})
	}
	if strings.HasPrefix(name, "PROXY BROKER NETWORK") {
		return brokerError(BrokerError{Code: BrokerNetwork}) // the reference does not write what it knows
	}
	code, command, _ := strings.Cut(name, " ")
	return &Error{Code: ErrorCode(code), Command: CommandError(command)}
}

func TestErrorVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		if v.In.text("response") != "ERR" {
			continue
		}
		for _, version := range v.versions() {
			t.Run(fmt.Sprintf("%s, version %d", v.Description, version), func(t *testing.T) {
				checkResponse(t, version, ERR{errorOf(v.In.text("error"))}, v.Out.hex("encoded"))
			})
		}
	}
}

func TestTransportErrorVectors(t *testing.T) {
	for _, v := range vectors(t, "hs_smp_responses") {
		e, ok := transportErrors[v.In.text("error")]
		if !ok {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			want := v.Out.hex("encoded")
			checkBytes(t, "encoded", AppendTransportError(nil, e), want)
			checkTruncations(t, want, parseTransportError,
				func(e TransportError) []byte { return AppendTransportError(nil, e) })
			if got := must(parseTransportError(want)); got != e {
				t.Errorf("decoded as %s", got)
			}
		})
	}
}

func parseTransportError(b []byte) (TransportError, error) {
	p := newParser(string(b))
	e := ReadTransportError(p)
	return e, p.Done()
}

func TestErrorIs(t *testing.T) {
	var err error = fmt.Errorf("client: send: %w", &Error{Code: CodeBlocked, Blocked: &Blocking{Reason: BlockedSpam}})
	if !errors.Is(err, ErrBlocked) || errors.Is(err, ErrAuth) {
		t.Error("an error is not what it is")
	}
	if errors.Is(ErrCmdSyntax, ErrCmdUnknown) || !errors.Is(ErrCmdSyntax, &Error{Code: CodeCommand, Command: CommandSyntax}) {
		t.Error("command errors are not told apart")
	}
	if errors.Is(protocolError(ErrAuth), ErrAuth) {
		t.Error("what a relay told the proxy is not what the proxy says")
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"relay answered AUTH":                           ErrAuth,
		"relay answered CMD SYNTAX":                     ErrCmdSyntax,
		"relay answered BLOCKED":                        ErrBlocked,
		"relay answered BLOCKED content":                blockedError(BlockedContent, "{}"),
		"relay answered NAME NOT_FOUND":                 {Code: CodeName, Name: NameNotFound},
		"relay answered PROXY NO_SESSION":               {Code: CodeProxy, Proxy: &ProxyError{Code: ProxyNoSession}},
		"relay answered PROXY PROTOCOL QUOTA":           protocolError(ErrQuota),
		"relay answered PROXY BROKER TIMEOUT":           brokerError(BrokerError{Code: BrokerTimeout}),
		"relay answered PROXY BROKER NETWORK":           brokerError(BrokerError{Code: BrokerNetwork}),
		"relay answered PROXY BROKER NETWORK TLS":       brokerError(BrokerError{Code: BrokerNetwork, Network: NetworkError{Code: "TLS"}}),
		"relay answered PROXY BROKER TRANSPORT VERSION": brokerError(BrokerError{Code: BrokerTransport, Transport: TransportVersion}),
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestLongErrorText checks that a proxy can pass on a text of any length.
func TestLongErrorText(t *testing.T) {
	e := brokerError(BrokerError{Code: BrokerUnexpected, Text: strings.Repeat("é", 200)})
	r, err := ParseResponse(MaxVersion, AppendResponse(nil, MaxVersion, ERR{e}))
	if err != nil || len(r.(ERR).Err.Proxy.Broker.Text) != 255 {
		t.Errorf("read as %+v, %v", r, err)
	}
}

// TestBlockedWithoutReason checks that answering with the sentinel does no harm.
func TestBlockedWithoutReason(t *testing.T) {
	for _, v := range []Version{MinVersion, VersionBlocked, MaxVersion} {
		checkBytes(t, "answer", AppendResponse(nil, v, ERR{ErrBlocked}), []byte("ERR AUTH"))
	}
}
