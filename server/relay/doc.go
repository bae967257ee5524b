// Package relay is an SMP relay: it keeps queues of messages that it cannot
// read, and knows neither who sends nor who receives. It has no sockets; a
// connection comes in as a net.Conn of blocks (ServeConn), and queues are in a
// [Store].
//
// A block goes this way:
//
//	conn.go          one goroutine reads blocks of a connection
//	batch.go         takes them apart and answers in order; different queues at once
//	authorize.go     finds the queue and checks who asks
//	create.go        NEW
//	send.go          SKEY, SEND
//	receive.go       SUB, GET, ACK
//	manage.go        KEY, RKEY, OFF, DEL, QUE
//	link.go          LSET, LDEL, LKEY, LGET
//	notifier.go      NKEY, NDEL, NSUB
//	service.go       SUBS, NSUBS
//	forward.go       RFWD, a command that comes through another relay
//	proxy.go         PRXY, PFWD, a command that goes to another relay
//	outbox.go        one goroutine writes, while there is something to write
//
// Commands for other relays go by connections that all clients share
// (destination.go). Rates and quotas are in limit.go, what is counted in
// metrics.go.
//
// A message that is appended wakes the subscription to its queue, if there is
// one (subscription.go). A woken subscription waits in the outbox of its
// connection; only when the connection can take a block is the message read from
// the store and delivered. So a recipient that reads slowly costs a pointer for
// each queue, and what is delivered is what the store has.
//
//	           SUB, NEW                      woken, message delivered
//	(none) ---------------> idle ------------------------------------> delivered
//	   ^                     ^                                             |
//	   |  END, DELD          +------- ACK, no message ------+              |
//	   |  (other connection)                                |              | ACK
//	   +---- idle, held, delivered                         held <----------+
//	                                                        |
//	                          delivered <--- ACK, next one--+
//
// While a subscription is held, a command for it is being answered, and nothing
// else may be said of its queue before.
package relay
