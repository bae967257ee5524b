import { Confirm } from "../../../views/dialog";
import type { Visit } from "../visit";
import { words } from "../words";

/** End asks before the conversation is deleted. */
export function End({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  return <Confirm title={words.endTitle} text={words.endText} confirm={words.endConfirm} explain={words.endFailed} onClose={onClose} onConfirm={() => visit.end()} />;
}
