package ratchet

// pqAgentVersion is the agent version from which the lengths follow PQ support.
const pqAgentVersion = 5

// MessageLength returns the padded length of an agent message, agent versions
// being what both agents support.
func MessageLength(agentVersion uint16, pqSupport bool) int {
	if pqSupport && agentVersion >= pqAgentVersion {
		return 13618
	}
	return 15840
}

// InfoLength returns the padded length of the connection information in a
// confirmation.
func InfoLength(agentVersion uint16, pqSupport bool) int {
	if pqSupport && agentVersion >= pqAgentVersion {
		return 11106
	}
	return 14832
}

// A PQChange says what becomes of the KEM with a message.
type PQChange uint8

// With PQOn the KEM is proposed, or accepted, in the next steps of the ratchet;
// with PQOff it is left out.
const (
	PQKeep PQChange = iota
	PQOn
	PQOff
)

// Options are how a message is encrypted.
type Options struct {
	Length int      // padded: MessageLength or InfoLength
	PQ     PQChange // change of the KEM
}

// Encrypt seals a message of at most o.Length-2 bytes. The next state must be
// stored before the sealed message leaves.
func (s *State) Encrypt(message []byte, o Options) (next *State, sealed []byte, err error) {
	return s.encrypt(message, o, MaxVersion)
}

// encrypt announces maxVersion as the highest version supported.
func (s *State) encrypt(message []byte, o Options, maxVersion uint16) (*State, []byte, error) {
	if !s.send.open {
		return nil, nil, ErrNotReady
	}
	next := *s
	next.maxVersion = max(s.version, maxVersion)
	next.pq = next.pq.change(o.PQ, s.version)
	key, headerIV := next.send.next()
	length := paddedHeaderLength(s.version, next.pq.Support)
	sealed, err := sealHeader(nil, s.send.header, headerIV, s.ad, next.header(), s.version, length)
	if err != nil {
		return nil, nil, err
	}
	sealed, err = s.sealBody(key, sealed, message, o.Length)
	if err != nil {
		return nil, nil, err
	}
	next.sent++
	if o.PQ == PQOff && s.kem != nil {
		next.kem = &kemState{key: s.kem.key}
	}
	return &next, sealed, nil
}

// header describes the next message.
func (s *State) header() *header {
	return &header{
		maxVersion: s.maxVersion,
		key:        s.pair.public,
		kem:        s.kem.params(),
		previous:   s.previous,
		number:     s.sent,
	}
}

// sealBody returns the envelope of a message whose header is sealed.
func (s *State) sealBody(key messageKey, header, message []byte, length int) ([]byte, error) {
	b := make([]byte, 0, 2+len(header)+2*tagSize+max(length, 0))
	b = appendPrefixed(b, header, s.version)
	return seal(b, key, s.bodyAD(header), message, length)
}

// bodyAD is the associated data of a body: the header as it is sent, without its
// length, counts as part of it.
func (s *State) bodyAD(header []byte) []byte {
	return append(append(make([]byte, 0, len(s.ad)+len(header)), s.ad...), header...)
}

// change applies the sender's wish to the KEM.
func (p PQ) change(c PQChange, version uint16) PQ {
	if c != PQKeep {
		p.Enabled = c == PQOn
	}
	return p.supported(version)
}

// supported turns on support where the KEM is enabled.
func (p PQ) supported(version uint16) PQ {
	p.Support = p.Support || p.Enabled && version >= VersionPQ
	return p
}
