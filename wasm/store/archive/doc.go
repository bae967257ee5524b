// Package archive packs all records of a store into one encrypted file, and
// unpacks it.
//
//	file   = header chunk* last
//	header = "sotto archive" version(1) time(4) memory(4) salt(16) prefix(19)
//	chunk  = 65,536 bytes sealed with XChaCha20-Poly1305, last = 0
//	last   = at most so many, sealed with last = 1
//
// The key is Argon2id of the passphrase, with time passes over memory KiB. A
// chunk's nonce is prefix, its number(4) and last(1); its associated data is
// the header. So a file that was cut off, reordered or changed does not open.
// The chunks hold
//
//	content = record* end
//	record  = length(2) bucket  length(2) key  length(4) value
//	end     = 0(2) number of records(4)
//
// Numbers are big-endian. Source makes the file, Sink takes it, both in pieces
// of any size; all records are in memory meanwhile.
package archive
