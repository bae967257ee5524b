//go:build !js

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"sotto/wasm/chat"
	"sotto/wasm/store"
	"sotto/wasm/store/archive"
	"sotto/wasm/store/passphrase"
)

// Buckets of package chat.
const (
	bucketContact = "chat.contact"
	bucketItem    = "chat.item"
)

// fill returns all records, with so many messages more, in all conversations
// alike.
func fill(ctx context.Context, records *store.Mem, messages int) (*store.Batch, error) {
	contacts, err := records.Scan(ctx, bucketContact, store.Query{})
	if err != nil {
		return nil, err
	}
	b, err := records.All(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range contacts {
		n := messages*(i+1)/len(contacts) - messages*i/len(contacts)
		if err := converse(b, r, n); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// converse adds messages to one conversation, whose record is r.
func converse(b *store.Batch, r store.Record, n int) error {
	var k map[string]any
	if err := json.Unmarshal(r.Value, &k); err != nil {
		return err
	}
	next := int64(k["NextSeq"].(float64))
	var last chat.Item
	for i := range n {
		last = message(r.Key, next+int64(i), i)
		value, err := json.Marshal(last)
		if err != nil {
			return err
		}
		b.Put(bucketItem, fmt.Sprintf("%s/%016x", r.Key, last.Seq), value)
	}
	k["NextSeq"], k["ReadSeq"], k["last"] = next+int64(n), next+int64(n)-1, last
	value, err := json.Marshal(k)
	b.Put(bucketContact, r.Key, value)
	return err
}

func message(contact string, seq int64, i int) chat.Item {
	it := chat.Item{
		Seq: seq, ContactID: contact, Direction: chat.Received, Kind: chat.KindText, At: time.Now().UnixMilli(),
		Text: fmt.Sprintf("Message %d of a conversation that went on for years, about nothing in particular.", i),
	}
	if i%2 == 1 {
		it.Direction, it.Status, it.ClientID = chat.Sent, chat.Delivered, rand.Text()
	}
	return it
}

// write packs the records into a file. The passphrase is not what is measured.
func write(b *store.Batch, name string) error {
	source, err := archive.Pack(b, "bench", passphrase.Cost{Time: 1, Memory: 8}, rand.Reader)
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		piece, err := source.Next()
		if err == io.EOF {
			return f.Close()
		}
		if err != nil {
			return err
		}
		if _, err := f.Write(piece); err != nil {
			return err
		}
	}
}
