package doorway

import (
	"errors"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

const (
	recordHandshake = 22
	recordHeader    = 5
	maxRecord       = 1 << 14 // bytes in a record without encryption
	typeClientHello = 1
	handshakeHeader = 4
	extensionName   = 0
	extensionALPN   = 16
	nameHost        = 0
	maxHello        = 32 << 10 // bytes of a hello that are read; browsers send 2,000
	maxRecords      = 8        // that a hello comes in; browsers use one or two
	longestHostName = 255
)

// A hello is what a TLS client says first, as far as it tells who is wanted.
type hello struct {
	name   string   // of the host; "" if the client gives none
	protos []string // application protocols, best first
}

func (h hello) offers(proto string) bool { return slices.Contains(h.protos, proto) }

// errHello is returned for bytes that no TLS client begins with.
var errHello = errors.New("doorway: not the hello of a TLS client")

// parseHello reads the first bytes of a connection. It returns
// io.ErrUnexpectedEOF while more of them are needed. RFC 8446, section 4.1.2.
func parseHello(b []byte) (hello, error) {
	message, err := clientHello(b)
	if err != nil {
		return hello{}, err
	}
	return readHello(message)
}

// clientHello puts the message together from the records it comes in.
func clientHello(b []byte) (cryptobyte.String, error) {
	var message []byte
	for records := 0; ; records++ {
		if len(message) >= handshakeHeader {
			size := handshakeHeader + int(message[1])<<16 + int(message[2])<<8 + int(message[3])
			switch {
			case message[0] != typeClientHello || size > maxHello:
				return nil, errHello
			case len(message) >= size:
				return message[handshakeHeader:size], nil
			}
		}
		if records == maxRecords {
			return nil, errHello
		}
		content, rest, err := nextRecord(b)
		if err != nil {
			return nil, err
		}
		message, b = append(message, content...), rest
	}
}

// nextRecord cuts off a record. RFC 8446, section 5.1.
func nextRecord(b []byte) (content, rest []byte, err error) {
	if len(b) > 0 && b[0] != recordHandshake || len(b) > 1 && b[1] != 3 {
		return nil, nil, errHello
	}
	if len(b) < recordHeader {
		return nil, nil, io.ErrUnexpectedEOF
	}
	size := int(b[3])<<8 | int(b[4])
	if size == 0 || size > maxRecord {
		return nil, nil, errHello
	}
	if len(b) < recordHeader+size {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return b[recordHeader : recordHeader+size], b[recordHeader+size:], nil
}

func readHello(s cryptobyte.String) (hello, error) {
	var session, ciphers, compression, extensions cryptobyte.String
	ok := s.Skip(2+32) && // version, random
		s.ReadUint8LengthPrefixed(&session) &&
		s.ReadUint16LengthPrefixed(&ciphers) &&
		s.ReadUint8LengthPrefixed(&compression)
	if ok && s.Empty() {
		return hello{}, nil // as TLS 1.2 allows
	}
	if !ok || !s.ReadUint16LengthPrefixed(&extensions) || !s.Empty() {
		return hello{}, errHello
	}
	return readExtensions(extensions)
}

func readExtensions(s cryptobyte.String) (hello, error) {
	var h hello
	seen := make(map[uint16]bool)
	for !s.Empty() {
		var kind uint16
		var body cryptobyte.String
		if !s.ReadUint16(&kind) || !s.ReadUint16LengthPrefixed(&body) || seen[kind] {
			return hello{}, errHello
		}
		seen[kind] = true
		ok := true
		switch kind {
		case extensionName:
			h.name, ok = readName(body)
		case extensionALPN:
			h.protos, ok = readProtos(body)
		}
		if !ok {
			return hello{}, errHello
		}
	}
	return h, nil
}

// readName reads the name of a host. RFC 6066, section 3.
func readName(s cryptobyte.String) (string, bool) {
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || list.Empty() || !s.Empty() {
		return "", false
	}
	name := ""
	for !list.Empty() {
		var kind uint8
		var text cryptobyte.String
		if !list.ReadUint8(&kind) || !list.ReadUint16LengthPrefixed(&text) || text.Empty() {
			return "", false
		}
		if kind != nameHost {
			continue
		}
		if name != "" || len(text) > longestHostName {
			return "", false
		}
		name = string(text)
	}
	return name, true
}

// readProtos reads application protocols. RFC 7301, section 3.1.
func readProtos(s cryptobyte.String) ([]string, bool) {
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) || list.Empty() || !s.Empty() {
		return nil, false
	}
	var protos []string
	for !list.Empty() {
		var proto cryptobyte.String
		if !list.ReadUint8LengthPrefixed(&proto) || proto.Empty() {
			return nil, false
		}
		protos = append(protos, string(proto))
	}
	return protos, true
}
