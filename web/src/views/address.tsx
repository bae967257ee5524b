import { useState } from "preact/hooks";
import type { Address, OwnProfile } from "../../api";
import { linkOf } from "../route";
import { words } from "../words";
import { AddressForm } from "./address-form";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { useTask } from "./hooks";
import { Icon, BackButton, Problem, WorkButton } from "./parts";
import { ShareLink } from "./share";

const { address: texts } = words;

/** AddressView is the person's own address: one link that everybody may have. */
export function AddressView({ own }: { own: OwnProfile | undefined }) {
  return (
    <>
      <div class="bar">
        <BackButton always />
        <h1 class="bar-title" tabIndex={-1}>
          {texts.title}
        </h1>
      </div>
      <div class="scroll">{own?.address ? <Shown id={own.id} address={own.address} /> : <Make id={own?.id ?? ""} />}</div>
    </>
  );
}

function Make({ id }: { id: string }) {
  const { actions } = useAround();
  const task = useTask(texts.makeFailed);
  return (
    <div class="page">
      <p class="lead">{texts.none}</p>
      <Problem text={task.problem} />
      <WorkButton class="button main wide" busy={task.busy} label={texts.make} busyLabel={texts.making} onClick={() => task.run(() => actions.makeAddress(id))} />
    </div>
  );
}

function Shown({ id, address }: { id: string; address: Address }) {
  const link = linkOf(address, location.origin);
  return (
    <div class="page">
      <div class="shared">
        <p class="lead">{texts.text}</p>
        <ShareLink link={link} label={texts.link} qr={texts.qr} text={texts.shareText} />
      </div>
      <AddressForm key={address.createdAt} id={id} address={address} />
      <section class="section">
        <Change id={id} kind="rotate" />
        <Change id={id} kind="delete" />
      </section>
    </div>
  );
}

function Change({ id, kind }: { id: string; kind: "rotate" | "delete" }) {
  const { actions } = useAround();
  const [asking, setAsking] = useState(false);
  const rotates = kind === "rotate";
  return (
    <>
      <button type="button" class={rotates ? "button" : "button danger"} onClick={() => setAsking(true)}>
        <Icon name={rotates ? "link" : "trash"} />
        {texts[kind]}
      </button>
      {asking && (
        <Confirm
          title={rotates ? texts.rotateTitle : texts.deleteTitle}
          text={rotates ? texts.rotateText : texts.deleteText}
          confirm={rotates ? texts.rotateConfirm : texts.deleteConfirm}
          explain={rotates ? texts.rotateFailed : texts.deleteFailed}
          onClose={() => setAsking(false)}
          onConfirm={() => (rotates ? actions.rotateAddress(id) : actions.deleteAddress(id))}
        />
      )}
    </>
  );
}
