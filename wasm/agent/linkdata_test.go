package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
)

// A linkCase is link data of hs_links.
type linkCase struct {
	RootPrivateKey, SigningKeyOfUserData hexBytes
	AgentVersions                        [2]Version
	ConnectionRequestBinary              hexBytes
	LinkEntityID                         *hexBytes
	UserLinkData                         json.RawMessage
	LinkKeyUsed, LinkKey                 hexBytes
}

type linkResult struct {
	FixedDataUnsigned, LinkKey, LinkID, Key hexBytes
	SignedFixedData, SignedUserData         hexBytes
	Nonces                                  []hexBytes
	EncFixedData, EncUserData               hexBytes
	EncryptError, DecryptResult             string
}

type jsonOwner struct {
	OwnerID      hexBytes `json:"ownerId"`
	OwnerKeyDER  hexBytes `json:"ownerKeyDer"`
	AuthOwnerSig hexBytes
}

func (j jsonOwner) owner(t testing.TB) owner {
	return owner{j.OwnerID, publicKey(t, j.OwnerKeyDER), j.AuthOwnerSig}
}

// referenceError is what the reference calls an error of link data.
func referenceError(err error, owner []byte) string {
	id := base64.RawURLEncoding.EncodeToString(owner)
	for _, e := range []struct {
		err  error
		text string
	}{
		{errLinkSealed, "AGENT {agentErr = A_CRYPTO {cryptoErr = DECRYPT_CB}}"},
		{errLinkSyntax, "AGENT {agentErr = A_MESSAGE}"},
		{errLinkHash, `AGENT {agentErr = A_LINK {linkErr = "link data hash"}}`},
		{errLinkRoot, `AGENT {agentErr = A_LINK {linkErr = "link data signature"}}`},
		{errLinkUser, `AGENT {agentErr = A_LINK {linkErr = "user data signature"}}`},
		{errOwnerForged, `AGENT {agentErr = A_LINK {linkErr = "invalid authorization of owner ID ` + id + `"}}`},
		{errOwnerTwice, `AGENT {agentErr = A_LINK {linkErr = "duplicate owner key or ID ` + id + `"}}`},
		{errOwnerRoot, `AGENT {agentErr = A_LINK {linkErr = "owner key for ID ` + id + ` matches root key"}}`},
	} {
		if errors.Is(err, e.err) {
			return "error: " + e.text
		}
	}
	return "ok"
}

// TestLinkData opens the link data of the reference, and finds the same faults.
func TestLinkData(t *testing.T) {
	refused := 0
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "link data: ") {
			continue
		}
		var in linkCase
		var out linkResult
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		if out.EncUserData == nil {
			continue
		}
		t.Run(v.Description, func(t *testing.T) {
			contact := out.LinkID != nil
			if in.LinkKey != nil { // an address, opened as an invitation
				_, out.Key = (&shortLink{kind: LinkContact, key: in.LinkKey}).access()
				in.LinkKeyUsed, in.UserLinkData = in.LinkKey, []byte("{}")
			}
			f, u, err := openLinkData(smp.LinkData{Fixed: out.EncFixedData, User: out.EncUserData}, in.LinkKeyUsed, out.Key, contact)
			if err != nil {
				refused++
				var data struct{ Owners []jsonOwner }
				decode(t, in.UserLinkData, &data)
				for _, o := range data.Owners {
					if referenceError(err, o.OwnerID) == out.DecryptResult {
						return
					}
				}
			}
			if got := referenceError(err, nil); got != out.DecryptResult {
				t.Fatalf("%v, the reference says %s", err, out.DecryptResult)
			}
			if err == nil && !strings.Contains(v.Description, "tail") {
				checkLinkParts(t, f, u, out)
			}
		})
	}
	if refused != 16 {
		t.Errorf("%d were refused", refused)
	}
}

// checkLinkParts checks that what was read encodes as it was.
func checkLinkParts(t *testing.T, f *fixedData, u *userData, out linkResult) {
	t.Helper()
	if got := f.append(nil); !bytes.Equal(got, out.FixedDataUnsigned) {
		t.Errorf("fixed data\n%x, want\n%x", got, out.FixedDataUnsigned)
	}
	if got := u.append(nil); !bytes.Equal(got, out.SignedUserData[65:]) {
		t.Errorf("user data\n%x, want\n%x", got, out.SignedUserData[65:])
	}
	for n := range out.FixedDataUnsigned {
		p := wire.NewParser(out.FixedDataUnsigned[:n])
		// A cut entity id is a tail of a later version.
		if f := readFixedData(p); p.Done() == nil && len(f.append(nil)) > n {
			t.Errorf("the first %d bytes of the fixed data parse", n)
		}
	}
	for n := range u.append(nil) {
		p := wire.NewParser(u.append(nil)[:n])
		if readUserData(p, u.contact); p.Done() == nil {
			t.Errorf("the first %d bytes of the user data parse", n)
		}
	}
}

// TestSealLinkData makes the link data of the reference again, byte for byte.
func TestSealLinkData(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		var out linkResult
		if !strings.HasPrefix(v.Description, "link data: ") || strings.Contains(v.Description, "REFUSED") || json.Unmarshal(v.Outputs, &out) != nil {
			continue
		}
		var in linkCase
		decode(t, v.Inputs, &in)
		a := &Agent{rand: bytes.NewReader(append(bytes.Clone(out.Nonces[0]), out.Nonces[1]...))}
		root, signer := &signKey{seed: in.RootPrivateKey}, &signKey{seed: in.SigningKeyOfUserData}
		fixed, err := a.sealPart(out.Key, signed(root, out.FixedDataUnsigned), fixedLength)
		if err != nil || out.EncFixedData != nil && !bytes.Equal(fixed, out.EncFixedData) {
			t.Errorf("%s: %v, fixed data differ", v.Description, err)
		}
		if out.EncryptError != "" {
			if _, err := a.sealPart(out.Key, make([]byte, userLength-1), userLength); !errors.Is(err, ErrDataTooLong) {
				t.Error(err)
			}
			continue
		}
		user, err := a.sealPart(out.Key, signed(signer, out.SignedUserData[65:]), userLength)
		if err != nil || !bytes.Equal(user, out.EncUserData) {
			t.Errorf("%s: %v, user data differ", v.Description, err)
		}
	}
}

// TestTypeScriptLinkData opens the link data of the official TypeScript code.
func TestTypeScriptLinkData(t *testing.T) {
	n := 0
	for _, v := range vectors(t, "short_links.json") {
		if !strings.HasPrefix(v.Description, "link data ") {
			continue
		}
		n++
		var out struct{ LinkKey, SBKey, EncFixedData, EncUserData hexBytes }
		decode(t, v.Outputs, &out)
		if out.EncFixedData == nil || out.EncUserData == nil {
			t.Errorf("%s: no data: %.300s", v.Description, v.Outputs)
			continue
		}
		if _, _, err := openLinkData(smp.LinkData{Fixed: out.EncFixedData, User: out.EncUserData}, out.LinkKey, out.SBKey, true); err != nil {
			t.Errorf("%s: %v", v.Description, err)
		}
	}
	if n != 3 {
		t.Errorf("%d cases", n)
	}
}

// TestShownData checks the two forms of the app's data.
func TestShownData(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "UserLinkData of ") {
			continue
		}
		var in struct{ Length int }
		var out struct{ SHA256 hexBytes }
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		b := appendShown(nil, bytes.Repeat([]byte("u"), in.Length))
		if h := sha256.Sum256(b); hex.EncodeToString(h[:]) != hex.EncodeToString(out.SHA256) {
			t.Errorf("%s: %x", v.Description, h)
		}
		p := wire.NewParser(b)
		if got := readShown(p); p.Done() != nil || len(got) != in.Length {
			t.Errorf("%s: %d bytes read, %v", v.Description, len(got), p.Err())
		}
	}
}

// TestOwners writes and reads owners.
func TestOwners(t *testing.T) {
	for _, v := range vectors(t, "hs_links.json") {
		if !strings.HasPrefix(v.Description, "OwnerAuth") {
			continue
		}
		var in struct{ Owner jsonOwner }
		var out struct{ Encoded hexBytes }
		decode(t, v.Inputs, &in)
		decode(t, v.Outputs, &out)
		want := in.Owner.owner(t)
		if got := appendOwner(nil, want); !bytes.Equal(got, out.Encoded) {
			t.Errorf("%x, want %x", got, out.Encoded)
		}
		p := wire.NewParser(out.Encoded)
		if got := readOwner(p); p.Done() != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func FuzzLinkData(f *testing.F) {
	for _, v := range vectors(f, "hs_links.json") {
		var out linkResult
		if strings.HasPrefix(v.Description, "link data: ") && json.Unmarshal(v.Outputs, &out) == nil && len(out.SignedUserData) > 65 {
			f.Add([]byte(out.FixedDataUnsigned))
			f.Add([]byte(out.SignedUserData[65:]))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := wire.NewParser(b)
		if d := readFixedData(p); p.Done() == nil {
			again := wire.NewParser(d.append(nil))
			if e := readFixedData(again); again.Done() != nil || !bytes.Equal(e.append(nil), d.append(nil)) {
				t.Errorf("fixed data %x are not stable", b)
			}
		}
		for _, contact := range []bool{false, true} {
			p := wire.NewParser(b)
			if u := readUserData(p, contact); p.Done() == nil {
				again := wire.NewParser(u.append(nil))
				if e := readUserData(again, contact); again.Done() != nil || !bytes.Equal(e.append(nil), u.append(nil)) {
					t.Errorf("user data %x are not stable", b)
				}
			}
		}
	})
}
