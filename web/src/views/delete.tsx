import { useState } from "preact/hooks";
import type { Contact } from "../../api";
import { nameOf } from "../state/contacts";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { Icon } from "./parts";

/** Delete is the button that ends a conversation, and the question before it does. */
export function Delete({ contact }: { contact: Contact }) {
  const { actions, replace } = useAround();
  const [asking, setAsking] = useState(false);
  const invited = contact.state === "invited";
  const { details } = words;
  return (
    <>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        <Icon name="trash" />
        {invited ? words.invitation.delete : details.delete}
      </button>
      {asking && (
        <Confirm
          title={invited ? details.deleteInvitationTitle : details.deleteTitle(nameOf(contact, words.contact))}
          text={invited ? details.deleteInvitationText : details.deleteText}
          confirm={details.deleteConfirm}
          explain={details.deleteFailed}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await actions.remove(contact.id);
            replace({ view: "list" });
          }}
        />
      )}
    </>
  );
}
