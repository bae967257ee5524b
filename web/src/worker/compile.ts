import { unpackFunctions } from "./functions";
import { build } from "./names";
import { unfoldReturns } from "./returns";

/** The client, being unpacked and compiled while it is fetched. Imported first, so that this begins before anything else. */
const client = load();
client.catch(() => undefined); // reported where it is awaited

async function load(): Promise<WebAssembly.Module> {
  const { ok, status, body } = await fetch(build);
  if (!ok || !body) throw new Error(`the client could not be fetched: ${status}`);
  return WebAssembly.compileStreaming(new Response(body.pipeThrough(unfoldReturns()), { headers: { "Content-Type": "application/wasm" } }));
}

/** Returns the client, ready to run. */
export async function instantiate(imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  const module = await client;
  const instance = await WebAssembly.instantiate(module, imports);
  const [functions] = WebAssembly.Module.customSections(module, "functions");
  if (!functions) throw new Error("the client is not one of this build");
  unpackFunctions(functions, (instance.exports["mem"] as WebAssembly.Memory).buffer);
  return instance;
}
