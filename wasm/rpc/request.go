package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// maxRequest bounds a message from the page, in bytes. A text message has at
// most 15,602 bytes, a draft is no longer than what a person types.
const maxRequest = 1 << 20

// A request is one message from the page: a call, or an acknowledgement.
type request struct {
	// ID is the page's number of the call, above 0; 0 in acknowledgements.
	ID     int64           `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	// Ack is the number of messages that the page got so far.
	Ack uint64 `json:"ack"`
}

type response struct {
	ID     int64  `json:"id"`
	Result any    `json:"result,omitempty"`
	Error  *Error `json:"error,omitempty"`
}

func parseRequest(b []byte) (request, error) {
	var r request
	if len(b) > maxRequest {
		return r, fmt.Errorf("%w: %d bytes", ErrProtocol, len(b))
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if (r.ID > 0) == (r.Ack > 0) || r.ID < 0 || (r.ID > 0) == (r.Method == "") {
		return r, fmt.Errorf("%w: neither a call nor an acknowledgement", ErrProtocol)
	}
	return r, nil
}

// A handler is a Method for which parameters and result are JSON.
type handler struct {
	call func(ctx context.Context, params json.RawMessage) (any, error)
	// beside lets the requests that follow overtake this one, because it waits
	// for the network.
	beside bool
}

// handlers returns the methods of a by their names in JSON.
func (a *API) handlers() map[string]handler {
	return map[string]handler{
		"hello":            handle(a.Hello),
		"setProfile":       handle(a.SetProfile),
		"invite":           handle(a.Invite).besides(),
		"addProfile":       handle(a.AddProfile),
		"switchProfile":    handle(a.SwitchProfile),
		"deleteProfile":    handle(a.DeleteProfile),
		"suggestName":      handle(a.SuggestName),
		"resolveLink":      handle(a.ResolveLink).besides(),
		"makeAddress":      handle(a.MakeAddress).besides(),
		"setAddress":       handle(a.SetAddress),
		"rotateAddress":    handle(a.RotateAddress).besides(),
		"deleteAddress":    handle(a.DeleteAddress),
		"acceptRequest":    handle(a.AcceptRequest),
		"rejectRequest":    handle(a.RejectRequest),
		"inspectLink":      handle(a.InspectLink),
		"connect":          handle(a.Connect),
		"items":            handle(a.Items),
		"send":             handle(a.Send),
		"editMessage":      handle(a.EditMessage),
		"deleteMessage":    handle(a.DeleteMessage),
		"react":            handle(a.React),
		"resync":           handle(a.Resync),
		"switchQueue":      handle(a.SwitchQueue),
		"setPostQuantum":   handle(a.SetPostQuantum),
		"securityCode":     handle(a.SecurityCode),
		"verify":           handle(a.Verify),
		"setRouting":       handle(a.SetRouting),
		"addRelay":         handle(a.AddRelay),
		"testRelay":        handle(a.TestRelay).besides(),
		"setRelay":         handle(a.SetRelay),
		"removeRelay":      handle(a.RemoveRelay),
		"setDraft":         handle(a.SetDraft),
		"read":             handle(a.Read),
		"deleteContact":    handle(a.DeleteContact),
		"wake":             handle(a.Wake),
		"storage":          handle(a.Storage),
		"setPassphrase":    handle(a.SetPassphrase),
		"removePassphrase": handle(a.RemovePassphrase),
		"unlock":           handle(a.Unlock),
		"lock":             handle(a.Lock),
		"lockAfter":        handle(a.LockAfter),
		"active":           handle(a.Active),
		"export":           handle(a.Export),
		"exportPart":       handle(a.ExportPart),
		"import":           handle(a.Import),
		"importPart":       handle(a.ImportPart),
		"replace":          handle(a.Replace),
		"reset":            handle(a.Reset),
	}
}

// handle makes a Method a handler. A nil Method refuses.
func handle[P, R any](m Method[P, R]) handler {
	return handler{call: func(ctx context.Context, params json.RawMessage) (any, error) {
		if m == nil {
			return nil, &Error{CodeStorage, "This is not possible now."}
		}
		var p P
		d := json.NewDecoder(bytes.NewReader(params))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			return nil, &Error{CodeRequest, "The page sent a request that this version does not understand. Reload the page."}
		}
		return m(ctx, p)
	}}
}

func (h handler) besides() handler {
	h.beside = true
	return h
}
