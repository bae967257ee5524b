package agent

import (
	"net/url"
	"strings"

	"sotto/smp"
	"sotto/smp/wire"
	"sotto/wasm/ratchet"
)

// A Request is what a full link says. Agent protocol: "Full connection link
// syntax".
type Request struct {
	Versions smp.Range[Version]
	Queues   []smp.QueueURI // at least one; the first is used
	// Data is the application's, nil if there is none.
	Data *string
	// Params begin the ratchet; nil for a contact address, whose ratchets begin
	// with the answer to a request.
	Params *ratchet.ParamsRange
}

// invites reports whether r is a one-time invitation.
func (r *Request) invites() bool { return r.Params != nil }

// appendRequest appends the binary form.
func appendRequest(b []byte, r *Request) []byte {
	if !r.invites() {
		return appendRequestData(append(b, 'C'), r)
	}
	return ratchet.AppendParamsRange(appendRequestData(append(b, 'I'), r), *r.Params)
}

func appendRequestData(b []byte, r *Request) []byte {
	b = wire.AppendList(smp.AppendRange(b, r.Versions), r.Queues, smp.AppendQueueURI)
	b = wire.AppendMaybe(b, r.Data != nil)
	if r.Data == nil {
		return b
	}
	return wire.AppendLarge(b, *r.Data)
}

// readRequest reads what appendRequest wrote.
func readRequest(p *wire.Parser) *Request {
	switch p.Byte() {
	case 'C':
		return readRequestData(p)
	case 'I':
		r := readRequestData(p)
		params := ratchet.ReadParamsRange(p)
		r.Params = &params
		return r
	}
	p.Fail(wire.ErrSyntax)
	return nil
}

func readRequestData(p *wire.Parser) *Request {
	r := &Request{Versions: smp.ReadRange[Version](p), Queues: wire.NonEmpty(p, smp.ReadQueueURI)}
	if p.Maybe() {
		data := string(p.Large())
		r.Data = &data
	}
	// A contact queue of client versions 1 to 4 has no mode byte.
	for i := range r.Queues {
		if r.Queues[i].Mode == 0 {
			r.Queues[i].Mode = smp.Contact
		}
	}
	return r
}

// String returns the text form, with the scheme simplex:.
func (r *Request) String() string {
	kind := "contact"
	if r.invites() {
		kind = "invitation"
	}
	queues := make([]string, len(r.Queues))
	for i, q := range r.Queues {
		queues[i] = q.String()
	}
	s := "simplex:/" + kind + "#/?v=" + r.Versions.String() + "&smp=" + escape(strings.Join(queues, ";"))
	if r.invites() {
		params, _ := r.Params.MarshalText()
		s += "&e2e=" + escape(string(params))
	}
	if r.Data != nil {
		s += "&data=" + escape(*r.Data)
	}
	return s
}

// escape percent-encodes a parameter, the space, too.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// parseRequest decodes the text form, with any scheme.
func parseRequest(link string) (*Request, error) {
	path, ok := cutScheme(link)
	if !ok {
		return nil, wire.ErrSyntax
	}
	kind, rest, ok := strings.Cut(path, "#/?")
	kind = strings.TrimSuffix(kind, "/")
	if !ok || kind != "invitation" && kind != "contact" || strings.ContainsAny(rest, " \t\r\n") {
		return nil, wire.ErrSyntax
	}
	query, err := url.ParseQuery(rest)
	if err != nil || !query.Has("v") || !query.Has("smp") {
		return nil, wire.ErrSyntax
	}
	if kind == "contact" {
		return parseContact(query)
	}
	return parseInvitation(query)
}

func parseInvitation(query url.Values) (*Request, error) {
	r, err := parseRequestData(query)
	if err != nil {
		return nil, err
	}
	r.Params = new(ratchet.ParamsRange)
	return r, r.Params.UnmarshalText([]byte(query.Get("e2e")))
}

func parseContact(query url.Values) (*Request, error) {
	r, err := parseRequestData(query)
	if err != nil {
		return nil, err
	}
	// Addresses published long ago still work with agents of today.
	r.Versions.Min = max(r.Versions.Min, VersionDuplex)
	r.Versions.Max = max(r.Versions.Max, r.Versions.Min)
	return r, nil
}

func parseRequestData(query url.Values) (*Request, error) {
	r := &Request{}
	var err error
	if r.Versions, err = smp.ParseRange[Version](query.Get("v")); err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(query.Get("smp"), ";") {
		q, err := smp.ParseQueueURI(text)
		if err != nil || len(r.Queues) == wire.MaxList {
			return nil, wire.ErrSyntax
		}
		r.Queues = append(r.Queues, q)
	}
	if data := query.Get("data"); query.Has("data") {
		if len(data) > wire.MaxLarge {
			return nil, wire.ErrSyntax
		}
		r.Data = &data
	}
	return r, nil
}

// cutScheme returns what follows simplex:/ or https://host/.
func cutScheme(link string) (string, bool) {
	if path, ok := strings.CutPrefix(link, "simplex:/"); ok {
		return path, true
	}
	rest, ok := strings.CutPrefix(link, "https://")
	if !ok {
		return "", false
	}
	host, path, ok := strings.Cut(rest, "/")
	return path, ok && host != "" && !strings.ContainsAny(host, "#?@")
}
