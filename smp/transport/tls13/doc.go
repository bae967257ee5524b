//go:build !js

// Package tls13 is the client half of TLS 1.3 (RFC 8446), as far as SMP relays
// need it. It exists because crypto/tls knows no Ed448, which the certificates
// of many relays have, and fails on such a chain whatever its callbacks say.
//
// The handshake, with the files that deal with it:
//
//	ClientHello      ---->                          (hello.go)
//	                 <----  HelloRetryRequest       (agree.go; then once more)
//	                 <----  ServerHello             (hello.go)
//	                        EncryptedExtensions     (flight.go)
//	                        CertificateRequest*
//	                        Certificate
//	                        CertificateVerify
//	                 <----  Finished
//	Certificate*     ---->                          (finish.go)
//	CertificateVerify*
//	Finished
//
// One cipher suite, TLS_CHACHA20_POLY1305_SHA256, which every relay has; key
// agreement by X25519 or X448; Ed25519 and Ed448 signatures; no resumption, no
// early data, and no server name, since relays know SMP by its absence. Whether
// the chain is the right one is for Config.Verify to say.
package tls13
