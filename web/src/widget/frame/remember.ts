// Which conversation belongs to which address, in this browser and for this site. Without storage it is known as long
// as the frame is there.

const key = "sotto-widget-talks";
const here = new Map<string, string>();

/** rememberedTalk is the id of the conversation with an address, or empty. */
export function rememberedTalk(address: string): string {
  return here.get(address) ?? stored()[address] ?? "";
}

/** rememberedTalks are the ids of all conversations that began here. */
export const rememberedTalks = (): string[] => [...here.values(), ...Object.values(stored())].filter(Boolean);

/** rememberTalk keeps the id; an empty one forgets. */
export function rememberTalk(address: string, id: string): void {
  here.set(address, id);
  try {
    const { [address]: _, ...rest } = stored();
    localStorage.setItem(key, JSON.stringify(id ? { ...rest, [address]: id } : rest));
  } catch {
    return; // storage is refused: the visitor was told
  }
}

function stored(): Record<string, string> {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? "{}") ?? {}) as Record<string, string>;
  } catch {
    return {};
  }
}
