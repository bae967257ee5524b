import type { OwnProfile, Routing, RoutingPolicy } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { Problem, Switch } from "./parts";

const { routing: texts } = words;

const policies: RoutingPolicy[] = ["unreachable", "unknown", "always", "never"];

/** RoutingSettings says which messages go through the person's own relay to another one. */
export function RoutingSettings({ own }: { own: OwnProfile }) {
  const { actions } = useAround();
  const task = useTask(texts.failed);
  const set = (change: Partial<Routing>) => task.run(() => actions.setRouting(own.id, { ...own.routing, ...change }));
  return (
    <section class="section">
      <h2 id="routing">{texts.title}</h2>
      <p>{texts.text}</p>
      <div role="radiogroup" aria-labelledby="routing" class="radios">
        {policies.map((policy) => (
          <label key={policy} class="radio">
            <input type="radio" name="routing" checked={own.routing.policy === policy} onChange={() => set({ policy })} />
            <span>
              {texts.policies[policy].title}
              <small>{texts.policies[policy].text}</small>
            </span>
          </label>
        ))}
      </div>
      {own.routing.policy !== "never" && (
        <Switch label={texts.direct} hint={texts.directText} on={own.routing.direct} busy={task.busy} onChange={(direct) => set({ direct })} />
      )}
      <Problem text={task.problem} />
    </section>
  );
}
