import { words } from "../words";

/** What a browser may lack that Sotto cannot do without. */
export type Lack = "wasm" | "worker";

const { stopped } = words;

/** Stopped fills the window when the agent gave up, or could not run here at all. */
export function Stopped({ problem, lack }: { problem: string; lack: Lack | null }) {
  const title = { wasm: stopped.wasmTitle, worker: stopped.workerTitle };
  const text = { wasm: stopped.wasmText, worker: stopped.workerText };
  return (
    <main class="whole">
      <div role="alert">
        <div>
          <h1>{lack ? title[lack] : stopped.title}</h1>
          <p class="lead">{lack ? text[lack] : problem || stopped.text}</p>
        </div>
        <button type="button" class="button main" onClick={() => location.reload()}>
          {words.reload}
        </button>
      </div>
    </main>
  );
}
