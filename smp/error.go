package smp

import (
	"encoding/json"
	"strings"

	"sotto/smp/wire"
)

// An Error is what a relay says in ERR. It is the relay's word: errors of this
// package and of connections are other types. SMP: "Error responses".
type Error struct {
	Code    ErrorCode
	Command CommandError // with CodeCommand
	Proxy   *ProxyError  // with CodeProxy
	Blocked *Blocking    // with CodeBlocked
	Name    NameError    // with CodeName
	Text    string       // with CodeStore, and with NameResolver
}

// An ErrorCode is the first word of an error.
type ErrorCode string

// The error codes.
const (
	CodeBlock     ErrorCode = "BLOCK"      // a block, or an authorization, has the wrong form
	CodeSession   ErrorCode = "SESSION"    // another connection's session id
	CodeCommand   ErrorCode = "CMD"        // see CommandError
	CodeProxy     ErrorCode = "PROXY"      // of the relay behind the proxy, see ProxyError
	CodeAuth      ErrorCode = "AUTH"       // wrong authorization, or no such queue
	CodeBlocked   ErrorCode = "BLOCKED"    // the queue was blocked, see Blocking; AUTH before version 12
	CodeService   ErrorCode = "SERVICE"    // a service signature where there must be none, or none where one must be
	CodeCrypto    ErrorCode = "CRYPTO"     // a forwarded command does not decrypt
	CodeQuota     ErrorCode = "QUOTA"      // the queue is full
	CodeStore     ErrorCode = "STORE"      // the relay's storage failed
	CodeNoMsg     ErrorCode = "NO_MSG"     // there is nothing to acknowledge
	CodeLargeMsg  ErrorCode = "LARGE_MSG"  // the message is too large
	CodeExpired   ErrorCode = "EXPIRED"    // the relay's key expired
	CodeInternal  ErrorCode = "INTERNAL"   // the relay is at fault
	CodeDuplicate ErrorCode = "DUPLICATE_" // never sent
	CodeName      ErrorCode = "NAME"       // version 20, see NameError
)

// Errors without details, to answer with and to compare with errors.Is.
var (
	ErrBlock    = &Error{Code: CodeBlock}
	ErrSession  = &Error{Code: CodeSession}
	ErrAuth     = &Error{Code: CodeAuth}
	ErrBlocked  = &Error{Code: CodeBlocked} // for errors.Is; without a reason it is sent as AUTH
	ErrService  = &Error{Code: CodeService}
	ErrCrypto   = &Error{Code: CodeCrypto}
	ErrQuota    = &Error{Code: CodeQuota}
	ErrNoMsg    = &Error{Code: CodeNoMsg}
	ErrLargeMsg = &Error{Code: CodeLargeMsg}
	ErrExpired  = &Error{Code: CodeExpired}
	ErrInternal = &Error{Code: CodeInternal}

	ErrCmdUnknown    = &Error{Code: CodeCommand, Command: CommandUnknown}
	ErrCmdSyntax     = &Error{Code: CodeCommand, Command: CommandSyntax}
	ErrCmdProhibited = &Error{Code: CodeCommand, Command: CommandProhibited}
	ErrCmdNoAuth     = &Error{Code: CodeCommand, Command: CommandNoAuth}
	ErrCmdHasAuth    = &Error{Code: CodeCommand, Command: CommandHasAuth}
	ErrCmdNoEntity   = &Error{Code: CodeCommand, Command: CommandNoEntity}
)

// A CommandError is what is wrong with a command.
type CommandError string

// The command errors.
const (
	CommandUnknown    CommandError = "UNKNOWN"
	CommandSyntax     CommandError = "SYNTAX"
	CommandProhibited CommandError = "PROHIBITED" // not now, or not for this service
	CommandNoAuth     CommandError = "NO_AUTH"    // authorization or queue id is missing
	CommandHasAuth    CommandError = "HAS_AUTH"   // authorization or queue id must not be there
	CommandNoEntity   CommandError = "NO_ENTITY"  // the queue id is missing
	CommandNoQueue    CommandError = "NO_QUEUE"   // how old relays say NO_ENTITY
)

// A NameError is why a name was not found.
type NameError string

// The name errors.
const (
	NameNoResolver NameError = "NO_RESOLVER" // the relay resolves no names
	NameNotFound   NameError = "NOT_FOUND"
	NameResolver   NameError = "RESOLVER" // the relay's source of names failed
)

// Blocking is why a queue is blocked.
type Blocking struct {
	Reason string // BlockedSpam or BlockedContent
	Notice string // JSON for the people who used the queue; "" if none, and before version 18
}

// The reasons to block a queue.
const (
	BlockedSpam    = "spam"
	BlockedContent = "content"
)

// Error says what the relay said.
func (e *Error) Error() string { return "relay answered " + e.words() }

func (e *Error) words() string {
	switch e.Code {
	case CodeCommand:
		return join(e.Code, e.Command)
	case CodeProxy:
		return join(e.Code, e.Proxy.words())
	case CodeName:
		return join(e.Code, e.Name)
	case CodeBlocked:
		if e.Blocked != nil {
			return join(e.Code, e.Blocked.Reason)
		}
	}
	return string(e.Code)
}

func join[A, B ~string](a A, b B) string {
	return strings.TrimSuffix(string(a)+" "+string(b), " ")
}

// Is reports whether target is an Error of the same code and command error,
// whatever its details.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Command == e.Command
}

// at returns e as a client of version v may read it. A blocked queue without a
// reason is one that there is not.
func (e *Error) at(v Version) *Error {
	switch {
	case e.Code != CodeBlocked:
		return e
	case v < VersionBlocked, e.Blocked == nil:
		return ErrAuth
	case v < VersionNotices:
		return &Error{Code: CodeBlocked, Blocked: &Blocking{Reason: e.Blocked.Reason}}
	}
	return e
}

func appendError(b []byte, e *Error) []byte {
	b = append(b, e.Code...)
	switch e.Code {
	case CodeCommand:
		b = append(append(b, ' '), e.Command...)
	case CodeProxy:
		b = appendProxyError(append(b, ' '), e.Proxy)
	case CodeBlocked:
		b = appendBlocking(append(b, ' '), e.Blocked)
	case CodeStore:
		b = append(append(b, ' '), e.Text...)
	case CodeName:
		b = append(append(b, ' '), e.Name...)
		if e.Name == NameResolver {
			b = append(append(b, ' '), e.Text...)
		}
	}
	return b
}

func readError(p *wire.Parser) *Error {
	e := &Error{Code: ErrorCode(p.Until(' '))}
	switch e.Code {
	case CodeBlock, CodeSession, CodeAuth, CodeService, CodeCrypto, CodeQuota, CodeNoMsg,
		CodeLargeMsg, CodeExpired, CodeInternal, CodeDuplicate:
	case CodeCommand:
		e.Command = readCommandError(p)
	case CodeProxy:
		e.Proxy = readProxyError(p)
	case CodeBlocked:
		e.Blocked = readBlocking(p)
	case CodeStore:
		p.Literal(" ")
		e.Text = string(p.Rest())
	case CodeName:
		e.Name, e.Text = readNameError(p)
	default:
		p.Fail(wire.ErrSyntax)
	}
	return e
}

func readCommandError(p *wire.Parser) CommandError {
	p.Literal(" ")
	c := CommandError(p.Until(' '))
	switch c {
	case CommandUnknown, CommandSyntax, CommandProhibited, CommandNoAuth, CommandHasAuth,
		CommandNoEntity, CommandNoQueue:
	default:
		p.Fail(wire.ErrSyntax)
	}
	return c
}

func readNameError(p *wire.Parser) (NameError, string) {
	p.Literal(" ")
	n := NameError(p.Until(' '))
	switch n {
	case NameNoResolver, NameNotFound:
	case NameResolver:
		p.Literal(" ")
		return n, string(p.Rest())
	default:
		p.Fail(wire.ErrSyntax)
	}
	return n, ""
}

func appendBlocking(b []byte, k *Blocking) []byte {
	b = append(append(b, "reason="...), k.Reason...)
	if k.Notice == "" {
		return b
	}
	return append(append(b, ",notice="...), k.Notice...)
}

func readBlocking(p *wire.Parser) *Blocking {
	p.Literal(" reason=")
	k := &Blocking{}
	switch {
	case p.Accept(BlockedSpam):
		k.Reason = BlockedSpam
	case p.Accept(BlockedContent):
		k.Reason = BlockedContent
	default:
		p.Fail(wire.ErrSyntax)
	}
	if p.Accept(",notice=") {
		k.Notice = string(p.Rest())
		var notice struct{ TTL *int64 }
		if json.Unmarshal([]byte(k.Notice), &notice) != nil {
			p.Fail(wire.ErrSyntax)
		}
	}
	return k
}
