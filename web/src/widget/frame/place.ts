import { connect } from "../../rpc";
import type { Hearing } from "../../state/hear";
import type { Place } from "../../worker/names";
import type { API } from "../../../api";

/** findPlace tells whether this browser lets a frame in another site's page keep anything and meet its other tabs. */
async function findPlace(): Promise<Place> {
  try {
    await navigator.locks.request("sotto-widget-try", () => undefined);
    return "sotto-widget";
  } catch {
    return "sotto-alone";
  }
}

/** connectWhen connects to the agent of the visitors once it is time; calls wait until it is there. */
export function connectWhen(time: Promise<void>, listener: Hearing): API {
  const agent = time.then(findPlace).then((place) => ({ api: connect(listener, place) }));
  return new Proxy({} as API, {
    get: (_target, method: keyof API) => async (params: never) => (await agent).api[method](params),
  });
}
