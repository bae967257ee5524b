import { words } from "../words";

/** What a browser may lack that Sotto cannot do without. */
export type Lack = "wasm" | "worker";

const { stopped } = words;

interface StoppedProps {
  problem: string;
  lack: Lack | null;
  /** It has worked before it stopped. */
  started: boolean;
  /** What was written and could not be stored any more. */
  unsent: readonly string[];
}

/** Stopped fills the window when the agent gave up, or could not run here at all. */
export function Stopped({ problem, lack, started, unsent }: StoppedProps) {
  const title = { wasm: stopped.wasmTitle, worker: stopped.workerTitle };
  const text = { wasm: stopped.wasmText, worker: stopped.workerText };
  return (
    <main class="whole">
      <div role="alert">
        <div>
          <h1>{lack ? title[lack] : started ? stopped.title : stopped.startTitle}</h1>
          <p class="lead">{lack ? text[lack] : problem || stopped.text}</p>
        </div>
        {unsent.length > 0 && <Unsent texts={unsent} />}
        <button type="button" class="button main" onClick={() => location.reload()}>
          {words.reload}
        </button>
      </div>
    </main>
  );
}

// A reload would lose these: they are shown, so that they can be copied.
function Unsent({ texts }: { texts: readonly string[] }) {
  return (
    <div class="field">
      <label for="unsent">{texts.length === 1 ? stopped.unsentOne : stopped.unsentMany}</label>
      <textarea id="unsent" class="input" dir="auto" readOnly rows={Math.min(6, texts.length + 1)} value={texts.join("\n\n")} onFocus={(e) => e.currentTarget.select()} />
    </div>
  );
}
