// A small WebSocket server, for tests of our own socket: it must be able to misbehave.
import { createHash } from "node:crypto";

const frameSize = 16384;

/** What each path does with a connection. */
const paths = {
  /** Sends back every message. */
  "/socket/echo": (peer) => peer.onmessage((bytes) => peer.send(2, bytes)),
  /** Sends a frame, then closes as a server that is done. */
  "/socket/once": (peer) => {
    peer.send(2, Buffer.alloc(frameSize, 7));
    peer.send(8, Buffer.from([0x03, 0xe8]));
  },
  /** Close as a bridge does. */
  ...Object.fromEntries([1013, 4001, 4002, 4003, 4004].map((code) => [`/socket/${code}`, (peer) => peer.send(8, Buffer.from([code >> 8, code & 255]))])),
  "/socket/text": (peer) => peer.send(1, Buffer.alloc(frameSize, 65)),
  "/socket/short": (peer) => peer.send(2, Buffer.alloc(frameSize - 1)),
  "/socket/long": (peer) => peer.send(2, Buffer.alloc(frameSize + 1)),
  /** Sends nothing, reads nothing. */
  "/socket/silent": (peer) => peer.socket.pause(),
  /** Cuts the connection without a word. */
  "/socket/cut": (peer) => peer.socket.destroy(),
  /** Sends more than anyone would hold. */
  "/socket/flood": (peer) => {
    for (let i = 0; i < 5000; i++) peer.send(2, Buffer.alloc(frameSize, i));
  },
};

export function serveSockets(server) {
  const sockets = new Set();
  server.on("upgrade", (request, socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const path = paths[request.url];
    if (request.url === "/socket/hang") return; // never answers
    if (!path) return socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    path(new Peer(socket));
  });
  const close = server.close.bind(server);
  server.close = () => {
    for (const socket of sockets) socket.destroy();
    close();
  };
}

/** One connection, after the handshake. RFC 6455, without fragments. */
class Peer {
  constructor(socket) {
    this.socket = socket;
    this.pending = Buffer.alloc(0);
  }

  onmessage(handle) {
    this.socket.on("data", (data) => {
      this.pending = Buffer.concat([this.pending, data]);
      for (let frame; (frame = this.next()); ) {
        if (frame.opcode === 8) this.socket.end();
        if (frame.opcode === 2) handle(frame.payload);
      }
    });
  }

  next() {
    const b = this.pending;
    if (b.length < 2) return null;
    const short = b[1] & 127;
    const start = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (b.length < start) return null;
    const length = short === 127 ? Number(b.readBigUInt64BE(2)) : short === 126 ? b.readUInt16BE(2) : short;
    const end = start + 4 + length;
    if (b.length < end) return null;
    const mask = b.subarray(start, start + 4);
    const payload = Buffer.from(b.subarray(start + 4, end));
    for (let i = 0; i < length; i++) payload[i] ^= mask[i % 4];
    this.pending = b.subarray(end);
    return { opcode: b[0] & 15, payload };
  }

  send(opcode, payload) {
    const n = payload.length;
    const header = n < 126 ? Buffer.from([0x80 | opcode, n]) : Buffer.from([0x80 | opcode, 126, n >> 8, n & 255]);
    this.socket.write(Buffer.concat([header, payload]));
  }
}
