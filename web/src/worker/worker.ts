// The worker runs the agent: one for all tabs of this origin. The same file serves as SharedWorker, and as dedicated
// worker in browsers that have none; there, pages come over BroadcastChannels.
import { client } from "./compile"; // first: compiling takes longest
import "wasm_exec.js";
import { Host } from "./host";
import { agentLock, type FromWorker, hold, meetingChannel, newName } from "./names";

/** Set by wasm_exec.js. */
declare const Go: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void>; exit(code: number): void };

interface WorkerScope {
  sotto: Host;
  close(): void;
  onconnect?: ((event: MessageEvent) => void) | null;
}

/** The site's configuration, as JSON text. */
const config = fetch("/config.json").then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error("no configuration"))));
config.catch(() => undefined); // reported where it is awaited

const scope = globalThis as unknown as WorkerScope;
const name = newName("worker");
const host = new Host(name, () => scope.close());
scope.sotto = host;

const crashed = "Sotto stopped because of an error inside it. Everything up to here is kept. Reload to go on.";
const notLoaded = "Sotto could not be loaded. Nothing is lost. Check your connection, then reload.";

const shared = "onconnect" in scope;
const early: MessagePort[] = []; // came before the worker was ready for them
let welcome = (port: MessagePort): void => void early.push(port);
if (shared) scope.onconnect = ({ ports: [port] }) => port && welcome(port);

/** Pages that connect are accepted at once; what they ask waits for the agent. */
function acceptPages(): void {
  if (shared) {
    welcome = (port) => {
      port.onmessage = ({ data }: MessageEvent) => host.meet(data, () => port);
    };
    early.forEach(welcome);
    return;
  }
  const meeting = new BroadcastChannel(meetingChannel);
  meeting.onmessage = ({ data }: MessageEvent) => host.meet(data, (knock) => new BroadcastChannel(knock.page));
  meeting.postMessage({ kind: "here", worker: name } satisfies FromWorker);
}

async function runAgent(): Promise<void> {
  await hold(agentLock);
  const program = new Go();
  let instance: WebAssembly.Instance;
  try {
    host.config = await config;
    instance = await WebAssembly.instantiate(await client, program.importObject);
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

void hold(name)
  .then(acceptPages) // pages watch the lock, so it is held before they come
  .then(runAgent)
  .catch(() => host.stop(crashed));
