// Measures the same work in JavaScript: libsodium (compiled to WebAssembly by its authors) where it has it, otherwise the
// noble libraries. Prints a line of JSON: nanoseconds by name.
import { gcm } from "@noble/ciphers/aes.js";
import { x448 } from "@noble/curves/ed448.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha512 } from "@noble/hashes/sha2.js";
import sodium from "libsodium-wrappers-sumo";

await sodium.ready;

/** How long each is measured, in milliseconds. */
const long = 1000;

function time(work) {
  for (let i = 0; i < 3; i++) work(); // compiled
  const begin = performance.now();
  let n = 0;
  for (; performance.now() - begin < long; n++) work();
  return ((performance.now() - begin) / n) * 1e6;
}

const text = (words) => new TextEncoder().encode(words);
const bytes = (n) => sodium.randombytes_buf(n);

function block() {
  const [key, nonce, content] = [bytes(32), bytes(24), bytes(16365)];
  return () => sodium.crypto_secretbox_open_easy(sodium.crypto_secretbox_easy(content, nonce, key), nonce, key);
}

/** What a message of the present chain takes: two keys, and its header and body opened. */
function message() {
  const [key, iv, data] = [bytes(32), bytes(16), bytes(235)];
  const sealed = [bytes(88), bytes(15840)].map((part) => gcm(key, iv, data).encrypt(part));
  return () => {
    hkdf(sha512, key, undefined, text("SimpleXChainRatchet"), 96);
    for (const part of sealed) gcm(key, iv, data).decrypt(part);
  };
}

/** What the first message of a chain takes: three X448 operations and two more keys. */
function step() {
  const [own, other] = [x448.keygen(), x448.keygen()];
  const next = message();
  return () => {
    x448.keygen();
    for (let i = 0; i < 2; i++) hkdf(sha512, x448.getSharedSecret(own.secretKey, other.publicKey), undefined, text("SimpleXRootRatchet"), 96);
    next();
  };
}

console.log(JSON.stringify({ block: time(block()), message: time(message()), step: time(step()) }));
