import type { Visit } from "../visit";
import { words } from "../words";
import { Sheet } from "./sheet";

/** About says what is protected here, and what is not. */
export function About({ visit, name, onClose }: { visit: Visit; name: string; onClose: () => void }) {
  const memory = visit.store.get().storage?.kind === "memory";
  return (
    <Sheet title={words.about} onClose={onClose}>
      <ul class="bullets">
        {words.aboutList(name, location.host, memory).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Sheet>
  );
}
