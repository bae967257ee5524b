// A conversation as plain text, for the visitor to keep.
import type { API, Item } from "../../../api";

/** Items asked for at once. */
const pageSize = 200;

export interface TextWords {
  head: string;
  you: string;
  them: string;
  deleted: string;
}

/** everything fetches all items of a conversation, oldest first. */
export async function everything(agent: Pick<API, "items">, contactId: string): Promise<Item[]> {
  const all: Item[] = [];
  for (let more = true; more; ) {
    const page = await agent.items({ contactId, before: all[0]?.seq ?? 0, limit: pageSize });
    all.unshift(...page.items);
    more = page.more && page.items.length > 0;
  }
  return all;
}

export function asText(items: readonly Item[], words: TextWords): string {
  return [words.head, "", ...items.map((item) => line(item, words))].join("\n") + "\n";
}

function line(item: Item, words: TextWords): string {
  const from = item.direction === "note" ? "*" : `${item.direction === "sent" ? words.you : item.author || words.them}:`;
  const text = item.deleted ? words.deleted : item.text || `[${item.kind ?? item.unknown ?? ""}]`;
  return `${time(item.at)} ${from} ${text.replaceAll("\n", "\n    ")}`;
}

// In a form that sorts and means the same everywhere, at the visitor's own clock.
function time(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16).replace("T", " ");
}
