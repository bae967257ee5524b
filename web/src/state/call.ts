/** messageOf is what an error says to people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** quietly is for calls whose failure the person need not hear of: the next one makes up for it, and a stopped agent says so itself. */
export function quietly(call: Promise<unknown>): void {
  call.catch(() => undefined);
}
