package idb

import "github.com/hack-pad/safejs"

// uint8Array is the constructor, looked up once.
var uint8Array, _ = safejs.Global().Get("Uint8Array")

// toJS copies bytes into a new Uint8Array.
func toJS(b []byte) (safejs.Value, error) {
	a, err := uint8Array.New(len(b))
	if err != nil {
		return safejs.Value{}, err
	}
	_, err = safejs.CopyBytesToJS(a, b)
	return a, err
}

// toGo copies the bytes of a Uint8Array.
func toGo(a safejs.Value) ([]byte, error) {
	n, err := a.Length()
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	_, err = safejs.CopyBytesToGo(b, a)
	return b, err
}

// bufferToGo copies the bytes of an ArrayBuffer, which is what keys come back
// as.
func bufferToGo(buffer safejs.Value) ([]byte, error) {
	a, err := uint8Array.New(buffer)
	if err != nil {
		return nil, err
	}
	return toGo(a)
}
