import { useState } from "preact/hooks";
import type { Contact } from "../../api";
import { nameOf } from "../state/contacts";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { Icon } from "./parts";

const { details, invitation } = words;

/** Delete is the button that ends a conversation, and the question before it does. */
export function Delete({ contact }: { contact: Contact }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        <Icon name="trash" />
        {contact.state === "invited" ? invitation.delete : details.delete}
      </button>
      {asking && <DeleteQuestion contact={contact} onClose={() => setAsking(false)} />}
    </>
  );
}

/** DeleteQuestion asks before a conversation is deleted. */
export function DeleteQuestion({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { actions, leave } = useAround();
  const invited = contact.state === "invited";
  return (
    <Confirm
      title={invited ? details.deleteInvitationTitle : details.deleteTitle(nameOf(contact, words.contact))}
      text={invited ? details.deleteInvitationText : details.deleteText}
      confirm={details.deleteConfirm}
      explain={details.deleteFailed}
      onClose={onClose}
      onConfirm={async () => {
        await actions.remove(contact.id);
        leave(contact.id);
      }}
    />
  );
}
