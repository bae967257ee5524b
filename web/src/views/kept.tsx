import { useState } from "preact/hooks";
import type { Storage } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { Icon } from "./parts";

const { settings } = words;

/** Kept says where the conversations are, and asks the browser to leave them there. */
export function Kept({ storage }: { storage: Storage }) {
  const { actions } = useAround();
  const [refused, setRefused] = useState(false);
  const ask = () => void actions.keepStorage().then((granted) => setRefused(!granted));
  const memory = storage.kind === "memory";
  return (
    <>
      {!memory && storage.problem && (
        <p class="note warn">
          <Icon name="alert" />
          <span>{storage.problem}</span>
        </p>
      )}
      <section class="section">
        <p>{memory ? storage.problem || settings.memory : storage.persisted ? settings.kept : settings.mayClear}</p>
        {!memory && !storage.persisted && (
          <button type="button" class="button line" onClick={ask}>
            {settings.keep}
          </button>
        )}
        {refused && <p role="status">{settings.notGranted}</p>}
      </section>
      <section class="section">
        <p>{settings.oneDevice}</p>
      </section>
    </>
  );
}
