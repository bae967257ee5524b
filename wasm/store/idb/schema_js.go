package idb

import "github.com/hack-pad/safejs"

// Names of the object stores.
const (
	recordsStore = "records" // bucket ‖ 0 ‖ key, as bytes → value, as bytes
	keysStore    = "keys"    // name → the parts of a sealed value
	marksStore   = "marks"   // generationKey → the generation, as text
)

// migrations bring a database from the version that is their index to the next
// one. They are only ever appended to.
var migrations = []func(db safejs.Value) error{
	func(db safejs.Value) error {
		if _, err := db.Call("createObjectStore", recordsStore); err != nil {
			return err
		}
		_, err := db.Call("createObjectStore", keysStore)
		return err
	},
	// From 2 on the key may also be under a passphrase, which programs of version 1
	// would take for damage.
	func(db safejs.Value) error {
		_, err := db.Call("createObjectStore", marksStore)
		return err
	},
	// From 3 on records may be newer in the journal than under their own keys, which
	// programs of version 2 would not see.
	func(safejs.Value) error { return nil },
	// From 4 on the journal is sealed as a whole.
	func(safejs.Value) error { return nil },
	// From 5 on the journal is as long as it has to be, which programs of version 4
	// would take for damage.
	func(safejs.Value) error { return nil },
}

// migrate runs the migrations that a database of version old lacks. It is
// called inside the transaction that changes the version.
func migrate(db safejs.Value, old int) error {
	for _, m := range migrations[old:] {
		if err := m(db); err != nil {
			return err
		}
	}
	return nil
}
