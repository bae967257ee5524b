package main

import (
	"context"
	"errors"

	"sotto/wasm/rpc"
	"sotto/wasm/store"
	"sotto/wasm/store/idb"
)

// What people are told about their storage.
const (
	storageRefused = "This browser does not let Sotto keep anything, as some do in private windows. Conversations last until the last tab of Sotto is closed."
	storageLost    = "The browser removed the conversations that were kept here. Sotto begins anew; people you talked to need a new link from you."
)

// databaseName is the name of the IndexedDB database.
const databaseName = "sotto"

// openStorage opens the browser's database, or, where that is refused, keeps
// records in memory and says so.
func openStorage(ctx context.Context) (store.Store, rpc.Storage, error) {
	db, err := idb.Open(ctx, databaseName)
	if isRefused(err) {
		return inMemory()
	}
	if err != nil {
		return nil, rpc.Storage{}, err
	}
	key, lost, err := db.DataKey(ctx)
	if err != nil {
		db.Close()
		if isRefused(err) {
			return inMemory()
		}
		return nil, rpc.Storage{}, err
	}
	info := rpc.Storage{Kind: rpc.InIndexedDB}
	if lost {
		info.Problem = storageLost
	}
	return store.Seal(db, key), info, nil
}

// isRefused tells a browser that gives no storage from one that has no more of
// it: then there may be conversations, and beginning anew would hide them.
func isRefused(err error) bool {
	return errors.Is(err, idb.ErrRefused) && !errors.Is(err, store.ErrFull)
}

func inMemory() (store.Store, rpc.Storage, error) {
	return new(store.Mem), rpc.Storage{Kind: rpc.InMemory, Problem: storageRefused}, nil
}
