// Package storelog reads what the official SMP relay keeps on disk, so that its
// operator can move here: the queues in its store log, and the messages in its
// message log or in its journals.
//
//	log.go      the store log: lines that create and change queues
//	queue.go    the line that creates one
//	message.go  a line with a message; the message log
//	journal.go  a directory with the messages of each queue
//	field.go    what lines are made of
//	import.go   puts it all into a relay's store
//
// A store log is read into memory: about 1 KB for each queue. Messages go from
// the disk to the store one by one.
//
// What was not understood is an error with the number of the line, never with
// what is in it.
package storelog
