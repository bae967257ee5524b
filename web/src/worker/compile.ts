import { build } from "./names";

/** The client, being compiled while it is fetched. Imported first, so that this begins before anything else. */
export const client: Promise<WebAssembly.Module> = WebAssembly.compileStreaming(fetch(build));
client.catch(() => undefined); // reported where it is awaited
