import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Item } from "../../api";

/** What a message being written is for, when it is not simply the next one. */
export interface Intent {
  kind: "reply" | "edit";
  item: Item;
}

/** A message that is led to; each time anew. */
export interface Goal {
  seq: number;
}

/** What can be done with a message of the conversation shown. Without it, messages are only shown. */
export interface Talk {
  /** Messages can be written here. */
  open: boolean;
  begin(intent: Intent): void;
  /** Goes to another message of the conversation. */
  show(seq: number): void;
}

export const TalkContext = createContext<Talk | null>(null);

export function useTalk(): Talk | null {
  return useContext(TalkContext);
}
