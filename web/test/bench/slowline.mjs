// A line to a server with the delay and the width of a slow network, for everything that passes through it.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** slowLine listens on a port of its own and passes on to another; delay is one way, in milliseconds, rate in bits per second. */
export async function slowLine(own, port, { delay, rate }) {
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
      pass(from, to, delay, rate);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  own(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

// What comes takes its time on the line after what came before it, then the way.
function pass(from, to, delay, rate) {
  let free = 0;
  const later = (ms, act) => setTimeout(() => !to.destroyed && act(), ms);
  from.on("data", (data) => {
    const now = performance.now();
    free = Math.max(now, free) + (data.length * 8000) / rate;
    later(free - now + delay, () => to.write(data));
    if (free - now > 200 && !from.isPaused()) {
      from.pause();
      setTimeout(() => from.resume(), free - now - 100);
    }
  });
  from.on("end", () => later(Math.max(0, free - performance.now()) + delay, () => to.end()));
}
