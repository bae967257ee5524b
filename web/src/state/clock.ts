// Whether this device's clock is right, by the site's: messages carry the times of relays, and drafts that of the device.

/** A clock that is off by less is as good as right, in seconds. */
const tolerance = 5 * 60;

/** clockError asks the site for its time, and returns by how many seconds this device's clock is ahead of it; 0 if it is right. */
export async function clockError(): Promise<number> {
  const asked = Date.now();
  const answer = await fetch("/config.json", { method: "HEAD", cache: "no-store" });
  const site = Date.parse(answer.headers.get("date") ?? "");
  const middle = (asked + Date.now()) / 2;
  const error = Math.round((middle - site) / 1000);
  return Math.abs(error) > tolerance ? error : 0; // also where the site tells no time
}
