import { words } from "../words";
import { BeginAnew } from "./begin-anew";
import { BringCopy } from "./copy";

const { unreadable } = words;

/** Unreadable fills the window when conversations were kept here and cannot be opened: nothing happens to them unasked. */
export function Unreadable({ problem }: { problem: string }) {
  return (
    <main class="whole">
      <div>
        <div role="alert">
          <h1>{unreadable.title}</h1>
          <p class="lead">{problem}</p>
          <p>{unreadable.kept}</p>
        </div>
        <div class="buttons">
          <button type="button" class="button main" onClick={() => location.reload()}>
            {words.reload}
          </button>
          <BeginAnew />
        </div>
        <BringCopy />
      </div>
    </main>
  );
}
