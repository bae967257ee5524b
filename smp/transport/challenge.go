package transport

import (
	"sotto/smp"
	"sotto/smp/wire"
)

// ChallengeSize is the length of a challenge in bytes.
const ChallengeSize = 32

// ParseChallenge returns the challenge in the URL of a WebSocket, the value of
// its query parameter "challenge", or nil if it is none. The official web
// client sends one; the relay answers it with the signature of its leaf over
// challenge and session id.
func ParseChallenge(value string) []byte {
	challenge, err := wire.ParseBase64(value)
	if err != nil || len(challenge) != ChallengeSize {
		return nil
	}
	return challenge
}

func challenged(challenge, sessionID []byte) []byte {
	return append(append([]byte(nil), challenge...), sessionID...)
}

func proves(leaf smp.PublicKey, hello *ServerHello, challenge []byte) bool {
	return leaf.Verify(challenged(challenge, hello.SessionID), hello.Proof)
}
