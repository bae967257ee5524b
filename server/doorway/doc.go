// Package doorway lets one port serve the web site and SMP clients, which both
// speak TLS but expect different certificates.
//
// It reads the first message of a connection, in which a client says whom it
// wants, and passes the connection on with nothing taken away:
//
//	a name of the site               → the site (browsers give it)
//	the challenge protocol of ACME   → the site, whose certificate is asked about
//	ALPN smp/1                       → the relay
//	no name                          → the relay: official apps give none, and
//	                                   may offer http/1.1 to look like others
//	another name                     → nobody: TLS alert unrecognized_name
//	plain HTTP                       → the site, which says that it wants TLS
//	anything else                    → nobody
//
// A site without a name, on a bare IP address, gets those who give no name but
// do not ask for SMP.
package doorway
