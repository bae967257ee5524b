// The worker runs the agent: one for all tabs of this origin. The same file serves as SharedWorker, and as dedicated
// worker in browsers that have none; there, pages come over BroadcastChannels.
import { instantiate } from "./compile"; // first: compiling takes longest
import "wasm_exec.js";
import { Host } from "./host";
import { type FromWorker, hold, isAlone, newName, type Place } from "./names";

/** Set by wasm_exec.js. */
declare const Go: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void>; exit(code: number): void };

interface WorkerScope {
  name: Place;
  sotto: Host;
  close(): void;
  onconnect?: ((event: MessageEvent) => void) | null;
  onmessage?: ((event: MessageEvent) => void) | null;
}

/** The site's configuration, as JSON text. */
const config = fetch("/config.json").then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error("no configuration"))));
config.catch(() => undefined); // reported where it is awaited

const scope = globalThis as unknown as WorkerScope;
const name = newName("worker");
const alone = isAlone(scope.name);
const host = new Host(name, alone ? "" : scope.name, () => scope.close());
scope.sotto = host;

const crashed = "Sotto stopped because of an error inside it. Everything up to here is kept. Reload to go on.";
const notLoaded = "Sotto could not be loaded. Nothing is lost. Check your connection, then reload.";

const shared = "onconnect" in scope;
const early: MessagePort[] = []; // came before the worker was ready for them
let welcome = (port: MessagePort): void => void early.push(port);
if (shared) scope.onconnect = ({ ports: [port] }) => port && welcome(port);
if (alone) scope.onmessage = ({ data, ports: [port] }) => port && host.meet(data, () => port); // served when the agent is ready

/** Pages that connect are accepted at once; what they ask waits for the agent. */
function acceptPages(): void {
  if (shared) {
    welcome = (port) => {
      port.onmessage = ({ data }: MessageEvent) => host.meet(data, () => port);
    };
    early.forEach(welcome);
    return;
  }
  if (alone) return; // its one page has come already
  const meeting = new BroadcastChannel(scope.name);
  meeting.onmessage = ({ data }: MessageEvent) => host.meet(data, (knock) => new BroadcastChannel(knock.page));
  meeting.postMessage({ kind: "here", worker: name } satisfies FromWorker);
}

async function runAgent(): Promise<void> {
  if (!alone) await hold(scope.name);
  const program = new Go();
  let instance: WebAssembly.Instance;
  try {
    host.config = await config;
    instance = await instantiate(program.importObject);
  } catch {
    host.stop(notLoaded);
    return;
  }
  await program.run(instance);
  host.stop(crashed); // the program never ends by itself
}

// A trap in the program is thrown into whatever event it ran in, and leaves it of no use.
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) host.stop(crashed);
});

void (alone ? Promise.resolve() : hold(name))
  .then(acceptPages) // pages watch the lock, so it is held before they come
  .then(runAgent)
  .catch(() => host.stop(crashed));
