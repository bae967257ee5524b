package agent

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sotto/smp"
	"sotto/smp/wire"
)

// A shortLink says where link data is, and is the key to it. Agent protocol:
// "Short connection link syntax".
type shortLink struct {
	kind  LinkKind
	web   bool        // written https://HOST/, not simplex:/
	relay smp.Address // without a fingerprint if the relay is one that every client knows
	id    []byte      // of the data of an invitation; that of the others follows from the key
	key   []byte      // SHA3-256 of the fixed data
}

// shortLetters are the reverse of shortKinds.
var shortLetters = map[LinkKind]string{LinkInvitation: "i", LinkContact: "a", LinkGroup: "g", LinkChannel: "c", LinkRelay: "r"}

// access returns the id of the link data and the key that they are encrypted
// with. Agent protocol: "Link key derivation".
func (l *shortLink) access() (id, key []byte) {
	if l.kind == LinkInvitation {
		return l.id, smp.HKDF(l.key, nil, "SimpleXInvLink", smp.BoxKeySize)
	}
	derived := smp.HKDF(l.key, nil, "SimpleXContactLink", linkIDSize+smp.BoxKeySize)
	return derived[:linkIDSize], derived[linkIDSize:]
}

// linkIDSize is the length of the id of link data.
const linkIDSize = 24

// String returns the text form.
func (l *shortLink) String() string {
	hosts := hostTexts(l.relay)
	s := "simplex:/"
	if l.web {
		s, hosts = "https://"+hosts[0]+"/", hosts[1:]
	}
	s += shortLetters[l.kind] + "#"
	if l.kind == LinkInvitation {
		s += rawBase64(l.id) + "/"
	}
	s += rawBase64(l.key)
	var params []string
	if len(hosts) > 0 {
		params = append(params, "h="+escape(strings.Join(hosts, ",")))
	}
	if l.relay.Port != "" {
		params = append(params, "p="+l.relay.Port)
	}
	if len(l.relay.Fingerprint) > 0 {
		params = append(params, "c="+rawBase64(l.relay.Fingerprint))
	}
	if params == nil {
		return s
	}
	return s + "?" + strings.Join(params, "&")
}

func rawBase64(b []byte) string { return string(wire.AppendBase64Raw(nil, b)) }

// hostTexts returns the hosts of a relay as addresses have them.
func hostTexts(a smp.Address) []string {
	_, hosts, _ := strings.Cut(smp.Address{Hosts: a.Hosts}.String(), "@")
	return strings.Split(hosts, ",")
}

// parseShortLink decodes the text form.
func parseShortLink(text string) (*shortLink, error) {
	path, ok := cutScheme(text)
	kind, rest, hasKey := strings.Cut(path, "#")
	kind = strings.ToLower(strings.TrimSuffix(kind, "/"))
	if !ok || !hasKey || len(kind) != 1 || shortKinds[kind] == "" {
		return nil, wire.ErrSyntax
	}
	l := &shortLink{kind: shortKinds[kind], web: strings.HasPrefix(text, "https:")}
	key, query, _ := strings.Cut(rest, "?")
	if l.kind == LinkInvitation {
		id, after, _ := strings.Cut(key, "/")
		key = after
		if l.id, ok = parseShort(id); !ok {
			return nil, wire.ErrSyntax
		}
	}
	if l.key, ok = parseShort(key); !ok {
		return nil, wire.ErrSyntax
	}
	return l, l.parseRelay(text, query)
}

// parseShort decodes base64url with one byte at least.
func parseShort(text string) ([]byte, bool) {
	b, err := wire.ParseBase64(text)
	return b, err == nil && len(b) > 0 && len(b) <= wire.MaxShort
}

// parseRelay reads the relay from the host of an https link and the parameters.
func (l *shortLink) parseRelay(text, query string) error {
	params, err := url.ParseQuery(query)
	if err != nil || strings.ContainsAny(query, " \t\r\n") {
		return wire.ErrSyntax
	}
	var hosts []string
	if l.web {
		host, _, _ := strings.Cut(strings.TrimPrefix(text, "https://"), "/")
		hosts = []string{host}
	}
	if params.Has("h") {
		hosts = append(hosts, strings.Split(params.Get("h"), ",")...)
	}
	a, err := smp.ParseAddress("smp://AAAA@" + strings.Join(hosts, ","))
	if err != nil || a.Port != "" {
		return wire.ErrSyntax
	}
	l.relay = smp.Address{Hosts: a.Hosts}
	if port := params.Get("p"); params.Has("p") {
		n, err := strconv.ParseUint(port, 10, 64)
		if err != nil {
			return wire.ErrSyntax
		}
		l.relay.Port = strconv.Itoa(int(uint16(n))) // as the reference does
	}
	if params.Has("c") {
		l.relay.Fingerprint, err = wire.ParseBase64(params.Get("c"))
	}
	if err != nil || len(l.relay.Fingerprint) > wire.MaxShort {
		return wire.ErrSyntax
	}
	return nil
}

// restore returns l with the whole address of a relay of which it names only a
// host, if the relay is one that every client knows.
func (l *shortLink) restore(known []smp.Address) *shortLink {
	if len(l.relay.Hosts) != 1 || l.relay.Port != "" || len(l.relay.Fingerprint) > 0 {
		return l
	}
	if a, ok := knownRelay(l.relay, known); ok {
		full := *l
		full.relay = a
		return &full
	}
	return l
}

// shorten is the reverse of restore.
func (l *shortLink) shorten(known []smp.Address) *shortLink {
	a, ok := knownRelay(l.relay, known)
	usual := l.relay.Port == a.Port || a.Port == "" && (l.relay.Port == "443" || l.relay.Port == "5223")
	if !ok || !usual || string(a.Fingerprint) != string(l.relay.Fingerprint) {
		return l
	}
	for _, host := range l.relay.Hosts {
		if !slices.Contains(a.Hosts, host) {
			return l
		}
	}
	short := *l
	short.relay = smp.Address{Hosts: l.relay.Hosts[:1]}
	return &short
}

// knownRelay finds the relay with the first host of a.
func knownRelay(a smp.Address, known []smp.Address) (smp.Address, bool) {
	n := slices.IndexFunc(known, func(k smp.Address) bool { return k.Hosts[0] == a.Hosts[0] })
	if n < 0 {
		return smp.Address{}, false
	}
	return known[n], true
}

// contactLetters are the kinds of addresses in binary short links.
const contactLetters = "ACGR"

// append appends the binary form.
func (l *shortLink) append(b []byte) []byte {
	if l.kind == LinkInvitation {
		b = wire.AppendShort(smp.AppendAddress(append(b, 'I'), l.relay), l.id)
	} else {
		b = smp.AppendAddress(append(append(b, 'C'), strings.ToUpper(shortLetters[l.kind])...), l.relay)
	}
	return wire.AppendShort(b, l.key)
}

// readShortLink reads what append wrote. It does not say which text form was
// meant.
func readShortLink(p *wire.Parser) *shortLink {
	l := &shortLink{web: true}
	switch p.Byte() {
	case 'I':
		l.kind, l.relay, l.id = LinkInvitation, smp.ReadAddress(p), p.Short()
	case 'C':
		letter := p.Byte()
		if !strings.ContainsRune(contactLetters, rune(letter)) {
			p.Fail(wire.ErrSyntax)
		}
		l.kind, l.relay = shortKinds[strings.ToLower(string(rune(letter)))], smp.ReadAddress(p)
	default:
		p.Fail(wire.ErrSyntax)
	}
	l.key = p.Short()
	return l
}
