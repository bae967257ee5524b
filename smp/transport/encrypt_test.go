package transport

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"sotto/smp"
	"sotto/smp/wire"
)

type encryptionCase struct {
	Description string
	Inputs      struct {
		Fn                                string
		SessionID                         hexBytes
		ServerPrivateKey, ClientPublicKey hexBytes
		StartChainKey                     hexBytes
	}
	Outputs struct {
		DhSecret, ServerSndKey, ServerRcvKey hexBytes
		Blocks                               []struct {
			Payload, EncryptedBlock, EncryptedBlockSha256, NextChainKey hexBytes
		}
	}
}

func TestEncryptionVectors(t *testing.T) {
	for _, c := range loadVectors[encryptionCase](t, "block_encryption") {
		t.Run(c.Description, func(t *testing.T) {
			if c.Inputs.Fn == "sbcInit" {
				testNewChains(t, c)
			} else {
				testChain(t, c)
			}
		})
	}
}

func testNewChains(t *testing.T, c encryptionCase) {
	key := privateKey(t, smp.X25519, c.Inputs.ServerPrivateKey)
	peer, err := smp.NewPublicKey(smp.X25519, c.Inputs.ClientPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.DH(peer)
	if err != nil {
		t.Fatal(err)
	}
	wantBytes(t, "secret", secret, c.Outputs.DhSecret)
	relay, client := newChains(c.Inputs.SessionID, secret)
	wantBytes(t, "relay's chain", relay[:], c.Outputs.ServerSndKey)
	wantBytes(t, "client's chain", client[:], c.Outputs.ServerRcvKey)
}

func testChain(t *testing.T, c encryptionCase) {
	sender := chain(c.Inputs.StartChainKey)
	receiver := sender
	for i, b := range c.Outputs.Blocks {
		plain, err := wire.Pad(b.Payload, BlockSize-tagSize)
		if err != nil {
			t.Fatal(err)
		}
		block := sender.seal(nil, plain)
		if sum := sha256.Sum256(block); !bytes.Equal(sum[:], b.EncryptedBlockSha256) {
			t.Fatalf("block %d differs", i)
		}
		wantBytes(t, "next chain key", sender[:], b.NextChainKey)
		opened, err := receiver.open(block)
		if err != nil {
			t.Fatal(err)
		}
		wantBytes(t, "opened", opened, plain)
	}
}

func TestChainOpensInOrderOnly(t *testing.T) {
	sender := chain{1}
	receiver := sender
	first, second := sender.seal(nil, []byte("first")), sender.seal(nil, []byte("second"))
	if _, err := receiver.open(second); !errors.Is(err, ErrBlock) {
		t.Errorf("second block first: %v", err)
	}
	if _, err := receiver.open(first); !errors.Is(err, ErrBlock) {
		t.Errorf("after a failure the chain has moved on, but: %v", err)
	}
}
