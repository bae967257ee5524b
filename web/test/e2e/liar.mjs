// A server between the page and the site that lies: it changes files on their way, and what the relay says.
import { connect } from "node:net";
import { Front } from "../worker/front.mjs";

const [text, binary, close] = [1, 2, 8];

/** hangUp, among the messages of an answer, ends the connection. */
export const hangUp = Symbol("hang up");

/** Liar forwards all that it is not told to change. */
export class Liar extends Front {
  /** Takes a block of the relay and its number on this connection, from 0; returns what the page gets instead: Buffers, strings, hangUp. */
  lie = null;
  /** WebSockets are not taken. */
  refuses = false;
  /** Blocks that came from pages. */
  heard = 0;
  /** Connections that were taken, and refused. */
  taken = 0;
  refused = 0;
  #open = new Set();

  upgrade(request, socket) {
    socket.on("error", () => undefined);
    if (this.refuses) {
      this.refused++;
      socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.taken++;
    this.#open.add(socket);
    const onward = connect(this.site.port, this.site.hostname, () => onward.write(handshake(request)));
    this.#forward(onward, socket);
    onward.on("error", () => socket.destroy());
    onward.on("close", () => socket.destroy());
    socket.on("close", () => {
      this.#open.delete(socket);
      onward.destroy();
    });
  }

  #forward(onward, socket) {
    const fromPage = new Frames();
    socket.on("data", (bytes) => {
      this.heard += fromPage.push(bytes).filter((f) => f.opcode === binary).length;
      onward.write(bytes);
    });
    let head = Buffer.alloc(0);
    let n = 0;
    const fromRelay = new Frames();
    onward.on("data", (bytes) => {
      if (head) {
        head = Buffer.concat([head, bytes]);
        const end = head.indexOf("\r\n\r\n") + 4;
        if (end < 4) return;
        socket.write(head.subarray(0, end));
        bytes = head.subarray(end);
        head = null;
      }
      for (const frame of fromRelay.push(bytes)) {
        if (frame.opcode !== binary || !this.lie) socket.write(frame.raw);
        else for (const said of this.lie(frame.payload, n)) say(socket, said);
        if (frame.opcode === binary) n++;
      }
    });
  }

  /** Ends all connections without a word. */
  cut() {
    for (const socket of this.#open) socket.destroy();
  }
}

function handshake({ url, rawHeaders }) {
  const lines = [`GET ${url} HTTP/1.1`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!/^sec-websocket-extensions$/i.test(rawHeaders[i])) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  return lines.join("\r\n") + "\r\n\r\n";
}

function say(socket, said) {
  if (said === hangUp) socket.end(frame(close, Buffer.alloc(0)));
  else if (typeof said === "string") socket.write(frame(text, Buffer.from(said)));
  else socket.write(frame(binary, said));
}

function frame(opcode, payload) {
  const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
  head[0] = 0x80 | opcode;
  head[1] = Math.min(payload.length, 126);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Frames cuts a stream into the frames of RFC 6455. */
class Frames {
  #rest = Buffer.alloc(0);

  push(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames = [];
    for (let f = this.#next(); f; f = this.#next()) frames.push(f);
    return frames;
  }

  #next() {
    const b = this.#rest;
    if (b.length < 2) return null;
    const [short, masked] = [b[1] & 127, b[1] >> 7];
    const start = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + 4 * masked;
    if (b.length < start) return null;
    const size = short === 126 ? b.readUInt16BE(2) : short === 127 ? Number(b.readBigUInt64BE(2)) : short;
    if (b.length < start + size) return null;
    this.#rest = b.subarray(start + size);
    return { opcode: b[0] & 15, payload: b.subarray(start, start + size), raw: b.subarray(0, start + size) };
  }
}
