// Load measures a relay, ours or another, from outside:
//
//	load [flags] SCENARIO smp://FINGERPRINT[:PASSWORD]@HOST:PORT
//
// Scenarios:
//
//	cycles   pairs of connections repeat SEND, MSG, ACK for a while
//	idle     connections are opened and stay
//	queues   queues are created, each gets a message
//	storm    queues are created, then subscribed to from new connections
//	proxy    messages go through the relay to another one (-to)
//
// With -url ws://... or wss://... the relay is reached by WebSocket there, and
// the address only says who it is. With -pid the memory and the processor time
// of that process are printed, too.
//
//	main.go     flags; runs a scenario and prints its table
//	target.go   connections to the relay
//	party.go    a client with its keys, and what it does
//	cycles.go idle.go queues.go proxy.go
//	            the scenarios
//	latency.go process.go
//	            what is measured
package main
