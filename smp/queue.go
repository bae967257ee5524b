package smp

import (
	"net/url"
	"strings"

	"sotto/smp/wire"
)

// A QueueAddress is what a sender must know of a queue.
type QueueAddress struct {
	Relay    Address
	SenderID []byte
	DHKey    PublicKey // X25519, the recipient's, for the queue layer
	Mode     QueueMode // 0 if the recipient did not say
}

// A QueueURI is an address with the client versions that the recipient speaks:
// what links contain. SMP: "SMP queue URI".
type QueueURI struct {
	Versions Range[ClientVersion]
	QueueAddress
}

// A QueueInfo is an address with the client version that both sides agreed:
// what a connection sends to add a queue.
type QueueInfo struct {
	Version ClientVersion
	QueueAddress
}

// AppendQueueInfo appends the binary form.
func AppendQueueInfo(b []byte, q QueueInfo) []byte {
	b = wire.AppendUint16(b, uint16(q.Version))
	if q.Version < ClientVersionHosts {
		b = appendOldAddress(b, q.Relay)
	} else {
		b = AppendAddress(b, q.Relay)
	}
	b = AppendPublicKey(wire.AppendShort(b, q.SenderID), q.DHKey)
	switch {
	case q.Version >= ClientVersionShortLinks:
		return appendMode(b, q.Mode)
	case q.Version >= ClientVersionSenderKey && q.Mode.CanSecure():
		return wire.AppendBool(b, true)
	}
	return b
}

// ReadQueueInfo reads what AppendQueueInfo wrote.
func ReadQueueInfo(p *wire.Parser) QueueInfo {
	q := QueueInfo{Version: ClientVersion(p.Uint16())}
	if q.Version < ClientVersionHosts {
		q.Relay = readOldAddress(p)
	} else {
		q.Relay = ReadAddress(p)
	}
	q.SenderID, q.DHKey, q.Mode = p.Short(), ReadPublicKey(p, X25519), readTrailingMode(p)
	return q
}

// AppendQueueURI appends the binary form.
func AppendQueueURI(b []byte, q QueueURI) []byte {
	b = AppendAddress(AppendRange(b, q.Versions), q.Relay)
	b = AppendPublicKey(wire.AppendShort(b, q.SenderID), q.DHKey)
	switch {
	case q.Versions.Min >= ClientVersionShortLinks:
		return appendMode(b, q.Mode)
	case q.Versions.Min >= ClientVersionSenderKey,
		// Clients of version 2 would not read the byte.
		q.Versions.Max >= ClientVersionSenderKey && q.Mode.CanSecure():
		return wire.AppendBool(b, q.Mode.CanSecure())
	}
	return b
}

// ReadQueueURI reads what AppendQueueURI wrote.
func ReadQueueURI(p *wire.Parser) QueueURI {
	return QueueURI{ReadRange[ClientVersion](p), QueueAddress{
		Relay: ReadAddress(p), SenderID: p.Short(), DHKey: ReadPublicKey(p, X25519), Mode: readTrailingMode(p),
	}}
}

func appendMode(b []byte, m QueueMode) []byte {
	if m == 0 {
		return b
	}
	return append(b, byte(m))
}

// readTrailingMode reads a mode if there is one. No version refuses the form
// of another: as in the reference, the byte itself says what it is.
func readTrailingMode(p *wire.Parser) QueueMode {
	switch {
	case p.Accept("M"), p.Accept("T"):
		return Messaging
	case p.Accept("C"), p.Accept("F"):
		return Contact
	}
	return 0
}

// At returns the address for client version v.
func (q QueueURI) At(v ClientVersion) QueueInfo { return QueueInfo{v, q.QueueAddress} }

// String returns the text form: smp://...@HOST/SENDER_ID#/?v=1-4&dh=...&q=m&k=s.
func (q QueueURI) String() string {
	relay, others := q.Relay, []string(nil)
	if q.Versions.Min < ClientVersionHosts {
		relay.Hosts, others = relay.Hosts[:1], relay.Hosts[1:]
	}
	dh, _ := q.DHKey.MarshalText()
	b := append([]byte(relay.String()), '/')
	b = append(wire.AppendBase64(b, q.SenderID), "#/?v="...)
	b = append(append(b, q.Versions.String()...), "&dh="...)
	b = append(b, url.QueryEscape(string(dh))...)
	b = append(b, q.modeParams()...)
	if len(others) > 0 {
		b = append(append(b, "&srv="...), url.QueryEscape(strings.Join(others, ","))...)
	}
	return string(b)
}

func (q QueueURI) modeParams() string {
	switch {
	case q.Mode == Contact:
		return "&q=c"
	case q.Mode == Messaging && q.Versions.Min < ClientVersionShortLinks:
		return "&q=m&k=s"
	case q.Mode == Messaging:
		return "&q=m"
	}
	return ""
}

// ParseQueueURI decodes the text form. Parameters it does not know are ignored,
// and so is their order.
func ParseQueueURI(s string) (QueueURI, error) {
	rest, isSMP := strings.CutPrefix(s, "smp://")
	server, rest, hasPath := strings.Cut(rest, "/")
	id, fragment, hasFragment := strings.Cut(rest, "#")
	relay, err := ParseAddress("smp://" + server)
	if err != nil || !isSMP || !hasPath || !hasFragment {
		return QueueURI{}, wire.ErrSyntax
	}
	senderID, err := wire.ParseBase64(strings.TrimSuffix(id, "/"))
	if err != nil || len(senderID) == 0 || len(senderID) > wire.MaxShort {
		return QueueURI{}, wire.ErrSyntax
	}
	q := QueueURI{QueueAddress: QueueAddress{Relay: relay, SenderID: senderID}}
	return q, q.parseFragment(fragment)
}

// parseFragment reads what is behind the '#': /?PARAMETERS, the key before them
// in old links, or only the key in the oldest.
func (q *QueueURI) parseFragment(s string) error {
	key, query, versioned := strings.Cut(s, "?")
	if !versioned {
		q.Versions = Range[ClientVersion]{ClientVersionBinary, ClientVersionBinary}
		return q.setKey(key)
	}
	if strings.ContainsAny(query, " \n") {
		return wire.ErrSyntax
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return wire.ErrSyntax
	}
	key = strings.TrimSuffix(key, "/")
	if key == "" {
		key = params.Get("dh")
	}
	q.Mode = modeParam(params)
	q.Versions, err = ParseRange[ClientVersion](params.Get("v"))
	if err != nil {
		return err
	}
	if err := q.addHosts(params.Get("srv")); err != nil {
		return err
	}
	return q.setKey(key)
}

func (q *QueueURI) setKey(text string) error {
	err := q.DHKey.UnmarshalText([]byte(text))
	if err == nil && q.DHKey.Algorithm() != X25519 {
		err = ErrKey
	}
	return err
}

// addHosts adds the hosts that client version 1 would not have read.
func (q *QueueURI) addHosts(srv string) error {
	if srv == "" {
		return nil
	}
	for host := range strings.SplitSeq(srv, ",") {
		q.Relay.Hosts = append(q.Relay.Hosts, host)
		if !validHost(host) || len(host) > wire.MaxShort || len(q.Relay.Hosts) > wire.MaxList {
			return wire.ErrSyntax
		}
	}
	return nil
}

func modeParam(params url.Values) QueueMode {
	switch {
	case params.Get("q") == "m":
		return Messaging
	case params.Get("q") == "c":
		return Contact
	case params.Get("k") == "s": // all that version 3 says
		return Messaging
	}
	return 0
}
