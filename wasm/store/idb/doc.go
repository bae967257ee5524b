// Package idb keeps records in the browser's IndexedDB.
//
// Open gives a store.Store whose batches are one transaction each. DataKey gives the key for store.Seal: it lies in the
// same database, wrapped by a CryptoKey that the browser does not let anyone read.
//
// It is written for the JavaScript build only, and with packages safejs and syscall/js alone. A transaction ends as soon
// as the browser finds nothing to do in it, so its requests are issued in the event that opened it or in the events of
// its own requests, never after waiting for anything else.
package idb
