import { words as shared } from "../../../words";
import { asText, everything } from "../text";
import type { Visit } from "../visit";
import { words } from "../words";

/** save gives the conversation to the browser as a text file. */
export async function save(visit: Visit, name: string): Promise<void> {
  const { contact } = visit;
  if (!contact) return;
  const items = await everything(visit.agent, contact.id);
  const text = asText(items, { head: words.fileHead(name), you: shared.status.from, them: name, deleted: shared.conversation.deleted });
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = words.fileName(new Date().toISOString().slice(0, 10));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
