// The copy of everything in one file: made and read by the agent in parts, which the page joins and cuts.
import type { API } from "../../api";

/** Bytes of a file given to the agent at once. */
const partSize = 192 * 1024;

/** What part of the work is done, from 0 to 1. */
export type Progress = (done: number) => void;

/** A Check is a file whose content the agent has verified, and can put in place of everything. */
export interface Check {
  id: number;
}

export function copyActions(agent: API) {
  return {
    makeCopy: (passphrase: string, progress: Progress) => makeCopy(agent, passphrase, progress),
    checkCopy: (file: Blob, passphrase: string, progress: Progress) => checkCopy(agent, file, passphrase, progress),
    /** Puts what was in a verified file in place of everything. */
    replace: async ({ id }: Check) => void (await agent.replace({ id })),
  };
}

export async function makeCopy(agent: API, passphrase: string, progress: Progress): Promise<Blob> {
  const { id, size } = await agent.export({ passphrase: passphrase.normalize("NFC") });
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let done = 0, last = false; !last; progress(done / size)) {
    const part = await agent.exportPart({ id });
    const bytes = fromBase64(part.data);
    parts.push(bytes);
    done += bytes.length;
    last = part.last;
  }
  return new Blob(parts, { type: "application/octet-stream" });
}

export async function checkCopy(agent: API, file: Blob, passphrase: string, progress: Progress): Promise<Check> {
  const { id } = await agent.import({ passphrase: passphrase.normalize("NFC") });
  for (let start = 0, last = false; !last; ) {
    const end = Math.min(start + partSize, file.size);
    const bytes = new Uint8Array(await file.slice(start, end).arrayBuffer());
    last = end === file.size;
    await agent.importPart({ id, data: toBase64(bytes), last });
    start = end;
    progress(file.size ? start / file.size : 1);
  }
  return { id };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  const step = 8192; // a call takes only so many arguments
  for (let i = 0; i < bytes.length; i += step) text += String.fromCharCode(...bytes.subarray(i, i + step));
  return btoa(text);
}
