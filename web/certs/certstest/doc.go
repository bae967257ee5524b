// Package certstest has what tests of certificates need: certificates in files,
// and an authority that speaks ACME, which is Let's Encrypt's Pebble. That is
// built from a module of its own, so that nothing of it is in ours.
package certstest
