// The support file of the Go release; build.mjs finds it. It sets globalThis.Go.
declare module "wasm_exec.js";
