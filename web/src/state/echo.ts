import { words } from "../words";

/** echoInvitation asks this site for a link to the contact that repeats what it hears. */
export async function echoInvitation(): Promise<string> {
  const answer = await fetch("/echo/invitation", { method: "POST", cache: "no-store" });
  if (!answer.ok) throw new Error(words.start.echoStatus(answer.status));
  const body: unknown = await answer.json();
  if (typeof body === "object" && body !== null && "link" in body && typeof body.link === "string") return body.link;
  throw new Error(words.start.echoNoLink);
}
